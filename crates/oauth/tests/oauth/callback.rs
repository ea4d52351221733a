use http::HeaderValue;
use portcullis_cookie::Sealer;
use portcullis_core::{Digest, Random};
use portcullis_oauth::{CallbackOutcome, GithubConfig, Intent, LiveSession};

use crate::support::*;

/// The outcome of a query of which `{}` is the state of a flow that was begun.
async fn outcome_of(setup: &Setup, query: &str) -> CallbackOutcome {
    let (browser, state) = setup.begin();
    let query = query.replace("{}", &state);
    browser.finish(&setup.sign_in, &query, None).await
}

fn link(subject_id: &str, session: &str) -> Intent {
    Intent::Link {
        subject: subject(subject_id),
        session: Digest::of(session.as_bytes()),
    }
}

#[tokio::test]
async fn o12_each_failure_before_the_exchange_calls_nobody_and_uses_nothing() {
    let other = "A".repeat(43);
    for (query, expected) in [
        ("", (400, "invalid_request")),
        ("code=&state={}", (400, "invalid_request")),
        ("code=c&code=c&state={}", (400, "invalid_request")),
        ("code=c", (400, "flow_not_found")),
        ("code=c&state=", (400, "flow_not_found")),
        ("code=c&state=short", (400, "flow_not_found")),
        (&format!("code=c&state={other}"), (400, "flow_not_found")),
        ("code=c&state={}x", (400, "flow_not_found")),
        (
            "code=c&state={}&iss=https://evil.example",
            (400, "issuer_mismatch"),
        ),
        ("error=server_error&state={}", (502, "server_error")),
    ] {
        let setup = setup();
        let outcome = outcome_of(&setup, query).await;
        assert_eq!(refusal(&outcome), expected, "{query}");
        assert!(setup.github.calls().is_empty(), "{query}");
        assert_eq!(setup.marks.len(), 0, "{query}");
    }
}

#[tokio::test]
async fn o12_the_honest_callback_is_marked_then_exchanged_then_identified() {
    let setup = setup();
    let outcome = outcome_of(&setup, "code=canary-code&state={}").await;
    assert_eq!(completed(outcome).identity.id(), 1001);
    let paths: Vec<_> = setup
        .github
        .calls()
        .iter()
        .map(|c| c.path().to_owned())
        .collect();
    assert_eq!(paths, [TOKEN_PATH, "/user"]);
    assert_eq!(setup.marks.len(), 1);
}

#[tokio::test]
async fn o12_of_several_faults_the_first_in_order_is_told() {
    // Expired, of another provider, with a wrong issuer and an error.
    let setup = setup();
    let other = setup.another(builder().with_provider("other"));
    let (browser, state) = setup.begin();
    let query = format!("error=server_error&state={state}&iss=x");
    let told = refusal(&browser.finish(&other, &query, None).await);
    assert_eq!(told, (400, "provider_mismatch"));
    let told = refusal(&browser.finish(&setup.sign_in, &query, None).await);
    assert_eq!(told, (400, "issuer_mismatch"));
    setup.clock.advance(secs(601));
    let told = refusal(&browser.finish(&other, &query, None).await);
    assert_eq!(told, (400, "flow_expired"));
    let told = refusal(
        &browser
            .finish(&other, &format!("{query}&code=c"), None)
            .await,
    );
    assert_eq!(told, (400, "invalid_request"));
}

/// The name of a cookie shows twelve characters of a hash: were two states alike in these, the
/// cookie of one would be found for the other.
#[tokio::test]
async fn o12_a_flow_of_another_state_under_the_same_name_is_none() {
    let setup = setup();
    let (mut browser, state) = setup.begin();
    let (other, _) = setup.begin();
    let flows = Sealer::new(setup.keys.clone(), "portcullis oauth flow");
    let (other_name, other_value) = &other.cookies[0];
    let opened = flows.open(other_name, other_value.as_bytes()).unwrap();
    let plaintext = opened.plaintext().expose_secret();
    let name = browser.cookies[0].0.clone();
    browser.cookies[0].1 = flows.seal(&name, plaintext, &Random::system()).unwrap();
    let outcome = browser
        .finish(&setup.sign_in, &code_query(&state), None)
        .await;
    assert_eq!(refusal(&outcome), (400, "flow_not_found"));
    assert!(setup.github.calls().is_empty());
    assert_eq!(setup.marks.len(), 0);
}

