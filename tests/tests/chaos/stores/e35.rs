//! Two sign-ins of one browser at once.

use portcullis_tests::{Ask, Browser, Masker, StoreKind};

use crate::measured::{Measured, times};

async fn who(masker: &Masker, token: &str) -> Option<String> {
    let ask = Ask::get("/api/v1/me").with("cookie", format!("{}={token}", Masker::COOKIE));
    let answer = masker.browser().ask(ask).await;
    let login = answer.json()["github_login"].as_str().map(str::to_owned);
    assert_eq!(answer.status, if login.is_some() { 200 } else { 401 });
    login
}

/// Ends both flows at once; gives the token of each answer.
async fn both(browser: &Browser, callbacks: [String; 2]) -> Option<[String; 2]> {
    // Both requests have the cookies of before: neither has seen the other's answer.
    let copies = [browser.copy(), browser.copy()];
    let tasks = [0, 1].map(|tab: usize| {
        let (browser, callback) = (copies[tab].clone(), callbacks[tab].clone());
        tokio::spawn(async move { (browser.get(&callback).await.status, browser) })
    });
    let mut tokens = Vec::new();
    for task in tasks {
        let (status, browser) = task.await.unwrap();
        // A disk that is too busy is 503, and nobody is signed in.
        if status == 503 {
            return None;
        }
        assert_eq!(status, 303);
        tokens.push(browser.cookie(Masker::COOKIE).unwrap());
    }
    Some(tokens.try_into().unwrap())
}

async fn on(kind: StoreKind, what: &'static str) {
    let masker = Masker::start(kind).await;
    let (rounds, mut busy) = (times(20, 500), 0);
    for round in 0..rounds {
        let browser = masker.signed_in(Masker::CAROL).await;
        let old = browser.cookie(Masker::COOKIE).unwrap();
        let users = match round % 2 {
            0 => [(Masker::ALICE, "alice-dev"), (Masker::BOB, "bob-ops")],
            _ => [(Masker::ALICE, "alice-dev"); 2],
        };
        let mut callbacks = Vec::new();
        for (user, _) in users {
            callbacks.push(browser.callback(Masker::START, &masker.github, user).await);
        }
        let Some(tokens) = both(&browser, callbacks.try_into().unwrap()).await else {
            busy += 1;
            continue;
        };
        assert_ne!(tokens[0], tokens[1]);
        assert_eq!(who(&masker, &old).await, None, "the old one is dead");
        for (token, (_, login)) in tokens.iter().zip(users) {
            assert_eq!(who(&masker, token).await.as_deref(), Some(login));
        }
        for token in tokens {
            let cookie = format!("{}={token}", Masker::COOKIE);
            let leave = Ask::post("/api/v1/auth/logout").with("cookie", &cookie);
            assert_eq!(masker.browser().ask(leave).await.status, 204);
            assert_eq!(who(&masker, &token).await, None);
        }
    }
    Measured {
        number: 35,
        what,
        target: "exactly one live session per response cookie; old id dead",
        found: format!(
            "{rounds} rounds: 2 cookies, 2 sessions, the old one dead, in each; {busy} left out \
             because the disk was busy (503)"
        ),
    }
    .note();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e35_each_of_two_sign_ins_has_its_own_session_in_memory() {
    on(StoreKind::Memory, "two sign-ins of one browser, memory").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e35_each_of_two_sign_ins_has_its_own_session_in_sqlite() {
    on(StoreKind::Sqlite, "two sign-ins of one browser, SQLite").await;
}
