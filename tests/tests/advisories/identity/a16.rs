//! CVE-2015-5143, CVE-2015-5963: any request of a stranger made a session, until the store was full.

use portcullis_core::{Random, Token};

use super::support::{Deed, Door, Flaw, Ours, Said, Tiny, line};

const REQUESTS: u32 = 100_000;

async fn check(door: &impl Door) {
    for request in 0..REQUESTS {
        // One in a hundred has a cookie, of the right form.
        let cookies = match request % 100 {
            0 => line(
                Token::generate(&Random::system())
                    .expect("bytes")
                    .encode()
                    .expose_secret(),
            ),
            _ => String::new(),
        };
        let looked = door.ask(&cookies, Deed::Look).await;
        assert_eq!(
            looked.said,
            Said::Nothing,
            "a stranger's visit makes no session"
        );
        // Signing out of nothing makes nothing, either.
        if request % 1_000 == 0 {
            door.ask(&cookies, Deed::LogOut).await;
        }
    }
    assert_eq!(door.rows(), 0, "a stranger's visit makes no session");
}

#[tokio::test]
async fn a16_a_hundred_thousand_strangers_make_no_row() {
    for door in Ours::all() {
        check(&door).await;
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn EveryVisitMakesARow() {
        let twin = Twin::new(
            "a16 EveryVisitMakesARow",
            "a16_a_hundred_thousand_strangers_make_no_row",
            "a stranger's visit makes no session",
        );
        let door = Tiny::with(Flaw::EveryVisitMakesARow);
        twin.is_caught_async(check(&door)).await;
    }
}
