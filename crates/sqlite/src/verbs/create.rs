use std::num::NonZeroU32;

use portcullis_core::{Digest, SubjectId, Timestamp};
use portcullis_session::{Created, Loaded, Record, codec};
use rusqlite::{OptionalExtension, named_params, params};

use super::Db;
use super::remove::remove;
use crate::columns::{Head, Name, expiry, from_time, from_version, head_columns};
use crate::error::Fault;
use crate::lookup::find;
use crate::renewals::Touch;

pub(super) const BY_HANDLE: &str = concat!(
    "SELECT ",
    head_columns!(),
    " FROM session WHERE subject = ?1 AND handle = ?2"
);
pub(super) const OF_SUBJECT: &str = concat!(
    "SELECT ",
    head_columns!(),
    " FROM session WHERE subject = ?1 ORDER BY created_at, handle"
);
pub(super) const DELETE_DEAD: &str = "DELETE FROM session WHERE digest = ?1";
pub(super) const INSERT: &str = "
    INSERT INTO session (digest, handle, subject, created_at, seen_at, idle_secs, until,
        expires_at, version, predecessor, grace_until, body)
    VALUES (:digest, :handle, :subject, :created_at, :seen_at, :idle_secs, :until,
        :expires_at, :version, :predecessor, :grace_until, :body)";

/// [`SessionStore::create`](portcullis_session::SessionStore::create).
pub(crate) fn create(
    db: Db<'_>,
    loaded: &Loaded,
    replaces: Option<&Digest>,
    cap: Option<NonZeroU32>,
    now: Timestamp,
) -> Result<Created, Fault> {
    let record = &*loaded.record;
    let replaced = match replaces {
        Some(key) => find(db.connection, db.renewals, key, Touch::Not, now)?,
        None => None,
    };
    let replaced = replaced.map(|found| found.head.name.id);
    let namesake = namesake(db, record)?;
    let in_the_way = |head: &Head| Some(head.name.id) != replaced && is_alive(db, head, now);
    if find(db.connection, db.renewals, &record.key, Touch::Not, now)?.is_some()
        || namesake.as_ref().is_some_and(in_the_way)
    {
        return Ok(Created::Exists);
    }
    // What is dead may still have the key or the handle.
    db.execute(DELETE_DEAD, [record.key.as_bytes()])?;
    for id in replaced
        .into_iter()
        .chain(namesake.map(|head| head.name.id))
    {
        remove(db, id)?;
    }
    let evicted = match (cap, record.subject()) {
        (Some(cap), Some(subject)) => evict(db, subject, cap, now)?,
        _ => 0,
    };
    insert(db, loaded)?;
    // The row may have been that of an earlier session: its visits are not those of this one.
    let id = db.connection.last_insert_rowid();
    db.renewals.forget(Name {
        id,
        handle: record.handle,
    });
    Ok(Created::Done { evicted })
}

/// The row of the record's subject that has its handle.
fn namesake(db: Db<'_>, record: &Record) -> Result<Option<Head>, Fault> {
    let Some(subject) = record.subject() else {
        return Ok(None);
    };
    let mut statement = db.connection.prepare_cached(BY_HANDLE)?;
    let params = params![subject.as_str(), record.handle.as_bytes()];
    Ok(statement.query_row(params, Head::read).optional()?)
}

pub(super) fn is_alive(db: Db<'_>, head: &Head, now: Timestamp) -> bool {
    now < head
        .lifetime
        .expires_at(db.renewals.seen_at(head.name, head.seen_at))
}

/// The sessions of a subject that are alive, oldest first; none whose row cannot be read.
pub(super) fn alive_of(
    db: Db<'_>,
    subject: &SubjectId,
    now: Timestamp,
) -> Result<Vec<Head>, Fault> {
    let mut statement = db.connection.prepare_cached(OF_SUBJECT)?;
    let mut rows = statement.query([subject.as_str()])?;
    let mut alive = Vec::new();
    while let Some(row) = rows.next()? {
        alive.extend(Head::read(row).ok().filter(|head| is_alive(db, head, now)));
    }
    Ok(alive)
}

/// Removes the oldest sessions of a subject until one more fits under the cap.
fn evict(db: Db<'_>, subject: &SubjectId, cap: NonZeroU32, now: Timestamp) -> Result<u32, Fault> {
    let alive = alive_of(db, subject, now)?;
    let cap = usize::try_from(cap.get()).unwrap_or(usize::MAX);
    let surplus = (alive.len() + 1).saturating_sub(cap);
    for head in alive.iter().take(surplus) {
        remove(db, head.name.id)?;
    }
    Ok(u32::try_from(surplus).unwrap_or(u32::MAX))
}

fn insert(db: Db<'_>, loaded: &Loaded) -> Result<(), Fault> {
    let record = &*loaded.record;
    let predecessor = record.predecessor.as_deref();
    db.execute(
        INSERT,
        named_params! {
            ":digest": record.key.as_bytes(),
            ":handle": record.handle.as_bytes(),
            ":subject": record.subject().map(SubjectId::as_str),
            ":created_at": from_time(record.created_at),
            ":seen_at": from_time(loaded.seen_at),
            ":idle_secs": record.lifetime.idle_secs,
            ":until": from_time(record.lifetime.until),
            ":expires_at": expiry(loaded),
            ":version": from_version(record.version),
            ":predecessor": predecessor.map(|p| p.key.as_bytes()),
            ":grace_until": predecessor.map(|p| from_time(p.grace_until)),
            ":body": codec::encode(record),
        },
    )?;
    Ok(())
}
