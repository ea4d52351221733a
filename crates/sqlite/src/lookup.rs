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
    ", NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2, retired.remember_until
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
    let by = match row.get(12)? {
        0 => return Ok(Some(By::Current)),
        1 => By::Predecessor,
        _ => By::Retired,
    };
    let until: Option<i64> = row.get(13)?;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use portcullis_session::Renewal;
    use rusqlite::trace::TraceEventCodes;

    use super::*;
    use crate::fixtures::{Fixture, START, key, put, rotate, secs};

    #[test]
    fn s47_whatever_a_key_leads_to_it_takes_one_statement() {
        let (fixture, mut connection) = Fixture::new();
        for number in [1, 10, 20] {
            put(fixture.db(&connection), number);
        }
        rotate(fixture.db(&connection), 10, 11);
        rotate(fixture.db(&connection), 20, 21);
        let counter = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&counter);
        let trace = move |_: rusqlite::trace::TraceEvent<'_>| {
            seen.fetch_add(1, Ordering::SeqCst);
        };
        connection
            .trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(trace))
            .unwrap();
        let renew = Touch::Later(Renewal::IfSeenBy(START));
        for (number, now, by) in [
            (1, secs(1), Some(By::Current)),
            (10, secs(1), Some(By::Predecessor)),
            (10, secs(60), Some(By::Retired)),
            (99, secs(1), None),
        ] {
            counter.store(0, Ordering::SeqCst);
            let found = find(&connection, &fixture.renewals, &key(number), renew, now).unwrap();
            assert_eq!(found.map(|found| found.by), by);
            assert_eq!(counter.load(Ordering::SeqCst), 1, "{by:?}");
        }
    }

    /// A statement that SQLite would prepare anew for each value costs ten times as much.
    #[test]
    fn a_lookup_is_prepared_once() {
        let (fixture, connection) = Fixture::new();
        for number in 0..50 {
            put(fixture.db(&connection), number);
        }
        for number in 0..50 {
            let found = find(
                &connection,
                &fixture.renewals,
                &key(number),
                Touch::Not,
                START,
            );
            assert!(found.unwrap().is_some());
        }
        let statement = connection.prepare_cached(LOOKUP).unwrap();
        assert!(statement.get_status(rusqlite::StatementStatus::Run) >= 50);
        assert_eq!(
            statement.get_status(rusqlite::StatementStatus::RePrepare),
            0
        );
    }
}
