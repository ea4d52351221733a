use portcullis_core::{Digest, Mark, Timestamp};
use rusqlite::params;

use super::Db;
use crate::columns::from_time;
use crate::error::Fault;

pub(super) const MARK: &str = "
    INSERT INTO mark (digest, until) VALUES (?1, ?2)
    ON CONFLICT (digest) DO UPDATE SET until = excluded.until WHERE until <= ?3";

/// [`MarkStore::mark`](portcullis_core::MarkStore::mark).
pub(crate) fn mark(
    db: Db<'_>,
    digest: &Digest,
    until: Timestamp,
    now: Timestamp,
) -> Result<Mark, Fault> {
    let set = db.execute(
        MARK,
        params![digest.as_bytes(), from_time(until), from_time(now)],
    )?;
    Ok(if set == 0 { Mark::Seen } else { Mark::First })
}
