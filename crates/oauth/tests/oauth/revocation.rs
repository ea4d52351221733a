use base64ct::{Base64, Encoding};
use portcullis_oauth::{AccessToken, HttpErrorKind, Intent};

use crate::support::*;

#[tokio::test]
async fn o43_a_token_that_is_dropped_is_revoked() {
    let setup = setup();
    drop(completed(setup.sign_in().await));
    assert_eq!(setup.github.count(REVOKE_PATH), 0);
    assert_eq!(setup.sign_in.revoke_pending().await, 1);
    let call = setup.github.last(REVOKE_PATH);
    assert_eq!(call.request.method(), "DELETE");
    assert_eq!(call.request.uri().host(), Some("api.github.com"));
    let basic = Base64::encode_string(format!("client:{SECRET}").as_bytes());
    assert_eq!(call.header("authorization"), format!("Basic {basic}"));
    assert!(call.request.headers()["authorization"].is_sensitive());
    assert_eq!(
        call.request.body(),
        &format!(r#"{{"access_token":"{TOKEN}"}}"#)
    );
    assert_eq!(setup.sign_in.revoke_pending().await, 0);
}

#[tokio::test]
async fn o45_a_token_that_is_kept_is_not_revoked() {
    let setup = setup();
    let tokens = completed(setup.sign_in().await).token.keep();
    assert_eq!(tokens.access.expose_secret(), TOKEN);
    assert_eq!(setup.sign_in.pending_revocations(), 0);
}

#[tokio::test]
async fn o43_success_and_nothing_left_to_revoke_are_final() {
    for status in [204, 404, 422] {
        let setup = setup();
        setup.sign_in.revoke_later(AccessToken::new("t").unwrap());
        setup.github.next(REVOKE_PATH, Reply::with(status, &[], ""));
        assert_eq!(setup.sign_in.revoke_pending().await, 1);
        assert_eq!(setup.sign_in.pending_revocations(), 0);
        assert!(setup.events.all()[0].contains("kind: Revoked"));
    }
}

#[tokio::test]
async fn o43_an_outage_is_tried_three_times() {
    for reply in [
        Reply::status(500),
        Reply::Fail(HttpErrorKind::TimedOut),
        Reply::Fail(HttpErrorKind::Broken),
    ] {
        let setup = setup();
        setup.sign_in.revoke_later(AccessToken::new("t").unwrap());
        setup.github.always(REVOKE_PATH, reply);
        for left in [1, 1, 0] {
            setup.sign_in.revoke_pending().await;
            assert_eq!(setup.sign_in.pending_revocations(), left);
        }
        assert_eq!(setup.github.count(REVOKE_PATH), 3);
        assert!(setup.events.all()[0].contains("RevocationFailed"));
    }
}

#[tokio::test]
async fn o43_refusals_that_time_does_not_heal_are_final() {
    for status in [401, 403, 400, 302] {
        let setup = setup();
        setup.sign_in.revoke_later(AccessToken::new("t").unwrap());
        setup
            .github
            .always(REVOKE_PATH, Reply::with(status, &[], ""));
        assert_eq!(setup.sign_in.revoke_pending().await, 1);
        assert_eq!(setup.sign_in.pending_revocations(), 0);
    }
}

#[tokio::test]
async fn o43_a_limit_leaves_the_rest_in_the_queue() {
    let setup = setup();
    for n in 0..3 {
        setup
            .sign_in
            .revoke_later(AccessToken::new(&format!("t{n}")).unwrap());
    }
    setup
        .github
        .next(REVOKE_PATH, Reply::with(403, &[("retry-after", "9")], ""));
    assert_eq!(setup.sign_in.revoke_pending().await, 0);
    assert_eq!(setup.sign_in.pending_revocations(), 3);
    setup.clock.advance(secs(9));
    assert_eq!(setup.sign_in.revoke_pending().await, 3);
    assert_eq!(setup.github.count(REVOKE_PATH), 4);
}

#[tokio::test]
async fn o43_a_dropped_attempt_loses_no_token() {
    let setup = setup();
    setup.sign_in.revoke_later(AccessToken::new("t").unwrap());
    setup.github.next(REVOKE_PATH, Reply::Hang);
    poll_once_and_drop(setup.sign_in.revoke_pending()).await;
    assert_eq!(setup.sign_in.pending_revocations(), 1);
    assert_eq!(setup.sign_in.revoke_pending().await, 1);
}

/// Runs a future up to its first wait, and drops it there.
async fn poll_once_and_drop<F: Future>(future: F) {
    let mut future = Box::pin(future);
    let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(future.as_mut().poll(cx)));
    assert!(polled.await.is_pending());
}

#[tokio::test]
async fn o39_a_client_that_leaves_during_the_exchange_leaves_nothing() {
    let setup = setup();
    let (browser, state) = setup.begin();
    setup.github.next(TOKEN_PATH, Reply::Hang);
    let query = code_query(&state);
    poll_once_and_drop(browser.finish(&setup.sign_in, &query, None)).await;
    assert_eq!(setup.sign_in.pending_revocations(), 0);
    // The flow is used; the user starts anew and gets in.
    let outcome = browser.finish(&setup.sign_in, &query, None).await;
    assert_eq!(refusal(&outcome), (400, "flow_used"));
    completed(setup.sign_in().await);
}

#[tokio::test]
async fn o39_a_client_that_leaves_after_the_exchange_leaves_a_token_to_revoke() {
    for path in ["/user", "/user/emails"] {
        let setup = setup_with(builder().with_email());
        let (browser, state) = setup.begin();
        setup.github.next(path, Reply::Hang);
        let query = code_query(&state);
        poll_once_and_drop(browser.finish(&setup.sign_in, &query, None)).await;
        assert_eq!(setup.sign_in.pending_revocations(), 1);
        assert_eq!(setup.sign_in.revoke_pending().await, 1);
        let body = setup.github.last(REVOKE_PATH).request.body().clone();
        assert!(String::from_utf8_lossy(&body).contains(TOKEN));
    }
}

#[tokio::test]
async fn o39_a_failure_after_the_exchange_leaves_a_token_to_revoke() {
    let setup = setup();
    setup.github.next("/user", Reply::status(500));
    refusal(&setup.sign_in().await);
    assert_eq!(setup.sign_in.pending_revocations(), 1);
}

#[tokio::test]
async fn o43_clones_share_the_queue() {
    let setup = setup();
    setup
        .sign_in
        .clone()
        .revoke_later(AccessToken::new("t").unwrap());
    assert_eq!(setup.sign_in.pending_revocations(), 1);
    assert!(
        Browser::default()
            .start(&setup.sign_in, None, Intent::LogIn)
            .is_ok()
    );
}
