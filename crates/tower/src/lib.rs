//! The tower layers of portcullis: the one crate of the family that knows tower.
//!
//! | layer | what it guarantees to those inside |
//! | --- | --- |
//! | [`RequestIdLayer`] | the request has a correlation id, and its response the same |
//! | [`SecurityHeadersLayer`] | the response has the headers that make browsers careful |
//! | [`RefusalsLayer`] | a refusal is written in the surface's format |
//! | `OriginLayer` (feature `origin`) | no other site made the browser send this |
//! | [`SessionsLayer`] | the request has a session; the response says what there is to say of it |
//! | [`AuthenticateLayer`] | it is known who the request is from |
//! | [`RequireLayer`] | it is from somebody who may |
//!
//! That is the order, outermost first. [`wiring::check`] proves it at start-up; a [`Stack`] of the
//! last three has no other. Every service is generic over bodies; none buffers one. `poll_ready` is
//! the inner service's, and so is the error type: a layer refuses by a response.
//!
//! With the feature `webhook` there are two more, of which neither needs any of these: `WebhookLayer`
//! lets in deliveries that a provider has signed, and `SignLayer` signs those that a client sends.
//! A client has nobody to answer: what `SignLayer` cannot sign is an error, and is not sent.
//!
//! With the feature `axum` there are extractors ([`Authenticated`] and `CurrentSession`).

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod authenticate;
#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub mod extract;
mod logged_uri;
#[cfg(feature = "oauth")]
#[cfg_attr(docsrs, doc(cfg(feature = "oauth")))]
pub mod oauth;
#[cfg(feature = "origin")]
#[cfg_attr(docsrs, doc(cfg(feature = "origin")))]
pub mod origin;
pub mod refusals;
mod rejection;
pub mod request_id;
pub mod require;
pub mod security_headers;
pub mod sessions;
pub mod stack;
#[cfg(feature = "webhook")]
#[cfg_attr(docsrs, doc(cfg(feature = "webhook")))]
pub mod webhook;
pub mod wiring;

pub use authenticate::{AuthenticateLayer, Authenticated};
#[cfg(feature = "axum")]
pub use extract::CurrentSession;
pub use logged_uri::LoggedUri;
#[cfg(feature = "origin")]
pub use origin::OriginLayer;
pub use refusals::RefusalsLayer;
pub use rejection::Rejection;
pub use request_id::RequestIdLayer;
pub use require::{RequireLayer, Requirement, SignedIn};
pub use security_headers::SecurityHeadersLayer;
pub use sessions::SessionsLayer;
pub use stack::Stack;
#[cfg(feature = "webhook")]
pub use webhook::WebhookLayer;
#[cfg(feature = "webhook")]
pub use webhook::sign::SignLayer;
