//! CVE-2024-31999, CVE-2024-35220: a deleted cookie still worked, and one that was used again was
//! not looked at for its age.

use std::time::Duration;

use super::support::{Deed, Door, Flaw, Ours, Said, Tiny, line, sign_in, who};

const DAY: Duration = Duration::from_secs(86_400);

async fn check(door: &impl Door) {
    let token = sign_in(door, "", "ada").await;
    let out = door.ask(&line(&token), Deed::LogOut).await;
    assert_eq!(out.said, Said::Removal);
    assert_eq!(who(door, &token).await, None, "a log-out ends the cookie");
    door.ask(&line(&token), Deed::Write).await;
    assert_eq!(who(door, &token).await, None, "a log-out ends the cookie");

    let token = sign_in(door, "", "ada").await;
    for _ in 0..8 {
        door.pass(10 * DAY);
        assert_eq!(who(door, &token).await.as_deref(), Some("ada"));
    }
    door.pass(10 * DAY);
    assert_eq!(who(door, &token).await, None, "no cookie outlives its age");

    let token = sign_in(door, "", "ada").await;
    door.pass(30 * DAY);
    assert_eq!(who(door, &token).await, None, "no cookie outlives its rest");
}

#[tokio::test]
async fn a10_the_last_cookie_is_dead_after_log_out_and_after_its_time() {
    for door in Ours::all() {
        check(&door).await;
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a10_the_last_cookie_is_dead_after_log_out_and_after_its_time";

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn LogOutClearsTheCookieAlone() {
        let says = "a log-out ends the cookie";
        let twin = Twin::new("a10 LogOutClearsTheCookieAlone", TEST, says);
        let door = Tiny::with(Flaw::LogOutClearsTheCookieAlone);
        twin.is_caught_async(check(&door)).await;
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn ExpiryOnlySlides() {
        let says = "no cookie outlives its age";
        let twin = Twin::new("a10 ExpiryOnlySlides", TEST, says);
        let door = Tiny::with(Flaw::ExpiryOnlySlides);
        twin.is_caught_async(check(&door)).await;
    }
}
