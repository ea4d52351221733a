//! Voice agents.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use portcullis_core::{Refusal, RefusalKind};
use portcullis_tower::{Authenticated, Rejection};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Records;
use super::records::Agent;
use crate::extract::{self, Id, Query, iso_8601};

/// The page of a list.
#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default = "default_limit")]
    limit: u32,
    cursor: Option<String>,
}

const fn default_limit() -> u32 {
    25
}

/// What an agent is made of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAgent {
    name: String,
}

/// `GET /api/v1/agents`
pub(super) async fn list(
    State(records): State<Records>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Rejection> {
    if !(1..=100).contains(&page.limit) {
        let refusal = Refusal::new(RefusalKind::InvalidRequest);
        return Err(refusal
            .with_message("The limit must be from 1 to 100.")
            .into());
    }
    let (agents, next) = records.agents(page.limit, page.cursor.as_deref())?;
    let shown: Vec<Value> = agents.iter().map(show).collect();
    Ok(Json(json!({ "data": shown, "next_cursor": next })))
}

/// `POST /api/v1/agents`
pub(super) async fn create(
    user: Authenticated,
    State(records): State<Records>,
    extract::Json(new): extract::Json<NewAgent>,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    let agent = records.create_agent(&user, extract::name(&new.name)?)?;
    Ok((StatusCode::CREATED, Json(show(&agent))))
}

/// `GET /api/v1/agents/{id}`
pub(super) async fn one(
    State(records): State<Records>,
    Id(id): Id,
) -> Result<Json<Value>, Rejection> {
    let agent = records
        .agent(&id)?
        .ok_or_else(|| Refusal::new(RefusalKind::NotFound))?;
    Ok(Json(show(&agent)))
}

/// `DELETE /api/v1/agents/{id}`: its route asks for an admin.
pub(super) async fn delete(
    State(records): State<Records>,
    Id(id): Id,
) -> Result<StatusCode, Rejection> {
    if records.delete_agent(&id)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Rejection::new(RefusalKind::NotFound))
    }
}

fn show(agent: &Agent) -> Value {
    json!({
        "id": agent.id,
        "name": agent.name,
        "created_at": iso_8601(agent.created_at),
    })
}