#[tokio::test]
async fn o12_an_ill_mark_store_refuses_before_the_exchange() {
    let setup = setup();
    let (browser, state) = setup.begin();
    setup.marks.fall_ill();
    let outcome = browser
        .finish(&setup.sign_in, &code_query(&state), None)
        .await;
    assert_eq!(refusal(&outcome), (503, "unavailable"));
    assert!(!clears(&outcome));
    assert!(setup.github.calls().is_empty());
}

#[tokio::test]
async fn o13_an_unknown_flow_is_400_with_a_way_to_start_anew() {
    let setup = setup_with(builder().with_login_page("/login"));
    let (_, state) = setup.begin();
    let outcome = Browser::default()
        .finish(&setup.sign_in, &code_query(&state), None)
        .await;
    let refusal = full_refusal(outcome);
    assert_eq!(
        (refusal.status().as_u16(), refusal.code()),
        (400, "flow_not_found")
    );
    assert_eq!(refusal.login_url(), Some("/login"));
}

#[tokio::test]
async fn o13_with_a_live_session_an_unknown_flow_leads_on() {
    let setup = setup_with(builder().with_default_return_to("/portal"));
    let (user, name) = (subject("u1"), Digest::of(b"s"));
    let mut browser = Browser::default();
    let state = browser.begin(&setup.sign_in, Some("/deep?x=1"));
    let done = completed(
        browser
            .finish(&setup.sign_in, &code_query(&state), None)
            .await,
    );
    browser.obey(&done.clear_cookies);
    assert!(browser.cookies.is_empty());
    for (receipts, expected) in [(&[done.receipt][..], "/deep?x=1"), (&[], "/portal")] {
        let session = LiveSession {
            subject: &user,
            session: &name,
            receipts,
        };
        let outcome = browser
            .finish(&setup.sign_in, &code_query(&state), Some(session))
            .await;
        assert_eq!(redirect(&outcome), expected);
    }
    assert_eq!(setup.github.count(TOKEN_PATH), 1);
}

#[tokio::test]
async fn o13_a_receipt_survives_being_stored_and_leads_nowhere_else() {
    let setup = setup();
    let (user, name) = (subject("u1"), Digest::of(b"s"));
    let done = completed(setup.sign_in().await);
    let stored = serde_json::to_string(&done.receipt).unwrap();
    let forged = stored.replace("\"/\"", "\"//evil.example\"");
    assert_ne!(stored, forged);
    for text in [stored, forged] {
        let receipts = [serde_json::from_str(&text).unwrap()];
        let session = LiveSession {
            subject: &user,
            session: &name,
            receipts: &receipts,
        };
        let query = code_query(&"A".repeat(43));
        let outcome = Browser::default()
            .finish(&setup.sign_in, &query, Some(session))
            .await;
        assert_eq!(redirect(&outcome), "/");
    }
}

#[tokio::test]
async fn o14_a_flow_of_600_seconds_ends_and_an_older_one_does_not() {
    for (millis, expected) in [(600_000, None), (600_001, Some((400, "flow_expired")))] {
        let setup = setup();
        let (browser, state) = setup.begin();
        setup
            .clock
            .advance(std::time::Duration::from_millis(millis));
        let outcome = browser
            .finish(&setup.sign_in, &code_query(&state), None)
            .await;
        assert!(clears(&outcome));
        match expected {
            None => drop(completed(outcome)),
            Some(expected) => assert_eq!(refusal(&outcome), expected),
        }
        assert_eq!(
            setup.github.count(TOKEN_PATH),
            usize::from(expected.is_none())
        );
    }
}

#[tokio::test]
async fn o15_a_flow_of_another_provider_is_refused_and_stays() {
    let setup = setup();
    let (browser, state) = setup.begin();
    // Another name with the same issuer, and another issuer with the same name.
    for config in [
        builder().with_provider("other"),
        builder().with_issuer("https://github.com/login/oauth/"),
    ] {
        let other = setup.another(config);
        let outcome = browser.finish(&other, &code_query(&state), None).await;
        assert_eq!(refusal(&outcome), (400, "provider_mismatch"));
        assert!(!clears(&outcome));
        assert!(setup.github.calls().is_empty());
    }
    completed(
        browser
            .finish(&setup.sign_in, &code_query(&state), None)
            .await,
    );
}

