//! How long a session lives, and what a clock that steps back does to it.

use std::slice::from_ref;
use std::time::Duration;

use portcullis_core::Timestamp;
use portcullis_session::{Change, Lifetime, Lookup, Persistence, Record, Renewal, SessionStore};

use crate::suite::fixtures::{IDLE, LIFE, MILLI, START, anonymous, key, lifetime, user};
use crate::suite::verbs::{current, find, is_absent, list, put, visit, well, write};

/// Without a visit a session is alive one millisecond before its idle limit and absent at it.
pub async fn s07_the_idle_limit_is_exact<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let end = START.after(IDLE);
    for (now, alive) in [(START, true), (end.before(MILLI), true), (end, false)] {
        assert_eq!(!is_absent(store, &key(1), now).await, alive, "{now:?}");
        assert_eq!(
            list(store, "ada", now).await.len(),
            usize::from(alive),
            "{now:?}"
        );
    }
    assert!(is_absent(store, &key(1), Timestamp::MAX).await);
}

/// A visit at the last moment gives a whole idle limit more, to the millisecond.
pub async fn s07_a_visit_moves_the_idle_limit<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let last = START.after(IDLE).before(MILLI);
    let found = visit(store, &key(1), last).await;
    let Lookup::Current {
        loaded,
        renewed: true,
    } = found
    else {
        panic!("the visit should renew, but: {found:?}");
    };
    assert_eq!(
        (loaded.seen_at, loaded.expires_at()),
        (last, last.after(IDLE))
    );
    let end = last.after(IDLE);
    assert_eq!(current(store, &key(1), end.before(MILLI)).await, loaded);
    assert!(is_absent(store, &key(1), end).await);
}

/// However often it is visited, a session ends at its absolute limit.
pub async fn s07_the_absolute_limit_is_exact<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let (step, end) = (IDLE / 2, START.after(LIFE));
    let mut now = START;
    while now < end {
        let found = visit(store, &key(1), now).await;
        let Lookup::Current { loaded, .. } = found else {
            panic!("visited in time, at {now:?}: {found:?}");
        };
        assert_eq!(loaded.expires_at(), now.after(IDLE).min(end));
        now = now.after(step);
    }
    let last = visit(store, &key(1), end.before(MILLI)).await;
    assert!(
        matches!(last, Lookup::Current { renewed: true, .. }),
        "{last:?}"
    );
    assert_eq!(visit(store, &key(1), end).await, Lookup::Absent);
    assert_eq!(list(store, "ada", end).await, []);
}

/// The longest limits that can be told end where they say.
pub async fn s07_limits_without_end_do_not_wrap<S: SessionStore>(store: &S) {
    let endless = Lifetime {
        idle_secs: u32::MAX,
        until: Timestamp::MAX,
        ..lifetime()
    };
    put(
        store,
        &Record {
            lifetime: endless,
            ..anonymous(1)
        },
        START,
    )
    .await;
    let end = START.after(Duration::from_secs(u32::MAX.into()));
    assert!(!is_absent(store, &key(1), end.before(MILLI)).await);
    assert!(is_absent(store, &key(1), end).await);
}

/// A session whose absolute limit is over when it is created is absent from the beginning.
pub async fn s07_what_ends_before_it_begins_is_absent<S: SessionStore>(store: &S) {
    for (number, until) in [(1, Timestamp::UNIX_EPOCH), (2, START)] {
        let over = Lifetime {
            until,
            ..lifetime()
        };
        put(
            store,
            &Record {
                lifetime: over,
                ..user(number, "ada")
            },
            START,
        )
        .await;
        assert!(is_absent(store, &key(number), START).await, "{until:?}");
    }
    assert_eq!(list(store, "ada", START).await, []);
}

/// A changed lifetime counts from the next verb on, whether it is longer or shorter.
pub async fn s11_a_changed_lifetime_counts_at_once<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let long = Lifetime {
        idle_secs: 7_200,
        until: START.after(LIFE * 2),
        ..lifetime()
    };
    let change = |lifetime| Change {
        data: None,
        lifetime: Some(lifetime),
    };
    let loaded = write(store, &key(1), 1, change(long), START).await;
    assert_eq!(
        (loaded.record.lifetime, loaded.expires_at()),
        (long, START.after(IDLE * 2))
    );
    let late = START.after(IDLE * 2).before(MILLI);
    assert_eq!(current(store, &key(1), late).await, loaded);
    assert_eq!(list(store, "ada", late).await, [loaded]);

    let until = late.after(Duration::from_secs(60));
    let short = Lifetime {
        idle_secs: 1_000_000,
        until,
        persistence: Persistence::Browser,
    };
    let loaded = write(store, &key(1), 2, change(short), late).await;
    assert_eq!(
        (loaded.record.lifetime, loaded.expires_at()),
        (short, until)
    );
    assert!(!is_absent(store, &key(1), until.before(MILLI)).await);
    assert!(is_absent(store, &key(1), until).await);
    assert_eq!(list(store, "ada", until).await, []);
}

/// A clock that steps back by minutes lengthens no life and moves no last visit.
pub async fn s12_a_clock_that_steps_back_extends_nothing<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    let five = Duration::from_secs(300);
    let loaded = current(store, &key(1), START).await;
    for back in [MILLI, five, Duration::from_secs(u32::MAX.into())] {
        let now = START.before(back);
        for by in [now, now.before(five), Timestamp::UNIX_EPOCH] {
            let found = well(store.load(&key(1), Renewal::IfSeenBy(by), now).await);
            assert_eq!(
                found,
                Lookup::Current {
                    loaded: loaded.clone(),
                    renewed: false
                }
            );
        }
        assert_eq!(list(store, "ada", now).await, from_ref(&loaded));
    }
    assert!(is_absent(store, &key(1), START.after(IDLE)).await);
}

/// The last visit never falls, not even when a caller says that it is due.
pub async fn s12_the_last_visit_never_falls<S: SessionStore>(store: &S) {
    put(store, &user(1, "ada"), START).await;
    for seconds in [600, 300, 900, 0, 899] {
        let now = START.after(Duration::from_secs(seconds));
        let before = current(store, &key(1), now).await.seen_at;
        let found = well(
            store
                .load(&key(1), Renewal::IfSeenBy(Timestamp::MAX), now)
                .await,
        );
        let Lookup::Current { loaded, .. } = found else {
            panic!("the session is alive at {now:?}: {found:?}");
        };
        assert_eq!(loaded.seen_at, before.max(now));
        assert_eq!(current(store, &key(1), now).await, loaded);
    }
}

/// A session created by a clock that was ahead is found by one that is behind, and ends in time.
pub async fn s12_a_session_from_a_clock_ahead_is_found<S: SessionStore>(store: &S) {
    let ahead = START.after(Duration::from_secs(300));
    put(
        store,
        &Record {
            created_at: ahead,
            ..user(1, "ada")
        },
        ahead,
    )
    .await;
    let found = find(store, &key(1), START).await;
    assert!(matches!(&found, Lookup::Current { loaded, .. } if loaded.seen_at == ahead));
    assert!(is_absent(store, &key(1), ahead.after(IDLE)).await);
}
