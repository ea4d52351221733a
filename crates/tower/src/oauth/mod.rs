//! GitHub sign-in as services to mount on routes of your own.
//!
//! [`GithubRoutes`] makes three services of a
//! [`GithubSignIn`](portcullis_oauth::GithubSignIn) and of what the application has to say
//! ([`Admit`]). All three belong inside a [`SessionsLayer`](crate::SessionsLayer).
//!
//! | service | method | does |
//! | --- | --- | --- |
//! | [`GithubRoutes::start`] | GET | 303 to GitHub; the parameter `return_to` says where to come back |
//! | [`GithubRoutes::callback`] | GET | signs in, or links, then 303 back; mount it where `redirect_uri` points |
//! | [`GithubRoutes::link`] | POST | 303 to GitHub, to link the account to the user who is signed in |
//!
//! 1. Other methods, HEAD too, are refused with 405 and consume nothing.
//! 2. A browser is refused by a small page with a link that starts anew; other clients by a
//!    [`Refusal`](portcullis_core::Refusal) in the surface's own format.
//! 3. After a sign-in the session is a new one under a new token.
//! 4. Where the session cookie is `SameSite=Strict`, the callback answers with a page that leads
//!    on by itself, since the browser would not send the cookie with a redirect from GitHub.
//! 5. Put [`OriginLayer`](crate::origin::OriginLayer) outside of the link service.

mod admit;
mod answer;
mod callback;
mod link;
mod routes;
mod start;

pub use admit::{Admit, Linked};
pub use callback::CallbackService;
pub use link::LinkService;
pub use routes::GithubRoutes;
pub use start::StartService;
