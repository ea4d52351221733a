//! GHSA-mj9f-5cwq-7p3q: a log-out read the id from a place that nothing wrote any more.

use http::Method;
use portcullis_cookie::CookiePolicy;
use portcullis_tests::{Answer, Site, SiteSetup, StoreKind};

use super::support::{Ask, Deed, Flaw, NAME, Reply, Said, Tiny};

/// A site over HTTP, whose session cookie has this name.
struct Http {
    site: Site,
    name: &'static str,
}

impl Http {
    async fn request(&self, cookies: &str, method: Method, path: &str) -> Answer {
        let ask = portcullis_tests::Ask::new(method, path).with("sec-fetch-site", "same-origin");
        let ask = match cookies {
            "" => ask,
            cookies => ask.with("cookie", cookies),
        };
        // No jar: the cookie goes as it was taken, also when the server has removed it.
        self.site.browser().ask(ask).await
    }

    fn said(&self, answer: &Answer) -> Said {
        let lines = answer.set_cookies_of(self.name);
        let value = lines.first().and_then(|line| line.split([';', '=']).nth(1));
        match value {
            None => Said::Nothing,
            Some("") => Said::Removal,
            Some(token) => Said::Token(token.to_owned()),
        }
    }
}

impl Ask for Http {
    async fn ask(&self, cookies: &str, deed: Deed) -> Reply {
        let (method, path) = match deed {
            Deed::Look => (Method::GET, "/me".to_owned()),
            Deed::Write => (Method::POST, "/value/a".to_owned()),
            Deed::LogIn(user) => (Method::POST, format!("/login/{user}")),
            Deed::LogOut | Deed::LookAndLogOut => (Method::POST, "/logout".to_owned()),
        };
        let answer = self.request(cookies, method, &path).await;
        let said = self.said(&answer);
        let who = match (deed, answer.status.as_u16()) {
            (Deed::Look, 200) => Some(answer.json()["user"].as_str().expect("a user").to_owned()),
            (Deed::Look, status) => {
                assert_eq!(status, 401, "who is nobody is told so");
                None
            }
            _ => {
                assert!(answer.status.is_success(), "{}", answer.text());
                None
            }
        };
        Reply { who, said }
    }
}

async fn check(door: &impl Ask, name: &str) {
    let reply = door.ask("", Deed::LogIn("ada")).await;
    let cookie = format!("{name}={}", reply.token().expect("a token"));
    let looked = door.ask(&cookie, Deed::Look).await;
    assert_eq!(looked.who.as_deref(), Some("ada"));
    let out = door.ask(&cookie, Deed::LogOut).await;
    assert_eq!(out.said, Said::Removal);
    let looked = door.ask(&cookie, Deed::Look).await;
    assert_eq!(looked.who, None, "the cookie of before is 401");
    door.ask(&cookie, Deed::Write).await;
    let looked = door.ask(&cookie, Deed::Look).await;
    assert_eq!(looked.who, None, "the cookie of before is 401");
}

#[tokio::test]
async fn a13_after_a_log_out_over_http_the_cookie_is_401() {
    for kind in [StoreKind::Memory, StoreKind::Sqlite] {
        let site = SiteSetup::new(kind).start().await;
        let door = Http { site, name: NAME };
        check(&door, NAME).await;

        let cookie = CookiePolicy::new("plain").build().expect("a policy");
        let site = SiteSetup::new(kind).with_cookie(cookie).start().await;
        let door = Http {
            site,
            name: "plain",
        };
        check(&door, "plain").await;
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn LogOutReadsAnotherName() {
        let twin = Twin::new(
            "a13 LogOutReadsAnotherName",
            "a13_after_a_log_out_over_http_the_cookie_is_401",
            "the cookie of before is 401",
        );
        let door = Tiny::with(Flaw::LogOutReadsAnotherName);
        twin.is_caught_async(check(&door, NAME)).await;
    }
}
