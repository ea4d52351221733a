//! A cache in front of a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;
use std::{num::NonZeroU32, pin::pin};

use futures_util::future::{join, join_all};
use portcullis_core::{StoreError, StoreErrorKind};
use portcullis_session::{
    CachedStore, Event, Lookup, MemoryStore, Remember, Renewal, Revoke, Rotated, Rotation,
    SessionErrorKind, SessionStore,
};

use crate::support::{
    Browser, COUNT, GRACE, IDLE, Liar, Lie, MILLI, Probe, SIDES, START, THEME, Verb, WINDOW, When,
    World, digest, every_request, finish, login, on_store, policy, subject, together, who,
};

/// The longest that there is, so that a slow machine is not in the way.
const STALENESS: Duration = Duration::from_secs(10);

/// A service with a cache of its own in front of the world's store.
fn instance(world: &World) -> Browser {
    Browser::new(&world.lifecycle_on(cache(world), policy()))
}

fn cache(world: &World) -> CachedStore<Probe> {
    cache_for(world, STALENESS)
}

fn cache_for(world: &World, staleness: Duration) -> CachedStore<Probe> {
    world.store.set_far();
    CachedStore::new(world.store.clone())
        .with_staleness(staleness)
        .unwrap()
}

async fn signed_in(world: &World, at: &Browser) -> Browser {
    let mut browser = at.at(&at.lifecycle);
    browser.log_in(login("ada")).await;
    world.store.take_calls();
    world.events.take();
    browser
}

/// Of the requests of one session one asks the store; when what it found has its age, another.
async fn s42_what_is_known_costs_no_call(world: World) {
    let ada = signed_in(&world, &instance(&world)).await;
    for read_at in [START, START.after(STALENESS), START.after(STALENESS * 3)] {
        world.clock.set(read_at);
        assert_eq!(ada.who().await.as_deref(), Some("ada"));
        assert_eq!(world.store.take_calls(), [Verb::Load]);
        for _ in 0..10 {
            assert_eq!(ada.who().await.as_deref(), Some("ada"));
        }
        world.clock.set(read_at.after(STALENESS - MILLI));
        assert_eq!(ada.who().await.as_deref(), Some("ada"));
        assert_eq!(world.store.take_calls(), []);
    }
    // After a step back of the clock its age cannot be told.
    world.clock.set(START);
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
    assert_eq!(world.store.take_calls(), [Verb::Load]);
}

/// What another instance ends or changes is seen here when the staleness is over, and not much earlier: it is the cache that is measured.
async fn s42_a_change_elsewhere_is_seen_within_the_staleness(world: World) {
    for staleness in [Duration::ZERO, STALENESS / 2, STALENESS] {
        for what in ["log out", "revoke", "write"] {
            world.clock.set(START);
            let store = cache_for(&world, staleness);
            let here = Browser::new(&world.lifecycle_on(store, policy()));
            let ada = signed_in(&world, &here).await;
            let there = ada.at(&instance(&world).lifecycle);
            assert_eq!(ada.who().await.as_deref(), Some("ada"));
            let read_at = world.now();
            world.clock.advance(staleness / 4);
            let changed_at = world.now();
            match what {
                "log out" => there.request().log_out().await.unwrap(),
                "revoke" => {
                    let all = there.lifecycle.revoke(&subject("ada"), Revoke::All).await;
                    assert_eq!(all.unwrap(), 1);
                }
                _ => {
                    let session = there.request();
                    session.set_value(THEME, &"dark".to_owned()).unwrap();
                    finish(&session).await;
                }
            }
            let mut seen_at = world.now();
            while !sees_it(&ada, what).await && seen_at < read_at.after(staleness * 2) {
                world.clock.advance(staleness / 1_000);
                seen_at = world.now();
            }
            assert!(
                seen_at.since(changed_at) <= staleness,
                "{what} after {staleness:?}"
            );
            assert_eq!(seen_at, read_at.after(staleness), "{what}");
            assert!(sees_it(&ada, what).await, "and from then on");
            there
                .lifecycle
                .revoke(&subject("ada"), Revoke::All)
                .await
                .unwrap();
        }
    }
}

