use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

use http::{HeaderMap, Method, request};
use serde_json::Value;

use super::data::{Is, Place, When};
use crate::Receipt;

/// How long a query may be to be looked at, in bytes.
const QUERY: usize = 4 * 1024;

/// How long a body may be to be looked at, in bytes: the handshakes of all providers are shorter.
const BODY: usize = 16 * 1024;

/// A request that may be a handshake.
#[derive(Clone)]
#[must_use]
pub struct Ask<'r> {
    method: &'r Method,
    query: &'r str,
    headers: &'r HeaderMap,
    body: Option<&'r [u8]>,
    receipt: Option<&'r Receipt>,
    json: OnceCell<Option<Value>>,
}

/// What is at a place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    Absent,
    /// It is there twice, or is no text.
    Odd,
    Text(Cow<'a, str>),
}

impl<'r> Ask<'r> {
    /// A request of which the head is known.
    pub fn of(head: &'r request::Parts) -> Self {
        Self {
            method: &head.method,
            query: head.uri.query().unwrap_or_default(),
            headers: &head.headers,
            body: None,
            receipt: None,
            json: OnceCell::new(),
        }
    }

    /// Says that the body is known as well, and that its signature was verified.
    pub fn with_verified(mut self, receipt: &'r Receipt, body: &'r [u8]) -> Self {
        self.receipt = Some(receipt);
        self.body = Some(body);
        self
    }

    /// Says that the body is known as well, and that anybody may have written it: for
    /// [`MONDAY`](super::MONDAY).
    pub const fn with_unsigned(mut self, body: &'r [u8]) -> Self {
        self.receipt = None;
        self.body = Some(body);
        self
    }

    /// The label of the secret by which it was verified.
    pub(super) fn label(&self) -> Option<&str> {
        self.receipt.map(Receipt::label)
    }

    /// Whether it comes as such a handshake does.
    pub(super) fn is_of(&self, when: When) -> bool {
        match when {
            When::Get => [Method::GET, Method::HEAD].contains(self.method),
            _ if self.method != Method::POST => false,
            When::Body => self.body.is_some(),
            When::Post => true,
            When::Verified => self.receipt.is_some(),
        }
    }

    /// Whether this is there.
    pub(super) fn meets(&self, place: Place, is: Is) -> bool {
        match (place, is) {
            (Place::Json(pointer), Is::EmptyList) => {
                let list = self.json(pointer).and_then(Value::as_array);
                list.is_some_and(Vec::is_empty)
            }
            (Place::Json(pointer), Is::Number(number)) => {
                self.json(pointer).and_then(Value::as_u64) == Some(number)
            }
            (place, Is::Text(text)) => self.find(place) == Found::Text(text.into()),
            (Place::Header(_) | Place::Query(_), Is::EmptyList | Is::Number(_)) => false,
        }
    }

    pub(super) fn find(&self, place: Place) -> Found<'_> {
        match place {
            Place::Header(name) => {
                let values = self.headers.get_all(name).iter();
                only(values.map(|value| value.to_str().ok().map(Cow::Borrowed)))
            }
            Place::Json(pointer) => match self.json(pointer) {
                Some(value) => only([value.as_str().map(Cow::Borrowed)].into_iter()),
                None => Found::Absent,
            },
            Place::Query(_) if self.query.len() > QUERY => Found::Absent,
            Place::Query(name) => {
                let pairs = form_urlencoded::parse(self.query.as_bytes());
                let values = pairs.filter(|(key, _)| key == name);
                only(values.map(|(_, value)| Some(value)))
            }
        }
    }

    fn json(&self, pointer: &str) -> Option<&Value> {
        let parse = || {
            let body = self.body.filter(|body| body.len() <= BODY)?;
            serde_json::from_slice(body).ok()
        };
        self.json.get_or_init(parse).as_ref()?.pointer(pointer)
    }
}

fn only<'a>(mut values: impl Iterator<Item = Option<Cow<'a, str>>>) -> Found<'a> {
    match (values.next(), values.next()) {
        (None, _) => Found::Absent,
        (Some(Some(text)), None) => Found::Text(text),
        _ => Found::Odd,
    }
}

impl fmt::Debug for Ask<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask")
            .field("method", self.method)
            .field("is_verified", &self.receipt.is_some())
            .finish_non_exhaustive()
    }
}
