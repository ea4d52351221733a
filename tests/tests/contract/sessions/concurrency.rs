//! Lines 13 to 20: requests that meet.

use std::time::Duration;

use futures_util::future::join_all;
use portcullis_session::Event;
use portcullis_tests::{Answer, Ask, Browser, Site};

use super::{Stack, on_every_stack};
use crate::support::set_cookie;

on_every_stack!(
    s48_s13_s14_a_logout_beats_whatever_is_in_flight,
    s48_s13_a_logout_ends_what_a_rotation_derived,
    s48_s15_writes_of_different_keys_both_stay,
    s48_s15_of_writes_of_one_key_the_last_stays_and_the_loser_may_be_told,
    s48_s16_while_many_rotate_there_is_one_session,
    s48_s17_the_old_cookie_reads_in_its_grace_and_never_again,
    s48_s18_a_login_that_comes_to_grief_is_whole_or_was_not,
    s48_s18_a_rotation_that_comes_to_grief_leaves_the_session_readable,
    s48_s18_a_client_that_goes_away_keeps_its_session,
    s48_s19_first_requests_make_no_spare_sessions,
    s48_s20_parallel_logins_keep_the_cap,
);

const GRACE: Duration = Duration::from_secs(10);

/// Holds a request that has loaded its session, does something else, and lets the first go on.
async fn meanwhile<T>(
    site: &Site,
    browser: &Browser,
    change: &str,
    other: impl Future<Output = T>,
) -> (Answer, T) {
    let gate = site.gates.gate(change);
    let path = format!("/hold/{change}/{change}");
    let other = async {
        gate.arrived(1).await;
        let done = other.await;
        gate.open();
        done
    };
    tokio::join!(browser.post(&path), other)
}

async fn s48_s13_s14_a_logout_beats_whatever_is_in_flight(stack: Stack) {
    for change in ["read", "write", "rotate"] {
        let site = stack.start().await;
        let late = site.logged_in("usr").await;
        let here = late.copy();
        let (answer, logout) = meanwhile(&site, &late, change, here.post("/logout")).await;
        assert_eq!(logout.status, 204, "{change}");
        // Who lost keeps its answer, and gets no cookie that would open anything.
        let expected = (200, format!("usr did {change}"));
        assert_eq!((answer.status.as_u16(), answer.text().to_owned()), expected);
        for browser in [&late, &here] {
            assert_eq!(browser.get("/me").await.status, 401, "{change}");
            assert_eq!(browser.get("/value/a").await.text(), "none", "{change}");
        }
        assert_eq!(site.sessions_of("usr").await, 0, "{change}");
        let dropped = |event: &Event| matches!(event, Event::WriteDropped(_));
        assert_eq!(
            site.events().iter().any(dropped),
            change != "read",
            "{change}"
        );
    }
}

async fn s48_s13_a_logout_ends_what_a_rotation_derived(stack: Stack) {
    let site = stack.start().await;
    let browser = site.logged_in("usr").await;
    let first = browser.copy();
    browser.post("/rotate").await;
    let second = browser.copy();
    site.clock.advance(GRACE + Duration::from_secs(1));
    browser.post("/rotate").await;
    // By the token before, in its grace.
    assert_eq!(second.post("/logout").await.status, 204);
    for browser in [first, second, browser] {
        assert_eq!(browser.get("/me").await.status, 401);
    }
    assert_eq!(site.sessions_of("usr").await, 0);
}

fn write(key: &str, how: &str, value: &str) -> Ask {
    Ask::post(&format!("/value/{key}{how}")).body(value.to_owned())
}

async fn s48_s15_writes_of_different_keys_both_stay(stack: Stack) {
    let site = stack.start().await;
    let browser = site.logged_in("usr").await;
    let (gate, other) = (site.gates.gate("both"), browser.copy());
    let opening = async {
        gate.arrived(2).await;
        gate.open();
    };
    let (a, b, ()) = tokio::join!(
        browser.ask(write("a", "?hold=both", "one")),
        other.ask(write("b", "?hold=both", "two")),
        opening
    );
    assert_eq!((a.text(), b.text()), ("written", "written"));
    let read = async |key: &str| {
        browser
            .get(&format!("/value/{key}"))
            .await
            .text()
            .to_owned()
    };
    assert_eq!(
        (read("a").await, read("b").await),
        ("one".to_owned(), "two".to_owned())
    );
}

