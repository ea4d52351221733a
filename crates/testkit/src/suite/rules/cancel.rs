//! A verb whose future is dropped, at any point, has happened wholly or not at all.
//!
//! Every rule here begins a verb, polls it once less than it needs, twice less and so on, and drops
//! it. What was dropped may still happen a little later, so each rule looks until it sees a state
//! that is wholly old or wholly new, and gives up after [`LOOKS`] times.

use portcullis_core::{Authentication, Level};
use portcullis_session::{
    Change, Handle, Lookup, Renewal, Revoke, Rotated, Rotation, SessionStore, Updated,
};

use crate::suite::fixtures::{
    IDLE, START, anonymous, authentication, data, handle, key, lifetime, rotation, secs, subject,
    user,
};
use crate::suite::run::polled;
use crate::suite::verbs::{
    current, delete, find, is_absent, limit, list, put, revoke, values, visit, well,
};

const LOOKS: usize = 1_000;

/// How often a verb is polled before it is dropped, and a number for its sessions.
fn attempts() -> impl Iterator<Item = (usize, u64)> {
    (0..).zip((10..).step_by(10))
}

/// Looks until there is an answer.
async fn settled<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(state) = look().await {
            return state;
        }
        tokio::task::yield_now().await;
    }
    panic!("{what} was dropped and left neither the old state nor the new one");
}

async fn handles<S: SessionStore>(store: &S, name: &str) -> Vec<Handle> {
    list(store, name, START)
        .await
        .iter()
        .map(|loaded| loaded.record.handle)
        .collect()
}

/// A dropped login leaves the session before it or the new one: never none, never both, and the
/// cap is kept.
pub async fn s18_a_dropped_login_is_whole<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        let name = format!("user-{times}");
        let (oldest, before, login) = (number + 1, number + 2, number + 3);
        for number in [oldest, before, number + 4] {
            put(store, &user(number, &name), START).await;
        }
        let (replaced, record) = (key(before), user(login, &name));
        let create = store.create(record, Some(&replaced), Some(limit(2)), START);
        let done = polled(create, times).await.is_some();
        let old: Vec<_> = [oldest, before, number + 4].map(handle).into();
        let new: Vec<_> = [login, number + 4].map(handle).into();
        let is_new = settled("a login", async || {
            let (was, is) = (find(store, &key(before), START).await, &key(login));
            let (was, is) = (was == Lookup::Absent, !is_absent(store, is, START).await);
            let listed = handles(store, &name).await;
            (was == is && listed == if is { &*new } else { &*old }).then_some(is)
        })
        .await;
        assert!(is_new || !done, "it had returned");
        if done {
            break;
        }
    }
}

/// A dropped rotation leaves the session under its old key or under the new one.
pub async fn s18_a_dropped_rotation_is_whole<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        let name = format!("user-{times}");
        let (old, new, step_up) = (key(number), key(number + 1), stronger());
        put(store, &user(number, &name), START).await;
        let next = Rotation {
            authentication: Some(step_up),
            ..rotation(new, START)
        };
        let done = polled(store.rotate(&old, next, START), times)
            .await
            .is_some();
        let is_new = settled("a rotation", async || {
            let listed = handles(store, &name).await;
            assert_eq!(listed, [handle(number)], "it is listed before and after");
            let by_old = find(store, &old, START).await;
            is_rotated(by_old, find(store, &new, START).await)
        })
        .await;
        assert!(is_new || !done, "it had returned");
        let again = well(
            store
                .rotate(&old, rotation(key(number + 2), START), START)
                .await,
        );
        assert!(
            !matches!(again, Rotated::Gone | Rotated::Exists),
            "{again:?}"
        );
        if done {
            break;
        }
    }
}

fn stronger() -> Authentication {
    authentication("hwk", Level::Multi)
}

/// Whether the rotation that was dropped has happened; nothing if it is half done.
fn is_rotated(by_old: Lookup, by_new: Lookup) -> Option<bool> {
    match (by_old, by_new) {
        (Lookup::Current { loaded, .. }, Lookup::Absent) => {
            (loaded.record.version == 1).then_some(false)
        }
        (Lookup::Predecessor(old), Lookup::Current { loaded, .. }) => {
            let user = loaded.record.user().map(|user| &user.authentication);
            let is_whole = loaded.record.version == 2 && user == Some(&stronger());
            (old == loaded && is_whole).then_some(true)
        }
        _ => None,
    }
}

