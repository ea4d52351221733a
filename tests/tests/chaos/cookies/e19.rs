//! One name, several cookies: in one line or in two, living, dead and forged, in every order.

use portcullis_session::{Event, MemoryStore};
use portcullis_sqlite::SqliteStore;
use portcullis_tests::{Masker, Site, StoreKind};

use crate::load::{Wire, site_on};
use crate::measured::{Measured, times};

/// What a cookie is worth: whose session it opens, if any.
struct Value {
    text: String,
    /// The session and its user.
    opens: Option<(usize, &'static str)>,
}

fn value(text: &str, opens: Option<(usize, &'static str)>) -> Value {
    let text = text.to_owned();
    Value { text, opens }
}

/// Every sequence of at most `most` of them, the same one twice included.
fn sequences(values: &[Value], most: usize) -> Vec<Vec<&Value>> {
    let mut all: Vec<Vec<&Value>> = vec![vec![]];
    let mut last = all.clone();
    for _ in 0..most {
        let longer = |begun: &Vec<_>| {
            let begun = begun.clone();
            values.iter().map(move |one| [&begun[..], &[one]].concat())
        };
        last = last.iter().flat_map(longer).collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// Whose session a sequence opens: the only living one's, or nobody's; and how many are alive.
fn fits<'a>(sequence: &[&'a Value]) -> (Option<&'a str>, usize) {
    let mut alive: Vec<_> = sequence.iter().filter_map(|value| value.opens).collect();
    alive.sort_unstable();
    alive.dedup();
    match alive[..] {
        [(_, user)] => (Some(user), 1),
        _ => (None, alive.len()),
    }
}

/// Sends the sequence in one line, then in two, broken at every place; gives each answer's user.
async fn send(wire: &mut Wire, path: &str, name: &str, sequence: &[&Value]) -> Vec<(u16, String)> {
    let mut answers = Vec::new();
    let line = |part: &[&Value]| {
        let pairs: Vec<_> = part.iter().map(|v| format!("{name}={}", v.text)).collect();
        pairs.join("; ")
    };
    for place in 0..sequence.len().max(1) {
        let (first, second) = sequence.split_at(place);
        let lines = [line(first), line(second)];
        let lines: Vec<(&str, &[u8])> = lines
            .iter()
            .filter(|line| !line.is_empty())
            .map(|line| ("cookie", line.as_bytes()))
            .collect();
        let reply = wire.ask(&format!("GET {path}"), &lines).await.unwrap();
        let login = reply.text("/github_login");
        let user = reply.text("/user");
        answers.push((reply.status, if login.is_empty() { user } else { login }));
    }
    answers
}

/// What came of all sequences.
#[derive(Default)]
struct Tally {
    requests: usize,
    ambiguous: usize,
    signed_in: usize,
}

impl Tally {
    fn check(&mut self, sequence: &[&Value], answers: &[(u16, String)]) -> bool {
        let (user, alive) = fits(sequence);
        let what: Vec<_> = sequence.iter().map(|value| value.opens).collect();
        for (status, who) in answers {
            self.requests += 1;
            match user {
                Some(user) => assert_eq!((*status, who.as_str()), (200, user), "{what:?}"),
                None => assert_eq!((*status, who.as_str()), (401, ""), "{what:?}"),
            }
        }
        self.ambiguous += if alive > 1 { answers.len() } else { 0 };
        self.signed_in += if alive == 1 { answers.len() } else { 0 };
        alive > 1
    }

    fn note(&self, what: &'static str) {
        Measured {
            number: 19,
            what,
            target: "one alive: that user; two alive and different: no session + event",
            found: format!(
                "{} requests: {} the one alive, {} of several alive none, 0 foreign",
                self.requests, self.signed_in, self.ambiguous
            ),
        }
        .note();
    }
}

async fn on_site(site: Site, what: &'static str) {
    let token = async |user: &str| {
        let browser = site.logged_in(user).await;
        browser.cookie(Site::COOKIE).unwrap()
    };
    let dead = token("gone").await;
    let mut wire = Wire::to(&site.address()).await;
    let cookie = format!("{}={dead}", Site::COOKIE);
    assert_eq!(wire.post("/logout", &cookie).await.unwrap().status, 204);
    let values = [
        value(&token("alice").await, Some((1, "alice"))),
        value(&token("alice").await, Some((2, "alice"))),
        value(&token("bob").await, Some((3, "bob"))),
        value(&"A".repeat(43), None),
        value(&dead, None),
        value("no-token", None),
    ];
    let _ = site.events();
    let mut tally = Tally::default();
    let most = usize::try_from(times(3, 5)).unwrap();
    for sequence in sequences(&values, most) {
        let answers = send(&mut wire, "/me", Site::COOKIE, &sequence).await;
        let told = if tally.check(&sequence, &answers) {
            answers.len()
        } else {
            0
        };
        assert_eq!(site.events(), vec![Event::Ambiguous; told]);
    }
    tally.note(what);
}

#[tokio::test]
async fn e19_two_living_sessions_are_none_and_one_is_the_one() {
    on_site(site_on(MemoryStore::new()).await, "doubled cookies, memory").await;
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("a.db")).unwrap();
    on_site(site_on(store).await, "doubled cookies, SQLite").await;
}

#[tokio::test]
async fn e19_the_example_server_takes_no_second_users_cookie() {
    let masker = Masker::start(StoreKind::Sqlite).await;
    let token = async |user| {
        let browser = masker.signed_in(user).await;
        (browser.cookie(Masker::COOKIE).unwrap(), browser)
    };
    let (dead, gone) = token(Masker::CAROL).await;
    assert_eq!(gone.post("/api/v1/auth/logout").await.status, 204);
    let values = [
        value(&token(Masker::ALICE).await.0, Some((1, "alice-dev"))),
        value(&token(Masker::BOB).await.0, Some((2, "bob-ops"))),
        value(&"A".repeat(43), None),
        value(&dead, None),
    ];
    let mut wire = Wire::to(&masker.address()).await;
    let mut tally = Tally::default();
    let most = usize::try_from(times(3, 6)).unwrap();
    for sequence in sequences(&values, most) {
        let answers = send(&mut wire, "/api/v1/me", Masker::COOKIE, &sequence).await;
        tally.check(&sequence, &answers);
    }
    tally.note("doubled cookies, example server");
}
