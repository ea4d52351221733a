//! CVE-2026-34454: the sign-in page was shown, and the session whose check had failed lived on.

use super::support::{Account, Deed, Door, Flaw, Ours, Said, Tiny, line, sign_in, who};

/// The check fails, the user goes to the sign-in page, and the check would succeed again.
async fn check(door: &impl Door) {
    for failing in [Account::Closed, Account::Open(1)] {
        door.account("ada", Account::Open(0));
        let token = sign_in(door, "", "ada").await;
        assert_eq!(who(door, &token).await.as_deref(), Some("ada"));
        door.account("ada", failing);
        let failed = door.ask(&line(&token), Deed::Look).await;
        assert_eq!(failed.who, None);
        assert_eq!(door.rows(), 0, "a failed check ends the session");
        assert_eq!(failed.said, Said::Removal, "and removes the cookie");
        door.account("ada", Account::Open(0));
        assert_eq!(who(door, &token).await, None, "it does not come back");
    }
}

#[tokio::test]
async fn a14_a_session_whose_check_failed_is_over_for_good() {
    for door in Ours::all() {
        check(&door).await;
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn FailedCheckKeepsTheRow() {
        let twin = Twin::new(
            "a14 FailedCheckKeepsTheRow",
            "a14_a_session_whose_check_failed_is_over_for_good",
            "a failed check ends the session",
        );
        let door = Tiny::with(Flaw::FailedCheckKeepsTheRow);
        twin.is_caught_async(check(&door)).await;
    }
}
