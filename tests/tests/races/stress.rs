//! Races under load: many requests on several threads, as often as asked for.
//!
//! What was done is printed, and written to `artifacts/stress.txt`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use portcullis_session::{Lifecycle, Revoke, SessionErrorKind, SessionPolicy, Sliding};
use portcullis_tests::artifact;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::{Answer, COUNT, Deed, Events, Ground, Said, headers, login, policy, subject};

/// How many saves are on their way when a session ends.
const SAVES: u64 = 50;

/// How many rounds: `PORTCULLIS_ROUNDS`, or 2,000.
fn rounds() -> u64 {
    let chosen = std::env::var("PORTCULLIS_ROUNDS").ok();
    chosen.map_or(2_000, |text| {
        text.parse().expect("PORTCULLIS_ROUNDS is a number")
    })
}

/// A service under load; clones are the same.
#[derive(Clone)]
struct Service {
    lifecycle: Lifecycle,
    store: &'static str,
}

impl Service {
    fn new(ground: &Ground, policy: SessionPolicy) -> Self {
        let lifecycle = Lifecycle::new(Arc::clone(&ground.store), policy);
        Self {
            lifecycle,
            store: ground.name,
        }
    }

    async fn request(&self, cookie: Option<&str>, deed: Deed) -> Answer {
        let cookies: Vec<&str> = cookie.into_iter().collect();
        let events = Events::default();
        let lifecycle = self.lifecycle.clone().with_observer(events.clone());
        let session = lifecycle.session(&headers(&cookies));
        let who = match deed.looks() {
            true => session.principal().await.unwrap(),
            false => None,
        };
        let who = who.map(|it| it.subject().as_str().to_owned());
        let done = deed.act(&session, "").await.map_err(|error| error.kind());
        Answer::end(&session, who, done, &events).await
    }

    /// A request that takes its time between what it reads and what it writes.
    async fn save(&self, cookie: &str) -> Answer {
        let events = Events::default();
        let lifecycle = self.lifecycle.clone().with_observer(events.clone());
        let session = lifecycle.session(&headers(&[cookie]));
        let who = session.principal().await.unwrap();
        let who = who.map(|it| it.subject().as_str().to_owned());
        tokio::task::yield_now().await;
        session.set_value(COUNT, &1).unwrap();
        Answer::end(&session, who, Ok(()), &events).await
    }

    async fn sign_in(&self, user: &str) -> String {
        let events = Events::default();
        let session = self.lifecycle.session(&headers(&[]));
        session.log_in(login(user)).await.unwrap();
        let answer = Answer::end(&session, None, Ok(()), &events).await;
        answer.token().unwrap()
    }

    async fn who(&self, cookie: &str) -> Option<String> {
        self.request(Some(cookie), Deed::Read).await.who
    }

    async fn sessions(&self, user: &str) -> usize {
        self.lifecycle.list(&subject(user)).await.unwrap().len()
    }

    /// Notes what was done without anything going wrong.
    fn report(&self, race: &str, done: &str, since: Instant) {
        static REPORT: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
        let seconds = since.elapsed().as_secs_f64();
        let (key, row) = (
            format!("{race:<34} {:<7}", self.store),
            format!("{done}, {seconds:.1} s"),
        );
        println!("{key} {row}");
        let mut report = REPORT.lock().unwrap_or_else(PoisonError::into_inner);
        report.insert(key, row);
        let rows = report.iter().map(|(key, row)| format!("{key} {row}\n"));
        artifact("stress.txt", &rows.collect::<String>());
    }
}

fn every_request() -> SessionPolicy {
    policy().with_sliding(Sliding::EveryRequest).unwrap()
}

/// Makes one test of each race for each store, on four threads.
macro_rules! under_load {
    ($($race:ident),+) => {
        mod memory {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $race() {
                    super::$race($crate::support::Ground::memory()).await;
                }
            )+
        }

        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $race() {
                    super::$race($crate::support::Ground::sqlite()).await;
                }
            )+
        }
    };
}

under_load! {
    s13_a_log_out_beats_fifty_saves,
    s16_of_two_rotations_at_once_one_gives_a_token,
    s21_two_logins_in_one_browser_are_two_sessions,
    s26_nobody_gets_in_after_a_revocation
}

/// 50 saves are on their way while their user signs out, after some of them have ended: when the
/// log-out has returned, the session is over, and when all have ended, it still is.
async fn s13_a_log_out_beats_fifty_saves(ground: Ground) {
    let (service, since) = (Service::new(&ground, every_request()), Instant::now());
    let (mut written, mut dropped, mut busy) = (0, 0, 0);
    for round in 0..rounds() {
        let user = format!("usr_{round}");
        let cookie: Arc<str> = service.sign_in(&user).await.into();
        let ended = Arc::new(AtomicU64::new(0));
        let mut saves = JoinSet::new();
        for _ in 0..SAVES {
            let (service, cookie, ended) = (service.clone(), cookie.clone(), ended.clone());
            saves.spawn(async move {
                let answer = service.save(&cookie).await;
                ended.fetch_add(1, Ordering::SeqCst);
                answer
            });
        }
        while ended.load(Ordering::SeqCst) < round % 9 {
            tokio::task::yield_now().await;
        }
        let out = service.request(Some(&cookie), Deed::LogOut).await;
        assert_eq!((out.error, out.said), (None, Said::Removal));
        assert_eq!(service.who(&cookie).await, None, "after the log-out");
        assert_eq!(service.sessions(&user).await, 0);
        for save in saves.join_all().await {
            match (&save.who, save.error) {
                (Some(_), None) if save.events.is_empty() => written += 1,
                (Some(_), None) => dropped += 1,
                (Some(_), Some(SessionErrorKind::Store)) => busy += 1,
                (None, None) => {}
                (_, error) => panic!("{error:?}"),
            }
            for cookie in save.token().iter().map(String::as_str).chain([&*cookie]) {
                assert_eq!(service.who(cookie).await, None, "after all have ended");
            }
        }
        assert_eq!(service.sessions(&user).await, 0);
    }
    let done = format!(
        "{} rounds, 0 revived, of {SAVES} saves each {written} written, {dropped} dropped, {busy} refused",
        rounds()
    );
    service.report("log-out against 50 saves", &done, since);
}

