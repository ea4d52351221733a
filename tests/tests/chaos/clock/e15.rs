//! The clock jumps while requests are under way.
//!
//! Times are whole milliseconds since the epoch and nothing else: there is no calendar in them, so
//! a change to summer time or a leap second is at most a jump of an hour or a second, as below.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use portcullis_core::{FrozenClock, Timestamp};
use portcullis_tests::{Browser, Masker, SIGNED_IN_AT, Site, SiteSetup, StoreKind};
use tokio::task::JoinSet;

use crate::load::{Reply, Wire};
use crate::measured::{Measured, times};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const DECADE: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Where the clock jumps to, and whether a session of before has then expired.
fn jumps(from: Timestamp) -> [(&'static str, Timestamp, bool); 7] {
    [
        ("ten years on", from.after(DECADE), true),
        ("ten years back", from.before(DECADE), false),
        ("an hour on", from.after(HOUR), false),
        ("an hour back", from.before(HOUR), false),
        ("a second on", from.after(Duration::from_secs(1)), false),
        ("to 1970", Timestamp::UNIX_EPOCH, false),
        ("to the end of time", Timestamp::MAX, true),
    ]
}

/// What every answer must be, whatever the time: no failure, and a cookie that a browser takes.
fn check(reply: &Reply, name: &str) -> u64 {
    assert!(matches!(reply.status, 200 | 401), "{}", reply.status);
    let Some((_, attributes)) = reply.cookie(name) else {
        return 0;
    };
    let mut attributes = attributes.split(';').map(str::trim);
    let age = attributes.find_map(|it| it.strip_prefix("Max-Age="));
    age.expect("Max-Age").parse().expect("no negative Max-Age")
}

/// Requests that go on while the clock is turned.
struct Traffic {
    over: Arc<AtomicBool>,
    requests: Arc<AtomicU64>,
    tasks: JoinSet<()>,
}

impl Traffic {
    async fn start(address: &str, path: &'static str, name: &'static str, cookie: &str) -> Self {
        let (over, requests) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let mut tasks = JoinSet::new();
        for _ in 0..4 {
            let mut wire = Wire::to(address).await;
            let (cookie, over, requests) = (cookie.to_owned(), over.clone(), requests.clone());
            tasks.spawn(async move {
                while !over.load(Ordering::SeqCst) {
                    check(&wire.get(path, &cookie).await.unwrap(), name);
                    requests.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        Self {
            over,
            requests,
            tasks,
        }
    }

    /// Lets some requests pass.
    async fn flow(&self) {
        let begun = self.requests.load(Ordering::SeqCst);
        while self.requests.load(Ordering::SeqCst) < begun + 20 && !self.tasks.is_empty() {
            tokio::task::yield_now().await;
        }
    }

    async fn end(mut self) -> u64 {
        self.over.store(true, Ordering::SeqCst);
        while let Some(done) = self.tasks.join_next().await {
            done.unwrap();
        }
        self.requests.load(Ordering::SeqCst)
    }
}

fn pair(browser: &Browser, name: &str) -> String {
    format!("{name}={}", browser.cookie(name).unwrap())
}

/// One jump there and back, on a site with the limits of 30 and 90 days.
async fn on_site(kind: StoreKind, what: &str, to: Timestamp, is_over: bool) -> u64 {
    let site = SiteSetup::new(kind).start().await;
    let clock: &FrozenClock = &site.clock;
    let alice = site.logged_in("alice").await;
    let late = site.browser();
    let callback = late.callback(Site::START, &site.github, 1001).await;
    let cookie = pair(&alice, Site::COOKIE);
    let mut wire = Wire::to(&site.address()).await;
    let traffic = Traffic::start(&site.address(), "/me", Site::COOKIE, &cookie).await;
    traffic.flow().await;

    clock.set(to);
    traffic.flow().await;
    let status = wire.get("/me", &cookie).await.unwrap().status;
    assert_eq!(status, if is_over { 401 } else { 200 }, "{what}");
    site.lifecycle
        .purge(std::num::NonZeroU32::MAX)
        .await
        .unwrap();
    let status = wire.get("/me", &cookie).await.unwrap().status;
    assert_eq!(
        status,
        if is_over { 401 } else { 200 },
        "{what}, after a purge"
    );
    // At the end of time nothing has any time left to live.
    let lives = to != Timestamp::MAX;
    let meanwhile = wire.post("/login/bob", "a=b").await.unwrap();
    let token = meanwhile.cookie(Site::COOKIE).unwrap().0;
    check(&meanwhile, Site::COOKIE);
    let meanwhile = format!("{}={token}", Site::COOKIE);
    let status = wire.get("/me", &meanwhile).await.unwrap().status;
    assert_eq!(
        status,
        if lives { 200 } else { 401 },
        "{what}: a login works"
    );
    if to.since(SIGNED_IN_AT) > DAY / 24 || SIGNED_IN_AT.since(to) > DAY / 24 {
        let answer = late.get(&callback).await;
        assert_eq!(answer.refusal(), (400, "flow_expired".to_owned()), "{what}");
    }

    clock.set(SIGNED_IN_AT.after(Duration::from_secs(2)));
    traffic.flow().await;
    limits(&site, [(&cookie, SIGNED_IN_AT), (&meanwhile, to)]).await;
    traffic.end().await
}

/// A session never lives past its absolute limit, by the clock that it was made under.
async fn limits(site: &Site, sessions: [(&str, Timestamp); 2]) {
    let mut wire = Wire::to(&site.address()).await;
    for (cookie, made_at) in sessions {
        let limit = made_at.after(90 * DAY);
        for past in [Duration::ZERO, HOUR, DECADE] {
            site.clock.set(limit.after(past));
            let reply = wire.get("/me", cookie).await.unwrap();
            assert_eq!(reply.status, 401, "{made_at:?} {past:?}");
        }
    }
}

async fn sites(kind: StoreKind) -> u64 {
    let mut requests = 0;
    for _ in 0..times(1, 30) {
        for (what, to, is_over) in jumps(SIGNED_IN_AT) {
            requests += on_site(kind, what, to, is_over).await;
        }
    }
    requests
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e15_no_session_outlives_its_limit_however_the_clock_jumps() {
    let requests = sites(StoreKind::Memory).await + sites(StoreKind::Sqlite).await;
    Measured {
        number: 15,
        what: "a clock that jumps",
        target: "forward: sessions end; back: none outlives its absolute limit; no panic",
        found: format!(
            "7 jumps (±10 years, ±1 h, 1 s, to 1970, to the end of time) on 2 stores under {requests} \
             requests: 0 failures, 0 sessions past their limit, 0 stale flows taken"
        ),
    }
    .note();
}

/// Used every day, with a jump back on the way: it ends when it would have ended.
#[tokio::test]
async fn e15_a_jump_back_adds_nothing_to_a_session_in_use() {
    for kind in [StoreKind::Memory, StoreKind::Sqlite] {
        let site = SiteSetup::new(kind).start().await;
        let alice = site.logged_in("alice").await;
        let cookie = pair(&alice, Site::COOKIE);
        let mut wire = Wire::to(&site.address()).await;
        for day in 0..90 {
            let now = SIGNED_IN_AT.after(day * DAY);
            for then in [now, now.before(DECADE), now.before(HOUR), now] {
                site.clock.set(then);
                let reply = wire.get("/me", &cookie).await.unwrap();
                assert_eq!(reply.status, 200, "day {day}");
                check(&reply, Site::COOKIE);
            }
        }
        limits(&site, [(&cookie, SIGNED_IN_AT); 2]).await;
    }
    Measured {
        number: 15,
        what: "a session in daily use, clock back by turns",
        target: "no session outlives its absolute limit by more than the jump; no negative Max-Age",
        found: "90 days, 2 jumps back each, 2 stores: dead at 90 days to the millisecond"
            .to_owned(),
    }
    .note();
}

/// On the example server every request renews, whatever the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e15_the_example_server_stands_a_clock_that_jumps() {
    let (mut requests, mut oldest) = (0, 0);
    for kind in [StoreKind::Memory, StoreKind::Sqlite] {
        let masker = Masker::start(kind).await;
        let start = portcullis_core::Clock::now(&masker.clock);
        for (what, to, is_over) in jumps(start) {
            masker.clock.set(start);
            let cookie = pair(&masker.signed_in(Masker::ALICE).await, Masker::COOKIE);
            let (address, path) = (masker.address(), "/api/v1/me");
            let traffic = Traffic::start(&address, path, Masker::COOKIE, &cookie).await;
            traffic.flow().await;
            masker.clock.set(to);
            traffic.flow().await;
            let mut wire = Wire::to(&address).await;
            let reply = wire.get(path, &cookie).await.unwrap();
            assert_eq!(reply.status, if is_over { 401 } else { 200 }, "{what}");
            oldest = oldest.max(check(&reply, Masker::COOKIE));
            masker.clock.set(start.after(400 * DAY));
            assert_eq!(wire.get(path, &cookie).await.unwrap().status, 401, "{what}");
            requests += traffic.end().await;
        }
    }
    Measured {
        number: 15,
        what: "a clock that jumps, example server",
        target: "no panic, no negative Max-Age",
        found: format!(
            "7 jumps on 2 stores under {requests} requests: 0 failures; Max-Age at most {} days, \
             after the jump to 1970",
            oldest / 86_400
        ),
    }
    .note();
}
