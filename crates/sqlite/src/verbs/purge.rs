use std::num::NonZeroU32;

use portcullis_core::Timestamp;
use rusqlite::params;

use super::Db;
use super::create::is_alive;
use super::remove::remove;
use crate::columns::{Head, from_time, head_columns};
use crate::error::Fault;

pub(super) const DEAD: &str = concat!(
    "SELECT ",
    head_columns!(),
    " FROM session WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2"
);

pub(super) const RETIRED: &str = "
    DELETE FROM retired WHERE digest IN
        (SELECT digest FROM retired WHERE remember_until <= ?1 ORDER BY remember_until LIMIT ?2)";

pub(super) const MARKS: &str = "
    DELETE FROM mark WHERE digest IN
        (SELECT digest FROM mark WHERE until <= ?1 ORDER BY until LIMIT ?2)";

/// [`SessionStore::purge`](portcullis_session::SessionStore::purge).
pub(crate) fn purge(db: Db<'_>, limit: NonZeroU32, now: Timestamp) -> Result<u32, Fault> {
    db.renewals.purging(now);
    let limit = usize::try_from(limit.get()).unwrap_or(usize::MAX);
    let mut removed = sessions(db, limit, now)?;
    for sql in [RETIRED, MARKS] {
        removed += db.execute(sql, params![from_time(now), size(limit - removed)])?;
    }
    Ok(u32::try_from(removed).unwrap_or(u32::MAX))
}

fn sessions(db: Db<'_>, limit: usize, now: Timestamp) -> Result<usize, Fault> {
    let mut statement = db.connection.prepare_cached(DEAD)?;
    let mut rows = statement.query(params![from_time(now), size(limit)])?;
    let mut dead = Vec::new();
    while let Some(row) = rows.next()? {
        // A row that cannot be read and whose time is over must not stay in the way for ever.
        if !Head::read(row).is_ok_and(|head| is_alive(db, &head, now)) {
            dead.push(row.get(0)?);
        }
    }
    drop(rows);
    dead.iter().try_for_each(|id| remove(db, *id))?;
    Ok(dead.len())
}

fn size(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
