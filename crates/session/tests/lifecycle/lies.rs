//! A store that lies or breaks: nobody, or an error, but never somebody else.

use std::num::NonZeroU32;
use std::sync::Arc;

use portcullis_core::{Digest, StoreError, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, Event, Loaded, Lookup, Predecessor, Record, Remember, Renewal, Revoke,
    Rotated, Rotation, Session, SessionErrorKind, SessionStore, Updated,
};

use crate::support::{
    Browser, CART, GRACE, IDLE, Liar, Lie, MINUTE, Probe, Said, THEME, Verb, When, World, digest,
    finish, finish_with, login, on_every_store, policy, subject, who,
};

/// The same browser before a service whose store lies.
fn lied_to(world: &World, browser: &Browser, lie: Lie) -> Browser {
    let store = Liar {
        below: Arc::new(world.store.clone()),
        lie,
    };
    browser.at(&world.lifecycle_on(store, policy()))
}

fn with(loaded: &Loaded, change: impl FnOnce(&mut Record)) -> Loaded {
    let mut record = Record::clone(&loaded.record);
    change(&mut record);
    Loaded {
        record: record.into(),
        seen_at: loaded.seen_at,
    }
}

/// Nobody, and no cookie, whatever the request tries.
async fn nobody(world: &World, browser: &Browser, event: Option<Event>, what: &str) {
    let session = browser.request();
    assert_eq!(who(&session).await, None, "{what}");
    assert!(session.pending().await.unwrap().is_none(), "{what}");
    assert!(session.handle().await.unwrap().is_none(), "{what}");
    assert_eq!(session.value(THEME).await.unwrap(), None, "{what}");
    for refused in [
        session.rotate().await,
        session.revoke_all().await.map(|_| ()),
    ] {
        assert_eq!(
            refused.unwrap_err().kind(),
            SessionErrorKind::NoSession,
            "{what}"
        );
    }
    let answer = finish(&session).await;
    assert_eq!(answer.said(), Said::Nothing, "{what}");
    assert_eq!(
        world.events.take(),
        event.into_iter().collect::<Vec<_>>(),
        "{what}"
    );
}

/// Another user's record, in whatever guise, is refused, with an event.
async fn s08_another_s_record_is_nobody_s(world: World) {
    let ada = world.signed_in("ada").await;
    world.signed_in("bob").await;
    let own = world.only_session("ada").await;
    let bob = world.only_session("bob").await;
    let refused = Some(Event::RecordRefused);
    let grace_until = world.now().after(GRACE);
    let predecessor = |key| Some(Box::new(Predecessor { key, grace_until }));
    for lie in [
        Lie::Current(bob.clone()),
        Lie::Predecessor(bob.clone()),
        Lie::Predecessor(own.clone()),
        Lie::Predecessor(with(&bob, |record| {
            record.predecessor = predecessor(record.key)
        })),
        Lie::Current(with(&bob, |record| {
            record.predecessor = predecessor(own.record.key)
        })),
        Lie::Unreadable,
    ] {
        let what = format!("{lie:?}");
        nobody(&world, &lied_to(&world, &ada, lie), refused.clone(), &what).await;
    }
    assert_eq!(
        ada.who().await.as_deref(),
        Some("ada"),
        "the session itself is untouched"
    );
}

/// A record that is over is as good as none, however the store presents it.
async fn s08_an_expired_record_is_nobody_s(world: World) {
    let ada = world.signed_in("ada").await;
    let own = world.only_session("ada").await;
    let old = with(&own, |record| {
        let key = record.key;
        record.predecessor = Some(Box::new(Predecessor {
            key,
            grace_until: world.now().after(GRACE),
        }));
        record.key = digest(&crate::support::invented());
    });
    let over = with(&own, |record| record.lifetime.until = world.now());
    nobody(
        &world,
        &lied_to(&world, &ada, Lie::Current(over)),
        None,
        "the absolute limit",
    )
    .await;
    world.clock.advance(GRACE);
    let refused = Some(Event::RecordRefused);
    let after_grace = lied_to(&world, &ada, Lie::Predecessor(old));
    nobody(&world, &after_grace, refused, "the grace window").await;
    world.clock.advance(IDLE);
    nobody(
        &world,
        &lied_to(&world, &ada, Lie::Current(own)),
        None,
        "the idle limit",
    )
    .await;
}

