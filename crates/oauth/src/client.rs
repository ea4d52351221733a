use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

use crate::HttpError;

/// What one call may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long the call may last, from the first attempt to connect to the last byte of the body.
    pub timeout: Duration,
    /// How many bytes of body are read at most; a longer body is [`HttpErrorKind::TooLarge`].
    ///
    /// [`HttpErrorKind::TooLarge`]: crate::HttpErrorKind::TooLarge
    pub max_body: usize,
}

/// Sends requests to a provider.
///
/// # Contract
///
/// 1. One call sends one request at most, and does not follow redirects: a 3xx answer is an answer.
/// 2. `limits` hold whatever the other side does; the body's length is counted while it is read.
/// 3. Certificates are verified. Plain http goes to loopback addresses alone.
/// 4. No proxy is taken from the environment.
/// 5. [`HttpErrorKind::Connect`] and [`HttpErrorKind::ConnectTimeout`] are told only if not a byte
///    of the request was written: such a call may be made again.
/// 6. A dropped future ends the call.
/// 7. Requests and answers carry secrets: neither is logged, nor put into errors.
///
/// [`HttpErrorKind::Connect`]: crate::HttpErrorKind::Connect
/// [`HttpErrorKind::ConnectTimeout`]: crate::HttpErrorKind::ConnectTimeout
pub trait HttpClient: Send + Sync + 'static {
    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    ///
    /// [`HttpError`] if there is no answer, or none within the limits. An answer of any status is
    /// an answer.
    fn send(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> impl Future<Output = Result<Response<Bytes>, HttpError>> + Send;

    /// Waits, before a call is made again.
    fn pause(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}

/// The face of [`HttpClient`] for `dyn`: every client has it, and `Arc<dyn DynHttpClient>` is one.
#[async_trait]
pub trait DynHttpClient: Send + Sync + 'static {
    /// As [`HttpClient::send`].
    ///
    /// # Errors
    ///
    /// As [`HttpClient::send`].
    async fn dyn_send(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError>;

    /// As [`HttpClient::pause`].
    async fn dyn_pause(&self, duration: Duration);
}

#[async_trait]
impl<T: HttpClient> DynHttpClient for T {
    async fn dyn_send(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        self.send(request, limits).await
    }

    async fn dyn_pause(&self, duration: Duration) {
        self.pause(duration).await;
    }
}

impl HttpClient for Arc<dyn DynHttpClient> {
    async fn send(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        (**self).dyn_send(request, limits).await
    }

    async fn pause(&self, duration: Duration) {
        (**self).dyn_pause(duration).await;
    }
}
