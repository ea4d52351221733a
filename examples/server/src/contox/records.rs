//! Contox's own rows: users, projects with their secrets, and events.
//!
//! A secret is kept as it is: a MAC needs it, and its owner may read it again. Whoever can read the
//! database can send events in the name of its projects, and do nothing else with what is in it.

use portcullis_core::{Principal, Refusal, RefusalKind, StoreError, SubjectId, Timestamp};
use portcullis_oauth::GithubIdentity;
use rusqlite::{Row, params};
use ulid::Ulid;

use super::projects::MOST;
use super::secret::{generate, text};
use crate::rows::{Rows, ill, millis};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS contox_user (
        id TEXT PRIMARY KEY,
        issuer TEXT NOT NULL,
        github_id INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        UNIQUE (issuer, github_id)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS contox_project (
        id TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        name TEXT NOT NULL,
        secret TEXT NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS contox_project_owner ON contox_project (owner, id);
    CREATE TABLE IF NOT EXISTS contox_old_secret (
        project TEXT NOT NULL,
        secret TEXT NOT NULL,
        until INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS contox_old_secret_project ON contox_old_secret (project);
    CREATE TABLE IF NOT EXISTS contox_event (
        id TEXT PRIMARY KEY,
        project TEXT NOT NULL,
        session TEXT NOT NULL,
        body BLOB NOT NULL,
        received_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS contox_event_session ON contox_event (project, session);
";

/// A project.
pub(super) struct Project {
    pub(super) id: String,
    pub(super) name: String,
}

/// An event that was taken.
pub(super) struct Event {
    pub(super) id: String,
    pub(super) session: String,
}

/// Contox's rows.
#[derive(Clone)]
pub(crate) struct Records {
    pub(super) rows: Rows,
}

impl Records {
    pub(crate) fn new(rows: Rows) -> rusqlite::Result<Self> {
        rows.connection().execute_batch(SCHEMA)?;
        Ok(Self { rows })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.rows.now()
    }

    /// Finds or makes the user of a GitHub account.
    pub(super) fn sign_in(&self, identity: &GithubIdentity) -> Result<SubjectId, Refusal> {
        let github_id =
            i64::try_from(identity.id()).map_err(|_| Refusal::new(RefusalKind::Upstream))?;
        let id = format!("owner_{}", Ulid::new());
        let sql = "INSERT INTO contox_user (id, issuer, github_id, created_at)
            VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (issuer, github_id) DO UPDATE SET github_id = ?3
            RETURNING id";
        let values = params![id, identity.issuer(), github_id, millis(self.now())];
        let connection = self.rows.connection();
        let id: String = connection
            .query_row(sql, values, |row| row.get(0))
            .map_err(ill)?;
        SubjectId::new(&id).map_err(|error| ill(error).into())
    }

    /// The projects of an owner, the oldest first.
    pub(super) fn projects(&self, owner: &Principal) -> Result<Vec<Project>, StoreError> {
        let sql = "SELECT id, name FROM contox_project WHERE owner = ?1 ORDER BY id";
        let project = |row: &Row<'_>| {
            Ok(Project {
                id: row.get(0)?,
                name: row.get(1)?,
            })
        };
        let connection = self.rows.connection();
        let mut statement = connection.prepare_cached(sql).map_err(ill)?;
        let rows = statement.query_map([owner.subject().as_str()], project);
        rows.and_then(Iterator::collect).map_err(ill)
    }

    /// Makes a project with a secret of its own; none if its owner has as many as there may be.
    pub(super) fn create_project(
        &self,
        owner: &Principal,
        name: &str,
    ) -> Result<Option<Project>, Refusal> {
        let id = format!("proj_{}", Ulid::new());
        let secret = generate()?;
        let sql = "INSERT INTO contox_project (id, owner, name, secret, created_at)
            SELECT ?1, ?2, ?3, ?4, ?5
            WHERE (SELECT count(*) FROM contox_project WHERE owner = ?2) < ?6";
        let owner = owner.subject().as_str();
        let values = params![id, owner, name, text(&secret)?, millis(self.now()), MOST];
        let made = self.rows.connection().execute(sql, values).map_err(ill)?;
        let name = name.to_owned();
        Ok((made > 0).then_some(Project { id, name }))
    }

    /// Keeps an event, in the session that it names if that is the project's, else in a new one.
    pub(super) fn add_event(
        &self,
        project: &str,
        session: Option<&str>,
        body: &[u8],
    ) -> Result<Event, StoreError> {
        let id = format!("evt_{}", Ulid::new());
        let new_session = format!("sess_{}", Ulid::new());
        let sql = "INSERT INTO contox_event (id, project, session, body, received_at)
            VALUES (?1, ?2, coalesce(
                (SELECT session FROM contox_event WHERE project = ?2 AND session = ?3 LIMIT 1),
                ?4
            ), ?5, ?6)
            RETURNING session";
        let values = params![id, project, session, new_session, body, millis(self.now())];
        let kept = self
            .rows
            .connection()
            .query_row(sql, values, |row| row.get(0));
        let session = kept.map_err(ill)?;
        Ok(Event { id, session })
    }
}