/// An older version of one's own record is still one's own: who it is does not change, and what is
/// written is not written over what came later.
async fn s08_an_older_version_is_the_same_person(world: World) {
    let ada = world.signed_in("ada").await;
    let older = world.only_session("ada").await;
    let session = ada.request();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    finish(&session).await;
    let liar = lied_to(&world, &ada, Lie::Older(older));
    let session = liar.request();
    assert_eq!(who(&session).await.as_deref(), Some("ada"));
    assert_eq!(session.value(THEME).await.unwrap(), None);
    session.set_value(CART, &vec!["book".to_owned()]).unwrap();
    finish(&session).await;
    let session = ada.request();
    assert_eq!(session.value(THEME).await.unwrap().as_deref(), Some("dark"));
    assert!(session.value(CART).await.unwrap().is_some());
}

/// A request that has its session, and hears of another one when it writes, rotates or lists, does
/// not become that one.
async fn s08_a_write_that_answers_with_another_s_record_is_refused(world: World) {
    let ada = world.signed_in("ada").await;
    world.signed_in("bob").await;
    let bob = world.only_session("bob").await;
    for lie in [bob.clone(), with(&bob, |record| record.version += 7)] {
        // The truth is told while the session is read, and the lie after that.
        let session = turned(&world, &ada, lie).await;
        session.set_value(THEME, &"dark".to_owned()).unwrap();
        let rotated = session.rotate().await;
        assert_eq!(rotated.unwrap_err().kind(), SessionErrorKind::Store);
        let remembered = session.set_remember(Remember::Browser).await;
        assert_eq!(remembered.unwrap_err().kind(), SessionErrorKind::Store);
        assert_eq!(who(&session).await.as_deref(), Some("ada"));
        let devices = session.devices().await.unwrap();
        assert_eq!(devices.len(), 1, "bob's session is not in ada's list");
        let (answer, committed) = finish_with(&session, Default::default()).await;
        assert_eq!(committed.unwrap_err().kind(), SessionErrorKind::Store);
        assert_eq!(answer.token(), None);
        assert!(world.events.take().contains(&Event::RecordRefused));
    }
    assert_eq!(world.only_session("bob").await, bob);
}

/// A session that was read while its store still told the truth.
async fn turned(world: &World, browser: &Browser, lie: Loaded) -> Session {
    let store = Turncoat::new(world, lie);
    let session = browser.at(&world.lifecycle_on(store, policy())).request();
    assert_eq!(who(&session).await.as_deref(), Some("ada"));
    session
}

/// A rotation that answers with the record of another session, under the very token that was made,
/// is not believed either: not another user's, and not another one of the same user.
async fn s08_a_rotation_into_another_session_is_refused(world: World) {
    let ada = world.signed_in("ada").await;
    world.signed_in("bob").await;
    let bob = world.only_session("bob").await;
    let mut other = Record::clone(&world.only_session("ada").await.record);
    other.handle = bob.record.handle;
    let other = Loaded {
        record: other.into(),
        seen_at: bob.seen_at,
    };
    for lie in [bob, other] {
        let store = Turncoat {
            obeys: true,
            ..Turncoat::new(&world, lie)
        };
        let session = ada.at(&world.lifecycle_on(store, policy())).request();
        let error = session.rotate().await.unwrap_err();
        assert_eq!(error.kind(), SessionErrorKind::Store);
        assert_eq!(who(&session).await.as_deref(), Some("ada"));
        assert_eq!(finish(&session).await.token(), None);
        assert_eq!(world.events.take(), [Event::RecordRefused]);
    }
}

/// Reads the truth, and lies when it is to change something.
struct Turncoat {
    truth: Probe,
    liar: Liar,
    record: Loaded,
    /// Whether the lie at least has the new key.
    obeys: bool,
}

impl Turncoat {
    fn new(world: &World, record: Loaded) -> Self {
        let lie = Lie::Current(record.clone());
        let liar = Liar {
            below: Arc::new(world.store.clone()),
            lie,
        };
        Self {
            truth: world.store.clone(),
            liar,
            record,
            obeys: false,
        }
    }
}

impl SessionStore for Turncoat {
    async fn create(
        &self,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        self.truth.create(record, replaces, cap, now).await
    }

    async fn load(
        &self,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        self.truth.load(key, renewal, now).await
    }

    async fn update(
        &self,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        self.liar.update(key, expected, change, now).await
    }

