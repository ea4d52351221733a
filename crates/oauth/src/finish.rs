//! How a flow ends.

use portcullis_core::{Digest, Mark, Secret, Token};

use crate::circuit::{Health, Permit};
use crate::flow::{Flow, LIFE};
use crate::halt::Halt;
use crate::query::{Answer, CallbackQuery};
use crate::upstream::Upstream;
use crate::{
    CallbackFacts, CallbackOutcome, Completed, FlowReceipt, GithubSignIn, Intent, LiveSession,
    OauthEventKind, ReturnPath, SignInError, SignInErrorKind,
};

impl GithubSignIn {
    pub(crate) async fn finish(&self, facts: CallbackFacts<'_>) -> CallbackOutcome {
        let (query, state, flow) = match self.opened(facts) {
            Ok(opened) => opened,
            Err(halt) => return self.outcome(halt, None),
        };
        let return_to = self.config.return_path(Some(&flow.return_to));
        let ended = self.end(facts, query, &state, flow, return_to).await;
        ended.unwrap_or_else(|halt| self.outcome(halt, Some(&state)))
    }

    /// Parses, finds the cookie by the state and unseals it.
    fn opened(&self, facts: CallbackFacts<'_>) -> Result<(CallbackQuery, Token, Flow), Halt> {
        let query = CallbackQuery::parse(facts.query.unwrap_or_default()).map_err(Halt::error)?;
        let state = query.state.as_ref().and_then(parse_state);
        let flow = state
            .as_ref()
            .and_then(|state| self.cookies.find(facts.headers, state));
        match (state, flow) {
            (Some(state), Some(flow)) => Ok((query, state, flow)),
            (state, _) => Err(self.unknown(facts, &query, state.map(|state| state.digest()))),
        }
    }

    /// The answer if this browser has no such flow: on to the page for who is signed in already,
    /// as after a reload; otherwise a refusal, also of every `error`, which anybody can forge.
    fn unknown(
        &self,
        facts: CallbackFacts<'_>,
        query: &CallbackQuery,
        state: Option<Digest>,
    ) -> Halt {
        match (facts.session, &query.answer) {
            (Some(session), Answer::Code(_)) => {
                let receipts = session.receipts.iter();
                let found = state.and_then(|state| receipts.clone().find(|r| r.is_of(&state)));
                let return_to = found.map(FlowReceipt::return_to);
                Halt::redirect(self.config.return_path(return_to))
            }
            _ if self.is_elsewhere(facts) => Halt::error(SignInErrorKind::HostMismatch),
            _ => Halt::error(SignInErrorKind::FlowNotFound),
        }
    }

    /// Whether the cookie may be missing because the flow began under another name of this host.
    fn is_elsewhere(&self, facts: CallbackFacts<'_>) -> bool {
        let redirect = self.config.redirect_url();
        let authority = redirect[url::Position::BeforeHost..url::Position::AfterPort].as_bytes();
        let host = facts.headers.get(http::header::HOST);
        let differs = host.is_some_and(|host| !host.as_bytes().eq_ignore_ascii_case(authority));
        differs || !self.config.is_secure()
    }

    async fn end(
        &self,
        facts: CallbackFacts<'_>,
        query: CallbackQuery,
        state: &Token,
        flow: Flow,
        return_to: ReturnPath,
    ) -> Result<CallbackOutcome, Halt> {
        self.check_flow(&flow, state)?;
        self.check_issuer(&query)?;
        let code = self.code(query.answer)?;
        check_session(&flow.intent, facts.session)?;
        let permit = self.permit().map_err(Halt::error)?;
        self.mark(state, &flow, facts.session, &return_to).await?;
        let completed = self.identify(permit, &code, state, flow, return_to).await;
        let completed = completed.map_err(|error| Halt::error(error).clearing())?;
        Ok(CallbackOutcome::Completed(Box::new(completed)))
    }

    fn check_flow(&self, flow: &Flow, state: &Token) -> Result<(), Halt> {
        if flow.is_expired(self.now()) {
            return Err(Halt::error(SignInErrorKind::FlowExpired).clearing());
        }
        // In constant time: the cookie's name has shown only a part to be the same.
        if !flow.state.digest().ct_eq(&state.digest()) {
            return Err(Halt::error(SignInErrorKind::FlowNotFound));
        }
        // The issuer too, since `iss` may be missing and two providers may have one name.
        let (provider, issuer) = (self.config.provider(), self.config.issuer());
        if flow.provider != provider || flow.issuer != issuer {
            return Err(Halt::error(SignInErrorKind::ProviderMismatch));
        }
        Ok(())
    }

