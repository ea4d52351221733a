use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};

use crate::github::is_safe;
use crate::{HttpClient, HttpError, HttpErrorKind, Limits};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(2);

/// An [`HttpClient`] on reqwest, with rustls and the certificates that the operating system trusts.
///
/// It follows no redirect, takes no proxy from the environment, makes no call a second time, and
/// speaks plain http with loopback addresses alone. It needs a tokio runtime.
#[derive(Clone, Debug)]
pub struct ReqwestClient(reqwest::Client);

impl ReqwestClient {
    /// Makes a client.
    ///
    /// # Errors
    ///
    /// [`HttpErrorKind::Connect`] if TLS cannot be set up.
    pub fn new() -> Result<Self, HttpError> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .build()
            .map_err(|error| HttpError::with_source(HttpErrorKind::Connect, error))?;
        Ok(Self(client))
    }

    async fn exchange(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)
            .map_err(|_| HttpError::new(HttpErrorKind::Insecure))?;
        if !is_safe(request.url()) {
            return Err(HttpError::new(HttpErrorKind::Insecure));
        }
        let mut answer = self.0.execute(request).await.map_err(told)?;
        let body = read(&mut answer, limits.max_body).await?;
        let mut response = Response::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

impl HttpClient for ReqwestClient {
    async fn send(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        let answer = tokio::time::timeout(limits.timeout, self.exchange(request, limits)).await;
        answer.unwrap_or(Err(HttpError::new(HttpErrorKind::TimedOut)))
    }

    async fn pause(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Reads the body, counting while it comes: what a header says of its length is a claim.
async fn read(answer: &mut reqwest::Response, max: usize) -> Result<Bytes, HttpError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(told)? {
        if chunk.len() > max - body.len() {
            return Err(HttpError::new(HttpErrorKind::TooLarge));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// What reqwest's error means. The error itself is not kept: it may quote what was sent.
fn told(error: reqwest::Error) -> HttpError {
    HttpError::new(match (error.is_connect(), error.is_timeout()) {
        (true, true) => HttpErrorKind::ConnectTimeout,
        (true, false) => HttpErrorKind::Connect,
        (false, true) => HttpErrorKind::TimedOut,
        (false, false) => HttpErrorKind::Broken,
    })
}
