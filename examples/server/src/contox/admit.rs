//! Who may sign in, and as whom.

use axum::http::HeaderMap;
use portcullis_core::{Authentication, Level, Method, Refusal, RefusalKind, SubjectId};
use portcullis_oauth::GithubIdentity;
use portcullis_session::Login;
use portcullis_tower::oauth::{Admit, Linked};

use super::Records;

/// Admits every GitHub account: its user is made at the first sign-in.
#[derive(Clone)]
pub(super) struct AdmitOwner {
    records: Records,
}

impl AdmitOwner {
    pub(super) const fn new(records: Records) -> Self {
        Self { records }
    }
}

impl Admit for AdmitOwner {
    async fn log_in(&self, identity: &GithubIdentity, _: &HeaderMap) -> Result<Login, Refusal> {
        let how = Authentication {
            at: identity.authenticated_at(),
            method: Method::GITHUB,
            level: Level::Single,
        };
        Ok(Login::new(self.records.sign_in(identity)?, how))
    }

    async fn link(&self, _: &SubjectId, _: &GithubIdentity) -> Result<Linked, Refusal> {
        // A user of Contox is one GitHub account: there is no route that links a second.
        Err(Refusal::new(RefusalKind::Forbidden))
    }
}