async fn sees_it(browser: &Browser, what: &str) -> bool {
    let session = browser.request();
    match what {
        "write" => session.value(THEME).await.unwrap().is_some(),
        _ => who(&session).await.is_none(),
    }
}

/// A new session is there at once: that it was not there before is not remembered.
async fn s42_what_is_not_there_is_not_remembered(world: World) {
    let store = cache(&world);
    let browser = signed_in(&world, &world.browser()).await;
    let key = digest(&browser.token());
    browser.request().log_out().await.unwrap();
    let record = {
        let other = signed_in(&world, &world.browser()).await;
        let Lookup::Current { loaded, .. } = world.stored(&other.token()).await else {
            panic!("it is there")
        };
        let mut record = (*loaded.record).clone();
        record.key = key;
        record.handle = portcullis_session::Handle::from_bytes([7; 16]);
        record
    };
    for _ in 0..3 {
        let found = store.load(&key, Renewal::Never, START).await.unwrap();
        assert_eq!(found, Lookup::Absent);
    }
    let _ = world.store.create(record, None, None, START).await.unwrap();
    let found = store.load(&key, Renewal::Never, START).await.unwrap();
    assert!(matches!(found, Lookup::Current { .. }));
}

/// Whatever is ended through this instance is over here at once, under every key that it had.
async fn s42_what_ends_here_is_over_here(world: World) {
    let deeds = [
        "log out",
        "log out by the old token",
        "log out by an older token",
        "revoke it",
        "revoke all",
        "revoke the others",
        "sign in anew",
        "sign in anew by an older token",
        "another user signs in",
        "beyond the cap",
    ];
    for (deed, is_known) in deeds
        .into_iter()
        .flat_map(|deed| [(deed, true), (deed, false)])
    {
        let capped = policy().with_cap(NonZeroU32::new(2).unwrap());
        let mut ada = world.signed_in_with("ada", capped.clone()).await;
        let tokens = rotated_twice(&mut ada).await;
        let other = world.signed_in_with("ada", capped.clone()).await;
        let here = Browser::new(&world.lifecycle_on(cache(&world), capped));
        let (ada, other) = (ada.at(&here.lifecycle), other.at(&here.lifecycle));
        if is_known {
            assert_eq!(ada.who().await.as_deref(), Some("ada"));
            world.store.take_calls();
            assert_eq!(ada.who().await.as_deref(), Some("ada"));
            assert_eq!(world.store.take_calls(), [], "it is in memory");
        }
        end(&world, deed, (&ada, &other), &tokens).await;
        for token in &tokens {
            let request = crate::support::request_with(&here.lifecycle, &[token]);
            assert_eq!(who(&request).await, None, "{deed}, in memory: {is_known}");
        }
        for name in ["ada", "bob"] {
            here.lifecycle
                .revoke(&subject(name), Revoke::All)
                .await
                .unwrap();
        }
    }
}

/// The tokens that a browser has had, the present one last.
async fn rotated_twice(browser: &mut Browser) -> [String; 3] {
    let mut tokens = vec![browser.token()];
    for _ in 0..2 {
        let session = browser.request();
        session.rotate().await.unwrap();
        browser.finish(&session).await;
        tokens.push(browser.token());
    }
    tokens.try_into().unwrap()
}

