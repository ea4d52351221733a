//! What the sign-in's interface takes and shows.

use std::fs;
use std::path::{Path, PathBuf};

use portcullis_core::{Digest, Random};
use portcullis_tests::{Site, SiteSetup, StoreKind, workspace};

/// The sources of a crate, without tests, each with its path.
fn sources(krate: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
                found.push((path, uncommented(code)));
            }
        }
    }
    let mut found = Vec::new();
    walk(
        &workspace().join("crates").join(krate).join("src"),
        &mut found,
    );
    assert!(found.len() > 5, "{krate}");
    found
}

fn uncommented(code: &str) -> String {
    let lines = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The public signatures of a source: functions and types up to their bodies, and heads of `impl`s.
fn signatures(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for opening in [
        "pub fn ",
        "pub const fn ",
        "pub async fn ",
        "pub type ",
        "pub trait ",
        "\nimpl",
    ] {
        for (at, _) in code.match_indices(opening) {
            let rest = &code[at..];
            let end = rest.find(['{', ';']).unwrap_or(rest.len());
            found.push(rest[..end].split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    found
}

#[test]
fn o92_no_client_or_tls_type_is_in_a_public_signature() {
    let foreign = [
        "reqwest::",
        "oauth2::",
        "rustls",
        "aws_lc",
        "hyper::",
        "url::",
        "Url",
    ];
    // Private items may name them; so may impls that nobody outside can see.
    let private = ["AsyncHttpClient", "ExtraTokenFields"];
    let mut seen = 0;
    for krate in ["oauth", "tower"] {
        for (path, code) in sources(krate) {
            for signature in signatures(&code) {
                seen += 1;
                let is_private = private.iter().any(|name| signature.contains(name));
                let found = foreign.iter().find(|name| signature.contains(**name));
                assert!(
                    is_private || found.is_none(),
                    "{}: {signature}",
                    path.display()
                );
            }
        }
    }
    assert!(seen > 200, "{seen}");
}

#[test]
fn o90_time_and_randomness_are_taken_from_nowhere_else() {
    let own = [
        "SystemTime::now",
        "Instant::now",
        "getrandom::",
        "thread_rng",
        "rand::",
        "OsRng",
    ];
    for krate in ["cookie", "oauth", "session", "sqlite", "tower"] {
        for (path, code) in sources(krate) {
            let found: Vec<_> = own.iter().filter(|name| code.contains(**name)).collect();
            // Stores measure how long things take, which is not the time of day.
            let is_measure = ["session", "sqlite"].contains(&krate) && found == [&"Instant::now"];
            assert!(
                found.is_empty() || is_measure,
                "{}: {found:?}",
                path.display()
            );
        }
    }
}

#[tokio::test]
async fn o90_with_the_same_clock_and_randomness_a_flow_is_the_same() {
    let mut locations = Vec::new();
    for _ in 0..2 {
        let draws = std::sync::atomic::AtomicU32::new(0);
        let random = Random::test(move |bytes| {
            let draw = draws.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let digest = Digest::of(&draw.to_be_bytes());
            bytes.copy_from_slice(&digest.as_bytes()[..bytes.len()]);
            Ok(())
        });
        let setup = SiteSetup::new(StoreKind::Memory).with_random(random);
        let site = setup.with_public("https://app.example").start().await;
        let started = site.browser().get(Site::START).await;
        let location = started.location().replace(site.github.web_url(), "");
        locations.push(location);
    }
    assert_eq!(locations[0], locations[1]);
    assert!(locations[0].contains("state="));
}

#[tokio::test]
async fn o90_without_random_bytes_no_flow_begins() {
    let setup = SiteSetup::new(StoreKind::Memory).with_random(Random::failing());
    let site = setup.start().await;
    let answer = site.browser().get(Site::START).await;
    assert_eq!(answer.refusal(), (500, "internal".to_owned()));
    assert_eq!(answer.set_cookies(), [""; 0]);
}
