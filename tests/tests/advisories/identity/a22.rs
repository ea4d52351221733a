//! CVE-2026-7507, CVE-2025-12390: a login flow was taken from a browser that had not begun it, and
//! ids of sessions were used again.

use std::collections::HashSet;

use portcullis_tests::{SiteSetup, StoreKind};

use super::support::{Deed, Door, Flaw, Flow, Ours, SignIn, Tiny, line, sign_in_with};

/// A callback with a good state and code, from browsers that did not begin it.
async fn check(door: &impl SignIn) -> Vec<&'static str> {
    let (own, other) = (door.start().await, door.start().await);
    let (name, value) = own.cookies.split_once('=').expect("a cookie");
    let (other_name, other_value) = other.cookies.split_once('=').expect("a cookie");
    assert_ne!(name, other_name);
    let cut = &value[..value.len() - 1];
    let mut codes = Vec::new();
    for cookies in [
        String::new(),
        other.cookies.clone(),
        format!("{name}="),
        format!("{name}={other_value}"),
        format!("{name}={cut}"),
        format!("{other_name}={value}"),
        format!("{name}x={value}"),
        format!("{name}={}", own.parameter("state")),
    ] {
        let answer = door.callback(&cookies, &own.query).await;
        let code = answer.expect_err("a flow is of the browser that began it");
        codes.push(code);
    }
    assert_eq!(door.exchanges(), 0, "GitHub is not asked");
    // The attempts have not used it up.
    assert_eq!(door.callback(&own.cookies, &own.query).await, Ok(1001));
    codes
}

#[tokio::test]
async fn a22_a_callback_without_the_cookie_of_its_flow_is_refused() {
    for kind in [StoreKind::Memory, StoreKind::Sqlite] {
        let site = SiteSetup::new(kind).start().await;
        let marks = site.store.marks.clone();
        let codes = check(&sign_in_with(site, marks)).await;
        assert_eq!(codes, ["flow_not_found"; 8]);
    }
}

/// Two hundred sessions, one after the other, in a browser that never forgets its cookie.
async fn check_ids(door: &impl Door) {
    let (mut seen, mut cookies) = (HashSet::new(), String::new());
    for count in 0..200 {
        let deed = match count % 2 {
            0 => Deed::LogIn("ada"),
            _ => Deed::Write,
        };
        let reply = door.ask(&cookies, deed).await;
        let token = reply.token().expect("a session").to_owned();
        cookies = line(&token);
        assert!(seen.insert(token), "an id is never given again");
        door.ask(&cookies, Deed::LogOut).await;
    }
}

#[tokio::test]
async fn a22_no_session_id_is_given_twice() {
    for door in Ours::all() {
        check_ids(&door).await;
    }
}

mod with_a_fault {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use portcullis_core::{Random, Token};
    use portcullis_tests::Twin;

    use super::*;

    /// Flows are kept on the server, and found by their state alone.
    #[derive(Default)]
    struct StateIsEnough {
        flows: Mutex<HashMap<String, u64>>,
        exchanges: Mutex<usize>,
    }

    impl SignIn for StateIsEnough {
        async fn start(&self) -> Flow {
            let state = Token::generate(&Random::system()).expect("random bytes");
            let state = state.encode().expose_secret().to_owned();
            let mut flows = self.flows.lock().expect("nobody panicked");
            flows.insert(state.clone(), 1001);
            Flow {
                cookies: format!("flow-{}={state}", flows.len()),
                query: format!("code=1&state={state}"),
            }
        }

        async fn callback(&self, _: &str, query: &str) -> Result<u64, &'static str> {
            let state = query.rsplit('=').next().unwrap_or_default();
            let found = self.flows.lock().expect("nobody panicked").remove(state);
            *self.exchanges.lock().expect("nobody panicked") += 1;
            found.ok_or("flow_not_found")
        }

        fn exchanges(&self) -> usize {
            *self.exchanges.lock().expect("nobody panicked")
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn StateIsEnough() {
        let twin = Twin::new(
            "a22 StateIsEnough",
            "a22_a_callback_without_the_cookie_of_its_flow_is_refused",
            "a flow is of the browser that began it",
        );
        let door = StateIsEnough::default();
        twin.is_caught_async(async { drop(check(&door).await) })
            .await;
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn AdoptsTheId() {
        let test = "a22_no_session_id_is_given_twice";
        let twin = Twin::new("a22 AdoptsTheId", test, "an id is never given again");
        let door = Tiny::with(Flaw::AdoptsTheId);
        twin.is_caught_async(check_ids(&door)).await;
    }
}
