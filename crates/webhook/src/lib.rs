#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod check;
mod crc32;
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
#[cfg(feature = "message-signatures")]
mod messages;
#[cfg(not(feature = "message-signatures"))]
#[path = "without_messages.rs"]
mod messages;
mod moment;
mod part;
mod plan;
#[cfg(feature = "public-key")]
mod private_key;
#[cfg(feature = "public-key")]
mod public_key;
#[cfg(not(feature = "public-key"))]
#[path = "without_public_key.rs"]
mod public_key;
mod query;
mod ready;
mod recipe;
mod scheme;
pub mod schemes;
mod secret;
mod signer;
#[cfg(any(feature = "json", feature = "token"))]
mod strict;
#[cfg(feature = "token")]
mod token;
#[cfg(not(feature = "token"))]
#[path = "without_token.rs"]
mod token;
mod verified;
mod verifier;

pub use check::Check;
pub use error::{ConfigError, ConfigErrorKind, SignError, VerifyError, VerifyErrorKind};
pub use head::Head;
pub use key_format::KeyFormat;
pub use scheme::{
    Algorithm, Component, Encoding, Form, Grammar, Hash, Headers, Json, KeyIds, MessagePolicy,
    Scheme, Source, Timestamps, Token, Unit,
};
pub use secret::{SecretFormat, SecretSet, WebhookSecret};
pub use signer::{Delivery, Signer};
pub use verified::{Receipt, Verified};
pub use verifier::Verifier;
