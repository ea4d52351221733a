use http::HeaderMap;
use http::header::SET_COOKIE;
use portcullis_session::{Event, Session, SessionErrorKind};

use super::Events;

/// What came of one request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Whom the request was from, as its handler saw it, if it looked.
    pub(crate) who: Option<String>,
    /// What its response says of the cookie.
    pub(crate) said: Said,
    /// How the deed, or else the commit, failed.
    pub(crate) error: Option<SessionErrorKind>,
    /// What it told of.
    pub(crate) events: Vec<Event>,
}

/// What a response says of our cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Nothing,
    Removal,
    Token(String),
}

impl Answer {
    /// Ends a request, as the layer does.
    pub(crate) async fn end(
        session: &Session,
        who: Option<String>,
        deed: Result<(), SessionErrorKind>,
        events: &Events,
    ) -> Self {
        let committed = session.commit().await.map_err(|error| error.kind());
        let mut headers = HeaderMap::new();
        session.finish(&mut headers);
        Self {
            who,
            said: said(&headers),
            error: deed.and(committed).err(),
            events: events.take(),
        }
    }

    /// The token that it gives, if it gives one.
    pub(crate) fn token(&self) -> Option<String> {
        match &self.said {
            Said::Token(token) => Some(token.clone()),
            _ => None,
        }
    }
}

/// What a head says of our cookie: at most one thing.
fn said(headers: &HeaderMap) -> Said {
    let lines: Vec<&str> = headers
        .get_all(SET_COOKIE)
        .iter()
        .map(|line| line.to_str().unwrap())
        .collect();
    match lines.as_slice() {
        [] => Said::Nothing,
        [line] => {
            let (pair, attributes) = line.split_once(';').unwrap();
            let (_, value) = pair.split_once('=').unwrap();
            assert_eq!(value.is_empty(), attributes.contains("Max-Age=0"), "{line}");
            if value.is_empty() {
                Said::Removal
            } else {
                Said::Token(value.to_owned())
            }
        }
        more => panic!("the cookie is set {} times", more.len()),
    }
}
