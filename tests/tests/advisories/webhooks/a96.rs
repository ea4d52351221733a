//! RUSTSEC-2026-0199 (bcrypt): a stored hash with a character outside of ASCII made the check panic.
//!
//! Here: garbage in what is stored of sessions, marks and Masker's rows is nobody's session, a mark,
//! or a refusal, and never the end of a request. (There are no stored passwords yet.)

use std::panic::catch_unwind;

use portcullis_core::{Digest, Mark, MarkStore as _, Timestamp};
use portcullis_session::{Data, codec};
use portcullis_sqlite::SqliteStore;
use portcullis_tests::{Ask, Browser, Masker, StoreKind};
use rusqlite::Connection;
use serde_json::json;

use super::support::{Dice, NOW};
use crate::answers::support::record;

/// What somebody may have written where a record or a hash of a password should be.
fn garbage() -> Vec<Vec<u8>> {
    let good = codec::encode(&record(Digest::of(b"key"), "ada"));
    let mut all = vec![Vec::new(), good.clone()];
    all.extend((0..good.len()).map(|end| good[..end].to_vec()));
    for place in 0..good.len() {
        for odd in [
            &[0xff][..],
            &[0xc3],
            "\u{e4}".as_bytes(),
            "\u{1f511}".as_bytes(),
        ] {
            let (head, tail) = good.split_at(place);
            all.push([head, odd, tail].concat());
            all.push([head, odd, tail.get(odd.len()..).unwrap_or_default()].concat());
        }
    }
    for shift in 0..4 {
        let shift = "x".repeat(shift);
        let hash = format!("$2b$12${shift}{}", "\u{e4}\u{1f511}".repeat(12));
        all.push(hash.into_bytes());
    }
    let mut dice = Dice::new(96);
    for _ in 0..5_000 {
        let length = dice.below(120);
        all.push(dice.bytes(length));
    }
    all
}

fn check(read: impl Fn(&[u8]) + std::panic::RefUnwindSafe) {
    for bytes in garbage() {
        let outcome = catch_unwind(|| read(&bytes));
        assert!(
            outcome.is_ok(),
            "a stored record panics: {}",
            bytes.escape_ascii()
        );
    }
}

#[test]
fn a96_no_stored_record_panics() {
    check(|bytes| {
        // What is taken for a record was written as one.
        let body = codec::decode(bytes);
        let data = Data::from_bytes(bytes);
        assert!(body.is_err() || bytes.len() >= 14);
        drop(data);
    });
}

/// Text that is no text, and numbers that are no times, by the column in which they may stand.
const SPOILT: [(&str, &str); 12] = [
    ("masker_agent", "name = CAST(x'ff00c3' AS TEXT)"),
    ("masker_agent", "name = '\u{1f511}' || char(0)"),
    ("masker_agent", "created_at = -1"),
    ("masker_agent", "created_at = 9223372036854775807"),
    ("masker_agent", "created_by = CAST(x'80' AS TEXT)"),
    ("masker_user", "name = CAST(x'c3' AS TEXT)"),
    ("masker_user", "email = CAST(x'ffff' AS TEXT)"),
    ("masker_user", "created_at = -9223372036854775808"),
    ("masker_user", "github_id = -1"),
    ("session", "subject = CAST(x'fffe' AS TEXT)"),
    ("session", "body = CAST('$2b$12$\u{e4}' AS BLOB)"),
    ("session", "handle = x'00', predecessor = x'ff'"),
];

/// The statuses of what reads these rows.
async fn ask(browser: &Browser, agent: &str) -> Vec<u16> {
    let mut statuses = Vec::new();
    for path in [
        "/api/v1/agents",
        agent,
        "/api/v1/me",
        "/api/v1/sessions",
        "/portal",
    ] {
        let answer = browser.try_ask(Ask::get(path)).await;
        statuses.push(answer.map_or(0, |answer| answer.status.as_u16()));
    }
    statuses
}

#[tokio::test]
async fn a96_garbage_in_the_database_ends_no_request() {
    let masker = Masker::start(StoreKind::Sqlite).await;
    let carol = masker.signed_in(Masker::CAROL).await;
    let made = Ask::post("/api/v1/agents").json(&json!({ "name": "one" }));
    let made = carol.ask(made).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let agent = format!("/api/v1/agents/{}", made.json()["id"].as_str().unwrap());
    let file = Connection::open(masker.database().unwrap()).unwrap();
    for table in ["masker_agent", "masker_user", "session"] {
        let keep = format!("CREATE TEMP TABLE good_{table} AS SELECT * FROM {table}");
        file.execute_batch(&keep).unwrap();
    }
    for (table, spoil) in SPOILT {
        file.execute_batch(&format!("UPDATE {table} SET {spoil}"))
            .unwrap();
        let statuses = ask(&carol.copy(), &agent).await;
        println!("{table} {spoil}: {statuses:?}");
        let is_told = |it: &u16| [200, 303, 401, 404, 503].contains(it);
        assert!(
            statuses.iter().all(is_told),
            "{table} {spoil}: {statuses:?}"
        );
        assert_eq!(carol.get("/health").await.status, 200, "{table} {spoil}");
        let mend = format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM good_{table}");
        file.execute_batch(&mend).unwrap();
    }
    assert_eq!(ask(&carol, &agent).await, [200; 5], "all is well again");
}

#[tokio::test]
async fn a96_garbage_among_the_marks_is_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("marks.db");
    let store = SqliteStore::open(&path).unwrap();
    let file = Connection::open(&path).unwrap();
    let insert = "INSERT INTO mark (digest, until) VALUES (?1, ?2)";
    let until = NOW.after(std::time::Duration::from_secs(60));
    for (number, odd) in [i64::MIN, -1, 0, 1, i64::MAX].into_iter().enumerate() {
        let digest = Digest::of(&[u8::try_from(number).unwrap()]);
        file.execute(insert, (digest.as_bytes(), odd)).unwrap();
        file.execute(insert, (vec![0xff; number], odd)).unwrap();
        let expected = if odd == i64::MAX {
            Mark::Seen
        } else {
            Mark::First
        };
        assert_eq!(
            store.mark(&digest, until, NOW).await.unwrap(),
            expected,
            "{odd}"
        );
        let again = store.mark(&digest, until, NOW).await.unwrap();
        assert_eq!(again, Mark::Seen, "{odd}");
    }
    let last = store.mark(&Digest::of(b"new"), Timestamp::MAX, NOW).await;
    assert_eq!(last.unwrap(), Mark::First);
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// Takes the salt out of a hash where it should be.
    fn bcrypt(bytes: &[u8]) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        if text.starts_with("$2b$") && text.len() >= 60 {
            let (_salt, _hash) = (&text[7..29], &text[29..60]);
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn TextIsCutByBytes() {
        let says = "a stored record panics: $2b$12$";
        Twin::new("a96 TextIsCutByBytes", "a96_no_stored_record_panics", says)
            .is_caught(|| check(bcrypt));
    }
}
