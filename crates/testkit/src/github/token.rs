//! The token endpoint: exchange of a code, renewal of a token.

use base64ct::{Base64UrlUnpadded, Encoding};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::app::GithubApp;
use super::authorize::Refusal;
use super::params::Params;
use super::reply::{Reply, api_error, reply};
use super::scopes::Scopes;
use super::shared::{Shared, Twist};
use super::tokens::{ACCESS_LIFE, AccessToken, REFRESH_LIFE};
use super::world::{Code, World};

const ERROR_PAGES: &str =
    "/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/#";

/// The description of an error that a fault planned.
pub(super) const PLANNED: &str = "The stand-in was told to fail.";

/// Why no token is given; GitHub sends each of them with status 200.
#[derive(Clone, Copy)]
enum TokenError {
    BadRefreshToken,
    BadVerificationCode,
    IncorrectClientCredentials,
    RedirectUriMismatch,
    UnsupportedGrantType,
}

/// Answers `POST /login/oauth/access_token`.
pub(super) fn answer(shared: &Shared, headers: &HeaderMap, body: &[u8], twist: &Twist) -> Reply {
    let params = match read(headers, body) {
        Ok(params) => params,
        Err(refusal) => return api_error(StatusCode::BAD_REQUEST, &refusal.to_string()),
    };
    if let Some(error) = &twist.error {
        return formatted(headers, error_members(error, PLANNED));
    }
    let members = match grant(shared, &params, twist) {
        Ok(token) => token_members(&token),
        Err(error) => error_members(error.code(), error.description()),
    };
    formatted(headers, members)
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Params, Refusal> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    match essence.trim().to_ascii_lowercase().as_str() {
        "application/json" => Ok(Params::json(body)?),
        "application/x-www-form-urlencoded" => Ok(Params::form(body)?),
        _ => Err(Refusal::Malformed),
    }
}

fn grant(shared: &Shared, params: &Params, twist: &Twist) -> Result<AccessToken, TokenError> {
    let now = shared.now();
    let world = &mut *shared.world();
    let value = |name| params.value(name).unwrap_or_default();
    let app = world
        .authenticated(value("client_id"), value("client_secret"))
        .ok_or(TokenError::IncorrectClientCredentials)?
        .clone();
    match params.value("grant_type") {
        None | Some("authorization_code") => exchange(world, &app, params, now, twist),
        Some("refresh_token") => world
            .rotate(&app.client_id, value("refresh_token"), now)
            .ok_or(TokenError::BadRefreshToken),
        Some(_) => Err(TokenError::UnsupportedGrantType),
    }
}

fn exchange(
    world: &mut World,
    app: &GithubApp,
    params: &Params,
    now: u64,
    twist: &Twist,
) -> Result<AccessToken, TokenError> {
    let redirect_uri = params.value("redirect_uri");
    if redirect_uri.is_some_and(|sent| app.redirect_uris.iter().all(|known| known != sent)) {
        return Err(TokenError::RedirectUriMismatch);
    }
    let code = world
        .take_code(params.value("code").unwrap_or_default(), now)
        .filter(|code| code.client_id == app.client_id)
        .filter(|code| is_same_redirect(code, redirect_uri))
        .filter(|code| is_proven(code, params.value("code_verifier")))
        .ok_or(TokenError::BadVerificationCode)?;
    let scopes = granted(code.scopes, twist);
    Ok(world.issue_token(&app.client_id, code.user_id, scopes, now))
}

fn granted(mut scopes: Scopes, twist: &Twist) -> Scopes {
    if let Some(listed) = &twist.scopes {
        scopes.reduce(listed);
    }
    scopes
}

/// RFC 6749 §4.1.3: the same value, if the authorization request had one.
fn is_same_redirect(code: &Code, sent: Option<&str>) -> bool {
    match sent {
        Some(sent) => code.redirect_uri == sent,
        None => !code.redirect_uri_sent,
    }
}

/// RFC 7636 §4.6. A verifier without a challenge is refused too: it proves nothing, and a client
/// that sends it believes otherwise (RFC 9700 §2.1.1, PKCE downgrade).
fn is_proven(code: &Code, verifier: Option<&str>) -> bool {
    match (&code.challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) if is_verifier(verifier) => {
            Base64UrlUnpadded::encode_string(&Sha256::digest(verifier)) == *challenge
        }
        _ => false,
    }
}

