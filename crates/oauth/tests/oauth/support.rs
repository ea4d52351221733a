//! A scripted GitHub, a browser's cookie jar, a mark store, and what ties them to an engine.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue, Request, Response};
use portcullis_cookie::{KeyRing, SealKey};
use portcullis_core::{
    Clock, Digest, FrozenClock, Mark, MarkStore, Random, Refusal, Secret, StoreError,
    StoreErrorKind, SubjectId, Timestamp,
};
use portcullis_oauth::{
    CallbackFacts, CallbackOutcome, Completed, GithubConfig, GithubConfigBuilder, GithubSignIn,
    HttpClient, HttpError, HttpErrorKind, Intent, Limits, LiveSession, OauthEvent, StartFacts,
    Started,
};
use url::Url;

pub(crate) const START: Timestamp = Timestamp::from_secs(1_700_000_000);
pub(crate) const SECRET: &str = "canary-client-secret";
pub(crate) const TOKEN: &str = "gho_canaryToken";
pub(crate) const CODE: &str = "canary-code";
pub(crate) const REDIRECT: &str = "https://app.example/auth/callback";
pub(crate) const ISSUER: &str = "https://github.com/login/oauth";

pub(crate) const TOKEN_PATH: &str = "/login/oauth/access_token";
pub(crate) const REVOKE_PATH: &str = "/applications/client/token";

pub(crate) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// What the scripted GitHub does to one call.
#[derive(Clone)]
pub(crate) enum Reply {
    Answer(Response<Bytes>),
    Fail(HttpErrorKind),
    /// Takes this long by the frozen clock, then does the other.
    After(Duration, Box<Reply>),
    /// Never answers.
    Hang,
}

impl Reply {
    pub(crate) fn json(body: &str) -> Self {
        Self::with(
            200,
            &[("content-type", "application/json; charset=utf-8")],
            body,
        )
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::with(status, &[("content-type", "text/html")], "<html>")
    }

    pub(crate) fn with(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let mut answer = Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        Self::Answer(answer.body(Bytes::from(body.to_owned())).unwrap())
    }

    pub(crate) fn token(scope: &str) -> Self {
        Self::json(&format!(
            r#"{{"access_token":"{TOKEN}","token_type":"bearer","scope":"{scope}"}}"#
        ))
    }
}

/// One call that arrived.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) request: Request<Bytes>,
    pub(crate) limits: Limits,
}

impl Call {
    pub(crate) fn path(&self) -> &str {
        self.request.uri().path()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.request.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn form(&self) -> HashMap<String, String> {
        url::form_urlencoded::parse(self.request.body())
            .into_owned()
            .collect()
    }
}

/// A GitHub that knows one user, and does otherwise where it is told to.
#[derive(Clone)]
pub(crate) struct FakeGithub {
    clock: FrozenClock,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    pauses: Vec<Duration>,
    next: HashMap<String, VecDeque<Reply>>,
    always: HashMap<String, Reply>,
}

impl FakeGithub {
    fn new(clock: FrozenClock) -> Self {
        Self {
            clock,
            state: Arc::default(),
        }
    }

    /// The next call of this path is answered so; after it others that were given so.
    pub(crate) fn next(&self, path: &str, reply: Reply) {
        let mut state = self.state.lock().unwrap();
        state
            .next
            .entry(path.to_owned())
            .or_default()
            .push_back(reply);
    }

    pub(crate) fn always(&self, path: &str, reply: Reply) {
        let mut state = self.state.lock().unwrap();
        state.always.insert(path.to_owned(), reply);
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state.lock().unwrap().calls.clone()
    }

    pub(crate) fn count(&self, path: &str) -> usize {
        self.calls()
            .iter()
            .filter(|call| call.path() == path)
            .count()
    }

    pub(crate) fn last(&self, path: &str) -> Call {
        self.calls()
            .into_iter()
            .rfind(|call| call.path() == path)
            .unwrap()
    }

    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.state.lock().unwrap().pauses.clone()
    }

    fn reply(&self, path: &str) -> Reply {
        let mut state = self.state.lock().unwrap();
        let next = state.next.get_mut(path).and_then(VecDeque::pop_front);
        next.or_else(|| state.always.get(path).cloned())
            .unwrap_or_else(|| usual(path))
    }

