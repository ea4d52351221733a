//! Whether the server can do its work.

use std::sync::Arc;

use axum::extract::State;
use portcullis_core::{Clock, Digest, SystemClock};
use portcullis_session::{DynSessionStore, Renewal};
use portcullis_tower::Rejection;
use serde_json::{Value, json};

/// 200 when the session store answers, else 503.
pub(crate) async fn health(
    State(store): State<Arc<dyn DynSessionStore>>,
) -> Result<axum::Json<Value>, Rejection> {
    let nobody = Digest::of(b"portcullis health check");
    let found = store
        .dyn_load(&nobody, Renewal::Never, SystemClock.now())
        .await;
    let _ = found?;
    Ok(axum::Json(json!({ "status": "ok" })))
}
