//! An event is taken within 300 seconds of its timestamp, either way, and once.

use std::time::Duration;

use portcullis_core::Timestamp;
use portcullis_tests::StoreKind;

use super::support::{BODY, Scene, delivery, refused, secret, signature, taken};
use crate::support::on_every_store;

on_every_store!(
    a_timestamp_is_good_for_300_seconds_either_way_and_no_more,
    seconds_are_compared_to_the_millisecond,
    the_same_signature_is_refused_the_second_time,
    a_signature_from_the_future_is_remembered_until_it_is_stale,
    of_copies_sent_at_once_one_is_taken,
    what_was_refused_is_not_remembered,
);

async fn a_timestamp_is_good_for_300_seconds_either_way_and_no_more(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let now = scene.now();
    for (time, is_good) in [
        (now - 301, false),
        (now - 300, true),
        (now - 299, true),
        (now, true),
        (now + 299, true),
        (now + 300, true),
        (now + 301, false),
        (0, false),
        (now * 1_000, false),
    ] {
        let answer = scene.send(scene.signed(&scene.secret, time, BODY)).await;
        assert_eq!(answer.status == 202, is_good, "{time} at {now}");
        if !is_good {
            refused(&answer);
        }
    }
}

async fn seconds_are_compared_to_the_millisecond(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let now = scene.now();
    scene.server.clock.advance(Duration::from_millis(1));
    refused(
        &scene
            .send(scene.signed(&scene.secret, now - 300, BODY))
            .await,
    );
    taken(
        &scene
            .send(scene.signed(&scene.secret, now + 300, BODY))
            .await,
    );
    scene
        .server
        .clock
        .set(Timestamp::from_millis(now * 1_000 - 1));
    refused(
        &scene
            .send(scene.signed(&scene.secret, now + 300, "{}"))
            .await,
    );
}

async fn the_same_signature_is_refused_the_second_time(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let time = scene.now().to_string();
    let good = signature(&scene.secret, &time, BODY);
    let copy = || delivery(&scene.project, &time, &good, BODY);
    taken(&scene.send(copy()).await);
    for seconds in [0, 1, 298, 1] {
        scene.server.clock.advance(Duration::from_secs(seconds));
        refused(&scene.send(copy()).await);
    }
    // Nor is it another one in capitals, or by whoever sends it.
    let hex = good.strip_prefix("sha256=").unwrap().to_uppercase();
    let shouted = delivery(&scene.project, &time, &format!("sha256={hex}"), BODY);
    refused(&scene.send(shouted).await);
    refused(&scene.owner.ask(copy()).await);
    // The same body a second later is signed anew, and another event.
    taken(&scene.send(scene.delivery(BODY)).await);
}

async fn a_signature_from_the_future_is_remembered_until_it_is_stale(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let time = scene.now() + 300;
    let copy = || scene.signed(&scene.secret, time, BODY);
    taken(&scene.send(copy()).await);
    for at in [time, time + 299, time + 300] {
        scene.server.clock.set(Timestamp::from_secs(at));
        refused(&scene.send(copy()).await);
    }
    // At the last moment another of the same time is still taken: only the copy is known.
    taken(&scene.send(scene.signed(&scene.secret, time, "{}")).await);
    scene.server.clock.advance(Duration::from_millis(1));
    refused(&scene.send(scene.signed(&scene.secret, time, "[]")).await);
}

async fn of_copies_sent_at_once_one_is_taken(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let copies = (0..50).map(|_| scene.send(scene.delivery(BODY)));
    let answers = futures_util::future::join_all(copies).await;
    let (once, others): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 202);
    assert_eq!((once.len(), others.len()), (1, 49));
    others.into_iter().for_each(refused);
}

/// Nobody spends a signature for its owner by sending it with another body or project.
async fn what_was_refused_is_not_remembered(kind: StoreKind) {
    let scene = Scene::new(kind).await;
    let time = scene.now().to_string();
    let good = signature(&scene.secret, &time, BODY);
    for (project, body) in [(&*scene.project, "{}"), ("x", BODY)] {
        refused(&scene.send(delivery(project, &time, &good, body)).await);
    }
    assert_eq!(secret(&scene.owner, &scene.project).await, scene.secret);
    taken(
        &scene
            .send(delivery(&scene.project, &time, &good, BODY))
            .await,
    );
}
