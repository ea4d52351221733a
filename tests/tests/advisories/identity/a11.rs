//! CVE-2018-1000814, CVE-2024-21492: sessions never ended on the server's side.

use std::time::Duration;

use super::support::{Deed, Door, Flaw, Ours, Tiny, line, sign_in, who};

const MINUTE: Duration = Duration::from_secs(60);

/// Ninety days, of which every minute of the last is visited.
async fn check(door: &impl Door) {
    let token = sign_in(door, "", "ada").await;
    for _ in 0..89 {
        door.pass(24 * 60 * MINUTE);
        assert_eq!(who(door, &token).await.as_deref(), Some("ada"));
    }
    for _ in 1..24 * 60 {
        door.pass(MINUTE);
        assert_eq!(who(door, &token).await.as_deref(), Some("ada"));
    }
    door.pass(MINUTE - Duration::from_secs(1));
    assert_eq!(who(door, &token).await.as_deref(), Some("ada"));
    door.pass(Duration::from_secs(2));
    assert_eq!(
        who(door, &token).await,
        None,
        "no visit moves the last limit"
    );
    let written = door.ask(&line(&token), Deed::Write).await;
    assert_ne!(
        written.token(),
        Some(&*token),
        "what is over is not revived"
    );
}

#[tokio::test]
async fn a11_no_number_of_visits_moves_the_absolute_limit() {
    for door in Ours::all() {
        check(&door).await;
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn ExpiryOnlySlides() {
        let twin = Twin::new(
            "a11 ExpiryOnlySlides",
            "a11_no_number_of_visits_moves_the_absolute_limit",
            "no visit moves the last limit",
        );
        let door = Tiny::with(Flaw::ExpiryOnlySlides);
        twin.is_caught_async(check(&door)).await;
    }
}
