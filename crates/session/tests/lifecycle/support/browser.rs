//! A browser, as far as a session can tell.

use std::time::Duration;

use cookie::Cookie;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use portcullis_core::{Random, Token};
use portcullis_session::{Lifecycle, Login, Session, SessionError};

/// A browser with at most one cookie of ours.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) lifecycle: Lifecycle,
    pub(crate) cookie: Option<String>,
}

impl Browser {
    pub(crate) fn new(lifecycle: &Lifecycle) -> Self {
        Self {
            lifecycle: lifecycle.clone(),
            cookie: None,
        }
    }

    /// The same browser before a service with another lifecycle.
    pub(crate) fn at(&self, lifecycle: &Lifecycle) -> Self {
        Self {
            lifecycle: lifecycle.clone(),
            cookie: self.cookie.clone(),
        }
    }

    /// Begins a request.
    pub(crate) fn request(&self) -> Session {
        let values: Vec<&str> = self.cookie.iter().map(String::as_str).collect();
        request_with(&self.lifecycle, &values)
    }

    /// Ends a request and takes what its response says of the cookie.
    pub(crate) async fn finish(&mut self, session: &Session) -> Answer {
        let answer = finish(session).await;
        self.take(&answer);
        answer
    }

    /// Takes what a response says of the cookie.
    pub(crate) fn take(&mut self, answer: &Answer) {
        match answer.said() {
            Said::Nothing => {}
            Said::Removal => self.cookie = None,
            Said::Token { value, .. } => self.cookie = Some(value),
        }
    }

    /// Signs in by a request that does nothing else.
    pub(crate) async fn log_in(&mut self, login: Login) -> Answer {
        let session = self.request();
        session.log_in(login).await.unwrap();
        self.finish(&session).await
    }

    /// Whom a request of this browser is from.
    pub(crate) async fn who(&self) -> Option<String> {
        who(&self.request()).await
    }

    /// The cookie, which must be there.
    pub(crate) fn token(&self) -> String {
        self.cookie.clone().expect("the browser has a cookie")
    }
}

/// A request with these values of our cookie, in one header.
pub(crate) fn request_with(lifecycle: &Lifecycle, values: &[&str]) -> Session {
    lifecycle.session(&cookies(lifecycle, &[values]))
}

/// `Cookie` headers, each with these values of our cookie among others.
pub(crate) fn cookies(lifecycle: &Lifecycle, lines: &[&[&str]]) -> HeaderMap {
    let name = lifecycle.policy().cookie().name();
    let mut headers = HeaderMap::new();
    for values in lines {
        let ours = values.iter().map(|value| format!("; {name}={value}"));
        let line = format!("theme=dark{}; lang=en", ours.collect::<String>());
        headers.append(COOKIE, HeaderValue::from_str(&line).unwrap());
    }
    headers
}

/// Whom a request is from.
pub(crate) async fn who(session: &Session) -> Option<String> {
    let principal = session.principal().await.unwrap();
    principal.map(|principal| principal.subject().as_str().to_owned())
}

/// Ends a request that goes well.
pub(crate) async fn finish(session: &Session) -> Answer {
    let (answer, committed) = finish_with(session, HeaderMap::new()).await;
    committed.unwrap();
    answer
}

/// Ends a request whose handler has set these headers.
pub(crate) async fn finish_with(
    session: &Session,
    mut headers: HeaderMap,
) -> (Answer, Result<(), SessionError>) {
    let committed = session.commit().await;
    session.finish(&mut headers);
    let name = session.lifecycle().policy().cookie().name().to_owned();
    (Answer { headers, name }, committed)
}

/// The head of a response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    name: String,
}

/// What a response says of our cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Nothing,
    Removal,
    Token {
        value: String,
        max_age: Option<Duration>,
    },
}

impl Answer {
    /// What it says of our cookie: at most one thing.
    pub(crate) fn said(&self) -> Said {
        let lines = self.headers.get_all(SET_COOKIE).iter();
        let cookies = lines.map(|line| Cookie::parse(line.to_str().unwrap()).unwrap());
        let ours: Vec<_> = cookies
            .filter(|cookie| cookie.name() == self.name)
            .collect();
        let max_age = |cookie: &Cookie<'_>| {
            let age = cookie.max_age()?;
            Some(Duration::try_from(age).expect("an age that is not negative"))
        };
        match ours.as_slice() {
            [] => Said::Nothing,
            [one] if one.value().is_empty() => {
                assert_eq!(max_age(one), Some(Duration::ZERO));
                Said::Removal
            }
            [one] => {
                assert_ne!(max_age(one), Some(Duration::ZERO));
                Said::Token {
                    value: one.value().to_owned(),
                    max_age: max_age(one),
                }
            }
            more => panic!("our cookie is set {} times", more.len()),
        }
    }

    /// The token that it gives, if it gives one.
    pub(crate) fn token(&self) -> Option<String> {
        match self.said() {
            Said::Token { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The `Max-Age` of the token that it gives.
    pub(crate) fn max_age(&self) -> Option<Duration> {
        match self.said() {
            Said::Token { max_age, .. } => max_age,
            other => panic!("no token: {other:?}"),
        }
    }
}

/// A well-formed token that nobody was given.
pub(crate) fn invented() -> String {
    token_of(&Random::system())
}

/// The text of the token that is made of these bytes.
pub(crate) fn text_of(bytes: [u8; 32]) -> String {
    token_of(&Random::test(move |out| {
        out.copy_from_slice(&bytes);
        Ok(())
    }))
}

fn token_of(random: &Random) -> String {
    let token = Token::generate(random).unwrap();
    token.encode().expose_secret().to_owned()
}
