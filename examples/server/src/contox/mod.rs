//! Contox: a context store, with a dashboard behind a session cookie and an ingest that takes what
//! a project signed.

mod admit;
mod ingest;
mod page;
mod projects;
mod records;
mod rotation;
mod secret;

use std::num::NonZeroU32;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::REFERRER_POLICY;
use axum::http::{HeaderName, Method, StatusCode};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use portcullis_cookie::CookiePolicy;
use portcullis_core::RefusalKind;
use portcullis_core::format::Flat;
use portcullis_oauth::GithubSignIn;
use portcullis_session::{Lifecycle, Namespaced, SessionPolicy};
use portcullis_tower::oauth::GithubRoutes;
use portcullis_tower::{
    AuthenticateLayer, CurrentSession, OriginLayer, RefusalsLayer, Rejection, RequestIdLayer,
    RequireLayer, SecurityHeadersLayer, SessionsLayer,
};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use self::admit::AdmitOwner;
use self::ingest::Ingest;
use crate::github::Place;
use crate::panicked::panicked;
use crate::settings::Settings;
use crate::stores::Stores;

pub(crate) use self::records::Records;

/// Where users sign in.
pub(crate) const PLACE: Place = Place {
    provider: "contox-github",
    callback: "/api/auth/github/callback",
    page: "/contox",
};

/// The largest body of the dashboard, in bytes: a project is a name.
const MAX_BODY: usize = 64 * 1024;

/// How many devices a user is signed in on at most.
const MAX_SESSIONS: NonZeroU32 = NonZeroU32::new(20).expect("not zero");

const DAY: Duration = Duration::from_secs(86_400);

/// The service.
#[derive(Clone)]
pub(crate) struct Contox {
    lifecycle: Lifecycle,
    sign_in: GithubSignIn,
    origin: OriginLayer,
    records: Records,
    ingest: Ingest,
}

impl Contox {
    pub(crate) fn new(
        settings: &Settings,
        stores: &Stores,
        sign_in: GithubSignIn,
        origin: OriginLayer,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let cookie = CookiePolicy::new("contox_session").build()?;
        let policy = SessionPolicy::new(cookie)
            .with_limits(7 * DAY, 30 * DAY)?
            .with_cap(MAX_SESSIONS);
        // A cookie of another service of this server is nothing here, nor this one there.
        let sessions = Namespaced::new("contox", stores.sessions.clone())?;
        let lifecycle = Lifecycle::new(sessions, policy).with_clock(settings.clock.clone());
        Ok(Self {
            lifecycle,
            sign_in,
            origin,
            records: stores.contox.clone(),
            ingest: Ingest::new(settings, stores)?,
        })
    }

    /// The routes, in their layers.
    pub(crate) fn router(&self) -> Router {
        let stack = ServiceBuilder::new()
            // Every response, whatever becomes of the request, can be found by its id.
            .layer(RequestIdLayer::new(HeaderName::from_static("x-request-id")).with_prefix("req_"))
            // No page of ours is framed or sniffed, told to strangers, or asked for in clear again.
            .layer(SecurityHeadersLayer::new().with_strict_transport())
            // Refusals of everything inside are told in Contox's one sentence.
            .layer(RefusalsLayer::new(Flat::default()).with_bare_statuses())
            // A panic is one request's 500.
            .layer(CatchPanicLayer::custom(panicked));
        let nothing = Router::new().fallback(|| async { Rejection::new(RefusalKind::NotFound) });
        page::router()
            .merge(self.dashboard())
            .merge(self.ingest.router())
            // Routes are written out and not nested: what layers log is then the whole path.
            .nest("/api", nothing)
            .layer(stack)
    }

    /// What a browser asks for.
    fn dashboard(&self) -> Router {
        let stack = ServiceBuilder::new()
            // No other site made the browser send this.
            .layer(self.origin.clone())
            // The request has a session; its response says what there is to say of it.
            .layer(SessionsLayer::new(self.lifecycle.clone()));
        self.sign_in()
            .merge(self.signed_in())
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(stack)
    }

    fn sign_in(&self) -> Router {
        let admit = AdmitOwner::new(self.records.clone());
        let github = GithubRoutes::new(self.sign_in.clone(), admit);
        Router::new()
            .route_service("/api/auth/github", github.start())
            .route_service(PLACE.callback, github.callback())
            .layer(map_response(with_the_surfaces_referrer_policy))
    }

    /// Everything for which the cookie is the credential.
    fn signed_in(&self) -> Router {
        let guards = ServiceBuilder::new()
            // It is known who the request is from.
            .layer(AuthenticateLayer::new())
            // It is from somebody who is signed in.
            .layer(RequireLayer::signed_in());
        Router::new()
            .route("/api/auth/logout", post(log_out))
            .route("/api/projects", get(projects::list).post(projects::create))
            .route("/api/projects/{id}/hmac-secret", get(secret::show))
            .route(
                "/api/projects/{id}/hmac-secret/rotate",
                post(secret::rotate),
            )
            .route_layer(guards)
            .with_state(self.records.clone())
    }
}

/// The routes that are guarded.
pub(crate) const fn guarded() -> [(Method, &'static str); 5] {
    [
        (Method::POST, "/api/auth/logout"),
        (Method::GET, "/api/projects"),
        (Method::POST, "/api/projects"),
        (Method::GET, "/api/projects/x/hmac-secret"),
        (Method::POST, "/api/projects/x/hmac-secret/rotate"),
    ]
}

/// `POST /api/auth/logout`
async fn log_out(session: CurrentSession) -> Result<StatusCode, Rejection> {
    session.log_out().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The sign-in has a stricter policy of its own; Contox publishes one for every response.
async fn with_the_surfaces_referrer_policy(mut response: Response) -> Response {
    response.headers_mut().remove(REFERRER_POLICY);
    response
}
