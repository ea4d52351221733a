//! Responses of the sign-in's routes.

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    SET_COOKIE,
};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use portcullis_core::{Digest, Refusal};

use crate::Rejection;

pub(super) type Answer = Response<Full<Bytes>>;

const STYLE: &str = "body{font:1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:15vh auto;\
padding:0 1.5rem;color-scheme:light dark}a{color:inherit}";

/// A redirect that nobody keeps and that tells nobody where it came from.
pub(super) fn see_other(location: HeaderValue, cookies: Vec<HeaderValue>) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    answer.headers_mut().insert(LOCATION, location);
    guard(answer, cookies)
}

/// A page that leads on by itself: with a redirect from another site the browser would not send a
/// `SameSite=Strict` cookie.
pub(super) fn lead_on(location: &str, cookies: Vec<HeaderValue>) -> Answer {
    let to = escape(location);
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={to}\">");
    page(
        StatusCode::OK,
        "Signed in",
        &head,
        &format!("<a href=\"{to}\">Continue</a>"),
        cookies,
    )
}

/// A refusal: a page for browsers, the surface's own format for others.
pub(super) fn refuse(headers: &HeaderMap, refusal: Refusal, cookies: Vec<HeaderValue>) -> Answer {
    let answer: Answer = Rejection::from(refusal.clone()).to_response();
    if !wants_html(headers) {
        return guard(answer, cookies);
    }
    let retry = escape(refusal.login_url().unwrap_or("/"));
    let body = format!(
        "<p>{}</p><p><a href=\"{retry}\">Start again</a></p><p><small>{}</small></p>",
        escape(refusal.message()),
        escape(refusal.code()),
    );
    let mut shown = page(
        refusal.status(),
        "Sign-in did not finish",
        "",
        &body,
        cookies,
    );
    // `Retry-After` and the like; not the refusal itself, whose format is another.
    for (name, value) in answer.headers() {
        shown.headers_mut().insert(name, value.clone());
    }
    shown
}

/// Whether a person is looking: browsers name `text/html` when they navigate.
fn wants_html(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(ACCEPT).iter();
    lines.any(|line| line.to_str().is_ok_and(|line| line.contains("text/html")))
}

fn page(
    status: StatusCode,
    title: &str,
    head: &str,
    body: &str,
    cookies: Vec<HeaderValue>,
) -> Answer {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>{head}\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style>\
         <main><h1>{title}</h1>{body}</main></html>"
    );
    let mut answer = Response::new(Full::from(Bytes::from(html)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(CONTENT_SECURITY_POLICY, policy());
    guard(answer, cookies)
}

/// Nothing but the one style, by its hash.
fn policy() -> HeaderValue {
    let hash = Base64::encode_string(Digest::of(STYLE.as_bytes()).as_bytes());
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn guard(mut answer: Answer, cookies: Vec<HeaderValue>) -> Answer {
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for cookie in cookies {
        headers.append(SET_COOKIE, cookie);
    }
    answer
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The `return_to` parameter of a request, decoded once.
pub(super) fn return_to<B>(request: &Request<B>) -> Option<String> {
    let query = request.uri().query()?.as_bytes();
    let mut parameters = form_urlencoded::parse(query);
    parameters
        .find(|(name, _)| name == "return_to")
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_core::RefusalKind;

    #[test]
    fn o29_the_page_that_leads_on_needs_no_script() {
        let answer = lead_on("/a?b=\"><script>", Vec::new());
        assert_eq!(answer.status(), 200);
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
        assert!(!policy.contains("script-src"));
    }

    #[test]
    fn o35_a_browser_gets_a_page_with_a_way_back() {
        let mut headers = HeaderMap::new();
        let refusal = Refusal::new(RefusalKind::UpstreamTimeout).with_login_url("/login");
        let plain = refuse(&headers, refusal.clone(), Vec::new());
        assert!(plain.extensions().get::<Refusal>().is_some());
        headers.insert(ACCEPT, HeaderValue::from_static("text/html,*/*;q=0.8"));
        let page = refuse(&headers, refusal, Vec::new());
        assert_eq!(page.status(), 504);
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        assert!(page.extensions().get::<Refusal>().is_none());
    }
}
