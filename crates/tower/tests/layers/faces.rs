//! The shapes of things: what a user of the crate has to name, and what not.

use std::fmt::Debug;
use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::routing::get as on_get;
use http::header::HeaderName;
use portcullis_cookie::CookiePolicy;
use portcullis_core::format::Envelope;
use portcullis_session::{DynSessionStore, Lifecycle, MemoryStore, SessionPolicy};
use portcullis_tower::{
    AuthenticateLayer, Authenticated, CurrentSession, OriginLayer, RefusalsLayer, RequestIdLayer,
    RequireLayer, SecurityHeadersLayer, SessionsLayer, SignedIn, Stack,
};
use tower::Layer;

use crate::support::{TestStore, VISITS, World, cookie_in, get, get_with, send, text};

/// Neither a store nor a policy nor a body is named here.
async fn visits(session: CurrentSession, user: Option<Authenticated>) -> String {
    let visits = session.value(VISITS).await.unwrap().unwrap_or(0) + 1;
    session.set_value(VISITS, &visits).unwrap();
    format!(
        "{visits} by {}",
        if user.is_some() {
            "a user"
        } else {
            "a stranger"
        }
    )
}

fn app(store: Arc<dyn DynSessionStore>) -> Router {
    let policy = SessionPolicy::new(CookiePolicy::host("session").build().unwrap());
    let sessions = SessionsLayer::new(Lifecycle::new(store, policy));
    Router::new().route("/", on_get(visits)).layer(sessions)
}

#[tokio::test]
async fn s46_the_store_is_chosen_at_run_time() {
    let ours = TestStore::default();
    let stores: [Arc<dyn DynSessionStore>; 2] =
        [Arc::new(MemoryStore::new()), Arc::new(ours.clone())];
    for store in stores {
        let app = app(store);
        let first = send(&app, get("/")).await;
        let cookie = cookie_in(first.headers()).unwrap();
        assert_eq!(text(first).await, "1 by a stranger");
        assert_eq!(
            text(send(&app, get_with("/", &cookie)).await).await,
            "2 by a stranger"
        );
    }
    assert_eq!(ours.len(), 1);
}

#[test]
fn s46_a_handler_names_no_type_parameter() {
    fn is_handler<T, H: Handler<T, ()>>(_: H) {}
    is_handler(visits);
}

/// What every layer is, and what every service of one is.
fn is_clone_and_debug<L, S>(layer: L) -> String
where
    L: Layer<Mark, Service = S> + Clone + Debug + Send + Sync + 'static,
    S: Clone + Debug + Send + Sync + 'static,
{
    format!("{:?} {:?}", layer.clone(), layer.layer(Mark).clone())
}

#[derive(Clone, Debug)]
struct Mark;

#[test]
fn layers_and_services_are_clone_and_debug() {
    let lifecycle = World::new().lifecycle;
    let name = HeaderName::from_static("x-request-id");
    let told = [
        is_clone_and_debug(RequestIdLayer::new(name)),
        is_clone_and_debug(SecurityHeadersLayer::new()),
        is_clone_and_debug(RefusalsLayer::new(Envelope::default())),
        is_clone_and_debug(OriginLayer::new("https://app.example.com").unwrap()),
        is_clone_and_debug(SessionsLayer::new(lifecycle.clone())),
        is_clone_and_debug(AuthenticateLayer::new()),
        is_clone_and_debug(RequireLayer::signed_in()),
        is_clone_and_debug(Stack::new(lifecycle.clone())),
        is_clone_and_debug(Stack::new(lifecycle.clone()).authenticate()),
        is_clone_and_debug(
            Stack::new(lifecycle)
                .authenticate()
                .require(SignedIn::new()),
        ),
    ];
    assert!(told.iter().all(|told| !told.is_empty()));
}
