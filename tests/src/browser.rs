use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use cookie_store::CookieStore;
use http::header::{COOKIE, HeaderValue};
use portcullis_testkit::github::GithubStandIn;
use url::Url;

use crate::{Answer, Ask};

/// A browser for one server: follows no redirect, and keeps cookies in a jar. Clones share the jar,
/// as tabs do.
///
/// The jar is told `https` where the server speaks plain http, as browsers treat loopback: cookies
/// marked `Secure` come back.
#[derive(Clone, Debug)]
pub struct Browser {
    base: Url,
    http: reqwest::Client,
    jar: Arc<Mutex<CookieStore>>,
}

impl Browser {
    /// A browser with an empty jar for the server at `base`, which is on a port of 127.0.0.1
    /// whatever its name.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let http = reqwest::Client::builder()
            .no_proxy()
            // It speaks plain http, and reading the system's certificates takes its time.
            .tls_certs_only([])
            .redirect(reqwest::redirect::Policy::none())
            .resolve("localhost", loopback)
            .user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0")
            .build()
            .expect("a client");
        Self {
            base: Url::parse(base).expect("a base URL"),
            http,
            jar: Arc::default(),
        }
    }

    /// The same browser and jar at another server.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        let base = Url::parse(base).expect("a base URL");
        let (http, jar) = (self.http.clone(), Arc::clone(&self.jar));
        Self { base, http, jar }
    }

    /// A browser with a copy of the jar, for what a thief or a restored backup would do.
    #[must_use]
    pub fn copy(&self) -> Self {
        let jar = Arc::new(Mutex::new(self.jar().clone()));
        Self {
            jar,
            ..self.clone()
        }
    }

    /// Gets a path or an address of the server.
    pub async fn get(&self, target: &str) -> Answer {
        self.ask(Ask::get(target)).await
    }

    /// Posts nothing, as a page of the same origin does.
    pub async fn post(&self, target: &str) -> Answer {
        self.ask(Ask::post(target)).await
    }

    /// Deletes, as a page of the same origin does.
    pub async fn delete(&self, target: &str) -> Answer {
        self.ask(Ask::delete(target)).await
    }

    /// Makes a request with the jar's cookies, after those that it has already, and takes the
    /// cookies of the answer.
    pub async fn ask(&self, ask: Ask) -> Answer {
        self.try_ask(ask).await.expect("an answer")
    }

    /// The same, where the connection may break.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn try_ask(&self, mut ask: Ask) -> reqwest::Result<Answer> {
        let url = self.url(&ask.target);
        if let Some(cookies) = self.cookie_header(&url) {
            ask.headers.append(COOKIE, cookies);
        }
        let request = self.http.request(ask.method, url.clone());
        let response = request.headers(ask.headers).body(ask.body).send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await?;
        let answer = Answer {
            status,
            headers,
            body,
        };
        self.take(&url, &answer);
        Ok(answer)
    }

    /// Makes a request and gives its answer with the body still to be read; cookies are neither
    /// sent nor taken.
    pub async fn stream(&self, ask: Ask) -> reqwest::Response {
        let request = self.http.request(ask.method, self.url(&ask.target));
        let sent = request.headers(ask.headers).body(ask.body).send().await;
        sent.expect("an answer")
    }

    /// Goes the whole way of a sign-in from the path that starts it; gives the answer to the
    /// callback.
    pub async fn sign_in(&self, start: &str, github: &GithubStandIn, user: u64) -> Answer {
        let callback = self.callback(start, github, user).await;
        self.get(&callback).await
    }

    /// Starts a sign-in and lets the user approve; gives the callback's address, not yet visited.
    pub async fn callback(&self, start: &str, github: &GithubStandIn, user: u64) -> String {
        let started = self.ask(Ask::get(start).for_page()).await;
        assert_eq!(started.status, 303, "{}", started.text());
        let approved = github.approve(started.location(), user);
        approved.expect("the stand-in takes the request")
    }

    /// The value of a cookie that would be sent to the server's root.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        let jar = self.jar();
        let mut cookies = jar.get_request_values(&secure(&self.base));
        let value = cookies.find(|(known, _)| *known == name);
        value.map(|(_, value)| value.to_owned())
    }

    /// The names of the cookies that would be sent to the server's root, sorted.
    #[must_use]
    pub fn cookies(&self) -> Vec<String> {
        let jar = self.jar();
        let names = jar.get_request_values(&secure(&self.base));
        let mut names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
        names.sort();
        names
    }

    /// The cookies that would be sent with a path, each as `name=value`, sorted.
    #[must_use]
    pub fn cookies_at(&self, path: &str) -> Vec<String> {
        let jar = self.jar();
        let pairs = jar.get_request_values(&secure(&self.url(path)));
        let mut pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.sort();
        pairs
    }

    /// Puts a cookie into the jar, as if the server had set it.
    pub fn plant(&self, line: &str) {
        let mut jar = self.jar();
        jar.parse(line, &secure(&self.base))
            .expect("a cookie that the jar takes");
    }

    /// Forgets all cookies.
    pub fn forget(&self) {
        self.jar().clear();
    }

    fn cookie_header(&self, url: &Url) -> Option<HeaderValue> {
        let jar = self.jar();
        let pairs = jar.get_request_values(&secure(url));
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let header = (!pairs.is_empty()).then(|| HeaderValue::try_from(pairs.join("; ")));
        header.map(|header| header.expect("a cookie header"))
    }

    fn take(&self, url: &Url, answer: &Answer) {
        let mut jar = self.jar();
        for line in answer.set_cookies() {
            // A jar tells of a removal that there was nothing to remove; that is no fault.
            let _ = jar.parse(line, &secure(url));
        }
    }

    fn url(&self, target: &str) -> Url {
        self.base.join(target).expect("a path or an address")
    }

    fn jar(&self) -> MutexGuard<'_, CookieStore> {
        self.jar.lock().expect("nobody panicked with the jar")
    }
}

fn secure(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_scheme("https").expect("http becomes https");
    url
}
