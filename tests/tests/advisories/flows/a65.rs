//! CVE-2015-9284, CVE-2012-6134: a sign-in that another browser began, or none (login CSRF).

use std::time::Duration;

use http::Method;
use portcullis_tests::{Ask, Browser, Site, SiteSetup, StoreKind};

use super::support::{ALICE, BOB, flow_cookies, on_every_store, parameter, with_parameter};

/// A service with a sign-in, as browsers meet it.
trait Service {
    type Browser;

    fn browser(&self) -> Self::Browser;

    /// Begins a flow, which a user approves; gives the callback's address.
    async fn begin(&self, browser: &Self::Browser, user: u64) -> String;

    /// Visits an address; tells who is signed in then.
    async fn visit(&self, browser: &Self::Browser, address: &str) -> Option<u64>;

    /// Wants to link an account, by a request that this kind of site sends; tells whether it began.
    async fn link(&self, browser: &Self::Browser, method: Method, site: &str) -> bool;

    fn wait(&self, time: Duration);
}

async fn check(service: &impl Service) {
    let (attacker, victim) = (service.browser(), service.browser());
    let strange = service.begin(&attacker, ALICE).await;
    let own = service.begin(&victim, BOB).await;
    let state = |value: Option<&str>| with_parameter(&own, "state", value);
    for (address, what) in [
        (strange.clone(), "another browser's callback"),
        (state(None), "a callback without a state"),
        (state(Some("")), "a callback with an empty state"),
        (
            state(parameter(&strange, "state").as_deref()),
            "a callback with another browser's state",
        ),
    ] {
        let user = service.visit(&victim, &address).await;
        assert_eq!(user, None, "{what} signs in");
    }
    assert_eq!(service.visit(&victim, &own).await, Some(BOB));
    let late = service.begin(&victim, ALICE).await;
    service.wait(Duration::from_millis(600_001));
    let user = service.visit(&victim, &late).await;
    assert_eq!(user, Some(BOB), "an expired flow signs in");
    for method in [Method::GET, Method::HEAD] {
        for site in ["same-origin", "none", "cross-site"] {
            let began = service.link(&victim, method.clone(), site).await;
            assert!(!began, "a {method} begins to link an account");
        }
    }
    for site in ["cross-site", "same-site", "none"] {
        let began = service.link(&victim, Method::POST, site).await;
        assert!(!began, "a POST of a {site} page begins to link an account");
    }
    assert!(service.link(&victim, Method::POST, "same-origin").await);
}

impl Service for Site {
    type Browser = Browser;

    fn browser(&self) -> Browser {
        Site::browser(self)
    }

    async fn begin(&self, browser: &Browser, user: u64) -> String {
        browser.callback(Site::START, &self.github, user).await
    }

    async fn visit(&self, browser: &Browser, address: &str) -> Option<u64> {
        browser.get(address).await;
        let me = browser.get("/me").await;
        let user = me.json()["user"].as_str()?.strip_prefix("usr_")?.parse();
        user.ok()
    }

    async fn link(&self, browser: &Browser, method: Method, site: &str) -> bool {
        let ask = Ask::new(method, Site::LINK).with("sec-fetch-site", site);
        let answer = browser.ask(ask).await;
        answer.status == 303 && !answer.set_cookies().is_empty()
    }

    fn wait(&self, time: Duration) {
        self.clock.advance(time);
    }
}

async fn a65_a_callback_ends_a_flow_of_the_same_browser_alone(kind: StoreKind) {
    check(&SiteSetup::new(kind).start().await).await;
}

async fn a65_a_start_by_get_sets_a_flow_cookie_and_changes_nothing(kind: StoreKind) {
    let site = SiteSetup::new(kind).start().await;
    let browser = site.signed_in(BOB).await;
    let session = browser.cookie(Site::COOKIE);
    let ask = Ask::get(Site::START).with("sec-fetch-site", "cross-site");
    let answer = browser.ask(ask.for_page()).await;
    assert_eq!(answer.set_cookies().len(), 1);
    assert_eq!(flow_cookies(&browser).len(), 1);
    assert_eq!(browser.cookie(Site::COOKIE), session);
    assert_eq!(browser.get("/me").await.json()["user"], "usr_1002");
    assert_eq!(site.sessions_of("usr_1002").await, 1);
}

