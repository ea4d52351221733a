//! The calls by which an app looks at, replaces and ends the tokens that it was given.

use base64ct::{Base64, Encoding};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::api::refused_at_the_door;
use super::endpoint::Endpoint;
use super::profile::{CREATED, simple_user};
use super::reply::{Reply, api_error, json, no_content};
use super::shared::Shared;
use super::tokens::AccessToken;
use super::world::World;

/// Answers one call below `/applications/{client_id}`.
pub(super) fn answer(
    shared: &Shared,
    endpoint: Endpoint,
    client_id: &str,
    parts: &Parts,
    body: &[u8],
) -> Reply {
    if let Some(reply) = refused_at_the_door(&parts.headers) {
        return reply;
    }
    let now = shared.now();
    let mut world = shared.world();
    match authenticated(&world, &parts.headers) {
        None => return api_error(StatusCode::UNAUTHORIZED, "Bad credentials"),
        Some(app) if app != client_id => return not_found(),
        Some(_) => {}
    }
    let Some(token) = access_token(body) else {
        return unprocessable();
    };
    let Some(known) = world.live_token(&token, now).cloned() else {
        return not_found();
    };
    if known.client_id != client_id {
        return not_found();
    }
    let after = done(&mut world, endpoint, &known);
    drop(world);
    after.map_or_else(no_content, |token| {
        json(StatusCode::OK, &authorization(shared, client_id, &token))
    })
}

/// Does it; gives the token to be shown, if any.
fn done(world: &mut World, endpoint: Endpoint, token: &AccessToken) -> Option<AccessToken> {
    match endpoint {
        Endpoint::DeleteGrant => world.revoke_grant(&token.client_id, token.user_id),
        Endpoint::DeleteToken => drop(world.revoke_token(&token.client_id, &token.value)),
        Endpoint::ResetToken => return world.reset_token(&token.client_id, &token.value),
        _ => return Some(token.clone()),
    }
    None
}

/// The client id, if HTTP Basic (RFC 7617) names an app with its secret.
fn authenticated(world: &World, headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let credentials = String::from_utf8(Base64::decode_vec(credentials).ok()?).ok()?;
    let (client_id, secret) = credentials.split_once(':')?;
    world
        .authenticated(client_id, secret)
        .map(|app| app.client_id.clone())
}

fn access_token(body: &[u8]) -> Option<String> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else {
        return None;
    };
    match members.remove("access_token") {
        Some(Value::String(token)) if !token.is_empty() => Some(token),
        _ => None,
    }
}

fn authorization(shared: &Shared, client_id: &str, token: &AccessToken) -> Value {
    let world = shared.world();
    let user = world.users.get(&token.user_id);
    let hash = Sha256::digest(&token.value);
    json!({
        "app": { "client_id": client_id, "name": client_id, "url": shared.base },
        "created_at": CREATED,
        "expires_at": token.expires.and_then(timestamp),
        "fingerprint": null,
        "hashed_token": hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
        "id": token.id,
        "note": null,
        "note_url": null,
        "scopes": token.scopes.iter().collect::<Vec<_>>(),
        "token": token.value,
        "token_last_eight": token.value.get(token.value.len().saturating_sub(8)..),
        "updated_at": CREATED,
        "url": format!("{}/authorizations/{}", shared.api(), token.id),
        "user": user.map(|user| simple_user(shared, user)),
    })
}

fn timestamp(seconds: u64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()?;
    time.format(&Rfc3339).ok()
}

fn not_found() -> Reply {
    api_error(StatusCode::NOT_FOUND, "Not Found")
}

fn unprocessable() -> Reply {
    let body = json!({
        "documentation_url": "https://docs.github.com/rest",
        "errors": [{ "code": "missing_field", "field": "access_token", "resource": "OauthAccess" }],
        "message": "Validation Failed",
        "status": "422",
    });
    json(StatusCode::UNPROCESSABLE_ENTITY, &body)
}
