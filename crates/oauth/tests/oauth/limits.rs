use portcullis_oauth::Intent;

use crate::support::*;

/// A callback that ran into `reply` at `path`: what was told, and for how long starts are refused.
async fn limited(path: &str, reply: Reply) -> ((u16, &'static str), Option<u64>, Option<u64>) {
    let setup = setup();
    setup.github.next(path, reply);
    let refused = full_refusal(setup.sign_in().await);
    let told = (refused.status().as_u16(), refused.code());
    let start = Browser::default().start(&setup.sign_in, None, Intent::LogIn);
    let start = start.err().and_then(|refusal| refusal.retry_after());
    (told, refused.retry_after(), start)
}

#[tokio::test]
async fn o38_a_limit_is_503_with_retry_after() {
    let limited_told = (503, "provider_rate_limited");
    let none_left = |reset: &str| {
        Reply::with(
            403,
            &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)],
            "",
        )
    };
    let reset = (START.as_secs() + 90).to_string();
    for (path, reply, wait, start) in [
        (
            TOKEN_PATH,
            Reply::with(429, &[("retry-after", "30")], ""),
            30,
            Some(30),
        ),
        (
            TOKEN_PATH,
            Reply::with(403, &[("retry-after", "30")], ""),
            30,
            Some(30),
        ),
        (TOKEN_PATH, none_left(&reset), 90, Some(90)),
        (TOKEN_PATH, Reply::with(429, &[], ""), 60, Some(60)),
        (
            "/user",
            Reply::with(429, &[("retry-after", "30")], ""),
            30,
            Some(30),
        ),
        (
            "/user",
            Reply::with(403, &[("retry-after", "30")], ""),
            30,
            Some(30),
        ),
        // A user's own hourly count is nobody else's.
        ("/user", none_left(&reset), 90, None),
        ("/user", Reply::with(403, &[], ""), 60, None),
    ] {
        let expected = (limited_told, Some(wait), start);
        assert_eq!(limited(path, reply).await, expected, "{path} {wait}");
    }
}

#[tokio::test]
async fn o38_nobody_is_called_before_that_time() {
    let setup = setup();
    let (browser, state) = setup.begin();
    setup
        .github
        .next("/user", Reply::with(403, &[("retry-after", "30")], ""));
    refusal(&setup.sign_in().await);
    let calls = setup.github.calls().len();
    setup.clock.advance(secs(29));
    let outcome = browser
        .finish(&setup.sign_in, &code_query(&state), None)
        .await;
    assert_eq!(refusal(&outcome).0, 503);
    assert_eq!(setup.sign_in.revoke_pending().await, 0);
    assert_eq!(setup.github.calls().len(), calls);
    setup.clock.advance(secs(1));
    completed(
        browser
            .finish(&setup.sign_in, &code_query(&state), None)
            .await,
    );
    assert!(setup.sign_in.revoke_pending().await > 0);
}

#[tokio::test]
async fn o38_a_limit_is_not_retried() {
    let setup = setup();
    setup.github.always("/user", Reply::with(429, &[], ""));
    refusal(&setup.sign_in().await);
    assert_eq!(setup.github.count("/user"), 1);
    assert!(setup.github.pauses().is_empty());
}
