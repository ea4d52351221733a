//! A strict stand-in for GitHub: sign-in and REST API on a loopback port, with faults on demand.
//!
//! It serves two readers: a test, which drives it through Rust and asserts on what arrived, and a
//! person with a browser, who picks one of its users by a button. It is never a part of production.
//!
//! What it holds a client to:
//!
//! 1. `redirect_uri` equals a registered one, character for character.
//! 2. `code_challenge` has 43 base64url characters and `code_challenge_method` is `S256`
//!    (RFC 7636 §4.3); the exchange brings the matching verifier (§4.6).
//! 3. A code works once, for ten minutes, for the app and the `redirect_uri` that it was made for;
//!    an exchange that fails spends it.
//! 4. No parameter twice (RFC 6749 §3.1), no broken percent-encoding, no bytes outside UTF-8.
//! 5. The API wants `User-Agent`, a supported `X-GitHub-Api-Version` if any, and the token's scope.
//!
//! What it copies from GitHub: errors of the exchange come with status 200, the answer is
//! form-encoded unless JSON is asked for, granted scopes are joined by commas, at most ten tokens
//! live per user, app and scopes, and tokens of a GitHub App are renewed by rotation.
//! The REST API lies under `/api/v3`, as on GitHub Enterprise Server.
//!
//! Where it is stricter than GitHub: rule 2 (GitHub lets a client go without PKCE, see
//! [`GithubApp::insecure_pkce_optional`]), the spent code of rule 3, and rule 4.
//!
//! ```
//! use portcullis_testkit::github::{Endpoint, Fault, GithubApp, GithubStandIn, Times};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let app = GithubApp::new("client", "secret").with_redirect_uri("http://127.0.0.1:3000/done");
//! let github = GithubStandIn::start(app).await?;
//! github.faults().set(Endpoint::Token, Fault::Html, Times::Next(1));
//!
//! // A user presses the button, without a browser:
//! let url = format!(
//!     "{}/login/oauth/authorize?client_id=client&state=xyz&code_challenge_method=S256\
//!      &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
//!     github.web_url()
//! );
//! let callback = github.approve(&url, 1001)?;
//! assert!(callback.starts_with("http://127.0.0.1:3000/done?code="));
//! assert_eq!(github.requests().count(Endpoint::Token), 0);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(example())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alter;
mod api;
mod app;
mod applications;
mod authorize;
mod body;
mod decide;
mod endpoint;
mod fault;
mod faults;
mod gate;
mod lists;
mod page;
mod params;
mod profile;
mod random;
mod reply;
mod requests;
mod scopes;
mod serve;
mod setup;
mod shared;
mod stand_in;
mod token;
mod tokens;
mod user;
mod world;

pub use self::app::GithubApp;
pub use self::authorize::Refusal;
pub use self::endpoint::Endpoint;
pub use self::fault::{Fault, RateLimit};
pub use self::faults::{Faults, Times};
pub use self::gate::{Gate, Hold};
pub use self::requests::{Call, Requests};
pub use self::setup::{Issuer, Setup, UnixClock};
pub use self::stand_in::{GithubStandIn, UnknownUser};
pub use self::user::{Email, Membership, MembershipState, Role, Team, User, Visibility};
