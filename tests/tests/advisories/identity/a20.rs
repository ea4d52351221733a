//! CVE-2025-53942, CVE-2025-64521, CVE-2024-47000: accounts that were closed could sign in by
//! another path.

use std::fs;
use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;
use portcullis_session::{Key, Session};
use portcullis_tests::workspace;

use super::support::{Account, Door, Ours, headers, line, login, reply};

const VALUE: Key<u32> = Key::new("value");

/// A way to use a session; whether it lets in.
struct Way {
    name: &'static str,
    lets_in: for<'a> fn(&'a Ours, &'a Session, &'a str) -> BoxFuture<'a, bool>,
}

/// All that a request can ask of its session.
fn ways() -> Vec<Way> {
    vec![
        Way {
            name: "who",
            lets_in: |_, it, _| Box::pin(async { it.principal().await.expect("store").is_some() }),
        },
        Way {
            name: "value",
            lets_in: |_, it, _| Box::pin(async { it.value(VALUE).await.expect("store").is_some() }),
        },
        Way {
            name: "handle",
            lets_in: |_, it, _| Box::pin(async { it.handle().await.expect("store").is_some() }),
        },
        Way {
            name: "last visit",
            lets_in: |_, it, _| {
                Box::pin(async { it.last_seen_at().await.expect("store").is_some() })
            },
        },
        Way {
            name: "devices",
            lets_in: |_, it, _| Box::pin(async { it.devices().await.is_ok() }),
        },
        Way {
            name: "rotation",
            lets_in: |_, it, _| Box::pin(async { it.rotate().await.is_ok() }),
        },
        Way {
            name: "revocation",
            lets_in: |_, it, _| Box::pin(async { it.revoke_others().await.is_ok() }),
        },
        Way {
            name: "write",
            lets_in: |ours, it, token| Box::pin(writes(ours, it, token)),
        },
        Way {
            name: "login that keeps a value",
            lets_in: |_, it, _| Box::pin(keeps(it)),
        },
        Way {
            name: "callback",
            lets_in: |ours, it, _| Box::pin(comes_back(ours, it)),
        },
    ]
}

/// Whether a write of the closed account goes into its session.
async fn writes(ours: &Ours, session: &Session, token: &str) -> bool {
    session.set_value(VALUE, &2).expect("a value");
    let given = reply(session, None).await;
    given.token().is_none_or(|given| given == token) && ours.ground.rows() > 0
}

/// Whether what the closed account had stored goes over into a new session.
async fn keeps(session: &Session) -> bool {
    let login = login("ada").keeping(VALUE);
    session.log_in(login).await.expect("a login");
    session.value(VALUE).await.expect("store").is_some()
}

/// Whether a login that the callback let pass by mistake is one for the next request.
async fn comes_back(ours: &Ours, session: &Session) -> bool {
    session.log_in(login("ada")).await.expect("a login");
    let given = reply(session, None).await;
    let given = given.token().expect("a token").to_owned();
    let next = ours.lifecycle.session(&headers(&line(&given)));
    next.principal().await.expect("store").is_some()
}

async fn check(ours: &Ours, way: &Way) {
    ours.account("ada", Account::Open(0));
    let session = ours.lifecycle.session(&headers(""));
    let stamp = portcullis_session::Stamp::new(&[0]).expect("not empty");
    let login = login("ada").with_stamp(stamp).with_value(VALUE, &1);
    session
        .log_in(login.expect("a value"))
        .await
        .expect("a login");
    let given = reply(&session, None).await;
    let token = given.token().expect("a token").to_owned();

    ours.account("ada", Account::Closed);
    let asked = ours.book.asked();
    let session = ours.lifecycle.session(&headers(&line(&token)));
    let lets_in = (way.lets_in)(ours, &session, &token).await;
    let name = way.name;
    assert!(
        ours.book.asked() > asked,
        "every path asks for the account: {name}"
    );
    assert!(!lets_in, "a closed account is let in: {name}");
}

#[tokio::test]
async fn a20_every_path_asks_how_the_account_stands() {
    for ours in Ours::all() {
        for way in &ways() {
            check(&ours, way).await;
        }
    }
}

fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            let text = fs::read_to_string(&path).expect("text");
            found.push((path, text));
        }
    }
}

/// The lines that ask a store for a session stand in the one place that asks for the account, too.
fn check_sources(sources: &[(PathBuf, String)]) {
    let asks = |text: &str| text.contains(".load(&") || text.contains(".try_load(&");
    let mut found: Vec<String> = sources
        .iter()
        .filter(|(_, text)| asks(text))
        .map(|(path, _)| path.display().to_string().replace('\\', "/"))
        .collect();
    found.sort();
    let one = matches!(&*found, [one] if one.ends_with("lifecycle/authenticate.rs"));
    assert!(one, "one place alone loads sessions: {found:?}");
}

/// The lifecycle, the session and the layers; stores themselves are what is asked.
fn our_sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for part in [
        "session/src/lifecycle",
        "session/src/session",
        "tower/src",
        "oauth/src",
    ] {
        sources(&workspace().join("crates").join(part), &mut found);
    }
    found
}

#[test]
fn a20_one_place_loads_sessions_and_it_asks_for_the_account() {
    check_sources(&our_sources());
}

mod with_a_fault {
    use portcullis_core::{Clock as _, Token};
    use portcullis_session::{Lookup, Renewal, SessionStore as _};
    use portcullis_tests::Twin;

    use super::*;

    /// Reads the session by itself, as a second path does that nobody thought of.
    async fn by_itself(ours: &Ours, token: &str) -> bool {
        let key = Token::parse(token.as_bytes()).expect("a token").digest();
        let store = &ours.ground.store;
        let found = store.load(&key, Renewal::Never, ours.clock.now()).await;
        matches!(found.expect("store"), Lookup::Current { .. })
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn OnePathDoesNotAsk() {
        let twin = Twin::new(
            "a20 OnePathDoesNotAsk",
            "a20_every_path_asks_how_the_account_stands",
            "every path asks for the account",
        );
        let way = Way {
            name: "another path",
            lets_in: |ours, _, token| Box::pin(by_itself(ours, token)),
        };
        for ours in Ours::all() {
            twin.is_caught_async(check(&ours, &way)).await;
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn AnotherPlaceLoads() {
        let twin = Twin::new(
            "a20 AnotherPlaceLoads",
            "a20_one_place_loads_sessions_and_it_asks_for_the_account",
            "one place alone loads sessions",
        );
        let text = "self.store.load(&key, Renewal::Never, now).await?".to_owned();
        let mut sources = our_sources();
        sources.push((PathBuf::from("crates/tower/src/faster.rs"), text));
        twin.is_caught(|| check_sources(&sources));
    }
}
