//! The connections of a stand-in, and the way of one call through gates, faults and work.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::body::Body;
use super::endpoint::{Endpoint, Route};
use super::fault::Fault;
use super::gate::Hold;
use super::reply::{self, Reply, text, wrong_method};
use super::shared::{Shared, Twist};
use super::{api, applications, decide, page, token};

/// Bytes of a request body at most.
const BODY_CAP: usize = 64 * 1024;

/// Ends the connection: hyper closes it when the service fails.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
struct Closed;

/// Serves until the task is aborted; its connections end with it.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            incoming = listener.accept() => match incoming {
                Ok((stream, _)) => drop(connections.spawn(connection(stream, shared.clone()))),
                // Out of file descriptors, or a client gone at once: others may still get through.
                Err(_) => tokio::task::yield_now().await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| call(shared.clone(), request));
    // It fails when a client goes away or a fault closes it; both are meant.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn call(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, Closed> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_CAP).collect().await else {
        return Ok(text(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large\n").map(Body::whole));
    };
    let body = body.to_bytes();
    let route = Route::of(&parts.method, parts.uri.path());
    shared.requests.record(route, &parts, &body);
    match route {
        Route::Call(endpoint, name) => faulty(&shared, endpoint, name, &parts, &body).await,
        other => Ok(still(&shared, other).map(Body::whole)),
    }
}

async fn faulty(
    shared: &Shared,
    endpoint: Endpoint,
    name: &str,
    parts: &Parts,
    body: &Bytes,
) -> Result<Response<Body>, Closed> {
    let fault = shared.faults.take(endpoint);
    shared.faults.hold(endpoint, Hold::Arrival).await;
    if matches!(fault, Some(Fault::Close)) {
        return Err(Closed);
    }
    let instead = fault.as_ref().and_then(|fault| fault.instead(shared.now()));
    let reply = instead.unwrap_or_else(|| {
        work(
            shared,
            endpoint,
            name,
            parts,
            body,
            &Twist::of(fault.as_ref()),
        )
    });
    if let Some(Fault::Delay(time)) = &fault {
        tokio::time::sleep(*time).await;
    }
    shared.faults.hold(endpoint, Hold::Answer).await;
    match fault {
        None => Ok(reply.map(Body::whole)),
        Some(Fault::CloseAfterWork) => Err(Closed),
        Some(fault) => Ok(fault.alter(reply)),
    }
}

fn work(
    shared: &Shared,
    endpoint: Endpoint,
    name: &str,
    parts: &Parts,
    body: &[u8],
    twist: &Twist,
) -> Reply {
    if let (true, Some(error)) = (endpoint.is_rest(), &twist.error) {
        let body = json!({ "error": error, "error_description": token::PLANNED });
        return reply::json(StatusCode::OK, &body);
    }
    let mut reply = match endpoint {
        Endpoint::Authorize => return decide::ask(shared, &parts.uri, twist),
        Endpoint::Decide => return decide::press(shared, parts, body, twist),
        Endpoint::Token => return token::answer(shared, &parts.headers, body, twist),
        Endpoint::CheckToken
        | Endpoint::DeleteGrant
        | Endpoint::DeleteToken
        | Endpoint::ResetToken => applications::answer(shared, endpoint, name, parts, body),
        Endpoint::Emails
        | Endpoint::Membership
        | Endpoint::Orgs
        | Endpoint::Teams
        | Endpoint::User => api::answer(shared, endpoint, name, parts),
    };
    api::finish(&mut reply, &parts.headers);
    reply
}

/// What no fault touches.
fn still(shared: &Shared, route: Route<'_>) -> Reply {
    let found = match route {
        Route::Avatar(id) => page::avatar(&shared.world(), id),
        Route::Home => Some(page::home(&shared.world())),
        Route::WrongMethod(allow) => Some(wrong_method(allow)),
        Route::Call(..) | Route::Unknown => None,
    };
    found.unwrap_or_else(|| text(StatusCode::NOT_FOUND, "not found\n"))
}
