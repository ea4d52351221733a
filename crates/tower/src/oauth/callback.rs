use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use portcullis_cookie::SameSite;
use portcullis_core::{Refusal, SubjectId};
use portcullis_oauth::{
    CallbackFacts, CallbackOutcome, Completed, FlowReceipt, GithubSignIn, Intent, LiveSession,
};
use portcullis_session::{Key, Session};
use tower_service::Service;

use super::answer::{Answer, lead_on, refuse, see_other};
use super::link::session_digest;
use super::{Admit, Linked};
use crate::Rejection;
use crate::authenticate::miswired;

/// The flows that ended in a session, so that a second look at their callback leads on.
const RECEIPTS: Key<Vec<FlowReceipt>> = Key::new("portcullis.oauth.receipts");

/// How many of them a session keeps.
const MOST_RECEIPTS: usize = 5;

/// Service that ends a sign-in: asks GitHub who it is, makes the session, and leads back.
#[derive(Clone)]
#[must_use]
pub struct CallbackService<A> {
    sign_in: GithubSignIn,
    admit: A,
}

/// What is known of the session that a callback comes with.
struct Known {
    subject: SubjectId,
    session: portcullis_core::Digest,
    receipts: Vec<FlowReceipt>,
}

impl<A: Admit> CallbackService<A> {
    pub(super) const fn new(sign_in: GithubSignIn, admit: A) -> Self {
        Self { sign_in, admit }
    }

    async fn answer(self, session: Session, headers: HeaderMap, uri: Uri) -> Answer {
        let known = match known(&session).await {
            Ok(known) => known,
            Err(refusal) => return refuse(&headers, refusal, Vec::new()),
        };
        let live = known.as_ref().map(|known| LiveSession {
            subject: &known.subject,
            session: &known.session,
            receipts: &known.receipts,
        });
        let facts = CallbackFacts {
            headers: &headers,
            query: uri.query(),
            session: live,
        };
        match self.sign_in.callback(facts).await {
            CallbackOutcome::Completed(completed) => {
                self.complete(*completed, session, known, &headers).await
            }
            CallbackOutcome::Redirect {
                location,
                clear_cookies,
            } => see_other(location, clear_cookies),
            CallbackOutcome::Refused {
                refusal,
                clear_cookies,
            } => refuse(&headers, refusal, clear_cookies),
            // An outcome that this version does not know is no sign-in.
            _ => refuse(
                &headers,
                miswired("unknown outcome of a callback"),
                Vec::new(),
            ),
        }
    }

    async fn complete(
        self,
        mut completed: Completed,
        session: Session,
        known: Option<Known>,
        headers: &HeaderMap,
    ) -> Answer {
        let cookies = std::mem::take(&mut completed.clear_cookies);
        let done = match &completed.intent {
            Intent::Link { subject, .. } => self.link(subject, &completed).await,
            _ => self.log_in(&completed, &session, known, headers).await,
        };
        match done {
            Ok(()) => {
                self.sign_in.confirm(&completed);
                back(&session, &completed, cookies)
            }
            Err(refusal) => refuse(headers, refusal, cookies),
        }
    }

    async fn link(&self, subject: &SubjectId, completed: &Completed) -> Result<(), Refusal> {
        match self.admit.link(subject, &completed.identity).await? {
            Linked::Done => Ok(()),
            Linked::Taken => Err(self.sign_in.refuse_link(completed)),
        }
    }

    async fn log_in(
        &self,
        completed: &Completed,
        session: &Session,
        known: Option<Known>,
        headers: &HeaderMap,
    ) -> Result<(), Refusal> {
        let login = self.admit.log_in(&completed.identity, headers).await?;
        let mut receipts = known.map(|known| known.receipts).unwrap_or_default();
        receipts.push(completed.receipt.clone());
        let newest = receipts.len().saturating_sub(MOST_RECEIPTS);
        let login = login.with_value(RECEIPTS, &receipts.split_off(newest))?;
        Ok(session.log_in(login).await?)
    }
}

async fn known(session: &Session) -> Result<Option<Known>, Refusal> {
    let (Some(user), Some(handle)) = (session.principal().await?, session.handle().await?) else {
        return Ok(None);
    };
    // Receipts of another version are none: they only smooth the way back.
    let receipts = session
        .value(RECEIPTS)
        .await
        .ok()
        .flatten()
        .unwrap_or_default();
    Ok(Some(Known {
        subject: user.subject().clone(),
        session: session_digest(handle),
        receipts,
    }))
}

fn back(session: &Session, completed: &Completed, cookies: Vec<HeaderValue>) -> Answer {
    let strict = session.lifecycle().policy().cookie().same_site() == SameSite::Strict;
    if strict {
        lead_on(completed.return_to.as_str(), cookies)
    } else {
        see_other(completed.return_to.to_header_value(), cookies)
    }
}

impl<A: Admit, B> Service<Request<B>> for CallbackService<A> {
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let service = self.clone();
        let parts = request.into_parts().0;
        Box::pin(async move {
            if parts.method != Method::GET {
                return Ok(Rejection::method_not_allowed("GET"));
            }
            Ok(match parts.extensions.get::<Session>().cloned() {
                Some(session) => service.answer(session, parts.headers, parts.uri).await,
                None => {
                    let refusal = miswired("CallbackService needs a SessionsLayer outside it");
                    refuse(&parts.headers, refusal, Vec::new())
                }
            })
        })
    }
}

impl<A> fmt::Debug for CallbackService<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackService")
            .field("sign_in", &self.sign_in)
            .finish_non_exhaustive()
    }
}
