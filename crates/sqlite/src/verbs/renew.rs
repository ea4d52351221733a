use portcullis_core::{Digest, Timestamp};
use portcullis_session::{Lookup, Renewal};
use rusqlite::params;

use super::Db;
use crate::columns::{Name, from_time};
use crate::error::Fault;
use crate::lookup::find;
use crate::renewals::Touch;

/// Changes a row that is there, and never makes one: who was logged out stays so.
pub(super) const RENEW: &str = "
    UPDATE session SET seen_at = ?3, expires_at = min(?3 + idle_secs * 1000, until)
    WHERE id = ?1 AND handle = ?2 AND seen_at < ?3";

/// Writes last visits into the rows of their sessions.
pub(crate) fn renew(db: Db<'_>, visits: &[(Name, Timestamp)]) -> Result<(), Fault> {
    for (name, seen_at) in visits {
        db.execute(
            RENEW,
            params![name.id, name.handle.as_bytes(), from_time(*seen_at)],
        )?;
    }
    Ok(())
}

/// [`SessionStore::load`](portcullis_session::SessionStore::load) of a session that is about to
/// end: the visit is written before it is acknowledged.
///
/// `renewed` says whether this call renewed, and is for the call's own use, should it run again.
pub(crate) fn load(
    db: Db<'_>,
    key: &Digest,
    renewal: Renewal,
    now: Timestamp,
    renewed: &mut bool,
) -> Result<Lookup, Fault> {
    let touch = Touch::Now(renewal);
    let Some(mut found) = find(db.connection, db.renewals, key, touch, now)? else {
        return Ok(Lookup::Absent);
    };
    *renewed |= found.visit.renewed;
    found.visit.renewed = *renewed;
    if *renewed {
        renew(db, &[(found.head.name, found.visit.seen_at)])?;
    }
    Ok(found.lookup())
}
