//! What projects send: signed with a secret of theirs, not with a cookie.
//!
//! Whoever cannot sign for a project does not learn whether there is one: for a project that is not
//! there the same is read, hashed and answered as for one that is.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::map_response;
use axum::response::{Json, Response};
use axum::routing::post;
use portcullis_core::{Challenge, Clock, DynMarkStore, Refusal, RefusalKind, StoreError};
use portcullis_tower::webhook::{Refused, Replays, Verified, Verifiers};
use portcullis_tower::{Rejection, WebhookLayer};
use portcullis_webhook::{SecretSet, Verifier, WebhookSecret, schemes};
use serde_json::error::Category;
use serde_json::{Map, Value, json};

use super::Records;
use super::rotation::MOST_OLD;
use super::secret::{corrupt, generate, key};
use crate::settings::Settings;
use crate::stores::Stores;

/// The project that a delivery says it is of.
const PROJECT: HeaderName = HeaderName::from_static("x-contox-project");

/// The largest delivery, in bytes: the scheme's own limit.
const MAX_BODY: usize = 1024 * 1024;

/// How long a delivery may take to arrive.
const DEADLINE: Duration = Duration::from_secs(30);

/// The ingest.
#[derive(Clone)]
pub(super) struct Ingest {
    records: Records,
    nobody: WebhookSecret,
    marks: Arc<dyn DynMarkStore>,
    clock: Arc<dyn Clock>,
}

/// Finds the secrets by which a delivery is judged.
#[derive(Clone)]
struct ByProject {
    records: Records,
    /// That of no project, which nobody knows.
    nobody: WebhookSecret,
}

impl Ingest {
    pub(super) fn new(
        settings: &Settings,
        stores: &Stores,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        schemes::CONTOX.check()?;
        Ok(Self {
            records: stores.contox.clone(),
            nobody: key(&generate()?)?,
            marks: stores.marks.clone(),
            clock: settings.clock.clone(),
        })
    }

    /// The route, in its layers.
    pub(super) fn router(&self) -> Router {
        let by_project = ByProject {
            records: self.records.clone(),
            nobody: self.nobody.clone(),
        };
        // What the handler sees was signed by a project, lately, and comes for the first time.
        let signed = WebhookLayer::new(by_project)
            .with_clock(self.clock.clone())
            .with_memory(self.marks.clone(), "contox ingest", Replays::Refuse)
            .with_deadline(|| tokio::time::sleep(DEADLINE));
        Router::new()
            .route("/api/v2/ingest", post(take))
            .route_layer(DefaultBodyLimit::max(MAX_BODY))
            .route_layer(signed)
            // A refusal has the words of the surface.
            .route_layer(map_response(tell))
            .with_state(self.records.clone())
    }
}

impl Verifiers for ByProject {
    async fn verifier(&self, head: &Parts) -> Result<Option<Verifier>, StoreError> {
        let project = project(head).unwrap_or("");
        let secrets = self.records.secrets(project)?;
        let (present, old) = match secrets {
            None => (self.nobody.clone(), Vec::new()),
            Some(secrets) => (key(&secrets.present)?, secrets.old),
        };
        // There are always as many as there can be, so that the time which hashing takes does not
        // tell how many there are; and a verifier is made anew each time, so that the first time is
        // like all others.
        let spare = MOST_OLD.saturating_sub(old.len());
        // The label is the project, so that the handler need not believe the header.
        let mut set = SecretSet::new(project, present);
        for (old, until) in old {
            set = set.with_old(project, key(&old)?, until);
        }
        for _ in 0..spare {
            set = set.with("nobody", self.nobody.clone());
        }
        let verifier = Verifier::new(&schemes::CONTOX, set);
        verifier.map(Some).map_err(corrupt)
    }
}

/// The one project that the head names.
fn project(head: &Parts) -> Option<&str> {
    let mut values = head.headers.get_all(PROJECT).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

/// `POST /api/v2/ingest`: an event is a JSON object. It belongs to the session that it names in
/// `sessionId`, if that is one of the project's; else a new one begins with it.
async fn take(
    State(records): State<Records>,
    delivery: Verified,
) -> Result<(StatusCode, Json<Value>), Rejection> {
    let event: Map<String, Value> = serde_json::from_slice(delivery.body()).map_err(misread)?;
    let session = match event.get("sessionId") {
        None | Some(Value::Null) => None,
        Some(Value::String(session)) => Some(session.as_str()),
        Some(_) => return Err(Rejection::new(RefusalKind::Unprocessable)),
    };
    let project = delivery.receipt().label();
    let event = records.add_event(project, session, delivery.body())?;
    let answer = json!({ "eventId": event.id, "sessionId": event.session });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn misread(error: serde_json::Error) -> Refusal {
    match error.classify() {
        Category::Data => Refusal::new(RefusalKind::Unprocessable)
            .with_message("The event must be a JSON object."),
        _ => Refusal::new(RefusalKind::InvalidRequest).with_message("The body is not valid JSON."),
    }
}

/// Leaves a refusal in the place of the layer's bare status.
///
/// A header that cannot be read is a wrong credential like any other: 401, where the layer by
/// itself says 400.
async fn tell(mut response: Response) -> Response {
    let Some(refused) = response.extensions().get::<Refused>().copied() else {
        return response;
    };
    tracing::debug!(reason = ?refused.reason(), "an event was refused");
    let refusal = match refused.status() {
        StatusCode::INTERNAL_SERVER_ERROR => Refusal::new(RefusalKind::Internal),
        StatusCode::METHOD_NOT_ALLOWED => Refusal::new(RefusalKind::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(RefusalKind::TooLarge),
        StatusCode::REQUEST_TIMEOUT => Refusal::new(RefusalKind::InvalidRequest)
            .with_message("The body did not arrive in time."),
        StatusCode::SERVICE_UNAVAILABLE => Refusal::new(RefusalKind::Unavailable),
        _ => {
            Refusal::new(RefusalKind::Unauthenticated).with_challenge(Challenge::new("HMAC-SHA256"))
        }
    };
    response.extensions_mut().insert(refusal);
    response
}
