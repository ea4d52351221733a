//! CVE-2025-54576, CVE-2026-40575, CVE-2026-41059, CVE-2026-34457, CVE-2022-22978, CVE-2026-33494:
//! paths that were let through without authentication by how they were spelled, or by a header.

use portcullis_tests::{Masker, StoreKind, workspace};

use super::support::{on_every_store, raw};

/// A guarded path, spelled in 60 ways.
const SPELLINGS: [&str; 60] = [
    "/api/v1/me",
    "/api/v1/me?",
    "/api/v1/me?/health",
    "/api/v1/me?x=/health",
    "/api/v1/me?path=/portal/portal.css",
    "/api/v1/me?/api/v1/auth/github",
    "/api/v1/me#/health",
    "/api/v1/me%23/health",
    "/api/v1/me%3f/health",
    "/api/v1/me;/health",
    "/api/v1/me;x=.css",
    "/api/v1/me.css",
    "/api/v1/me.json",
    "/api/v1/me/",
    "/api/v1/me//",
    "/api/v1/me/health",
    "/api/v1/me/..",
    "/api/v1/me/.",
    "/api/v1/./me",
    "/api/v1/../v1/me",
    "//api/v1/me",
    "///api/v1/me",
    "/api//v1/me",
    "/api/v1//me",
    "/./api/v1/me",
    "/../api/v1/me",
    "/health/../api/v1/me",
    "/health/%2e%2e/api/v1/me",
    "/health/..%2fapi/v1/me",
    "/health%2f..%2fapi/v1/me",
    "/health;/../api/v1/me",
    "/health//api/v1/me",
    "/portal/../api/v1/me",
    "/portal/portal.css/../../api/v1/me",
    "/portal/%2e%2e/api/v1/me",
    "/portal/..;/api/v1/me",
    "/api/v1/auth/github/../../me",
    "/api/v1/auth/github/%2e%2e/%2e%2e/me",
    "/api/v1/auth/github/callback/../../../me",
    "/api/v1/auth/github%2f..%2f..%2fme",
    "/api/v1/%6de",
    "/api/v1/%6D%65",
    "/%61pi/v1/me",
    "/api/v1%2fme",
    "/api%2fv1%2fme",
    "/api/v1/%252e%252e/v1/me",
    "/api/v1/me%00",
    "/api/v1/me%0a",
    "/api/v1/me%0d%0a",
    "/api/v1/me%0a/health",
    "/api/v1/me%09",
    "/api/v1/me%20",
    "/api/v1/me%e2%80%a8",
    "/api/v1/me%c0%af",
    "/API/v1/me",
    "/api/V1/ME",
    "/api\\v1\\me",
    "/api/v1\\..\\v1\\me",
    "http://localhost/api/v1/me",
    "http://evil.example/api/v1/me?/health",
];

/// What a proxy may have said of a request, and somebody else too.
const HEADERS: [(&str, &str); 14] = [
    ("x-nothing", "at-all"),
    ("x-original-url", "/health"),
    ("x-rewrite-url", "/health"),
    ("x-forwarded-uri", "/health"),
    ("x-forwarded-prefix", "/health"),
    ("x-forwarded-path", "/health"),
    ("x_forwarded_uri", "/health"),
    ("x-http-method-override", "OPTIONS"),
    ("x-forwarded-user", "alice-dev"),
    ("x-auth-request-user", "alice-dev"),
    ("authorization", "Basic YWxpY2UtZGV2Og=="),
    ("user-agent", "GoogleHC/1.0"),
    ("user-agent", "kube-probe/1.30"),
    ("user-agent", "ELB-HealthChecker/2.0"),
];

/// Whoever decides which requests need somebody who is signed in.
trait Gate {
    async fn ask(&self, target: &str, header: (&str, &str)) -> u16;
}

async fn check(gate: &impl Gate) {
    for target in SPELLINGS {
        for header in HEADERS {
            let status = gate.ask(target, header).await;
            // 400: no route is looked for, as the target is no address.
            assert!(
                [400, 401, 404].contains(&status),
                "let through, {status}: {target} with {header:?}"
            );
        }
    }
    let status = gate.ask(SPELLINGS[0], HEADERS[0]).await;
    assert_eq!(status, 401, "the plain spelling is guarded");
    assert_eq!(
        gate.ask("/health", HEADERS[0]).await,
        200,
        "what is open is open"
    );
}

impl Gate for Masker {
    async fn ask(&self, target: &str, (name, value): (&str, &str)) -> u16 {
        let head = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n{name}: {value}\r\n");
        let request = format!("{head}connection: close\r\n\r\n");
        let (status, answer) = raw(&self.address(), &request).await;
        assert!(!answer.contains("github_login"), "{target} {name}");
        status
    }
}

