//! Who may sign in, and as whom.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT as USER_AGENT_HEADER;
use portcullis_core::{Authentication, Level, Method, Refusal, RefusalKind, SubjectId};
use portcullis_oauth::GithubIdentity;
use portcullis_session::Login;
use portcullis_tower::oauth::{Admit, Linked};

use super::{LOGIN, Records, USER_AGENT};

/// Admits every GitHub account: its user is made at the first sign-in.
#[derive(Clone)]
pub(super) struct AdmitUser {
    records: Records,
}

impl AdmitUser {
    pub(super) const fn new(records: Records) -> Self {
        Self { records }
    }
}

impl Admit for AdmitUser {
    async fn log_in(
        &self,
        identity: &GithubIdentity,
        headers: &HeaderMap,
    ) -> Result<Login, Refusal> {
        let subject = self.records.sign_in(identity)?;
        let at = identity.authenticated_at();
        let how = Authentication {
            at,
            method: Method::GITHUB,
            level: Level::Single,
        };
        let login = Login::new(subject, how).with_value(LOGIN, &identity.login().to_owned())?;
        Ok(match user_agent(headers) {
            Some(name) => login.with_value(USER_AGENT, &name)?,
            None => login,
        })
    }

    async fn link(&self, _: &SubjectId, _: &GithubIdentity) -> Result<Linked, Refusal> {
        // A user of Masker is one GitHub account: there is no route that links a second.
        Err(Refusal::new(RefusalKind::Forbidden))
    }
}

/// What the browser calls itself: the first 200 characters that can be shown.
fn user_agent(headers: &HeaderMap) -> Option<String> {
    let name = headers.get(USER_AGENT_HEADER)?.to_str().ok()?;
    Some(name.chars().filter(|c| !c.is_control()).take(200).collect())
}
