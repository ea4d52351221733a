//! The rows of projects' secrets: one present, and those before it that are still good.
//!
//! Each has its own time from when it was replaced, whatever is rotated later. There are at most
//! [`MOST_OLD`]: past them a rotation waits for the first to end, so that none is cut short.

use std::time::Duration;

use portcullis_core::{Principal, Secret, StoreError, Timestamp};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, named_params};

use super::Records;
use super::secret::{Secrets, text};
use crate::rows::{ill, millis, timestamp};

/// How many old secrets a project has at most.
pub(super) const MOST_OLD: usize = 8;

/// What became of a rotation.
pub(super) enum Rotated {
    Done(Secrets),
    /// There are as many old secrets as there may be; the first ends then.
    Full(Timestamp),
    /// The owner has no such project.
    None,
}

impl Records {
    /// The secrets of a project, for whoever verifies; none if there is no such project.
    pub(super) fn secrets(&self, project: &str) -> Result<Option<Secrets>, StoreError> {
        select(&self.rows.connection(), None, project)
    }

    /// The secrets of a project, for its owner; none if it is not theirs.
    pub(super) fn secrets_of(
        &self,
        owner: &Principal,
        project: &str,
    ) -> Result<Option<Secrets>, StoreError> {
        select(&self.rows.connection(), Some(owner), project)
    }

    /// Gives a project of its owner a new secret; the present one is good for `overlap` more.
    /// Secrets that are no longer good are deleted.
    pub(super) fn rotate(
        &self,
        owner: &Principal,
        project: &str,
        new: &Secret,
        overlap: Duration,
    ) -> Result<Rotated, StoreError> {
        let now = self.now();
        let mut connection = self.rows.connection();
        let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let turn = begun.map_err(ill)?;
        let Some(before) = select(&turn, Some(owner), project)? else {
            return Ok(Rotated::None);
        };
        let good = before.old.iter().map(|(_, until)| *until);
        let mut good: Vec<Timestamp> = good.filter(|until| now < *until).collect();
        good.sort_unstable();
        if let Some(first) = good.first().filter(|_| good.len() >= MOST_OLD) {
            return Ok(Rotated::Full(*first));
        }
        replace(&turn, project, text(new)?, now, now.after(overlap)).map_err(ill)?;
        let secrets = select(&turn, Some(owner), project)?;
        turn.commit().map_err(ill)?;
        Ok(secrets.map_or(Rotated::None, Rotated::Done))
    }
}

/// In one statement, so that a rotation by another process is there wholly or not at all.
fn select(
    connection: &Connection,
    owner: Option<&Principal>,
    project: &str,
) -> Result<Option<Secrets>, StoreError> {
    let sql = "SELECT present.secret, old.secret, old.until FROM contox_project AS present
        LEFT JOIN contox_old_secret AS old ON old.project = present.id
        WHERE present.id = :project AND (:owner IS NULL OR present.owner = :owner)";
    let owner = owner.map(|owner| owner.subject().as_str());
    let values = named_params! { ":project": project, ":owner": owner };
    let mut statement = connection.prepare_cached(sql).map_err(ill)?;
    let rows = statement.query_map(values, secrets).map_err(ill)?;
    let mut all: Option<Secrets> = None;
    for row in rows {
        let row = row.map_err(ill)?;
        match &mut all {
            Some(all) => all.old.extend(row.old),
            None => all = Some(row),
        }
    }
    Ok(all)
}

/// The present secret, and at most one old one.
fn secrets(row: &Row<'_>) -> rusqlite::Result<Secrets> {
    let present: String = row.get(0)?;
    let old: Option<String> = row.get(1)?;
    let until: Option<i64> = row.get(2)?;
    let old = old.map(Secret::from).zip(until.map(timestamp));
    Ok(Secrets {
        present: Secret::from(present),
        old: old.into_iter().collect(),
    })
}

fn replace(
    turn: &Transaction<'_>,
    project: &str,
    new: &str,
    now: Timestamp,
    until: Timestamp,
) -> rusqlite::Result<()> {
    let values = named_params! { ":project": project, ":now": millis(now) };
    let sql = "DELETE FROM contox_old_secret WHERE project = :project AND until <= :now";
    turn.execute(sql, values)?;
    let values = named_params! { ":project": project, ":until": millis(until) };
    let sql = "INSERT INTO contox_old_secret (project, secret, until)
        SELECT id, secret, :until FROM contox_project WHERE id = :project";
    turn.execute(sql, values)?;
    let values = named_params! { ":project": project, ":new": new };
    let sql = "UPDATE contox_project SET secret = :new WHERE id = :project";
    turn.execute(sql, values).map(drop)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use portcullis_core::{
        Authentication, Clock, Credential, FrozenClock, Level, Method, SubjectId,
    };

    use super::*;
    use crate::contox::secret::generate;
    use crate::rows::Rows;

    const OVERLAP: Duration = Duration::from_secs(10);

    fn owner(clock: &FrozenClock) -> Principal {
        let authentication = Authentication {
            at: clock.now(),
            method: Method::GITHUB,
            level: Level::Single,
        };
        let subject = SubjectId::new("owner_1").unwrap();
        Principal::new(subject, authentication, Credential::Session)
    }

    #[test]
    fn secrets_that_are_no_longer_good_are_deleted_by_the_next_rotation() {
        let clock = FrozenClock::new(Timestamp::from_secs(1_700_000_000));
        let rows = Rows::in_memory(Arc::new(clock.clone())).unwrap();
        let (records, owner) = (Records::new(rows).unwrap(), owner(&clock));
        let project = |name| records.create_project(&owner, name).unwrap().unwrap().id;
        let (one, other) = (project("one"), project("other"));
        let kept = |project: &str| records.secrets(project).unwrap().unwrap().old.len();
        let rotate = |project: &str| {
            let rotated = records.rotate(&owner, project, &generate().unwrap(), OVERLAP);
            assert!(matches!(rotated, Ok(Rotated::Done(_))));
            kept(project)
        };
        assert_eq!((rotate(&one), rotate(&one), rotate(&other)), (1, 2, 1));
        clock.advance(OVERLAP - Duration::from_millis(1));
        assert_eq!(rotate(&one), 3);
        clock.advance(Duration::from_millis(1));
        assert_eq!((rotate(&one), kept(&other)), (2, 1));
        clock.advance(OVERLAP);
        assert_eq!((rotate(&one), rotate(&other)), (1, 1));
    }
}