/// Two requests at the same moment.
async fn at_once(service: &Service, cookie: &str, deeds: [Deed; 2]) -> [Answer; 2] {
    let barrier = Arc::new(Barrier::new(2));
    let tasks = deeds.map(|deed| {
        let (service, cookie) = (service.clone(), cookie.to_owned());
        let barrier = Arc::clone(&barrier);
        tokio::spawn(async move {
            barrier.wait().await;
            service.request(Some(&cookie), deed).await
        })
    });
    let [one, two] = tasks;
    [one.await.unwrap(), two.await.unwrap()]
}

async fn s16_of_two_rotations_at_once_one_gives_a_token(ground: Ground) {
    let (service, since) = (Service::new(&ground, policy()), Instant::now());
    for round in 0..rounds() {
        let user = format!("usr_{round}");
        let cookie = service.sign_in(&user).await;
        let answers = at_once(&service, &cookie, [Deed::Rotate; 2]).await;
        assert!(answers.iter().all(|answer| answer.error.is_none()));
        let tokens: Vec<_> = answers.iter().filter_map(Answer::token).collect();
        assert_eq!(tokens.len(), 1);
        assert_eq!(service.who(&tokens[0]).await.as_ref(), Some(&user));
        assert_eq!(
            service.who(&cookie).await.as_ref(),
            Some(&user),
            "in its grace"
        );
        assert_eq!(service.sessions(&user).await, 1);
        let out = service.request(Some(&cookie), Deed::LogOut).await;
        assert_eq!(out.error, None);
        assert_eq!(service.who(&tokens[0]).await, None);
    }
    let done = format!("{} rounds, 0 with two tokens or none", rounds());
    service.report("two rotations at once", &done, since);
}

async fn s21_two_logins_in_one_browser_are_two_sessions(ground: Ground) {
    let (service, since) = (Service::new(&ground, policy()), Instant::now());
    for round in 0..rounds() {
        let old = service.sign_in(&format!("usr_{round}")).await;
        let user = "again";
        let answers = at_once(&service, &old, [Deed::LogIn("again"); 2]).await;
        let tokens: Vec<_> = answers.iter().filter_map(Answer::token).collect();
        assert_eq!(tokens.len(), 2);
        for token in &tokens {
            assert_eq!(service.who(token).await.as_deref(), Some(user));
        }
        assert_eq!(service.who(&old).await, None);
        assert_eq!(service.sessions(user).await, 2);
        let revoked = service.lifecycle.revoke(&subject(user), Revoke::All).await;
        assert_eq!(revoked.unwrap(), 2);
    }
    let done = format!(
        "{} rounds, 0 sessions without a cookie or too many",
        rounds()
    );
    service.report("two logins in one browser", &done, since);
}

/// Readers without a pause, while all sessions of their user are revoked: whoever begins after the
/// revocation has returned is nobody.
async fn s26_nobody_gets_in_after_a_revocation(ground: Ground) {
    let (service, since) = (Service::new(&ground, every_request()), Instant::now());
    let (rounds, mut before, mut after) = (rounds() / 20 + 1, 0, 0);
    for round in 0..rounds {
        let user = format!("usr_{round}");
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::new(AtomicU64::new(0));
        let mut readers = JoinSet::new();
        for _ in 0..8 {
            let cookie = service.sign_in(&user).await;
            let (service, is_over, seen) = (service.clone(), is_over.clone(), seen.clone());
            readers.spawn(async move { read(&service, &cookie, &is_over, &seen).await });
        }
        while seen.load(Ordering::SeqCst) < 50 {
            tokio::task::yield_now().await;
        }
        let revoked = service.lifecycle.revoke(&subject(&user), Revoke::All).await;
        is_over.store(true, Ordering::SeqCst);
        assert_eq!(revoked.unwrap(), 8);
        for (earlier, later) in readers.join_all().await {
            before += earlier;
            after += later;
        }
        assert_eq!(service.sessions(&user).await, 0);
    }
    let rate = f64_of(before + after) / since.elapsed().max(Duration::from_millis(1)).as_secs_f64();
    let done = format!(
        "{rounds} rounds, {before} requests before, {after} after, 0 of them accepted, {rate:.0} a second"
    );
    service.report("revocation under load", &done, since);
}

/// Reads until some requests have begun after the revocation; gives how many began before and how
/// many after it.
async fn read(
    service: &Service,
    cookie: &str,
    is_over: &AtomicBool,
    seen: &AtomicU64,
) -> (u64, u64) {
    let (mut before, mut after) = (0, 0);
    while after < 10 {
        let began_after = is_over.load(Ordering::SeqCst);
        let answer = service.request(Some(cookie), Deed::Read).await;
        if began_after {
            assert_eq!(answer.who, None, "accepted after the revocation");
            after += 1;
        } else {
            seen.fetch_add(u64::from(answer.who.is_some()), Ordering::SeqCst);
            before += 1;
        }
        tokio::task::yield_now().await;
    }
    (before, after)
}

fn f64_of(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
