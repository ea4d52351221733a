//! Sessions, keys and times that the rules work with.

use std::time::Duration;

use portcullis_core::{Authentication, Digest, Level, Method, SubjectId, Timestamp};
use portcullis_session::{
    Data, Handle, Lifetime, Pending, Persistence, Record, Rotation, Stamp, Standing, User,
};

/// When every rule begins: the year 2100, so that a store whose server also drops entries by its
/// own clock has no cause to do so yet.
pub(super) const START: Timestamp = Timestamp::from_secs(4_102_444_800);

/// The idle limit of sessions of which a rule says nothing else.
pub(super) const IDLE: Duration = Duration::from_secs(3_600);

/// The absolute limit of sessions of which a rule says nothing else.
pub(super) const LIFE: Duration = Duration::from_secs(24 * 3_600);

/// How long a key that was rotated away still opens its session, if a rule says nothing else.
pub(super) const GRACE: Duration = Duration::from_secs(30);

/// How long such a key is remembered, if a rule says nothing else.
pub(super) const MEMORY: Duration = Duration::from_secs(600);

pub(super) const MILLI: Duration = Duration::from_millis(1);

pub(super) fn secs(secs: u64) -> Timestamp {
    START.after(Duration::from_secs(secs))
}

pub(super) fn key(number: u64) -> Digest {
    Digest::of(&number.to_be_bytes())
}

/// Handles are in the order of their numbers.
pub(super) fn handle(number: u64) -> Handle {
    Handle::from_bytes(u128::from(number).to_be_bytes())
}

pub(super) fn subject(name: &str) -> SubjectId {
    SubjectId::new(name).expect("the rules name subjects in visible ASCII")
}

pub(super) fn method(name: &str) -> Method {
    Method::new(name).expect("the rules name methods in visible ASCII")
}

pub(super) fn lifetime() -> Lifetime {
    Lifetime {
        idle_secs: 3_600,
        until: START.after(LIFE),
        persistence: Persistence::Persistent,
    }
}

/// A visitor's session, with the key and the handle of this number.
pub(super) fn anonymous(number: u64) -> Record {
    Record {
        key: key(number),
        handle: handle(number),
        standing: Standing::Anonymous,
        created_at: START,
        lifetime: lifetime(),
        predecessor: None,
        version: 1,
        data: data(&[("cart", b"[1,2]")]),
    }
}

/// A user's session, with the key and the handle of this number.
pub(super) fn user(number: u64, name: &str) -> Record {
    let standing = Standing::User(User {
        subject: subject(name),
        authentication: authentication("pwd", Level::Single),
        stamp: Stamp::new(b"credentials").ok(),
    });
    Record {
        standing,
        ..anonymous(number)
    }
}

/// A session that was created so many seconds after the beginning.
pub(super) fn aged(age: u64, record: Record) -> Record {
    Record {
        created_at: secs(age),
        ..record
    }
}

/// The session of a user who has given one factor and owes another.
pub(super) fn pending(number: u64, name: &str) -> Record {
    let standing = Standing::Pending(Pending {
        subject: subject(name),
        method: method("pwd"),
        at: START,
    });
    Record {
        standing,
        ..anonymous(number)
    }
}

pub(super) fn authentication(name: &str, level: Level) -> Authentication {
    Authentication {
        at: START,
        method: method(name),
        level,
    }
}

/// What a login with this key gives, if nothing else is said.
pub(super) fn rotation(new_key: Digest, now: Timestamp) -> Rotation {
    Rotation {
        new_key,
        authentication: None,
        grace_until: now.after(GRACE),
        remember_until: now.after(MEMORY),
    }
}

/// Values in the layout that [`Data`] documents.
pub(super) fn data(entries: &[(&str, &[u8])]) -> Data {
    let mut entries = entries.to_vec();
    entries.sort_unstable();
    let mut bytes = Vec::new();
    for (name, value) in entries {
        let lengths = (u8::try_from(name.len()), u32::try_from(value.len()));
        let (Ok(name_len), Ok(value_len)) = lengths else {
            panic!("the rules use short names and values");
        };
        bytes.push(name_len);
        bytes.extend_from_slice(&value_len.to_be_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(value);
    }
    Data::from_bytes(&bytes).expect("this is the layout that `Data` documents")
}
