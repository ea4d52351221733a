//! A client of the stand-in: from the page to the token.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64ct::{Base64UrlUnpadded, Encoding};
use portcullis_testkit::github::{GithubApp, GithubStandIn, Setup};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;
use url::form_urlencoded::Serializer;

use super::client::{Answer, get, post_form};

pub(super) const CLIENT: &str = "Iv1.client";
pub(super) const SECRET: &str = "the-secret";
pub(super) const CALLBACK: &str = "http://127.0.0.1:3000/api/v1/auth/github/callback";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(super) const ALICE: u64 = 1001;
pub(super) const BOB: u64 = 1002;

pub(super) fn app() -> GithubApp {
    GithubApp::new(CLIENT, SECRET).with_redirect_uri(CALLBACK)
}

pub(super) async fn start() -> GithubStandIn {
    GithubStandIn::start(app()).await.unwrap()
}

/// A stand-in whose clock the test moves.
pub(super) async fn start_at(app: GithubApp, now: &Arc<AtomicU64>) -> GithubStandIn {
    let clock = now.clone();
    let setup = Setup::new().with_clock(Arc::new(move || clock.load(Ordering::SeqCst)));
    GithubStandIn::start_with(app, setup).await.unwrap()
}

pub(super) fn challenge() -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(VERIFIER))
}

/// The address of the page, with one parameter replaced, or removed by an empty value.
pub(super) fn authorize_url(github: &GithubStandIn, change: (&str, &str)) -> String {
    let challenge = challenge();
    let mut pairs = vec![
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("scope", "user:email read:org"),
        ("state", "the state/+"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    pairs.retain(|(name, _)| *name != change.0);
    pairs.extend(Some(change).filter(|(_, value)| !value.is_empty()));
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{}/login/oauth/authorize?{query}", github.web_url())
}

pub(super) const AS_IT_IS: (&str, &str) = ("", "");

pub(super) fn parameter(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned())
}

pub(super) fn code(github: &GithubStandIn, user: u64) -> String {
    let callback = github
        .approve(&authorize_url(github, AS_IT_IS), user)
        .unwrap();
    parameter(&callback, "code").unwrap()
}

/// Exchanges `code`, with one parameter replaced, or removed by an empty value.
pub(super) async fn exchange(github: &GithubStandIn, code: &str, change: (&str, &str)) -> Answer {
    let mut pairs = vec![
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    pairs.retain(|(name, _)| *name != change.0);
    pairs.extend(Some(change).filter(|(_, value)| !value.is_empty()));
    post_form(github, "/login/oauth/access_token", &pairs).await
}

pub(super) async fn refresh(github: &GithubStandIn, token: &str) -> Answer {
    let pairs = [
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
    ];
    post_form(github, "/login/oauth/access_token", &pairs).await
}

pub(super) async fn sign_in(github: &GithubStandIn, user: u64) -> Value {
    exchange(github, &code(github, user), AS_IT_IS).await.json()
}

pub(super) fn token(github: &GithubStandIn, scope: &str) -> String {
    github.issue_token(CLIENT, ALICE, scope).unwrap()
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

pub(super) fn path(url: &str) -> &str {
    let scheme_end = url.find("//").unwrap() + 2;
    &url[scheme_end + url[scheme_end..].find('/').unwrap()..]
}

pub(super) async fn page(github: &GithubStandIn, change: (&str, &str)) -> Answer {
    get(github, path(&authorize_url(github, change)), &[]).await
}

pub(super) fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// The hidden fields of the page's form.
pub(super) fn fields(page: &str) -> Vec<(String, String)> {
    let inputs = page.split("<input type=\"hidden\" name=\"").skip(1);
    inputs
        .map(|input| {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            let (value, _) = rest.split_once('"').unwrap();
            (name.to_owned(), unescaped(value))
        })
        .collect()
}

/// Presses a button of the page.
pub(super) async fn press(github: &GithubStandIn, page: &Answer, button: (&str, &str)) -> Answer {
    let fields = fields(page.text());
    let mut pairs: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    pairs.push(button);
    post_form(github, "/login/oauth/authorize", &pairs).await
}
