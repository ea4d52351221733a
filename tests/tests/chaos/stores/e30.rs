//! A store that returns garbage.

use std::sync::{Arc, Mutex};

use portcullis_core::{Digest, Token};
use portcullis_session::{
    DynSessionStore, Event, Lifecycle, Loaded, Lookup, MemoryStore, Record, Renewal, codec,
};
use portcullis_sqlite::SqliteStore;
use portcullis_testkit::interleave::{Liar, Lie};
use portcullis_tests::{Browser, Site};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::load::{Dice, Probe, Wire, site_on};
use crate::measured::{Measured, times};

fn digest(browser: &Browser) -> Digest {
    let token = browser.cookie(Site::COOKIE).unwrap();
    Token::parse(token.as_bytes()).unwrap().digest()
}

async fn stored(store: &Arc<dyn DynSessionStore>, site: &Site, browser: &Browser) -> Loaded {
    let (key, now) = (digest(browser), site.lifecycle.now());
    match store.dyn_load(&key, Renewal::Never, now).await {
        Ok(Lookup::Current { loaded, .. }) => loaded,
        other => panic!("{other:?}"),
    }
}

/// Bytes that are not, or hardly, the body of a record.
fn spoilt(body: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = body.to_vec();
    let place = dice.below(bytes.len());
    match dice.below(7) {
        0 => {
            let length = dice.below(300);
            dice.bytes(length)
        }
        1 => {
            bytes.truncate(place);
            bytes
        }
        2 => {
            // Another version.
            bytes[0] = bytes[0].wrapping_add(u8::try_from(1 + dice.below(255)).unwrap());
            bytes
        }
        3 => br#"{"user":"alice","version":1,"expires":99999999999}"#.to_vec(),
        4 => {
            // Past the names, which are anybody's to write who may write to the store.
            let data = 12 + usize::from(bytes[12]) + 1;
            let place = data + dice.below(bytes.len() - data);
            bytes[place] ^= 1 << dice.below(8);
            bytes
        }
        5 => {
            let length = dice.below(40);
            bytes.extend(dice.bytes(length));
            bytes
        }
        _ => vec![u8::try_from(dice.below(256)).unwrap(); place],
    }
}

/// What a store of bytes makes of a body.
fn read(record: &Record, seen: &Loaded, bytes: &[u8]) -> Lookup {
    let Ok(body) = codec::decode(bytes) else {
        return Lookup::Unreadable;
    };
    let mut record = record.clone();
    (record.standing, record.data) = (body.standing, body.data);
    record.lifetime.persistence = body.persistence;
    let loaded = Loaded {
        record: Arc::new(record),
        seen_at: seen.seen_at,
    };
    Lookup::Current {
        loaded,
        renewed: true,
    }
}

/// The answers of one session, straight from the rules.
async fn who(lifecycle: &Lifecycle, cookie: &str) -> Option<String> {
    let value = http::HeaderValue::from_str(cookie).unwrap();
    let headers = http::HeaderMap::from_iter([(http::header::COOKIE, value)]);
    let session = lifecycle.session(&headers);
    let principal = session.principal().await.unwrap();
    session.commit().await.unwrap();
    session.finish(&mut http::HeaderMap::new());
    principal.map(|it| it.subject().as_str().to_owned())
}

#[tokio::test]
async fn e30_a_body_of_garbage_is_nobody_or_still_the_same_user() {
    let store: Arc<dyn DynSessionStore> = Arc::new(MemoryStore::new());
    let bytes = Arc::new(Mutex::new(None::<(Loaded, Vec<u8>)>));
    let told = Arc::clone(&bytes);
    let twist = move |_: &Digest, found| match &*told.lock().unwrap() {
        Some((seen, bytes)) => read(&seen.record, seen, bytes),
        None => found,
    };
    let site = site_on(Probe::new(Arc::clone(&store)).with_twist(twist)).await;
    let alice = site.logged_in("alice").await;
    assert_eq!(alice.post("/value/a").await.status, 200);
    let loaded = stored(&store, &site, &alice).await;
    let body = codec::encode(&loaded.record);
    let cookie = format!("{}={}", Site::COOKIE, alice.cookie(Site::COOKIE).unwrap());
    let _ = site.events();
    let (rounds, mut refused, mut dice) = (times(5_000, 1_000_000), 0_u32, Dice::new(30));
    for round in 0..rounds {
        let spoilt = spoilt(&body, &mut dice);
        *bytes.lock().unwrap() = Some((loaded.clone(), spoilt));
        match who(&site.lifecycle, &cookie).await.as_deref() {
            Some(user) => assert_eq!(user, "alice", "round {round}"),
            None => refused += 1,
        }
        let events = site.events();
        assert!(
            events.iter().all(|it| *it == Event::RecordRefused),
            "{events:?}"
        );
    }
    let huge = Dice::new(10).bytes(10 << 20);
    *bytes.lock().unwrap() = Some((loaded.clone(), huge));
    assert_eq!(alice.get("/me").await.status, 401);
    *bytes.lock().unwrap() = None;
    assert_eq!(alice.get("/me").await.json()["user"], "alice");
    assert!(refused > rounds / 2);
    Measured {
        number: 30,
        what: "garbage for a record's body",
        target: "logged out + event; 0 panics in 1,000,000",
        found: format!(
            "{rounds} bodies and one of 10 MiB: {refused} logged out, the rest the same user with \
             other values, 0 foreign, 0 panics"
        ),
    }
    .note();
}

