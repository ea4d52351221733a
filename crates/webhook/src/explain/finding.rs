use std::fmt;
use std::time::Duration;

use http::HeaderName;

use super::kinds::{BodyChange, PrefixChange, SecretChange, UrlChange};
use crate::{Algorithm, Encoding, SecretFormat, Unit};

/// What is likely wrong with a delivery. For logs, never for the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The signature fits if it was made by this algorithm.
    Algorithm(Algorithm),
    /// The signature fits the body after this change.
    Body(BodyChange),
    /// The signature stands in the body, and the body cannot be read: it is no JSON text or no form of
    /// the scheme's, or has no signature in its place.
    BodyUnreadable,
    /// The signature fits, and the time is further ahead of now than is allowed: one of the two
    /// clocks is wrong.
    Early {
        /// How far ahead of now it is.
        ahead: Duration,
        /// How far it may be.
        limit: Duration,
    },
    /// The signature fits if it is written like this.
    Encoding(Encoding),
    /// The signature fits, and the delivery says itself until when it is good: that is over.
    Expired,
    /// The headers of the scheme are missing, and there are those of other schemes.
    HeadersOf(Vec<&'static str>),
    /// The header must be there and is not.
    Missing(HeaderName),
    /// Nothing that was tried fits: the body is another one, or the secret is.
    NothingFits,
    /// The signature fits, and the delivery says itself from when on it is good: that is to come.
    NotYet,
    /// The signature fits a secret that has ended.
    OldSecret {
        /// Which of the secrets, from 0 on.
        index: usize,
        /// How long ago it ended.
        ago: Duration,
    },
    /// The signature fits if what is before it is ignored.
    Prefix(PrefixChange),
    /// The signature fits one of the secrets, read in another way.
    Secret {
        /// Which of the secrets, from 0 on.
        index: usize,
        /// In which format it fits.
        format: SecretFormat,
        /// After which change of its text it fits.
        change: SecretChange,
    },
    /// The secret is not written as the scheme has it, and nothing else fits.
    SecretUnreadable {
        /// Which of the secrets, from 0 on.
        index: usize,
    },
    /// The signature fits, as these schemes sign.
    SignedAs(Vec<&'static str>),
    /// The signature fits, and the time is longer ago than is allowed: the delivery is a copy or
    /// was late, or one of the two clocks is wrong.
    Stale {
        /// How long ago it is.
        ago: Duration,
        /// How long ago it may be.
        limit: Duration,
    },
    /// The timestamp counts in this unit.
    Unit(Unit),
    /// The header cannot be read, is there twice, or has a value that the scheme does not have.
    Unreadable(HeaderName),
    /// The signature fits the URL after this change.
    Url(UrlChange),
    /// The scheme signs the URL, and none was given.
    UrlMissing,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm(algorithm) => write!(f, "the signature is made by {algorithm:?}"),
            Self::Body(change) => write!(f, "the signature fits the body {change}"),
            Self::Encoding(encoding) => write!(f, "the signature is written as {encoding:?}"),
            Self::HeadersOf(names) => {
                let names = names.join(", ");
                write!(f, "the headers are those of another scheme: {names}")
            }
            Self::Missing(name) => write!(f, "the header {name} is missing"),
            Self::Prefix(change) => write!(f, "the signature {change}"),
            Self::SignedAs(names) => {
                write!(f, "the signature fits as signed by {}", names.join(", "))
            }
            Self::Unit(unit) => write!(f, "the timestamp is one of {unit:?}"),
            Self::Unreadable(name) => {
                write!(f, "the header {name} cannot be read or is there twice")
            }
            Self::Url(change) => write!(f, "the signature fits the url {change}"),
            Self::BodyUnreadable | Self::NothingFits | Self::UrlMissing => {
                f.write_str(self.of_no_value())
            }
            Self::Early { .. } | Self::Expired | Self::NotYet | Self::Stale { .. } => self.age(f),
            Self::OldSecret { .. } | Self::Secret { .. } | Self::SecretUnreadable { .. } => {
                self.secret(f)
            }
        }
    }
}

impl Finding {
    const fn of_no_value(&self) -> &'static str {
        match self {
            Self::BodyUnreadable => "the body cannot be read or has no signature in it",
            Self::UrlMissing => "the url that is signed is not known",
            _ => "the body or the secret is another one",
        }
    }

    fn age(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Early { ahead, limit } => {
                write!(f, "the delivery is {ahead:?} ahead of now, ")?;
                write!(f, "{limit:?} is allowed")
            }
            Self::Stale { ago, limit } => {
                write!(f, "the delivery is {ago:?} old, {limit:?} is allowed")
            }
            Self::NotYet => f.write_str("the delivery says that it is not good yet"),
            _ => f.write_str("the delivery says that it is good no longer"),
        }
    }

    fn secret(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OldSecret { index, ago } => {
                let number = index + 1;
                write!(f, "the signature fits secret {number}, ")?;
                write!(f, "which ended {ago:?} ago")
            }
            Self::Secret {
                index,
                format,
                change,
            } => {
                let number = index + 1;
                write!(f, "the signature fits secret {number} ")?;
                write!(f, "read as {format:?}{change}")
            }
            Self::SecretUnreadable { index } => {
                let number = index + 1;
                write!(f, "secret {number} is not written as the scheme has it")
            }
            _ => Ok(()),
        }
    }
}
