//! What a request to the authorize endpoint must look like.

use http::StatusCode;
use url::form_urlencoded;

use super::app::GithubApp;
use super::params::{BadParams, Params};
use super::scopes::Scopes;
use super::world::World;

/// Tells why the stand-in shows a page of its own instead of leading back to the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The query or form is not well encoded.
    #[error("the request is not well encoded")]
    Malformed,
    /// The form names no user and no denial, or both.
    #[error("the form holds no single decision")]
    NoDecision,
    /// The address does not begin as the stand-in's authorize endpoint does.
    #[error("the address is not the authorize endpoint of this stand-in")]
    NotAuthorizeUrl,
    /// Another site sent the form.
    #[error("the form was sent from another site")]
    OtherSite,
    /// No `redirect_uri` came, and not exactly one is registered.
    #[error("the redirect_uri is missing")]
    RedirectUriMissing,
    /// The `redirect_uri` is not a registered one.
    #[error("the redirect_uri is not associated with this application")]
    RedirectUriMismatch,
    /// A parameter came twice.
    #[error("a parameter is repeated")]
    Repeated,
    /// No app has this `client_id`.
    #[error("the client_id belongs to no application")]
    UnknownClient,
    /// No user has this number.
    #[error("the chosen user does not exist")]
    UnknownUser,
}

impl Refusal {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::OtherSite => StatusCode::FORBIDDEN,
            Self::UnknownClient => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<BadParams> for Refusal {
    fn from(bad: BadParams) -> Self {
        match bad {
            BadParams::Malformed => Self::Malformed,
            BadParams::Repeated => Self::Repeated,
        }
    }
}

/// A request that names an app and one of its redirect URIs.
pub(super) struct Asked {
    pub(super) app_name: String,
    pub(super) back: Back,
    pub(super) challenge: Option<String>,
    pub(super) client_id: String,
    pub(super) redirect_uri_sent: bool,
    pub(super) scopes: Scopes,
    /// What the app gets to hear instead of a code.
    pub(super) wrong: Option<Wrong>,
}

/// Where the answer goes.
pub(super) struct Back {
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
}

/// An error told to the app by a redirect (RFC 6749 §4.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) error: &'static str,
    pub(super) description: &'static str,
}

impl Asked {
    pub(super) fn read(world: &World, params: &Params) -> Result<Self, Refusal> {
        let client_id = params.value("client_id").ok_or(Refusal::UnknownClient)?;
        let app = world.app(client_id).ok_or(Refusal::UnknownClient)?;
        let redirect_uri = redirect_uri(app, params.value("redirect_uri"))?;
        let owned = |name| params.value(name).map(str::to_owned);
        Ok(Self {
            app_name: app.name.clone(),
            back: Back {
                redirect_uri,
                state: owned("state"),
            },
            challenge: owned("code_challenge"),
            client_id: client_id.to_owned(),
            redirect_uri_sent: params.value("redirect_uri").is_some(),
            scopes: Scopes::parse(params.value("scope").unwrap_or_default()),
            wrong: wrong(app, params),
        })
    }
}

impl Back {
    /// The callback with these parameters, then `state` and `iss`, behind what it already has.
    pub(super) fn url(&self, iss: Option<&str>, pairs: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        query.extend_pairs(self.state.iter().map(|state| ("state", state)));
        query.extend_pairs(iss.iter().map(|iss| ("iss", iss)));
        let joint = if self.redirect_uri.contains('?') {
            '&'
        } else {
            '?'
        };
        format!("{}{joint}{}", self.redirect_uri, query.finish())
    }
}

fn redirect_uri(app: &GithubApp, sent: Option<&str>) -> Result<String, Refusal> {
    match (sent, app.redirect_uris.as_slice()) {
        (Some(sent), known) if known.iter().any(|uri| uri == sent) => Ok(sent.to_owned()),
        (Some(_), _) => Err(Refusal::RedirectUriMismatch),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Refusal::RedirectUriMissing),
    }
}