    /// RFC 9207 §2.4: compared as text, to the letter.
    fn check_issuer(&self, query: &CallbackQuery) -> Result<(), Halt> {
        let is_good = match &query.iss {
            Some(iss) => iss == self.config.issuer(),
            None => !self.config.requires_iss(),
        };
        if is_good {
            Ok(())
        } else {
            Err(Halt::error(SignInErrorKind::IssuerMismatch).clearing())
        }
    }

    fn code(&self, answer: Answer) -> Result<Secret, Halt> {
        match answer {
            Answer::Code(code) => Ok(code),
            Answer::Error { code, .. } if code == "access_denied" => {
                self.tell(OauthEventKind::Denied, "access_denied");
                let login = self.config.login_page();
                let page = login.with_parameter("error", "access_denied");
                Err(Halt::redirect(page).clearing())
            }
            Answer::Error { code, description } => {
                let mut halt = Halt::error(provider_error(&code)).clearing();
                halt.description = description;
                Err(halt)
            }
        }
    }

    fn permit(&self) -> Result<Permit<'_>, SignInError> {
        self.circuit
            .enter(self.now())
            .map_err(|wait| SignInError::new(SignInErrorKind::CircuitOpen).with_retry_after(wait))
    }

    /// Marks the flow as used; of all requests for it, on all nodes, one goes on.
    async fn mark(
        &self,
        state: &Token,
        flow: &Flow,
        session: Option<LiveSession<'_>>,
        return_to: &ReturnPath,
    ) -> Result<(), Halt> {
        let digest = Digest::of_parts(&[b"portcullis oauth flow used", state.digest().as_bytes()]);
        // Twice as long as the flow lives, for the sake of nodes whose clocks differ.
        let until = flow.issued.after(LIFE).after(LIFE);
        let mark = self.marks.dyn_mark(&digest, until, self.now()).await;
        match (mark, session) {
            (Ok(Mark::First), _) => Ok(()),
            (Ok(Mark::Seen), Some(_)) => Err(Halt::redirect(return_to.clone()).clearing()),
            (Ok(Mark::Seen), None) => Err(Halt::error(SignInErrorKind::FlowUsed).clearing()),
            (Err(error), _) => Err(Halt::error(error)),
        }
    }

    async fn identify(
        &self,
        permit: Permit<'_>,
        code: &Secret,
        state: &Token,
        flow: Flow,
        return_to: ReturnPath,
    ) -> Result<Completed, SignInError> {
        let upstream = Upstream::new(self);
        let identified = upstream.identify(code, &flow.verifier()).await;
        let is_outage = identified.as_ref().is_err_and(SignInError::is_outage);
        let health = if is_outage {
            Health::Failed
        } else {
            Health::Answered
        };
        permit.record(health, self.now());
        let (identity, token) = identified?;
        Ok(Completed {
            identity,
            intent: flow.intent,
            clear_cookies: self.cookies.removal(state),
            receipt: FlowReceipt::new(&state.digest(), &return_to),
            return_to,
            token,
        })
    }
}

fn parse_state(state: &Secret) -> Option<Token> {
    Token::parse(state.expose_secret()).ok()
}

/// A link ends in the session that began it, or not at all.
fn check_session(intent: &Intent, live: Option<LiveSession<'_>>) -> Result<(), Halt> {
    let Intent::Link { subject, session } = intent else {
        return Ok(());
    };
    let is_same = |live: LiveSession<'_>| live.subject == subject && live.session.ct_eq(session);
    if live.is_some_and(is_same) {
        Ok(())
    } else {
        Err(Halt::error(SignInErrorKind::SessionGone).clearing())
    }
}

/// The errors of GitHub's authorization page, and of RFC 6749 §4.1.2.1.
fn provider_error(code: &str) -> SignInErrorKind {
    match code {
        "application_suspended" => SignInErrorKind::ApplicationSuspended,
        "redirect_uri_mismatch" => SignInErrorKind::RedirectUriMismatch,
        "server_error" => SignInErrorKind::ServerError,
        "temporarily_unavailable" => SignInErrorKind::TemporarilyUnavailable,
        _ => SignInErrorKind::ProviderError,
    }
}
