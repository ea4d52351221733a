//! Clients that go away in the middle of a request.

use std::time::{Duration, Instant};

use portcullis_tests::{Browser, Masker, StoreKind};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::load::Wire;
use crate::measured::{Measured, times};

/// How many sessions the user has.
const SESSIONS: usize = 2;

/// After which time the server counts as stuck.
const STUCK: Duration = Duration::from_secs(20);

fn pair(browser: &Browser) -> String {
    format!(
        "{}={}",
        Masker::COOKIE,
        browser.cookie(Masker::COOKIE).unwrap()
    )
}

/// Sends a request up to a byte, or all of it, lets the server have more and more turns, and goes away.
async fn go_away(masker: &Masker, request: &str, cookie: &str, turns: usize) {
    let (method, path) = request.split_once(' ').unwrap();
    let body = if method == "POST" {
        r#"{"name":"a"}"#
    } else {
        ""
    };
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        masker.base.trim_start_matches("http://"),
        body.len()
    );
    let mut stream = TcpStream::connect(masker.address()).await.unwrap();
    // A few times the request itself is not whole.
    let sent = if turns % 8 == 7 {
        text.len() * turns / 100 % text.len()
    } else {
        text.len()
    };
    stream.write_all(&text.as_bytes()[..sent]).await.unwrap();
    for _ in 0..turns * turns {
        tokio::task::yield_now().await;
    }
    drop(stream);
}

/// Which of the sessions are alive, once that does not change any more.
async fn settled(masker: &Masker, bob: &str, cookies: &[String]) -> Vec<bool> {
    let mut wire = Wire::to(&masker.address()).await;
    let mut before = Vec::new();
    let mut same = 0;
    loop {
        // A write, which a store with a queue does after what came before.
        let nobodys = "DELETE /api/v1/sessions/00000000000000000000000000000000";
        let lines = [
            ("cookie", bob.as_bytes()),
            ("sec-fetch-site", &b"same-origin"[..]),
        ];
        assert_eq!(wire.ask(nobodys, &lines).await.unwrap().status, 404);
        let mut now = Vec::new();
        for cookie in cookies {
            let reply = wire.get("/api/v1/me", cookie).await.unwrap();
            match reply.status {
                200 => assert_eq!(reply.text("/github_login"), "alice-dev"),
                status => assert_eq!(status, 401),
            }
            now.push(reply.status == 200);
        }
        same = if now == before { same + 1 } else { 0 };
        if same == 2 {
            return now;
        }
        before = now;
    }
}

/// One operation that is broken off after so many turns; says whether it was done.
async fn one(
    masker: &Masker,
    bob: &str,
    request: &str,
    turns: usize,
    slowest: &mut Duration,
) -> bool {
    let mut browsers = Vec::new();
    for _ in 0..SESSIONS {
        browsers.push(masker.signed_in(Masker::ALICE).await);
    }
    let cookies: Vec<_> = browsers.iter().map(pair).collect();
    let is_callback = request.ends_with("callback");
    let (mut line, mut cookie) = (request.to_owned(), cookies[0].clone());
    if is_callback {
        let callback = browsers[0]
            .callback(Masker::START, &masker.github, Masker::ALICE)
            .await;
        line = format!("GET {}", callback.trim_start_matches(&masker.base));
        cookie = browsers[0].cookies_at(Masker::CALLBACK).join("; ");
    }
    go_away(masker, &line, &cookie, turns).await;
    let begun = Instant::now();
    let health = masker.browser().get("/health").await;
    assert_eq!(health.status, 200, "{request} {turns}");
    *slowest = begun.elapsed().max(*slowest);
    let alive = tokio::time::timeout(STUCK, settled(masker, bob, &cookies)).await;
    let alive = alive.unwrap_or_else(|_| panic!("{request} {turns}: the server is stuck"));
    let is_new = match request {
        "POST /api/v1/auth/logout-all" => {
            assert!(alive.iter().all(|it| *it == alive[0]), "mixed: {alive:?}");
            !alive[0]
        }
        "POST /api/v1/auth/logout" => {
            assert!(alive[1..].iter().all(|it| *it), "others ended: {alive:?}");
            !alive[0]
        }
        _ if is_callback => {
            assert!(alive[1..].iter().all(|it| *it), "others ended: {alive:?}");
            !alive[0]
        }
        _ => {
            assert_eq!(alive, [true; SESSIONS], "{request}");
            false
        }
    };
    check_count(masker, is_callback && is_new, &alive).await;
    is_new
}

/// A callback that was done has made one session in the place of the old one; nothing else has.
async fn check_count(masker: &Masker, made: bool, alive: &[bool]) {
    let browser = masker.signed_in(Masker::ALICE).await;
    let listed = browser.get("/api/v1/sessions").await.json();
    let listed = listed["data"].as_array().unwrap().len();
    let known = alive.iter().filter(|it| **it).count() + 1;
    assert_eq!(listed, known + usize::from(made));
    assert_eq!(browser.post("/api/v1/auth/logout-all").await.status, 204);
}

async fn on(kind: StoreKind, what: &'static str) {
    let masker = Masker::start(kind).await;
    let bob = pair(&masker.signed_in(Masker::BOB).await);
    let (mut found, mut slowest) = (Vec::new(), Duration::ZERO);
    for request in [
        "GET /api/v1/me",
        "POST /api/v1/agents",
        "POST /api/v1/auth/logout",
        "POST /api/v1/auth/logout-all",
        "GET callback",
    ] {
        let (mut old, mut new) = (0, 0);
        for turns in 0..usize::try_from(times(6, 120)).unwrap() {
            match one(&masker, &bob, request, turns, &mut slowest).await {
                false => old += 1,
                true => new += 1,
            }
        }
        found.push(format!("{request} {old} old {new} new"));
    }
    Measured {
        number: 32,
        what,
        target: "state is old or new, never mixed; works again within 1 s*",
        found: format!(
            "{}; 0 mixed; next answer after at most {slowest:.1?}",
            found.join(", ")
        ),
    }
    .note();
}

#[tokio::test]
async fn e32_a_client_that_goes_away_leaves_the_old_or_the_new_in_memory() {
    on(StoreKind::Memory, "clients that go away, memory").await;
}

#[tokio::test]
async fn e32_a_client_that_goes_away_leaves_the_old_or_the_new_in_sqlite() {
    on(StoreKind::Sqlite, "clients that go away, SQLite").await;
}
