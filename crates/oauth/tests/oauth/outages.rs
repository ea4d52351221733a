use std::time::Duration;

use portcullis_oauth::{HttpErrorKind, Intent};

use crate::support::*;

#[tokio::test]
async fn o35_a_call_has_five_seconds_and_a_timeout_is_504() {
    for path in [TOKEN_PATH, "/user"] {
        let setup = setup();
        let late = Reply::After(secs(5), Box::new(Reply::status(200)));
        setup.github.next(path, late);
        let outcome = setup.sign_in().await;
        assert_eq!(refusal(&outcome), (504, "upstream_timeout"));
        assert_eq!(setup.github.last(path).limits.timeout, secs(5));
        assert_eq!(setup.github.count(path), 1);
        assert!(full_refusal(outcome).login_url().is_some());
    }
}

#[tokio::test]
async fn o35_the_whole_callback_has_twelve_seconds() {
    let setup = setup_with(builder().with_email().add_allowed_org("acme"));
    let slow = |reply| Reply::After(Duration::from_millis(4_900), Box::new(reply));
    setup
        .github
        .next(TOKEN_PATH, slow(Reply::token("user:email,read:org")));
    setup
        .github
        .next("/user", slow(Reply::json(r#"{"id":1,"login":"a"}"#)));
    setup.github.next("/user/emails", slow(Reply::json("[]")));
    let outcome = setup.sign_in().await;
    assert_eq!(refusal(&outcome), (504, "upstream_timeout"));
    let limits: Vec<_> = setup
        .github
        .calls()
        .iter()
        .map(|call| call.limits.timeout)
        .collect();
    assert_eq!(limits, [secs(5), secs(5), Duration::from_millis(2_200)]);
    assert_eq!(setup.sign_in.pending_revocations(), 1);
}

#[tokio::test]
async fn o35_a_connection_error_or_5xx_is_502() {
    for path in [TOKEN_PATH, "/user"] {
        for reply in [
            Reply::Fail(HttpErrorKind::Broken),
            Reply::Fail(HttpErrorKind::Connect),
            Reply::status(500),
            Reply::status(502),
            Reply::status(503),
            Reply::status(599),
        ] {
            let setup = setup();
            setup.github.always(path, reply);
            assert_eq!(refusal(&setup.sign_in().await), (502, "bad_upstream"));
        }
        let setup = setup();
        setup
            .github
            .always(path, Reply::Fail(HttpErrorKind::ConnectTimeout));
        assert_eq!(refusal(&setup.sign_in().await), (504, "upstream_timeout"));
    }
}

#[tokio::test]
async fn o36_the_exchange_is_sent_again_only_if_it_was_not_written() {
    for (reply, calls, is_good) in [
        (Reply::Fail(HttpErrorKind::Connect), 2, true),
        (Reply::Fail(HttpErrorKind::ConnectTimeout), 2, true),
        (Reply::Fail(HttpErrorKind::Broken), 1, false),
        (Reply::Fail(HttpErrorKind::TimedOut), 1, false),
        (Reply::status(502), 1, false),
        (Reply::status(503), 1, false),
        (Reply::status(504), 1, false),
    ] {
        let setup = setup();
        setup.github.next(TOKEN_PATH, reply);
        let outcome = setup.sign_in().await;
        assert_eq!(setup.github.count(TOKEN_PATH), calls);
        assert_eq!(
            matches!(outcome, portcullis_oauth::CallbackOutcome::Completed(_)),
            is_good
        );
    }
    let setup = setup();
    setup
        .github
        .always(TOKEN_PATH, Reply::Fail(HttpErrorKind::Connect));
    setup.sign_in().await;
    assert_eq!(setup.github.count(TOKEN_PATH), 2);
}

#[tokio::test]
async fn o36_reads_are_tried_three_times_with_jitter() {
    for reply in [
        Reply::Fail(HttpErrorKind::Connect),
        Reply::status(502),
        Reply::status(503),
        Reply::status(504),
    ] {
        let setup = setup();
        setup.github.next("/user", reply.clone());
        setup.github.next("/user", reply.clone());
        completed(setup.sign_in().await);
        assert_eq!(setup.github.count("/user"), 3);
        let [first, second] = setup.github.pauses()[..] else {
            panic!("two pauses")
        };
        assert!((100..=200).contains(&first.as_millis()));
        assert!((200..=400).contains(&second.as_millis()));
        setup.github.always("/user", reply);
        setup.sign_in().await;
        assert_eq!(setup.github.count("/user"), 6);
    }
}

#[tokio::test]
async fn o36_other_failures_of_reads_are_final() {
    for reply in [
        Reply::Fail(HttpErrorKind::Broken),
        Reply::Fail(HttpErrorKind::TimedOut),
        Reply::status(500),
        Reply::status(404),
        Reply::with(503, &[("retry-after", "1")], ""),
    ] {
        let setup = setup();
        setup.github.next("/user", reply);
        refusal(&setup.sign_in().await);
        assert_eq!(setup.github.count("/user"), 1);
    }
}

#[tokio::test]
async fn o36_no_retry_begins_after_the_budget() {
    let setup = setup();
    let slow = |reply| Reply::After(Duration::from_millis(4_999), Box::new(reply));
    setup.github.next(TOKEN_PATH, slow(Reply::token("")));
    setup.github.always("/user", slow(Reply::status(503)));
    assert_eq!(refusal(&setup.sign_in().await), (504, "upstream_timeout"));
    assert_eq!(setup.github.count("/user"), 2);
}

#[tokio::test]
async fn o37_after_five_failures_nobody_is_sent_there_for_ten_seconds() {
    let setup = setup();
    setup.github.always(TOKEN_PATH, Reply::status(500));
    let (waiting, state) = setup.begin();
    for _ in 0..5 {
        assert_eq!(refusal(&setup.sign_in().await).0, 502);
    }
    let refused = Browser::default()
        .start(&setup.sign_in, None, Intent::LogIn)
        .unwrap_err();
    assert_eq!(
        (refused.status().as_u16(), refused.code()),
        (503, "provider_unavailable")
    );
    assert_eq!(refused.retry_after(), Some(10));
    // A flow that is under way is not used up by it.
    let outcome = waiting
        .finish(&setup.sign_in, &code_query(&state), None)
        .await;
    assert_eq!(refusal(&outcome), (503, "provider_unavailable"));
    assert!(!clears(&outcome));
    assert_eq!(setup.github.count(TOKEN_PATH), 5);
    setup.clock.advance(secs(10));
    setup.github.always(TOKEN_PATH, Reply::token(""));
    completed(
        waiting
            .finish(&setup.sign_in, &code_query(&state), None)
            .await,
    );
    completed(setup.sign_in().await);
}

#[tokio::test]
async fn o37_a_user_endpoint_that_fails_opens_it_although_tokens_are_given() {
    let setup = setup();
    setup.github.always("/user", Reply::status(500));
    for _ in 0..5 {
        setup.sign_in().await;
    }
    assert!(
        Browser::default()
            .start(&setup.sign_in, None, Intent::LogIn)
            .is_err()
    );
}

#[tokio::test]
async fn o37_answers_of_whatever_kind_do_not_open_it() {
    let setup = setup();
    setup.github.always(
        TOKEN_PATH,
        Reply::json(r#"{"error":"bad_verification_code"}"#),
    );
    for _ in 0..20 {
        assert_eq!(refusal(&setup.sign_in().await).0, 400);
    }
    assert!(
        Browser::default()
            .start(&setup.sign_in, None, Intent::LogIn)
            .is_ok()
    );
}

#[tokio::test]
async fn o37_half_open_lets_one_callback_through() {
    let setup = setup();
    setup.github.always(TOKEN_PATH, Reply::status(500));
    for _ in 0..5 {
        setup.sign_in().await;
    }
    setup.clock.advance(secs(10));
    let (first, first_state) = setup.begin();
    let (second, second_state) = setup.begin();
    setup.github.next(TOKEN_PATH, Reply::Hang);
    let query = code_query(&first_state);
    let mut probe = Box::pin(first.finish(&setup.sign_in, &query, None));
    let pending = std::future::poll_fn(|cx| std::task::Poll::Ready(probe.as_mut().poll(cx))).await;
    assert!(pending.is_pending());
    let outcome = second
        .finish(&setup.sign_in, &code_query(&second_state), None)
        .await;
    assert_eq!(refusal(&outcome), (503, "provider_unavailable"));
    // The probe's client goes away: the next one is the probe.
    drop(probe);
    setup.github.always(TOKEN_PATH, Reply::token(""));
    completed(
        second
            .finish(&setup.sign_in, &code_query(&second_state), None)
            .await,
    );
}

#[tokio::test]
async fn o37_each_provider_has_a_circuit_of_its_own() {
    let setup = setup();
    let other = setup.another(builder().with_provider("other"));
    setup.github.always(TOKEN_PATH, Reply::status(500));
    for _ in 0..5 {
        setup.sign_in().await;
    }
    assert!(
        Browser::default()
            .start(&setup.sign_in, None, Intent::LogIn)
            .is_err()
    );
    assert!(
        Browser::default()
            .start(&other, None, Intent::LogIn)
            .is_ok()
    );
}
