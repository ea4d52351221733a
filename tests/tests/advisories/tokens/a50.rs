//! CVE-2022-31034 (Argo CD), CVE-2024-21495 (caddy-security): state, verifier and nonce came from
//! a generator that can be predicted.
//!
//! Here: whatever is drawn comes from the one source, and that is the operating system's; no crate
//! knows another generator.

use std::sync::Arc;

use http::HeaderMap;
use portcullis_cookie::{KeyRing, SealKey, Sealer};
use portcullis_core::{Random, Token};
use portcullis_session::{Handle, MemoryStore};
use portcullis_tests::{SiteSetup, StoreKind};

use super::support::{Source, begun, code, seeded, sources};
use crate::answers::support::{lifecycle, login, sign_in};

/// Generators, and ways to one, that have no place here.
const FORBIDDEN: [&str; 16] = [
    "rand::",
    "rand_chacha",
    "rand_core",
    "SmallRng",
    "StdRng",
    "thread_rng",
    "ThreadRng",
    "fastrand",
    "oorandom",
    "nanorand",
    "SeedableRng",
    "from_seed",
    "seed_from_u64",
    "new_random",
    "Uuid::new",
    "Ulid::",
];

/// Where a generator may be called.
const SOURCE: &str = "crates/core/src/random.rs";

/// What signing may name.
const SIGNING: [&str; 2] = ["aws_lc_rs::rand::SystemRandom", "Ed25519KeyPair::from_seed"];

fn check_sources(sources: &[Source]) {
    for source in sources {
        // A request id is nobody's secret; it says when a request came.
        let is_request_id = source.path.ends_with("request_id.rs");
        // What signs takes its blinding and salt from the library that it is of, which draws them
        // from the operating system; a seed is there the name of a private key.
        let is_signing = source.path == "crates/webhook/src/private_key.rs";
        for (line, text) in code(&source.text) {
            let at = format!("{}:{line}", source.path);
            let is_allowed = |word: &str| {
                is_request_id && word == "Ulid::"
                    || is_signing && SIGNING.iter().any(|it| text.contains(it))
            };
            let mut forbidden = FORBIDDEN.iter();
            let found = forbidden.find(|it| text.contains(**it) && !is_allowed(it));
            assert_eq!(found, None, "another generator at {at}: {text}");
            let calls = text.contains("getrandom::") && source.path != SOURCE;
            assert!(!calls, "the generator is called past the source at {at}");
        }
        let is_manifest = source.path.ends_with("Cargo.toml");
        let mut keys = source.text.lines().filter_map(|line| {
            let mut words = line.trim_start().split(['=', '.', ' ']);
            words.next()
        });
        let is_generator =
            |key: &str| key == "rand" || key.starts_with("rand_") || key.starts_with("fastrand");
        let depends = keys.any(is_generator);
        assert!(
            !(is_manifest && depends),
            "{} depends on a generator",
            source.path
        );
    }
}

/// The same source gives the same, another one something else: nothing else has a part in it.
async fn check(make: impl AsyncFn(&Random) -> String) {
    let (one, again) = (make(&seeded("one")).await, make(&seeded("one")).await);
    assert_eq!(one, again, "it is made of something else than the source");
    let other = make(&seeded("other")).await;
    assert_ne!(one, other, "it is not made of the source");
}

#[test]
fn a50_no_crate_knows_another_generator() {
    check_sources(&sources());
}

#[tokio::test]
async fn a50_all_that_is_drawn_comes_from_the_source() {
    check(async |random| {
        let token = Token::generate(random).unwrap();
        token.encode().expose_secret().to_owned()
    })
    .await;
    check(async |random| Handle::generate(random).unwrap().to_string()).await;
    check(async |random| {
        let key = SealKey::generate(random).unwrap().encode();
        key.expose_str().unwrap().to_owned()
    })
    .await;
    let ring = KeyRing::new(SealKey::generate(&Random::system()).unwrap());
    let sealer = Sealer::new(ring, "a50");
    check(async |random| sealer.seal("name", b"text", random).unwrap()).await;
}

#[tokio::test]
async fn a50_sessions_are_drawn_from_the_source() {
    let on = |random: &Random| lifecycle(MemoryStore::new()).with_random(random.clone());
    check(async |random| sign_in(&on(random), "ada").await).await;
    check(async |random| {
        let session = on(random).session(&HeaderMap::new());
        session.log_in(login("ada")).await.unwrap();
        session.handle().await.unwrap().unwrap().to_string()
    })
    .await;
}

#[tokio::test]
async fn a50_state_and_verifier_are_drawn_from_the_source() {
    let site = Arc::new(SiteSetup::new(StoreKind::Memory).start().await);
    for parameter in ["state", "code_challenge"] {
        check(async |random| begun(&site.sign_in, random, parameter).unwrap()).await;
    }
}

mod with_a_fault {
    use std::hash::{BuildHasher, RandomState};
    use std::sync::atomic::{AtomicU64, Ordering};

    use portcullis_tests::Twin;

    use super::*;

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[test]
    fn GeneratorIsSmall() {
        let mut with_it = sources();
        with_it.push(Source {
            path: "crates/oauth/src/begin.rs".to_owned(),
            text: "let state: [u8; 32] = SmallRng::from_os_rng().random();".to_owned(),
        });
        let test = "a50_no_crate_knows_another_generator";
        let says = "another generator at crates/oauth/src/begin.rs:1";
        Twin::new("a50 GeneratorIsSmall", test, says).is_caught(|| check_sources(&with_it));
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn StateIsAHashOfACounter() {
        let calls = AtomicU64::new(0);
        let keys = RandomState::new();
        let state = async |_: &Random| {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            format!("{:016x}", keys.hash_one(call))
        };
        let test = "a50_state_and_verifier_are_drawn_from_the_source";
        let says = "it is made of something else than the source";
        Twin::new("a50 StateIsAHashOfACounter", test, says)
            .is_caught_async(check(state))
            .await;
    }

    #[expect(non_snake_case, reason = "the test is called what the fault is called")]
    #[tokio::test]
    async fn StateIsFixed() {
        let test = "a50_state_and_verifier_are_drawn_from_the_source";
        Twin::new("a50 StateIsFixed", test, "it is not made of the source")
            .is_caught_async(check(async |_: &Random| "state".to_owned()))
            .await;
    }
}
