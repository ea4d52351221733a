//! The layers in their one order, as a type.

use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use http::Method;
use portcullis_tower::wiring::{WiringFault, check};
use portcullis_tower::{Authenticated, SignedIn, Stack};

use crate::support::{World, get, get_with, refusal_in, send, text};

async fn me(user: Option<axum::Extension<Authenticated>>) -> String {
    user.map_or("nobody".into(), |user| user.subject().to_string())
}

#[tokio::test]
async fn s45_a_stack_has_the_layers_that_its_type_says() {
    let world = World::new();
    let cookie = world.signed_in("usr_1");
    let stack = Stack::new(world.lifecycle.clone());
    let router = || Router::new().route("/", on_get(me));

    let sessions = router().layer(stack.clone());
    assert_eq!(
        text(send(&sessions, get_with("/", &cookie)).await).await,
        "nobody"
    );
    assert!(world.store.calls().is_empty());

    let authenticated = router().layer(stack.clone().authenticate());
    assert_eq!(
        text(send(&authenticated, get_with("/", &cookie)).await).await,
        "usr_1"
    );
    assert_eq!(text(send(&authenticated, get("/")).await).await, "nobody");

    let guarded = router().layer(stack.authenticate().require(SignedIn::new()));
    assert_eq!(
        text(send(&guarded, get_with("/", &cookie)).await).await,
        "usr_1"
    );
    assert_eq!(
        refusal_in(&send(&guarded, get("/")).await),
        ("unauthenticated", 401)
    );

    let routes = [(Method::GET, "/")];
    assert_eq!(check::<_, Body, _>(guarded, &routes).await, Ok(()));
    assert_eq!(
        check::<_, Body, _>(authenticated, &routes)
            .await
            .unwrap_err()
            .fault(),
        WiringFault::Unguarded
    );
}