async fn end(world: &World, deed: &str, (ada, other): (&Browser, &Browser), tokens: &[String; 3]) {
    let with = |token: &str| crate::support::request_with(&ada.lifecycle, &[token]);
    let [oldest, old, _] = tokens;
    let Lookup::Current { loaded, .. } = world.stored(&ada.token()).await else {
        panic!("it is there")
    };
    let handle = loaded.record.handle;
    match deed {
        "log out" => ada.request().log_out().await.unwrap(),
        "log out by the old token" => with(old).log_out().await.unwrap(),
        "log out by an older token" => with(oldest).log_out().await.unwrap(),
        "revoke it" => assert!(other.request().revoke(handle).await.unwrap()),
        "revoke all" => drop(
            ada.lifecycle
                .revoke(&subject("ada"), Revoke::All)
                .await
                .unwrap(),
        ),
        "revoke the others" => assert_eq!(other.request().revoke_others().await.unwrap(), 1),
        "sign in anew" => ada.request().log_in(login("ada")).await.unwrap(),
        "sign in anew by an older token" => with(oldest).log_in(login("bob")).await.unwrap(),
        "another user signs in" => ada.request().log_in(login("bob")).await.unwrap(),
        _ => {
            world.clock.advance(MILLI);
            for _ in 0..2 {
                Browser::new(&ada.lifecycle).log_in(login("ada")).await;
            }
        }
    }
}

/// What is changed through this instance is read here at once: values, memory, tokens.
async fn s42_what_changes_here_is_read_here(world: World) {
    let mut ada = signed_in(&world, &instance(&world)).await;
    for count in 0..20 {
        assert_eq!(ada.who().await.as_deref(), Some("ada"));
        let session = ada.request();
        session.set_value(COUNT, &count).unwrap();
        ada.finish(&session).await;
        assert_eq!(ada.request().value(COUNT).await.unwrap(), Some(count));
        let old = ada.clone();
        let session = ada.request();
        session.rotate().await.unwrap();
        ada.finish(&session).await;
        assert_eq!(ada.request().value(COUNT).await.unwrap(), Some(count));
        let session = old.request();
        session.set_value(COUNT, &(count + 100)).unwrap();
        finish(&session).await;
        assert_eq!(
            ada.request().value(COUNT).await.unwrap(),
            Some(count + 100),
            "by the old one"
        );
        let session = ada.request();
        session
            .set_remember(Remember::For(WINDOW * (count + 2)))
            .await
            .unwrap();
        ada.finish(&session).await;
        let devices = ada.request().devices().await.unwrap();
        assert_eq!(
            devices[0].expires_at(),
            world.now().after(WINDOW * (count + 2))
        );
    }
}

/// A read that was on its way when its session ended brings nothing of it back, wherever it was.
async fn s42_a_late_read_brings_nothing_back(world: World) {
    for when in SIDES {
        for deed in ["log out", "by the old token", "revoke", "sign in anew"] {
            let mut ada = signed_in(&world, &instance(&world)).await;
            let old = ada.clone();
            let session = ada.request();
            session.rotate().await.unwrap();
            ada.finish(&session).await;
            let gate = world.store.hold(Verb::Load, when);
            let passing = async {
                gate.reached().await;
                match deed {
                    "log out" => ada.request().log_out().await.unwrap(),
                    "by the old token" => old.request().log_out().await.unwrap(),
                    "revoke" => {
                        ada.lifecycle
                            .revoke(&subject("ada"), Revoke::All)
                            .await
                            .unwrap();
                    }
                    _ => ada.request().log_in(login("bob")).await.unwrap(),
                }
                gate.open();
            };
            join(ada.who(), passing).await;
            assert_eq!(ada.who().await, None, "{deed}, the read held {when:?}");
            assert_eq!(old.who().await, None, "{deed}, the read held {when:?}");
            ada.lifecycle
                .revoke(&subject("bob"), Revoke::All)
                .await
                .unwrap();
        }
    }
}

/// A read that was on its way when its session was changed hides nothing of the change.
async fn s42_a_late_read_hides_no_change(world: World) {
    for when in SIDES {
        let ada = signed_in(&world, &instance(&world)).await;
        let writer = ada.request();
        writer.set_value(THEME, &"dark".to_owned()).unwrap();
        assert!(writer.handle().await.unwrap().is_some());
        world.clock.advance(STALENESS);
        let gate = world.store.hold(Verb::Load, when);
        let passing = async {
            gate.reached().await;
            finish(&writer).await;
            gate.open();
        };
        join(ada.who(), passing).await;
        let theme = ada.request().value(THEME).await.unwrap();
        assert_eq!(theme.as_deref(), Some("dark"), "the read held {when:?}");
        ada.request().log_out().await.unwrap();
    }
}

