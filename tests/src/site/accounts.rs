use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use http::HeaderMap;
use portcullis_core::{Authentication, Level, Method, Refusal, SubjectId};
use portcullis_oauth::GithubIdentity;
use portcullis_session::{Key, Login};
use portcullis_tower::oauth::{Admit, Linked};

/// The GitHub login of the session's user.
pub(super) const LOGIN: Key<String> = Key::new("github_login");

/// Which user an account belongs to, by issuer and number; clones are the same accounts.
#[derive(Clone, Debug, Default)]
pub struct Accounts(Arc<Mutex<BTreeMap<(String, u64), Account>>>);

/// What is known of one account.
#[derive(Clone, Debug)]
struct Account {
    user: String,
    email: Option<String>,
}

impl Accounts {
    /// The user of an account, by its number.
    #[must_use]
    pub fn user(&self, number: u64) -> Option<String> {
        self.find(number).map(|account| account.user)
    }

    /// The e-mail address that an account had at its last sign-in.
    #[must_use]
    pub fn email(&self, number: u64) -> Option<String> {
        self.find(number)?.email
    }

    /// How many accounts there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.lock().expect("nobody panicked").len()
    }

    fn find(&self, number: u64) -> Option<Account> {
        let accounts = self.0.lock().expect("nobody panicked");
        let found = accounts.iter().find(|((_, id), _)| *id == number);
        found.map(|(_, account)| account.clone())
    }

    fn claim(&self, identity: &GithubIdentity, user: &str) -> String {
        let key = (identity.issuer().to_owned(), identity.id());
        let mut accounts = self.0.lock().expect("nobody panicked");
        let account = accounts.entry(key).or_insert_with(|| Account {
            user: user.to_owned(),
            email: None,
        });
        account.email = identity.email().map(|email| email.address().to_owned());
        account.user.clone()
    }
}

impl Admit for Accounts {
    async fn log_in(&self, identity: &GithubIdentity, _: &HeaderMap) -> Result<Login, Refusal> {
        let user = self.claim(identity, &format!("usr_{}", identity.id()));
        let subject = SubjectId::new(&user).expect("a subject");
        let how = Authentication {
            at: identity.authenticated_at(),
            method: Method::GITHUB,
            level: Level::Single,
        };
        Ok(Login::new(subject, how).with_value(LOGIN, &identity.login().to_owned())?)
    }

    async fn link(
        &self,
        subject: &SubjectId,
        identity: &GithubIdentity,
    ) -> Result<Linked, Refusal> {
        let owner = self.claim(identity, subject.as_str());
        Ok(if owner == subject.as_str() {
            Linked::Done
        } else {
            Linked::Taken
        })
    }
}
