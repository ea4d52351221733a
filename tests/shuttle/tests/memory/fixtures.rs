//! Sessions, and calls that may be in each other's way.

use std::num::NonZeroU32;
use std::time::Duration;

use portcullis_core::{Authentication, Digest, Level, Method, SubjectId, Timestamp};
use portcullis_session::{
    Change, Data, Handle, Lifetime, Persistence, Record, Renewal, Revoke, Rotation, Standing, User,
};

use crate::verb::Verb;

/// When everything happens but what was there before.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(2_000);

pub(crate) fn key(number: u64) -> Digest {
    Digest::of(&number.to_be_bytes())
}

pub(crate) fn handle(number: u64) -> Handle {
    Handle::from_bytes(u128::from(number).to_be_bytes())
}

pub(crate) fn subject(name: &str) -> SubjectId {
    SubjectId::new(name).unwrap()
}

/// A user's session, with the key and handle of this number; lower numbers are older.
pub(crate) fn record(number: u64, name: &str) -> Record {
    let authentication = Authentication {
        at: Timestamp::from_secs(1_000),
        method: Method::GITHUB,
        level: Level::Single,
    };
    Record {
        key: key(number),
        handle: handle(number),
        standing: Standing::User(User {
            subject: subject(name),
            authentication,
            stamp: None,
        }),
        created_at: Timestamp::from_secs(1_000 + number),
        lifetime: Lifetime {
            idle_secs: 3_600,
            until: Timestamp::from_secs(90_000),
            persistence: Persistence::Persistent,
        },
        predecessor: None,
        version: 0,
        data: Data::default(),
    }
}

pub(crate) fn create(number: u64, name: &str) -> Verb {
    login(number, name, None, None)
}

pub(crate) fn login(number: u64, name: &str, replaces: Option<u64>, cap: Option<u32>) -> Verb {
    Verb::Create {
        record: Box::new(record(number, name)),
        replaces: replaces.map(key),
        cap: cap.and_then(NonZeroU32::new),
    }
}

pub(crate) fn load(number: u64) -> Verb {
    Verb::Load(key(number), Renewal::Never)
}

pub(crate) fn visit(number: u64) -> Verb {
    Verb::Load(
        key(number),
        Renewal::IfSeenBy(NOW.before(Duration::from_secs(1))),
    )
}

/// A write of the data with this one letter, by who has seen this version.
pub(crate) fn write(number: u64, expected: u64, letter: u8) -> Verb {
    let data = Data::from_bytes(&[1, 0, 0, 0, 1, b'k', letter]).unwrap();
    let change = Change {
        data: Some(data),
        lifetime: None,
    };
    Verb::Update(key(number), expected, change)
}

pub(crate) fn rotate(number: u64, to: u64) -> Verb {
    rotate_with(number, to, 10)
}

pub(crate) fn rotate_with(number: u64, to: u64, grace: u64) -> Verb {
    let rotation = Rotation {
        new_key: key(to),
        authentication: None,
        grace_until: NOW.after(Duration::from_secs(grace)),
        remember_until: NOW.after(Duration::from_secs(600)),
    };
    Verb::Rotate(key(number), rotation)
}

pub(crate) fn delete(number: u64) -> Verb {
    Verb::Delete(key(number))
}

pub(crate) fn list(name: &str) -> Verb {
    Verb::List(subject(name))
}

pub(crate) fn revoke(name: &str, which: Revoke) -> Verb {
    Verb::Revoke(subject(name), which)
}
