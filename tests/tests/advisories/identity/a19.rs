//! CVE-2021-41268, CVE-2024-51996, CVE-2019-5421: remembered logins outlived the change of a
//! password.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use portcullis_core::Clock as _;
use portcullis_session::{Lifecycle, Remember, Revoke, Stamp};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::support::{
    Account, Below, Door, Ground, Ours, Wrap, as_it_is, headers, line, login, policy, reply,
    subject,
};

const LOGINS: usize = 100;

/// How many logins are done when the password changes.
const BEFORE: usize = 30;

/// A login with the old password, of each kind of memory.
async fn sign_in(lifecycle: &Lifecycle, number: usize) -> String {
    let session = lifecycle.session(&headers(""));
    let remember = match number % 3 {
        0 => Remember::Browser,
        _ => Remember::For(Duration::from_secs(60 * 86_400)),
    };
    let login = login("ada").with_remember(remember);
    let login = login.with_stamp(Stamp::new(&[0]).expect("not empty"));
    tokio::task::yield_now().await;
    session.log_in(login).await.expect("a login");
    let reply = reply(&session, None).await;
    reply.token().expect("a token").to_owned()
}

async fn is_in(lifecycle: &Lifecycle, token: &str) -> bool {
    let session = lifecycle.session(&headers(&line(token)));
    session.principal().await.expect("the store").is_some()
}

async fn check(ground: Ground, wrap: Wrap) {
    let store: Below = wrap(Arc::clone(&ground.store));
    let ours = Ours::by_way_of(ground, store, policy());
    // Without the hook: what the revocation alone has ended.
    let bare = Lifecycle::new(Arc::clone(&ours.ground.store), policy());
    let bare = bare.with_clock(ours.clock.clone());
    let done = Arc::new(Mutex::new(Vec::new()));
    let mut logins = JoinSet::new();
    // So many may begin; the others do at the moment of the change.
    let turns = Arc::new(Semaphore::new(BEFORE));
    for number in 0..LOGINS {
        let (lifecycle, done) = (ours.lifecycle.clone(), Arc::clone(&done));
        let turns = Arc::clone(&turns);
        logins.spawn(async move {
            turns.acquire().await.expect("it stays open").forget();
            let token = sign_in(&lifecycle, number).await;
            done.lock().expect("nobody panicked").push(token);
        });
    }
    let count = || done.lock().expect("nobody panicked").len();
    while count() < BEFORE {
        tokio::task::yield_now().await;
    }
    ours.account("ada", Account::Open(1));
    let older = done.lock().expect("nobody panicked").clone();
    turns.add_permits(LOGINS - BEFORE);
    tokio::task::yield_now().await;
    let revoked = ours.lifecycle.revoke(&subject("ada"), Revoke::All).await;
    revoked.expect("the store");
    for token in &older {
        assert!(!is_in(&bare, token).await, "an older session is over");
    }
    logins.join_all().await;
    assert_eq!(count(), LOGINS);
    let all = done.lock().expect("nobody panicked").clone();
    for token in &all {
        let is_in = is_in(&ours.lifecycle, token).await;
        assert!(!is_in, "a login by the old password is no login");
    }
    assert_eq!(ours.ground.rows(), 0, "at {:?}", ours.clock.now());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a19_no_session_of_the_old_password_survives_its_change() {
    for ground in Ground::all() {
        check(ground, as_it_is).await;
    }
}

mod with_a_fault {
    use portcullis_core::{StoreError, SubjectId, Timestamp};
    use portcullis_session::{Persistence, SessionStore as _};
    use portcullis_tests::Twin;

    use super::super::support::{Fault, Faulty};
    use super::*;

    /// A revocation spares the logins that are remembered.
    struct Sparing;

    impl Fault for Sparing {
        async fn revoke(
            &self,
            below: &Below,
            subject: &SubjectId,
            _: Revoke,
            now: Timestamp,
        ) -> Result<u64, StoreError> {
            let mut ended = 0;
            for loaded in below.list(subject, now).await? {
                if loaded.record.lifetime.persistence == Persistence::Browser {
                    let one = Revoke::One(loaded.record.handle);
                    ended += below.revoke(subject, one, now).await?;
                }
            }
            Ok(ended)
        }
    }

    fn faulty(below: Below) -> Below {
        let fault = Sparing;
        Arc::new(Faulty { below, fault })
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn RememberedAreSpared() {
        let twin = Twin::new(
            "a19 RememberedAreSpared",
            "a19_no_session_of_the_old_password_survives_its_change",
            "an older session is over",
        );
        twin.is_caught_async(check(Ground::memory(), faulty)).await;
    }
}
