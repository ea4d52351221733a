//! A browser with a cookie jar that somebody else wrote.

use axum::Router;
use axum::body::Body;
use cookie_store::CookieStore;
use http::{Request, Response, header};
use url::Url;

use super::{send, set_cookies};

/// A browser on one page.
pub(crate) struct Browser {
    jar: CookieStore,
    page: Url,
}

impl Browser {
    /// A browser with an empty jar; requests go to paths beside `page`.
    pub(crate) fn at(page: &str) -> Self {
        Self {
            jar: CookieStore::new(),
            page: Url::parse(page).unwrap(),
        }
    }

    /// Puts a cookie into the jar, as if the page had set it.
    pub(crate) fn plant(&mut self, line: &str) {
        self.jar.parse(line, &self.page).unwrap();
    }

    /// Gets a path of the router, with cookies both ways.
    pub(crate) async fn get(&mut self, app: &Router, path: &str) -> Response<Body> {
        let url = self.page.join(path).unwrap();
        let mut request = Request::get(path);
        let cookies = self.cookies_for(&url);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let response = send(app, request.body(Body::empty()).unwrap()).await;
        for line in set_cookies(&response) {
            // A jar tells of a removal that there was nothing to remove; that is no fault.
            let _ = self.jar.parse(&line, &url);
        }
        response
    }

    /// The cookies that would be sent with the page, sorted.
    pub(crate) fn cookies(&self) -> Vec<String> {
        let page = self.page.clone();
        let mut cookies = self.cookies_for(&page);
        cookies.sort();
        cookies
    }

    fn cookies_for(&self, url: &Url) -> Vec<String> {
        let sent = self.jar.get_request_values(url);
        sent.map(|(name, value)| format!("{name}={value}"))
            .collect()
    }
}
