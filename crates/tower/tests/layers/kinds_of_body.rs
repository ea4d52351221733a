//! The layers take whatever bodies there are.

use std::convert::Infallible;
use std::future::ready;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{Empty, Full};
use portcullis_core::format::Envelope;
use portcullis_tower::{
    OriginLayer, RefusalsLayer, RequestIdLayer, SecurityHeadersLayer, SignedIn, Stack,
};
use tower::{ServiceBuilder, service_fn};

use crate::support::{World, answer, text};

/// A whole stack over these bodies: a user is let in, a stranger told why not.
async fn passes<Q, R>(request_body: fn() -> Q, response_body: fn() -> R, expected: &str)
where
    Q: Send + 'static,
    R: http_body::Body<Data = Bytes, Error: std::fmt::Debug> + Default + Send + 'static,
{
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let service = ServiceBuilder::new()
        .layer(RequestIdLayer::new(header::HeaderName::from_static(
            "x-request-id",
        )))
        .layer(SecurityHeadersLayer::new())
        .layer(RefusalsLayer::new(Envelope::default()))
        .layer(OriginLayer::new("https://app.example.com").unwrap())
        .layer(
            Stack::new(world.lifecycle.clone())
                .authenticate()
                .require(SignedIn::new()),
        )
        .service(service_fn(move |_: Request<Q>| {
            ready(Ok::<_, Infallible>(Response::new(response_body())))
        }));
    let request = Request::builder().header(header::COOKIE, &cookie);
    let response = answer(service.clone(), request.body(request_body()).unwrap()).await;
    assert_eq!(text(response).await, expected);
    let response = answer(service, Request::new(request_body())).await;
    assert_eq!(response.status(), 401);
    assert!(text(response).await.contains("unauthenticated"));
}

#[tokio::test]
async fn strings() {
    passes(String::new, || "text".to_owned(), "text").await;
}

#[tokio::test]
async fn full_and_empty() {
    passes(
        Full::<Bytes>::default,
        || Full::<Bytes>::from("full"),
        "full",
    )
    .await;
    passes(Full::<Bytes>::default, Empty::<Bytes>::new, "").await;
}

#[tokio::test]
async fn bodies_of_axum() {
    passes(Body::empty, || Body::from("axum"), "axum").await;
}

#[tokio::test]
async fn a_request_need_not_have_a_body_at_all() {
    passes(|| (), || "text".to_owned(), "text").await;
}
