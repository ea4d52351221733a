use portcullis_core::Digest;
use portcullis_oauth::{Completed, Intent, LiveSession};

use crate::support::*;

async fn with_user(body: &str) -> Completed {
    let setup = setup();
    setup.github.next("/user", Reply::json(body));
    completed(setup.sign_in().await)
}

#[tokio::test]
async fn o40_identity_is_issuer_and_number() {
    let before = with_user(r#"{"id":7,"login":"old-name","name":"A"}"#)
        .await
        .identity;
    let renamed = with_user(r#"{"id":7,"login":"new-name","name":null}"#)
        .await
        .identity;
    let claimed = with_user(r#"{"id":8,"login":"old-name"}"#).await.identity;
    assert_eq!((before.issuer(), before.id()), (ISSUER, 7));
    assert_eq!(before.id_text(), "7");
    assert_eq!(before.digest(), renamed.digest());
    assert_ne!(before.digest(), claimed.digest());
    assert_eq!((renamed.login(), renamed.name()), ("new-name", None));
    assert_eq!(before.authenticated_at(), START);
}

#[tokio::test]
async fn o40_another_issuer_with_the_same_number_is_another_user() {
    let here = with_user(r#"{"id":7,"login":"a"}"#).await.identity;
    let setup = setup_with(builder().with_issuer("https://ghes.example/login/oauth"));
    setup
        .github
        .next("/user", Reply::json(r#"{"id":7,"login":"a"}"#));
    let there = completed(setup.sign_in().await).identity;
    assert_ne!(here.digest(), there.digest());
}

#[tokio::test]
async fn o40_a_number_that_is_none_is_502() {
    for id in [
        "\"7\"",
        "-1",
        "0",
        "9223372036854775808",
        "7.0",
        "7e0",
        "null",
        "[7]",
    ] {
        for body in [
            format!(r#"{{"id":{id},"login":"a"}}"#),
            format!(r#"{{"id":7,"login":"a","id":{id}}}"#),
        ] {
            let setup = setup();
            setup.github.next("/user", Reply::json(&body));
            assert_eq!(
                refusal(&setup.sign_in().await),
                (502, "bad_upstream"),
                "{body}"
            );
            assert_eq!(setup.sign_in.pending_revocations(), 1);
        }
    }
    let done = with_user(r#"{"id":9223372036854775807,"login":"a"}"#).await;
    assert_eq!(done.identity.id(), u64::MAX / 2);
}

#[tokio::test]
async fn o40_an_answer_that_is_no_user_is_502() {
    let html = Reply::with(
        200,
        &[("content-type", "text/html")],
        r#"{"id":7,"login":"a"}"#,
    );
    let latin = Reply::with(200, &[], r#"{"id":7,"login":"a"}"#);
    let long = format!(r#"{{"id":7,"login":"{}"}}"#, "a".repeat(256));
    for reply in [
        html,
        latin,
        Reply::json(""),
        Reply::json("[]"),
        Reply::json(r#"{"id":7"#),
        Reply::json(r#"{"login":"a"}"#),
        Reply::json(r#"{"id":7}"#),
        Reply::json(r#"{"id":7,"login":""}"#),
        Reply::json(r#"{"id":7,"login":"a b"}"#),
        Reply::json("{\"id\":7,\"login\":\"a\\u0000\"}"),
        Reply::json(r#"{"id":7,"login":"é"}"#),
        Reply::json(&long),
        Reply::with(
            401,
            &[("content-type", "application/json")],
            r#"{"id":7,"login":"a"}"#,
        ),
        Reply::with(204, &[], ""),
    ] {
        let setup = setup();
        setup.github.next("/user", reply);
        assert_eq!(refusal(&setup.sign_in().await), (502, "bad_upstream"));
    }
}

#[tokio::test]
async fn o46_every_fresh_token_is_followed_by_the_user() {
    let setup = setup();
    let mut browser = Browser::default();
    for id in [1, 2, 1] {
        setup.github.next(
            "/user",
            Reply::json(&format!(r#"{{"id":{id},"login":"a"}}"#)),
        );
        let state = browser.begin(&setup.sign_in, None);
        let done = completed(
            browser
                .finish(&setup.sign_in, &code_query(&state), None)
                .await,
        );
        assert_eq!(done.identity.id(), id);
    }
    assert_eq!(setup.github.count("/user"), 3);
}

#[tokio::test]
async fn o46_a_link_to_an_account_of_somebody_else_is_409() {
    let setup = setup();
    let (user, name) = (subject("u1"), Digest::of(b"s"));
    let intent = Intent::Link {
        subject: user.clone(),
        session: name,
    };
    let mut browser = Browser::default();
    let started = browser.start(&setup.sign_in, None, intent).unwrap();
    let state = parameter(&started, "state").unwrap();
    let live = LiveSession {
        subject: &user,
        session: &name,
        receipts: &[],
    };
    let done = completed(
        browser
            .finish(&setup.sign_in, &code_query(&state), Some(live))
            .await,
    );
    let refusal = setup.sign_in.refuse_link(&done);
    assert_eq!(
        (refusal.status().as_u16(), refusal.code()),
        (409, "already_linked")
    );
    drop(done);
    assert_eq!(setup.sign_in.pending_revocations(), 1);
}
