use std::sync::Arc;

use portcullis_core::{Digest, Timestamp};
use portcullis_session::{
    Change, Loaded, Predecessor, Record, Rotated, Rotation, Standing, Updated, codec,
};
use rusqlite::params;

use super::Db;
use crate::columns::{expiry, from_time, from_version};
use crate::error::Fault;
use crate::lookup::{By, Found, find};
use crate::renewals::Touch;

pub(super) const SET_BODY: &str = "UPDATE session SET version = ?2, body = ?3 WHERE id = ?1";
pub(super) const SET_LIFETIME: &str =
    "UPDATE session SET idle_secs = ?2, until = ?3, expires_at = ?4 WHERE id = ?1";
pub(super) const SET_KEY: &str =
    "UPDATE session SET digest = ?2, predecessor = ?3, grace_until = ?4 WHERE id = ?1";
pub(super) const DELETE_DEAD: &str = "DELETE FROM session WHERE digest = ?1";
pub(super) const RETIRE: &str = "
    INSERT INTO retired (digest, session, remember_until) VALUES (?1, ?2, ?3)
    ON CONFLICT (digest) DO UPDATE
        SET session = excluded.session, remember_until = excluded.remember_until";

/// [`SessionStore::update`](portcullis_session::SessionStore::update).
pub(crate) fn update(
    db: Db<'_>,
    key: &Digest,
    expected: u64,
    change: &Change,
    now: Timestamp,
) -> Result<Updated, Fault> {
    let found = find(db.connection, db.renewals, key, Touch::Not, now)?;
    let Some(found) = found.filter(|found| found.by != By::Retired) else {
        return Ok(Updated::Gone);
    };
    let id = found.head.name.id;
    let before = found.loaded()?;
    if before.record.version != expected {
        return Ok(Updated::Conflict(before));
    }
    let after = with(before, |record| apply(record, change));
    set_body(db, id, &after.record)?;
    if change.lifetime.is_some() {
        set_lifetime(db, id, &after)?;
    }
    Ok(Updated::Done(after))
}

/// [`SessionStore::rotate`](portcullis_session::SessionStore::rotate).
pub(crate) fn rotate(
    db: Db<'_>,
    key: &Digest,
    rotation: &Rotation,
    now: Timestamp,
) -> Result<Rotated, Fault> {
    let found = match find(db.connection, db.renewals, key, Touch::Not, now)? {
        None
        | Some(Found {
            by: By::Retired, ..
        }) => return Ok(Rotated::Gone),
        Some(found) if found.by == By::Predecessor => {
            return Ok(Rotated::Superseded(found.loaded()?));
        }
        Some(found) => found,
    };
    let new_key = &rotation.new_key;
    if find(db.connection, db.renewals, new_key, Touch::Not, now)?.is_some() {
        return Ok(Rotated::Exists);
    }
    let id = found.head.name.id;
    let after = with(found.loaded()?, |record| turn(record, rotation));
    db.execute(DELETE_DEAD, [new_key.as_bytes()])?;
    db.execute(
        RETIRE,
        params![key.as_bytes(), id, from_time(rotation.remember_until)],
    )?;
    let grace_until = from_time(rotation.grace_until);
    db.execute(
        SET_KEY,
        params![id, new_key.as_bytes(), key.as_bytes(), grace_until],
    )?;
    set_body(db, id, &after.record)?;
    Ok(Rotated::Done(after))
}

/// The session with a changed record, one version on.
fn with(loaded: Loaded, change: impl FnOnce(&mut Record)) -> Loaded {
    let mut record = Arc::unwrap_or_clone(loaded.record);
    change(&mut record);
    record.version = record.version.wrapping_add(1);
    Loaded {
        record: Arc::new(record),
        ..loaded
    }
}

fn apply(record: &mut Record, change: &Change) {
    if let Some(data) = &change.data {
        record.data = data.clone();
    }
    if let Some(lifetime) = change.lifetime {
        record.lifetime = lifetime;
    }
}

fn turn(record: &mut Record, rotation: &Rotation) {
    let (key, grace_until) = (record.key, rotation.grace_until);
    record.predecessor = Some(Box::new(Predecessor { key, grace_until }));
    record.key = rotation.new_key;
    if let (Standing::User(user), Some(authentication)) =
        (&mut record.standing, &rotation.authentication)
    {
        user.authentication = authentication.clone();
    }
}

fn set_body(db: Db<'_>, id: i64, record: &Record) -> Result<(), Fault> {
    let (version, body) = (from_version(record.version), codec::encode(record));
    db.execute(SET_BODY, params![id, version, body])?;
    Ok(())
}

fn set_lifetime(db: Db<'_>, id: i64, loaded: &Loaded) -> Result<(), Fault> {
    let lifetime = loaded.record.lifetime;
    let until = from_time(lifetime.until);
    db.execute(
        SET_LIFETIME,
        params![id, lifetime.idle_secs, until, expiry(loaded)],
    )?;
    Ok(())
}
