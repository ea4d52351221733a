//! Sessions in a service of hyper and tower alone: visits are counted, users log in, see who they
//! are, and log out.
//!
//! The login is for show: whoever sends a name is that user.

mod serve;

use std::convert::Infallible;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use portcullis::cookie::{CookiePolicy, PolicyError};
use portcullis::core::format::Envelope;
use portcullis::core::{self, Authentication, Level, Refusal, RefusalKind, SubjectId};
use portcullis::session::{Key, Lifecycle, Login, MemoryStore, Session, SessionPolicy};
use portcullis::tower::{
    AuthenticateLayer, Authenticated, RefusalsLayer, Rejection, RequireLayer, SessionsLayer,
};
use tokio::net::TcpListener;
use tower::{ServiceBuilder, ServiceExt};

use serve::serve;

type Answer = Response<Full<Bytes>>;

/// A value of a session: its name and its type.
const VISITS: Key<u32> = Key::new("visits");

/// Serves until `stop`, then finishes what is under way.
///
/// # Errors
///
/// [`PolicyError`] if browsers would refuse the cookie.
pub async fn run(listener: TcpListener, stop: impl Future<Output = ()>) -> Result<(), PolicyError> {
    // Browsers keep `__Host-` and `Secure` cookies only if they come over https. On this machine
    // there is none; wherever there is, leave `insecure_over_http` away.
    let cookie = CookiePolicy::host("session")
        .insecure_over_http("localhost")
        .build()?;
    let lifecycle = Lifecycle::new(MemoryStore::new(), SessionPolicy::new(cookie));
    let service = ServiceBuilder::new()
        // Refusals of the layers and handlers below have a body.
        .layer(RefusalsLayer::new(Envelope::default()))
        // The request has a session; the response says what there is to say of it.
        .layer(SessionsLayer::new(lifecycle))
        .service_fn(route);
    serve(service, listener, stop).await;
    Ok(())
}

async fn route(request: Request<Incoming>) -> Result<Answer, Infallible> {
    let session = request
        .extensions()
        .get::<Session>()
        .expect("it stands inside a SessionsLayer");
    let session = session.clone();
    let answer = match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => home(session).await,
        (&Method::POST, "/login") => log_in(session, request.into_body()).await,
        (&Method::POST, "/logout") => log_out(session).await,
        (&Method::GET, "/me") => {
            let guarded = (AuthenticateLayer::new(), RequireLayer::signed_in());
            return ServiceBuilder::new()
                .layer(guarded)
                .service_fn(me)
                .oneshot(request)
                .await;
        }
        (_, "/" | "/me") => return Ok(Rejection::method_not_allowed("GET")),
        (_, "/login" | "/logout") => return Ok(Rejection::method_not_allowed("POST")),
        _ => Err(Rejection::new(RefusalKind::NotFound)),
    };
    Ok(answer.unwrap_or_else(|rejection| rejection.to_response()))
}

/// Counts the visits of anybody; the first one makes a session.
async fn home(session: Session) -> Result<Answer, Rejection> {
    let visits = session.value(VISITS).await?.unwrap_or(0) + 1;
    session.set_value(VISITS, &visits)?;
    Ok(text(format!("visit {visits}\n")))
}

/// For show: a real service verifies a password here, or asks an identity provider.
async fn log_in(session: Session, body: Incoming) -> Result<Answer, Rejection> {
    let body = Limited::new(body, 1024).collect().await;
    let body = body
        .map_err(|_| Refusal::new(RefusalKind::TooLarge))?
        .to_bytes();
    let name = std::str::from_utf8(&body)
        .ok()
        .and_then(|form| form.strip_prefix("name="));
    let subject = SubjectId::new(name.unwrap_or_default())
        .map_err(|_| Refusal::new(RefusalKind::Unprocessable))?;
    let how = Authentication {
        at: session.lifecycle().now(),
        method: core::Method::new("for-show").expect("visible ASCII"),
        level: Level::Single,
    };
    // The new session has nothing of the visitor's but what is named here.
    session
        .log_in(Login::new(subject, how).keeping(VISITS))
        .await?;
    Ok(text("logged in\n".to_owned()))
}

async fn log_out(session: Session) -> Result<Answer, Rejection> {
    session.log_out().await?;
    Ok(text("logged out\n".to_owned()))
}

async fn me(request: Request<Incoming>) -> Result<Answer, Infallible> {
    let user = request
        .extensions()
        .get::<Authenticated>()
        .expect("it stands inside a RequireLayer");
    Ok(text(format!("you are {}\n", user.subject())))
}

fn text(body: String) -> Answer {
    Response::new(Full::from(body))
}
