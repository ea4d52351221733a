//! Rows of the table `session` and records, each from the other.

use portcullis_core::{Digest, SubjectId, Timestamp};
use portcullis_session::{Handle, Lifetime, Loaded, Persistence, Predecessor, Record, codec};
use rusqlite::Row;

/// The columns that [`Head::read`] reads, in their order.
macro_rules! head_columns {
    () => {
        "session.id, session.handle, session.seen_at, session.idle_secs, session.until"
    };
}

/// The columns that [`Head::read`] and [`record`] read, in their order.
macro_rules! columns {
    () => {
        concat!(
            $crate::columns::head_columns!(),
            ", session.digest, session.created_at, session.version, session.predecessor,
             session.grace_until, session.body, session.subject"
        )
    };
}
pub(crate) use {columns, head_columns};

/// The end of time, which no other time reaches; room is left for sums that must not overflow.
const END: i64 = 1 << 62;

/// A time as a column holds it.
pub(crate) fn from_time(time: Timestamp) -> i64 {
    if time == Timestamp::MAX {
        return END;
    }
    i64::try_from(time.as_millis()).map_or(END - 1, |millis| millis.min(END - 1))
}

/// A column as a time; what this crate would not have written is moved to the nearer end.
pub(crate) fn to_time(column: i64) -> Timestamp {
    if column >= END {
        return Timestamp::MAX;
    }
    Timestamp::from_millis(u64::try_from(column).unwrap_or(0))
}

/// Which session a row is: row numbers are used again, and handles are a user's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    pub(crate) id: i64,
    pub(crate) handle: Handle,
}

/// What a row says of a session without a look into its body.
pub(crate) struct Head {
    pub(crate) name: Name,
    /// The last visit that was written; the renewals may know a later one.
    pub(crate) seen_at: Timestamp,
    /// The limits; the persistence is in the body, and any here.
    pub(crate) lifetime: Lifetime,
}

impl Head {
    /// Reads a row of [`head_columns!`] or [`columns!`].
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            name: Name {
                id: row.get(0)?,
                handle: Handle::from_bytes(row.get(1)?),
            },
            seen_at: to_time(row.get(2)?),
            lifetime: Lifetime {
                idle_secs: row.get(3)?,
                until: to_time(row.get(4)?),
                persistence: Persistence::Browser,
            },
        })
    }
}

/// Reads the record of a row of [`columns!`]; `None` if it is none, or if its body is not that of the
/// user whose row it is.
pub(crate) fn record(row: &Row<'_>, head: &Head) -> Option<Record> {
    let body = codec::decode(row.get_ref(10).ok()?.as_blob().ok()?).ok()?;
    let record = Record {
        key: digest(row, 5).ok()?,
        handle: head.name.handle,
        standing: body.standing,
        created_at: to_time(row.get(6).ok()?),
        lifetime: Lifetime {
            persistence: body.persistence,
            ..head.lifetime
        },
        predecessor: predecessor(row).ok()?,
        version: row.get::<_, i64>(7).ok()?.cast_unsigned(),
        data: body.data,
    };
    let subject = row.get_ref(11).ok()?.as_str_or_null().ok()?;
    (record.subject().map(SubjectId::as_str) == subject).then_some(record)
}

fn predecessor(row: &Row<'_>) -> rusqlite::Result<Option<Box<Predecessor>>> {
    let key: Option<[u8; 32]> = row.get(8)?;
    let Some(key) = key.map(Digest::from_bytes) else {
        return Ok(None);
    };
    Ok(Some(Box::new(Predecessor {
        key,
        grace_until: to_time(row.get(9)?),
    })))
}

fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    row.get(column).map(Digest::from_bytes)
}

/// A version as a column holds it: the same 64 bits.
pub(crate) const fn from_version(version: u64) -> i64 {
    version.cast_signed()
}

/// When a session ends, as a column holds it.
pub(crate) fn expiry(loaded: &Loaded) -> i64 {
    from_time(loaded.expires_at())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_both_ways_and_the_end_of_time_stays_the_end() {
        for millis in [0, 1, 1_700_000_000_000, (1 << 62) - 1] {
            let time = Timestamp::from_millis(millis);
            assert_eq!(to_time(from_time(time)), time);
        }
        assert_eq!(to_time(from_time(Timestamp::MAX)), Timestamp::MAX);
        assert!(from_time(Timestamp::from_millis(u64::MAX - 1)) < from_time(Timestamp::MAX));
        assert_eq!(to_time(i64::MIN), Timestamp::UNIX_EPOCH);
        assert!(
            from_time(Timestamp::MAX)
                .checked_add(i64::from(u32::MAX) * 1000)
                .is_some()
        );
    }
}