    async fn play(&self, reply: Reply, limits: Limits) -> Result<Response<Bytes>, HttpError> {
        let mut reply = reply;
        let mut taken = Duration::ZERO;
        loop {
            match reply {
                Reply::Answer(answer) => return Ok(answer),
                Reply::Fail(kind) => return Err(HttpError::new(kind)),
                Reply::Hang => std::future::pending().await,
                Reply::After(time, next) => {
                    let left = limits.timeout - taken;
                    self.clock.advance(time.min(left));
                    if time >= left {
                        return Err(HttpError::new(HttpErrorKind::TimedOut));
                    }
                    taken += time;
                    reply = *next;
                }
            }
        }
    }
}

fn usual(path: &str) -> Reply {
    match path {
        TOKEN_PATH => Reply::token("user:email,read:org"),
        "/user" => Reply::json(r#"{"id":1001,"login":"alice","name":"Alice","email":"x@y.z"}"#),
        "/user/emails" => {
            Reply::json(r#"[{"email":"alice@example.com","primary":true,"verified":true}]"#)
        }
        REVOKE_PATH => Reply::with(204, &[], ""),
        other => panic!("nobody calls {other}"),
    }
}

impl HttpClient for FakeGithub {
    async fn send(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        let path = request.uri().path().to_owned();
        let call = Call { request, limits };
        self.state.lock().unwrap().calls.push(call);
        let reply = self.reply(&path);
        self.play(reply, limits).await
    }

    async fn pause(&self, duration: Duration) {
        self.clock.advance(duration);
        self.state.lock().unwrap().pauses.push(duration);
    }
}

/// Marks that are shared by all engines of a test.
#[derive(Clone, Default)]
pub(crate) struct Marks {
    marks: Arc<Mutex<HashMap<Digest, Timestamp>>>,
    is_ill: Arc<Mutex<bool>>,
}

impl Marks {
    pub(crate) fn fall_ill(&self) {
        *self.is_ill.lock().unwrap() = true;
    }

    pub(crate) fn len(&self) -> usize {
        self.marks.lock().unwrap().len()
    }

    pub(crate) fn ends(&self) -> Vec<Timestamp> {
        self.marks.lock().unwrap().values().copied().collect()
    }
}

impl MarkStore for Marks {
    async fn mark(
        &self,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Mark, StoreError> {
        if *self.is_ill.lock().unwrap() {
            return Err(StoreError::new(StoreErrorKind::Timeout));
        }
        let mut marks = self.marks.lock().unwrap();
        match marks.get(digest) {
            Some(end) if now < *end => Ok(Mark::Seen),
            _ => {
                marks.insert(*digest, until);
                Ok(Mark::First)
            }
        }
    }
}

/// What an observer saw, as text.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn push(&self, event: &OauthEvent<'_>) {
        self.0.lock().unwrap().push(format!("{event:?}"));
    }
}

/// One node, its GitHub and its store.
pub(crate) struct Setup {
    pub(crate) sign_in: GithubSignIn,
    pub(crate) github: FakeGithub,
    pub(crate) marks: Marks,
    pub(crate) clock: FrozenClock,
    pub(crate) events: Events,
    pub(crate) keys: KeyRing,
}

pub(crate) fn builder() -> GithubConfigBuilder {
    GithubConfig::builder("client", Secret::from(SECRET), REDIRECT)
}

pub(crate) fn new_key() -> SealKey {
    SealKey::generate(&Random::system()).unwrap()
}

pub(crate) fn setup() -> Setup {
    setup_with(builder())
}

pub(crate) fn setup_with(config: GithubConfigBuilder) -> Setup {
    let clock = FrozenClock::new(START);
    let (marks, events) = (Marks::default(), Events::default());
    let github = FakeGithub::new(clock.clone());
    let keys = KeyRing::new(new_key());
    let setup = Setup {
        sign_in: engine(config, &keys, &github, &marks, &clock, &events),
        github,
        marks,
        clock,
        events,
        keys,
    };
    assert_eq!(setup.clock.now(), START);
    setup
}

fn engine(
    config: GithubConfigBuilder,
    keys: &KeyRing,
    github: &FakeGithub,
    marks: &Marks,
    clock: &FrozenClock,
    events: &Events,
) -> GithubSignIn {
    let events = events.clone();
    let config = config.build().unwrap();
    GithubSignIn::new(config, keys.clone(), github.clone(), marks.clone())
        .with_clock(clock.clone())
        .with_observer(move |event: &OauthEvent<'_>| events.push(event))
}

impl Setup {
    /// Another node with the same keys, store and GitHub.
    pub(crate) fn another(&self, config: GithubConfigBuilder) -> GithubSignIn {
        self.another_with_keys(config, &self.keys)
    }

    pub(crate) fn another_with_keys(
        &self,
        config: GithubConfigBuilder,
        keys: &KeyRing,
    ) -> GithubSignIn {
        engine(
            config,
            keys,
            &self.github,
            &self.marks,
            &self.clock,
            &self.events,
        )
    }

    /// Begins a flow in a new browser.
    pub(crate) fn begin(&self) -> (Browser, String) {
        let mut browser = Browser::default();
        let state = browser.begin(&self.sign_in, None);
        (browser, state)
    }

    /// Begins a flow and ends it with a code.
    pub(crate) async fn sign_in(&self) -> CallbackOutcome {
        let (browser, state) = self.begin();
        browser
            .finish(&self.sign_in, &code_query(&state), None)
            .await
    }
}

pub(crate) fn code_query(state: &str) -> String {
    format!("code={CODE}&state={state}")
}

/// A cookie jar and what it is used for.
#[derive(Clone, Default)]
pub(crate) struct Browser {
    pub(crate) cookies: Vec<(String, String)>,
}

impl Browser {
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("app.example"));
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            headers.insert(COOKIE, HeaderValue::try_from(pairs.join("; ")).unwrap());
        }
        headers
    }

    /// Does what the `Set-Cookie` headers say.
    pub(crate) fn obey(&mut self, lines: &[HeaderValue]) {
        for line in lines {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !line.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    pub(crate) fn start(
        &mut self,
        sign_in: &GithubSignIn,
        return_to: Option<&str>,
        intent: Intent,
    ) -> Result<Started, Refusal> {
        let headers = self.headers();
        let started = sign_in.start(&StartFacts {
            headers: &headers,
            return_to,
            intent,
        })?;
        self.obey(&started.set_cookies);
        Ok(started)
    }

    /// Begins a login and gives its state.
    pub(crate) fn begin(&mut self, sign_in: &GithubSignIn, return_to: Option<&str>) -> String {
        let started = self.start(sign_in, return_to, Intent::LogIn).unwrap();
        parameter(&started, "state").unwrap()
    }

    pub(crate) async fn finish(
        &self,
        sign_in: &GithubSignIn,
        query: &str,
        session: Option<LiveSession<'_>>,
    ) -> CallbackOutcome {
        let headers = self.headers();
        let facts = CallbackFacts {
            headers: &headers,
            query: Some(query),
            session,
        };
        sign_in.callback(facts).await
    }
}

/// A parameter of the address to which a flow leads.
pub(crate) fn parameter(started: &Started, name: &str) -> Option<String> {
    let url = Url::parse(started.location.to_str().unwrap()).unwrap();
    let mut found = url.query_pairs().filter(|(key, _)| key == name);
    let value = found.next().map(|(_, value)| value.into_owned());
    assert!(found.next().is_none(), "{name} twice");
    value
}

/// Status and code of an outcome that refuses.
pub(crate) fn refusal(outcome: &CallbackOutcome) -> (u16, &'static str) {
    match outcome {
        CallbackOutcome::Refused { refusal, .. } => (refusal.status().as_u16(), refusal.code()),
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) fn full_refusal(outcome: CallbackOutcome) -> Refusal {
    match outcome {
        CallbackOutcome::Refused { refusal, .. } => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) fn redirect(outcome: &CallbackOutcome) -> &str {
    match outcome {
        CallbackOutcome::Redirect { location, .. } => location.to_str().unwrap(),
        other => panic!("no redirect: {other:?}"),
    }
}

pub(crate) fn completed(outcome: CallbackOutcome) -> Completed {
    match outcome {
        CallbackOutcome::Completed(completed) => *completed,
        other => panic!("not completed: {other:?}"),
    }
}

pub(crate) fn clears(outcome: &CallbackOutcome) -> bool {
    let lines = match outcome {
        CallbackOutcome::Completed(completed) => &completed.clear_cookies,
        CallbackOutcome::Redirect { clear_cookies, .. }
        | CallbackOutcome::Refused { clear_cookies, .. } => clear_cookies,
        other => panic!("{other:?}"),
    };
    !lines.is_empty()
}

pub(crate) fn subject(id: &str) -> SubjectId {
    SubjectId::new(id).unwrap()
}