async fn s48_s15_of_writes_of_one_key_the_last_stays_and_the_loser_may_be_told(stack: Stack) {
    let site = stack.start().await;
    let browser = site.logged_in("usr").await;
    for (how, expected) in [("?hold=lax", "late"), ("?hold=strict&strict=true", "early")] {
        let gate = site
            .gates
            .gate(how.trim_start_matches("?hold=").split('&').next().unwrap());
        let early = async {
            gate.arrived(1).await;
            let answer = browser.copy().ask(write("a", "", "early")).await;
            gate.open();
            answer
        };
        let (late, early) = tokio::join!(browser.ask(write("a", how, "late")), early);
        assert_eq!(early.status, 200);
        match expected {
            "late" => assert_eq!(late.status, 200, "{how}"),
            _ => assert_eq!(late.refusal(), (409, "conflict".to_owned()), "{how}"),
        }
        assert_eq!(browser.get("/value/a").await.text(), expected, "{how}");
    }
}

async fn s48_s16_while_many_rotate_there_is_one_session(stack: Stack) {
    let site = stack.start().await;
    let browser = site.logged_in("usr").await;
    for _ in 0..5 {
        let old = browser.copy();
        let handle = browser.get("/devices").await.json();
        let rotations = (0..4).map(|_| browser.ask(Ask::post("/rotate")));
        let readings = (0..4).map(|_| old.get("/devices"));
        let (rotated, read) = tokio::join!(join_all(rotations), join_all(readings));
        let new = |answer: &&Answer| set_cookie(answer, Site::COOKIE).is_some();
        assert_eq!(rotated.iter().filter(new).count(), 1);
        assert!(rotated.iter().all(|answer| answer.status == 200));
        // To whoever looks meanwhile there is the one session.
        assert!(read.iter().all(|answer| answer.json() == handle));
        assert_ne!(browser.cookie(Site::COOKIE), old.cookie(Site::COOKIE));
        assert_eq!(browser.get("/devices").await.json(), handle);
        assert_eq!(site.sessions_of("usr").await, 1);
        site.clock.advance(GRACE);
    }
}

async fn s48_s17_the_old_cookie_reads_in_its_grace_and_never_again(stack: Stack) {
    let site = stack.start().await;
    let browser = site.logged_in("usr").await;
    let old = browser.copy();
    browser.post("/rotate").await;
    let _ = site.events();
    for wait in [Duration::ZERO, GRACE - Duration::from_millis(1)] {
        site.clock.advance(wait);
        for answer in [old.get("/me").await, old.post("/rotate").await] {
            assert_eq!(
                (answer.status.as_u16(), answer.set_cookies()),
                (200, vec![])
            );
        }
    }
    assert_eq!(site.events(), []);
    site.clock.advance(Duration::from_millis(1));
    let answer = old.get("/me").await;
    assert_eq!(
        (answer.status.as_u16(), answer.set_cookies()),
        (401, vec![])
    );
    assert!(matches!(site.events()[..], [Event::Reused(_)]));
    assert_eq!(browser.get("/me").await.status, 200);
}

async fn s48_s18_a_login_that_comes_to_grief_is_whole_or_was_not(stack: Stack) {
    let site = stack.start().await;
    let browser = site.logged_in("usr").await;
    let answer = browser.post("/broken/login/fail").await;
    assert_eq!(answer.status, 500);
    assert_eq!(browser.get("/me").await.json()["user"], "other");
    assert_eq!(
        (
            site.sessions_of("usr").await,
            site.sessions_of("other").await
        ),
        (0, 1)
    );
    // A panic breaks the connection: the browser has no new cookie, and the old session is over.
    let lost = browser.try_ask(Ask::post("/broken/login/panic")).await;
    assert!(lost.is_err());
    assert_eq!(site.sessions_of("other").await, 1);
    assert_eq!(browser.get("/me").await.status, 401);
    assert_eq!(browser.post("/login/usr").await.status, 200);
    assert_eq!(browser.get("/me").await.json()["user"], "usr");
}

