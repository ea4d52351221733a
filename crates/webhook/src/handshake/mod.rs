//! Handshakes: how a provider makes sure that an endpoint is somebody's who means to have it.
//!
//! [`all`] is the table. A [`Responder`] answers one of them; what it answers is computed of the
//! request and of what is [`Shared`] with the provider, and of nothing else.
//!
//! 1. What comes in a delivery is answered once its signature was verified: an [`Ask`] says so with
//!    the [`Receipt`](crate::Receipt). JSON is not parsed before, save for [`MONDAY`], which signs
//!    nothing.
//! 2. Some providers have a challenge signed under the secret of their deliveries, at anybody's
//!    request. So that the answer is the signature of no delivery, such a challenge has 1 to 128
//!    characters of `A-Z a-z 0-9 _ -`: no message of a scheme that signs more than the body has such
//!    a form. Where the body alone is signed, refuse a body that
//!    [the responder would sign](Responder::would_sign), as `WebhookLayer` does.
//! 3. What is sent back as it came has up to 1024 visible ASCII characters and spaces, and goes out as
//!    `text/plain` with `nosniff`, or as a JSON string.
//! 4. A token is compared in a time that does not depend on it.
//!
//! Asana's handshake is none of these: it brings the secret. That is a [`HookSecret`].
//!
//! # Example
//!
//! With a provider that no layer knows, a handler answers by itself:
//!
//! ```
//! use http::{Request, StatusCode};
//! use portcullis_webhook::handshake::{Ask, GRAPH, Responder, Shared};
//!
//! let responder = Responder::new(GRAPH, Shared::Nothing)?;
//! let request = Request::post("/in?validationToken=Are+you%20there%3f").body(())?;
//! let (head, ()) = request.into_parts();
//! let answer = responder.answer(Ask::of(&head)).expect("a handshake")?;
//! assert_eq!(answer.status(), StatusCode::OK);
//! assert_eq!(answer.body(), "Are you there?");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod ask;
mod data;
mod hook_secret;
mod proof;
mod responder;
mod rows;
mod shared;
#[cfg(test)]
mod tests;

pub use answer::{Answer, HandshakeError};
pub use ask::Ask;
pub use data::Handshake;
pub use hook_secret::HookSecret;
pub use responder::Responder;
pub use rows::*;
pub use shared::Shared;

/// Every handshake.
pub fn all() -> impl Iterator<Item = Handshake> {
    rows::ALL.iter().copied()
}

/// Finds a handshake by its name, which is that of its scheme if there is one.
#[must_use]
pub fn named(name: &str) -> Option<Handshake> {
    all().find(|handshake| handshake.name() == name)
}
