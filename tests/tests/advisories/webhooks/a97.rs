//! RUSTSEC-2022-0055 (axum-core): there was no limit to a body unless somebody set one.
//!
//! Here: what our extractors give was counted by the layer, whose limit is the scheme's, whatever
//! the application says of its own: none at all, or a larger one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, post};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request};
use portcullis_tower::webhook::{Verified, VerifiedJson};
use portcullis_webhook::{Scheme, schemes};
use tower::ServiceExt as _;

use super::support::{layer, signed};

/// How long a body of the scheme below may be.
const LIMIT: u64 = 3 << 20;

/// How much of it is in one piece.
const PIECE: u64 = 1 << 16;

fn scheme() -> Scheme<'static> {
    schemes::GITHUB.with_body_limit(LIMIT)
}

/// A body of this length, how much of it was asked for, and its headers.
fn body(length: u64) -> (Body, Arc<AtomicU64>, HeaderMap) {
    // A text of JSON.
    let inner = usize::try_from(length).unwrap() - 2;
    let text = Bytes::from(["\"", &"x".repeat(inner), "\""].concat());
    let headers = signed(scheme(), "", &text);
    let asked = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&asked);
    let pieces = stream::unfold(text, move |mut rest| {
        let counted = Arc::clone(&counted);
        async move {
            let length = rest.len().min(usize::try_from(PIECE).unwrap());
            let piece = rest.split_to(length);
            let asked = u64::try_from(length).unwrap();
            counted.fetch_add(asked, Ordering::SeqCst);
            (length > 0).then_some((Ok::<_, std::io::Error>(piece), rest))
        }
    });
    (Body::from_stream(pieces), asked, headers)
}

async fn check(guard: impl Fn(Router) -> Router) {
    let raw: fn() -> MethodRouter = || post(async |it: Verified| it.body().len().to_string());
    let json = || post(async |it: VerifiedJson<String>| (it.value().len() + 2).to_string());
    for (which, handler) in [("raw", raw()), ("json", json())] {
        let app = Router::new().route("/in", handler);
        let app = guard(app).layer(DefaultBodyLimit::disable());
        for (length, status) in [(LIMIT, 200), (LIMIT + 1, 413), (8 * LIMIT, 413)] {
            let (body, asked, headers) = body(length);
            let mut request = Request::post("/in").body(body).unwrap();
            *request.headers_mut() = headers;
            let response = app.clone().oneshot(request).await.unwrap();
            let asked = asked.load(Ordering::SeqCst);
            let taken = response.status();
            assert_eq!(taken, status, "{which}: {length} bytes are taken");
            assert!(asked <= LIMIT + PIECE, "{which}: {asked} bytes are read");
        }
    }
}

#[tokio::test]
async fn a97_without_a_limit_of_the_application_the_schemes_holds() {
    check(|routes| routes.layer(layer(scheme()))).await;
}

/// The limit that axum has by itself, of 2 MB, does not cut off what the scheme allows.
#[tokio::test]
async fn a97_what_the_scheme_allows_is_not_cut_by_anybody_else() {
    let app = Router::new().route(
        "/in",
        post(async |it: Verified| it.body().len().to_string()),
    );
    let app = app.layer(layer(scheme()));
    let (body, _, headers) = body(LIMIT);
    let mut request = Request::post("/in").body(body).unwrap();
    *request.headers_mut() = headers;
    assert_eq!(app.oneshot(request).await.unwrap().status(), 200);
}

mod with_a_fault {
    use axum::extract::Request as AxumRequest;
    use axum::middleware::{Next, from_fn};
    use http::StatusCode;
    use http_body_util::BodyExt as _;
    use portcullis_tests::Twin;
    use portcullis_webhook::Head;

    use super::*;
    use crate::webhooks::support::{NOW, verifier};

    /// Leaves the limit to the application.
    fn unlimited(routes: Router) -> Router {
        routes.layer(from_fn(async |request: AxumRequest, next: Next| {
            let (mut parts, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let verifier = verifier(scheme().with_body_limit(u64::MAX));
            let Ok(verified) = verifier.verify(Head::of(&parts), body, NOW) else {
                return Err(StatusCode::UNAUTHORIZED);
            };
            parts.extensions.insert(verified.receipt().clone());
            let body = Body::from(verified.into_payload());
            Ok(next.run(AxumRequest::from_parts(parts, body)).await)
        }))
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn LimitIsSomebodyElses() {
        let test = "a97_without_a_limit_of_the_application_the_schemes_holds";
        let says = "raw: 3145729 bytes are taken";
        Twin::new("a97 LimitIsSomebodyElses", test, says)
            .is_caught_async(check(unlimited))
            .await;
    }
}
