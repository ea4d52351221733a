//! Voice agents, and the one rule about admins.

use portcullis_tests::{Ask, Browser, Masker, StoreKind};
use serde_json::{Value, json};

use super::cookie::is_iso_8601;
use crate::support::on_every_store;

on_every_store!(
    an_agent_is_created_read_and_listed,
    lists_come_in_pages_by_limit_and_cursor,
    a_limit_out_of_range_is_400,
    a_name_of_the_wrong_shape_is_422,
    an_admin_deletes_and_nobody_else_does,
    an_agent_that_is_not_there_is_404,
);

async fn create(browser: &Browser, name: &str) -> Value {
    let ask = Ask::post("/api/v1/agents").json(&json!({ "name": name }));
    let answer = browser.ask(ask).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// `agt_` and a ULID: 26 characters of Crockford's base 32.
fn is_agent_id(id: &str) -> bool {
    let Some(ulid) = id.strip_prefix("agt_") else {
        return false;
    };
    let is_crockford = |byte: u8| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&byte);
    ulid.len() == 26 && ulid.bytes().all(is_crockford)
}

async fn an_agent_is_created_read_and_listed(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    let empty = alice.get("/api/v1/agents").await;
    assert_eq!(empty.json(), json!({ "data": [], "next_cursor": null }));
    let agent = create(&alice, "  Front desk ").await;
    let (id, created_at) = (
        agent["id"].as_str().unwrap(),
        agent["created_at"].as_str().unwrap(),
    );
    assert!(is_agent_id(id) && is_iso_8601(created_at), "{agent}");
    assert_eq!(
        agent,
        json!({ "id": id, "name": "Front desk", "created_at": created_at })
    );
    let one = alice.get(&format!("/api/v1/agents/{id}")).await;
    assert_eq!((one.status.as_u16(), one.json()), (200, agent.clone()));
    let bob = masker.signed_in(Masker::BOB).await;
    let list = bob.get("/api/v1/agents").await.json();
    assert_eq!(list, json!({ "data": [agent], "next_cursor": null }));
}

async fn lists_come_in_pages_by_limit_and_cursor(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    let mut made = Vec::new();
    for number in 0..27 {
        made.push(create(&alice, &format!("agent {number}")).await["id"].clone());
    }
    made.sort_by_key(|id| id.as_str().unwrap().to_owned());
    for (limit, pages) in [
        ("", vec![25, 2]),
        ("limit=9&", vec![9, 9, 9]),
        ("limit=100&", vec![27]),
    ] {
        let (mut seen, mut sizes, mut cursor) = (Vec::new(), Vec::new(), String::new());
        loop {
            let page = alice
                .get(&format!("/api/v1/agents?{limit}{cursor}"))
                .await
                .json();
            let data = page["data"].as_array().unwrap();
            sizes.push(data.len());
            seen.extend(data.iter().map(|agent| agent["id"].clone()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("cursor={next}"),
                None => break,
            }
        }
        assert_eq!((sizes, &seen), (pages, &made), "{limit}");
    }
}

async fn a_limit_out_of_range_is_400(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    for limit in ["0", "101", "-1", "x", "", "1.5", "4294967296"] {
        let answer = alice.get(&format!("/api/v1/agents?limit={limit}")).await;
        assert_eq!(
            answer.refusal(),
            (400, "invalid_request".to_owned()),
            "{limit}"
        );
    }
    for limit in ["1", "100"] {
        assert_eq!(
            alice
                .get(&format!("/api/v1/agents?limit={limit}"))
                .await
                .status,
            200
        );
    }
}

async fn a_name_of_the_wrong_shape_is_422(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    let long = "a".repeat(101);
    for body in [
        json!({}),
        json!({ "name": 1 }),
        json!({ "name": null }),
        json!([]),
        json!({ "name": "" }),
        json!({ "name": "  " }),
        json!({ "name": "a\u{7}" }),
        json!({ "name": long }),
        json!({ "name": "a", "admin": true }),
    ] {
        let answer = alice.ask(Ask::post("/api/v1/agents").json(&body)).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.code(), "unprocessable", "{body}");
    }
    create(&alice, &"é".repeat(100)).await;
}

async fn an_admin_deletes_and_nobody_else_does(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    let carol = masker.signed_in(Masker::CAROL).await;
    let agent = create(&alice, "Night shift").await;
    let path = format!("/api/v1/agents/{}", agent["id"].as_str().unwrap());
    // Who made it may not delete it either.
    assert_eq!(
        alice.delete(&path).await.refusal(),
        (403, "forbidden".to_owned())
    );
    let absent = "/api/v1/agents/agt_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    assert_eq!(
        alice.delete(absent).await.refusal(),
        (403, "forbidden".to_owned())
    );
    assert_eq!(alice.get(&path).await.status, 200);
    let deleted = carol.delete(&path).await;
    assert_eq!((deleted.status.as_u16(), deleted.text()), (204, ""));
    assert_eq!(
        alice.get(&path).await.refusal(),
        (404, "not_found".to_owned())
    );
    assert_eq!(
        carol.delete(&path).await.refusal(),
        (404, "not_found".to_owned())
    );
}

async fn an_agent_that_is_not_there_is_404(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    let alice = masker.signed_in(Masker::ALICE).await;
    let carol = masker.signed_in(Masker::CAROL).await;
    let none = "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    // Also what is no text at all.
    for id in [none, "x", "%00", "%ff", "a%c3", "'%20OR%201=1"] {
        let path = format!("/api/v1/agents/{id}");
        for answer in [alice.get(&path).await, carol.delete(&path).await] {
            assert_eq!(answer.refusal(), (404, "not_found".to_owned()), "{id}");
        }
        // Who may not delete does not learn what there is.
        let refused = alice.delete(&path).await.refusal();
        assert_eq!(refused, (403, "forbidden".to_owned()), "{id}");
    }
}
