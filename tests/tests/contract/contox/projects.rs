//! Projects, each its owner's alone.

use portcullis_tests::{Ask, Masker, StoreKind};
use serde_json::{Value, json};

use super::support::{create, signed_in};
use crate::support::on_every_store;

on_every_store!(
    a_project_is_created_and_listed_for_its_owner_alone,
    a_name_of_the_wrong_shape_is_422,
    a_body_that_is_no_json_is_400,
    a_body_that_is_too_large_is_413,
    an_owner_has_a_hundred_projects_at_most,
);

async fn a_project_is_created_and_listed_for_its_owner_alone(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let alice = signed_in(&server, Masker::ALICE).await;
    assert_eq!(alice.get("/api/projects").await.json(), json!([]));
    let ask = Ask::post("/api/projects").json(&json!({ "name": "  Notes " }));
    let answer = alice.ask(ask).await;
    assert_eq!(answer.status, 201);
    let made = answer.json();
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("proj_") && id.len() == 31, "{id}");
    assert_eq!(made, json!({ "id": id, "name": "Notes" }));
    // A name may be there twice: the id is what tells them apart.
    let second = create(&alice, "Notes").await;
    let listed = json!([made, { "id": second, "name": "Notes" }]);
    assert_eq!(
        sorted(alice.get("/api/projects").await.json()),
        sorted(listed.clone())
    );
    let bob = signed_in(&server, Masker::BOB).await;
    assert_eq!(bob.get("/api/projects").await.json(), json!([]));
    // They are the account's, not the session's.
    let again = signed_in(&server, Masker::ALICE).await;
    assert_eq!(
        sorted(again.get("/api/projects").await.json()),
        sorted(listed)
    );
}

/// Ids of one millisecond are in no order.
fn sorted(list: Value) -> Vec<String> {
    let mut texts: Vec<String> = list
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    texts.sort();
    texts
}

async fn a_name_of_the_wrong_shape_is_422(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let alice = signed_in(&server, Masker::ALICE).await;
    for body in [
        json!({}),
        json!({ "name": 1 }),
        json!({ "name": null }),
        json!([]),
        json!("name"),
        json!({ "name": "" }),
        json!({ "name": "  " }),
        json!({ "name": "a\u{7}" }),
        json!({ "name": "a".repeat(101) }),
        json!({ "name": "a", "owner": "b" }),
    ] {
        let answer = alice.ask(Ask::post("/api/projects").json(&body)).await;
        assert_eq!(answer.status, 422, "{body}");
        assert!(answer.json()["error"].is_string(), "{body}");
    }
    create(&alice, &"é".repeat(100)).await;
    let listed = alice.get("/api/projects").await.json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

async fn a_body_that_is_no_json_is_400(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let alice = signed_in(&server, Masker::ALICE).await;
    for (content_type, body) in [
        ("application/json", &b""[..]),
        ("application/json", b"{"),
        ("application/json", b"{\"name\":\"\xff\"}"),
        ("application/json", b"{\"name\":\"a\"} x"),
        ("text/plain", b"{\"name\":\"a\"}"),
        ("application/x-www-form-urlencoded", b"{\"name\":\"a\"}"),
        ("application/x-www-form-urlencoded", b"name=a"),
    ] {
        let ask = Ask::post("/api/projects").with("content-type", content_type);
        let answer = alice.ask(ask.body(body.to_vec())).await;
        assert_eq!(answer.status, 400, "{content_type} {body:?}");
        let says = "The body is not valid JSON of the type application/json.";
        assert_eq!(answer.json(), json!({ "error": says }));
    }
    assert_eq!(alice.get("/api/projects").await.json(), json!([]));
}

async fn a_body_that_is_too_large_is_413(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let alice = signed_in(&server, Masker::ALICE).await;
    let ask = Ask::post("/api/projects").json(&json!({ "name": "a".repeat(70_000) }));
    let answer = alice.ask(ask).await;
    assert_eq!(answer.status, 413);
    assert_eq!(
        answer.json(),
        json!({ "error": "The request is too large." })
    );
}

async fn an_owner_has_a_hundred_projects_at_most(kind: StoreKind) {
    let server = Masker::start(kind).await;
    let alice = signed_in(&server, Masker::ALICE).await;
    for number in 0..100 {
        create(&alice, &format!("project {number}")).await;
    }
    let ask = || Ask::post("/api/projects").json(&json!({ "name": "one more" }));
    let answer = alice.ask(ask()).await;
    assert_eq!(answer.status, 409);
    let says = "You have 100 projects, the most allowed.";
    assert_eq!(answer.json(), json!({ "error": says }));
    let listed = alice.get("/api/projects").await.json();
    assert_eq!(listed.as_array().unwrap().len(), 100);
    let bob = signed_in(&server, Masker::BOB).await;
    assert_eq!(bob.ask(ask()).await.status, 201);
}
