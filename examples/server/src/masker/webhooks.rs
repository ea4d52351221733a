//! What Vapi sends: signed with a secret that is shared with it, not with a cookie.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{MethodRouter, post};
use portcullis_core::{Refusal, RefusalKind};
use portcullis_tower::webhook::{Refused, VerifiedJson};
use portcullis_tower::{Rejection, WebhookLayer};
use portcullis_webhook::{ConfigError, SecretFormat, SecretSet, Verifier, WebhookSecret, schemes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::deliveries::Deliveries;
use crate::extract::Id;
use crate::settings::Settings;

/// The largest delivery, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// Where Vapi's calls arrive, and what became of them.
#[derive(Clone)]
pub(super) struct Webhooks {
    /// None if no secret is set.
    verifier: Option<Verifier>,
    deliveries: Deliveries,
}

impl Webhooks {
    pub(super) fn new(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            verifier: verifier(settings)?,
            deliveries: Deliveries::new(Arc::clone(&settings.clock)),
        })
    }

    pub(super) const fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    /// The routes, in their layers.
    pub(super) fn router(&self) -> Router {
        let events = self.guarded("/vapi/webhook/{agent_id}", post(event));
        let completions = "/proxy/{agent_id}/v1/chat/completions";
        events.merge(self.guarded(completions, post(completion)))
    }

    fn guarded(&self, route: &'static str, handler: MethodRouter) -> Router {
        let router = Router::new()
            .route(route, handler)
            .route_layer(DefaultBodyLimit::max(MAX_BODY));
        let guarded = match &self.verifier {
            // What a handler sees was signed by Vapi.
            Some(verifier) => router.route_layer(WebhookLayer::new(verifier.clone())),
            // Without a secret nothing can be verified, so nothing is let in.
            None => router.route_layer(from_fn_with_state((), unavailable)),
        };
        // Every delivery is noted with what became of it.
        guarded.route_layer(from_fn_with_state((self.deliveries.clone(), route), note))
    }
}

/// The secrets by which deliveries are verified: the first is the newest.
fn verifier(settings: &Settings) -> Result<Option<Verifier>, ConfigError> {
    let mut all = None::<SecretSet>;
    for (index, secret) in settings.masker_vapi_webhook_secrets.iter().enumerate() {
        let text = String::from_utf8_lossy(secret.expose_secret());
        let secret = WebhookSecret::new(SecretFormat::Utf8, &text)?;
        let label = format!("secret {}", index + 1);
        all = Some(match all {
            Some(set) => set.with(&label, secret),
            None => SecretSet::new(&label, secret),
        });
    }
    all.map(|secrets| Verifier::new(&schemes::VAPI_BODY, secrets))
        .transpose()
}

async fn unavailable(State(()): State<()>, _: Request, _: Next) -> Rejection {
    let refusal = Refusal::new(RefusalKind::Unavailable);
    refusal
        .with_message("No webhook secret is configured on this server.")
        .into()
}

/// Notes what becomes of a delivery, and gives a refusal the words of the surface.
async fn note(
    State((deliveries, route)): State<(Deliveries, &'static str)>,
    Id(agent_id): Id,
    request: Request<Body>,
    next: Next,
) -> Response {
    let path = route.replace("{agent_id}", &agent_id);
    let response = next.run(request).await;
    let refused = response.extensions().get::<Refused>().copied();
    let code = response.extensions().get::<Refusal>().map(Refusal::code);
    let reason = refused
        .map(|it| format!("{:?}", it.reason()))
        .or(code.map(str::to_owned));
    deliveries.add(&path, response.status(), reason);
    match refused {
        Some(refused) if refused.status() == StatusCode::UNAUTHORIZED => {
            Rejection::new(RefusalKind::Unauthenticated).into_response()
        }
        _ => response,
    }
}

/// An event; what else Vapi says in it does not matter here.
#[derive(Deserialize)]
struct Event {
    r#type: String,
}

/// `POST /vapi/webhook/{agent_id}`: a call comes in, and Vapi asks which assistant takes it.
async fn event(Id(agent_id): Id, delivery: VerifiedJson<Event>) -> Result<Json<Value>, Rejection> {
    if delivery.value().r#type != "assistant-request" {
        let refusal = Refusal::new(RefusalKind::Unprocessable).with_code("unsupported_event");
        return Err(refusal
            .with_message("Only assistant-request events are taken.")
            .into());
    }
    Ok(Json(json!({ "assistant": { "name": agent_id } })))
}

/// What a model is asked; the answer here does not depend on it.
#[derive(Deserialize)]
struct Completion {
    messages: Vec<Value>,
}

/// `POST /proxy/{agent_id}/v1/chat/completions`: Vapi asks the agent's model.
async fn completion(Id(agent_id): Id, delivery: VerifiedJson<Completion>) -> Json<Value> {
    let said = delivery.value().messages.len();
    let content = format!("This is {agent_id}, and I have heard {said} messages.");
    let message = json!({ "role": "assistant", "content": content });
    let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
    Json(json!({ "object": "chat.completion", "model": agent_id, "choices": [choice] }))
}
