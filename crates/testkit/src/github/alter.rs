//! Turns a fault into an answer: instead of the right one, or made out of it.

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};

use super::body::Body;
use super::fault::{Fault, RateLimit, Wait};
use super::reply::{Reply, api_error, reply, set};

const HTML: &str = "text/html; charset=utf-8";
const PAGE: &str = "<!doctype html>\n<title>Unicorn</title>\n<p>We had issues producing the \
                    response to your request.</p>\n";

impl Fault {
    /// The answer sent without doing the work, if this is such a fault.
    pub(super) fn instead(&self, now: u64) -> Option<Reply> {
        match self {
            Self::Answer(answer) => Some(answer.clone()),
            Self::Html => Some(reply(StatusCode::OK, HTML, PAGE)),
            Self::RateLimit(limit) => Some(limit.reply(now)),
            Self::Redirect(location) => Some(moved(location)),
            Self::Status(status) => Some(reply(*status, HTML, PAGE)),
            _ => None,
        }
    }

    /// The right answer as this fault leaves it.
    pub(super) fn alter(self, mut reply: Reply) -> Response<Body> {
        match self {
            Self::CutOff => return reply.map(Body::cut),
            Self::DuplicateMember { name, value } => {
                edit(&mut reply, |object| duplicated(&object, &name, &value));
            }
            Self::EmptyBody => *reply.body_mut() = Bytes::new(),
            Self::Header(name, value) => drop(reply.headers_mut().insert(name, value)),
            Self::HugeBody { bytes, declared } => {
                return reply.map(|body| Body::padded(bytes, body, declared));
            }
            Self::InvalidUtf8 => *reply.body_mut() = spoilt(reply.body()),
            Self::RemoveMember(name) => edit(&mut reply, |mut object| {
                object.remove(&name);
                Value::Object(object).to_string()
            }),
            Self::SetMember { name, value } => edit(&mut reply, |mut object| {
                object.insert(name.clone(), value.clone());
                Value::Object(object).to_string()
            }),
            Self::Truncate => {
                let half = reply.body().len() / 2;
                reply.body_mut().truncate(half);
            }
            _ => {}
        }
        reply.map(Body::whole)
    }
}

impl RateLimit {
    fn reply(self, now: u64) -> Reply {
        let message = match self.wait {
            Wait::ResetIn(_) => "API rate limit exceeded for this user.",
            _ => "You have exceeded a secondary rate limit. Please wait before you try again.",
        };
        let mut reply = api_error(self.status, message);
        match self.wait {
            Wait::ResetIn(seconds) => {
                set(&mut reply, "x-ratelimit-limit", "5000");
                set(&mut reply, "x-ratelimit-remaining", "0");
                set(
                    &mut reply,
                    "x-ratelimit-reset",
                    &now.saturating_add(seconds).to_string(),
                );
            }
            Wait::RetryAfter(seconds) => set(&mut reply, "retry-after", &seconds.to_string()),
            Wait::Untold => {}
        }
        reply
    }
}

fn moved(location: &HeaderValue) -> Reply {
    let mut reply = reply(StatusCode::FOUND, HTML, Bytes::new());
    reply.headers_mut().insert(LOCATION, location.clone());
    reply
}

/// Rewrites the object in the body, or every object of the list in it.
fn edit(reply: &mut Reply, write: impl Fn(Map<String, Value>) -> String) {
    let body = match serde_json::from_slice(reply.body()) {
        Ok(Value::Object(object)) => write(object),
        Ok(Value::Array(items)) => {
            let items: Vec<String> = items
                .into_iter()
                .map(|item| rewrite(item, &write))
                .collect();
            format!("[{}]", items.join(","))
        }
        _ => return,
    };
    *reply.body_mut() = body.into();
}

fn rewrite(item: Value, write: &impl Fn(Map<String, Value>) -> String) -> String {
    match item {
        Value::Object(object) => write(object),
        other => other.to_string(),
    }
}

fn duplicated(object: &Map<String, Value>, name: &str, value: &Value) -> String {
    let mut members: Vec<String> = object
        .iter()
        .map(|(name, value)| member(name, value))
        .collect();
    members.push(member(name, value));
    format!("{{{}}}", members.join(","))
}

fn member(name: &str, value: &Value) -> String {
    format!("{}:{value}", Value::from(name))
}

/// Puts 0xFF, which no UTF-8 has, into the first text of the body.
fn spoilt(body: &Bytes) -> Bytes {
    let quote = body
        .iter()
        .position(|byte| *byte == b'"')
        .map_or(0, |index| index + 1);
    let (before, after) = body.split_at(quote);
    [before, b"\xff", after].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn after(reply: &Reply) -> &str {
        std::str::from_utf8(reply.body()).unwrap_or("not text")
    }

    #[test]
    fn every_object_of_a_list_is_rewritten() {
        let mut reply = super::super::reply::json(StatusCode::OK, &json!([{"a": 1}, {"a": 2}, 3]));
        edit(&mut reply, |mut object| {
            object.insert("a".to_owned(), json!(9));
            Value::Object(object).to_string()
        });
        assert_eq!(after(&reply), r#"[{"a":9},{"a":9},3]"#);
    }

    #[test]
    fn duplicated_member_stands_twice() {
        let mut reply = super::super::reply::json(StatusCode::OK, &json!({"id": 1}));
        edit(&mut reply, |object| duplicated(&object, "id", &json!(2)));
        assert_eq!(after(&reply), r#"{"id":1,"id":2}"#);
    }

    #[test]
    fn spoilt_body_is_not_utf8() {
        assert_eq!(&spoilt(&Bytes::from_static(b"{\"a\"}"))[..], b"{\"\xffa\"}");
        assert_eq!(&spoilt(&Bytes::from_static(b"a=b"))[..], b"\xffa=b");
    }
}
