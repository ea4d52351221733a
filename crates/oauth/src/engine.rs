use std::fmt;
use std::sync::Arc;

use portcullis_cookie::{KeyRing, Sealer};
use portcullis_core::{Clock, DynMarkStore, MarkStore, Random, Refusal, SystemClock, Timestamp};

use crate::circuit::Circuit;
use crate::event::NoObserver;
use crate::flow_cookie::FlowCookies;
use crate::revocations::Revocations;
use crate::{
    CallbackFacts, CallbackOutcome, Completed, DynHttpClient, GithubConfig, HttpClient, Intent,
    OauthEvent, OauthEventKind, Observer, SignInError, SignInErrorKind, StartFacts, Started,
};

/// Under which purpose flows are sealed: no other cookie opens as a flow, and no flow as another.
const PURPOSE: &str = "portcullis oauth flow";

/// Signs users in by GitHub; clones share queue and circuit.
///
/// It knows no framework: requests come in as facts, answers go out as outcomes.
#[derive(Clone)]
pub struct GithubSignIn {
    pub(crate) config: GithubConfig,
    pub(crate) http: Arc<dyn DynHttpClient>,
    pub(crate) marks: Arc<dyn DynMarkStore>,
    pub(crate) cookies: FlowCookies,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Random,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) circuit: Arc<Circuit>,
    pub(crate) revocations: Arc<Revocations>,
}

impl GithubSignIn {
    /// Puts a sign-in together: its configuration, the keys that seal flows, the client that talks
    /// to GitHub, and the store in which each flow is marked as used.
    ///
    /// All nodes of a deployment need the same keys and the same store.
    #[must_use]
    pub fn new(
        config: GithubConfig,
        keys: KeyRing,
        http: impl HttpClient,
        marks: impl MarkStore,
    ) -> Self {
        let sealer = Sealer::new(keys, PURPOSE);
        Self {
            cookies: FlowCookies::new(config.cookie().clone(), sealer),
            config,
            http: Arc::new(http),
            marks: Arc::new(marks),
            clock: Arc::new(SystemClock),
            random: Random::system(),
            observer: Arc::new(NoObserver),
            circuit: Arc::default(),
            revocations: Arc::default(),
        }
    }

    /// Reads the time from `clock`. Default: the operating system's.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Takes random bytes from `random`. Default: the operating system's.
    #[must_use]
    pub fn with_random(mut self, random: Random) -> Self {
        self.random = random;
        self
    }

    /// Tells `observer` what happens. Default: nobody.
    #[must_use]
    pub fn with_observer(mut self, observer: impl Observer) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &GithubConfig {
        &self.config
    }

    /// Begins a flow. Calls nobody.
    ///
    /// # Errors
    ///
    /// 1. 401 `unauthenticated` with a `login_url` if the request is not for a document.
    /// 2. 503 with `Retry-After` while GitHub is known not to answer: no user is sent there.
    /// 3. 500 if there are no random bytes.
    pub fn start(&self, facts: &StartFacts<'_>) -> Result<Started, Refusal> {
        self.begin(facts).map_err(|error| self.refusal(error, None))
    }

    /// Ends a flow: checks what came back, and asks GitHub who it is.
    ///
    /// The order is fixed: parse, find the cookie by the state, unseal, expiry, state, provider,
    /// `iss`, `error`, session of a link, circuit, mark as used, exchange, user. Before the
    /// exchange GitHub is not called.
    ///
    /// Dropping the future leaves no half of a sign-in: the flow is used or not, and a token that
    /// GitHub had given is queued to be revoked.
    pub async fn callback(&self, facts: CallbackFacts<'_>) -> CallbackOutcome {
        self.finish(facts).await
    }

    /// Says that a sign-in was carried out: the event is told.
    pub fn confirm(&self, completed: &Completed) {
        let kind = match completed.intent {
            Intent::LogIn => OauthEventKind::LoggedIn,
            Intent::Link { .. } => OauthEventKind::Linked,
        };
        self.tell_of(completed, kind, "ok");
    }

    /// Refuses a link, since another user has the account: 409 `already_linked`.
    #[must_use]
    pub fn refuse_link(&self, completed: &Completed) -> Refusal {
        let error = SignInError::new(SignInErrorKind::AlreadyLinked);
        self.tell_of(completed, OauthEventKind::Failed, error.kind().code());
        error.into_refusal(self.config.login_page().as_str())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells of the failure and turns it into a refusal.
    pub(crate) fn refusal(&self, error: SignInError, description: Option<&str>) -> Refusal {
        self.observer.observe(&OauthEvent {
            description,
            is_error: error.kind().refusal_kind().status().is_server_error(),
            ..self.event(OauthEventKind::Failed, error.kind().code())
        });
        error.into_refusal(self.config.login_page().as_str())
    }

    pub(crate) fn tell(&self, kind: OauthEventKind, reason: &'static str) {
        self.observer.observe(&self.event(kind, reason));
    }

    fn tell_of(&self, completed: &Completed, kind: OauthEventKind, reason: &'static str) {
        self.observer.observe(&OauthEvent {
            subject: Some(completed.identity.digest()),
            ..self.event(kind, reason)
        });
    }

    fn event(&self, kind: OauthEventKind, reason: &'static str) -> OauthEvent<'_> {
        OauthEvent {
            kind,
            provider: self.config.provider(),
            subject: None,
            reason,
            description: None,
            is_error: kind == OauthEventKind::RevocationFailed,
        }
    }
}

impl fmt::Debug for GithubSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubSignIn")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
