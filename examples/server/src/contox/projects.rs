//! Projects, each its owner's alone.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use portcullis_core::{Refusal, RefusalKind};
use portcullis_tower::{Authenticated, Rejection};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Records;
use super::records::Project;
use crate::extract;

/// How many projects an owner has at most.
pub(super) const MOST: u32 = 100;

/// What a project is made of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewProject {
    name: String,
}

/// `GET /api/projects`: mine, the oldest first.
pub(super) async fn list(
    owner: Authenticated,
    State(records): State<Records>,
) -> Result<Json<Value>, Rejection> {
    let projects = records.projects(&owner)?;
    Ok(Json(projects.iter().map(show).collect()))
}

/// `POST /api/projects`
pub(super) async fn create(
    owner: Authenticated,
    State(records): State<Records>,
    extract::Json(new): extract::Json<NewProject>,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    let name = extract::name(&new.name)?;
    let project = records.create_project(&owner, name)?.ok_or_else(|| {
        Refusal::new(RefusalKind::Conflict).with_message("You have 100 projects, the most allowed.")
    })?;
    Ok((StatusCode::CREATED, Json(show(&project))))
}

fn show(project: &Project) -> Value {
    json!({ "id": project.id, "name": project.name })
}
