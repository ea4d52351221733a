//! A log-out against everything else at once.

use std::sync::atomic::{AtomicBool, Ordering};

use portcullis_core::Digest;
use portcullis_session::{Created, Lookup, Renewal, Revoke, Rotated, SessionStore, Updated};

use crate::suite::fixtures::{START, data, handle, key, rotation, subject, user};
use crate::suite::run::{Task, together};
use crate::suite::verbs::{create, current, find, is_absent, list, put, values, well};

const ROUNDS: u64 = 24;

/// Against visits, writes and rotations from several threads, a log-out wins: what begins after it
/// has returned finds nothing, and nothing comes back.
pub async fn s13_a_log_out_wins_every_race<S: SessionStore>(store: &S) {
    for round in 1..=ROUNDS {
        let number = round * 1_000_000;
        put(store, &user(number, "ada"), START).await;
        let race = Race {
            store,
            first: number,
            over: AtomicBool::new(false),
        };
        let tasks: [Task<'_, Digest>; 4] = [
            Box::pin(race.visits()),
            Box::pin(race.writes()),
            Box::pin(race.rotations()),
            Box::pin(race.log_out(round % 2 == 0)),
        ];
        for last_key in together(tasks) {
            assert!(
                is_absent(store, &last_key, START).await,
                "a key outlived the log-out"
            );
        }
        assert!(
            is_absent(store, &key(number), START).await,
            "the first key came back"
        );
        assert_eq!(list(store, "ada", START).await, [], "it is still listed");
    }
}

/// One session that several threads work on until it is gone. Each gives the last key it knew.
struct Race<'a, S> {
    store: &'a S,
    first: u64,
    /// Whether the log-out has returned.
    over: AtomicBool,
}

impl<S: SessionStore> Race<'_, S> {
    /// Ends the race if the session is gone; it must be once the log-out has returned.
    fn ends(&self, gone: bool, was_over: bool) -> bool {
        assert!(
            gone || !was_over,
            "a verb that began after the log-out found the session"
        );
        gone
    }

    async fn visits(&self) -> Digest {
        let key = key(self.first);
        loop {
            let was_over = self.over.load(Ordering::SeqCst);
            let found = well(self.store.load(&key, Renewal::IfSeenBy(START), START).await);
            if self.ends(found == Lookup::Absent, was_over) {
                return key;
            }
        }
    }

    async fn writes(&self) -> Digest {
        let (key, mut version) = (key(self.first), 1);
        loop {
            let was_over = self.over.load(Ordering::SeqCst);
            let change = values(data(&[("n", b"1")]));
            let updated = well(self.store.update(&key, version, change, START).await);
            // A key that has been rotated away twice no longer writes.
            let gone = updated == Updated::Gone;
            let gone = gone && find(self.store, &key, START).await == Lookup::Absent;
            if self.ends(gone, was_over) {
                return key;
            }
            if let Updated::Done(loaded) | Updated::Conflict(loaded) = updated {
                version = loaded.record.version;
            }
        }
    }

    async fn rotations(&self) -> Digest {
        let mut number = self.first;
        loop {
            let was_over = self.over.load(Ordering::SeqCst);
            let next = rotation(key(number + 1), START);
            match well(self.store.rotate(&key(number), next, START).await) {
                Rotated::Done(_) if !was_over => number += 1,
                Rotated::Gone => return key(number),
                other => panic!("the newest key, log-out returned: {was_over}, yet: {other:?}"),
            }
        }
    }

    /// Logs out by the first key or by the handle.
    async fn log_out(&self, by_key: bool) -> Digest {
        let (first, ada) = (key(self.first), subject("ada"));
        let ended = if by_key {
            self.store.delete(&first, START).await
        } else {
            let which = Revoke::One(handle(self.first));
            self.store
                .revoke(&ada, which, START)
                .await
                .map(|ended| ended == 1)
        };
        self.over.store(true, Ordering::SeqCst);
        assert!(well(ended), "the session was alive");
        first
    }
}

/// A log-out, a login in the place of the session and a rotation of it, all at once: in whatever
/// order they happen, the session is over and the login stands.
pub async fn s13_a_session_outlives_neither_log_out_nor_login<S: SessionStore>(store: &S) {
    for round in 1..=ROUNDS {
        let (number, name) = (10 * round, format!("user-{round}"));
        let (old, turned) = (key(number), key(number + 1));
        put(store, &user(number, &name), START).await;
        let tasks: [Task<'_, bool>; 3] = [
            Box::pin(async { well(store.delete(&old, START).await) }),
            Box::pin(async {
                let login = user(number + 2, &name);
                create(store, login, Some(&old), None, START).await == Created::Done { evicted: 0 }
            }),
            Box::pin(async {
                let rotated = well(store.rotate(&old, rotation(turned, START), START).await);
                matches!(rotated, Rotated::Done(_) | Rotated::Gone)
            }),
        ];
        let answers = together(tasks);
        assert!(
            answers[1] && answers[2],
            "log-out, login, rotation: {answers:?}"
        );
        for gone in [old, turned] {
            assert!(
                is_absent(store, &gone, START).await,
                "log-out, login, rotation: {answers:?}"
            );
        }
        let listed = list(store, &name, START).await;
        assert_eq!(listed, [current(store, &key(number + 2), START).await]);
    }
}
