use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use portcullis_cookie::CookiePolicy;
use portcullis_core::{
    Authentication, Clock as _, Digest, FrozenClock, Level, Method, StoreError, SubjectId,
    Timestamp,
};
use portcullis_session::{
    Accounts, Change, Created, Key, Lifecycle, Login, Lookup, Record, Renewal, Session,
    SessionPolicy, SessionStore as _, Stamp, Updated,
};

use super::{Account, Ask, Below, Deed, Door, Fault, Faulty, Ground, Reply, Said};

pub(crate) const START: Timestamp = Timestamp::from_secs(1_800_000_000);

const VALUE: Key<String> = Key::new("value");

/// Our own sessions, on some store.
pub(crate) struct Ours {
    pub(crate) ground: Ground,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) clock: FrozenClock,
    pub(crate) book: Book,
    calls: Arc<AtomicUsize>,
}

impl Ours {
    /// One on each kind of store.
    pub(crate) fn all() -> [Self; 3] {
        Ground::all().map(|ground| Self::on(ground, policy()))
    }

    pub(crate) fn on(ground: Ground, policy: SessionPolicy) -> Self {
        let store = Arc::clone(&ground.store);
        Self::by_way_of(ground, store, policy)
    }

    /// On a store that is reached by another one.
    pub(crate) fn by_way_of(ground: Ground, store: Below, policy: SessionPolicy) -> Self {
        println!("on {}", ground.name);
        let (clock, book, calls) = (FrozenClock::new(START), Book::default(), Arc::default());
        let fault = Counting(Arc::clone(&calls));
        let below = store;
        let lifecycle = Lifecycle::new(Faulty { below, fault }, policy)
            .with_clock(clock.clone())
            .with_accounts(book.clone());
        Self {
            ground,
            lifecycle,
            clock,
            book,
            calls,
        }
    }

    async fn act(&self, session: &Session, deed: Deed) -> Option<String> {
        let who = match deed {
            Deed::Look | Deed::LookAndLogOut => session.principal().await.expect("the store"),
            _ => None,
        };
        match deed {
            Deed::Look => {}
            Deed::Write => {
                session
                    .set_value(VALUE, &"dark".to_owned())
                    .expect("a value");
            }
            Deed::LogIn(user) => {
                let login = login(user).with_stamp(self.book.stamp(user));
                session.log_in(login).await.expect("a login");
            }
            Deed::LogOut | Deed::LookAndLogOut => session.log_out().await.expect("a log-out"),
        }
        who.map(|it| it.subject().as_str().to_owned())
    }
}

impl Ask for Ours {
    async fn ask(&self, cookies: &str, deed: Deed) -> Reply {
        let session = self.lifecycle.session(&headers(cookies));
        let who = self.act(&session, deed).await;
        reply(&session, who).await
    }
}

impl Door for Ours {
    fn rows(&self) -> usize {
        self.ground.rows()
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn pass(&self, time: Duration) {
        self.clock.set(self.clock.now().after(time));
    }

    fn account(&self, user: &str, account: Account) {
        let mut book = self.book.0.lock().expect("nobody panicked");
        book.accounts.insert(user.to_owned(), account);
    }
}

/// Ends a request as the layer does.
pub(crate) async fn reply(session: &Session, who: Option<String>) -> Reply {
    session.commit().await.expect("a commit");
    let mut head = HeaderMap::new();
    session.finish(&mut head);
    let lines: Vec<&str> = head
        .get_all(SET_COOKIE)
        .iter()
        .map(|line| line.to_str().expect("visible"))
        .collect();
    assert!(lines.len() <= 1, "the cookie is set once");
    let value = lines.first().and_then(|line| line.split([';', '=']).nth(1));
    let said = match value {
        None => Said::Nothing,
        Some("") => Said::Removal,
        Some(token) => Said::Token(token.to_owned()),
    };
    Reply { who, said }
}

/// How accounts stand; who is not in it has an open one.
#[derive(Clone, Default)]
pub(crate) struct Book(Arc<Mutex<Pages>>);

#[derive(Default)]
struct Pages {
    accounts: BTreeMap<String, Account>,
    asked: usize,
}

impl Book {
    fn find(&self, user: &str) -> Account {
        let pages = self.0.lock().expect("nobody panicked");
        *pages.accounts.get(user).unwrap_or(&Account::Open(0))
    }

    /// What a login of the user bears: of a closed account, what it bore last.
    fn stamp(&self, user: &str) -> Stamp {
        match self.find(user) {
            Account::Open(stamp) => self::stamp(stamp),
            Account::Closed => self::stamp(0),
        }
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.0.lock().expect("nobody panicked").asked
    }
}

fn stamp(stamp: u8) -> Stamp {
    Stamp::new(&[stamp]).expect("not empty")
}

type Answer = Result<portcullis_session::Account, StoreError>;

impl Accounts for Book {
    fn account<'a, 'b, 'c>(
        &'a self,
        subject: &'b SubjectId,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
    {
        self.0.lock().expect("nobody panicked").asked += 1;
        let account = match self.find(subject.as_str()) {
            Account::Open(now) => portcullis_session::Account::Active(Some(stamp(now))),
            Account::Closed => portcullis_session::Account::Closed,
        };
        Box::pin(async { Ok(account) })
    }
}

/// No fault: counts the calls of requests.
struct Counting(Arc<AtomicUsize>);

impl Counting {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Fault for Counting {
    async fn create(
        &self,
        below: &Below,
        record: Record,
        replaces: Option<&Digest>,
        cap: Option<std::num::NonZeroU32>,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        self.count();
        below.create(record, replaces, cap, now).await
    }

    async fn load(
        &self,
        below: &Below,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        self.count();
        below.load(key, renewal, now).await
    }

    fn try_load(
        &self,
        below: &Below,
        key: &Digest,
        renewal: Renewal,
        now: Timestamp,
    ) -> Option<Result<Lookup, StoreError>> {
        let answer = below.try_load(key, renewal, now);
        answer.inspect(|_| self.count())
    }

    async fn update(
        &self,
        below: &Below,
        key: &Digest,
        expected: u64,
        change: Change,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        self.count();
        below.update(key, expected, change, now).await
    }

    async fn delete(
        &self,
        below: &Below,
        key: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.count();
        below.delete(key, now).await
    }
}

/// The head of a request with this `Cookie` line, empty for none.
pub(crate) fn headers(cookies: &str) -> HeaderMap {
    let line = HeaderValue::from_bytes(cookies.as_bytes()).expect("a header value");
    HeaderMap::from_iter((!cookies.is_empty()).then_some((COOKIE, line)))
}

/// The defaults, with a cookie of our name.
pub(crate) fn policy() -> SessionPolicy {
    SessionPolicy::new(CookiePolicy::host("session").build().expect("a policy"))
}

pub(crate) fn subject(name: &str) -> SubjectId {
    SubjectId::new(name).expect("a subject")
}

pub(crate) fn login(name: &str) -> Login {
    let (at, level) = (START, Level::Single);
    let method = Method::new("pwd").expect("a method");
    Login::new(subject(name), Authentication { at, method, level })
}
