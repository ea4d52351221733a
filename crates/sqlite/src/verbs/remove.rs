use portcullis_core::{Digest, SubjectId, Timestamp};
use portcullis_session::{Handle, Revoke};
use rusqlite::params;

use super::Db;
use super::create::alive_of;
use crate::columns::Head;
use crate::error::Fault;
use crate::lookup::find;
use crate::renewals::Touch;

pub(super) const DELETE_ID: &str = "DELETE FROM session WHERE id = ?1";
pub(super) const REVOKE: &str = "
    DELETE FROM session WHERE subject = ?1
        AND (?2 IS NULL OR handle = ?2) AND (?3 IS NULL OR handle <> ?3)";

/// Removes a row; what was remembered of its old keys goes with it.
pub(super) fn remove(db: Db<'_>, id: i64) -> Result<(), Fault> {
    db.execute(DELETE_ID, [id])?;
    Ok(())
}

/// [`SessionStore::delete`](portcullis_session::SessionStore::delete).
pub(crate) fn delete(db: Db<'_>, key: &Digest, now: Timestamp) -> Result<bool, Fault> {
    match find(db.connection, db.renewals, key, Touch::Not, now)? {
        None => Ok(false),
        // By whichever of its keys: a log-out that lost a race with rotations is one as well.
        Some(found) => remove(db, found.head.name.id).map(|()| true),
    }
}

/// [`SessionStore::revoke`](portcullis_session::SessionStore::revoke).
pub(crate) fn revoke(
    db: Db<'_>,
    subject: &SubjectId,
    which: Revoke,
    now: Timestamp,
) -> Result<u64, Fault> {
    let (only, but) = match which {
        Revoke::All => (None, None),
        Revoke::AllBut(handle) => (None, Some(handle)),
        Revoke::One(handle) => (Some(handle), None),
    };
    let wanted = |head: &&Head| {
        only.is_none_or(|handle| head.name.handle == handle) && but != Some(head.name.handle)
    };
    let ended = alive_of(db, subject, now)?.iter().filter(wanted).count();
    // What is dead or cannot be read goes as well: no clock that steps back revives it.
    let (only, but) = (
        only.as_ref().map(Handle::as_bytes),
        but.as_ref().map(Handle::as_bytes),
    );
    db.execute(REVOKE, params![subject.as_str(), only, but])?;
    Ok(u64::try_from(ended).unwrap_or(u64::MAX))
}
