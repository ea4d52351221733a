//! Bytes that are late, cut off or wrong between the server and GitHub.

use std::time::Duration;

use portcullis_core::Secret;
use portcullis_testkit::github::{GithubApp, GithubStandIn, Issuer, Setup};
use portcullis_testkit::interleave::{Line, Proxy, Wire};
use portcullis_tests::{Answer, Ask, Browser, Masker};
use server::{Server, Settings};
use tokio::sync::oneshot;

const CLIENT: &str = "behind-a-wire";
const SECRET: &str = "client-secret-of-the-server-behind-a-wire";

/// The example server, whose way to GitHub is through a proxy.
struct Net {
    base: String,
    github: GithubStandIn,
    proxy: Proxy,
    _stop: oneshot::Sender<()>,
}

impl Net {
    async fn start() -> Self {
        let app = || GithubApp::new(CLIENT, SECRET);
        // The proxy's address is not known yet, and GitHub may leave its name out.
        let setup = Setup::new().with_issuer(Issuer::Absent);
        let github = GithubStandIn::start_with(app(), setup).await.unwrap();
        let address = github.web_url().strip_prefix("http://").unwrap();
        let proxy = Proxy::start(address.parse().unwrap()).await.unwrap();
        let web = web(&proxy);
        let settings = Settings {
            github: Some(server::GithubApp {
                client_id: CLIENT.to_owned(),
                client_secret: Secret::from(SECRET.to_owned()),
            }),
            github_api_url: Some(format!("{web}/api/v3")),
            github_web_url: Some(web),
            ..Settings::in_memory()
        };
        let server = Server::start(settings).await.unwrap();
        let base = format!("http://localhost:{}", server.address().port());
        github.register(app().with_redirect_uri(format!("{base}{}", Masker::CALLBACK)));
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(server.run_until(async {
            let _ = stopped.await;
        }));
        Self {
            base,
            github,
            proxy,
            _stop: stop,
        }
    }

    /// GitHub's address as the server knows it.
    fn proxied(&self) -> String {
        web(&self.proxy)
    }

    /// Signs Alice in over this wire; gives her browser and the answer to the callback.
    async fn sign_in(&self, wire: Wire) -> (Browser, Answer) {
        let browser = Browser::new(&self.base);
        let started = browser.ask(Ask::get(Masker::START).for_page()).await;
        let page = started.location();
        // A browser would go there through the proxy.
        let page = page.replace(&self.proxied(), self.github.web_url());
        let callback = self.github.approve(&page, Masker::ALICE).unwrap();
        self.proxy.set(wire);
        let answer = browser.get(&callback).await;
        self.proxy.set(Wire::default());
        (browser, answer)
    }
}

fn web(proxy: &Proxy) -> String {
    format!("http://{}", proxy.address())
}

/// Who the browser is signed in as: a login of GitHub's, or nobody.
async fn who(browser: &Browser) -> Option<String> {
    let me = browser.get("/api/v1/me").await;
    match me.status.as_u16() {
        200 => Some(me.json()["github_login"].as_str().unwrap().to_owned()),
        status => {
            assert_eq!(status, 401);
            None
        }
    }
}

fn replies(line: Line) -> Wire {
    Wire {
        to_client: line,
        ..Wire::default()
    }
}

fn requests(line: Line) -> Wire {
    Wire {
        to_server: line,
        ..Wire::default()
    }
}

#[tokio::test]
async fn a_late_answer_of_github_signs_in() {
    let net = Net::start().await;
    let late = Line::new().with_delay(Duration::from_millis(20));
    let (browser, answer) = net.sign_in(replies(late)).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(who(&browser).await, net_login(&net));
}

/// What GitHub calls Alice.
fn net_login(net: &Net) -> Option<String> {
    let mut login = None;
    let edited = net
        .github
        .edit_user(Masker::ALICE, |user| login = Some(user.login.clone()));
    edited.unwrap();
    login
}

/// Wherever the answers of GitHub break off, nobody is signed in, and the server says why.
#[tokio::test]
async fn an_answer_of_github_that_breaks_off_signs_nobody_in() {
    for place in (0..300).step_by(50) {
        let net = Net::start().await;
        let cut = Line::new().with_cut_at(place);
        let (browser, answer) = net.sign_in(replies(cut)).await;
        assert_eq!(answer.status, 502, "at {place}: {}", answer.text());
        assert_eq!(browser.cookie(Masker::COOKIE), None);
        assert_eq!(who(&browser).await, None);
        // The next one goes well.
        let (browser, answer) = net.sign_in(Wire::default()).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert_eq!(who(&browser).await, net_login(&net));
    }
}

/// Whichever byte is wrong, either way: Alice is signed in, or nobody.
#[tokio::test]
async fn a_wrong_byte_makes_nobody_somebody_else() {
    let mut refused = 0;
    for place in (0..700).step_by(35) {
        let net = Net::start().await;
        let wrong = Line::new().with_corrupt_at(place);
        for wire in [replies(wrong), requests(wrong)] {
            let (browser, answer) = net.sign_in(wire).await;
            let seen = who(&browser).await;
            match answer.status.as_u16() {
                303 => assert_eq!(seen, net_login(&net), "at {place}"),
                status => {
                    assert!((400..600).contains(&status), "at {place}: {status}");
                    assert_eq!(seen, None, "at {place}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 10, "only {refused} did any harm");
}
