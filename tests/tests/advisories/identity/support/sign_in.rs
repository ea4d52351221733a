use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::COOKIE;
use portcullis_cookie::{KeyRing, SealKey};
use portcullis_core::{MarkStore, Random};
use portcullis_oauth::{
    CallbackFacts, CallbackOutcome, GithubSignIn, Intent, ReqwestClient, SignInError, StartFacts,
};
use portcullis_testkit::github::Endpoint;
use portcullis_tests::Site;

const ALICE: u64 = 1001;

/// A way to sign in by GitHub.
pub(crate) trait SignIn: Send + Sync + 'static {
    /// Starts a flow, and lets the user approve at GitHub.
    fn start(&self) -> impl Future<Output = Flow> + Send;

    /// A visit to the callback with these cookies: who it is, or the code of the refusal.
    fn callback(
        &self,
        cookies: &str,
        query: &str,
    ) -> impl Future<Output = Result<u64, &'static str>> + Send;

    /// How many codes GitHub was asked to exchange.
    fn exchanges(&self) -> usize;
}

/// A flow that GitHub sent back.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// The `Cookie` line of the browser that began it.
    pub(crate) cookies: String,
    /// The query of the callback.
    pub(crate) query: String,
}

impl Flow {
    /// A parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> String {
        let pairs: BTreeMap<_, _> = form_urlencoded::parse(self.query.as_bytes()).collect();
        pairs[name].clone().into_owned()
    }
}

/// Our own sign-in, with the stand-in of a site.
pub(crate) struct Github {
    site: Site,
    sign_in: GithubSignIn,
}

/// Ours, with these marks.
pub(crate) fn sign_in_with(site: Site, marks: impl MarkStore) -> Github {
    let key = SealKey::generate(&Random::system()).expect("random bytes");
    let http = ReqwestClient::new().expect("a client");
    let config = site.sign_in.config().clone();
    let sign_in = GithubSignIn::new(config, KeyRing::new(key), http, marks);
    let sign_in = sign_in.with_clock(site.clock.clone());
    Github { site, sign_in }
}

impl SignIn for Github {
    async fn start(&self) -> Flow {
        let facts = StartFacts {
            headers: &HeaderMap::new(),
            return_to: None,
            intent: Intent::LogIn,
        };
        let started = self.sign_in.start(&facts).expect("a start");
        let location = started.location.to_str().expect("an address");
        let callback = self.site.github.approve(location, ALICE);
        let callback = callback.expect("the stand-in takes the request");
        let (_, query) = callback.split_once('?').expect("a query");
        let set = started.set_cookies.last().expect("a cookie");
        let set = set.to_str().expect("visible");
        let (cookies, _) = set.split_once(';').expect("attributes");
        Flow {
            cookies: cookies.to_owned(),
            query: query.to_owned(),
        }
    }

    async fn callback(&self, cookies: &str, query: &str) -> Result<u64, &'static str> {
        let mut headers = HeaderMap::new();
        if !cookies.is_empty() {
            headers.insert(COOKIE, cookies.parse().expect("a header value"));
        }
        let facts = CallbackFacts {
            headers: &headers,
            query: Some(query),
            session: None,
        };
        match self.sign_in.callback(facts).await {
            CallbackOutcome::Completed(completed) => Ok(completed.identity.id()),
            CallbackOutcome::Refused { refusal, .. } => {
                let source = std::error::Error::source(&refusal);
                let error = source.and_then(|it| it.downcast_ref::<SignInError>());
                Err(error.expect("a sign-in error").kind().code())
            }
            other => panic!("{other:?}"),
        }
    }

    fn exchanges(&self) -> usize {
        self.site.calls(Endpoint::Token)
    }
}
