//! The server as a program: its variables, its first lines, and its end.

use std::net::TcpListener;

use http::Method;
use portcullis_tests::{Answer, Ask, Browser, Masker, Program};
use serde_json::json;

use crate::support::set_cookie;

const PATH: &str = env!("CARGO_BIN_EXE_server-under-test");

/// Presses a user's button on the stand-in's page at `address`; gives the address that it leads to.
pub(crate) async fn press(address: &str, user: u64) -> String {
    let (page, query) = address.split_once('?').unwrap();
    let github = Browser::new(page);
    let shown = github.get(address).await;
    assert_eq!(shown.status, 200);
    assert!(
        shown
            .text()
            .contains(&format!("name=\"user\" value=\"{user}\""))
    );
    let ask = Ask::new(Method::POST, page)
        .with("content-type", "application/x-www-form-urlencoded")
        .with("sec-fetch-site", "same-origin")
        .body(format!("{query}&user={user}"));
    let pressed = github.ask(ask).await;
    assert!(pressed.status.is_redirection(), "{}", pressed.text());
    pressed.location().to_owned()
}

/// Signs a user in by the stand-in in the same process.
pub(crate) async fn sign_in(browser: &Browser, user: u64) -> Answer {
    let started = browser.get(Masker::START).await;
    browser.get(&press(started.location(), user).await).await
}

#[tokio::test]
async fn it_needs_no_account_and_says_so() {
    let mut program = Program::start(PATH, &[("MASKER_ADMIN_IDS", "1002, 1003")]);
    let address = program.address();
    let port = address.strip_prefix("127.0.0.1:").unwrap();
    assert_eq!(
        program.line(),
        format!("open http://localhost:{port}/portal")
    );
    let note = program.line();
    let stand_in = note.rsplit(' ').next().unwrap();
    assert!(
        note.contains("stand-in plays GitHub on http://127.0.0.1:"),
        "{note}"
    );

    let browser = Browser::new(&format!("http://localhost:{port}"));
    let started = browser.get(Masker::START).await;
    assert!(
        started
            .location()
            .starts_with(&format!("{stand_in}/login/oauth/authorize?"))
    );
    let answer = sign_in(&browser, 1003).await;
    assert_eq!(
        (answer.status.as_u16(), answer.location()),
        (303, "/portal")
    );
    let (_, attributes) = set_cookie(&answer, Masker::COOKIE).unwrap();
    assert_eq!(
        attributes,
        "HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=2592000"
    );
    let me = browser.get("/api/v1/me").await.json();
    assert_eq!(
        (&me["github_login"], &me["user"]["role"]),
        (&json!("carol-admin"), &json!("admin"))
    );
    let thief = browser.copy();
    assert_eq!(browser.post("/api/v1/auth/logout").await.status, 204);
    assert_eq!(
        thief.get("/api/v1/me").await.refusal(),
        (401, "unauthenticated".to_owned())
    );
}

#[test]
fn sigterm_ends_it_well() {
    let mut program = Program::start(PATH, &[]);
    program.address();
    program.terminate();
    let (status, _, errors) = program.end();
    assert!(status.success(), "{status}: {errors}");
}

#[tokio::test]
async fn sessions_in_a_file_outlive_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("a.db").display());
    let public = [
        ("PUBLIC_URL", "http://localhost:1"),
        ("DATABASE_URL", &database),
    ];
    let mut program = Program::start(PATH, &public[1..]);
    let browser = Browser::new(&format!(
        "http://{}",
        program.address().replace("127.0.0.1", "localhost")
    ));
    sign_in(&browser, 1001).await;
    let me = browser.get("/api/v1/me").await;
    assert_eq!(me.status, 200);
    program.terminate();
    assert!(program.end().0.success());

    let mut program = Program::start(PATH, &public);
    let browser = browser.at(&format!(
        "http://{}",
        program.address().replace("127.0.0.1", "localhost")
    ));
    assert_eq!(browser.get("/api/v1/me").await.json(), me.json());
    // What is led back to is the public address, whatever the request says.
    let started = browser
        .ask(Ask::get(Masker::START).with("x-forwarded-host", "evil.example"))
        .await;
    let back = crate::support::parameter(started.location(), "redirect_uri").unwrap();
    assert_eq!(back, format!("http://localhost:1{}", Masker::CALLBACK));
}

#[test]
fn a_bad_variable_stops_it_with_a_sentence_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let (id, secret) = (("GITHUB_CLIENT_ID", "a"), ("GITHUB_CLIENT_SECRET", "b"));
    let web = ("GITHUB_WEB_URL", "https://ghes.example");
    let api = ("GITHUB_API_URL", "https://ghes.example/api/v3");
    let table: [&[(&str, &str)]; 24] = [
        &[("LISTEN", "8080")],
        &[("LISTEN", "localhost:8080")],
        &[("LISTEN", "127.0.0.1:99999")],
        &[("LISTEN", &taken)],
        &[("LISTEN", "192.0.2.1:8080")],
        &[("PUBLIC_URL", "example.com")],
        &[("PUBLIC_URL", "ftp://example.com")],
        &[("PUBLIC_URL", "https://example.com/?a=b")],
        &[("PUBLIC_URL", "https://user@example.com")],
        &[("PUBLIC_URL", "http://example.com")],
        &[("PUBLIC_URL", "https://example.com/app")],
        &[("DATABASE_URL", "mysql://x")],
        &[("DATABASE_URL", "sqlite:")],
        &[("DATABASE_URL", "sqlite:/there/is/no/such/folder/a.db")],
        &[("DATABASE_URL", "sqlite:/dev/null")],
        &[("GITHUB_CLIENT_ID", ""), secret],
        &[("GITHUB_CLIENT_SECRET", ""), id],
        &[("GITHUB_CLIENT_ID", "a b"), secret],
        &[("GITHUB_CLIENT_SECRET", "a b"), id],
        &[("GITHUB_WEB_URL", "/relative"), id, secret, api],
        &[("GITHUB_WEB_URL", "http://ghes.example"), id, secret, api],
        &[("GITHUB_API_URL", ""), id, secret, web],
        &[("GITHUB_API_URL", "http://ghes.example"), id, secret, web],
        &[("MASKER_ADMIN_IDS", "1001, carol")],
    ];
    for variables in table {
        let (status, output, errors) = Program::start(PATH, variables).end();
        assert_eq!(status.code(), Some(1), "{variables:?}: {errors}");
        assert_eq!(output, "", "{variables:?}");
        let sentence = errors.lines().last().unwrap_or_default();
        let named = format!("server: {} ", variables[0].0);
        assert!(sentence.starts_with(&named), "{variables:?}: {errors}");
        let values = variables
            .iter()
            .filter(|(name, _)| *name == "GITHUB_CLIENT_SECRET");
        assert!(
            values
                .clone()
                .all(|(_, value)| value.len() < 2 || !errors.contains(value))
        );
    }
}
