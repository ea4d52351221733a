//! From the authorize request to the callback, over a page and a button or in one step.

use http::request::Parts;
use http::{StatusCode, Uri};

use super::authorize::{Asked, Refusal, Wrong};
use super::page;
use super::params::Params;
use super::reply::{Reply, found};
use super::shared::{Shared, Twist};
use super::token::PLANNED;
use super::world::Code;

/// What the user does with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Approve(u64),
    Deny,
}

/// Path and `?` of the authorize endpoint.
const AUTHORIZE: &str = "/login/oauth/authorize?";

const ERROR_PAGES: &str = "/apps/building-integrations/setting-up-and-registering-oauth-apps/\
                           troubleshooting-authorization-request-errors/#";

const DENIED: Wrong = Wrong {
    error: "access_denied",
    description: "The user has denied your application access.",
};

/// Shows the page with the users' buttons.
pub(super) fn ask(shared: &Shared, uri: &Uri, twist: &Twist) -> Reply {
    let query = uri.query().unwrap_or_default();
    match try_ask(shared, query, twist) {
        Ok(reply) => reply,
        Err(refusal) => page::refused(refusal),
    }
}

fn try_ask(shared: &Shared, query: &str, twist: &Twist) -> Result<Reply, Refusal> {
    let params = Params::form(query.as_bytes())?;
    let world = shared.world();
    let asked = Asked::read(&world, &params)?;
    if let Some(url) = failure(shared, &asked, twist) {
        return Ok(found(&url));
    }
    Ok(page::choose(&world, &asked, &params))
}

/// Takes the pressed button, and leads to the callback.
pub(super) fn press(shared: &Shared, parts: &Parts, body: &[u8], twist: &Twist) -> Reply {
    match try_press(shared, parts, body, twist) {
        Ok(url) => found(&url),
        Err(refusal) => page::refused(refusal),
    }
}

fn try_press(
    shared: &Shared,
    parts: &Parts,
    body: &[u8],
    twist: &Twist,
) -> Result<String, Refusal> {
    let site = parts
        .headers
        .get("sec-fetch-site")
        .map(|site| site.as_bytes());
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return Err(Refusal::OtherSite);
    }
    let params = Params::form(body)?;
    let decision = match (params.value("user"), params.value("decision")) {
        (Some(user), None) => Decision::Approve(user.parse().map_err(|_| Refusal::UnknownUser)?),
        (None, Some("deny")) => Decision::Deny,
        _ => return Err(Refusal::NoDecision),
    };
    conclude(shared, &params, decision, twist)
}

/// Does without HTTP what the page and its button do.
pub(super) fn in_process(
    shared: &Shared,
    authorize_url: &str,
    decision: Decision,
    twist: &Twist,
) -> Result<String, Refusal> {
    let rest = authorize_url
        .strip_prefix(&shared.base)
        .ok_or(Refusal::NotAuthorizeUrl)?;
    let query = rest
        .strip_prefix(AUTHORIZE)
        .ok_or(Refusal::NotAuthorizeUrl)?;
    conclude(shared, &Params::form(query.as_bytes())?, decision, twist)
}

fn conclude(
    shared: &Shared,
    params: &Params,
    decision: Decision,
    twist: &Twist,
) -> Result<String, Refusal> {
    let issued = shared.now();
    let mut world = shared.world();
    let asked = Asked::read(&world, params)?;
    if let Some(url) = failure(shared, &asked, twist) {
        return Ok(url);
    }
    let iss = shared.iss(twist);
    let Decision::Approve(user_id) = decision else {
        return Ok(error_url(
            &asked,
            iss.as_deref(),
            DENIED.error,
            DENIED.description,
        ));
    };
    if !world.users.contains_key(&user_id) {
        return Err(Refusal::UnknownUser);
    }
    let code = world.issue_code(Code {
        challenge: asked.challenge,
        client_id: asked.client_id,
        issued,
        redirect_uri: asked.back.redirect_uri.clone(),
        redirect_uri_sent: asked.redirect_uri_sent,
        scopes: asked.scopes,
        user_id,
    });
    Ok(asked.back.url(iss.as_deref(), &[("code", &code)]))
}

/// The callback of a request that gets no page, by its own fault or by a planned one.
fn failure(shared: &Shared, asked: &Asked, twist: &Twist) -> Option<String> {
    let iss = shared.iss(twist);
    if let Some(error) = &twist.error {
        return Some(error_url(asked, iss.as_deref(), error, PLANNED));
    }
    asked
        .wrong
        .map(|wrong| error_url(asked, iss.as_deref(), wrong.error, wrong.description))
}

fn error_url(asked: &Asked, iss: Option<&str>, error: &str, description: &str) -> String {
    let page = format!("{ERROR_PAGES}{}", error.replace('_', "-"));
    let pairs = [
        ("error", error),
        ("error_description", description),
        ("error_uri", &page),
    ];
    asked.back.url(iss, &pairs)
}

impl Refusal {
    /// The line under which a person reads of it.
    pub(super) fn title(self) -> &'static str {
        match self.status() {
            StatusCode::NOT_FOUND => "This application does not exist",
            _ => "This request cannot be answered",
        }
    }
}
