use std::time::Duration;

use portcullis_core::{Authentication, Digest, Method, SubjectId, Timestamp};

use crate::{Data, Handle};

/// What a store keeps of one session.
///
/// Everything in it but the time of the last visit changes only together with its
/// [`Record::version`]. It holds digests, never a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The digest of the token that opens the session.
    pub key: Digest,
    /// The public name, the same for the whole life of the session.
    pub handle: Handle,
    /// Whose it is.
    pub standing: Standing,
    /// When it was created.
    pub created_at: Timestamp,
    /// How long it lives.
    pub lifetime: Lifetime,
    /// The token that the present one took the place of, while it may still be used.
    pub predecessor: Option<Box<Predecessor>>,
    /// Counts changes; a write names the version that it read.
    pub version: u64,
    /// The application's values.
    pub data: Data,
}

impl Record {
    /// The user, if somebody is signed in.
    #[must_use]
    pub const fn user(&self) -> Option<&User> {
        match &self.standing {
            Standing::User(user) => Some(user),
            _ => None,
        }
    }

    /// Whom the session is listed under: the user who is signed in or about to be.
    #[must_use]
    pub const fn subject(&self) -> Option<&SubjectId> {
        match &self.standing {
            Standing::Anonymous => None,
            Standing::Pending(pending) => Some(&pending.subject),
            Standing::User(user) => Some(&user.subject),
        }
    }
}

/// Whose a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// Nobody's yet: a visitor who stored something.
    Anonymous,
    /// Of somebody who has given a first factor and owes another; never signed in.
    Pending(Pending),
    /// Of a user who is signed in.
    User(User),
}

/// A login that lacks a further factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Who it will be.
    pub subject: SubjectId,
    /// The factor that was given.
    pub method: Method,
    /// When it was given.
    pub at: Timestamp,
}

/// A user who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The application's own id of the user.
    pub subject: SubjectId,
    /// When, how and how strongly the user authenticated.
    pub authentication: Authentication,
    /// What the user's credentials were at that time.
    pub stamp: Option<Stamp>,
}

/// A mark that changes whenever the credentials of a user change.
///
/// Any bytes will do that differ from then on: a counter in the user's row, or the password hash
/// itself. The SHA-256 of them is kept, and compared in constant time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp(Box<Digest>);

/// A stamp of no bytes would be the same for every user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an empty credential stamp")]
#[non_exhaustive]
pub struct EmptyStamp;

impl Stamp {
    /// Makes a stamp.
    ///
    /// # Errors
    ///
    /// [`EmptyStamp`] if `bytes` is empty.
    pub fn new(bytes: &[u8]) -> Result<Self, EmptyStamp> {
        if bytes.is_empty() {
            return Err(EmptyStamp);
        }
        Ok(Self(Box::new(Digest::of_parts(&[
            b"portcullis credential stamp",
            bytes,
        ]))))
    }

    /// Takes a stamp that was stored.
    #[must_use]
    pub fn from_digest(digest: Digest) -> Self {
        Self(Box::new(digest))
    }

    /// What a store keeps.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.0
    }

    pub(crate) fn ct_eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0)
    }
}

/// How long a session lives, chosen when it is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// How long it outlives the last visit, in seconds.
    pub idle_secs: u32,
    /// When it ends, however often it is visited.
    pub until: Timestamp,
    /// Whether the cookie outlives the browser.
    pub persistence: Persistence,
}

impl Lifetime {
    /// How long the session outlives the last visit.
    #[must_use]
    pub const fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_secs as u64)
    }

    /// When the session ends if nobody comes after `seen_at`: the earlier of both limits.
    #[must_use]
    pub fn expires_at(&self, seen_at: Timestamp) -> Timestamp {
        seen_at.after(self.idle()).min(self.until)
    }
}

/// Whether the cookie outlives the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Persistence {
    /// The cookie has no `Max-Age`: it goes when the browser does.
    Browser,
    /// The cookie has the `Max-Age` that the session has left.
    Persistent,
}

/// A token that was rotated away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predecessor {
    /// The digest of the old token.
    pub key: Digest,
    /// Until when it still opens the session.
    pub grace_until: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s07_the_earlier_limit_decides() {
        let until = Timestamp::from_secs(100);
        let lifetime = Lifetime {
            idle_secs: 10,
            until,
            persistence: Persistence::Persistent,
        };
        assert_eq!(
            lifetime.expires_at(Timestamp::from_secs(50)),
            Timestamp::from_secs(60)
        );
        assert_eq!(lifetime.expires_at(Timestamp::from_secs(95)), until);
        assert_eq!(lifetime.expires_at(Timestamp::MAX), until);
    }

    #[test]
    fn s24_an_empty_stamp_is_rejected() {
        assert_eq!(Stamp::new(b""), Err(EmptyStamp));
        let (one, same, other) = (Stamp::new(b"1"), Stamp::new(b"1"), Stamp::new(b"2"));
        assert_eq!(one, same);
        assert_ne!(one, other);
    }
}
