//! CVE-2026-27840: tokens that were cut off were still good.

use portcullis_core::Token;

use super::support::{Deed, Door, Flaw, NAME, Ours, Tiny, sign_in, who};

/// Every prefix and suffix, every value with one byte put in, and every one-byte change that a
/// header can have.
fn changed(token: &str) -> Vec<String> {
    let visible = || (b' '..=b'~').filter(|byte| *byte != b';').map(char::from);
    let mut all: Vec<String> = (0..token.len())
        .map(|end| token[..end].to_owned())
        .collect();
    all.extend((1..=token.len()).map(|start| token[start..].to_owned()));
    for place in 0..=token.len() {
        all.extend("Az09-_=\"%".chars().map(|byte| {
            let (before, after) = token.split_at(place);
            format!("{before}{byte}{after}")
        }));
    }
    for place in 0..token.len() {
        let others = visible().filter(|byte| !token[place..].starts_with(*byte));
        all.extend(others.map(|byte| {
            let (before, after) = (&token[..place], &token[place + 1..]);
            format!("{before}{byte}{after}")
        }));
    }
    all.extend([
        format!("{token}{token}"),
        format!("{token}A"),
        token.to_lowercase(),
    ]);
    all
}

async fn check(door: &impl Door) {
    let token = sign_in(door, "", "ada").await;
    assert_eq!(token.len(), 43);
    let changed = changed(&token);
    assert!(changed.len() > 4_000, "{}", changed.len());
    for value in changed {
        let looked = door.ask(&format!("{NAME}={value}"), Deed::Look).await;
        assert_eq!(looked.who, None, "the whole token counts: {value:?}");
    }
    assert_eq!(who(door, &token).await.as_deref(), Some("ada"));
}

#[tokio::test]
async fn a18_no_part_and_no_change_of_a_token_opens_its_session() {
    for door in Ours::all() {
        check(&door).await;
    }
}

/// Also by the bytes that no header has: what is changed is no token, or another one.
#[tokio::test]
async fn a18_every_one_byte_change_is_no_token_or_another() {
    let door = Ours::all().into_iter().next().expect("a store");
    let token = sign_in(&door, "", "ada").await;
    let own = Token::parse(token.as_bytes()).expect("a token").digest();
    for place in 0..token.len() {
        for byte in 0..=u8::MAX {
            let mut value = token.clone().into_bytes();
            let is_same = std::mem::replace(&mut value[place], byte) == byte;
            let digest = Token::parse(&value).map(|token| token.digest());
            assert_eq!(digest.ok() == Some(own), is_same, "{byte} at {place}");
        }
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn PrefixesAreEnough() {
        let twin = Twin::new(
            "a18 PrefixesAreEnough",
            "a18_no_part_and_no_change_of_a_token_opens_its_session",
            "the whole token counts",
        );
        let door = Tiny::with(Flaw::PrefixesAreEnough);
        twin.is_caught_async(check(&door)).await;
    }
}
