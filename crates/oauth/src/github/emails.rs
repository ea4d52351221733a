//! The user's e-mail address: `GET /user/emails`.

use http::StatusCode;
use serde::Deserialize;

use super::config::EmailRule;
use super::rest::{Listed, Page};
use crate::upstream::Upstream;
use crate::{AccessToken, SignInError, SignInErrorKind, VerifiedEmail};

#[derive(Deserialize)]
struct Email {
    email: String,
    primary: bool,
    verified: bool,
}

impl Upstream<'_> {
    /// The primary address, if it is verified: neither the one that `/user` shows nor the first of
    /// the list will do.
    pub(super) async fn email(
        &self,
        token: &AccessToken,
        rule: EmailRule,
    ) -> Result<Option<VerifiedEmail>, SignInError> {
        if rule == EmailRule::Ignored {
            return Ok(None);
        }
        let mut found = None;
        let listed = self.pages("/user/emails", token, |emails: Vec<Email>, _| {
            found = emails.into_iter().find(|email| email.primary);
            if found.is_some() {
                Page::Enough
            } else {
                Page::More
            }
        });
        let listed = listed.await?;
        let email = found.filter(|email| email.verified).and_then(verified);
        match (listed, email, rule) {
            (Listed::Refused(answer), ..) => refused(answer.status(), rule),
            (Listed::Read, None, EmailRule::Required) => {
                Err(SignInErrorKind::EmailNotVerified.into())
            }
            (Listed::Read, email, _) => Ok(email),
        }
    }
}

/// GitHub hides addresses from tokens that may not see them.
fn refused(status: StatusCode, rule: EmailRule) -> Result<Option<VerifiedEmail>, SignInError> {
    match (status, rule) {
        (StatusCode::FORBIDDEN | StatusCode::NOT_FOUND, EmailRule::Required) => {
            Err(SignInError::missing_scope_named("user:email"))
        }
        (StatusCode::FORBIDDEN | StatusCode::NOT_FOUND, _) => Ok(None),
        _ => Err(SignInErrorKind::BadUpstream.into()),
    }
}

fn verified(email: Email) -> Option<VerifiedEmail> {
    let (local, domain) = email.email.split_once('@')?;
    let visible = email.email.bytes().all(|byte| byte.is_ascii_graphic());
    let is_whole = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
    let domain = domain.to_ascii_lowercase();
    let is_noreply = domain.starts_with("users.noreply.") || domain.starts_with("noreply.");
    (visible && is_whole && email.email.len() <= 254).then_some(VerifiedEmail {
        address: email.email,
        is_noreply,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str) -> Option<(String, bool)> {
        let email = Email {
            email: address.to_owned(),
            primary: true,
            verified: true,
        };
        verified(email).map(|email| (email.address().to_owned(), email.is_noreply()))
    }

    #[test]
    fn o41_addresses_that_are_one_and_those_that_lead_nowhere() {
        for (address, is_noreply) in [
            ("a@b.example", false),
            ("1+a@users.noreply.github.com", true),
            ("1+a@Users.NoReply.github.com", true),
            ("a@users.noreply.ghe.example", true),
            ("noreply@b.example", false),
        ] {
            assert_eq!(read(address), Some((address.to_owned(), is_noreply)));
        }
        let long = format!("{}@b.example", "a".repeat(250));
        for bad in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b\r\nX: y",
            "a\u{ff20}b",
            &long,
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
