//! CVE-2019-16782 (rack), CVE-2019-25025 (activerecord-session_store): the session id itself was
//! the key of an index, and how long a lookup took told how much of a guess was right.
//!
//! Here: the store never sees a token, in no spelling; and tokens that share their first 31 bytes
//! are looked up by keys that have nothing in common. What lookups cost in time is for the
//! benchmark of timing.

use std::fs;

use http::HeaderMap;
use portcullis_core::{Digest, Random, Token};
use portcullis_session::{Lifecycle, MemoryStore, codec};
use portcullis_sqlite::SqliteStore;
use tempfile::TempDir;

use crate::answers::support::{COOKIE, Spy, base64, headers, lifecycle, sign_in, who};

/// A service that signs in, and what its store knows.
trait Service {
    fn new() -> Self;
    async fn sign_in(&self) -> String;
    /// By which key the store is asked for a token.
    async fn key_of(&self, token: &str) -> Vec<u8>;
    /// All bytes that the store holds.
    fn held(&self) -> Vec<u8>;
}

/// Ours, above a file.
struct Sqlite {
    lifecycle: Lifecycle,
    spy: Spy<SqliteStore>,
    folder: TempDir,
}

impl Service for Sqlite {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("sessions.db")).unwrap();
        let spy = Spy::new(store);
        Self {
            lifecycle: lifecycle(spy.clone()),
            spy,
            folder,
        }
    }

    async fn sign_in(&self) -> String {
        sign_in(&self.lifecycle, "ada").await
    }

    async fn key_of(&self, token: &str) -> Vec<u8> {
        self.spy.take();
        who(&self.lifecycle, &of(token)).await;
        self.spy.take().keys[0].as_bytes().to_vec()
    }

    /// The database, its log and whatever else is in the folder.
    fn held(&self) -> Vec<u8> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        files
            .flat_map(|file| fs::read(file.unwrap().path()).unwrap())
            .collect()
    }
}

/// Ours, above the memory: what it holds is what it was given.
struct Memory {
    lifecycle: Lifecycle,
    spy: Spy<MemoryStore>,
}

impl Service for Memory {
    fn new() -> Self {
        let spy = Spy::new(MemoryStore::new());
        let lifecycle = lifecycle(spy.clone());
        Self { lifecycle, spy }
    }

    async fn sign_in(&self) -> String {
        sign_in(&self.lifecycle, "ada").await
    }

    async fn key_of(&self, token: &str) -> Vec<u8> {
        self.spy.take();
        who(&self.lifecycle, &of(token)).await;
        self.spy.take().keys[0].as_bytes().to_vec()
    }

    fn held(&self) -> Vec<u8> {
        let seen = self.spy.take();
        let keys = seen.keys.iter().flat_map(|key| *key.as_bytes());
        let bodies = seen.records.iter().flat_map(|it| {
            let shown = format!("{it:?}").into_bytes();
            [codec::encode(it), it.key.as_bytes().to_vec(), shown].concat()
        });
        keys.chain(bodies).collect()
    }
}

fn of(token: &str) -> HeaderMap {
    headers(&[format!("{COOKIE}={token}")])
}

fn contains(held: &[u8], needle: &[u8]) -> bool {
    held.windows(needle.len()).any(|window| window == needle)
}

async fn check<S: Service>() {
    let service = S::new();
    let token = service.sign_in().await;
    let held = service.held();
    let bytes = base64::decode(&token);
    let hex: String = bytes.iter().map(|it| format!("{it:02x}")).collect();
    let standard = token.replace('-', "+").replace('_', "/");
    for spelling in [
        token.as_bytes(),
        &bytes,
        hex.as_bytes(),
        hex.to_uppercase().as_bytes(),
        standard.as_bytes(),
        // Half of it would be worth as much.
        &token.as_bytes()[..21],
        &token.as_bytes()[22..],
        &bytes[..16],
        &bytes[16..],
    ] {
        assert!(!contains(&held, spelling), "the store holds the token");
    }
    let digest = Digest::of(&bytes);
    assert!(contains(&held, digest.as_bytes()), "it holds its hash");

    for _ in 0..100 {
        let token = Token::generate(&Random::system()).unwrap().encode();
        let token = token.expose_secret();
        // The last character is of the last byte alone.
        let other = if token.ends_with('A') { 'E' } else { 'A' };
        let near = format!("{}{other}", &token[..42]);
        let (one, two) = (service.key_of(token).await, service.key_of(&near).await);
        let common = one.iter().zip(&two).take_while(|(a, b)| a == b).count();
        assert!(common < 8, "near tokens have near keys: {common} bytes");
    }
}

#[tokio::test]
async fn a39_a_store_never_sees_a_token() {
    check::<Sqlite>().await;
    check::<Memory>().await;
}

mod with_a_fault {
    use portcullis_tests::Twin;
    use rusqlite::Connection;

    use super::*;

    const TEST: &str = "a39_a_store_never_sees_a_token";

    /// Keeps sessions under their tokens, as rack did.
    struct Rack(Connection);

    impl Service for Rack {
        fn new() -> Self {
            let db = Connection::open_in_memory().unwrap();
            db.execute_batch("CREATE TABLE session (id TEXT PRIMARY KEY)")
                .unwrap();
            Self(db)
        }

        async fn sign_in(&self) -> String {
            let token = Token::generate(&Random::system()).unwrap().encode();
            let token = token.expose_secret();
            let insert = "INSERT INTO session (id) VALUES (?1)";
            self.0.execute(insert, [token]).unwrap();
            token.to_owned()
        }

        async fn key_of(&self, token: &str) -> Vec<u8> {
            token.as_bytes().to_vec()
        }

        fn held(&self) -> Vec<u8> {
            let mut select = self.0.prepare("SELECT id FROM session").unwrap();
            let rows = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
            rows.flat_map(|row| row.unwrap().into_bytes()).collect()
        }
    }

    /// Hides the tokens by a mask: they are not there, but as near to each other as before.
    struct Masked(Memory);

    impl Service for Masked {
        fn new() -> Self {
            Self(Memory::new())
        }

        async fn sign_in(&self) -> String {
            self.0.sign_in().await
        }

        async fn key_of(&self, token: &str) -> Vec<u8> {
            token.bytes().map(|byte| byte ^ 0x55).collect()
        }

        fn held(&self) -> Vec<u8> {
            self.0.held()
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn TokenIsTheKey() {
        Twin::new("a39 TokenIsTheKey", TEST, "the store holds the token")
            .is_caught_async(check::<Rack>())
            .await;
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn KeyIsMasked() {
        Twin::new("a39 KeyIsMasked", TEST, "near tokens have near keys")
            .is_caught_async(check::<Masked>())
            .await;
    }
}
