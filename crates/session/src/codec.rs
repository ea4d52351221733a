//! The body of a record as bytes, for stores that keep bytes.
//!
//! Times, keys and versions that a store must look at itself are kept beside the body.
//!
//! # Layout, version 1
//!
//! Numbers are big endian.
//!
//! | bytes | meaning |
//! | --- | --- |
//! | 1 | layout version: 1 |
//! | 1 | standing: 0 anonymous, 1 pending, 2 user; plus 16 if there is a stamp |
//! | 1 | persistence: 0 browser, 1 persistent |
//! | 1 | level: 0 single, 1 multi |
//! | 8 | when the user authenticated, in milliseconds since the epoch; 0 if nobody did |
//! | 1 + n | subject: length and text; length 0 if nobody's |
//! | 1 + n | method: length and text; length 0 if none |
//! | 32 | stamp, if there is one |
//! | rest | the data ([`Data`]'s own layout) |

use portcullis_core::{Authentication, Digest, Level, Method, SubjectId, Timestamp};

use crate::{Data, Pending, Persistence, Record, Stamp, Standing, User};

const VERSION: u8 = 1;
const STAMPED: u8 = 16;

/// What of a record is in its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Whose the session is.
    pub standing: Standing,
    /// Whether the cookie outlives the browser.
    pub persistence: Persistence,
    /// The application's values.
    pub data: Data,
}

/// The bytes are not the body of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the body of a session record")]
#[non_exhaustive]
pub struct BodyError;

/// Writes the body of a record.
#[must_use]
pub fn encode(record: &Record) -> Vec<u8> {
    let (kind, subject, method, level, at, stamp) = match &record.standing {
        Standing::Anonymous => (0, "", "", Level::Single, Timestamp::UNIX_EPOCH, None),
        Standing::Pending(p) => (
            1,
            p.subject.as_str(),
            p.method.as_str(),
            Level::Single,
            p.at,
            None,
        ),
        Standing::User(User {
            subject,
            authentication: a,
            stamp,
        }) => (
            2,
            subject.as_str(),
            a.method.as_str(),
            a.level,
            a.at,
            stamp.as_ref(),
        ),
    };
    let persistent = u8::from(record.lifetime.persistence == Persistence::Persistent);
    let level = u8::from(level > Level::Single);
    let stamped = if stamp.is_some() { STAMPED } else { 0 };
    let mut bytes = Vec::with_capacity(64 + subject.len() + method.len() + record.data.len());
    bytes.extend_from_slice(&[VERSION, kind | stamped, persistent, level]);
    bytes.extend_from_slice(&at.as_millis().to_be_bytes());
    for name in [subject, method] {
        // Names have at most 255 bytes by their types.
        bytes.push(u8::try_from(name.len()).unwrap_or(0));
        bytes.extend_from_slice(name.as_bytes());
    }
    bytes.extend_from_slice(stamp.map_or(&[][..], |stamp| stamp.digest().as_bytes()));
    bytes.extend_from_slice(record.data.as_bytes());
    bytes
}

/// Reads the body of a record.
///
/// # Errors
///
/// [`BodyError`] for anything that [`encode`] could not have written, another version included.
pub fn decode(bytes: &[u8]) -> Result<Body, BodyError> {
    parse(bytes).ok_or(BodyError)
}