/// While a verb writes, the store answers: what it has done already is not hidden, and what was
/// done is not seen to be undone again.
async fn s42_while_it_changes_the_store_answers(world: World) {
    for when in SIDES {
        let store = Arc::new(cache(&world));
        let here = Browser::new(&world.lifecycle_on(Arc::clone(&store), policy()));
        let mut ada = signed_in(&world, &here).await;
        let old = ada.clone();
        assert_eq!(ada.who().await.as_deref(), Some("ada"));
        let session = ada.request();
        assert!(session.handle().await.unwrap().is_some());
        let gate = world.store.hold(Verb::Rotate, when);
        let looking = async {
            gate.reached().await;
            let key = digest(&old.token());
            for _ in 0..3 {
                let found = store.load(&key, Renewal::Never, START).await.unwrap();
                let is_done = matches!(found, Lookup::Predecessor(_));
                assert_eq!(is_done, when == When::After, "held {when:?}: {found:?}");
            }
            gate.open();
        };
        join(async { session.rotate().await.unwrap() }, looking).await;
        ada.finish(&session).await;

        assert_eq!(ada.who().await.as_deref(), Some("ada"));
        let gate = world.store.hold(Verb::Delete, when);
        let looking = async {
            gate.reached().await;
            for _ in 0..3 {
                assert_eq!(
                    ada.who().await.is_some(),
                    when == When::Before,
                    "held {when:?}"
                );
            }
            gate.open();
        };
        join(async { ada.request().log_out().await.unwrap() }, looking).await;
        assert_eq!(ada.who().await, None);
    }
}

/// Who asks for a session after it was made or got its key is not told what another one, who asked
/// before, is about to hear: that it is not there.
async fn s42_a_new_key_is_found_at_once(world: World) {
    let ada = signed_in(&world, &world.browser()).await;
    let Lookup::Current { loaded, .. } = world.stored(&ada.token()).await else {
        panic!("it is there")
    };
    let store = cache(&world);
    for deed in ["create", "rotate"] {
        let new_key = digest(&crate::support::invented());
        let gate = world.store.hold(Verb::Load, When::After);
        let load = || store.load(&new_key, Renewal::Never, START);
        let late = async {
            gate.reached().await;
            if deed == "create" {
                let mut record = (*loaded.record).clone();
                record.key = new_key;
                record.handle = portcullis_session::Handle::from_bytes([7; 16]);
                let _ = store.create(record, None, None, START).await.unwrap();
            } else {
                let rotation = Rotation {
                    new_key,
                    authentication: None,
                    grace_until: START,
                    remember_until: START,
                };
                let rotated = store.rotate(&loaded.record.key, rotation, START).await;
                assert!(matches!(rotated.unwrap(), Rotated::Done(_)));
            }
            let open = async { gate.open() };
            let (found, ()) = join(load(), open).await;
            assert!(matches!(found.unwrap(), Lookup::Current { .. }), "{deed}");
        };
        let (early, ()) = join(load(), late).await;
        assert_eq!(early.unwrap(), Lookup::Absent, "{deed}");
    }
}

