//! CVE-2024-38513: a session was made under an id that the client had invented.

use portcullis_core::{Random, Token};

use super::support::{Deed, Door, Flaw, Ours, Said, Tiny, line, who};

const IDS: usize = 1_000;

fn invented() -> String {
    let token = Token::generate(&Random::system()).expect("random bytes");
    token.encode().expose_secret().to_owned()
}

async fn check(door: &impl Door) {
    let ids: Vec<String> = (0..IDS).map(|_| invented()).collect();
    for id in &ids {
        let looked = door.ask(&line(id), Deed::Look).await;
        assert_eq!(looked.who, None);
        assert_eq!(looked.said, Said::Nothing, "a look makes no session");
    }
    assert_eq!(door.rows(), 0, "a look makes no session");
    for (count, id) in ids.iter().enumerate() {
        let deed = match count % 2 {
            0 => Deed::Write,
            _ => Deed::LogIn("ada"),
        };
        let reply = door.ask(&line(id), deed).await;
        let given = reply.token().expect("a new session").to_owned();
        assert!(!ids.contains(&given), "an invented id is never adopted");
        assert_eq!(who(door, id).await, None, "an invented id opens nothing");
        door.ask(&line(&given), Deed::LogOut).await;
    }
    assert_eq!(door.rows(), 0);
}

#[tokio::test]
async fn a03_an_id_that_the_client_invented_is_never_adopted() {
    for door in Ours::all() {
        check(&door).await;
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a03_an_id_that_the_client_invented_is_never_adopted";

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn AdoptsTheId() {
        let twin = Twin::new("a03 AdoptsTheId", TEST, "an invented id is never adopted");
        let door = Tiny::with(Flaw::AdoptsTheId);
        twin.is_caught_async(check(&door)).await;
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn EveryVisitMakesARow() {
        let twin = Twin::new("a03 EveryVisitMakesARow", TEST, "a look makes no session");
        let door = Tiny::with(Flaw::EveryVisitMakesARow);
        twin.is_caught_async(check(&door)).await;
    }
}