async fn s48_s18_a_rotation_that_comes_to_grief_leaves_the_session_readable(stack: Stack) {
    let site = stack.start().await;
    let browser = site.logged_in("usr").await;
    assert_eq!(browser.post("/broken/rotate/fail").await.status, 500);
    assert_eq!(browser.get("/me").await.status, 200);
    site.clock.advance(GRACE);
    assert_eq!(
        browser.get("/me").await.status,
        200,
        "the answer had the new cookie"
    );

    assert!(
        browser
            .try_ask(Ask::post("/broken/rotate/panic"))
            .await
            .is_err()
    );
    assert_eq!(browser.get("/me").await.json()["user"], "usr");
    assert_eq!(site.sessions_of("usr").await, 1);
}

async fn s48_s18_a_client_that_goes_away_keeps_its_session(stack: Stack) {
    let site = stack.start().await;
    for change in ["rotate", "login"] {
        let browser = site.logged_in("usr").await;
        let gate = site.gates.gate("broken");
        let gone = browser.clone();
        let path = format!("/broken/{change}/hang");
        let gone = tokio::spawn(async move { gone.post(&path).await });
        gate.arrived(if change == "rotate" { 1 } else { 2 }).await;
        gone.abort();
        assert!(gone.await.is_err_and(|error| error.is_cancelled()));
        let sessions = site.sessions_of("usr").await + site.sessions_of("other").await;
        assert_eq!(sessions, 1, "{change}");
        let status = browser.get("/me").await.status;
        assert_eq!(
            status,
            if change == "rotate" { 200 } else { 401 },
            "{change}"
        );
        if change == "rotate" {
            browser.post("/logout").await;
        }
    }
}

async fn s48_s19_first_requests_make_no_spare_sessions(stack: Stack) {
    let site = stack.start().await;
    let browser = site.browser();
    let reads = join_all((0..8).map(|_| browser.get("/value/a"))).await;
    assert!(reads.iter().all(|answer| answer.set_cookies().is_empty()));
    let me = browser.get("/me").await;
    assert_eq!((me.status.as_u16(), me.set_cookies()), (401, vec![]));
    // Each of those that store something has a session of its own, and no more than that.
    let strangers: Vec<Browser> = (0..8).map(|_| site.browser()).collect();
    let writes = strangers
        .iter()
        .map(|browser| browser.ask(write("a", "", "x")));
    let writes = join_all(writes).await;
    let mut cookies: Vec<&str> = writes
        .iter()
        .map(|answer| set_cookie(answer, Site::COOKIE).unwrap().0)
        .collect();
    cookies.sort_unstable();
    cookies.dedup();
    assert_eq!(cookies.len(), 8);
    for browser in &strangers {
        assert_eq!(browser.get("/value/a").await.text(), "x");
    }
}

async fn s48_s20_parallel_logins_keep_the_cap(stack: Stack) {
    let site = stack.setup().with_cap(3).start().await;
    let browsers: Vec<Browser> = (0..12).map(|_| site.browser()).collect();
    join_all(browsers.iter().map(|browser| browser.post("/login/usr"))).await;
    assert_eq!(site.sessions_of("usr").await, 3);
    let mut alive = 0;
    for browser in &browsers {
        alive += usize::from(browser.get("/me").await.status == 200);
    }
    assert_eq!(alive, 3);
    site.clock.advance(Duration::from_secs(1));
    let last = site.logged_in("usr").await;
    assert_eq!(
        (
            last.get("/me").await.status.as_u16(),
            site.sessions_of("usr").await
        ),
        (200, 3)
    );
}
