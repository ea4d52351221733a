//! Sessions in a tonic service: visits are counted, users log in, see who they are, and log out.
//!
//! The cookie travels in the metadata `cookie` and `set-cookie`. The login is for show: whoever
//! sends a name is that user.

use std::error::Error;

use portcullis::cookie::CookiePolicy;
use portcullis::core::format::Grpc;
use portcullis::core::{Authentication, Level, Method, SubjectId};
use portcullis::session::{
    Key, Lifecycle, Login, MemoryStore, Session, SessionError, SessionErrorKind, SessionPolicy,
};
use portcullis::tower::{
    AuthenticateLayer, Authenticated, RefusalsLayer, RequireLayer, SessionsLayer,
};
use tokio::net::TcpListener;
use tonic::service::LayerExt;
use tonic::transport::{Server, server::TcpIncoming};
use tonic::{Request, Response, Status, async_trait};

mod messages;
/// What the build script made of the service for users.
#[expect(clippy::missing_errors_doc, reason = "generated")]
pub mod account {
    include!(concat!(env!("OUT_DIR"), "/example.Account.rs"));
}
/// What the build script made of the service for everybody.
#[expect(clippy::missing_errors_doc, reason = "generated")]
pub mod visits {
    include!(concat!(env!("OUT_DIR"), "/example.Visits.rs"));
}

use account::account_server::{Account, AccountServer};
pub use messages::{Name, Nothing, Visit};
use visits::visits_server::{Visits, VisitsServer};

/// A value of a session: its name and its type.
const VISITS: Key<u32> = Key::new("visits");

/// Serves for ever.
///
/// # Errors
///
/// If browsers would refuse the cookie, or the listener fails.
pub async fn serve(listener: TcpListener) -> Result<(), Box<dyn Error + Send + Sync>> {
    // Browsers keep `__Host-` and `Secure` cookies only if they come over https. On this machine
    // there is none; wherever there is, leave `insecure_over_http` away.
    let cookie = CookiePolicy::host("session")
        .insecure_over_http("localhost")
        .build()?;
    let lifecycle = Lifecycle::new(MemoryStore::new(), SessionPolicy::new(cookie));
    // It is known who the request is from, and it is somebody who is signed in.
    let guarded = (AuthenticateLayer::new(), RequireLayer::signed_in());
    Server::builder()
        // Refusals of the layers below are a gRPC status.
        .layer(RefusalsLayer::new(Grpc::default()))
        // The request has a session; the response says what there is to say of it.
        .layer(SessionsLayer::new(lifecycle))
        .add_service(guarded.named_layer(AccountServer::new(Service)))
        .add_service(VisitsServer::new(Service))
        .serve_with_incoming(TcpIncoming::from(listener))
        .await?;
    Ok(())
}

struct Service;

#[async_trait]
impl Visits for Service {
    /// Counts the visits of anybody; the first one makes a session.
    async fn count(&self, request: Request<Nothing>) -> Result<Response<Visit>, Status> {
        let session = session(&request)?;
        let count = session.value(VISITS).await.map_err(status)?.unwrap_or(0) + 1;
        session.set_value(VISITS, &count).map_err(status)?;
        Ok(Response::new(Visit { count }))
    }

    /// For show: a real service verifies a password here, or asks an identity provider.
    async fn log_in(&self, request: Request<Name>) -> Result<Response<Nothing>, Status> {
        let session = session(&request)?.clone();
        let subject = SubjectId::new(&request.get_ref().name)
            .map_err(|_| Status::invalid_argument("not a name"))?;
        let how = Authentication {
            at: session.lifecycle().now(),
            method: Method::new("for-show").expect("visible ASCII"),
            level: Level::Single,
        };
        // The new session has nothing of the visitor's but what is named here.
        let login = Login::new(subject, how).keeping(VISITS);
        session.log_in(login).await.map_err(status)?;
        Ok(Response::new(Nothing {}))
    }

    async fn log_out(&self, request: Request<Nothing>) -> Result<Response<Nothing>, Status> {
        session(&request)?.log_out().await.map_err(status)?;
        Ok(Response::new(Nothing {}))
    }
}

#[async_trait]
impl Account for Service {
    async fn who_am_i(&self, request: Request<Nothing>) -> Result<Response<Name>, Status> {
        let user = request.extensions().get::<Authenticated>();
        let user = user.ok_or_else(|| Status::internal("a RequireLayer is missing"))?;
        let name = user.subject().to_string();
        Ok(Response::new(Name { name }))
    }
}

fn session<T>(request: &Request<T>) -> Result<&Session, Status> {
    let session = request.extensions().get::<Session>();
    session.ok_or_else(|| Status::internal("a SessionsLayer is missing"))
}

fn status(error: SessionError) -> Status {
    match error.kind() {
        SessionErrorKind::Store => Status::unavailable("the session store failed"),
        _ => Status::internal("the session failed"),
    }
}