    async fn rotate(
        &self,
        key: &Digest,
        rotation: Rotation,
        now: Timestamp,
    ) -> Result<Rotated, StoreError> {
        if self.obeys {
            let answer = with(&self.record, |record| record.key = rotation.new_key);
            return Ok(Rotated::Done(answer));
        }
        self.liar.rotate(key, rotation, now).await
    }

    async fn delete(&self, key: &Digest, now: Timestamp) -> Result<bool, StoreError> {
        self.truth.delete(key, now).await
    }

    async fn list(&self, subject: &SubjectId, now: Timestamp) -> Result<Vec<Loaded>, StoreError> {
        self.liar.list(subject, now).await
    }

    async fn revoke(
        &self,
        subject: &SubjectId,
        which: Revoke,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.truth.revoke(subject, which, now).await
    }

    async fn purge(&self, limit: NonZeroU32, now: Timestamp) -> Result<u32, StoreError> {
        self.truth.purge(limit, now).await
    }
}

/// A store that reports success for what it does not do leaves nobody signed in as anybody else.
async fn s08_success_without_the_deed_makes_nobody_somebody(world: World) {
    let ada = world.signed_in("ada").await;
    let liar = || lied_to(&world, &ada, Lie::Flattery);

    let mut browser = liar();
    browser.log_in(login("eve")).await;
    assert_eq!(browser.who().await, None, "the login is lost");
    assert_eq!(ada.who().await.as_deref(), Some("ada"));

    let mut browser = liar();
    let session = browser.request();
    session.rotate().await.unwrap();
    assert_eq!(who(&session).await.as_deref(), Some("ada"));
    browser.finish(&session).await;
    assert_eq!(browser.who().await, None, "the new token was never stored");

    let session = liar().request();
    session.set_value(THEME, &"dark".to_owned()).unwrap();
    assert_eq!(finish(&session).await.said(), Said::Nothing);
    assert_eq!(who(&session).await.as_deref(), Some("ada"));

    let mut browser = liar();
    let session = browser.request();
    session.log_out().await.unwrap();
    assert_eq!(who(&session).await, None);
    browser.finish(&session).await;
    assert_eq!(browser.cookie, None, "the browser at least forgets");
}

/// An error after the deed is an error: nobody is signed in by it who was not, and what was done
/// is whole.
async fn s08_an_error_after_the_deed_is_an_error(world: World) {
    for verb in [
        Verb::Load,
        Verb::Create,
        Verb::Rotate,
        Verb::Update,
        Verb::Delete,
        Verb::Revoke,
    ] {
        world.clock.advance(MINUTE);
        let mut ada = world.signed_in("ada").await;
        let session = ada.request();
        if verb != Verb::Load {
            assert_eq!(who(&session).await.as_deref(), Some("ada"));
        }
        world.store.fail(verb, When::After);
        let failed = match verb {
            Verb::Create => session.log_in(login("bob")).await,
            Verb::Rotate => session.rotate().await,
            Verb::Delete => session.log_out().await,
            Verb::Revoke => session.revoke_all().await.map(|_| ()),
            Verb::Load => session.principal().await.map(|_| ()),
            _ => {
                session.set_value(THEME, &"dark".to_owned()).unwrap();
                session.commit().await
            }
        };
        assert_eq!(
            failed.unwrap_err().kind(),
            SessionErrorKind::Store,
            "{verb:?}"
        );
        assert_ne!(who(&session).await.as_deref(), Some("bob"), "{verb:?}");
        let (answer, _) = finish_with(&session, Default::default()).await;
        assert_eq!(answer.token(), None, "{verb:?}");
        ada.take(&answer);
        let expected = matches!(verb, Verb::Load | Verb::Rotate | Verb::Update).then_some("ada");
        assert_eq!(ada.who().await.as_deref(), expected, "{verb:?}");
        assert!(world.sessions("ada").await.len() <= 1, "{verb:?}");
        for name in ["ada", "bob"] {
            ada.lifecycle
                .revoke(&subject(name), Revoke::All)
                .await
                .unwrap();
        }
    }
}

on_every_store!(
    s08_another_s_record_is_nobody_s,
    s08_an_expired_record_is_nobody_s,
    s08_an_older_version_is_the_same_person,
    s08_a_write_that_answers_with_another_s_record_is_refused,
    s08_a_rotation_into_another_session_is_refused,
    s08_success_without_the_deed_makes_nobody_somebody,
    s08_an_error_after_the_deed_is_an_error,
);