/// A log-out that is dropped half way, or that the store reports as failed, leaves nothing in
/// memory that the store no longer has.
async fn s42_a_broken_log_out_leaves_nothing_behind(world: World) {
    for turns in 0.. {
        let ada = signed_in(&world, &instance(&world)).await;
        assert_eq!(ada.who().await.as_deref(), Some("ada"));
        world.store.set_slow(true);
        let ended = crate::support::polled(ada.request().log_out(), turns)
            .await
            .is_some();
        world.store.set_slow(false);
        world.browser().log_in(login("settler")).await;
        assert_eq!(
            ada.who().await.is_some(),
            !world.is_dead(&ada.token()).await,
            "{turns} turns"
        );
        ada.request().log_out().await.unwrap();
        if ended {
            break;
        }
    }
    for (when, by_old) in SIDES
        .into_iter()
        .flat_map(|when| [(when, false), (when, true)])
    {
        let mut ada = world.signed_in("ada").await;
        let old = ada.clone();
        let session = ada.request();
        session.rotate().await.unwrap();
        ada.finish(&session).await;
        let here = instance(&world);
        let (ada, old) = (ada.at(&here.lifecycle), old.at(&here.lifecycle));
        assert_eq!(
            ada.who().await.as_deref(),
            Some("ada"),
            "it is in memory, by its new key"
        );
        world.store.fail(Verb::Delete, when);
        let request = if by_old {
            // Nor can it be told under which key it may be.
            world.store.fail(Verb::Load, When::Before);
            old.request()
        } else {
            ada.request()
        };
        let error = request.log_out().await.unwrap_err();
        assert_eq!(error.kind(), SessionErrorKind::Store);
        assert_eq!(
            ada.who().await.is_some(),
            when == When::Before,
            "{when:?}, by old: {by_old}"
        );
        ada.request().log_out().await.unwrap();
    }
}

/// Concurrent requests of a session that is not in memory cost one call, however they come.
async fn s42_concurrent_misses_make_one_read(world: World) {
    let ada = signed_in(&world, &instance(&world)).await;
    for when in SIDES {
        world.clock.advance(STALENESS);
        let gate = world.store.hold(Verb::Load, when);
        let open = async {
            gate.reached().await;
            gate.open();
        };
        let (found, ()) = join(join_all((0..50).map(|_| ada.who())), open).await;
        assert!(found.iter().all(|name| name.as_deref() == Some("ada")));
        assert_eq!(world.store.take_calls(), [Verb::Load], "held {when:?}");
    }
    // A token that opens nothing, too.
    let gate = world.store.hold(Verb::Load, When::After);
    let open = async {
        gate.reached().await;
        gate.open();
    };
    let token = crate::support::invented();
    let strangers =
        join_all((0..50).map(|_| async {
            who(&crate::support::request_with(&ada.lifecycle, &[&token])).await
        }));
    let (found, ()) = join(strangers, open).await;
    assert!(found.iter().all(Option::is_none));
    assert_eq!(world.store.take_calls(), [Verb::Load]);
}

/// On several threads as well: never more than one read is under way.
async fn s42_concurrent_misses_on_threads_make_one_read(world: World) {
    let ada = signed_in(&world, &instance(&world)).await;
    for _ in 0..20 {
        world.clock.advance(STALENESS);
        world.store.set_slow(true);
        let found = together(8, async |_| ada.who().await);
        world.store.set_slow(false);
        assert!(found.iter().all(|name| name.as_deref() == Some("ada")));
        assert_eq!(world.store.take_calls(), [Verb::Load]);
    }
}

/// When a renewal is due, one of the concurrent requests renews and is told so.
async fn s42_a_due_renewal_goes_to_the_store_once(world: World) {
    let ada = signed_in(&world, &instance(&world)).await;
    world.clock.set(START.after(WINDOW - MILLI));
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
    world.clock.set(START.after(WINDOW));
    world.store.take_calls();
    let gate = world.store.hold(Verb::Load, When::After);
    let open = async {
        gate.reached().await;
        gate.open();
    };
    let requests = join_all((0..20).map(|_| async {
        let session = ada.request();
        assert_eq!(session.last_seen_at().await.unwrap(), Some(world.now()));
        finish(&session).await.token().is_some()
    }));
    let (told, ()) = join(requests, open).await;
    assert_eq!(told.iter().filter(|told| **told).count(), 1, "cookies");
    assert_eq!(world.store.take_calls(), [Verb::Load]);
    assert_eq!(
        ada.request().last_seen_at().await.unwrap(),
        Some(world.now())
    );
    assert_eq!(
        world.store.take_calls(),
        [],
        "what was renewed is in memory"
    );
    assert_eq!(world.only_session("ada").await.seen_at, world.now());
}

