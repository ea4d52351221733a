//! CVE-2026-40574, GHSA-7rqj-j65f-68wh, CVE-2019-19844: addresses with two `@`, with one that only
//! looks like it, and with letters that fold into others.

use portcullis_testkit::github::{Endpoint, Fault, Times};
use portcullis_tests::{Site, SiteSetup, StoreKind};
use serde_json::json;

use super::support::ALICE;

/// What somebody's verified primary address must not be.
const BAD: [&str; 31] = [
    "",
    "@",
    "alice",
    "alice@",
    "@corp.example",
    "a@evil.example@corp.example",
    "a@@corp.example",
    "\"a@evil.example\"@corp.example",
    "a@corp.example@",
    "a\u{ff20}corp.example",
    "a\u{fe6b}corp.example",
    "a@evil.example\u{ff20}corp.example",
    "m\u{131}ke@corp.example",
    "mi\u{212a}e@corp.example",
    "a@corp.e\u{212a}ample",
    "a@corp\u{3002}example",
    "a@c\u{43e}rp.example",
    "a@\u{ff43}orp.example",
    "a@co\u{ad}rp.example",
    "a@corp.example\u{200b}",
    "\u{feff}a@corp.example",
    "a@corp.example\0",
    "a@corp.example\n",
    "a@corp.example\r\nBcc: x@y.example",
    "a@corp.example ",
    " a@corp.example",
    "a b@corp.example",
    "a\t@corp.example",
    "a@corp.example\u{7f}",
    "a@corp.example, b@corp.example\u{a0}",
    "A <a@corp.example>",
];

/// What it may be, to the letter.
const GOOD: [&str; 5] = [
    "a@corp.example",
    "A.B+c@Corp.Example",
    "o'neil@sub.corp.example",
    "a@xn--bcher-kva.example",
    "1+a@users.noreply.github.com",
];

/// The address that a client takes for somebody's, if the provider says so.
async fn check(told: impl AsyncFn(&str) -> Option<String>) {
    for address in BAD {
        let told = told(address).await;
        assert_eq!(told, None, "{address:?} passes for an address");
    }
    for address in GOOD {
        let told = told(address).await;
        assert_eq!(told.as_deref(), Some(address), "an address is changed");
    }
}

async fn site(required: bool) -> Site {
    let setup = SiteSetup::new(StoreKind::Memory).with_config(move |config| {
        if required {
            config.with_verified_email_required()
        } else {
            config.with_email()
        }
    });
    setup.start().await
}

async fn sign_in(site: &Site, address: &str) -> u16 {
    let edit = |user: &mut portcullis_testkit::github::User| user.replace_email(address);
    site.github.edit_user(ALICE, edit).unwrap();
    let browser = site.browser();
    let answer = browser.sign_in(Site::START, &site.github, ALICE).await;
    let signed_in = browser.get("/me").await.status == 200;
    assert_eq!(signed_in, answer.status == 303, "{address:?}");
    answer.status.as_u16()
}

#[tokio::test]
async fn a70_an_address_has_one_at_and_is_visible_ascii() {
    let site = site(false).await;
    check(async |address: &str| {
        assert_eq!(sign_in(&site, address).await, 303, "{address:?}");
        site.accounts.email(ALICE)
    })
    .await;
    assert_eq!(site.accounts.count(), 1, "it is for display alone");
}

#[tokio::test]
async fn a70_who_needs_an_address_refuses_whom_has_none() {
    let site = site(true).await;
    check(async |address: &str| {
        let status = sign_in(&site, address).await;
        assert!([303, 403].contains(&status), "{address:?}: {status}");
        (status == 303).then(|| site.accounts.email(ALICE))?
    })
    .await;
}

/// What GitHub says of an address is of the JSON types that it documents, or is not believed.
#[tokio::test]
async fn a70_verified_is_true_and_not_merely_something() {
    let site = site(true).await;
    for verified in [
        json!("true"),
        json!(1),
        json!(null),
        json!("false"),
        json!([]),
    ] {
        let fault = Fault::member("verified", verified.clone());
        site.fault(Endpoint::Emails, fault, Times::Next(1));
        let browser = site.browser();
        let answer = browser.sign_in(Site::START, &site.github, ALICE).await;
        assert_eq!(answer.status, 502, "{verified}");
        assert_eq!(browser.get("/me").await.status, 401, "{verified}");
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a70_an_address_has_one_at_and_is_visible_ascii";

    fn visible(address: &str) -> bool {
        let (local, domain) = address.split_once('@').unwrap_or_default();
        let whole = !local.is_empty() && !domain.is_empty() && !domain.ends_with('@');
        whole && !address.contains(|c: char| c.is_whitespace() || c.is_control())
    }

    /// It looks at what stands after the last `@`, which belongs to us.
    #[tokio::test]
    async fn the_last_at_counts() {
        let says = "\"a@evil.example@corp.example\" passes for an address";
        let twin = Twin::new("a70 TheLastAtCounts", TEST, says);
        let told = async |address: &str| {
            let is_good = address.is_ascii() && visible(address);
            is_good.then(|| address.to_owned())
        };
        twin.is_caught_async(check(told)).await;
    }

    /// It compares in upper case, in which other letters are the same.
    #[tokio::test]
    async fn letters_are_folded() {
        let says = "\"m\u{131}ke@corp.example\" passes for an address";
        let twin = Twin::new("a70 LettersAreFolded", TEST, says);
        let told = async |address: &str| {
            let once = address.matches('@').count() == 1 && visible(address);
            let is_good = once && address.to_uppercase().is_ascii();
            is_good.then(|| address.to_owned())
        };
        twin.is_caught_async(check(told)).await;
    }
}
