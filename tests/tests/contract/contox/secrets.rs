//! A project's secret: read and rotated by its owner, each old one good for 24 hours more.

use std::time::Duration;

use portcullis_core::Clock;
use portcullis_tests::{Ask, Masker, StoreKind};
use serde_json::{Value, json};

use super::support::{BODY, Scene, create, refused, rotate, secret, secret_path, signed_in, taken};
use crate::masker::cookie::is_iso_8601;
use crate::support::on_every_store;

on_every_store!(
    a_secret_is_random_and_stays_until_it_is_rotated,
    rotation_gives_a_new_secret_and_says_how_long_the_old_one_is_good,
    the_old_secret_signs_for_24_hours_and_not_a_millisecond_more,
    every_old_secret_has_24_hours_of_its_own,
    a_ninth_old_secret_waits_for_the_first_to_end,
    a_project_of_somebody_else_is_404_like_none,
    a_secret_is_kept_by_no_cache_and_shown_in_no_list,
);

const DAY: Duration = Duration::from_secs(86_400);

async fn a_secret_is_random_and_stays_until_it_is_rotated(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let text = scene.secret.strip_prefix("contox_hmac_").unwrap();
    assert!(crate::support::is_token(text), "{} characters", text.len());
    assert_eq!(secret(&scene.owner, &scene.project).await, scene.secret);
    let other = create(&scene.owner, "Other").await;
    assert_ne!(secret(&scene.owner, &other).await, scene.secret);
}

async fn rotation_gives_a_new_secret_and_says_how_long_the_old_one_is_good(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let path = secret_path(&scene.project);
    let before = scene.owner.get(&path).await.json();
    assert_eq!(
        before,
        json!({ "secret": scene.secret, "previousValidUntil": null })
    );
    let rotated = scene.owner.post(&format!("{path}/rotate")).await;
    assert_eq!(rotated.status, 200, "{}", rotated.text());
    let rotated = rotated.json();
    assert_ne!(rotated["secret"], before["secret"]);
    let until = rotated["previousValidUntil"].as_str().unwrap();
    assert!(is_iso_8601(until), "{until}");
    assert_eq!(scene.owner.get(&path).await.json(), rotated);
    // What is over is not told of.
    scene.server.clock.advance(DAY);
    let after = scene.owner.get(&path).await.json();
    assert_eq!(
        after,
        json!({ "secret": rotated["secret"], "previousValidUntil": null })
    );
}

async fn the_old_secret_signs_for_24_hours_and_not_a_millisecond_more(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let new = rotate(&scene.owner, &scene.project).await;
    let sent = async |secret: &str| {
        let body = format!(r#"{{"at":{}}}"#, scene.server.clock.now().as_millis());
        scene.send(scene.signed(secret, scene.now(), &body)).await
    };
    taken(&sent(&scene.secret).await);
    taken(&sent(&new).await);
    scene.server.clock.advance(DAY - Duration::from_millis(1));
    taken(&sent(&scene.secret).await);
    taken(&sent(&new).await);
    scene.server.clock.advance(Duration::from_millis(1));
    refused(&sent(&scene.secret).await);
    taken(&sent(&new).await);
}

/// A rotation is no reason to end another secret before its time.
async fn every_old_secret_has_24_hours_of_its_own(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let first = scene.secret.clone();
    let hours = |hours: u64| {
        scene
            .server
            .clock
            .advance(Duration::from_secs(hours * 3_600))
    };
    let path = secret_path(&scene.project);
    let second = rotate(&scene.owner, &scene.project).await;
    hours(10);
    let third = rotate(&scene.owner, &scene.project).await;
    let until = scene.owner.get(&path).await.json()["previousValidUntil"].clone();
    are_good(&scene, &[&first, &second, &third], &[]).await;
    hours(14);
    are_good(&scene, &[&second, &third], &[&first]).await;
    // Told is when the last of them ends: that of the secret before the present one.
    let later = scene.owner.get(&path).await.json()["previousValidUntil"].clone();
    assert!(later == until && until.is_string(), "{until} {later}");
    hours(10);
    are_good(&scene, &[&third], &[&first, &second]).await;
}

/// Whether events that are signed with these now are taken, and with those refused.
async fn are_good(scene: &Scene, good: &[&String], bad: &[&String]) {
    for (number, secret) in good.iter().chain(bad).enumerate() {
        let body = format!("{{\"n\":{number}}}");
        let answer = scene.send(scene.signed(secret, scene.now(), &body)).await;
        match number < good.len() {
            true => drop(taken(&answer)),
            false => refused(&answer),
        }
    }
}

async fn a_ninth_old_secret_waits_for_the_first_to_end(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let path = format!("{}/rotate", secret_path(&scene.project));
    let mut secrets = vec![scene.secret.clone()];
    for _ in 0..8 {
        secrets.push(rotate(&scene.owner, &scene.project).await);
        scene.server.clock.advance(Duration::from_secs(3_600));
    }
    let all: Vec<&String> = secrets.iter().collect();
    for (left, step) in [("57600", 57_600_000 - 1), ("1", 1)] {
        let answer = scene.owner.post(&path).await;
        assert_eq!(answer.status, 429);
        let says = "This project has 8 old secrets that are still good, the most allowed.";
        assert_eq!(answer.json(), json!({ "error": says }));
        assert_eq!(answer.header("retry-after"), left);
        // None was cut short by that, and the present one is as it was.
        are_good(&scene, &all, &[]).await;
        assert_eq!(secret(&scene.owner, &scene.project).await, secrets[8]);
        scene.server.clock.advance(Duration::from_millis(step));
    }
    let new = rotate(&scene.owner, &scene.project).await;
    let good: Vec<&String> = secrets[1..].iter().chain([&new]).collect();
    are_good(&scene, &good, &[&secrets[0]]).await;
    // Another project has room of its own.
    let other = create(&scene.owner, "Other").await;
    rotate(&scene.owner, &other).await;
}

async fn a_project_of_somebody_else_is_404_like_none(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let bob = signed_in(&scene.server, Masker::BOB).await;
    let none = "proj_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    for id in [&*scene.project, none, "x", "%00", "%ff", "'%20OR%201=1"] {
        let show = bob.get(&secret_path(id)).await;
        let rotate = bob.post(&format!("{}/rotate", secret_path(id))).await;
        for answer in [show, rotate] {
            assert_eq!(answer.status, 404, "{id}");
            let told: Value = answer.json();
            assert_eq!(told, json!({ "error": "There is nothing here." }), "{id}");
        }
    }
    // Nothing was rotated by that.
    assert_eq!(secret(&scene.owner, &scene.project).await, scene.secret);
    taken(&scene.send(scene.delivery(BODY)).await);
}

async fn a_secret_is_kept_by_no_cache_and_shown_in_no_list(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let path = secret_path(&scene.project);
    for ask in [Ask::get(&path), Ask::post(&format!("{path}/rotate"))] {
        let answer = scene.owner.ask(ask).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.all("cache-control"), ["no-store"]);
    }
    let listed = scene.owner.get("/api/projects").await;
    assert!(!listed.text().contains("contox_hmac_"), "{}", listed.text());
}
