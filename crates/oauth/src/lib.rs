#![cfg_attr(docsrs, feature(doc_cfg))]

//! GitHub sign-in by the authorization code flow (RFC 6749 §4.1), bound to one browser and one use.
//!
//! No framework, no runtime, no HTTP client of its own: requests come in as [`StartFacts`] and
//! [`CallbackFacts`], answers go out as [`Started`] and [`CallbackOutcome`], calls go through an
//! [`HttpClient`]. The crate `portcullis-tower` makes routes of it.
//!
//! 1. A flow lives in a sealed cookie of its own, named after its state, for ten minutes: two tabs
//!    both finish, and another browser finishes neither.
//! 2. State and PKCE verifier (RFC 7636, `S256`, always) are 256 bits of the operating system's
//!    generator each.
//! 3. A flow is used once, by a mark in a store that all nodes share, taken before the exchange.
//! 4. `iss` (RFC 9207) is absent or exactly equal; state, provider and age are checked before
//!    GitHub is called for the first time.
//! 5. A user is issuer and numeric id. Login and e-mail are for display; the e-mail address is the
//!    primary one and verified, or none.
//! 6. Where a browser goes afterwards is a path on this site ([`ReturnPath`]).
//! 7. GitHub's answers are capped, timed and read strictly: errors with status 200, HTML, doubled
//!    members and redirects are failures, each with a stable code ([`SignInErrorKind`]).
//! 8. After five failures nobody is sent to GitHub for ten seconds; when GitHub asks to wait, we do.
//! 9. The token is queued to be revoked, unless the application keeps it, sealed ([`TokenVault`]).
//! 10. Neither code, state, token, secret nor verifier is in any `Debug`, error or event.
//!
//! # What the deployment must do
//!
//! - Register the full callback URL at GitHub: it accepts any path below the registered one.
//! - Give all nodes the same keys and a shared [`MarkStore`](portcullis_core::MarkStore).
//! - Call [`GithubSignIn::revoke_pending`] after callbacks and once in a while.
//! - Give each sign-in under one host its own name ([`GithubConfigBuilder::with_provider`]).
//!
//! # Example
//!
//! ```
//! use http::HeaderMap;
//! use portcullis_cookie::{KeyRing, SealKey};
//! use portcullis_core::{MarkStore, Random, Secret};
//! use portcullis_oauth::{
//!     CallbackFacts, CallbackOutcome, GithubConfig, GithubSignIn, Intent, ReqwestClient, StartFacts,
//! };
//!
//! fn sign_in(marks: impl MarkStore) -> Result<GithubSignIn, Box<dyn std::error::Error>> {
//!     let secret = Secret::from(std::env::var("GITHUB_CLIENT_SECRET")?);
//!     let config = GithubConfig::builder("Iv1.0123", secret, "https://app.example/auth/callback")
//!         .with_email()
//!         .build()?;
//!     let keys = KeyRing::new(SealKey::generate(&Random::system())?);
//!     Ok(GithubSignIn::new(config, keys, ReqwestClient::new()?, marks))
//! }
//!
//! /// `GET /auth/login?return_to=…`
//! fn login(sign_in: &GithubSignIn, headers: &HeaderMap, return_to: Option<&str>) -> u16 {
//!     match sign_in.start(&StartFacts { headers, return_to, intent: Intent::LogIn }) {
//!         Ok(started) => {
//!             // `Location: {started.location}`, and each of `started.set_cookies`.
//!             303
//!         }
//!         Err(refusal) => refusal.status().as_u16(),
//!     }
//! }
//!
//! /// `GET /auth/callback?code=…&state=…`
//! async fn callback(sign_in: &GithubSignIn, headers: &HeaderMap, query: Option<&str>) -> u16 {
//!     match sign_in.callback(CallbackFacts { headers, query, session: None }).await {
//!         CallbackOutcome::Completed(completed) => {
//!             // Make a session for `completed.identity`, then:
//!             sign_in.confirm(&completed);
//!             303
//!         }
//!         CallbackOutcome::Refused { refusal, .. } => refusal.status().as_u16(),
//!         _ => 303,
//!     }
//! }
//! ```

mod begin;
mod callback;
mod circuit;
mod client;
mod codec;
mod config_error;
mod engine;
mod error;
mod error_kind;
mod event;
mod finish;
mod flow;
mod flow_cookie;
mod github;
mod halt;
mod http_error;
mod query;
mod rate_limit;
mod receipt;
#[cfg(feature = "reqwest")]
mod reqwest_client;
mod return_path;
mod revocations;
mod start;
mod tokens;
mod upstream;

pub use callback::{CallbackFacts, CallbackOutcome, Completed, LiveSession};
pub use client::{DynHttpClient, HttpClient, Limits};
pub use config_error::{ConfigError, ConfigErrorKind};
pub use engine::GithubSignIn;
pub use error::SignInError;
pub use error_kind::SignInErrorKind;
pub use event::{OauthEvent, OauthEventKind, Observer};
pub use flow::Intent;
pub use github::{GithubConfig, GithubConfigBuilder, GithubIdentity, VerifiedEmail};
pub use http_error::{HttpError, HttpErrorKind};
pub use receipt::FlowReceipt;
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use reqwest_client::ReqwestClient;
pub use return_path::{ReturnOrigin, ReturnPath, ReturnPathError};
pub use revocations::LeftoverToken;
pub use start::{StartFacts, Started, is_document_request};
pub use tokens::{
    AccessToken, DynTokenStore, Lock, MemoryTokenStore, ProviderTokens, RefreshToken, Swap,
    TokenStore, TokenVault,
};
