//! My devices, and signing out.

use axum::Json;
use axum::http::StatusCode;
use portcullis_core::{Refusal, RefusalKind};
use portcullis_session::{Device, Handle, SessionError};
use portcullis_tower::{CurrentSession, Rejection};
use serde_json::{Value, json};

use super::USER_AGENT;
use crate::extract::{Id, iso_8601};

/// `GET /api/v1/sessions`: the newest first.
pub(super) async fn list(session: CurrentSession) -> Result<Json<Value>, Rejection> {
    let devices = session.devices().await?;
    let shown: Result<Vec<Value>, SessionError> = devices.iter().rev().map(show).collect();
    Ok(Json(json!({ "data": shown?, "next_cursor": null })))
}

fn show(device: &Device) -> Result<Value, SessionError> {
    Ok(json!({
        "id": device.handle().to_string(),
        "current": device.is_current(),
        "created_at": iso_8601(device.created_at()),
        "last_seen_at": iso_8601(device.last_seen_at()),
        "expires_at": iso_8601(device.expires_at()),
        "user_agent": device.value(USER_AGENT)?,
    }))
}

/// `DELETE /api/v1/sessions/{id}`
pub(super) async fn revoke(session: CurrentSession, Id(id): Id) -> Result<StatusCode, Rejection> {
    let not_found = || Refusal::new(RefusalKind::NotFound);
    let handle = Handle::parse(&id).map_err(|_| not_found())?;
    if session.revoke(handle).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(not_found().into())
    }
}

/// `POST /api/v1/auth/logout`
pub(super) async fn log_out(session: CurrentSession) -> Result<StatusCode, Rejection> {
    session.log_out().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/auth/logout-all`
pub(super) async fn log_out_all(session: CurrentSession) -> Result<StatusCode, Rejection> {
    session.revoke_all().await?;
    Ok(StatusCode::NO_CONTENT)
}
