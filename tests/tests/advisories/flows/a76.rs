//! GHSA-8fpg-xm3f-6cx3, CVE-2025-61928: an error that looked like a session, and a session that was
//! missing and made up for by the request's body.

use std::num::NonZeroU32;
use std::sync::Arc;

use http::{Request, StatusCode};
use portcullis_core::{Digest, StoreError, StoreErrorKind, SubjectId, Timestamp};
use portcullis_session::{
    Change, Created, DynSessionStore, Lifecycle, Loaded, Lookup, Record, Renewal, Revoke, Rotated,
    Rotation, SessionStore, Updated,
};
use portcullis_testkit::github::{Endpoint, Fault, Times};
use portcullis_testkit::interleave::{Liar, Lie};
use portcullis_tests::{Ask, Masker, Site, SiteSetup, Store, StoreKind};
use portcullis_tower::{AuthenticateLayer, RequireLayer};
use serde_json::json;
use tower::{Layer, ServiceExt};

use super::support::{ALICE, Guarded, cookie_of, lifecycle, on_every_store};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ill {
    /// The store gives the session of somebody else.
    AnothersSession,
    /// The store says that its data are damaged.
    Corrupt,
    /// The store gives a session that has just expired.
    Expired,
    /// There is no layer that finds out who it is.
    NoAuthentication,
    /// There is no layer for sessions.
    NoSessions,
    /// The store takes too long.
    TimedOut,
    /// The store gives something that cannot be read.
    Unreadable,
    /// The store is not there.
    Unavailable,
}

impl Ill {
    const ALL: [Self; 8] = [
        Self::AnothersSession,
        Self::Corrupt,
        Self::Expired,
        Self::NoAuthentication,
        Self::NoSessions,
        Self::TimedOut,
        Self::Unreadable,
        Self::Unavailable,
    ];
}

/// What came of a request of somebody who is signed in.
struct Outcome {
    status: u16,
    reached: usize,
}

async fn check(ask: impl AsyncFn(Option<Ill>) -> Outcome) {
    for ill in Ill::ALL {
        let Outcome { status, reached } = ask(Some(ill)).await;
        assert_eq!(reached, 0, "{ill:?}: a request reaches the handler");
        assert!([401, 500, 503].contains(&status), "{ill:?}: {status}");
    }
    assert_eq!(ask(None).await.reached, 1, "nothing is wrong");
}

/// A store of which every verb fails.
struct Failing(StoreErrorKind);

macro_rules! failing {
    ($($verb:ident($($type:ty),*) -> $answer:ty;)+) => {
        impl SessionStore for Failing {
            $(async fn $verb(&self, $(_: $type),*) -> Result<$answer, StoreError> {
                Err(StoreError::new(self.0))
            })+
        }
    };
}

failing! {
    create(Record, Option<&Digest>, Option<NonZeroU32>, Timestamp) -> Created;
    load(&Digest, Renewal, Timestamp) -> Lookup;
    update(&Digest, u64, Change, Timestamp) -> Updated;
    rotate(&Digest, Rotation, Timestamp) -> Rotated;
    delete(&Digest, Timestamp) -> bool;
    list(&SubjectId, Timestamp) -> Vec<Loaded>;
    revoke(&SubjectId, Revoke, Timestamp) -> u64;
    purge(NonZeroU32, Timestamp) -> u32;
}

/// A session of somebody else in the same store.
async fn anothers(store: &Arc<dyn DynSessionStore>) -> Loaded {
    cookie_of(&lifecycle(store.clone()), "usr_2").await;
    let user = SubjectId::new("usr_2").unwrap();
    let listed = lifecycle(store.clone()).list(&user).await.unwrap();
    listed.last().unwrap().clone()
}

async fn spoiled(store: &Arc<dyn DynSessionStore>, ill: Ill) -> Lifecycle {
    let lie = match ill {
        Ill::AnothersSession => Lie::Another(anothers(store).await),
        Ill::Expired => Lie::Expired,
        Ill::Unreadable => Lie::Unreadable,
        Ill::Corrupt => return lifecycle(Failing(StoreErrorKind::Corrupt)),
        Ill::TimedOut => return lifecycle(Failing(StoreErrorKind::Timeout)),
        Ill::Unavailable => return lifecycle(Failing(StoreErrorKind::Unavailable)),
        Ill::NoAuthentication | Ill::NoSessions => return lifecycle(store.clone()),
    };
    lifecycle(Liar::new(store.clone(), lie))
}

async fn a76_no_fault_of_what_is_needed_lets_anybody_in(kind: StoreKind) {
    let store = Store::new(kind).sessions;
    let sound = lifecycle(store.clone());
    let cookie = cookie_of(&sound, "usr_1").await;
    check(async |ill: Option<Ill>| {
        let guarded = Guarded::default();
        let request = Request::get("/").header("cookie", &cookie);
        let request = request.body(String::new()).unwrap();
        let handler = RequireLayer::signed_in().layer(guarded.handler());
        let status = match ill {
            None => guarded.ask(&sound, request).await,
            Some(Ill::NoAuthentication) => {
                handler.oneshot(request).await.unwrap().status().as_u16()
            }
            Some(Ill::NoSessions) => {
                let service = AuthenticateLayer::new().layer(handler);
                service.oneshot(request).await.unwrap().status().as_u16()
            }
            Some(ill) => guarded.ask(&spoiled(&store, ill).await, request).await,
        };
        Outcome {
            status,
            reached: guarded.reached(),
        }
    })
    .await;
}

