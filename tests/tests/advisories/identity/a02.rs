//! CVE-2023-29019: the same as row 1, by a cookie that a sibling site tossed for the parent domain.

use super::support::{Deed, Door, Flaw, NAME, Ours, Tiny, line, sign_in, who};

/// The names that a browser takes for a whole domain: all but those that begin with `__Host-`
/// (RFC 6265bis §4.1.3.2), which some browsers have compared in lower case and some have not.
const TOSSED: [&str; 9] = [
    "session",
    "__Secure-session",
    "__host-session",
    "__HOST-session",
    "__Host-Session",
    "__Host_session",
    "Host-session",
    "%5F%5FHost-session",
    "__Host-session.sub",
];

/// The attacker's own living session comes under every such name, before and after the login.
async fn check(door: &impl Door) {
    let tossed = sign_in(door, "", "mallory").await;
    for name in TOSSED {
        let planted = format!("{name}={tossed}");
        let looked = door.ask(&planted, Deed::Look).await.who;
        assert_eq!(looked, None, "a tossed cookie is no session: {name}");
        let given = sign_in(door, &planted, "ada").await;
        assert_ne!(given, tossed, "a login gives a new id: {name}");
        for both in [
            format!("{planted}; {}", line(&given)),
            format!("{}; {planted}", line(&given)),
        ] {
            let looked = door.ask(&both, Deed::Look).await.who;
            assert_eq!(looked.as_deref(), Some("ada"), "{name}");
            door.ask(&both, Deed::Write).await;
        }
        door.ask(&line(&given), Deed::LogOut).await;
        assert_eq!(who(door, &given).await, None);
        assert_eq!(who(door, &tossed).await.as_deref(), Some("mallory"));
    }
    assert_eq!(door.rows(), 1, "the attacker's session and no other");
}

#[tokio::test]
async fn a02_a_cookie_of_the_parent_domain_is_no_session() {
    for door in Ours::all() {
        assert_eq!(door.lifecycle.policy().cookie().name(), NAME);
        check(&door).await;
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn NameWithoutThePrefix() {
        let twin = Twin::new(
            "a02 NameWithoutThePrefix",
            "a02_a_cookie_of_the_parent_domain_is_no_session",
            "a tossed cookie is no session",
        );
        let door = Tiny::with(Flaw::NameWithoutThePrefix);
        twin.is_caught_async(check(&door)).await;
    }
}
