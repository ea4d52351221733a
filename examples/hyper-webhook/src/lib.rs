//! Takes signed deliveries in, with hyper and tower alone: `POST /webhook`, signed as Standard
//! Webhooks has it.

mod serve;

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use portcullis::session::MemoryStore;
use portcullis::tower::WebhookLayer;
use portcullis::tower::webhook::{Receipt, Replays, VerifiedBody};
use portcullis::webhook::{ConfigError, SecretFormat, SecretSet, Verifier, WebhookSecret, schemes};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use serve::serve;

type Answer = Response<Full<Bytes>>;

/// How long a body may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was delivered.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    /// The id that its sender gave it.
    pub id: String,
    /// The body, byte for byte.
    pub body: Bytes,
}

/// Serves until `stop`, then finishes what is under way; what is delivered goes into the inbox.
///
/// # Errors
///
/// [`ConfigError`] if the secret is none.
pub async fn run(
    listener: TcpListener,
    secret: &str,
    inbox: mpsc::Sender<Event>,
    stop: impl Future<Output = ()>,
) -> Result<(), ConfigError> {
    let secret = WebhookSecret::new(SecretFormat::Whsec, secret)?;
    let secrets = SecretSet::new("present", secret);
    let verifier = Verifier::new(&schemes::STANDARD_WEBHOOKS, secrets)?;
    let layer = WebhookLayer::new(verifier)
        .with_deadline(|| tokio::time::sleep(PATIENCE))
        .with_memory(MemoryStore::new(), "/webhook", Replays::Acknowledge);
    let webhook = ServiceBuilder::new()
        // The sender knows the secret, has signed not long ago, and is heard once.
        .layer(layer)
        .service_fn(move |delivery| take(delivery, inbox.clone()));
    let routes = service_fn(move |request: Request<Incoming>| {
        let webhook = webhook.clone();
        async move {
            match request.uri().path() {
                "/webhook" => webhook.oneshot(request).await,
                _ => Ok(empty(StatusCode::NOT_FOUND)),
            }
        }
    });
    serve(routes, listener, stop).await;
    Ok(())
}

/// Puts a delivery aside and answers at once: whoever works on it here lets the sender wait.
async fn take(
    delivery: Request<VerifiedBody>,
    inbox: mpsc::Sender<Event>,
) -> Result<Answer, Infallible> {
    let receipt = delivery
        .extensions()
        .get::<Receipt>()
        .expect("it stands inside a WebhookLayer");
    let id = receipt.id().unwrap_or_default().to_owned();
    let body = delivery.into_body().collect().await?.to_bytes();
    let taken = inbox.send(Event { id, body }).await;
    Ok(empty(taken.map_or(StatusCode::SERVICE_UNAVAILABLE, |()| {
        StatusCode::ACCEPTED
    })))
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = status;
    answer
}
