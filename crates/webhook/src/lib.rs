#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod check;
mod decode;
#[cfg(feature = "public-key")]
mod edwards;
mod entries;
mod error;
#[cfg(feature = "explain")]
pub mod explain;
#[cfg(feature = "form")]
mod form;
#[cfg(not(feature = "form"))]
#[path = "without_form.rs"]
mod form;
#[cfg(feature = "handshake")]
#[cfg_attr(docsrs, doc(cfg(feature = "handshake")))]
pub mod handshake;
mod head;
mod hmac_sha256;
mod job;
#[cfg(feature = "json")]
mod json;
#[cfg(not(feature = "json"))]
#[path = "without_json.rs"]
mod json;
mod key_format;
mod keyed;
mod mac;
mod moment;
mod plan;
#[cfg(feature = "public-key")]
mod private_key;
#[cfg(feature = "public-key")]
mod public_key;
#[cfg(not(feature = "public-key"))]
#[path = "without_public_key.rs"]
mod public_key;
mod ready;
mod recipe;
mod scheme;
pub mod schemes;
mod secret;
mod signer;
mod verified;
mod verifier;

pub use check::Check;
pub use error::{ConfigError, ConfigErrorKind, SignError, VerifyError, VerifyErrorKind};
pub use head::Head;
pub use key_format::KeyFormat;
pub use scheme::{Algorithm, Encoding, Form, Grammar, Hash, Headers, Json, Scheme, Source, Timestamps, Unit};
pub use secret::{SecretFormat, SecretSet, WebhookSecret};
pub use signer::{Delivery, Signer};
pub use verified::{Receipt, Verified};
pub use verifier::Verifier;
