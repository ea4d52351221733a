//! Many logins at once.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use portcullis_tests::{Site, SiteSetup, StoreKind};
use tokio::task::JoinSet;

use super::{Wire, Worker};
use crate::measured::{Measured, times};

/// One connection's part: logs so many users in, one after the other.
async fn client(
    address: String,
    first: u32,
    logins: u32,
) -> (Vec<(String, String)>, Vec<Duration>, u32) {
    let mut wire = Wire::to(&address).await;
    let (mut cookies, mut took, mut busy) = (Vec::new(), Vec::new(), 0);
    for number in first..first + logins {
        let user = format!("user-{number}");
        let begun = Instant::now();
        let reply = wire.post(&format!("/login/{user}"), "a=b").await.unwrap();
        took.push(begun.elapsed());
        match (reply.status, reply.cookie(Site::COOKIE)) {
            (200, Some((token, _))) => cookies.push((user, token)),
            (503, None) => busy += 1,
            (status, _) => panic!("{status} for {user}"),
        }
    }
    (cookies, took, busy)
}

/// Each cookie opens the session of its own user.
async fn check(address: &str, cookies: &[(String, String)]) {
    let mut wire = Wire::to(address).await;
    for (user, token) in cookies {
        let cookie = format!("{}={token}", Site::COOKIE);
        let reply = wire.get("/me", &cookie).await.unwrap();
        assert_eq!((reply.status, &reply.text("/user")), (200, user));
    }
}

async fn on(role: &str, what: &'static str) {
    let mut worker = Worker::start("load::e16::e16_worker", role);
    let address = worker.hear("listening");
    let (connections, logins) = (times(50, 1_000), 10);
    let mut clients = JoinSet::new();
    for number in 0..connections {
        clients.spawn(client(address.clone(), number * logins, logins));
    }
    let (mut cookies, mut took, mut busy) = (Vec::new(), Vec::new(), 0);
    for (new, durations, refused) in clients.join_all().await {
        cookies.extend(new);
        took.extend(durations);
        busy += refused;
    }
    let tokens: HashSet<&str> = cookies.iter().map(|(_, token)| token.as_str()).collect();
    assert_eq!(tokens.len(), cookies.len(), "no two sessions are the same");
    assert_eq!(cookies.len() + usize::try_from(busy).unwrap(), took.len());
    check(&address, &cookies).await;
    took.sort_unstable();
    let slow = took[took.len() * 99 / 100];
    Measured {
        number: 16,
        what,
        target: "10,000 distinct sessions; 0 errors but 503; p99 ≤ 500 ms*; < 150 MiB*",
        found: format!(
            "{} logins on {connections} connections: {} distinct sessions, each its own user's, \
             {busy} times 503, p99 {slow:.0?}, peak {} MiB",
            took.len(),
            tokens.len(),
            worker.peak() >> 10,
        ),
    }
    .note();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e16_logins_at_once_are_sessions_of_their_own_in_memory() {
    on("memory", "logins at once, memory").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e16_logins_at_once_are_sessions_of_their_own_in_sqlite() {
    on("sqlite", "logins at once, SQLite").await;
}

/// The server of the tests above, in a process of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e16_worker() {
    let kind = match Worker::role().as_deref() {
        Some("memory") => StoreKind::Memory,
        Some("sqlite") => StoreKind::Sqlite,
        _ => return,
    };
    let site = SiteSetup::new(kind).start().await;
    Worker::say("listening", &site.address());
    tokio::task::spawn_blocking(Worker::wait).await.unwrap();
}