/// If every request renews, every request goes to the store, and none waits for another.
async fn s42_renewing_always_is_not_held_up(world: World) {
    let lifecycle = world.lifecycle_on(cache(&world), every_request());
    let ada = signed_in(&world, &Browser::new(&lifecycle)).await;
    let gate = world.store.hold(Verb::Load, When::Before);
    let others = async {
        gate.reached().await;
        for _ in 0..5 {
            world.clock.advance(MILLI);
            assert_eq!(
                ada.request().last_seen_at().await.unwrap(),
                Some(world.now())
            );
        }
        assert_eq!(world.store.take_calls(), [Verb::Load; 6]);
        gate.open();
    };
    join(ada.who(), others).await;
}

/// The request that began a read goes away: the others go on with it, in the same call.
async fn s42_a_dropped_leader_strands_nobody(world: World) {
    for when in SIDES {
        let ada = signed_in(&world, &instance(&world)).await;
        let gate = world.store.hold(Verb::Load, when);
        {
            let mut leader = Box::pin(ada.who());
            let mut context = Context::from_waker(Waker::noop());
            assert!(leader.as_mut().poll(&mut context).is_pending());
            let mut follower = pin!(ada.who());
            assert!(follower.as_mut().poll(&mut context).is_pending());
            drop(leader);
            gate.open();
            assert_eq!(follower.await.as_deref(), Some("ada"));
        }
        assert_eq!(world.store.take_calls(), [Verb::Load]);
        // With nobody left the read ends, and the next request makes its own.
        world.clock.advance(STALENESS);
        let gate = world.store.hold(Verb::Load, when);
        let mut last = Box::pin(ada.who());
        assert!(
            last.as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
        drop(last);
        assert_eq!(ada.who().await.as_deref(), Some("ada"));
        gate.open();
        assert_eq!(world.store.take_calls(), [Verb::Load; 2]);
        ada.request().log_out().await.unwrap();
    }
}

/// A request that began a read and is not looked after any more strands nobody either.
async fn s42_a_sleeping_leader_strands_nobody(world: World) {
    let ada = signed_in(&world, &instance(&world)).await;
    let gate = world.store.hold(Verb::Load, When::Before);
    let mut leader = pin!(ada.who());
    let mut context = Context::from_waker(Waker::noop());
    assert!(leader.as_mut().poll(&mut context).is_pending());
    gate.open();
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
    assert_eq!(leader.await.as_deref(), Some("ada"));
    assert_eq!(world.store.take_calls(), [Verb::Load]);
}

/// A read that fails is an error of all who waited for it, and of nobody after them.
async fn s42_a_failed_read_is_not_remembered(world: World) {
    let ada = signed_in(&world, &instance(&world)).await;
    for when in SIDES {
        world.clock.advance(STALENESS);
        let gate = world.store.hold(Verb::Load, when);
        world.store.fail(Verb::Load, when);
        let open = async {
            gate.reached().await;
            gate.open();
        };
        let requests = (0..5).map(|_| async { ada.request().principal().await });
        let (errors, ()) = join(join_all(requests), open).await;
        for error in errors {
            assert_eq!(error.unwrap_err().kind(), SessionErrorKind::Store);
        }
        assert_eq!(world.store.take_calls(), [Verb::Load]);
        assert_eq!(ada.who().await.as_deref(), Some("ada"));
        world.store.take_calls();
    }
    // What is in memory is answered although the store is down; what is not is an error.
    world.store.set_down(true);
    assert_eq!(ada.who().await.as_deref(), Some("ada"));
    world.clock.advance(STALENESS);
    assert!(ada.request().principal().await.is_err());
}

/// A read in which the store panics makes those who waited for it ask for themselves.
async fn s42_a_panicking_read_strands_nobody(world: World) {
    let ada = signed_in(&world, &instance(&world)).await;
    for when in SIDES {
        world.clock.advance(STALENESS);
        let gate = world.store.hold(Verb::Load, when);
        world.store.panic(Verb::Load, when);
        let open = async {
            gate.reached().await;
            gate.open();
        };
        let (found, ()) = join(join_all((0..5).map(|_| ada.who())), open).await;
        assert!(found.iter().all(|name| name.as_deref() == Some("ada")));
        world.store.take_calls();
        assert_eq!(ada.who().await.as_deref(), Some("ada"));
        assert_eq!(world.store.take_calls(), [], "and the cache is in use");
    }
}

/// The cause of a shared error is kept for each.
async fn s42_a_shared_error_keeps_its_cause(world: World) {
    let store = cache(&world);
    world.store.fail(Verb::Load, When::Before);
    let key = digest(&crate::support::invented());
    let error: StoreError = store.load(&key, Renewal::Never, START).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    let shared = std::error::Error::source(&error).unwrap();
    let cause = shared.source().unwrap().downcast_ref::<StoreError>();
    assert_eq!(
        cause.map(StoreError::kind),
        Some(StoreErrorKind::Unavailable)
    );
}

/// A session in memory ends by its own limits there, to the millisecond.
async fn s42_limits_hold_in_memory(world: World) {
    let ada = signed_in(&world, &instance(&world)).await;
    let Lookup::Current { loaded, .. } = world.stored(&ada.token()).await else {
        panic!("it is there")
    };
    let store = cache(&world);
    let at = |time| store.load(&loaded.record.key, Renewal::Never, time);
    let end = START.after(IDLE);
    assert!(matches!(
        at(end.before(MILLI)).await.unwrap(),
        Lookup::Current { .. }
    ));
    world.store.take_calls();
    assert!(matches!(
        at(end.before(MILLI)).await.unwrap(),
        Lookup::Current { .. }
    ));
    assert_eq!(world.store.take_calls(), [], "it is in memory");
    assert_eq!(at(end).await.unwrap(), Lookup::Absent);
}

/// A session that was renewed elsewhere lives on here, although what is in memory would be over.
async fn s42_what_was_renewed_elsewhere_lives_on(world: World) {
    let ada = signed_in(&world, &instance(&world)).await;
    let key = digest(&ada.token());
    let (here, there) = (cache(&world), cache(&world));
    let end = START.after(IDLE);
    let read_at = end.before(STALENESS / 2);
    let found = here.load(&key, Renewal::Never, read_at).await.unwrap();
    assert!(matches!(found, Lookup::Current { .. }));
    let renewal = Renewal::IfSeenBy(START);
    let found = there.load(&key, renewal, end.before(MILLI)).await.unwrap();
    assert!(matches!(found, Lookup::Current { renewed: true, .. }));
    let found = here.load(&key, Renewal::Never, end).await.unwrap();
    assert!(matches!(found, Lookup::Current { .. }));
}

/// A store that answers with another user's record does not get it into memory.
async fn s42_a_lie_is_not_remembered(world: World) {
    let ada = world.signed_in("ada").await;
    world.signed_in("bob").await;
    let lie = Lie::Current(world.only_session("bob").await);
    let liar = Liar {
        below: Arc::new(world.store.clone()),
        lie,
    };
    let store = CachedStore::new(liar).with_staleness(STALENESS).unwrap();
    let lied_to = ada.at(&world.lifecycle_on(store, policy()));
    for _ in 0..3 {
        assert_eq!(lied_to.who().await, None);
        assert_eq!(world.events.take(), [Event::RecordRefused]);
    }
}

/// The old token of a rotation is good for its grace window and no longer, also in memory.
async fn s42_the_grace_window_is_the_store_s(world: World) {
    let mut ada = signed_in(&world, &instance(&world)).await;
    let old = ada.clone();
    assert_eq!(old.who().await.as_deref(), Some("ada"));
    let session = ada.request();
    session.rotate().await.unwrap();
    ada.finish(&session).await;
    world.events.take();
    for (wait, expected) in [(GRACE - MILLI, Some("ada")), (MILLI, None)] {
        world.clock.advance(wait);
        for _ in 0..3 {
            assert_eq!(old.who().await.as_deref(), expected);
        }
        assert_eq!(ada.who().await.as_deref(), Some("ada"));
    }
    assert_eq!(world.events.take().len(), 3, "each use tells");
}

/// On several threads, with as many log-outs as sessions: nobody is let in after a log-out.
async fn s42_a_log_out_wins_every_race(world: World) {
    let here = instance(&world);
    for _ in 0..100 {
        let ada = signed_in(&world, &here).await;
        let over = AtomicBool::new(false);
        together(4, async |index| {
            if index == 0 {
                ada.request().log_out().await.unwrap();
                over.store(true, Ordering::SeqCst);
                assert_eq!(ada.who().await, None);
                return;
            }
            loop {
                let was_over = over.load(Ordering::SeqCst);
                let is_out = ada.who().await.is_none();
                assert!(is_out || !was_over, "let in after the log-out");
                if is_out {
                    break;
                }
            }
            assert_eq!(ada.who().await, None, "and it stays so");
        });
        assert_eq!(ada.who().await, None);
    }
}

macro_rules! on_stores_without_a_cache {
    ($($rule:ident),+ $(,)?) => {
        on_store!(memory: $($rule),+);
        on_store!(sqlite: $($rule),+);
    };
}

on_stores_without_a_cache!(
    s42_what_is_known_costs_no_call,
    s42_a_change_elsewhere_is_seen_within_the_staleness,
    s42_what_is_not_there_is_not_remembered,
    s42_what_ends_here_is_over_here,
    s42_what_changes_here_is_read_here,
    s42_a_late_read_brings_nothing_back,
    s42_a_late_read_hides_no_change,
    s42_while_it_changes_the_store_answers,
    s42_a_new_key_is_found_at_once,
    s42_a_broken_log_out_leaves_nothing_behind,
    s42_concurrent_misses_make_one_read,
    s42_concurrent_misses_on_threads_make_one_read,
    s42_a_due_renewal_goes_to_the_store_once,
    s42_renewing_always_is_not_held_up,
    s42_a_dropped_leader_strands_nobody,
    s42_a_sleeping_leader_strands_nobody,
    s42_a_failed_read_is_not_remembered,
    s42_a_panicking_read_strands_nobody,
    s42_a_shared_error_keeps_its_cause,
    s42_limits_hold_in_memory,
    s42_a_lie_is_not_remembered,
    s42_what_was_renewed_elsewhere_lives_on,
    s42_the_grace_window_is_the_store_s,
    s42_a_log_out_wins_every_race,
);

/// Whoever uses a store through one cache cannot tell it from the store.
mod suite {
    use super::*;

    fn far() -> Probe {
        let store = Probe::new(Arc::new(MemoryStore::new()));
        store.set_slow(true);
        store
    }

    fn with(staleness: Duration, capacity: usize) -> CachedStore<Probe> {
        let store = CachedStore::new(far()).with_staleness(staleness).unwrap();
        store.with_capacity(capacity).unwrap()
    }

    mod by_default {
        use super::*;

        portcullis_testkit::session_store_suite!(async || CachedStore::new(far()));
    }

    mod for_long {
        use super::*;

        portcullis_testkit::session_store_suite!(async || with(STALENESS, 100_000));
    }

    mod in_little_room {
        use super::*;

        portcullis_testkit::session_store_suite!(async || with(STALENESS, 2));
    }

    mod without_memory {
        use super::*;

        portcullis_testkit::session_store_suite!(async || with(Duration::ZERO, 100));
    }
}
