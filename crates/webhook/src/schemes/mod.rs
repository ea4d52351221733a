//! The schemes of providers, as data.
//!
//! [`all`] is the table. A row that rests on somebody else's software alone says
//! [`Source::SecondHand`](crate::Source::SecondHand): nobody has compared it with what the provider
//! really sends.

mod body_base64;
mod body_hex;
mod context;
mod family;
mod form;
mod json;
mod messages;
mod public_key;
mod timed;
mod token;

use crate::Encoding::{Base64, Base64Url, Base64UrlPadded, Hex};
use crate::Hash::{Sha1, Sha256, Sha512};
use crate::Unit::{Either, Millis, Rfc3339, Seconds};
use crate::{Grammar, Scheme};

pub use body_base64::*;
pub use body_hex::*;
pub use context::*;
pub use family::*;
pub use form::*;
pub use json::*;
pub use messages::*;
pub use public_key::*;
pub use timed::*;
pub use token::*;

/// Keys and values, a character between them.
const fn pairs<'a>(
    separator: char,
    has_space: bool,
    time: &'a str,
    signature: &'a str,
) -> Grammar<'a> {
    Grammar::Pairs {
        separator,
        has_space,
        time,
        signature,
    }
}

/// Every scheme.
pub fn all() -> impl Iterator<Item = Scheme<'static>> {
    let tables = [
        family::ALL,
        form::ALL,
        json::ALL,
        timed::ALL,
        body_base64::ALL,
        body_hex::ALL,
        context::ALL,
        messages::ALL,
        public_key::ALL,
        token::ALL,
    ];
    tables.into_iter().flatten().copied()
}

/// Finds a scheme by its name.
#[must_use]
pub fn named(name: &str) -> Option<Scheme<'static>> {
    all().find(|scheme| scheme.name() == name)
}