on_every_store!(
    a65_a_callback_ends_a_flow_of_the_same_browser_alone,
    a65_a_start_by_get_sets_a_flow_cookie_and_changes_nothing,
);

mod with_a_fault {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a65_a_callback_ends_a_flow_of_the_same_browser_alone";

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Fault {
        AnyBrowsersState,
        EndlessState,
        LinkByGet,
        LinkFromAnywhere,
        NoState,
    }

    struct Model {
        fault: Fault,
        now: Cell<u128>,
        flows: RefCell<BTreeMap<String, u128>>,
    }

    #[derive(Default)]
    struct Jar {
        flows: RefCell<Vec<String>>,
        user: Cell<Option<u64>>,
    }

    impl Model {
        fn admits(&self, jar: &Jar, state: Option<String>) -> bool {
            let Some(state) = state else {
                return self.fault == Fault::NoState;
            };
            let flows = self.flows.borrow();
            let begun = flows.get(&state).copied();
            let fresh = begun.is_some_and(|begun| self.now.get() - begun <= 600_000);
            match self.fault {
                Fault::NoState => true,
                Fault::AnyBrowsersState => fresh,
                Fault::EndlessState => jar.flows.borrow().contains(&state),
                _ => fresh && jar.flows.borrow().contains(&state),
            }
        }
    }

    impl Service for Model {
        type Browser = Jar;

        fn browser(&self) -> Jar {
            Jar::default()
        }

        async fn begin(&self, jar: &Jar, user: u64) -> String {
            let mut flows = self.flows.borrow_mut();
            let state = format!("state-{}", flows.len());
            flows.insert(state.clone(), self.now.get());
            jar.flows.borrow_mut().push(state.clone());
            format!("/callback?code={user}&state={state}")
        }

        async fn visit(&self, jar: &Jar, address: &str) -> Option<u64> {
            let user = parameter(address, "code")?.parse().ok();
            if self.admits(jar, parameter(address, "state")) {
                jar.user.set(user);
            }
            jar.user.get()
        }

        async fn link(&self, jar: &Jar, method: Method, site: &str) -> bool {
            let by_post = method == Method::POST || self.fault == Fault::LinkByGet;
            let from_us = site == "same-origin" || self.fault == Fault::LinkFromAnywhere;
            jar.user.get().is_some() && by_post && from_us
        }

        fn wait(&self, time: Duration) {
            self.now.set(self.now.get() + time.as_millis());
        }
    }

    async fn is_caught(name: &'static str, fault: Fault, says: &'static str) {
        let model = Model {
            fault,
            now: Cell::new(0),
            flows: RefCell::default(),
        };
        Twin::new(name, TEST, says)
            .is_caught_async(check(&model))
            .await;
    }

    #[tokio::test]
    async fn callbacks_without_a_state() {
        let says = "another browser's callback signs in";
        is_caught("a65 CallbacksWithoutAState", Fault::NoState, says).await;
    }

    #[tokio::test]
    async fn states_of_any_browser() {
        let says = "another browser's callback signs in";
        is_caught("a65 StatesOfAnyBrowser", Fault::AnyBrowsersState, says).await;
    }

    #[tokio::test]
    async fn states_without_an_end() {
        let says = "an expired flow signs in";
        is_caught("a65 StatesWithoutAnEnd", Fault::EndlessState, says).await;
    }

    #[tokio::test]
    async fn links_by_get() {
        let says = "a GET begins to link an account";
        is_caught("a65 LinksByGet", Fault::LinkByGet, says).await;
    }

    #[tokio::test]
    async fn links_from_anywhere() {
        let says = "a POST of a cross-site page begins to link";
        is_caught("a65 LinksFromAnywhere", Fault::LinkFromAnywhere, says).await;
    }
}
