use std::sync::Arc;

use http::header::{COOKIE as COOKIES, HeaderMap, HeaderValue, SET_COOKIE};
use portcullis_cookie::CookiePolicy;
use portcullis_core::{
    Authentication, Digest, FrozenClock, Level, Method, Random, SubjectId, Timestamp,
};
use portcullis_session::{
    CachedStore, Data, DynSessionStore, Handle, Lifecycle, Lifetime, Login, Persistence, Record,
    SessionPolicy, SessionStore, Standing, User,
};
use portcullis_tests::{SIGNED_IN_AT, Store, StoreKind};

/// When the clocks stand.
pub(crate) const START: Timestamp = SIGNED_IN_AT;

/// The name of the session cookie.
pub(crate) const COOKIE: &str = "__Host-session";

/// A kind of store, new and empty.
pub(crate) struct Ground {
    pub(crate) name: &'static str,
    pub(crate) store: Arc<dyn DynSessionStore>,
    /// Keeps the store's file.
    _bare: Store,
}

/// One store of each kind.
pub(crate) fn grounds() -> [Ground; 3] {
    let cached = Store::new(StoreKind::Memory);
    [
        Ground::bare("memory", StoreKind::Memory),
        Ground::bare("sqlite", StoreKind::Sqlite),
        Ground {
            name: "cached",
            store: Arc::new(CachedStore::new(Arc::clone(&cached.sessions))),
            _bare: cached,
        },
    ]
}

impl Ground {
    fn bare(name: &'static str, kind: StoreKind) -> Self {
        let bare = Store::new(kind);
        Self {
            name,
            store: Arc::clone(&bare.sessions),
            _bare: bare,
        }
    }
}

fn policy() -> SessionPolicy {
    let cookie = CookiePolicy::host("session").build();
    SessionPolicy::new(cookie.expect("a policy"))
}

/// A lifecycle whose clock stands still.
pub(crate) fn lifecycle(store: impl SessionStore) -> Lifecycle {
    Lifecycle::new(store, policy()).with_clock(FrozenClock::new(START))
}

pub(crate) fn subject(user: &str) -> SubjectId {
    SubjectId::new(user).expect("a subject")
}

fn authentication() -> Authentication {
    Authentication {
        at: START,
        method: Method::GITHUB,
        level: Level::Single,
    }
}

pub(crate) fn login(user: &str) -> Login {
    Login::new(subject(user), authentication())
}

/// A record of a user under a key.
pub(crate) fn record(key: Digest, user: &str) -> Record {
    let user = User {
        subject: subject(user),
        authentication: authentication(),
        stamp: None,
    };
    Record {
        key,
        handle: Handle::generate(&Random::system()).expect("random bytes"),
        standing: Standing::User(user),
        created_at: START,
        lifetime: Lifetime {
            idle_secs: 86_400,
            until: Timestamp::from_secs(1_800_000_000),
            persistence: Persistence::Persistent,
        },
        predecessor: None,
        version: 0,
        data: Data::default(),
    }
}

/// Headers with these lines of `Cookie`.
pub(crate) fn headers<L: AsRef<[u8]>>(lines: &[L]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        let line = HeaderValue::from_bytes(line.as_ref());
        headers.append(COOKIES, line.expect("bytes of a header"));
    }
    headers
}

/// The value of the session cookie that an answer sets; empty if it removes it.
fn token(headers: &HeaderMap) -> Option<String> {
    let line = headers.get_all(SET_COOKIE).iter().next()?;
    let line = line.to_str().expect("visible ASCII");
    let value = line.strip_prefix(COOKIE)?.strip_prefix('=')?;
    value.split(';').next().map(str::to_owned)
}

/// Signs a user in; gives the token.
pub(crate) async fn sign_in(lifecycle: &Lifecycle, user: &str) -> String {
    let session = lifecycle.session(&HeaderMap::new());
    session.log_in(login(user)).await.expect("a login");
    let mut answer = HeaderMap::new();
    session.commit().await.expect("nothing to write");
    session.finish(&mut answer);
    token(&answer).expect("a cookie")
}

/// Whose request this is.
pub(crate) async fn who(lifecycle: &Lifecycle, headers: &HeaderMap) -> Option<String> {
    let user = lifecycle.session(headers).principal().await;
    let user = user.expect("the store answers");
    user.map(|user| user.subject().as_str().to_owned())
}
