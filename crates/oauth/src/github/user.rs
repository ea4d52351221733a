//! Who a token is for: `GET /user`.

use http::StatusCode;
use serde::Deserialize;

use super::rest::{OBJECT, object};
use crate::rate_limit::RateLimit;
use crate::upstream::Upstream;
use crate::{AccessToken, GithubIdentity, SignInError, SignInErrorKind};

/// How many characters of a name are kept.
const MAX_NAME: usize = 255;

/// What is read of a user. A member that stands there twice is an error.
#[derive(Deserialize)]
struct User {
    id: i64,
    login: String,
    #[serde(default)]
    name: Option<String>,
}

impl Upstream<'_> {
    /// The user, and the scopes of the token if the answer tells them.
    pub(super) async fn user(
        &self,
        token: &AccessToken,
    ) -> Result<(GithubIdentity, Option<Vec<String>>), SignInError> {
        let answer = self.get("/user", token, OBJECT).await?;
        match answer.status() {
            StatusCode::OK => {}
            // Everybody may read themself: this is GitHub's guard, in whatever words.
            StatusCode::FORBIDDEN => return Err(RateLimit::untold().into()),
            _ => return Err(SignInErrorKind::BadUpstream.into()),
        }
        let scopes = answer.headers().get("x-oauth-scopes");
        let scopes = scopes.and_then(|value| value.to_str().ok());
        let scopes = scopes.map(|scopes| scopes.split(',').map(|s| s.trim().to_owned()).collect());
        Ok((self.identity(object(&answer)?)?, scopes))
    }

    fn identity(&self, user: User) -> Result<GithubIdentity, SignInError> {
        let id = u64::try_from(user.id).ok().filter(|id| *id > 0);
        let is_login = (1..=255).contains(&user.login.len())
            && user.login.bytes().all(|byte| byte.is_ascii_graphic());
        match id {
            Some(id) if is_login => Ok(GithubIdentity {
                issuer: self.sign_in.config.issuer_shared(),
                id,
                login: user.login,
                name: user.name.as_deref().and_then(display_name),
                email: None,
                at: self.sign_in.now(),
            }),
            _ => Err(SignInErrorKind::BadUpstream.into()),
        }
    }
}

/// A name without control characters, which would reach into logs and terminals.
fn display_name(name: &str) -> Option<String> {
    let plain = name.chars().filter(|c| !c.is_control()).take(MAX_NAME);
    let name = plain.collect::<String>().trim().to_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(json: &str) -> Option<i64> {
        serde_json::from_str::<User>(json).ok().map(|user| user.id)
    }

    #[test]
    fn o40_an_id_is_a_number_that_fits() {
        let with_id = |id: &str| user(&format!(r#"{{"id":{id},"login":"a"}}"#));
        assert_eq!(with_id("1"), Some(1));
        assert_eq!(with_id("9223372036854775807"), Some(i64::MAX));
        for id in [
            "\"1\"",
            "9223372036854775808",
            "1.0",
            "1e3",
            "null",
            "true",
            "[1]",
            "{}",
            "01",
        ] {
            assert_eq!(with_id(id), None, "{id}");
        }
    }

    #[test]
    fn o40_missing_and_doubled_members_are_errors() {
        for json in [
            r#"{"login":"a"}"#,
            r#"{"id":1}"#,
            r#"{"id":1,"id":2,"login":"a"}"#,
            r#"{"id":1,"login":"a","login":"b"}"#,
            r#"{"id":1,"login":null}"#,
            r#"[{"id":1,"login":"a"}]"#,
            r#"{"id":1,"login":"a"} {}"#,
            "",
        ] {
            assert_eq!(user(json), None, "{json}");
        }
    }

    #[test]
    fn names_lose_control_characters() {
        assert_eq!(display_name("\u{1b}[1mA\r\n"), Some("[1mA".to_owned()));
        assert_eq!(display_name(" \t"), None);
        assert_eq!(display_name(&"é".repeat(300)).unwrap().chars().count(), 255);
    }
}
