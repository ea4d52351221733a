#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod decode;
mod entries;
mod error;
mod head;
mod mac;
mod moment;
mod plan;
mod scheme;
pub mod schemes;
mod secret;
mod signer;
mod verified;
mod verifier;

pub use error::{ConfigError, ConfigErrorKind, SignError, VerifyError, VerifyErrorKind};
pub use head::Head;
pub use scheme::{Algorithm, Encoding, Grammar, Hash, Headers, Scheme, Source, Timestamps, Unit};
pub use secret::{SecretFormat, SecretSet, WebhookSecret};
pub use signer::{Delivery, Signer};
pub use verified::{Receipt, Verified};
pub use verifier::{Check, Verifier};
