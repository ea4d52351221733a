//! CVE-2015-3982, CVE-2015-5964: a flush left a session under the empty key, for others to use.

use portcullis_core::{Digest, SubjectId, Token};
use portcullis_session::{Lookup, Renewal, SessionStore as _};

use super::support::{Deed, Door, Flaw, NAME, Ours, START, Tiny, line, sign_in};

async fn check(door: &impl Door) {
    let visitor = door.ask("", Deed::Write).await;
    let visitor = line(visitor.token().expect("a session"));
    door.ask(&visitor, Deed::LogOut).await;
    assert_eq!(door.rows(), 0, "a flush leaves no row");
    let token = sign_in(door, "", "ada").await;
    door.ask(&line(&token), Deed::Write).await;
    door.ask(&line(&token), Deed::LogOut).await;
    door.ask(&line(&token), Deed::LogOut).await;
    assert_eq!(door.rows(), 0, "a flush leaves no row");
    for empty in [format!("{NAME}="), format!("{NAME}=\"\""), NAME.to_owned()] {
        assert_eq!(door.ask(&empty, Deed::Look).await.who, None);
        let written = door.ask(&empty, Deed::Write).await;
        let own = written.token().expect("a session of its own");
        assert_ne!(own, "");
        door.ask(&line(own), Deed::LogOut).await;
    }
    assert_eq!(door.rows(), 0);
}

#[tokio::test]
async fn a15_a_flush_leaves_no_row_and_no_empty_key() {
    for door in Ours::all() {
        check(&door).await;
        let empty = Digest::of(b"");
        let found = door.ground.store.load(&empty, Renewal::Never, START).await;
        assert_eq!(found.expect("the store"), Lookup::Absent);
    }
}

#[test]
fn a15_there_is_no_empty_id() {
    assert!(Token::parse(b"").is_err());
    assert!(SubjectId::new("").is_err());
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn FlushLeavesAnEmptyKey() {
        let twin = Twin::new(
            "a15 FlushLeavesAnEmptyKey",
            "a15_a_flush_leaves_no_row_and_no_empty_key",
            "a flush leaves no row",
        );
        let door = Tiny::with(Flaw::FlushLeavesAnEmptyKey);
        twin.is_caught_async(check(&door)).await;
    }
}
