//! Masker's own rows: users and agents.

use std::collections::BTreeSet;
use std::sync::Arc;

use portcullis_core::{Principal, Refusal, RefusalKind, StoreError, SubjectId, Timestamp};
use portcullis_oauth::GithubIdentity;
use rusqlite::{OptionalExtension, Row, params};
use ulid::Ulid;

use crate::rows::{Rows, ill, millis, timestamp};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS masker_user (
        id TEXT PRIMARY KEY,
        issuer TEXT NOT NULL,
        github_id INTEGER NOT NULL,
        name TEXT,
        email TEXT,
        created_at INTEGER NOT NULL,
        UNIQUE (issuer, github_id)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS masker_agent (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        created_by TEXT NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT;
";

/// A user, known by issuer and numeric id.
pub(super) struct User {
    pub(super) id: String,
    pub(super) github_id: i64,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) is_admin: bool,
}

/// A voice agent.
pub(super) struct Agent {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created_at: Timestamp,
}

/// Masker's rows.
#[derive(Clone)]
pub(crate) struct Records {
    rows: Rows,
    admins: Arc<BTreeSet<u64>>,
}

impl Records {
    pub(crate) fn new(rows: Rows) -> rusqlite::Result<Self> {
        rows.connection().execute_batch(SCHEMA)?;
        Ok(Self {
            rows,
            admins: Arc::default(),
        })
    }

    pub(super) fn with_admins(mut self, ids: &BTreeSet<u64>) -> Self {
        self.admins = Arc::new(ids.clone());
        self
    }

    /// Finds or makes the user of a GitHub account, and keeps name and address up to date.
    pub(super) fn sign_in(&self, identity: &GithubIdentity) -> Result<SubjectId, Refusal> {
        let github_id =
            i64::try_from(identity.id()).map_err(|_| Refusal::new(RefusalKind::Upstream))?;
        let id = format!("usr_{}", Ulid::new());
        let email = identity.email().map(|email| email.address());
        let id: String = self
            .rows
            .connection()
            .query_row(
                "INSERT INTO masker_user (id, issuer, github_id, name, email, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (issuer, github_id) DO UPDATE SET name = ?4, email = ?5
                 RETURNING id",
                params![
                    id,
                    identity.issuer(),
                    github_id,
                    identity.name(),
                    email,
                    millis(self.rows.now())
                ],
                |row| row.get(0),
            )
            .map_err(ill)?;
        SubjectId::new(&id).map_err(|error| ill(error).into())
    }

    pub(super) fn user(&self, principal: &Principal) -> Result<Option<User>, StoreError> {
        let user = |row: &Row<'_>| {
            let github_id = row.get(1)?;
            let is_admin = u64::try_from(github_id).is_ok_and(|id| self.admins.contains(&id));
            let created_at = timestamp(row.get(4)?);
            Ok(User {
                id: row.get(0)?,
                github_id,
                name: row.get(2)?,
                email: row.get(3)?,
                created_at,
                is_admin,
            })
        };
        let sql = "SELECT id, github_id, name, email, created_at FROM masker_user WHERE id = ?1";
        let subject = principal.subject().as_str();
        self.rows
            .connection()
            .query_row(sql, [subject], user)
            .optional()
            .map_err(ill)
    }

    pub(super) fn is_admin(&self, principal: &Principal) -> Result<bool, StoreError> {
        Ok(self.user(principal)?.is_some_and(|user| user.is_admin))
    }

    /// A page of agents, oldest first, and where the next begins.
    pub(super) fn agents(
        &self,
        limit: u32,
        after: Option<&str>,
    ) -> Result<(Vec<Agent>, Option<String>), StoreError> {
        let sql =
            "SELECT id, name, created_at FROM masker_agent WHERE id > ?1 ORDER BY id LIMIT ?2";
        let connection = self.rows.connection();
        let mut statement = connection.prepare_cached(sql).map_err(ill)?;
        let rows = statement.query_map(params![after.unwrap_or(""), limit + 1], agent);
        let mut agents: Vec<Agent> = rows
            .and_then(Iterator::collect::<Result<_, _>>)
            .map_err(ill)?;
        let page = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = agents.len() > page;
        agents.truncate(page);
        let next = agents.last().filter(|_| more).map(|agent| agent.id.clone());
        Ok((agents, next))
    }

    pub(super) fn agent(&self, id: &str) -> Result<Option<Agent>, StoreError> {
        let sql = "SELECT id, name, created_at FROM masker_agent WHERE id = ?1";
        self.rows
            .connection()
            .query_row(sql, [id], agent)
            .optional()
            .map_err(ill)
    }

    pub(super) fn create_agent(&self, by: &Principal, name: &str) -> Result<Agent, StoreError> {
        let id = format!("agt_{}", Ulid::new());
        let created_at = millis(self.rows.now());
        let sql =
            "INSERT INTO masker_agent (id, name, created_by, created_at) VALUES (?1, ?2, ?3, ?4)";
        let values = params![id, name, by.subject().as_str(), created_at];
        self.rows.connection().execute(sql, values).map_err(ill)?;
        Ok(Agent {
            id,
            name: name.to_owned(),
            created_at: timestamp(created_at),
        })
    }

    pub(super) fn delete_agent(&self, id: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM masker_agent WHERE id = ?1";
        self.rows
            .connection()
            .execute(sql, [id])
            .map(|rows| rows > 0)
            .map_err(ill)
    }
}

fn agent(row: &Row<'_>) -> rusqlite::Result<Agent> {
    Ok(Agent {
        id: row.get(0)?,
        name: row.get(1)?,
        created_at: timestamp(row.get(2)?),
    })
}
