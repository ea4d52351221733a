//! The token endpoint: a code, or a refresh token, for tokens.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use http::header::USER_AGENT;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet,
    EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use portcullis_core::{EncodedToken, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use super::token_answer::standardise;
use crate::upstream::Upstream;
use crate::{AccessToken, ProviderTokens, RefreshToken, SignInError, SignInErrorKind};

/// How much of an answer is read.
const MAX_BODY: usize = 64 * 1024;

/// A client for the token endpoint alone.
type Client = oauth2::Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

type TokenAnswer = StandardTokenResponse<GithubFields, BasicTokenType>;
type TokenFailure = RequestTokenError<SignInError, BasicErrorResponse>;

/// What GitHub adds to RFC 6749 §5.1.
#[derive(Debug, Deserialize, Serialize)]
struct GithubFields {
    #[serde(default)]
    refresh_token_expires_in: Option<u64>,
}

impl ExtraTokenFields for GithubFields {}

/// Tokens, and the scopes that go with them if the answer told them.
pub(super) struct Granted {
    pub(super) tokens: ProviderTokens,
    pub(super) scopes: Option<Vec<String>>,
}

impl Upstream<'_> {
    /// RFC 6749 §4.1.3, with the verifier of RFC 7636 §4.5.
    pub(super) async fn exchange(
        &self,
        code: &Secret,
        verifier: &EncodedToken,
    ) -> Result<Granted, SignInError> {
        let code = code.expose_str().map_err(|_| SignInErrorKind::Malformed)?;
        let verifier = PkceCodeVerifier::new(verifier.expose_secret().to_owned());
        let endpoint = TokenEndpoint(self);
        let client = self.client()?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(verifier)
            .request_async(&endpoint)
            .await;
        self.granted(answer.map_err(failure)?)
    }

    /// RFC 6749 §6. The old pair is dead as soon as GitHub answers.
    pub(crate) async fn refresh(
        &self,
        token: &RefreshToken,
    ) -> Result<ProviderTokens, SignInError> {
        let token = oauth2::RefreshToken::new(token.expose_secret().to_owned());
        let endpoint = TokenEndpoint(self);
        let client = self.client()?;
        let answer = client
            .exchange_refresh_token(&token)
            .request_async(&endpoint)
            .await;
        self.granted(answer.map_err(failure)?)
            .map(|granted| granted.tokens)
    }

    /// Made anew for each call, so that the secret is not copied for longer than that. GitHub
    /// takes it in the body (RFC 6749 §2.3.1).
    fn client(&self) -> Result<Client, SignInError> {
        let config = &self.sign_in.config;
        let secret = config.client_secret().expose_str();
        let secret = secret.map_err(|_| SignInErrorKind::Internal)?;
        let url = TokenUrl::new(config.token_url()).map_err(|_| SignInErrorKind::Internal)?;
        Ok(
            oauth2::Client::new(ClientId::new(config.client_id().to_owned()))
                .set_client_secret(ClientSecret::new(secret.to_owned()))
                .set_auth_type(AuthType::RequestBody)
                .set_redirect_uri(RedirectUrl::from_url(config.redirect_url().clone()))
                .set_token_uri(url),
        )
    }

    fn granted(&self, answer: TokenAnswer) -> Result<Granted, SignInError> {
        // RFC 6749 §5.1: in any case; `oauth2` has made it lower.
        if *answer.token_type() != BasicTokenType::Bearer {
            return Err(SignInErrorKind::BadUpstream.into());
        }
        let now = self.sign_in.now();
        let access = AccessToken::new(answer.access_token().secret());
        let refresh = answer
            .refresh_token()
            .map(|token| RefreshToken::new(token.secret()));
        if refresh.as_ref().is_some_and(Option::is_none) {
            return Err(SignInErrorKind::BadUpstream.into());
        }
        let refresh_life = answer.extra_fields().refresh_token_expires_in;
        Ok(Granted {
            scopes: answer.scopes().map(|scopes| names(scopes)),
            tokens: ProviderTokens {
                access: access.ok_or(SignInErrorKind::BadUpstream)?,
                expires: answer.expires_in().map(|life| now.after(life)),
                refresh: refresh.flatten(),
                refresh_expires: refresh_life.map(|life| later(now, life)),
            },
        })
    }
}

fn later(now: Timestamp, seconds: u64) -> Timestamp {
    now.after(Duration::from_secs(seconds))
}

fn names(scopes: &[oauth2::Scope]) -> Vec<String> {
    let names = scopes.iter().map(|scope| scope.as_str().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

/// `oauth2`'s errors hold bodies and texts of the provider: none of them goes on from here.
fn failure(error: TokenFailure) -> SignInError {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(answer) => told(answer.error().as_ref()).into(),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            SignInErrorKind::BadUpstream.into()
        }
    }
}

/// GitHub's errors, and those of RFC 6749 §5.2 that mean the same.
fn told(error: &str) -> SignInErrorKind {
    match error {
        "bad_refresh_token" => SignInErrorKind::RefreshRefused,
        "bad_verification_code" | "invalid_grant" => SignInErrorKind::BadVerificationCode,
        "incorrect_client_credentials" | "invalid_client" | "unauthorized_client" => {
            SignInErrorKind::IncorrectClientCredentials
        }
        "redirect_uri_mismatch" => SignInErrorKind::RedirectUriRefused,
        "unverified_user_email" => SignInErrorKind::UnverifiedUserEmail,
        _ => SignInErrorKind::BadUpstream,
    }
}

/// Carries requests of `oauth2` to our client, and answers of GitHub to `oauth2`.
struct TokenEndpoint<'a>(&'a Upstream<'a>);

impl<'c> AsyncHttpClient<'c> for TokenEndpoint<'_> {
    type Error = SignInError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, SignInError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.post(request))
    }
}

impl TokenEndpoint<'_> {
    async fn post(&self, request: HttpRequest) -> Result<HttpResponse, SignInError> {
        let mut request = request.map(Bytes::from);
        let agent = HeaderValue::from_str(self.0.sign_in.config.user_agent());
        let agent = agent.map_err(|_| SignInErrorKind::Internal)?;
        request.headers_mut().insert(USER_AGENT, agent);
        let answer = self.0.change(request, MAX_BODY).await?;
        standardise(&answer)
    }
}