/// Nothing in a request stands for a session that is not there.
async fn a76_no_body_query_or_header_makes_up_for_a_session(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    let id = alice.get("/api/v1/me").await.json()["user"]["id"].clone();
    let id = id.as_str().unwrap();
    let body = json!({
        "name": "agent", "userId": id, "user_id": id, "user": { "id": id }, "session": { "user": id },
        "auth": null, "authenticated": true, "role": "admin", "__proto__": { "user": id },
    });
    let stranger = masker.browser();
    for path in ["/api/v1/agents", "/api/v1/auth/logout-all"] {
        let path = format!("{path}?user_id={id}&session={id}&auth=none");
        let ask = Ask::post(&path).with("x-user-id", id).with("x-session", id);
        let answer = stranger.ask(ask.json(&body)).await;
        assert_eq!(
            answer.refusal(),
            (401, "unauthenticated".to_owned()),
            "{path}"
        );
    }
    let listed = alice.get("/api/v1/agents").await.json();
    assert_eq!(listed["data"], json!([]));
}

/// Whatever goes wrong between us and the provider, nobody is signed in by it.
async fn a76_no_fault_of_the_provider_signs_anybody_in(kind: StoreKind) {
    let setup = SiteSetup::new(kind).with_config(|config| config.with_verified_email_required());
    let site = setup.start().await;
    for endpoint in [Endpoint::Token, Endpoint::User, Endpoint::Emails] {
        for fault in [
            Fault::Close,
            Fault::CutOff,
            Fault::EmptyBody,
            Fault::Html,
            Fault::InvalidUtf8,
            Fault::Truncate,
            Fault::OauthError("server_error".to_owned()),
            Fault::Status(StatusCode::NOT_FOUND),
            Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
        ] {
            let what = format!("{endpoint:?} {fault:?}");
            // Each is tried again at most twice; and the circuit is not what refuses.
            site.fault(endpoint, fault, Times::Always);
            let browser = site.browser();
            let callback = browser.callback(Site::START, &site.github, ALICE).await;
            let answer = browser.get(&callback).await;
            assert!(answer.status.as_u16() >= 400, "{what}: {}", answer.status);
            assert_eq!(browser.get("/me").await.status, 401, "{what}");
            assert_eq!(site.sessions_of("usr_1001").await, 0, "{what}");
            site.github.faults().clear_all();
            site.clock.advance(std::time::Duration::from_secs(60));
            let sound = site.signed_in(ALICE).await;
            sound.post("/logout").await;
        }
    }
}

on_every_store!(
    a76_no_fault_of_what_is_needed_lets_anybody_in,
    a76_no_body_query_or_header_makes_up_for_a_session,
    a76_no_fault_of_the_provider_signs_anybody_in,
);

/// Nobody but the verifier makes what a handler takes for proof.
#[test]
fn a76_proof_has_one_maker() {
    let path = portcullis_tests::workspace().join("crates/tower/src/authenticate/mod.rs");
    let source = std::fs::read_to_string(path).unwrap();
    assert!(source.contains("pub struct Authenticated<P = Principal>(P);"));
    assert!(source.contains("pub(crate) const fn new(principal: P) -> Self"));
    assert!(source.contains("/// ```compile_fail"));
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    /// What a look at the store gives: whose session it is, if it is anybody's.
    fn look(ill: Option<Ill>) -> Result<Option<&'static str>, ()> {
        match ill {
            None | Some(Ill::AnothersSession | Ill::Expired) => Ok(Some("usr_1")),
            Some(Ill::Unreadable | Ill::NoSessions) => Ok(None),
            Some(_) => Err(()),
        }
    }

    async fn is_caught(
        name: &'static str,
        lets_in: fn(Option<Ill>, Result<Option<&str>, ()>) -> bool,
        says: &'static str,
    ) {
        let test = "a76_no_fault_of_what_is_needed_lets_anybody_in";
        let ask = async |ill: Option<Ill>| {
            let reached = usize::from(lets_in(ill, look(ill)));
            let status = if reached == 1 { 200 } else { 401 };
            Outcome { status, reached }
        };
        Twin::new(name, test, says)
            .is_caught_async(check(ask))
            .await;
    }

    #[tokio::test]
    async fn errors_are_sessions() {
        let lets_in = |ill: Option<Ill>, looked: Result<Option<&str>, ()>| {
            let lied = matches!(ill, Some(Ill::AnothersSession | Ill::Expired));
            !lied && looked.map_or(true, |user| user.is_some())
        };
        let says = "Corrupt: a request reaches the handler";
        is_caught("a76 ErrorsAreSessions", lets_in, says).await;
    }

    #[tokio::test]
    async fn answers_are_believed() {
        let lets_in = |_: Option<Ill>, looked: Result<Option<&str>, ()>| {
            looked.is_ok_and(|user| user.is_some())
        };
        let says = "AnothersSession: a request reaches the handler";
        is_caught("a76 AnswersAreBelieved", lets_in, says).await;
    }

    /// Where nobody was asked who it is, nobody refuses.
    #[tokio::test]
    async fn checks_that_did_not_run() {
        let lets_in = |ill: Option<Ill>, looked: Result<Option<&str>, ()>| {
            let lied = matches!(ill, Some(Ill::AnothersSession | Ill::Expired));
            let is_known = looked.is_ok_and(|user| user.is_some()) && !lied;
            is_known || ill == Some(Ill::NoAuthentication)
        };
        let says = "NoAuthentication: a request reaches the handler";
        is_caught("a76 ChecksThatDidNotRun", lets_in, says).await;
    }
}
