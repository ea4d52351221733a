//! The calls below `/user` of the REST API.

use http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::endpoint::Endpoint;
use super::lists::paged;
use super::profile;
use super::reply::{Reply, api_error, json, set, text};
use super::scopes::Scopes;
use super::shared::Shared;
use super::user::{MembershipState, User};

/// Versions of the REST API; the first one serves who names none.
const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

/// Who calls, by the token.
struct Caller {
    user: User,
    scopes: Scopes,
    /// The permissions of a GitHub App stand for every scope.
    all_allowed: bool,
}

/// Answers one call below `/user`.
pub(super) fn answer(shared: &Shared, endpoint: Endpoint, org: &str, parts: &Parts) -> Reply {
    if let Some(reply) = refused_at_the_door(&parts.headers) {
        return reply;
    }
    match caller(shared, &parts.headers) {
        Err(message) => api_error(StatusCode::UNAUTHORIZED, message),
        Ok(caller) => {
            let mut reply = called(shared, endpoint, org, parts, &caller);
            set(&mut reply, "x-oauth-scopes", &caller.scopes.joined(", "));
            set(
                &mut reply,
                "x-accepted-oauth-scopes",
                &accepted(endpoint).join(", "),
            );
            reply
        }
    }
}

/// Refuses what GitHub's front door refuses.
pub(super) fn refused_at_the_door(headers: &HeaderMap) -> Option<Reply> {
    let value = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if value(USER_AGENT.as_str()).is_none_or(str::is_empty) {
        let message = "Request forbidden by administrative rules. Please make sure your request \
                       has a User-Agent header.\n";
        return Some(text(StatusCode::FORBIDDEN, message));
    }
    if value("x-github-api-version").is_some_and(|version| !VERSIONS.contains(&version)) {
        let message = "The X-GitHub-Api-Version is not supported.";
        return Some(api_error(StatusCode::BAD_REQUEST, message));
    }
    if value(ACCEPT.as_str()).is_some_and(|accept| !accepts_json(accept)) {
        let message = "Must accept 'application/json'.";
        return Some(api_error(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    None
}

/// Headers that every answer of the API has.
pub(super) fn finish(reply: &mut Reply, headers: &HeaderMap) {
    let version = headers
        .get("x-github-api-version")
        .and_then(|value| value.to_str().ok());
    let known = version.and_then(|version| VERSIONS.into_iter().find(|known| *known == version));
    set(
        reply,
        "x-github-api-version-selected",
        known.unwrap_or(VERSIONS[0]),
    );
    set(reply, "x-github-media-type", "github.v3; format=json");
    for (name, value) in [
        ("x-ratelimit-limit", "5000"),
        ("x-ratelimit-remaining", "4999"),
    ] {
        if !reply.headers().contains_key(name) {
            set(reply, name, value);
        }
    }
    set(reply, "cache-control", "private, max-age=60, s-maxage=60");
}

fn accepts_json(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let essence = range.split(';').next().unwrap_or_default().trim();
        matches!(essence, "*/*" | "application/*" | "application/json")
            || essence.starts_with("application/vnd.github")
    })
}

fn caller(shared: &Shared, headers: &HeaderMap) -> Result<Caller, &'static str> {
    let Some(value) = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
    else {
        return Err("Requires authentication");
    };
    let bearer = value.split_once(' ').filter(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token")
    });
    let now = shared.now();
    let world = shared.world();
    let token = bearer.and_then(|(_, token)| world.live_token(token, now));
    match token.and_then(|token| Some((token, world.users.get(&token.user_id)?))) {
        None => Err("Bad credentials"),
        Some((token, user)) => Ok(Caller {
            user: user.clone(),
            scopes: token.scopes.clone(),
            all_allowed: token.is_of_github_app(),
        }),
    }
}

