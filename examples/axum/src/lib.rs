//! Sessions in an axum service: visits are counted, users log in, see who they are, and log out.
//!
//! The login is for show: whoever types a name is that user.

use axum::routing::{get, post};
use axum::{Extension, Form, Router, response::Html, response::Redirect};
use portcullis::cookie::CookiePolicy;
use portcullis::core::format::Envelope;
use portcullis::core::{Authentication, Level, Method, Refusal, RefusalKind, SubjectId};
use portcullis::session::{Key, Lifecycle, Login, MemoryStore, SessionPolicy};
use portcullis::tower::{
    AuthenticateLayer, Authenticated, CurrentSession, OriginLayer, RefusalsLayer, Rejection,
    RequireLayer, SessionsLayer,
};
use serde::Deserialize;

/// A value of a session: its name and its type.
const VISITS: Key<u32> = Key::new("visits");

const FORM: &str = r#"<form method="post" action="/login">
<label>Your name <input name="name" required pattern="[!-~]+"></label> <button>Log in</button>
</form>"#;

/// Builds the service; layers are added from the inside out.
///
/// # Errors
///
/// If browsers would refuse the cookie, or could not come from the origin.
pub fn app() -> Result<Router, Box<dyn std::error::Error>> {
    // Browsers keep `__Host-` and `Secure` cookies only if they come over https. On this machine
    // there is none; wherever there is, leave `insecure_over_http` away.
    let cookie = CookiePolicy::host("session")
        .insecure_over_http("localhost")
        .build()?;
    let lifecycle = Lifecycle::new(MemoryStore::new(), SessionPolicy::new(cookie));
    let app = Router::new()
        .route("/me", get(me))
        // It is known who the request is from, and it is somebody who is signed in. (All above.)
        .route_layer((AuthenticateLayer::new(), RequireLayer::signed_in()))
        .route("/", get(home))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        // The request has a session; the response says what there is to say of it.
        .layer(SessionsLayer::new(lifecycle))
        // No other site made the browser send this.
        .layer(OriginLayer::new("http://localhost:3000")?)
        // Refusals of the layers and handlers above have a body.
        .layer(RefusalsLayer::new(Envelope::default()).with_bare_statuses());
    Ok(app)
}

/// Counts the visits of anybody; the first one makes a session.
async fn home(session: CurrentSession) -> Result<Html<String>, Rejection> {
    let visits = session.value(VISITS).await?.unwrap_or(0) + 1;
    session.set_value(VISITS, &visits)?;
    Ok(Html(format!("<p>Visit {visits}</p>\n{FORM}")))
}

#[derive(Deserialize)]
struct LoginForm {
    name: String,
}

/// For show: a real service verifies a password here, or asks an identity provider.
async fn log_in(
    session: CurrentSession,
    Form(form): Form<LoginForm>,
) -> Result<Redirect, Rejection> {
    let Ok(subject) = SubjectId::new(&form.name) else {
        return Err(Refusal::new(RefusalKind::Unprocessable).into());
    };
    let how = Authentication {
        at: session.lifecycle().now(),
        method: Method::new("for-show").expect("visible ASCII"),
        level: Level::Single,
    };
    // The new session has nothing of the visitor's but what is named here.
    session
        .log_in(Login::new(subject, how).keeping(VISITS))
        .await?;
    Ok(Redirect::to("/me"))
}

async fn me(Extension(user): Extension<Authenticated>) -> String {
    format!("you are {}", user.subject())
}

async fn log_out(session: CurrentSession) -> Result<Redirect, Rejection> {
    session.log_out().await?;
    Ok(Redirect::to("/"))
}
