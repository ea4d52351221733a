//! What arrived at the stand-in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, USER_AGENT};
use http::request::Parts;

use super::endpoint::{Endpoint, Route};
use super::params::Params;

/// Lists the calls that arrived, the failed ones too; all clones share one list.
///
/// A call is listed once its body has been read and before any gate or fault.
#[derive(Clone, Debug, Default)]
pub struct Requests(Arc<Mutex<Vec<Call>>>);

/// Describes one call that arrived; it holds no value of a secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call {
    /// The endpoint, or none for a path that the stand-in does not know.
    pub endpoint: Option<Endpoint>,
    /// The method.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The names of the parameters in query and body, sorted.
    pub parameters: Vec<String>,
    /// `Accept`.
    pub accept: Option<String>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `X-GitHub-Api-Version`.
    pub api_version: Option<String>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// The scheme of `Authorization`, as it was spelled, without the credential.
    pub authorization_scheme: Option<String>,
}

impl Requests {
    /// All calls, in the order of arrival.
    #[must_use]
    pub fn all(&self) -> Vec<Call> {
        self.calls().clone()
    }

    /// The calls of one endpoint, in the order of arrival.
    #[must_use]
    pub fn of(&self, endpoint: Endpoint) -> Vec<Call> {
        self.calls()
            .iter()
            .filter(|call| call.endpoint == Some(endpoint))
            .cloned()
            .collect()
    }

    /// How often one endpoint was called.
    #[must_use]
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.calls()
            .iter()
            .filter(|call| call.endpoint == Some(endpoint))
            .count()
    }

    /// How many calls a server made, rather than a browser: all but pages and decisions.
    #[must_use]
    pub fn back_channel(&self) -> usize {
        let endpoints = self
            .calls()
            .iter()
            .filter_map(|call| call.endpoint)
            .collect::<Vec<_>>();
        endpoints
            .into_iter()
            .filter(|endpoint| endpoint.is_back_channel())
            .count()
    }

    /// Forgets the calls so far.
    pub fn clear(&self) {
        self.calls().clear();
    }

    pub(super) fn record(&self, route: Route<'_>, parts: &Parts, body: &[u8]) {
        let header = |name: HeaderName| {
            parts
                .headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into())
        };
        let authorization: Option<String> = header(AUTHORIZATION);
        let call = Call {
            endpoint: route.endpoint(),
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            parameters: parameter_names(parts, body),
            accept: header(ACCEPT),
            user_agent: header(USER_AGENT),
            api_version: header(HeaderName::from_static("x-github-api-version")),
            content_type: header(CONTENT_TYPE),
            authorization_scheme: authorization.and_then(scheme),
        };
        self.calls().push(call);
    }

    fn calls(&self) -> MutexGuard<'_, Vec<Call>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What stands before the first space; a credential without a scheme is not repeated.
fn scheme(authorization: String) -> Option<String> {
    authorization
        .split_once(' ')
        .map(|(scheme, _)| scheme.to_owned())
}

fn parameter_names(parts: &Parts, body: &[u8]) -> Vec<String> {
    let query = Params::form(parts.uri.query().unwrap_or_default().as_bytes());
    let is_form = parts.headers.get(CONTENT_TYPE).is_some_and(|value| {
        value
            .as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    let body = if is_form {
        Params::form(body)
    } else {
        Params::json(body)
    };
    let mut names: Vec<String> = [query, body]
        .iter()
        .flatten()
        .flat_map(Params::names)
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}
