//! A store that lies ends sessions or fails; it never makes one person another.

use std::num::NonZeroU32;
use std::sync::Arc;

use portcullis_core::{FrozenClock, StoreErrorKind, Token};
use portcullis_session::{
    DynSessionStore, Event, Lifecycle, Loaded, Lookup, Renewal, SessionErrorKind, SessionStore,
};
use portcullis_testkit::interleave::{Liar, Lie, block_on};

use crate::support::{Answer, Deed, Events, Ground, START, Said, headers, login, policy, subject};

const DEEDS: [Deed; 12] = [
    Deed::Read,
    Deed::Write,
    Deed::Count(1),
    Deed::Strictly(2),
    Deed::Unset,
    Deed::Rotate,
    Deed::StepUp,
    Deed::Remember,
    Deed::Everything,
    Deed::RevokeOthers,
    Deed::RevokeAll,
    Deed::LogOut,
];

fn lifecycle(store: impl SessionStore) -> Lifecycle {
    Lifecycle::new(store, policy()).with_clock(FrozenClock::new(START))
}

/// An honest store in which Ada and Bob are signed in.
struct World {
    honest: Arc<dyn DynSessionStore>,
    ada: String,
    bob: String,
}

impl World {
    fn new() -> Self {
        let honest = Ground::memory().store;
        let lifecycle = lifecycle(Arc::clone(&honest));
        let sign_in = |user: &str| {
            let session = lifecycle.session(&headers(&[]));
            let answer = async {
                session.log_in(login(user)).await.unwrap();
                Answer::end(&session, None, Ok(()), &Events::default()).await
            };
            block_on(answer).token().unwrap()
        };
        let (ada, bob) = (sign_in("ada"), sign_in("bob"));
        Self { honest, ada, bob }
    }

    /// What the honest store has under a token.
    fn stored(&self, token: &str) -> Loaded {
        let key = Token::parse(token.as_bytes()).unwrap().digest();
        let found = self.honest.load(&key, Renewal::Never, START);
        match block_on(found).unwrap() {
            Lookup::Current { loaded, .. } => loaded,
            other => panic!("{other:?}"),
        }
    }

    /// A request of Ada's browser to a service whose store tells this lie.
    fn request(&self, lie: Lie, deed: Deed) -> Answer {
        let store = Liar::new(Arc::clone(&self.honest), lie);
        self.on(store, deed)
    }

    fn on(&self, store: impl SessionStore, deed: Deed) -> Answer {
        let events = Events::default();
        let lifecycle = lifecycle(store).with_observer(events.clone());
        let session = lifecycle.session(&headers(&[&self.ada]));
        block_on(async {
            let who = session.principal().await.unwrap();
            let who = who.map(|it| it.subject().as_str().to_owned());
            let done = deed.act(&session, "").await.map_err(|error| error.kind());
            Answer::end(&session, who, done, &events).await
        })
    }

    /// Whom the honest store knows by a token.
    fn who(&self, token: &str) -> Option<String> {
        let session = lifecycle(Arc::clone(&self.honest)).session(&headers(&[token]));
        let principal = block_on(session.principal()).unwrap();
        principal.map(|it| it.subject().as_str().to_owned())
    }

    fn sessions(&self, user: &str) -> usize {
        let subject = subject(user);
        block_on(self.honest.list(&subject, START)).unwrap().len()
    }
}

/// Every lie that this world can be told, with a name for it.
fn lies(world: &World) -> Vec<(&'static str, Lie)> {
    let other = world.request(Lie::ListsForeign(Vec::new()), Deed::LogIn("ada"));
    let another = other.token().unwrap();
    let (bob, before) = (world.stored(&world.bob), world.stored(&another));
    vec![
        ("another user's", Lie::Another(bob.clone())),
        ("another key's", Lie::Another(before.clone())),
        ("expired", Lie::Expired),
        (
            "fails after writing",
            Lie::FailsAfterWriting(StoreErrorKind::Timeout),
        ),
        ("forgets writes", Lie::ForgetsWrites),
        ("lists others'", Lie::ListsForeign(vec![bob])),
        ("older", Lie::Older(before)),
        ("unreadable", Lie::Unreadable),
    ]
}

