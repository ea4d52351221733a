//! What GitHub's token endpoint answers, put into the form that RFC 6749 §5 prescribes.
//!
//! GitHub sends errors with status 200, separates scopes by commas, and answers form-encoded to
//! whoever it takes for old. None of that passes here.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use oauth2::HttpResponse;
use serde::{Deserialize, Serialize};

use super::object::Object;
use crate::query::decode;
use crate::{SignInError, SignInErrorKind};

/// The members that are known. A member that stands there twice is an error.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Members {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Turns an answer into one that RFC 6749 §5.1 or §5.2 describes.
pub(super) fn standardise(
    answer: &Response<impl AsRef<[u8]>>,
) -> Result<HttpResponse, SignInError> {
    let members = Members::read(answer.headers(), answer.body().as_ref());
    let members = members.ok_or(SignInErrorKind::BadUpstream)?;
    let is_error = members.error.is_some();
    if !is_error && !answer.status().is_success() {
        return Err(SignInErrorKind::BadUpstream.into());
    }
    let body = serde_json::to_vec(&members.separated_by_spaces());
    let mut standard = Response::new(body.map_err(|_| SignInErrorKind::BadUpstream)?);
    if is_error {
        *standard.status_mut() = StatusCode::BAD_REQUEST;
    }
    let json = HeaderValue::from_static("application/json");
    standard.headers_mut().insert(CONTENT_TYPE, json);
    Ok(standard)
}

impl Members {
    fn read(headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = content_type.split(';').next()?.trim();
        if essence.eq_ignore_ascii_case("application/json") {
            let object: Option<Object<Self>> = serde_json::from_slice(body).ok();
            Some(object?.0)
        } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Self::read_form(std::str::from_utf8(body).ok()?)
        } else {
            None
        }
    }

    fn read_form(body: &str) -> Option<Self> {
        let mut members = Self::default();
        for pair in body.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value)?;
            let is_new = match decode(name)?.as_str() {
                "access_token" => members.access_token.replace(value).is_none(),
                "token_type" => members.token_type.replace(value).is_none(),
                "scope" => members.scope.replace(value).is_none(),
                "expires_in" => members.expires_in.replace(value.parse().ok()?).is_none(),
                "refresh_token" => members.refresh_token.replace(value).is_none(),
                "refresh_token_expires_in" => {
                    let seconds = value.parse().ok()?;
                    members.refresh_token_expires_in.replace(seconds).is_none()
                }
                "error" => members.error.replace(value).is_none(),
                _ => true,
            };
            if !is_new {
                return None;
            }
        }
        Some(members)
    }

    /// RFC 6749 §3.3 separates scopes by spaces.
    fn separated_by_spaces(mut self) -> Self {
        let spaced = |scope: String| {
            let is_joint = |c: char| c == ',' || c.is_whitespace();
            let scopes: Vec<&str> = scope.split(is_joint).filter(|s| !s.is_empty()).collect();
            scopes.join(" ")
        };
        self.scope = self.scope.map(spaced);
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const JSON: &str = "application/json; charset=utf-8";
    const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

    fn standard(status: u16, content_type: &str, body: &[u8]) -> Option<(u16, Value)> {
        let answer = Response::builder()
            .status(status)
            .header(CONTENT_TYPE, content_type)
            .body(body.to_vec())
            .unwrap();
        let standard = standardise(&answer).ok()?;
        let body = serde_json::from_slice(standard.body()).unwrap();
        Some((standard.status().as_u16(), body))
    }

    #[test]
    fn o31_an_error_with_200_becomes_one_with_400() {
        let expected = Some((400, json!({"error": "bad_verification_code"})));
        let body = br#"{"error":"bad_verification_code","error_description":"x","error_uri":"y"}"#;
        assert_eq!(standard(200, JSON, body), expected);
        assert_eq!(standard(400, JSON, body), expected);
        let body = b"error=bad_verification_code&error_description=a+b";
        assert_eq!(standard(200, FORM, body), expected);
    }

    #[test]
    fn o31_an_error_beside_a_token_is_an_error() {
        let body = br#"{"access_token":"t","token_type":"bearer","error":"e"}"#;
        assert_eq!(
            standard(200, JSON, body).map(|(status, _)| status),
            Some(400)
        );
    }

    #[test]
    fn o32_form_and_json_say_the_same() {
        let expected = Some((
            200,
            json!({"access_token": "a b", "token_type": "bearer", "scope": "repo gist",
                   "expires_in": 28800, "refresh_token": "r", "refresh_token_expires_in": 9}),
        ));
        let body = br#"{"access_token":"a b","token_type":"bearer","scope":"repo,gist",
            "expires_in":28800,"refresh_token":"r","refresh_token_expires_in":9,"x":[1]}"#;
        assert_eq!(standard(200, JSON, body), expected);
        let body = b"access_token=a+b&token_type=bearer&scope=repo%2Cgist&expires_in=28800\
            &refresh_token=r&refresh_token_expires_in=9&x=1&x=2";
        assert_eq!(standard(200, FORM, body), expected);
    }

    #[test]
    fn o33_scopes_are_split_on_commas_and_white_space() {
        for (scope, expected) in [
            ("repo,gist", "repo gist"),
            ("repo gist", "repo gist"),
            ("repo, gist,,\\t user", "repo gist user"),
            ("", ""),
        ] {
            let body = format!(r#"{{"access_token":"t","token_type":"bearer","scope":"{scope}"}}"#);
            let (_, body) = standard(200, JSON, body.as_bytes()).unwrap();
            assert_eq!(body["scope"], expected);
        }
    }

    #[test]
    fn o32_whatever_else_is_no_answer() {
        let token = br#"{"access_token":"t","token_type":"bearer"}"#;
        for (status, content_type, body) in [
            (200, "text/html", &token[..]),
            (200, "text/plain", token),
            (200, "application/jsonp", token),
            (200, "", token),
            (401, JSON, token),
            (200, JSON, b""),
            (200, JSON, b"null"),
            (200, JSON, b"<html>"),
            (200, JSON, b"{\"access_token\":\"\xff\"}"),
            (200, JSON, b"{\"access_token\":\"t\"} x"),
            (200, JSON, br#"{"access_token":"t"#),
            (200, JSON, br#"{"access_token":1}"#),
            (200, JSON, br#"{"access_token":"t","access_token":"u"}"#),
            (200, JSON, br#"{"access_token":"t","expires_in":"1"}"#),
            (200, JSON, br#"{"access_token":"t","expires_in":-1}"#),
            (200, JSON, br#"{"error":{}}"#),
            (200, FORM, b"access_token=t&access_token=u"),
            (200, FORM, b"access_token=%"),
            (200, FORM, b"access_token=%ff"),
            (200, FORM, b"access_token=\xff"),
            (200, FORM, b"access_token=t&expires_in=x"),
        ] {
            let text = String::from_utf8_lossy(body);
            assert_eq!(
                standard(status, content_type, body),
                None,
                "{content_type} {text}"
            );
        }
    }
}
