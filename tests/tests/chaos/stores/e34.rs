//! Nothing brings back a session that was logged out, over HTTP and under load.

use std::time::Duration;

use portcullis_session::{Event, MemoryStore};
use portcullis_sqlite::SqliteConfig;
use portcullis_tests::{Gate, Masker, Site, StoreKind};
use tokio::task::JoinSet;

use crate::load::{Wire, site_on};
use crate::measured::{Measured, times};

/// How many requests are on their way when the session ends.
const IN_FLIGHT: usize = 50;

/// Connections that stay open from round to round.
async fn wires(address: &str) -> Vec<Wire> {
    let mut wires = Vec::new();
    for _ in 0..=IN_FLIGHT {
        wires.push(Wire::to(address).await);
    }
    wires
}

/// What is sent at once, and what is let go when the log-out is answered.
struct Race<'a> {
    save: &'a str,
    leave: &'a str,
    held: Option<Gate>,
}

/// Sends a save on each connection, and a log-out among them; gives the connections back, and how
/// many saves were taken before it.
async fn race(wires: Vec<Wire>, round: usize, cookie: &str, race: Race<'_>) -> (Vec<Wire>, usize) {
    let mut tasks = JoinSet::new();
    let place = round % wires.len();
    for (number, mut wire) in wires.into_iter().enumerate() {
        let (cookie, leaves) = (cookie.to_owned(), number == place);
        let request = if leaves { race.leave } else { race.save }.to_owned();
        let held = race.held.clone().filter(|_| leaves);
        tasks.spawn(async move {
            let origin = ("sec-fetch-site", &b"same-origin"[..]);
            let lines = [origin, ("cookie", cookie.as_bytes())];
            if let Some(gate) = &held {
                gate.arrived(IN_FLIGHT).await;
            }
            wire.send(&request, &lines, b"late").await.unwrap();
            let mut status = wire.reply().await.unwrap().status;
            // A disk that is too busy is 503: a log-out that is told so is tried again.
            while leaves && status == 503 {
                wire.send(&request, &lines, b"late").await.unwrap();
                status = wire.reply().await.unwrap().status;
            }
            let expected: &[u16] = if leaves { &[204] } else { &[200, 401, 503] };
            assert!(expected.contains(&status), "{request}: {status}");
            if let Some(gate) = held {
                gate.open();
            }
            (wire, status == 200)
        });
    }
    let (mut wires, mut taken) = (Vec::new(), 0);
    while let Some(done) = tasks.join_next().await {
        let (wire, is_taken) = done.unwrap();
        wires.push(wire);
        taken += usize::from(is_taken);
    }
    (wires, taken)
}

fn note(what: &'static str, rounds: u32, found: &str) {
    Measured {
        number: 34,
        what,
        target: "0 revived (100,000 rounds: the races without HTTP)",
        found: format!("{rounds} rounds of {IN_FLIGHT} saves, {found}, 0 revived"),
    }
    .note();
}

/// On the example server every request is a save: it renews.
async fn on_masker(kind: StoreKind, what: &'static str) {
    let masker = Masker::start(kind).await;
    let mut wires = wires(&masker.address()).await;
    let (rounds, mut before) = (times(15, 2_000), 0);
    for round in 0..rounds {
        let browser = masker.signed_in(Masker::ALICE).await;
        let cookie = format!(
            "{}={}",
            Masker::COOKIE,
            browser.cookie(Masker::COOKIE).unwrap()
        );
        let place = usize::try_from(round).unwrap();
        let deeds = Race {
            save: "GET /api/v1/sessions",
            leave: "POST /api/v1/auth/logout",
            held: None,
        };
        let (back, taken) = race(wires, place, &cookie, deeds).await;
        (wires, before) = (back, before + taken);
        for wire in &mut wires[..2] {
            let status = wire.get("/api/v1/me", &cookie).await.unwrap().status;
            assert_eq!(status, 401, "revived in round {round}");
        }
        if let Some(path) = masker.database() {
            let file = rusqlite::Connection::open(path).unwrap();
            let count = "SELECT count(*) FROM session";
            let rows: i64 = file.query_row(count, [], |row| row.get(0)).unwrap();
            assert_eq!(rows, 0, "round {round}");
        }
    }
    note(
        what,
        rounds,
        &format!("{before} of them before the log-out"),
    );
}

/// On a site a save writes a value.
async fn on_site(site: Site, what: &'static str) {
    let mut wires = wires(&site.address()).await;
    let (rounds, mut dropped) = (times(15, 2_000), 0);
    for round in 0..rounds {
        let browser = site.logged_in("usr").await;
        let cookie = format!("{}={}", Site::COOKIE, browser.cookie(Site::COOKIE).unwrap());
        let place = usize::try_from(round).unwrap();
        // In every other round all saves have read the session before it ends, and write after.
        let name = format!("round-{round}");
        let (held, save) = match round % 2 {
            0 => (None, "POST /value/a".to_owned()),
            _ => (
                Some(site.gates.gate(&name)),
                format!("POST /hold/{name}/write"),
            ),
        };
        let (save, leave) = (save.as_str(), "POST /logout");
        wires = race(wires, place, &cookie, Race { save, leave, held })
            .await
            .0;
        let is_dropped = |event: &Event| matches!(event, Event::WriteDropped(_));
        dropped += site.events().iter().filter(|it| is_dropped(it)).count();
        assert!(round % 2 == 0 || dropped >= IN_FLIGHT);
        assert_eq!(wires[0].get("/me", &cookie).await.unwrap().status, 401);
        assert_eq!(site.sessions_of("usr").await, 0, "revived in round {round}");
    }
    let found = format!("{dropped} of them dropped because the session had ended meanwhile");
    note(what, rounds, &found);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e34_no_renewal_revives_a_session_of_the_example_server() {
    on_masker(
        StoreKind::Memory,
        "renewals against log-outs, example server, memory",
    )
    .await;
    on_masker(
        StoreKind::Sqlite,
        "renewals against log-outs, example server, SQLite",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e34_no_write_revives_a_session() {
    on_site(
        site_on(MemoryStore::new()).await,
        "writes against log-outs, memory",
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteConfig::new(folder.path().join("a.db"));
    // However busy the disk is with other tests.
    let store = store.with_deadline(Duration::from_secs(60)).open().unwrap();
    on_site(site_on(store).await, "writes against log-outs, SQLite").await;
}
