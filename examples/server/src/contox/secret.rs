//! The secret by which a project signs what it sends.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, HeaderValue};
use portcullis_core::{
    Random, Refusal, RefusalKind, Secret, StoreError, StoreErrorKind, Timestamp, Token,
};
use portcullis_tower::{Authenticated, Rejection};
use portcullis_webhook::{SecretFormat, WebhookSecret};
use serde_json::{Value, json};

use super::Records;
use super::rotation::Rotated;
use crate::extract::{Id, iso_8601};

/// How long a secret that was replaced is still good.
const OVERLAP: Duration = Duration::from_secs(24 * 3_600);

/// Says what it is to people, and to programs that look for secrets where none should be.
const PREFIX: &str = "contox_hmac_";

/// The secrets of a project: the present one, and those before it, each with the end of its time.
pub(super) struct Secrets {
    pub(super) present: Secret,
    pub(super) old: Vec<(Secret, Timestamp)>,
}

/// Nobody keeps an answer that has a secret in it.
type Shown = ([(HeaderName, HeaderValue); 1], Json<Value>);

/// `GET /api/projects/{id}/hmac-secret`
pub(super) async fn show(
    owner: Authenticated,
    State(records): State<Records>,
    Id(id): Id,
) -> Result<Shown, Rejection> {
    let secrets = records.secrets_of(&owner, &id)?;
    let secrets = secrets.ok_or_else(|| Refusal::new(RefusalKind::NotFound))?;
    shown(&records, secrets)
}

/// `POST /api/projects/{id}/hmac-secret/rotate`
pub(super) async fn rotate(
    owner: Authenticated,
    State(records): State<Records>,
    Id(id): Id,
) -> Result<Shown, Rejection> {
    let new = generate()?;
    match records.rotate(&owner, &id, &new, OVERLAP)? {
        Rotated::Done(secrets) => shown(&records, secrets),
        Rotated::Full(until) => Err(full(until.since(records.now())).into()),
        Rotated::None => Err(Rejection::new(RefusalKind::NotFound)),
    }
}

/// Old secrets are never cut short, so there is no room for another one.
fn full(left: Duration) -> Refusal {
    Refusal::new(RefusalKind::RateLimited)
        .with_message("This project has 8 old secrets that are still good, the most allowed.")
        .with_retry_after(left)
}

/// Shows the present secret, and until when the last of the old ones is good if one still is.
fn shown(records: &Records, secrets: Secrets) -> Result<Shown, Rejection> {
    let old_until = secrets.old.iter().map(|(_, until)| *until).max();
    let old_until = old_until.filter(|until| records.now() < *until);
    let value = json!({
        "secret": text(&secrets.present)?,
        "previousValidUntil": old_until.map(iso_8601),
    });
    let no_store = HeaderValue::from_static("no-store");
    Ok(([(CACHE_CONTROL, no_store)], Json(value)))
}

/// A secret of 256 random bits, written so that it can be copied; without randomness there is none.
pub(super) fn generate() -> Result<Secret, Refusal> {
    let refusal = |error| Refusal::new(RefusalKind::Internal).with_source(error);
    let token = Token::generate(&Random::system()).map_err(refusal)?;
    let text = format!("{PREFIX}{}", token.encode().expose_secret());
    Ok(Secret::from(text))
}

/// The key of a secret: the text as it is shown, prefix and all.
pub(super) fn key(secret: &Secret) -> Result<WebhookSecret, StoreError> {
    WebhookSecret::new(SecretFormat::Utf8, text(secret)?).map_err(corrupt)
}

/// The text as it is shown.
pub(super) fn text(secret: &Secret) -> Result<&str, StoreError> {
    secret.expose_str().map_err(corrupt)
}

pub(super) fn corrupt(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::with_source(StoreErrorKind::Corrupt, error)
}
