//! CVE-2022-25896: login and log-out kept the id of the session.

use super::support::{Deed, Door, Flaw, Ours, Said, Tiny, line, sign_in, who};

/// An attacker plants the id of a session of their own before the victim signs in.
async fn check(door: &impl Door) {
    let planted = door.ask("", Deed::Write).await;
    let planted = planted.token().expect("a visitor's session").to_owned();
    let given = sign_in(door, &line(&planted), "ada").await;
    assert_ne!(given, planted, "a login gives a new id");
    let looked = who(door, &planted).await;
    assert_eq!(looked, None, "the id from before the login opens nothing");
    assert_eq!(who(door, &given).await.as_deref(), Some("ada"));
    assert_eq!(door.rows(), 1, "a login ends the session before");

    let again = sign_in(door, &line(&given), "ada").await;
    assert_ne!(again, given, "a second login gives a new id");
    assert_eq!(who(door, &given).await, None, "the id before is dead");
    assert_eq!(door.rows(), 1, "a login ends the session before");

    let out = door.ask(&line(&again), Deed::LogOut).await;
    assert_eq!(out.said, Said::Removal);
    assert_eq!(who(door, &again).await, None, "a log-out ends the id");
    let next = sign_in(door, &line(&again), "ada").await;
    assert_ne!(next, again, "no id comes back");
}

#[tokio::test]
async fn a01_a_login_gives_a_new_id_and_ends_the_old() {
    for door in Ours::all() {
        check(&door).await;
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a01_a_login_gives_a_new_id_and_ends_the_old";

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn LoginKeepsTheId() {
        let twin = Twin::new("a01 LoginKeepsTheId", TEST, "a login gives a new id");
        let door = Tiny::with(Flaw::LoginKeepsTheId);
        twin.is_caught_async(check(&door)).await;
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn LoginKeepsTheOldRow() {
        let says = "a login ends the session before";
        let twin = Twin::new("a01 LoginKeepsTheOldRow", TEST, says);
        let door = Tiny::with(Flaw::LoginKeepsTheOldRow);
        twin.is_caught_async(check(&door)).await;
    }
}