fn parse(bytes: &[u8]) -> Option<Body> {
    let ([VERSION, kind, persistent, level], rest) = bytes.split_first_chunk::<4>()? else {
        return None;
    };
    let (at, rest) = rest.split_first_chunk::<8>()?;
    let at = Timestamp::from_millis(u64::from_be_bytes(*at));
    let (subject, rest) = name(rest)?;
    let (method, rest) = name(rest)?;
    let (stamp, rest) = stamp(kind & STAMPED != 0, rest)?;
    let multi = flag(*level)?;
    let standing = match (kind & !STAMPED, stamp) {
        (0, None) if subject.is_empty() && method.is_empty() && !multi => {
            (at == Timestamp::UNIX_EPOCH).then_some(Standing::Anonymous)?
        }
        (1, None) if !multi => Standing::Pending(Pending {
            subject: SubjectId::new(subject).ok()?,
            method: Method::new(method).ok()?,
            at,
        }),
        (2, stamp) => Standing::User(User {
            subject: SubjectId::new(subject).ok()?,
            authentication: Authentication {
                at,
                method: Method::new(method).ok()?,
                level: if multi { Level::Multi } else { Level::Single },
            },
            stamp,
        }),
        _ => return None,
    };
    let persistence = if flag(*persistent)? {
        Persistence::Persistent
    } else {
        Persistence::Browser
    };
    Some(Body {
        standing,
        persistence,
        data: Data::from_bytes(rest).ok()?,
    })
}

fn flag(byte: u8) -> Option<bool> {
    match byte {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn name(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (len, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*len))?;
    Some((std::str::from_utf8(name).ok()?, rest))
}

fn stamp(stamped: bool, bytes: &[u8]) -> Option<(Option<Stamp>, &[u8])> {
    if !stamped {
        return Some((None, bytes));
    }
    let (digest, rest) = bytes.split_first_chunk::<32>()?;
    Some((Some(Stamp::from_digest(Digest::from_bytes(*digest))), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Patch;
    use crate::{Handle, Lifetime};

    fn record(standing: Standing) -> Record {
        let mut patch = Patch::default();
        patch.set("login", Some(Box::from(&b"\"octo\""[..])));
        Record {
            key: Digest::of(b"key"),
            handle: Handle::from_bytes([7; 16]),
            standing,
            created_at: Timestamp::from_secs(1),
            lifetime: Lifetime {
                idle_secs: 60,
                until: Timestamp::from_secs(99),
                persistence: Persistence::Persistent,
            },
            predecessor: None,
            version: 3,
            data: Data::default().patched(&patch),
        }
    }

    fn standings() -> [Standing; 3] {
        let subject = SubjectId::new("usr_1").unwrap();
        let at = Timestamp::from_millis(12_345);
        let method = Method::new("pwd").unwrap();
        let authentication = Authentication {
            at,
            method: method.clone(),
            level: Level::Multi,
        };
        let stamp = Some(Stamp::new(b"1").unwrap());
        [
            Standing::Anonymous,
            Standing::Pending(Pending {
                subject: subject.clone(),
                method,
                at,
            }),
            Standing::User(User {
                subject,
                authentication,
                stamp,
            }),
        ]
    }

    #[test]
    fn every_standing_goes_both_ways() {
        for standing in standings() {
            let record = record(standing);
            let body = decode(&encode(&record)).unwrap();
            assert_eq!(body.standing, record.standing);
            assert_eq!(body.persistence, Persistence::Persistent);
            assert_eq!(body.data, record.data);
        }
    }

    #[test]
    fn what_could_not_have_been_written_is_refused() {
        let [anonymous, pending, user] = standings().map(|standing| encode(&record(standing)));
        for (bytes, place, value) in [
            (&anonymous, 3, 64),
            (&anonymous, 3, 1),
            (&anonymous, 11, 1),
            (&pending, 3, 1),
            (&user, 3, 2),
            (&user, 2, 2),
            (&user, 1, 3),
        ] {
            let mut other = bytes.clone();
            other[place] = value;
            assert_eq!(decode(&other), Err(BodyError), "{value} at {place}");
        }
    }

    #[test]
    fn every_truncation_of_the_head_and_every_other_version_is_refused() {
        for standing in standings() {
            let mut bytes = encode(&record(standing));
            let head = bytes.len() - record(Standing::Anonymous).data.len();
            for len in 0..head {
                assert_eq!(decode(&bytes[..len]), Err(BodyError), "{len}");
            }
            for version in (0..=u8::MAX).filter(|v| *v != VERSION) {
                bytes[0] = version;
                assert_eq!(decode(&bytes), Err(BodyError), "{version}");
            }
        }
    }
}
