//! What projects send: taken if one of them signed it, and by nobody's cookie.

use portcullis_tests::{Ask, Masker, StoreKind};
use portcullis_webhook::schemes;
use serde_json::json;

use super::support::*;
use crate::support::on_every_store;

on_every_store!(
    a_signed_event_is_taken_and_answered_with_its_ids,
    our_signer_and_the_contract_agree,
    a_session_goes_on_where_an_event_names_it,
    every_missing_or_doubled_header_is_the_same_401,
    every_byte_that_is_altered_is_the_same_401,
    a_signature_of_another_form_is_the_same_401,
    a_project_that_is_not_there_is_answered_like_a_wrong_signature,
    another_projects_secret_signs_nothing_here,
    neither_a_cookie_nor_an_origin_is_asked_for_or_taken,
    a_body_that_is_no_event_is_refused_after_its_signature,
    a_body_has_a_mebibyte_at_most,
);

const NOBODY: &str = "proj_01ARZ3NDEKTSV4RRFFQ69G5FAV";

async fn a_signed_event_is_taken_and_answered_with_its_ids(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let answer = scene.send(scene.delivery(BODY)).await;
    let (event, session) = taken(&answer);
    assert!(event.starts_with("evt_") && event.len() == 30, "{event}");
    assert!(
        session.starts_with("sess_") && session.len() == 31,
        "{session}"
    );
    assert_eq!(
        answer.json(),
        json!({ "eventId": event, "sessionId": session })
    );
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.set_cookies(), [""; 0]);
    let (other, other_session) = taken(&scene.send(scene.delivery("{}")).await);
    assert!(other != event && other_session != session);
}

async fn our_signer_and_the_contract_agree(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let now = scene.now();
    for body in [BODY, "{}", r#"{"text":"é\u2028"}"#] {
        let ours = signature_by_ours(&scene.secret, now, body);
        assert_eq!(ours, signature(&scene.secret, &now.to_string(), body));
        let ask = delivery(&scene.project, &now.to_string(), &ours, body);
        taken(&scene.send(ask).await);
    }
    assert_eq!(schemes::CONTOX.name(), "contox");
}

async fn a_session_goes_on_where_an_event_names_it(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let send = async |body: serde_json::Value| {
        taken(&scene.send(scene.delivery(&body.to_string())).await).1
    };
    let first = send(json!({ "n": 1 })).await;
    assert_eq!(send(json!({ "n": 2, "sessionId": first })).await, first);
    // What is no session of the project's begins one.
    let mut seen = vec![first.clone()];
    for (n, named) in [json!(null), json!("sess_x"), json!("")].iter().enumerate() {
        let session = send(json!({ "n": 3 + n, "sessionId": named })).await;
        assert!(!seen.contains(&session), "{named}");
        seen.push(session);
    }
    let bob = signed_in(&scene.server, Masker::BOB).await;
    let theirs = create(&bob, "Bob's").await;
    let secret = secret(&bob, &theirs).await;
    let (now, body) = (
        scene.now().to_string(),
        json!({ "sessionId": first }).to_string(),
    );
    let ask = delivery(&theirs, &now, &signature(&secret, &now, &body), &body);
    assert_ne!(taken(&scene.send(ask).await).1, first);
}

async fn every_missing_or_doubled_header_is_the_same_401(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let now = scene.now().to_string();
    let signature = signature(&scene.secret, &now, BODY);
    let headers = [
        ("x-contox-project", &scene.project),
        ("x-contox-timestamp", &now),
        ("x-contox-signature", &signature),
    ];
    let with = |wanted: &[usize]| {
        let line = |ask: Ask, at: &usize| ask.with(headers[*at].0, headers[*at].1);
        wanted.iter().fold(bare(BODY), line)
    };
    for wanted in [
        &[][..],
        &[0],
        &[0, 1],
        &[0, 2],
        &[1, 2],
        &[0, 0, 1, 2],
        &[0, 1, 1, 2],
        &[0, 1, 2, 2],
    ] {
        let answer = scene.send(with(wanted)).await;
        assert_eq!(answer.text(), UNAUTHENTICATED, "{wanted:?}");
        refused(&answer);
    }
    // None of that was a use of the signature.
    taken(&scene.send(with(&[2, 1, 0])).await);
}

async fn every_byte_that_is_altered_is_the_same_401(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let (now, project) = (scene.now().to_string(), &scene.project);
    let good = signature(&scene.secret, &now, BODY);
    let altered = |text: &str, at: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
        String::from_utf8(bytes).unwrap()
    };
    let last = good.len() - 1;
    for (at, body) in [
        (None, altered(BODY, 0)),
        (None, altered(BODY, BODY.len() - 1)),
        (None, format!("{BODY} ")),
        (None, format!("{BODY}\n")),
        (None, BODY.replace(':', ": ")),
        (None, String::new()),
        (Some(7), BODY.to_owned()),
        (Some(last), BODY.to_owned()),
    ] {
        let signature = at.map_or(good.clone(), |at| altered(&good, at));
        refused(&scene.send(delivery(project, &now, &signature, &body)).await);
    }
    let later = (scene.now() + 1).to_string();
    refused(&scene.send(delivery(project, &later, &good, BODY)).await);
    taken(&scene.send(delivery(project, &now, &good, BODY)).await);
}

