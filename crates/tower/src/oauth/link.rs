use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Method, Request};
use portcullis_core::{Digest, Refusal, RefusalKind};
use portcullis_oauth::{GithubSignIn, Intent, StartFacts};
use portcullis_session::Session;
use tower_service::Service;

use super::answer::{Answer, refuse, return_to, see_other};
use crate::Rejection;
use crate::authenticate::miswired;

/// Service that begins to link a GitHub account to the user who is signed in: POST, 303 to GitHub.
///
/// It refuses requests that another site made the browser send, whether or not an
/// [`OriginLayer`](crate::origin::OriginLayer) stands outside.
#[derive(Clone, Debug)]
#[must_use]
pub struct LinkService {
    sign_in: GithubSignIn,
}

impl LinkService {
    pub(super) const fn new(sign_in: GithubSignIn) -> Self {
        Self { sign_in }
    }

    async fn start(
        self,
        session: Session,
        headers: HeaderMap,
        return_to: Option<String>,
    ) -> Result<Answer, Refusal> {
        let user = session.principal().await?;
        let (Some(user), Some(handle)) = (user, session.handle().await?) else {
            return Err(Refusal::new(RefusalKind::Forbidden).with_code("session_required"));
        };
        let session = session_digest(handle);
        let intent = Intent::Link {
            subject: user.subject().clone(),
            session,
        };
        let facts = StartFacts {
            headers: &headers,
            return_to: return_to.as_deref(),
            intent,
        };
        let started = self.sign_in.start(&facts)?;
        Ok(see_other(started.location, started.set_cookies))
    }
}

/// The digest by which a flow names the session that it was begun in.
pub(super) fn session_digest(handle: portcullis_session::Handle) -> Digest {
    Digest::of_parts(&[b"portcullis session of a link", handle.as_bytes()])
}

/// A form of ours says `same-origin`; without the header, `Origin` must be our own: the host of the
/// request, under the scheme of the redirect URI.
fn is_same_origin<B>(request: &Request<B>, is_secure: bool) -> bool {
    let header = |name: &str| request.headers().get(name).map(|value| value.as_bytes());
    if let Some(site) = header("sec-fetch-site") {
        return site == b"same-origin";
    }
    let own = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().as_bytes());
    let (Some(origin), Some(host)) = (header("origin"), own.or(header("host"))) else {
        return false;
    };
    let scheme: &[u8] = if is_secure { b"https://" } else { b"http://" };
    origin.strip_prefix(scheme) == Some(host)
}

impl<B> Service<Request<B>> for LinkService {
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let is_secure = self.sign_in.config().is_secure();
        let same_origin = is_same_origin(&request, is_secure);
        let return_to = return_to(&request);
        let is_post = request.method() == Method::POST;
        let session = request.extensions().get::<Session>().cloned();
        let headers = request.into_parts().0.headers;
        let service = self.clone();
        Box::pin(async move {
            if !is_post {
                return Ok(Rejection::method_not_allowed("POST"));
            }
            let started = match (session, same_origin) {
                (None, _) => Err(miswired("LinkService needs a SessionsLayer outside it")),
                (_, false) => Err(Refusal::new(RefusalKind::Forbidden).with_code("cross_origin")),
                (Some(session), true) => service.start(session, headers.clone(), return_to).await,
            };
            Ok(started.unwrap_or_else(|refusal| refuse(&headers, refusal, Vec::new())))
        })
    }
}
