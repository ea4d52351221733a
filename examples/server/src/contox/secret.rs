//! The secret by which a project signs what it sends.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, HeaderValue};
use portcullis_core::{
    Random, RandomError, Refusal, RefusalKind, Secret, StoreError, StoreErrorKind, Timestamp, Token,
};
use portcullis_tower::{Authenticated, Rejection};
use portcullis_webhook::{SecretFormat, WebhookSecret};
use serde_json::{Value, json};

use super::Records;
use crate::extract::{Id, iso_8601};

/// How long the secret before the present one is still good.
const OVERLAP: Duration = Duration::from_secs(24 * 3_600);

/// Says what it is to people, and to programs that look for secrets where none should be.
const PREFIX: &str = "contox_hmac_";

/// The secrets of a project: the present one, and the one before with the end of its time.
pub(super) struct Secrets {
    pub(super) present: Secret,
    pub(super) old: Option<(Secret, Timestamp)>,
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
    shown(&records, secrets)
}

/// `POST /api/projects/{id}/hmac-secret/rotate`: the secret before the one before ends at once, so
/// that a secret which has leaked is ended by rotating twice.
pub(super) async fn rotate(
    owner: Authenticated,
    State(records): State<Records>,
    Id(id): Id,
) -> Result<Shown, Rejection> {
    let secrets = records.rotate(&owner, &id, OVERLAP)?;
    shown(&records, secrets)
}

/// Shows the present secret, and until when the old one is good if it still is.
fn shown(records: &Records, secrets: Option<Secrets>) -> Result<Shown, Rejection> {
    let secrets = secrets.ok_or_else(|| Refusal::new(RefusalKind::NotFound))?;
    let old_until = secrets.old.map(|(_, until)| until);
    let old_until = old_until.filter(|until| records.now() < *until);
    let value = json!({
        "secret": secrets.present.expose_str().map_err(corrupt)?,
        "previousValidUntil": old_until.map(iso_8601),
    });
    let no_store = HeaderValue::from_static("no-store");
    Ok(([(CACHE_CONTROL, no_store)], Json(value)))
}

/// A secret of 256 random bits, written so that it can be copied.
pub(super) fn generate() -> Result<Secret, RandomError> {
    let token = Token::generate(&Random::system())?;
    let text = format!("{PREFIX}{}", token.encode().expose_secret());
    Ok(Secret::from(text))
}

/// The key of a secret: the text as it is shown, prefix and all.
pub(super) fn key(secret: &Secret) -> Result<WebhookSecret, StoreError> {
    let text = secret.expose_str().map_err(corrupt)?;
    WebhookSecret::new(SecretFormat::Utf8, text).map_err(corrupt)
}

pub(super) fn corrupt(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::with_source(StoreErrorKind::Corrupt, error)
}
