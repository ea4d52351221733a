//! Settings that cannot be meant: the server does not start, and says which it is.

use std::time::Duration;

use portcullis_cookie::{CookiePolicy, SameSite, SealKey};
use portcullis_core::{Random, Secret};
use portcullis_oauth::GithubConfig;
use portcullis_session::{CachedStore, MemoryStore, SessionPolicy, Sliding};
use portcullis_sqlite::SqliteConfig;
use portcullis_tests::Program;

use crate::measured::Measured;

const PATH: &str = env!("CARGO_BIN_EXE_server-under-test");
const DAY: Duration = Duration::from_secs(86_400);

/// What a setting was refused with; it must name it.
fn refused<T, E: std::fmt::Display>(built: Result<T, E>, name: &str) -> usize {
    let Err(error) = built else {
        panic!("{name} was taken");
    };
    let message = error.to_string();
    assert!(message.contains(name), "{name}: {message}");
    1
}

fn policy() -> SessionPolicy {
    SessionPolicy::new(CookiePolicy::host("session").build().unwrap())
}

fn cookies() -> usize {
    let host = || CookiePolicy::host("session");
    let named = |name: &str| CookiePolicy::new(name);
    let over_http = "without secure is for localhost";
    refused(host().insecure_over_http("example.com").build(), over_http)
        + refused(
            named("a").insecure_over_http("example.com").build(),
            over_http,
        )
        + refused(
            named("__Host-a").insecure_over_http("localhost").build(),
            "prefix",
        )
        + refused(
            named("__Secure-a").dangerous_over_http_anywhere().build(),
            "prefix",
        )
        + refused(named("__Host-a").with_path("/b").build(), "prefix")
        + refused(host().with_domain("example.com").build(), "prefix")
        + refused(named("a b").build(), "name")
        + refused(named("").build(), "name")
        + refused(
            named("a")
                .with_same_site(SameSite::None)
                .insecure_over_http("localhost")
                .build(),
            "samesite=none",
        )
}

fn lifetimes() -> usize {
    let limits = |idle, absolute| policy().with_limits(idle, absolute);
    let sliding = |window| policy().with_sliding(Sliding::AtMostEvery(window));
    refused(limits(Duration::ZERO, DAY), "idle limit")
        + refused(limits(Duration::from_millis(999), DAY), "idle limit")
        + refused(limits(401 * DAY, 401 * DAY), "idle limit")
        + refused(limits(Duration::MAX, Duration::MAX), "idle limit")
        + refused(limits(DAY, Duration::ZERO), "absolute limit")
        + refused(
            limits(DAY, 400 * DAY + Duration::from_nanos(1)),
            "absolute limit",
        )
        + refused(limits(DAY, Duration::MAX), "absolute limit")
        + refused(sliding(30 * DAY), "renewal window")
        + refused(sliding(Duration::MAX), "renewal window")
        + refused(policy().with_grace(Duration::MAX), "grace window")
        + refused(policy().with_max_bytes(0), "size of the values")
        + refused(policy().with_max_bytes(usize::MAX), "size of the values")
        + refused(
            CachedStore::new(MemoryStore::new()).with_staleness(Duration::MAX),
            "staleness",
        )
        + refused(
            CachedStore::new(MemoryStore::new()).with_capacity(0),
            "sessions kept",
        )
}

fn secrets() -> usize {
    let config = |id: &str, secret: &str| {
        let redirect = "https://example.com/callback";
        GithubConfig::builder(id, Secret::from(secret.to_owned()), redirect).build()
    };
    let key = |bytes: &[u8]| SealKey::try_from(bytes);
    refused(config("", "secret"), "client id")
        + refused(config("client", ""), "client secret")
        + refused(config("client", "a b"), "client secret")
        + refused(key(b""), "sealing key")
        + refused(key(b"short"), "sealing key")
        + refused(key(&[0; 32]), "sealing key")
        + refused(key(&[7; 33]), "sealing key")
        + refused("".parse::<SealKey>(), "sealing key")
        + refused(SealKey::generate(&Random::repeating(1)), "sealing key")
}

fn stores() -> usize {
    let folder = tempfile::tempdir().unwrap();
    let config = || SqliteConfig::new(folder.path().join("a.db"));
    let setting = "setting";
    refused(config().with_readers(0).open(), setting)
        + refused(config().with_queue(0).open(), setting)
        + refused(config().with_deadline(Duration::ZERO).open(), setting)
        + refused(config().with_deadline(Duration::MAX).open(), setting)
        + refused(config().with_renewal_delay(DAY).open(), setting)
}

/// The program itself, which ends with a sentence that begins with the variable.
fn program() -> usize {
    let (id, secret) = (("GITHUB_CLIENT_ID", "a"), ("GITHUB_CLIENT_SECRET", "b"));
    let table: [&[(&str, &str)]; 7] = [
        &[("GITHUB_CLIENT_SECRET", ""), id],
        &[("GITHUB_CLIENT_ID", ""), secret],
        &[("GITHUB_CLIENT_SECRET", "\u{e9}"), id],
        &[("PUBLIC_URL", "http://example.com")],
        &[("DATABASE_URL", "redis://localhost")],
        &[("REDIS_URL", "redis://localhost")],
        &[("TLS_KEY", "/dev/null")],
    ];
    for variables in table {
        let (status, output, errors) = Program::start(PATH, variables).end();
        assert_eq!(
            (status.code(), output.as_str()),
            (Some(1), ""),
            "{variables:?}"
        );
        let named = format!("server: {} ", variables[0].0);
        let sentence = errors.lines().last().unwrap_or_default();
        assert!(sentence.starts_with(&named), "{variables:?}: {errors}");
    }
    table.len()
}

#[test]
fn e44_a_setting_that_cannot_be_meant_is_refused_by_its_name() {
    let (built, started) = (cookies() + lifetimes() + secrets() + stores(), program());
    Measured {
        number: 44,
        what: "misuse at start-up",
        target: "refuses to start; message names the setting",
        found: format!("{built} settings refused when built, {started} by the program"),
    }
    .note();
}
