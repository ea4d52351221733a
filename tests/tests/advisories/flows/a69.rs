//! CVE-2023-3128, CVE-2022-31107, GHSA-qq9h-g4jm-xgf3: accounts found by e-mail address or login.

use std::collections::BTreeSet;

use portcullis_testkit::github::{Email, User};
use portcullis_tests::{Masker, Site, SiteSetup, StoreKind};

use super::support::{ALICE, completed, on_every_store};

/// A provider and a service that its users sign in to.
trait World {
    /// Has an account be as it is said; makes it if there is none of this number.
    fn set(&self, number: u64, login: &str, email: &str);

    /// Removes an account at the provider.
    fn remove(&self, number: u64);

    /// Signs in; gives the service's name of the user.
    async fn sign_in(&self, number: u64) -> String;
}

const ADDRESS: &str = "alice@example.com";

async fn check(world: &impl World) {
    world.set(ALICE, "alice-dev", ADDRESS);
    let alice = world.sign_in(ALICE).await;
    assert_eq!(world.sign_in(ALICE).await, alice);
    world.set(ALICE, "alice-new", ADDRESS);
    let renamed = world.sign_in(ALICE).await;
    assert_eq!(renamed, alice, "a renamed account lost its user");
    world.set(4001, "alice-dev", "mallory@example.org");
    let taken = world.sign_in(4001).await;
    assert_ne!(taken, alice, "who takes a login takes its user");
    world.set(ALICE, "alice-new", "new@example.com");
    let moved = world.sign_in(ALICE).await;
    assert_eq!(moved, alice, "an account with a new address lost its user");
    world.set(4002, "mallory", ADDRESS);
    let address = world.sign_in(4002).await;
    assert_ne!(address, alice, "who takes an address takes its user");
    world.remove(ALICE);
    world.set(4003, "alice-new", "new@example.com");
    let again = world.sign_in(4003).await;
    assert_ne!(again, alice, "who registers the login anew takes its user");
    world.set(4004, "ALICE-NEW", "New@Example.com");
    let shouted = world.sign_in(4004).await;
    let users = BTreeSet::from([alice, taken, address, again, shouted]);
    assert_eq!(users.len(), 5, "two accounts are one user");
}

impl World for Masker {
    fn set(&self, number: u64, login: &str, email: &str) {
        let user = User::new(number, login, "Somebody");
        self.github.add_user(user.with_email(Email::primary(email)));
    }

    fn remove(&self, number: u64) {
        self.github.remove_user(number).unwrap();
    }

    async fn sign_in(&self, number: u64) -> String {
        let me = self.signed_in(number).await.get("/api/v1/me").await.json();
        assert_eq!(me["user"]["github_id"], number.to_string());
        me["user"]["id"].as_str().unwrap().to_owned()
    }
}

async fn a69_a_user_is_the_account_of_a_number_and_nothing_else(kind: StoreKind) {
    check(&Masker::start(kind).await).await;
}

on_every_store!(a69_a_user_is_the_account_of_a_number_and_nothing_else);

/// The same number at another issuer is another account.
#[tokio::test]
async fn a69_a_number_is_of_an_issuer() {
    let mut seen = BTreeSet::new();
    for issuer in [
        "https://one.example",
        "https://two.example",
        "https://one.example/",
    ] {
        let setup = SiteSetup::new(StoreKind::Memory);
        let site: Site = setup
            .with_config(move |config| config.with_issuer(issuer))
            .start()
            .await;
        site.fault(
            portcullis_testkit::github::Endpoint::Decide,
            portcullis_testkit::github::Fault::wrong_iss(issuer),
            portcullis_testkit::github::Times::Always,
        );
        let identity = completed(&site, ALICE).await.identity;
        assert_eq!((identity.issuer(), identity.id()), (issuer, ALICE));
        assert!(seen.insert(*identity.digest().as_bytes()), "{issuer}");
    }
}

mod with_a_fault {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a69_a_user_is_the_account_of_a_number_and_nothing_else";

    /// By what a service knows an account: its number, login and address.
    type Key = fn(u64, &str, &str) -> String;

    struct Model {
        key: Key,
        accounts: RefCell<BTreeMap<u64, (String, String)>>,
        users: RefCell<BTreeMap<String, String>>,
    }

    impl World for Model {
        fn set(&self, number: u64, login: &str, email: &str) {
            let account = (login.to_owned(), email.to_owned());
            self.accounts.borrow_mut().insert(number, account);
        }

        fn remove(&self, number: u64) {
            self.accounts.borrow_mut().remove(&number);
        }

        async fn sign_in(&self, number: u64) -> String {
            let accounts = self.accounts.borrow();
            let (login, email) = &accounts[&number];
            let mut users = self.users.borrow_mut();
            let new = format!("usr_{}", users.len());
            let user = users.entry((self.key)(number, login, email));
            user.or_insert(new).clone()
        }
    }

    async fn is_caught(name: &'static str, key: Key, says: &'static str) {
        let model = Model {
            key,
            accounts: RefCell::default(),
            users: RefCell::default(),
        };
        let twin = Twin::new(name, TEST, says);
        twin.is_caught_async(check(&model)).await;
    }

    #[tokio::test]
    async fn users_by_login() {
        let says = "a renamed account lost its user";
        is_caught("a69 UsersByLogin", |_, login, _| login.to_owned(), says).await;
    }

    #[tokio::test]
    async fn users_by_address() {
        let says = "an account with a new address lost its user";
        is_caught("a69 UsersByAddress", |_, _, email| email.to_owned(), says).await;
    }

    /// The number counts, but a fresh number is looked up by what it looks like first.
    #[tokio::test]
    async fn links_by_address() {
        let key: Key = |number, _, email| match (number, email) {
            (4002, ADDRESS) => ALICE.to_string(),
            _ => number.to_string(),
        };
        let says = "who takes an address takes its user";
        is_caught("a69 LinksByAddress", key, says).await;
    }

    #[tokio::test]
    async fn links_by_login() {
        let key: Key = |number, login, _| match (number, login) {
            (4001, "alice-dev") => ALICE.to_string(),
            _ => number.to_string(),
        };
        let says = "who takes a login takes its user";
        is_caught("a69 LinksByLogin", key, says).await;
    }
}