#[tokio::test]
async fn o16_the_issuer_is_absent_or_exactly_equal() {
    let ghes = || {
        builder()
            .with_web_base("https://ghes.example/")
            .with_api_base("https://ghes.example/api/v3")
    };
    let cases = [
        (builder(), "", true),
        (builder(), ISSUER, true),
        (builder(), "https://github.com/login/oauth/", false),
        (builder(), "https://GitHub.com/login/oauth", false),
        (builder(), "https://github.com", false),
        (builder(), "empty", false),
        (builder().with_require_iss(), "", false),
        (builder().with_require_iss(), ISSUER, true),
        (ghes(), "https://ghes.example/login/oauth", true),
        (ghes(), ISSUER, false),
        (ghes().with_issuer("https://x"), "https://x", true),
    ];
    for (config, iss, is_good) in cases {
        let setup = setup_with(config);
        setup
            .github
            .always("/api/v3/user", Reply::json(r#"{"id":1,"login":"a"}"#));
        let iss = match iss {
            "" => String::new(),
            "empty" => "&iss=".to_owned(),
            iss => format!("&iss={iss}"),
        };
        let outcome = outcome_of(&setup, &format!("code=c&state={{}}{iss}")).await;
        assert!(clears(&outcome));
        if is_good {
            completed(outcome);
        } else {
            assert_eq!(refusal(&outcome), (400, "issuer_mismatch"), "{iss}");
            assert!(setup.github.calls().is_empty());
        }
    }
}

#[tokio::test]
async fn o17_malformed_queries_are_400() {
    let long = "x".repeat(8 * 1024);
    for query in [
        "code=a&code=b&state={}",
        "code=a&state={}&state={}",
        "code=a&state={}&iss=a&iss=a",
        "error=a&error=b&state={}",
        "code=a&error=access_denied&state={}",
        "code=&state={}",
        "code=%zz&state={}",
        "code=%ff&state={}",
        "code=a&state={}&x=%",
        &format!("code=a&state={{}}&{long}"),
        &format!("code={}&state={{}}", "c".repeat(1025)),
        &format!("code=a&state={}", "A".repeat(65_536)),
    ] {
        let setup = setup();
        let outcome = outcome_of(&setup, query).await;
        assert_eq!(refusal(&outcome), (400, "invalid_request"), "{query:.60}");
        assert!(!clears(&outcome));
    }
}

#[tokio::test]
async fn o19_access_denied_leads_to_the_login_page_and_clears_the_flow() {
    for (page, expected) in [
        ("/", "/?error=access_denied"),
        ("/login?a=b#c", "/login?a=b&error=access_denied#c"),
    ] {
        let setup = setup_with(builder().with_login_page(page));
        let outcome = outcome_of(&setup, "error=access_denied&state={}").await;
        assert_eq!(redirect(&outcome), expected);
        assert!(clears(&outcome));
        assert!(setup.github.calls().is_empty());
        let [event] = &setup.events.all()[..] else {
            panic!("one event")
        };
        assert!(event.contains("Denied") && event.contains("access_denied"));
    }
}

#[tokio::test]
async fn o19_other_errors_of_the_provider_are_502_or_503() {
    for (error, expected) in [
        ("application_suspended", (502, "application_suspended")),
        ("redirect_uri_mismatch", (502, "redirect_uri_mismatch")),
        ("server_error", (502, "server_error")),
        ("temporarily_unavailable", (503, "temporarily_unavailable")),
        ("%3Cscript%3E", (502, "provider_error")),
    ] {
        let setup = setup();
        let query = format!(
            "error={error}&error_description={}&state={{}}",
            "%3Cb%3E".repeat(100)
        );
        let outcome = outcome_of(&setup, &query).await;
        assert_eq!(refusal(&outcome), expected);
        assert!(clears(&outcome));
        let refusal = full_refusal(outcome);
        assert!(!refusal.message().contains('<'));
        let [event] = &setup.events.all()[..] else {
            panic!("one event")
        };
        assert!(event.contains(&format!("{:?}", "<b>".repeat(66) + "<b")));
        assert!(!event.contains(&"<b>".repeat(67)));
    }
}

#[tokio::test]
async fn o20_an_error_without_a_flow_is_400_signed_in_or_not() {
    let setup = setup();
    let (user, name) = (subject("u1"), Digest::of(b"s"));
    let session = LiveSession {
        subject: &user,
        session: &name,
        receipts: &[],
    };
    let forged = format!("error=access_denied&state={}", "A".repeat(43));
    for query in [
        "error=access_denied",
        "error=access_denied&state=x",
        &forged,
    ] {
        for session in [None, Some(session)] {
            let outcome = Browser::default()
                .finish(&setup.sign_in, query, session)
                .await;
            assert_eq!(refusal(&outcome), (400, "flow_not_found"));
        }
    }
}

#[tokio::test]
async fn o21_success_removes_the_flow_cookie() {
    let setup = setup();
    let (mut browser, state) = setup.begin();
    let done = completed(
        browser
            .finish(&setup.sign_in, &code_query(&state), None)
            .await,
    );
    let line = done.clear_cookies[0].to_str().unwrap();
    assert!(line.contains("Max-Age=0") && line.contains("Secure") && line.contains("Path=/"));
    browser.obey(&done.clear_cookies);
    assert!(browser.cookies.is_empty());
    assert_eq!(done.intent, Intent::LogIn);
}

#[tokio::test]
async fn o22_a_used_flow_is_never_exchanged_again() {
    let setup = setup();
    let (user, name) = (subject("u1"), Digest::of(b"s"));
    let session = LiveSession {
        subject: &user,
        session: &name,
        receipts: &[],
    };
    let mut browser = Browser::default();
    let state = browser.begin(&setup.sign_in, Some("/p"));
    let query = code_query(&state);
    completed(browser.finish(&setup.sign_in, &query, None).await);
    // The cookie is still there: the first answer was lost.
    let outcome = browser.finish(&setup.sign_in, &query, None).await;
    assert_eq!(refusal(&outcome), (400, "flow_used"));
    assert!(clears(&outcome));
    let outcome = browser.finish(&setup.sign_in, &query, Some(session)).await;
    assert_eq!(redirect(&outcome), "/p");
    assert!(clears(&outcome));
    assert_eq!(setup.github.count(TOKEN_PATH), 1);
}

#[tokio::test]
async fn o22_of_64_requests_on_two_nodes_one_exchanges() {
    let setup = setup();
    let nodes = [setup.sign_in.clone(), setup.another(builder())];
    let (browser, state) = setup.begin();
    let query = code_query(&state);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..64 {
        let (node, browser, query) = (nodes[n % 2].clone(), browser.clone(), query.clone());
        tasks.spawn(async move { browser.finish(&node, &query, None).await });
    }
    let outcomes = tasks.join_all().await;
    let is_done = |outcome: &&CallbackOutcome| matches!(outcome, CallbackOutcome::Completed(_));
    assert_eq!(outcomes.iter().filter(is_done).count(), 1);
    assert_eq!(setup.github.count(TOKEN_PATH), 1);
    let used = outcomes.iter().filter(|outcome| !is_done(outcome));
    assert!(used.map(refusal).all(|told| told == (400, "flow_used")));
}

#[tokio::test]
async fn o22_a_failed_exchange_uses_the_flow_up() {
    let setup = setup();
    setup.github.next(TOKEN_PATH, Reply::status(500));
    let (browser, state) = setup.begin();
    let query = code_query(&state);
    let outcome = browser.finish(&setup.sign_in, &query, None).await;
    assert_eq!(refusal(&outcome), (502, "bad_upstream"));
    assert!(clears(&outcome));
    let outcome = browser.finish(&setup.sign_in, &query, None).await;
    assert_eq!(refusal(&outcome), (400, "flow_used"));
    assert_eq!(setup.github.count(TOKEN_PATH), 1);
}

#[tokio::test]
async fn o22_the_mark_outlives_the_flow_by_its_whole_life() {
    let setup = setup();
    completed(setup.sign_in().await);
    assert_eq!(setup.marks.ends(), [START.after(secs(1_200))]);
}

#[tokio::test]
async fn o25_a_link_ends_in_the_session_that_began_it_or_with_409() {
    for (user, session, expected) in [
        (Some("u1"), "s1", true),
        (Some("u1"), "s2", false),
        (Some("u2"), "s1", false),
        (None, "", false),
    ] {
        let setup = setup();
        let mut browser = Browser::default();
        let started = browser
            .start(&setup.sign_in, Some("/me"), link("u1", "s1"))
            .unwrap();
        let state = parameter(&started, "state").unwrap();
        let user = user.map(subject);
        let name = Digest::of(session.as_bytes());
        let live = user.as_ref().map(|subject| LiveSession {
            subject,
            session: &name,
            receipts: &[],
        });
        let outcome = browser
            .finish(&setup.sign_in, &code_query(&state), live)
            .await;
        assert!(clears(&outcome));
        if expected {
            assert_eq!(completed(outcome).intent, link("u1", "s1"));
        } else {
            assert_eq!(refusal(&outcome), (409, "session_gone"));
            assert!(setup.github.calls().is_empty());
        }
    }
}

#[tokio::test]
async fn o25_a_login_does_not_care_for_the_session() {
    let setup = setup();
    let (user, name) = (subject("someone-else"), Digest::of(b"s"));
    let session = LiveSession {
        subject: &user,
        session: &name,
        receipts: &[],
    };
    for live in [None, Some(session)] {
        let (browser, state) = setup.begin();
        completed(
            browser
                .finish(&setup.sign_in, &code_query(&state), live)
                .await,
        );
    }
}

#[tokio::test]
async fn o26_another_spelling_of_the_host_is_named_as_the_cause() {
    let local = GithubConfig::builder("client", SECRET.into(), "http://127.0.0.1:8080/cb");
    let setup = setup_with(local);
    let (_, state) = setup.begin();
    let outcome = Browser::default()
        .finish(&setup.sign_in, &code_query(&state), None)
        .await;
    let refusal = full_refusal(outcome);
    assert_eq!(
        (refusal.status().as_u16(), refusal.code()),
        (400, "flow_not_found")
    );
    assert!(refusal.message().contains("localhost and 127.0.0.1"));
}

#[tokio::test]
async fn o26_on_the_right_host_the_cause_is_another() {
    let setup = setup();
    let query = code_query(&"A".repeat(43));
    for (host, is_named) in [
        ("app.example", false),
        ("APP.example", false),
        ("www.app.example", true),
    ] {
        let mut headers = http::HeaderMap::new();
        headers.insert("host", HeaderValue::from_static(host));
        let facts = portcullis_oauth::CallbackFacts {
            headers: &headers,
            query: Some(&query),
            session: None,
        };
        let refusal = full_refusal(setup.sign_in.callback(facts).await);
        assert_eq!(
            refusal.message().contains("another name of this host"),
            is_named,
            "{host}"
        );
    }
}

#[tokio::test]
async fn o27_damaged_flow_cookies_are_as_good_as_absent() {
    let setup = setup();
    let (browser, state) = setup.begin();
    let (name, value) = browser.cookies[0].clone();
    let mut damaged = vec![
        String::new(),
        "x".to_owned(),
        "x".repeat(8 * 1024),
        value[1..].to_owned(),
    ];
    damaged.extend(
        (0..value.len())
            .step_by(7)
            .map(|len| value[..len].to_owned()),
    );
    for place in (0..value.len()).step_by(5) {
        let mut bytes = value.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        damaged.push(String::from_utf8(bytes).unwrap());
    }
    for value in damaged {
        let browser = Browser {
            cookies: vec![(name.clone(), value)],
        };
        let outcome = browser
            .finish(&setup.sign_in, &code_query(&state), None)
            .await;
        assert_eq!(refusal(&outcome), (400, "flow_not_found"));
    }
    assert!(setup.github.calls().is_empty());
}

#[tokio::test]
async fn o27_bytes_that_are_not_utf8_are_as_good_as_absent() {
    let setup = setup();
    let (browser, state) = setup.begin();
    let line = format!("{}=\u{ff}", browser.cookies[0].0);
    let latin1: Vec<u8> = line.chars().map(|c| c as u8).collect();
    let mut headers = http::HeaderMap::new();
    headers.insert("cookie", HeaderValue::from_bytes(&latin1).unwrap());
    let query = code_query(&state);
    let facts = portcullis_oauth::CallbackFacts {
        headers: &headers,
        query: Some(&query),
        session: None,
    };
    assert_eq!(
        refusal(&setup.sign_in.callback(facts).await).1,
        "flow_not_found"
    );
}

#[tokio::test]
async fn o27_a_planted_duplicate_changes_nothing() {
    let setup = setup();
    let (mut browser, state) = setup.begin();
    let name = browser.cookies[0].0.clone();
    browser
        .cookies
        .insert(0, (name.clone(), "planted".to_owned()));
    browser.cookies.push((name, "planted".to_owned()));
    completed(
        browser
            .finish(&setup.sign_in, &code_query(&state), None)
            .await,
    );
}
