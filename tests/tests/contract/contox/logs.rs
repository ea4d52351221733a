//! What the log has of it: what was refused and why, and no secret.

use portcullis_tests::{Ask, Log, Masker, StoreKind};

use super::support::*;
use crate::support::on_every_store;

on_every_store!(the_log_has_reasons_and_no_secrets);

async fn the_log_has_reasons_and_no_secrets(kind: StoreKind) {
    let log = Log::start();
    let secrets = act(kind).await;
    let log = log.end();
    for wanted in [
        "uri=/api/projects?x=1&code=***",
        "uri=/api/auth/logout",
        "an event was refused reason=Verify(Missing)",
        "an event was refused reason=Verify(Signature)",
        "an event was refused reason=Verify(Stale)",
        "an event was refused reason=Verify(Replayed)",
    ] {
        assert!(log.contains(wanted), "not logged: {wanted}");
    }
    for secret in secrets {
        assert!(secret.len() >= 16, "too short to be looked for");
        assert!(!log.contains(&secret), "a secret is logged");
    }
}

/// Does a little of everything; gives what nobody may read of it.
async fn act(kind: StoreKind) -> Vec<String> {
    let scene = Scene::new(kind).await;
    let now = scene.now();
    let new = rotate(&scene.owner, &scene.project).await;
    let good = signature(&new, &now.to_string(), BODY);
    let wrong = signature("not-the-secret-of-the-project", &now.to_string(), BODY);
    for (time, signature) in [(now, &good), (now, &good), (now, &wrong)] {
        let time = time.to_string();
        let ask = delivery(&scene.project, &time, signature, BODY);
        scene.send(ask).await;
    }
    scene.send(bare(BODY)).await;
    scene.send(scene.signed(&new, now - 301, BODY)).await;
    let path = "/api/projects?x=1&code=0123456789abcdef";
    for path in [path, "/api/auth/logout"] {
        let ask = Ask::post(path).with("sec-fetch-site", "cross-site");
        assert_eq!(scene.owner.ask(ask).await.status, 403);
    }
    let hex = |signature: &str| signature.strip_prefix("sha256=").unwrap().to_owned();
    vec![
        scene.owner.cookie(COOKIE).unwrap(),
        Masker::VAPI_SECRETS[0].to_owned(),
        "0123456789abcdef".to_owned(),
        scene.secret.clone(),
        new.clone(),
        hex(&good),
        hex(&wrong),
    ]
}