/// A dropped write is there whole, or not, and a version is not given twice.
pub async fn s18_a_dropped_write_is_whole<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        let record = anonymous(number);
        put(store, &record, START).await;
        let mut written = record.clone();
        written.data = data(&[("a", b"1"), ("b", b"2")]);
        written.lifetime.until = lifetime().until.after(IDLE);
        written.version += 1;
        let change = Change {
            data: Some(written.data.clone()),
            lifetime: Some(written.lifetime),
        };
        let key = key(number);
        let done = polled(store.update(&key, 1, change, START), times)
            .await
            .is_some();
        let loaded = settled("a write", async || {
            let loaded = current(store, &key, START).await;
            [&record, &written]
                .contains(&&*loaded.record)
                .then_some(loaded)
        })
        .await;
        assert!(*loaded.record == written || !done, "it had returned");
        match well(store.update(&key, 1, values(data(&[])), START).await) {
            Updated::Done(now) => assert_eq!(now.record.version, 2),
            Updated::Conflict(now) => assert_eq!(*now.record, written),
            Updated::Gone => panic!("the session went with the write that was dropped"),
        }
        if done {
            break;
        }
    }
}

/// A dropped visit has renewed or has not, and has changed nothing else.
pub async fn s18_a_dropped_visit_is_whole<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        put(store, &anonymous(number), START).await;
        let (key, renewal) = (key(number), Renewal::IfSeenBy(START));
        let done = polled(store.load(&key, renewal, secs(60)), times)
            .await
            .is_some();
        let loaded = current(store, &key, secs(60)).await;
        assert_eq!(*loaded.record, anonymous(number));
        assert!(
            loaded.seen_at == secs(60) || (loaded.seen_at == START && !done),
            "{loaded:?}"
        );
        assert!(matches!(
            visit(store, &key, secs(120)).await,
            Lookup::Current { .. }
        ));
        if done {
            break;
        }
    }
}

/// A dropped log-out has ended the session under all its keys, or under none.
pub async fn s18_a_dropped_log_out_is_whole<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        let name = format!("user-{times}");
        let (old, new) = (key(number), key(number + 1));
        put(store, &user(number, &name), START).await;
        drop(well(store.rotate(&old, rotation(new, START), START).await));
        let done = polled(store.delete(&new, START), times).await.is_some();
        let is_over = settled("a log-out", async || {
            let by_old = is_absent(store, &old, START).await;
            let by_new = is_absent(store, &new, START).await;
            let listed = handles(store, &name).await.is_empty();
            (by_old == by_new && by_new == listed).then_some(listed)
        })
        .await;
        assert!(is_over || !done, "it had returned");
        delete(store, &new, START).await;
        assert!(
            is_absent(store, &new, START).await,
            "the second log-out is one"
        );
        if done {
            break;
        }
    }
}

/// A dropped revocation has ended all the sessions it was to end, or none.
pub async fn s18_a_dropped_revocation_is_whole<S: SessionStore>(store: &S) {
    for (times, number) in attempts() {
        let name = format!("user-{times}");
        for number in number..number + 4 {
            put(store, &user(number, &name), START).await;
        }
        let (subject, others) = (subject(&name), Revoke::AllBut(handle(number)));
        let done = polled(store.revoke(&subject, others, START), times)
            .await
            .is_some();
        let ended = settled("a revocation", async || {
            let mut absent = 0;
            for number in number + 1..number + 4 {
                absent += usize::from(is_absent(store, &key(number), START).await);
            }
            let listed = handles(store, &name).await.len();
            (listed == 4 - absent && [0, 3].contains(&absent)).then_some(absent)
        })
        .await;
        assert!(ended == 3 || !done, "it had returned");
        revoke(store, &name, Revoke::All, START).await;
        assert!(handles(store, &name).await.is_empty());
        if done {
            break;
        }
    }
}

/// A dropped purge has removed nothing alive, and the next one goes on.
pub async fn s18_a_dropped_purge_does_no_harm<S: SessionStore>(store: &S) {
    let end = START.after(IDLE);
    for times in 0.. {
        for number in 0..8 {
            let seen_at = if number < 4 { START } else { secs(60) };
            put(store, &user(number, "ada"), seen_at).await;
        }
        let done = polled(store.purge(limit(3), end), times).await.is_some();
        for number in 0..8 {
            assert_eq!(
                is_absent(store, &key(number), end).await,
                number < 4,
                "{number}"
            );
        }
        while well(store.purge(limit(3), end).await) == 3 {}
        assert_eq!(
            list(store, "ada", START).await.len(),
            4,
            "dead ones are purged, others not"
        );
        revoke(store, "ada", Revoke::All, end).await;
        if done {
            break;
        }
    }
}
