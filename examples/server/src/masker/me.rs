//! Who am I.

use axum::Json;
use axum::extract::State;
use portcullis_core::{Refusal, RefusalKind};
use portcullis_tower::{Authenticated, CurrentSession, Rejection};
use serde_json::{Value, json};

use super::{LOGIN, Records};
use crate::extract::iso_8601;

/// `GET /api/v1/me`: the user record and the GitHub login of the session.
pub(super) async fn me(
    user: Authenticated,
    session: CurrentSession,
    State(records): State<Records>,
) -> Result<Json<Value>, Rejection> {
    let login = session.value(LOGIN).await?;
    // A session whose user is gone is nobody's.
    let user = records
        .user(&user)?
        .ok_or_else(|| Refusal::new(RefusalKind::Unauthenticated))?;
    Ok(Json(json!({
        "user": {
            "id": user.id,
            "github_id": user.github_id.to_string(),
            "name": user.name,
            "email": user.email,
            "role": if user.is_admin { "admin" } else { "member" },
            "created_at": iso_8601(user.created_at),
        },
        "github_login": login,
    })))
}
