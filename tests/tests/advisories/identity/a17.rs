//! CVE-2025-46815, CVE-2020-15222, CVE-2020-5300: what was to be used once could be used again.

use std::sync::Arc;

use portcullis_tests::{Ask, Site, SiteSetup, StoreKind};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::support::{SignIn, sign_in_with};

const AT_ONCE: usize = 64;

/// The same callback so many times at once, from the browser that began it.
async fn check(door: impl SignIn) {
    let door = Arc::new(door);
    let flow = Arc::new(door.start().await);
    let barrier = Arc::new(Barrier::new(AT_ONCE));
    let mut visits = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (door, flow, barrier) = (Arc::clone(&door), Arc::clone(&flow), Arc::clone(&barrier));
        visits.spawn(async move {
            barrier.wait().await;
            door.callback(&flow.cookies, &flow.query).await
        });
    }
    let answers = visits.join_all().await;
    let exchanged = door.exchanges();
    assert_eq!(exchanged, 1, "one visit of all goes to GitHub");
    let done = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(done, 1, "{answers:?}");
    let late = door.callback(&flow.cookies, &flow.query).await;
    assert!(late.is_err(), "{late:?}");
    assert_eq!(door.exchanges(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a17_of_sixty_four_callbacks_at_once_one_succeeds() {
    for kind in [StoreKind::Memory, StoreKind::Sqlite] {
        let site = SiteSetup::new(kind).start().await;
        let marks = site.store.marks.clone();
        check(sign_in_with(site, marks)).await;
    }
}

/// The same over HTTP: one answer of all signs in, and there is one session.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a17_sixty_four_callbacks_at_once_make_one_session() {
    for kind in [StoreKind::Memory, StoreKind::Sqlite] {
        let site = SiteSetup::new(kind).start().await;
        let browser = site.browser();
        let callback = browser.callback(Site::START, &site.github, 1001).await;
        let cookies = browser.cookies_at(Site::CALLBACK).join("; ");
        let mut visits = JoinSet::new();
        for _ in 0..AT_ONCE {
            // A jar of its own each, or the first answer's session would be in the others'.
            let (browser, ask) = (site.browser(), Ask::get(&callback).with("cookie", &cookies));
            visits.spawn(async move { browser.ask(ask).await });
        }
        let mut statuses: Vec<u16> = visits
            .join_all()
            .await
            .iter()
            .map(|answer| answer.status.as_u16())
            .collect();
        statuses.sort_unstable();
        let expected = [vec![303], vec![400; AT_ONCE - 1]].concat();
        assert_eq!(statuses, expected);
        assert_eq!(site.sessions_of("usr_1001").await, 1);
    }
}

mod with_a_fault {
    use portcullis_core::{Digest, Mark, MarkStore, StoreError, Timestamp};
    use portcullis_tests::Twin;

    use super::*;

    /// Whoever asks is the first.
    struct Forgetful;

    impl MarkStore for Forgetful {
        async fn mark(&self, _: &Digest, _: Timestamp, _: Timestamp) -> Result<Mark, StoreError> {
            Ok(Mark::First)
        }
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn MarksAreForgotten() {
        let test = "a17_of_sixty_four_callbacks_at_once_one_succeeds";
        let says = "one visit of all goes to GitHub";
        let twin = Twin::new("a17 MarksAreForgotten", test, says);
        let site = SiteSetup::new(StoreKind::Memory).start().await;
        let door = sign_in_with(site, Forgetful);
        twin.is_caught_async(check(door)).await;
    }
}
