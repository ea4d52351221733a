//! What the routes do.

use std::convert::Infallible;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, ETAG, SET_COOKIE, UPGRADE, VARY};
use http::{HeaderValue, Method as Verb, StatusCode};
use http_body_util::StreamBody;
use hyper_util::rt::TokioIo;
use portcullis_core::{Authentication, Clock, Level, Method, Refusal, RefusalKind, SubjectId};
use portcullis_session::{Key, Login, SessionError};
use portcullis_tower::{Authenticated, CurrentSession, Rejection};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::Shared;
use super::accounts::LOGIN;
use crate::Gate;

const A: Key<String> = Key::new("a");
const B: Key<String> = Key::new("b");

type Answered<T> = Result<T, Rejection>;

/// A long text, which the compression layer finds worth its while.
const PAGE: &str = "a page that is long enough to be worth compressing, \
    a page that is long enough to be worth compressing";

pub(super) async fn me(user: Authenticated, session: CurrentSession) -> Answered<Json<Value>> {
    let login = session.value(LOGIN).await?;
    Ok(Json(
        json!({ "user": user.subject().as_str(), "login": login }),
    ))
}

fn login(shared: &Shared, user: &str) -> Result<Login, Refusal> {
    let subject = SubjectId::new(user).map_err(|_| Refusal::new(RefusalKind::NotFound))?;
    let how = Authentication {
        at: shared.clock.now(),
        method: Method::GITHUB,
        level: Level::Single,
    };
    Ok(Login::new(subject, how))
}

pub(super) async fn log_in(
    State(shared): State<Shared>,
    Path(user): Path<String>,
    session: CurrentSession,
) -> Answered<()> {
    Ok(session.log_in(login(&shared, &user)?).await?)
}

pub(super) async fn log_out(session: CurrentSession) -> Answered<StatusCode> {
    session.log_out().await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn rotate(session: CurrentSession) -> Answered<()> {
    Ok(session.rotate().await?)
}

fn key(name: &str) -> Result<Key<String>, Refusal> {
    match name {
        "a" => Ok(A),
        "b" => Ok(B),
        _ => Err(Refusal::new(RefusalKind::NotFound)),
    }
}

pub(super) async fn read(Path(name): Path<String>, session: CurrentSession) -> Answered<String> {
    let value = session.value(key(&name)?).await?;
    Ok(value.unwrap_or_else(|| "none".to_owned()))
}

/// How a value is written.
#[derive(serde::Deserialize)]
pub(super) struct How {
    /// Where to wait between reading and writing.
    hold: Option<String>,
    /// Whether to be told of others who wrote the same.
    #[serde(default)]
    strict: bool,
}

pub(super) async fn write(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Query(how): Query<How>,
    session: CurrentSession,
    body: String,
) -> Answered<&'static str> {
    let key = key(&name)?;
    session.value(key).await?;
    if how.strict {
        session.refuse_conflicts();
    }
    if let Some(gate) = how.hold {
        shared.gates.gate(&gate).pass().await;
    }
    session.set_value(key, &body)?;
    Ok("written")
}

pub(super) async fn hold(
    State(shared): State<Shared>,
    Path((gate, change)): Path<(String, String)>,
    user: Authenticated,
    session: CurrentSession,
) -> Answered<String> {
    shared.gates.gate(&gate).pass().await;
    match change.as_str() {
        "read" => drop(session.value(A).await?),
        "write" => session.set_value(A, &"late".to_owned())?,
        // Who rotates what is gone is told so; this handler does not mind.
        "rotate" => drop::<Result<(), SessionError>>(session.rotate().await),
        _ => return Err(Rejection::new(RefusalKind::NotFound)),
    }
    Ok(format!("{} did {change}", user.subject()))
}

pub(super) async fn broken(
    State(shared): State<Shared>,
    Path((change, end)): Path<(String, String)>,
    session: CurrentSession,
) -> Answered<StatusCode> {
    match change.as_str() {
        "rotate" => session.rotate().await?,
        "login" => session.log_in(login(&shared, "other")?).await?,
        _ => return Err(Rejection::new(RefusalKind::NotFound)),
    }
    match end.as_str() {
        "fail" => Ok(StatusCode::INTERNAL_SERVER_ERROR),
        "panic" => panic!("as the test wants it"),
        // Until the client is gone.
        _ => {
            shared.gates.gate("broken").pass().await;
            Ok(StatusCode::OK)
        }
    }
}

pub(super) async fn devices(session: CurrentSession) -> Answered<Json<Value>> {
    let devices = session.devices().await?;
    let shown = devices.iter().map(|device| {
        let handle = device.handle().to_string();
        json!({ "id": handle, "current": device.is_current() })
    });
    Ok(Json(shown.collect()))
}

pub(super) async fn kind(
    State(shared): State<Shared>,
    Path(kind): Path<String>,
    session: CurrentSession,
    request: Request,
) -> Answered<Response> {
    session.set_value(A, &kind)?;
    Ok(match kind.as_str() {
        "page" => PAGE.into_response(),
        "empty" => StatusCode::NO_CONTENT.into_response(),
        "redirect" => Redirect::to("/public").into_response(),
        "error" => (StatusCode::CONFLICT, "an error of its own").into_response(),
        "not-modified" => (StatusCode::NOT_MODIFIED, [(ETAG, "\"1\"")]).into_response(),
        "cookies" => cookies(),
        "cached" => (
            [(CACHE_CONTROL, "public, max-age=60"), (VARY, "accept")],
            PAGE,
        )
            .into_response(),
        "stream" => streamed("application/octet-stream", shared.gates.gate("stream")),
        "events" => streamed("text/event-stream", shared.gates.gate("events")),
        "upgrade" => upgraded(request),
        _ => return Err(Rejection::new(RefusalKind::NotFound)),
    })
}

/// Cookies of another layer, which are none of ours.
fn cookies() -> Response {
    let mut response = PAGE.into_response();
    for line in ["first=1; Path=/", "second=2; Path=/; HttpOnly"] {
        let line = HeaderValue::from_static(line);
        response.headers_mut().append(SET_COOKIE, line);
    }
    response
}

/// One piece at once, the other when the gate opens.
fn streamed(content_type: &'static str, gate: Gate) -> Response {
    let (send, receive) = mpsc::channel::<Bytes>(1);
    tokio::spawn(async move {
        let _ = send.send(Bytes::from_static(b"data: one\n\n")).await;
        gate.pass().await;
        let _ = send.send(Bytes::from_static(b"data: two\n\n")).await;
    });
    let pieces = futures_util::stream::unfold(receive, |mut receive| async {
        let piece = receive.recv().await?;
        Some((Ok::<_, Infallible>(http_body::Frame::data(piece)), receive))
    });
    let body = Body::new(StreamBody::new(pieces));
    ([(CONTENT_TYPE, content_type)], body).into_response()
}

/// Speaks a protocol of its own: says everything it hears once more.
fn upgraded(mut request: Request) -> Response {
    if request.method() != Verb::GET {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let mut stream = TokioIo::new(upgraded);
        let mut heard = [0; 64];
        while let Ok(length @ 1..) = stream.read(&mut heard).await {
            if stream.write_all(&heard[..length]).await.is_err() {
                return;
            }
        }
    });
    let headers = [(CONNECTION, "upgrade"), (UPGRADE, "echo")];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}