async fn a_signature_of_another_form_is_the_same_401(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let (now, project) = (scene.now().to_string(), &scene.project);
    let good = signature(&scene.secret, &now, BODY);
    let hex = good.strip_prefix("sha256=").unwrap();
    for other in [
        hex.to_owned(),
        format!("SHA256={hex}"),
        format!("sha1={hex}"),
        format!("sha256:{hex}"),
        format!("sha256={hex}0"),
        format!("sha256={hex}00"),
        format!("sha256={}", &hex[..62]),
        format!("sha256= {hex}"),
        format!("{good},{good}"),
        format!("{good} {good}"),
        "sha256=".to_owned(),
        String::new(),
        "sha256=é".to_owned(),
    ] {
        let answer = scene.send(delivery(project, &now, &other, BODY)).await;
        assert_eq!(answer.status, 401, "{other}");
        refused(&answer);
    }
    for time in ["", "now", "+1", "-1", "1e9", "1.5", "99999999999999999999"] {
        let signature = signature(&scene.secret, time, BODY);
        let answer = scene.send(delivery(project, time, &signature, BODY)).await;
        assert_eq!(answer.status, 401, "{time}");
        refused(&answer);
    }
    // Of a time that is right, another way to write it is no time.
    for time in [format!("0{now}"), format!("{now}000"), format!("{now}.0")] {
        let signature = signature(&scene.secret, &time, BODY);
        refused(&scene.send(delivery(project, &time, &signature, BODY)).await);
    }
    taken(&scene.send(delivery(project, &now, &good, BODY)).await);
}

/// The same bytes, the same headers, and as much of the body is read.
async fn a_project_that_is_not_there_is_answered_like_a_wrong_signature(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let now = scene.now().to_string();
    let wrong = signature("not-the-secret-of-the-project", &now, BODY);
    let long = " ".repeat(1024 * 1024 + 1);
    for (time, signature, body) in [
        (&*now, &*wrong, BODY),
        (&now, "sha256=00", BODY),
        ("0", &wrong, BODY),
        ("x", &wrong, BODY),
        (&now, &wrong, "{"),
        (&now, &wrong, &long),
    ] {
        let answer = async |project: &str| {
            let answer = scene.send(delivery(project, time, signature, body)).await;
            let mut headers = answer.headers.clone();
            for own in ["date", "x-request-id"] {
                headers.remove(own);
            }
            (answer.status, headers, answer.body)
        };
        let there = answer(&scene.project).await;
        assert!(there.0.is_client_error());
        for project in [NOBODY, "", "x", "' OR 1=1", &"x".repeat(4_000)] {
            assert_eq!(answer(project).await, there, "{time} {signature}");
        }
    }
    // An empty secret, the word for none, or the id itself sign for nobody.
    for secret in ["", "nobody", NOBODY] {
        let signature = signature(secret, &now, BODY);
        refused(&scene.send(delivery(NOBODY, &now, &signature, BODY)).await);
    }
}

async fn another_projects_secret_signs_nothing_here(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let other = create(&scene.owner, "Other").await;
    let theirs = secret(&scene.owner, &other).await;
    let now = scene.now().to_string();
    refused(&scene.send(scene.signed(&theirs, scene.now(), BODY)).await);
    let ours = signature(&scene.secret, &now, BODY);
    refused(&scene.send(delivery(&other, &now, &ours, BODY)).await);
    // The same body at the same time is each project's own event.
    taken(
        &scene
            .send(delivery(&scene.project, &now, &ours, BODY))
            .await,
    );
    let theirs = signature(&theirs, &now, BODY);
    taken(&scene.send(delivery(&other, &now, &theirs, BODY)).await);
}

async fn neither_a_cookie_nor_an_origin_is_asked_for_or_taken(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let now = scene.now().to_string();
    let unsigned = bare(BODY)
        .with("x-contox-project", &scene.project)
        .with("x-contox-timestamp", &now);
    refused(&scene.owner.ask(unsigned).await);
    for (n, (name, value)) in [
        ("origin", "https://app.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("cookie", "contox_session=x; contox_session=y"),
        ("content-type", "text/plain"),
    ]
    .into_iter()
    .enumerate()
    {
        let ask = scene.delivery(&format!(r#"{{"n":{n}}}"#));
        let answer = scene.send(ask.with(name, value)).await;
        assert_eq!(answer.status, 202, "{name}: {value}");
        assert_eq!(answer.all("access-control-allow-origin"), [""; 0]);
    }
}

async fn a_body_that_is_no_event_is_refused_after_its_signature(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    for (body, status, says) in [
        ("", 400, "The body is not valid JSON."),
        ("{", 400, "The body is not valid JSON."),
        ("{} x", 400, "The body is not valid JSON."),
        (&*deep, 400, "The body is not valid JSON."),
        ("[]", 422, "The event must be a JSON object."),
        ("\"text\"", 422, "The event must be a JSON object."),
        ("null", 422, "The event must be a JSON object."),
        (
            r#"{"sessionId":1}"#,
            422,
            "The request cannot be processed.",
        ),
    ] {
        let answer = scene.send(scene.delivery(body)).await;
        assert_eq!(answer.status.as_u16(), status, "{:.20}", body);
        assert_eq!(answer.json(), json!({ "error": says }), "{:.20}", body);
        // Who did not sign it learns nothing of that.
        let forged = scene.signed("a-secret-of-somebody-else", scene.now(), body);
        refused(&scene.send(forged).await);
    }
}

async fn a_body_has_a_mebibyte_at_most(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let most = 1024 * 1024;
    let event = |len: usize| format!("{{\"a\":\"{}\"}}", "a".repeat(len - 8));
    assert_eq!(event(most).len(), most);
    taken(&scene.send(scene.delivery(&event(most))).await);
    let answer = scene.send(scene.delivery(&event(most + 1))).await;
    assert_eq!(answer.status, 413);
    assert_eq!(
        answer.json(),
        json!({ "error": "The request is too large." })
    );
}
