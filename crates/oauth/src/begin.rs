//! How a flow begins.

use http::HeaderValue;
use oauth2::{
    AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
};
use portcullis_core::Token;

use crate::flow::Flow;
use crate::{GithubSignIn, SignInError, SignInErrorKind, StartFacts, Started, is_document_request};

impl GithubSignIn {
    pub(crate) fn begin(&self, facts: &StartFacts<'_>) -> Result<Started, SignInError> {
        if !is_document_request(facts.headers) {
            return Err(SignInErrorKind::NotADocument.into());
        }
        self.circuit.check(self.now()).map_err(|wait| {
            SignInError::new(SignInErrorKind::CircuitOpen).with_retry_after(wait)
        })?;
        let flow = self.new_flow(facts)?;
        Ok(Started {
            location: self.location(&flow)?,
            set_cookies: self.cookies.add(facts.headers, &flow, &self.random)?,
        })
    }

    fn new_flow(&self, facts: &StartFacts<'_>) -> Result<Flow, SignInError> {
        Ok(Flow {
            provider: self.config.provider().to_owned(),
            issuer: self.config.issuer().to_owned(),
            issued: self.now(),
            state: Token::generate(&self.random)?,
            verifier: Token::generate(&self.random)?,
            nonce: Vec::new(),
            intent: facts.intent.clone(),
            return_to: self.config.return_path(facts.return_to).as_str().to_owned(),
        })
    }

    fn location(&self, flow: &Flow) -> Result<HeaderValue, SignInError> {
        let url = self.authorize_url(flow).ok_or(SignInErrorKind::Internal)?;
        let mut location = HeaderValue::try_from(url).map_err(|_| SignInErrorKind::Internal)?;
        location.set_sensitive(true);
        Ok(location)
    }

    /// The authorization request (RFC 6749 §4.1.1) with its challenge (RFC 7636 §4.3), which is
    /// sent always: a provider that does not know PKCE ignores it.
    fn authorize_url(&self, flow: &Flow) -> Option<String> {
        let authorize = AuthUrl::new(self.config.authorize_url()).ok()?;
        let client =
            oauth2::basic::BasicClient::new(ClientId::new(self.config.client_id().to_owned()))
                .set_auth_uri(authorize)
                .set_redirect_uri(RedirectUrl::from_url(self.config.redirect_url().clone()));
        let verifier = PkceCodeVerifier::new(flow.verifier().expose_secret().to_owned());
        let state = flow.state.encode().expose_secret().to_owned();
        let scopes = self.config.scopes().into_iter();
        let (url, _) = client
            .authorize_url(|| CsrfToken::new(state))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_scopes(scopes.map(|scope| Scope::new(scope.to_owned())))
            .url();
        Some(url.into())
    }
}
