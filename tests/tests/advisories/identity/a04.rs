//! CVE-2018-1000519: whatever key the cookie named was loaded.

use super::support::{Deed, Door, Flaw, Ours, Tiny, line, sign_in, who};

/// Names of other keys, patterns, paths and statements, also of a token's length.
fn values(token: &str) -> Vec<String> {
    let cut = |text: &str| format!("{text:A<43}");
    let mut values: Vec<String> = [
        "user:1",
        "../session",
        "..%2f..%2fetc/passwd",
        "*",
        "?",
        "session:*",
        "[a-z]*",
        "0",
        "-1",
        "null",
        "None",
        "true",
        "__proto__",
        "' OR '1'='1",
        "1) OR (1=1",
        "x'00'",
        "EVAL",
        "{session}:1",
        "session\t1",
        "%00",
        "a:b:c",
        "$ne",
        "~/.ssh/id",
        "http://127.0.0.1/",
    ]
    .iter()
    .flat_map(|text| [(*text).to_owned(), cut(text)])
    .collect();
    values.retain(|value| !is_in_the_alphabet(value));
    values.extend([
        String::new(),
        format!("{token}*"),
        format!("*{}", &token[1..]),
        format!("session:{token}"),
        format!("{token}:1"),
        token.replace(&token[20..21], "?"),
        format!("{token}="),
        "A".repeat(4096),
    ]);
    values
}

/// Whether it has the form of a token, and may be looked for.
fn is_in_the_alphabet(value: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    value.len() == 43 && value.bytes().all(is_part)
}

async fn check(door: &impl Door) {
    let token = sign_in(door, "", "ada").await;
    let values = values(&token);
    assert!(values.len() > 40, "{}", values.len());
    for value in values {
        let before = door.calls();
        let looked = door.ask(&line(&value), Deed::Look).await;
        assert_eq!(looked.who, None, "{value:?}");
        let calls = door.calls() - before;
        assert_eq!(calls, 0, "no store call for what is no id: {value:?}");
    }
    assert_eq!(who(door, &token).await.as_deref(), Some("ada"));
}

#[tokio::test]
async fn a04_a_cookie_that_names_another_key_makes_no_store_call() {
    for door in Ours::all() {
        check(&door).await;
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn AnyTextIsAKey() {
        let twin = Twin::new(
            "a04 AnyTextIsAKey",
            "a04_a_cookie_that_names_another_key_makes_no_store_call",
            "no store call for what is no id",
        );
        let door = Tiny::with(Flaw::AnyTextIsAKey);
        twin.is_caught_async(check(&door)).await;
    }
}
