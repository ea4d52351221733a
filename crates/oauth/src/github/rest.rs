//! Calls of GitHub's REST API.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LINK, USER_AGENT};
use http::request::Builder;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::object::Object;
use crate::upstream::Upstream;
use crate::{AccessToken, SignInError, SignInErrorKind};

/// How much of one object is read.
pub(super) const OBJECT: usize = 256 * 1024;
/// How much of one page of a list is read.
pub(super) const LIST: usize = 1024 * 1024;
/// How many pages of a list are read.
const PAGES: u32 = 10;

/// Whether to go on to the next page.
pub(super) enum Page {
    Enough,
    More,
}

impl Upstream<'_> {
    /// Reads what `path` names, as the user.
    pub(super) async fn get(
        &self,
        path: &str,
        token: &AccessToken,
        max_body: usize,
    ) -> Result<Response<Bytes>, SignInError> {
        let request = self
            .request(Method::GET, path)
            .header(AUTHORIZATION, bearer(token)?)
            .body(Bytes::new())
            .map_err(|_| SignInErrorKind::Internal)?;
        self.read(request, max_body).await
    }

    /// Reads a list, page by page, until there is no more or `on_page` has enough.
    ///
    /// The address of the next page is our own: a `Link` header says that there is one, but
    /// the user's token goes where the configuration says alone.
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        token: &AccessToken,
        mut on_page: impl FnMut(Vec<T>, &HeaderMap) -> Page,
    ) -> Result<Listed, SignInError> {
        for page in 1..=PAGES {
            let path = format!("{path}?per_page=100&page={page}");
            let answer = self.get(&path, token, LIST).await?;
            if answer.status() != StatusCode::OK {
                return Ok(Listed::Refused(answer));
            }
            let objects: Vec<Object<T>> = json(&answer)?;
            let members = objects.into_iter().map(|object| object.0).collect();
            let more = on_page(members, answer.headers());
            if matches!(more, Page::Enough) || !has_next(answer.headers()) {
                return Ok(Listed::Read);
            }
        }
        Ok(Listed::Read)
    }

    pub(super) fn request(&self, method: Method, path: &str) -> Builder {
        let config = &self.sign_in.config;
        Request::builder()
            .method(method)
            .uri(config.api_url(path))
            .header(ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", config.api_version())
            .header(USER_AGENT, config.user_agent())
    }
}

/// How the reading of a list ended.
pub(super) enum Listed {
    Read,
    /// A page was answered with a status other than 200.
    Refused(Response<Bytes>),
}

fn bearer(token: &AccessToken) -> Result<HeaderValue, SignInError> {
    let value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()));
    let mut value = value.map_err(|_| SignInErrorKind::Internal)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads an object.
pub(super) fn object<T: DeserializeOwned>(answer: &Response<Bytes>) -> Result<T, SignInError> {
    json::<Object<T>>(answer).map(|object| object.0)
}

/// Reads JSON that says that it is JSON. The parser's error would quote what it read.
fn json<T: DeserializeOwned>(answer: &Response<Bytes>) -> Result<T, SignInError> {
    let content_type = answer.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|text| text.split(';').next());
    let is_json = essence.is_some_and(|essence| {
        let essence = essence.trim().to_ascii_lowercase();
        essence == "application/json"
            || (essence.starts_with("application/") && essence.ends_with("+json"))
    });
    let parsed = is_json.then(|| serde_json::from_slice(answer.body()).ok());
    parsed.flatten().ok_or(SignInErrorKind::BadUpstream.into())
}

/// RFC 8288 §3: whether a link has the relation `next`.
fn has_next(headers: &HeaderMap) -> bool {
    let mut links = headers
        .get_all(LINK)
        .iter()
        .filter_map(|value| value.to_str().ok());
    links.any(|links| links.contains("rel=\"next\""))
}
