//! o89: whatever arrives is answered.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use portcullis_oauth::{CallbackFacts, CallbackOutcome, DynHttpClient};
use proptest::prelude::*;

use crate::support::*;

fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(future)
}

/// Signs in while GitHub answers so, and tells whether it went well.
fn signs_in(path: &str, content_type: &str, body: &str) -> bool {
    let setup = setup_with(builder().with_email().add_allowed_team("acme", "core"));
    let membership = r#"{"state":"active","organization":{"login":"acme"}}"#;
    setup
        .github
        .always("/user/memberships/orgs/acme", Reply::json(membership));
    let team = r#"[{"slug":"core","organization":{"login":"acme"}}]"#;
    setup.github.always("/user/teams", Reply::json(team));
    setup.github.always(
        path,
        Reply::with(200, &[("content-type", content_type)], body),
    );
    matches!(run(setup.sign_in()), CallbackOutcome::Completed(_))
}

const PATHS: [&str; 5] = [
    TOKEN_PATH,
    "/user",
    "/user/emails",
    "/user/memberships/orgs/acme",
    "/user/teams",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn o89_any_query_is_answered(query in "([a-z_]{0,8}|code|state|error|iss|%[0-9a-f]{0,2}|[=&+%]|\\PC){0,12}") {
        let setup = setup();
        let outcome = run(Browser::default().finish(&setup.sign_in, &query, None));
        prop_assert_eq!(refusal(&outcome).0, 400);
        prop_assert!(setup.github.calls().is_empty());
    }

    #[test]
    fn o89_any_cookie_is_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let setup = setup();
        let (browser, state) = setup.begin();
        let name = browser.cookies[0].0.clone();
        let line = [name.as_bytes(), b"=", &bytes].concat();
        let Ok(value) = HeaderValue::from_bytes(&line) else { return Ok(()) };
        let mut headers = HeaderMap::new();
        headers.insert("cookie", value);
        let query = code_query(&state);
        let facts = CallbackFacts { headers: &headers, query: Some(&query), session: None };
        prop_assert_eq!(refusal(&run(setup.sign_in.callback(facts))).1, "flow_not_found");
    }

    #[test]
    fn o89_any_answer_of_github_is_answered(
        path in prop::sample::select(&PATHS[..]),
        content_type in prop::sample::select(&["application/json", "application/x-www-form-urlencoded", "text/html"][..]),
        body in "([\\[\\]{}:,\"]|id|login|email|state|slug|\"[a-z_]{0,12}\"|[0-9]{1,20}|null|true|\\PC){0,30}",
    ) {
        prop_assert!(!signs_in(path, content_type, &body));
    }

    #[test]
    fn o89_a_cut_answer_is_never_taken_for_the_whole(
        path in prop::sample::select(&PATHS[..4]),
        cut in 1_usize..40,
    ) {
        let whole = match path {
            TOKEN_PATH => r#"{"access_token":"t","scope":"user:email,read:org","token_type":"bearer"}"#,
            "/user" => r#"{"id":1001,"login":"alice","name":"Alice"}"#,
            "/user/emails" => r#"[{"email":"a@example.com","primary":true,"verified":true}]"#,
            _ => r#"{"state":"active","organization":{"login":"acme"}}"#,
        };
        prop_assert!(signs_in(path, "application/json", whole));
        prop_assert!(!signs_in(path, "application/json", &whole[..whole.len() - cut]));
    }
}

#[tokio::test]
async fn an_erased_client_is_a_client() {
    let setup = setup();
    let erased: Arc<dyn DynHttpClient> = Arc::new(setup.github.clone());
    let sign_in = portcullis_oauth::GithubSignIn::new(
        builder().build().unwrap(),
        setup.keys.clone(),
        erased,
        setup.marks.clone(),
    );
    let sign_in = sign_in.with_clock(setup.clock.clone());
    let mut browser = Browser::default();
    let state = browser.begin(&sign_in, None);
    completed(browser.finish(&sign_in, &code_query(&state), None).await);
}
