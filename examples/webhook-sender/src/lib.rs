//! Sends events that are signed as Standard Webhooks has it, and tries again what was not taken.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use portcullis::tower::SignLayer;
use portcullis::tower::webhook::sign::{DeliveryId, Sign, SignedBody, SignedError};
use portcullis::webhook::{ConfigError, SecretFormat, SecretSet, Signer, WebhookSecret, schemes};
use tower::{ServiceBuilder, ServiceExt};

/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often an event is sent until it is taken.
const ATTEMPTS: u32 = 3;

/// Sends events to receivers with whom a secret is shared.
#[derive(Clone, Debug)]
pub struct Sender {
    // For https, put a connector with TLS in the place of this one.
    client: Sign<Client<HttpConnector, SignedBody>>,
    pause: Duration,
}

/// Why nobody knows whether an event was taken.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It was not sent, or there was no answer.
    #[error("there was no answer")]
    Client(#[source] SignedError<Error>),
    /// There was no answer in time.
    #[error("there was no answer in time")]
    Late,
}

impl Sender {
    /// Signs with this secret; waits this long before the second attempt, and twice as long before
    /// the third.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the secret is none.
    pub fn new(secret: &str, pause: Duration) -> Result<Self, ConfigError> {
        let secret = WebhookSecret::new(SecretFormat::Whsec, secret)?;
        let secrets = SecretSet::new("present", secret);
        let signer = Signer::new(&schemes::STANDARD_WEBHOOKS, secrets)?;
        let client = ServiceBuilder::new()
            .layer(SignLayer::new(signer))
            .service(Client::builder(TokioExecutor::new()).build_http());
        Ok(Self { client, pause })
    }

    /// Sends an event, and says how it was answered at last.
    ///
    /// Each attempt is signed anew, so that it is never too old. All have the same id, so that a
    /// receiver whose answer was lost does not take the event for another one.
    ///
    /// # Errors
    ///
    /// [`SendError`] if the last attempt was not answered.
    pub async fn send(
        &self,
        to: &Uri,
        id: &DeliveryId,
        event: Bytes,
    ) -> Result<StatusCode, SendError> {
        let mut pause = self.pause;
        for _ in 1..ATTEMPTS {
            match self.attempt(to, id, event.clone()).await {
                Ok(status) if !is_worth_another(status) => return Ok(status),
                Ok(_) | Err(_) => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
        self.attempt(to, id, event).await
    }

    async fn attempt(
        &self,
        to: &Uri,
        id: &DeliveryId,
        event: Bytes,
    ) -> Result<StatusCode, SendError> {
        let mut request = Request::new(Full::new(event));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = to.clone();
        request.extensions_mut().insert(id.clone());
        let answer = self.client.clone().oneshot(request);
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let answer = answer.map_err(|_| SendError::Late)?;
        Ok(answer.map_err(SendError::Client)?.status())
    }
}

/// Whether the receiver may take later what it did not take now (RFC 9110 §15.5.9, §15.6; RFC 6585
/// §4).
fn is_worth_another(status: StatusCode) -> bool {
    let may_pass = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    status.is_server_error() || may_pass.contains(&status)
}