/// The columns of a session's row, and what may be written into each.
fn garbage(dice: &mut Dice) -> (&'static str, Value) {
    let length = dice.below(80);
    let blob = Value::Blob(dice.bytes(length));
    let number = Value::Integer(dice.roll().cast_signed());
    match dice.below(9) {
        0 => ("handle", blob),
        1 => ("predecessor", blob),
        2 => ("seen_at", number),
        3 => ("idle_secs", number),
        4 => ("until", number),
        5 => ("created_at", number),
        6 => ("version", number),
        _ => ("body", blob),
    }
}

#[tokio::test]
async fn e30_a_row_of_garbage_in_the_file_signs_nobody_else_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let site = site_on(SqliteStore::open(&path).unwrap()).await;
    let (alice, bob) = (site.logged_in("alice").await, site.logged_in("bob").await);
    let file = Connection::open(&path).unwrap();
    file.execute_batch("PRAGMA synchronous = OFF; CREATE TEMP TABLE good AS SELECT * FROM session")
        .unwrap();
    let key = digest(&alice);
    let mut wire = Wire::to(&site.address()).await;
    let line =
        |browser: &Browser| format!("{}={}", Site::COOKIE, browser.cookie(Site::COOKIE).unwrap());
    let (cookie, other) = (line(&alice), line(&bob));
    let (rounds, mut dice) = (times(1_500, 200_000), Dice::new(31));
    let (mut refused, mut same) = (0_u32, 0_u32);
    for round in 0..rounds {
        let (column, value) = garbage(&mut dice);
        let spoil = format!("UPDATE session SET {column} = ?1 WHERE digest = ?2");
        file.execute(&spoil, (&value, key.as_bytes())).unwrap();
        let answer = wire.get("/me", &cookie).await.unwrap();
        match answer.status {
            200 => {
                assert_eq!(answer.text("/user"), "alice", "{round} {column} {value:?}");
                assert_ne!(column, "body", "{round}");
                same += 1;
            }
            401 => refused += 1,
            other => panic!("{round} {column} {value:?}: {other}"),
        }
        if round % 50 == 0 {
            let answer = wire.get("/me", &other).await.unwrap();
            assert_eq!(answer.text("/user"), "bob", "{round}: in nobody's way");
        }
        let mend = format!(
            "UPDATE session SET {column} = (SELECT {column} FROM good WHERE digest = ?1)
             WHERE digest = ?1"
        );
        file.execute(&mend, [key.as_bytes()]).unwrap();
    }
    assert_eq!(
        wire.get("/me", &cookie).await.unwrap().text("/user"),
        "alice"
    );
    Measured {
        number: 30,
        what: "garbage in a row of the SQLite file",
        target: "logged out + event; 0 panics",
        found: format!(
            "{rounds} rows over HTTP: {refused} logged out, {same} the same user (a time or a \
             version was hit), 0 foreign, 0 errors, others unharmed"
        ),
    }
    .note();
}

#[tokio::test]
async fn e30_no_lie_of_a_store_makes_one_user_another_over_http() {
    let store: Arc<dyn DynSessionStore> = Arc::new(MemoryStore::new());
    let site = site_on(Arc::clone(&store)).await;
    let (alice, bob) = (site.logged_in("alice").await, site.logged_in("bob").await);
    let (hers, his) = (
        stored(&store, &site, &alice).await,
        stored(&store, &site, &bob).await,
    );
    let lies = [
        (Lie::Another(his.clone()), 401),
        (Lie::Expired, 401),
        (
            Lie::FailsAfterWriting(portcullis_core::StoreErrorKind::Timeout),
            200,
        ),
        (Lie::ForgetsWrites, 200),
        (Lie::ListsForeign(vec![his.clone()]), 200),
        (Lie::Older(hers.clone()), 200),
        (Lie::Unreadable, 401),
    ];
    let count = lies.len();
    for (lie, status) in lies {
        let lying = site_on(Liar::new(Arc::clone(&store), lie.clone())).await;
        let browser = alice.copy().at(&lying.base);
        for path in ["/me", "/value/a", "/devices"] {
            let answer = browser.get(path).await;
            assert!(!answer.text().contains("bob"), "{lie:?} {path}");
            let handle = his.record.handle.to_string();
            assert!(!answer.text().contains(&handle), "{lie:?} {path}");
        }
        assert_eq!(browser.get("/me").await.status, status, "{lie:?}");
    }
    assert_eq!(alice.get("/me").await.json()["user"], "alice");
    Measured {
        number: 30,
        what: "lies of a store over HTTP",
        target: "logged out or the same user; 0 foreign",
        found: format!("{count} lies, 4 reads each: 0 foreign"),
    }
    .note();
}