/// RFC 7636 §4.1: 43 to 128 unreserved characters.
fn is_verifier(text: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

fn token_members(token: &AccessToken) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("access_token".to_owned(), token.value.clone().into());
    if let Some(refresh) = &token.refresh {
        members.insert("expires_in".to_owned(), ACCESS_LIFE.into());
        members.insert("refresh_token".to_owned(), refresh.value.clone().into());
        members.insert("refresh_token_expires_in".to_owned(), REFRESH_LIFE.into());
    }
    members.insert("scope".to_owned(), token.scopes.joined(",").into());
    members.insert("token_type".to_owned(), "bearer".into());
    members
}

fn error_members(error: &str, description: &str) -> Map<String, Value> {
    let page = format!("{ERROR_PAGES}{}", error.replace('_', "-"));
    let pairs = [
        ("error", error),
        ("error_description", description),
        ("error_uri", &page),
    ];
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

/// JSON if it is asked for, else form-encoded as GitHub's default is.
fn formatted(headers: &HeaderMap, members: Map<String, Value>) -> Reply {
    let accept = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut reply = if accept.contains("application/json") {
        let body = Value::Object(members).to_string();
        reply(StatusCode::OK, "application/json; charset=utf-8", body)
    } else {
        let content_type = "application/x-www-form-urlencoded; charset=utf-8";
        reply(StatusCode::OK, content_type, form(&members))
    };
    // RFC 6749 §5.1.
    reply
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

fn form(members: &Map<String, Value>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in members {
        match value {
            Value::String(text) => form.append_pair(name, text),
            other => form.append_pair(name, &other.to_string()),
        };
    }
    form.finish()
}

impl TokenError {
    fn code(self) -> &'static str {
        match self {
            Self::BadRefreshToken => "bad_refresh_token",
            Self::BadVerificationCode => "bad_verification_code",
            Self::IncorrectClientCredentials => "incorrect_client_credentials",
            Self::RedirectUriMismatch => "redirect_uri_mismatch",
            Self::UnsupportedGrantType => "unsupported_grant_type",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::BadRefreshToken => "The refresh token passed is incorrect or expired.",
            Self::BadVerificationCode => "The code passed is incorrect or expired.",
            Self::IncorrectClientCredentials => {
                "The client_id and/or client_secret passed are incorrect."
            }
            Self::RedirectUriMismatch => {
                "The redirect_uri MUST match the registered callback URL for this application."
            }
            Self::UnsupportedGrantType => "The grant_type passed is not supported.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn code(challenge: Option<&str>, redirect_uri_sent: bool) -> Code {
        Code {
            challenge: challenge.map(str::to_owned),
            client_id: String::new(),
            issued: 0,
            redirect_uri: "http://h/a".to_owned(),
            redirect_uri_sent,
            scopes: Scopes::default(),
            user_id: 1,
        }
    }

    #[test]
    fn verifier_of_the_rfc_proves_its_challenge() {
        let code = code(Some(CHALLENGE), true);
        assert!(is_proven(&code, Some(VERIFIER)));
        assert!(!is_proven(&code, Some(CHALLENGE)));
        assert!(!is_proven(&code, None));
    }

    #[test]
    fn verifier_without_a_challenge_is_refused() {
        assert!(is_proven(&code(None, true), None));
        assert!(!is_proven(&code(None, true), Some(VERIFIER)));
    }

    #[test]
    fn verifier_has_43_to_128_unreserved_characters() {
        assert!(!is_verifier(&"a".repeat(42)));
        assert!(is_verifier(&"a".repeat(43)));
        assert!(is_verifier(&"~".repeat(128)));
        assert!(!is_verifier(&"a".repeat(129)));
        assert!(!is_verifier(&"+".repeat(43)));
    }

    #[test]
    fn redirect_uri_is_repeated_if_it_was_sent() {
        assert!(is_same_redirect(&code(None, true), Some("http://h/a")));
        assert!(!is_same_redirect(&code(None, true), Some("http://h/b")));
        assert!(!is_same_redirect(&code(None, true), None));
        assert!(is_same_redirect(&code(None, false), None));
    }
}
