//! A sign-in whose provider answers what the input says, and a browser that has begun a flow.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue};
use http::{Request, Response};
use portcullis_cookie::{KeyRing, SealKey};
use portcullis_core::{
    Digest, FrozenClock, Mark, MarkStore, Random, Secret, StoreError, Timestamp,
};
use portcullis_oauth::{
    CallbackFacts, CallbackOutcome, GithubConfig, GithubSignIn, HttpClient, HttpError, Intent,
    Limits, StartFacts,
};
use url::Url;

pub(crate) const TOKEN_PATH: &str = "/login/oauth/access_token";
pub(crate) const USER_PATH: &str = "/user";
pub(crate) const TOKEN: &str = "gho_fuzz";

const GOOD_TOKEN: &[u8] = br#"{"access_token":"gho_fuzz","token_type":"bearer","scope":""}"#;
const GOOD_USER: &[u8] = br#"{"id":1001,"login":"alice","name":"Alice"}"#;

/// An answer: status, content type, body.
#[derive(Clone)]
pub(crate) struct Answer(pub(crate) u16, pub(crate) &'static str, pub(crate) Vec<u8>);

impl Answer {
    /// Splits an input: its first byte chooses the kind of answer, the rest is the body.
    pub(crate) fn of(input: &[u8]) -> Option<Self> {
        let (kind, body) = input.split_first()?;
        let (status, content_type) = match kind {
            b'f' => (200, "application/x-www-form-urlencoded; charset=utf-8"),
            b'h' => (200, "text/html"),
            b'4' => (400, "application/json"),
            b'5' => (500, "application/json"),
            _ => (200, "application/json; charset=utf-8"),
        };
        Some(Self(status, content_type, body.to_vec()))
    }

    pub(crate) fn json(body: &[u8]) -> Self {
        Self(200, "application/json", body.to_vec())
    }

    pub(crate) fn is_json(&self) -> bool {
        self.1.starts_with("application/json")
    }
}

/// A provider that answers the token call and the user call so, and notes what it was asked.
#[derive(Clone)]
pub(crate) struct Provider {
    token: Answer,
    user: Answer,
    calls: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl Provider {
    pub(crate) fn good() -> Self {
        Self {
            token: Answer::json(GOOD_TOKEN),
            user: Answer::json(GOOD_USER),
            calls: Arc::default(),
        }
    }

    pub(crate) fn with_token(mut self, answer: Answer) -> Self {
        self.token = answer;
        self
    }

    pub(crate) fn with_user(mut self, answer: Answer) -> Self {
        self.user = answer;
        self
    }

    /// The calls of one path.
    pub(crate) fn calls(&self, path: &str) -> Vec<Request<Bytes>> {
        let calls = self.calls.lock().expect("nobody panics with it");
        let calls = calls.iter().filter(|call| call.uri().path() == path);
        calls.cloned().collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.calls.lock().expect("nobody panics with it").len()
    }
}

impl HttpClient for Provider {
    async fn send(&self, request: Request<Bytes>, _: Limits) -> Result<Response<Bytes>, HttpError> {
        let Answer(status, content_type, body) = match request.uri().path() {
            TOKEN_PATH => self.token.clone(),
            USER_PATH => self.user.clone(),
            other => panic!("nobody calls {other}"),
        };
        self.calls
            .lock()
            .expect("nobody panics with it")
            .push(request);
        let answer = Response::builder()
            .status(status)
            .header(CONTENT_TYPE, content_type);
        Ok(answer.body(Bytes::from(body)).expect("a response"))
    }

    async fn pause(&self, _: Duration) {}
}

/// Every flow is used for the first time.
struct Unused;

impl MarkStore for Unused {
    async fn mark(&self, _: &Digest, _: Timestamp, _: Timestamp) -> Result<Mark, StoreError> {
        Ok(Mark::First)
    }
}

/// A sign-in and a browser that has begun a flow with it. The flow's state is always the same.
pub(crate) struct Begun {
    pub(crate) state: String,
    sign_in: GithubSignIn,
    headers: HeaderMap,
}

impl Begun {
    pub(crate) fn new(provider: &Provider) -> Self {
        let sign_in = sign_in(provider);
        let facts = StartFacts {
            headers: &HeaderMap::new(),
            return_to: Some("/portal"),
            intent: Intent::LogIn,
        };
        let started = sign_in.start(&facts).expect("a flow begins");
        let set = started.set_cookies.last().expect("its cookie");
        let set = set.to_str().expect("ASCII");
        let pair = set.split(';').next().expect("name and value");
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(pair).expect("ASCII"));
        let location = Url::parse(started.location.to_str().expect("ASCII")).expect("a URL");
        let mut query = location.query_pairs();
        let state = query.find(|(name, _)| name == "state").expect("a state").1;
        Self {
            state: state.into_owned(),
            sign_in,
            headers,
        }
    }

    /// Comes back with this query, and with the flow's cookie.
    pub(crate) fn finish(&self, query: &str) -> CallbackOutcome {
        self.finish_with(&self.headers, query)
    }

    /// Comes back with this query and no cookie.
    pub(crate) fn finish_without_cookie(&self, query: &str) -> CallbackOutcome {
        self.finish_with(&HeaderMap::new(), query)
    }

    fn finish_with(&self, headers: &HeaderMap, query: &str) -> CallbackOutcome {
        let facts = CallbackFacts {
            headers,
            query: Some(query),
            session: None,
        };
        let ended = self.sign_in.callback(facts).now_or_never();
        ended.expect("neither provider nor store has anybody wait")
    }
}

fn sign_in(provider: &Provider) -> GithubSignIn {
    let secret = Secret::from("client-secret");
    let config = GithubConfig::builder("client", secret, "https://app.example/auth/callback");
    let key = SealKey::try_from(&b"the key with which fuzzing seals"[..]).expect("a key");
    GithubSignIn::new(
        config.build().expect("a configuration"),
        KeyRing::new(key),
        provider.clone(),
        Unused,
    )
    .with_clock(FrozenClock::new(Timestamp::from_secs(1_700_000_000)))
    .with_random(counting())
}

/// Different bytes each time, but the same in each run, so that a corpus can name a state.
fn counting() -> Random {
    let next = AtomicU8::new(0);
    Random::test(move |bytes| {
        for byte in bytes {
            *byte = next.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    })
}