async fn a73_a_guarded_path_is_guarded_or_not_there_however_it_is_spelled(kind: StoreKind) {
    let masker = Masker::start(kind).await;
    // There is somebody who could be shown.
    let alice = masker.signed_in(Masker::ALICE).await;
    assert_eq!(alice.get(SPELLINGS[0]).await.status, 200);
    check(&masker).await;
}

on_every_store!(a73_a_guarded_path_is_guarded_or_not_there_however_it_is_spelled);

/// No layer looks at a path: what is exempt is a route that stands outside of the guards.
#[test]
fn a73_no_layer_reads_a_path() {
    let mut folders = vec![workspace().join("crates/tower/src"), server_source()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                let code = source.split("#[cfg(test)]").next().unwrap().lines();
                let code = code.filter(|line| !line.trim().starts_with("//"));
                let code: String = code.collect();
                seen += 1;
                for word in ["uri().path()", "insecure_bypass", "Regex", "OriginalUri"] {
                    assert!(!code.contains(word), "{}: {word}", path.display());
                }
            }
        }
    }
    assert!(seen > 40, "{seen}");
}

fn server_source() -> std::path::PathBuf {
    workspace().join("examples/server/src")
}

/// A newline in a target or a path that was not encoded ends the request line.
#[tokio::test]
async fn a73_a_naked_newline_is_no_part_of_a_path() {
    let masker = Masker::start(StoreKind::Memory).await;
    for target in [
        "/api/v1/me\n/health",
        "/api/v1/me\r/health",
        "/health\n/api/v1/me",
        "/a b",
    ] {
        let status = masker.ask(target, HEADERS[0]).await;
        assert!([0, 400].contains(&status), "{status} for {target:?}");
    }
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Fault {
        Fragment,
        Header,
        Newline,
        Query,
        Traversal,
        UserAgent,
    }

    /// Decides by a rule on texts, and routes by what the text means.
    struct Model(Fault);

    impl Gate for Model {
        async fn ask(&self, target: &str, (name, value): (&str, &str)) -> u16 {
            let path = meaning(target);
            let exempt = match self.0 {
                Fault::Fragment => target.contains("#/health"),
                Fault::Header => name == "x-forwarded-uri" && value == "/health",
                Fault::Newline => path.contains('\n'),
                Fault::Query => target.ends_with("?x=/health"),
                Fault::Traversal => target.starts_with("/portal/"),
                Fault::UserAgent => value.starts_with("GoogleHC/"),
            };
            match (path.trim(), exempt) {
                ("/health", _) | ("/api/v1/me", true) => 200,
                ("/api/v1/me", false) => 401,
                _ => 404,
            }
        }
    }

    /// The path that a target means, as a server reads it that wants to be helpful.
    fn meaning(target: &str) -> String {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let path = path
            .replace("%0a", "\n")
            .replace("%2f", "/")
            .replace("%2e", ".");
        let mut segments = Vec::new();
        for segment in path.split('/') {
            match segment {
                "" | "." => {}
                ".." => drop(segments.pop()),
                segment => segments.push(segment),
            }
        }
        format!("/{}", segments.join("/"))
    }

    async fn is_caught(name: &'static str, fault: Fault, says: &'static str) {
        let test = "a73_a_guarded_path_is_guarded_or_not_there_however_it_is_spelled";
        let twin = Twin::new(name, test, says);
        twin.is_caught_async(check(&Model(fault))).await;
    }

    #[tokio::test]
    async fn rules_that_read_the_query() {
        let says = "let through, 200: /api/v1/me?x=/health";
        is_caught("a73 ReadsTheQuery", Fault::Query, says).await;
    }

    #[tokio::test]
    async fn rules_that_read_the_fragment() {
        let says = "let through, 200: /api/v1/me#/health";
        is_caught("a73 ReadsTheFragment", Fault::Fragment, says).await;
    }

    #[tokio::test]
    async fn rules_that_believe_a_header() {
        let says = "with (\"x-forwarded-uri\", \"/health\")";
        is_caught("a73 BelievesAHeader", Fault::Header, says).await;
    }

    #[tokio::test]
    async fn rules_that_believe_the_user_agent() {
        let says = "with (\"user-agent\", \"GoogleHC/1.0\")";
        is_caught("a73 BelievesTheUserAgent", Fault::UserAgent, says).await;
    }

    #[tokio::test]
    async fn rules_that_stop_at_a_newline() {
        let says = "let through, 200: /api/v1/me%0a";
        is_caught("a73 StopsAtANewline", Fault::Newline, says).await;
    }

    #[tokio::test]
    async fn rules_that_see_no_traversal() {
        let says = "let through, 200: /portal/../api/v1/me";
        is_caught("a73 SeesNoTraversal", Fault::Traversal, says).await;
    }
}