/// The scopes of which one is needed; none are needed for the public profile.
fn accepted(endpoint: Endpoint) -> &'static [&'static str] {
    match endpoint {
        Endpoint::Emails => &["user:email"],
        Endpoint::Membership => &["read:org"],
        Endpoint::Orgs | Endpoint::Teams => &["read:org", "user"],
        _ => &[],
    }
}

fn called(shared: &Shared, endpoint: Endpoint, org: &str, parts: &Parts, caller: &Caller) -> Reply {
    let needed = accepted(endpoint);
    if !needed.is_empty() && !caller.all_allowed && !caller.scopes.allow(needed) {
        return out_of_scope(endpoint);
    }
    let user = &caller.user;
    match endpoint {
        Endpoint::Emails => paged(
            shared,
            &parts.uri,
            user.emails.iter().map(profile::email).collect(),
        ),
        Endpoint::Membership => membership(shared, user, org),
        Endpoint::Orgs => orgs(shared, parts, user),
        Endpoint::Teams => teams(shared, parts, user),
        _ => {
            let private = caller.scopes.allow(&["read:user"]);
            json(StatusCode::OK, &profile::full_user(shared, user, private))
        }
    }
}

/// GitHub hides addresses behind 404, and says 403 for organisations.
fn out_of_scope(endpoint: Endpoint) -> Reply {
    match endpoint {
        Endpoint::Emails => api_error(StatusCode::NOT_FOUND, "Not Found"),
        _ => api_error(
            StatusCode::FORBIDDEN,
            "You need at least read:org scope or user scope to list your organizations.",
        ),
    }
}

fn membership(shared: &Shared, user: &User, org: &str) -> Reply {
    let Some(found) = user
        .orgs
        .iter()
        .find(|known| known.org.eq_ignore_ascii_case(org))
    else {
        return api_error(StatusCode::NOT_FOUND, "Not Found");
    };
    if is_behind_sso(shared, org) {
        return sso_required(shared, org);
    }
    json(StatusCode::OK, &profile::membership(shared, user, found))
}

fn sso_required(shared: &Shared, org: &str) -> Reply {
    let message = "Resource protected by organization SAML enforcement. You must grant your \
                   OAuth token access to this organization.";
    let mut reply = api_error(StatusCode::FORBIDDEN, message);
    let url = format!("{}/orgs/{org}/sso?authorization_request=A", shared.base);
    set(&mut reply, "x-github-sso", &format!("required; url={url}"));
    reply
}

fn is_behind_sso(shared: &Shared, org: &str) -> bool {
    shared.world().sso.contains(&org.to_ascii_lowercase())
}

/// Organisations of which the user is a member; those behind single sign-on are left out.
fn orgs(shared: &Shared, parts: &Parts, user: &User) -> Reply {
    let active = user
        .orgs
        .iter()
        .filter(|org| org.state == MembershipState::Active);
    let names = active.map(|membership| membership.org.as_str()).collect();
    listed(
        shared,
        parts,
        names,
        |name| name,
        |name| profile::org(shared, name),
    )
}

fn teams(shared: &Shared, parts: &Parts, user: &User) -> Reply {
    let teams = user.teams.iter().collect();
    listed(
        shared,
        parts,
        teams,
        |team| &team.org,
        |team| profile::team(shared, team),
    )
}

fn listed<'a, T: Copy>(
    shared: &Shared,
    parts: &Parts,
    items: Vec<T>,
    org: impl Fn(T) -> &'a str,
    body: impl Fn(T) -> Value,
) -> Reply {
    let (hidden, shown): (Vec<T>, Vec<T>) = items
        .into_iter()
        .partition(|item| is_behind_sso(shared, org(*item)));
    let mut reply = paged(shared, &parts.uri, shown.into_iter().map(body).collect());
    if !hidden.is_empty() {
        let mut numbers: Vec<String> = hidden
            .into_iter()
            .map(|item| profile::number(org(item)).to_string())
            .collect();
        numbers.dedup();
        let value = format!("partial-results; organizations={}", numbers.join(","));
        set(&mut reply, "x-github-sso", &value);
    }
    reply
}
