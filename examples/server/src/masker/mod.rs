//! Masker: a voice-agent API behind a GitHub session cookie, and its portal.

mod admit;
mod agents;
mod deliveries;
mod me;
mod portal;
mod records;
mod sessions;
mod webhooks;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, Method};
use axum::routing::{any, delete, get, post};
use portcullis_cookie::CookiePolicy;
use portcullis_core::format::Envelope;
use portcullis_core::{Principal, Refusal, RefusalKind, Timestamp};
use portcullis_oauth::GithubSignIn;
use portcullis_session::{DynSessionStore, Key, Lifecycle, SessionPolicy, Sliding};
use portcullis_tower::oauth::GithubRoutes;
use portcullis_tower::{
    AuthenticateLayer, OriginLayer, RefusalsLayer, Rejection, RequestIdLayer, RequireLayer,
    SecurityHeadersLayer, SessionsLayer,
};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use self::admit::AdmitUser;
use self::webhooks::Webhooks;
use crate::github::Place;
use crate::health;
use crate::panicked::panicked;
use crate::settings::{Settings, unusable};
use crate::stores::Stores;

pub(crate) use self::records::Records;

/// Where users sign in.
pub(crate) const PLACE: Place = Place {
    provider: "github",
    callback: "/api/v1/auth/github/callback",
    page: "/portal",
};

/// The GitHub login of the session's user.
const LOGIN: Key<String> = Key::new("github_login");

/// What the browser calls itself.
const USER_AGENT: Key<String> = Key::new("user_agent");

/// The largest body, in bytes: an agent is a name.
const MAX_BODY: usize = 64 * 1024;

/// How many devices a user is signed in on at most.
const MAX_SESSIONS: NonZeroU32 = NonZeroU32::new(100).expect("not zero");

const DAY: Duration = Duration::from_secs(86_400);

/// The service.
#[derive(Clone)]
pub(crate) struct Masker {
    lifecycle: Lifecycle,
    sign_in: GithubSignIn,
    origin: OriginLayer,
    store: Arc<dyn DynSessionStore>,
    records: Records,
    webhooks: Webhooks,
}

impl Masker {
    pub(crate) fn new(
        settings: &Settings,
        stores: &Stores,
        sign_in: GithubSignIn,
        origin: OriginLayer,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let cookie = CookiePolicy::new("masker_session").build()?;
        let policy = SessionPolicy::new(cookie)
            .with_limits(30 * DAY, 400 * DAY)?
            .with_sliding(Sliding::EveryRequest)?
            .with_cap(MAX_SESSIONS);
        let records = stores
            .masker
            .clone()
            .with_admins(&settings.masker_admin_ids);
        let store = stores.sessions.clone();
        let lifecycle = Lifecycle::new(store.clone(), policy).with_clock(settings.clock.clone());
        Ok(Self {
            lifecycle,
            sign_in,
            origin,
            store,
            records,
            webhooks: Webhooks::new(settings).map_err(unusable("MASKER_VAPI_WEBHOOK_SECRET"))?,
        })
    }

    pub(crate) const fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// The routes, in their layers.
    pub(crate) fn router(&self) -> Router {
        let github = GithubRoutes::new(self.sign_in.clone(), AdmitUser::new(self.records.clone()));
        let stack = ServiceBuilder::new()
            // Every response, whatever becomes of the request, can be found by its id.
            .layer(RequestIdLayer::new(HeaderName::from_static("x-request-id")).with_prefix("req_"))
            // No page of ours is framed, sniffed or told to strangers.
            .layer(SecurityHeadersLayer::new())
            // Refusals of everything inside are told in Masker's envelope.
            .layer(RefusalsLayer::new(Envelope::default()).with_bare_statuses())
            // A panic is one request's 500.
            .layer(CatchPanicLayer::custom(panicked))
            // No other site made the browser send this.
            .layer(self.origin.clone())
            // The request has a session; its response says what there is to say of it.
            .layer(SessionsLayer::new(self.lifecycle.clone()));
        Router::new()
            .route(
                "/health",
                get(health::health).with_state(self.store.clone()),
            )
            .merge(portal::router())
            .route_service("/api/v1/auth/github", github.start())
            .route_service(PLACE.callback, github.callback())
            // No service's own: they begin below it.
            .route(
                "/api",
                any(|| async { Rejection::new(RefusalKind::NotFound) }),
            )
            .nest("/api/v1", self.api())
            .layer(axum::extract::DefaultBodyLimit::max(MAX_BODY))
            .merge(self.webhooks.router())
            .layer(stack)
    }

    /// Everything under `/api/v1` for which the cookie is the credential.
    fn api(&self) -> Router {
        let records = self.records.clone();
        let admin = move |principal: &Principal, _: Timestamp| match records.is_admin(principal) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refusal::new(RefusalKind::Forbidden)),
            Err(error) => Err(error.into()),
        };
        let guards = ServiceBuilder::new()
            // It is known who the request is from.
            .layer(AuthenticateLayer::new())
            // It is from somebody who is signed in.
            .layer(RequireLayer::signed_in());
        let deliveries = get(deliveries::list).with_state(self.webhooks.deliveries().clone());
        let agent =
            get(agents::one).merge(delete(agents::delete).route_layer(RequireLayer::new(admin)));
        Router::new()
            .route("/me", get(me::me))
            .route("/auth/logout", post(sessions::log_out))
            .route("/auth/logout-all", post(sessions::log_out_all))
            .route("/sessions", get(sessions::list))
            .route("/sessions/{id}", delete(sessions::revoke))
            .route("/deliveries", deliveries)
            .route("/agents", get(agents::list).post(agents::create))
            .route("/agents/{id}", agent)
            .fallback(|| async { Rejection::new(RefusalKind::NotFound) })
            .layer(guards)
            .with_state(self.records.clone())
    }
}

/// The routes that are guarded.
pub(crate) const fn guarded() -> [(Method, &'static str); 11] {
    [
        (Method::GET, "/api/v1/me"),
        (Method::POST, "/api/v1/auth/logout"),
        (Method::POST, "/api/v1/auth/logout-all"),
        (Method::GET, "/api/v1/sessions"),
        (Method::DELETE, "/api/v1/sessions/x"),
        (Method::GET, "/api/v1/deliveries"),
        (Method::GET, "/api/v1/agents"),
        (Method::POST, "/api/v1/agents"),
        (Method::GET, "/api/v1/agents/x"),
        (Method::DELETE, "/api/v1/agents/x"),
        (Method::GET, "/api/v1/unknown"),
    ]
}
