//! The example over real connections.

#[cfg(test)]
mod browser;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use portcullis::tower::wiring;

use browser::Browser;

#[tokio::test]
async fn visits_are_counted_and_survive_the_login() {
    let mut browser = Browser::new().await;
    assert!(browser.get("/").await.1.starts_with("<p>Visit 1</p>"));
    assert!(browser.get("/").await.1.starts_with("<p>Visit 2</p>"));
    browser.log_in().await;
    assert!(browser.get("/").await.1.starts_with("<p>Visit 3</p>"));
}

#[tokio::test]
async fn s23_a_cookie_is_of_no_use_after_the_logout() {
    let mut browser = Browser::new().await;
    browser.log_in().await;
    assert_eq!(
        browser.get("/me").await,
        (StatusCode::OK, "you are ada".to_owned())
    );
    let kept = browser.cookie.clone();

    let (status, _) = browser.send(Method::POST, "/logout", "").await;
    assert_eq!((status, &browser.cookie), (StatusCode::SEE_OTHER, &None));
    browser.cookie = kept;
    assert_eq!(browser.get("/me").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn strangers_and_nonsense_are_refused_in_json() {
    let mut browser = Browser::new().await;
    for (method, path, body, status, code) in [
        (Method::GET, "/me", "", 401, "unauthenticated"),
        (
            Method::POST,
            "/login",
            "name=two+words",
            422,
            "unprocessable",
        ),
        (Method::GET, "/logout", "", 405, "method_not_allowed"),
        (Method::GET, "/nowhere", "", 404, "not_found"),
    ] {
        let (told, json) = browser.send(method, path, body).await;
        assert_eq!(told, status, "{path}");
        assert!(
            json.starts_with(&format!(r#"{{"error":{{"code":"{code}""#)),
            "{json}"
        );
    }
    assert_eq!(browser.cookie, None);
}

#[tokio::test]
async fn s45_the_guard_has_all_it_needs() {
    let app = example_axum::app().unwrap();
    let guarded = [(Method::GET, "/me")];
    assert_eq!(wiring::check::<_, Body, _>(app, &guarded).await, Ok(()));
}
