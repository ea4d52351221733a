//! Sources of bytes that a test chooses, and the sources of the crates.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use portcullis_core::{Digest, Random};
use portcullis_oauth::{GithubSignIn, Intent, StartFacts};
use portcullis_tests::workspace;

/// A source that gives the same bytes each time it is made from this seed.
pub(super) fn seeded(seed: &'static str) -> Random {
    let calls = Arc::new(AtomicU64::new(0));
    Random::test(move |bytes| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        for (chunk, at) in bytes.chunks_mut(32).zip(0_u64..) {
            let parts = [seed.as_bytes(), &call.to_be_bytes(), &at.to_be_bytes()];
            let digest = Digest::of_parts(&parts);
            chunk.copy_from_slice(&digest.as_bytes()[..chunk.len()]);
        }
        Ok(())
    })
}

/// A parameter of the address to which a sign-in leads; `None` if none begins.
pub(super) fn begun(sign_in: &GithubSignIn, random: &Random, parameter: &str) -> Option<String> {
    let headers = HeaderMap::new();
    let facts = StartFacts {
        headers: &headers,
        return_to: None,
        intent: Intent::LogIn,
    };
    let started = sign_in.clone().with_random(random.clone()).start(&facts);
    let location = started.ok()?.location;
    let url = url::Url::parse(location.to_str().expect("visible ASCII")).expect("an address");
    let mut pairs = url.query_pairs();
    let (_, value) = pairs.find(|(name, _)| name == parameter)?;
    Some(value.into_owned())
}

/// A file of one of the crates that are published, up to its tests.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

/// The sources of all crates but the test kit, and their manifests.
pub(super) fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for entry in fs::read_dir(workspace().join("crates")).expect("the crates") {
        let folder = entry.expect("a folder").path();
        if !folder.ends_with("testkit") && folder.is_dir() {
            found.push(read(&folder.join("Cargo.toml")));
            collect(&folder.join("src"), &mut found);
        }
    }
    assert!(found.len() > 100, "only {} files", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            collect(&path, found);
        } else if name != "tests.rs" && name != "fixtures.rs" {
            found.push(read(&path));
        }
    }
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("text");
    let code = text.split("#[cfg(test)]\nmod tests {").next();
    let shown = path.strip_prefix(workspace()).unwrap_or(path);
    Source {
        path: shown.display().to_string(),
        text: code.unwrap_or_default().to_owned(),
    }
}

/// The lines that are code, each with its number.
pub(super) fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}
