//! What a key leads to, in one statement.

use portcullis_core::{Digest, Timestamp};
use portcullis_session::{Handle, Loaded, Lookup, Record};
use rusqlite::{Connection, Row};

use crate::columns::{Head, columns, head_columns, record, to_time};
use crate::error::Fault;
use crate::renewals::{Renewals, Touch, Visit};

/// The session with this key; the one that it is the predecessor's of; the one that it opened
/// before that. SQLite runs the later parts only when the earlier ones gave no answer.
pub(crate) const LOOKUP: &str = concat!(
    "SELECT ",
    columns!(),
    ", 0, NULL FROM session WHERE digest = ?1
     UNION ALL SELECT ",
    columns!(),
    ", 1, session.grace_until FROM session WHERE predecessor = ?1
     UNION ALL SELECT ",
    head_columns!(),
    ", NULL, NULL, NULL, NULL, NULL, NULL, 2, retired.remember_until
         FROM retired JOIN session ON session.id = retired.session WHERE retired.digest = ?1"
);

/// A session that is alive and that a key leads to.
pub(crate) struct Found {
    pub(crate) by: By,
    pub(crate) head: Head,
    pub(crate) visit: Visit,
    /// `None` if the row cannot be read as a record.
    pub(crate) record: Option<Record>,
}

/// In what way a key leads to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// It is the session's key.
    Current,
    /// It is the predecessor's, in its grace window.
    Predecessor,
    /// It was rotated away and opens nothing any more.
    Retired,
}

/// Follows a key, and visits the session if it is the session's own.
pub(crate) fn find(
    db: &Connection,
    renewals: &Renewals,
    key: &Digest,
    touch: Touch,
    now: Timestamp,
) -> Result<Option<Found>, Fault> {
    let mut statement = db.prepare_cached(LOOKUP)?;
    let mut rows = statement.query([key.as_bytes()])?;
    while let Some(row) = rows.next()? {
        let Some(by) = by(row, now)? else { continue };
        // A key opens one session: if that is over, there is nothing else to look for.
        return found(row, by, renewals, touch, now);
    }
    Ok(None)
}

/// In what way the key leads to the row; `None` if its time is over.
fn by(row: &Row<'_>, now: Timestamp) -> Result<Option<By>, Fault> {
    let by = match row.get(11)? {
        0 => return Ok(Some(By::Current)),
        1 => By::Predecessor,
        _ => By::Retired,
    };
    let until: Option<i64> = row.get(12)?;
    Ok(until
        .is_some_and(|until| now < to_time(until))
        .then_some(by))
}

fn found(
    row: &Row<'_>,
    by: By,
    renewals: &Renewals,
    touch: Touch,
    now: Timestamp,
) -> Result<Option<Found>, Fault> {
    let head = Head::read(row)?;
    let record = if by == By::Retired {
        None
    } else {
        record(row, &head)
    };
    // Nothing renews but the session's own key, and no record that cannot be read.
    let touch = if by == By::Current && record.is_some() {
        touch
    } else {
        Touch::Not
    };
    let visit = renewals.visit(&head, touch, now);
    Ok(visit.map(|visit| Found {
        by,
        head,
        visit,
        record,
    }))
}

impl Found {
    /// The handle of the session.
    pub(crate) const fn handle(&self) -> Handle {
        self.head.name.handle
    }

    /// The session, if its row can be read.
    pub(crate) fn loaded(self) -> Result<Loaded, Fault> {
        let record = self.record.ok_or(Fault::Unreadable)?;
        Ok(Loaded {
            record: record.into(),
            seen_at: self.visit.seen_at,
        })
    }

    pub(crate) fn lookup(self) -> Lookup {
        let (by, handle, renewed) = (self.by, self.handle(), self.visit.renewed);
        if by == By::Retired {
            return Lookup::Reused(handle);
        }
        match (by, self.loaded()) {
            (_, Err(_)) => Lookup::Unreadable,
            (By::Current, Ok(loaded)) => Lookup::Current { loaded, renewed },
            (_, Ok(loaded)) => Lookup::Predecessor(loaded),
        }
    }
}