fn wrong(app: &GithubApp, params: &Params) -> Option<Wrong> {
    let invalid = |description| {
        Some(Wrong {
            error: "invalid_request",
            description,
        })
    };
    if params
        .value("response_type")
        .is_some_and(|kind| kind != "code")
    {
        let description = "The response_type must be code.";
        return Some(Wrong {
            error: "unsupported_response_type",
            description,
        });
    }
    if params
        .value("prompt")
        .is_some_and(|prompt| prompt != "select_account")
    {
        return invalid("The prompt is not supported.");
    }
    match (
        params.value("code_challenge"),
        params.value("code_challenge_method"),
    ) {
        (None, None) if app.pkce_optional => None,
        (None, _) => invalid("The code_challenge is missing."),
        // RFC 7636 §4.3 would read an absent method as `plain`, which GitHub does not support.
        (Some(_), method) if method != Some("S256") => {
            invalid("The code_challenge_method must be S256.")
        }
        (Some(challenge), _) if !is_challenge(challenge) => {
            invalid("The code_challenge must be 43 characters of base64url.")
        }
        _ => None,
    }
}

/// RFC 7636 §4.2: SHA-256 in base64url without padding.
fn is_challenge(text: &str) -> bool {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == 43 && text.bytes().all(is_base64url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn app() -> GithubApp {
        GithubApp::new("c", "s").with_redirect_uri("http://127.0.0.1/a")
    }

    fn ask(app: GithubApp, query: &str) -> Result<Asked, Refusal> {
        let params = Params::form(query.as_bytes())?;
        Asked::read(&World::new(app, Vec::new()), &params)
    }

    fn wrong_of(query: &str) -> Option<&'static str> {
        let query = format!("client_id=c&{query}");
        ask(app(), &query)
            .ok()
            .and_then(|asked| asked.wrong)
            .map(|wrong| wrong.error)
    }

    #[test]
    fn whole_challenge_with_s256_is_taken() {
        assert_eq!(
            wrong_of(&format!(
                "code_challenge={CHALLENGE}&code_challenge_method=S256"
            )),
            None
        );
    }

    #[test]
    fn missing_short_or_plain_challenge_is_told_to_the_app() {
        let short = &CHALLENGE[1..];
        for query in [
            String::new(),
            "code_challenge_method=S256".to_owned(),
            format!("code_challenge={CHALLENGE}"),
            format!("code_challenge={CHALLENGE}&code_challenge_method=plain"),
            format!("code_challenge={CHALLENGE}&code_challenge_method=s256"),
            format!("code_challenge={short}&code_challenge_method=S256"),
            format!("code_challenge={short}%3D&code_challenge_method=S256"),
        ] {
            assert_eq!(wrong_of(&query), Some("invalid_request"), "{query}");
        }
    }

    #[test]
    fn pkce_may_be_left_out_only_where_the_app_says_so_and_only_wholly() {
        let lax = || app().insecure_pkce_optional();
        assert!(ask(lax(), "client_id=c").is_ok_and(|asked| asked.wrong.is_none()));
        let half = format!("client_id=c&code_challenge={CHALLENGE}");
        assert!(ask(lax(), &half).is_ok_and(|asked| asked.wrong.is_some()));
    }

    #[test]
    fn redirect_uri_is_compared_character_for_character() {
        for uri in [
            "http://127.0.0.1/a/",
            "http://127.0.0.1/a?x",
            "HTTP://127.0.0.1/a",
        ] {
            let refused = ask(app(), &format!("client_id=c&redirect_uri={uri}")).err();
            assert_eq!(refused, Some(Refusal::RedirectUriMismatch), "{uri}");
        }
        assert!(ask(app(), "client_id=c&redirect_uri=http://127.0.0.1/a").is_ok());
    }

    #[test]
    fn redirect_uri_may_be_left_out_only_if_one_is_registered() {
        assert!(ask(app(), "client_id=c").is_ok());
        let two = app().with_redirect_uri("http://127.0.0.1/b");
        assert_eq!(
            ask(two, "client_id=c").err(),
            Some(Refusal::RedirectUriMissing)
        );
    }

    #[test]
    fn callback_keeps_a_query_that_is_registered() {
        let redirect_uri = "http://h/a?x=1".to_owned();
        let back = Back {
            redirect_uri,
            state: Some("s t".to_owned()),
        };
        assert_eq!(
            back.url(Some("i"), &[("code", "c")]),
            "http://h/a?x=1&code=c&state=s+t&iss=i"
        );
    }
}