/// Whatever a request does, and whatever its store says: it is Ada's or nobody's, it fails by one of
/// the errors that are documented, and what its response gives signs nobody else in. Bob's session
/// is as it was.
#[test]
fn no_lie_makes_one_user_another() {
    for deed in DEEDS {
        let count = lies(&World::new()).len();
        for index in 0..count {
            let world = World::new();
            let (name, lie) = lies(&world).swap_remove(index);
            let answer = world.request(lie, deed);
            let seen = answer.who.as_deref();
            assert!(
                matches!(seen, None | Some("ada")),
                "{name}, {deed:?}: {seen:?}"
            );
            let known = [
                None,
                Some(SessionErrorKind::Conflict),
                Some(SessionErrorKind::NoSession),
                Some(SessionErrorKind::Store),
            ];
            assert!(
                known.contains(&answer.error),
                "{name}, {deed:?}: {:?}",
                answer.error
            );
            let given = answer.token().and_then(|token| world.who(&token));
            assert!(
                matches!(given.as_deref(), None | Some("ada")),
                "{name}, {deed:?}"
            );
            assert_eq!(
                world.who(&world.bob).as_deref(),
                Some("bob"),
                "{name}, {deed:?}"
            );
            assert_eq!(world.sessions("bob"), 1);
        }
    }
}

/// A record that does not fit the question is no session, and is told of.
#[test]
fn a_record_that_does_not_fit_is_refused() {
    let world = World::new();
    let bob = world.stored(&world.bob);
    for lie in [Lie::Another(bob), Lie::Unreadable] {
        let answer = world.request(lie, Deed::Read);
        assert_eq!(answer.who, None);
        assert_eq!(answer.events, [Event::RecordRefused]);
        assert_eq!(
            answer.said,
            Said::Nothing,
            "the cookie stays: the store may recover"
        );
    }
    assert_eq!(world.who(&world.ada).as_deref(), Some("ada"));
}

#[test]
fn s08_a_record_that_has_expired_is_no_session() {
    let world = World::new();
    let answer = world.request(Lie::Expired, Deed::Read);
    assert_eq!(answer.who, None);
    assert_eq!(world.who(&world.ada).as_deref(), Some("ada"));
}

/// A store that did it and says that it failed: whoever signs in or out is told so.
#[test]
fn s23_a_failed_write_is_told_and_a_log_out_clears_the_cookie() {
    for deed in [Deed::LogOut, Deed::LogIn("ada"), Deed::Write, Deed::Rotate] {
        let world = World::new();
        let lie = Lie::FailsAfterWriting(StoreErrorKind::Timeout);
        let answer = world.request(lie, deed);
        assert_eq!(answer.error, Some(SessionErrorKind::Store), "{deed:?}");
        assert_eq!(
            answer.token().filter(|it| *it != world.ada),
            None,
            "{deed:?}"
        );
        assert_eq!(answer.said == Said::Removal, deed == Deed::LogOut);
    }
}

/// A login that was not kept signs nobody in with the next request.
#[test]
fn a_login_that_was_not_kept_is_no_login() {
    let world = World::new();
    let answer = world.request(Lie::ForgetsWrites, Deed::LogIn("bob"));
    assert_eq!(world.who(&answer.token().unwrap()), None);
    assert_eq!(world.sessions("bob"), 1);
}

/// Sessions of others in a list are left out of it.
#[test]
fn a_list_has_no_sessions_of_others() {
    let world = World::new();
    let foreign = vec![world.stored(&world.bob)];
    let store = Liar::new(Arc::clone(&world.honest), Lie::ListsForeign(foreign));
    let lifecycle = lifecycle(store);
    let listed = block_on(lifecycle.list(&subject("ada"))).unwrap();
    assert_eq!(listed.len(), 1);
    let session = lifecycle.session(&headers(&[&world.ada]));
    let devices = block_on(session.devices()).unwrap();
    let own = world.stored(&world.ada).record.handle;
    assert_eq!(
        devices.iter().map(|it| it.handle()).collect::<Vec<_>>(),
        [own]
    );
    assert_eq!(block_on(lifecycle.purge(NonZeroU32::MAX)).unwrap(), 0);
}
