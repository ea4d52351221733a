//! A removal is taken by jars and removes exactly the cookie that was set.

use cookie_store::CookieStore;
use http::HeaderValue;
use portcullis_cookie::{CookiePolicy, CookiePolicyBuilder, Lifetime, RetiredCookie, SameSite};
use url::Url;

use super::MONTH;
use super::browser::{Browser, Origin};

const HTTPS: Origin = Origin {
    https: true,
    host: "app.example.com",
    embedded_in: None,
};
const HTTP: Origin = Origin {
    https: false,
    host: "localhost",
    embedded_in: None,
};
const EMBEDDED: Origin = Origin {
    embedded_in: Some("portal.example.org"),
    ..HTTPS
};

/// Every mix of the options that builds, and whence its cookies come.
fn every_configuration() -> Vec<(CookiePolicyBuilder, Origin)> {
    let names = [
        "sid",
        "__Secure-sid",
        "__Host-sid",
        "__Http-sid",
        "__Host-Http-sid",
    ];
    let sites = [SameSite::Lax, SameSite::None, SameSite::Strict];
    let mut all = Vec::new();
    for builder in names
        .map(CookiePolicy::new)
        .into_iter()
        .chain([CookiePolicy::host("sid")])
    {
        for mix in 0..32_u8 {
            let on = |bit: u8| mix & (1 << bit) != 0;
            for same_site in sites {
                let mut policy = builder.clone().with_same_site(same_site);
                policy = if on(0) {
                    policy.with_path("/app")
                } else {
                    policy
                };
                policy = if on(1) {
                    policy.with_partitioned()
                } else {
                    policy
                };
                policy = if on(2) {
                    policy.insecure_readable_by_scripts()
                } else {
                    policy
                };
                policy = if on(3) {
                    policy.insecure_over_http(HTTP.host)
                } else {
                    policy
                };
                policy = if on(4) {
                    policy.with_domain("example.com")
                } else {
                    policy
                };
                let from = match (on(3), same_site) {
                    (true, _) => HTTP,
                    (false, SameSite::None) => EMBEDDED,
                    (false, _) => HTTPS,
                };
                // Over plain http there is no example.com here.
                if policy.clone().build().is_ok() && !(on(3) && on(4)) {
                    all.push((policy, from));
                }
            }
        }
    }
    all
}

/// Other applications' cookies that look much like ours and must stay.
fn neighbours(name: &str) -> [String; 3] {
    let path = if name.to_ascii_lowercase().starts_with("__host-") {
        "/"
    } else {
        "/other"
    };
    [
        format!("{name}2=neighbour; Secure; HttpOnly; SameSite=None; Path={path}"),
        "other=neighbour; Secure; HttpOnly; SameSite=None; Path=/".to_owned(),
        "other=neighbour; Secure; HttpOnly; SameSite=None; Path=/app".to_owned(),
    ]
}

fn url(from: Origin) -> Url {
    let scheme = if from.https { "https" } else { "http" };
    Url::parse(&format!("{scheme}://{}/app/page", from.host)).expect("a URL")
}

fn live(jar: &CookieStore) -> Vec<String> {
    let mut values: Vec<_> = jar.iter_unexpired().map(|c| c.value().to_owned()).collect();
    values.sort_unstable();
    values
}

fn offer(jar: &mut CookieStore, header: &HeaderValue, from: Origin) {
    let line = header.to_str().expect("visible ASCII");
    jar.parse(line, &url(from))
        .expect("a cookie that the jar takes");
}

#[test]
fn s28_a_browser_takes_the_removal_in_every_configuration() {
    let all = every_configuration();
    assert!(all.len() > 60, "{}", all.len());
    for (policy, from) in all {
        let policy = policy.build().unwrap();
        for lifetime in [Lifetime::Browser, MONTH] {
            let mut browser = Browser::default();
            let mut stay = Vec::new();
            for line in neighbours(policy.name()).into_iter().filter(|_| from.https) {
                browser
                    .take(&HeaderValue::try_from(line).unwrap(), from)
                    .unwrap();
                stay.push("neighbour");
            }
            browser
                .take(&policy.set("live", lifetime).unwrap(), from)
                .unwrap();
            assert_eq!(browser.values().len(), stay.len() + 1, "{policy:?}");
            browser.take(&policy.removal(), from).unwrap();
            assert_eq!(browser.values(), stay, "{policy:?}");
        }
    }
}

#[test]
fn s28_the_cookie_store_takes_the_removal_in_every_configuration() {
    for (policy, from) in every_configuration() {
        let policy = policy.build().unwrap();
        let mut jar = CookieStore::new();
        let mut stay = Vec::new();
        for line in neighbours(policy.name()) {
            offer(&mut jar, &HeaderValue::try_from(line).unwrap(), from);
            stay.push("neighbour");
        }
        offer(&mut jar, &policy.set("live", MONTH).unwrap(), from);
        assert_eq!(live(&jar).len(), stay.len() + 1, "{policy:?}");
        offer(&mut jar, &policy.removal(), from);
        assert_eq!(live(&jar), stay, "{policy:?}");
    }
}

/// The same for jars that know `Expires` alone.
#[test]
fn s28_the_removal_has_gone_by_its_date_too() {
    for (policy, from) in every_configuration() {
        let policy = policy.build().unwrap();
        let mut jar = CookieStore::new();
        offer(&mut jar, &policy.set("live", MONTH).unwrap(), from);
        let removal = policy.removal();
        let dated = removal.to_str().unwrap().replace("; Max-Age=0", "");
        assert_ne!(dated, removal.to_str().unwrap());
        offer(&mut jar, &HeaderValue::try_from(dated).unwrap(), from);
        assert!(live(&jar).is_empty(), "{policy:?}");
    }
}

/// The variants of which a migration is made, each as it was once set.
fn variants() -> Vec<(CookiePolicyBuilder, RetiredCookie)> {
    vec![
        (CookiePolicy::new("sid"), RetiredCookie::new("sid")),
        (
            CookiePolicy::new("sid").with_path("/app"),
            RetiredCookie::new("sid").with_path("/app"),
        ),
        (
            CookiePolicy::new("sid").with_domain("example.com"),
            RetiredCookie::new("sid").with_domain("Example.com"),
        ),
        (
            CookiePolicy::new("session")
                .with_domain("app.example.com")
                .with_path("/app"),
            RetiredCookie::new("session")
                .with_domain("app.example.com")
                .with_path("/app"),
        ),
        (CookiePolicy::host("old"), RetiredCookie::new("__Host-old")),
        (
            CookiePolicy::new("scripts").insecure_readable_by_scripts(),
            RetiredCookie::new("scripts"),
        ),
    ]
}

#[test]
fn s28_a_migration_removes_each_variant_and_nothing_else() {
    let mut current = CookiePolicy::host("session");
    for (_, retired) in variants() {
        current = current.with_retired(retired);
    }
    let current = current.build().unwrap();
    let (mut browser, mut jar) = (Browser::default(), CookieStore::new());
    for (old, _) in variants() {
        let line = old.build().unwrap().set("old", MONTH).unwrap();
        browser.take(&line, HTTPS).unwrap();
        offer(&mut jar, &line, HTTPS);
    }
    for line in [
        HeaderValue::from_static("sid=stays; Path=/other"),
        current.set("new", MONTH).unwrap(),
    ] {
        browser.take(&line, HTTPS).unwrap();
        offer(&mut jar, &line, HTTPS);
    }
    assert_eq!(browser.values().len(), variants().len() + 2);
    assert_eq!(live(&jar).len(), variants().len() + 2);

    assert_eq!(current.retired_removals().count(), variants().len());
    for line in current.retired_removals() {
        browser.take(&line, HTTPS).unwrap();
        offer(&mut jar, &line, HTTPS);
    }
    assert_eq!(browser.values(), ["new", "stays"]);
    assert_eq!(live(&jar), ["new", "stays"]);

    // Logging out removes the cookie itself first, then the variants once more.
    let removals: Vec<_> = current.removals().collect();
    assert_eq!(removals[0], current.removal());
    assert_eq!(removals.len(), variants().len() + 1);
    browser.take(&removals[0], HTTPS).unwrap();
    assert_eq!(browser.values(), ["stays"]);
}

#[test]
fn s28_a_migration_into_a_partition_removes_what_was_outside() {
    let plain = || CookiePolicy::host("sid").with_same_site(SameSite::None);
    let old = plain().build().unwrap();
    let new = plain()
        .with_partitioned()
        .with_retired(RetiredCookie::new("__Host-sid"))
        .build()
        .unwrap();
    let mut browser = Browser::default();
    browser
        .take(&old.set("old", MONTH).unwrap(), EMBEDDED)
        .unwrap();
    browser
        .take(&new.set("new", MONTH).unwrap(), EMBEDDED)
        .unwrap();
    assert_eq!(browser.values(), ["new", "old"]);
    for line in new.retired_removals() {
        browser.take(&line, EMBEDDED).unwrap();
    }
    assert_eq!(browser.values(), ["new"]);

    let back = plain().with_retired(RetiredCookie::new("__Host-sid").with_partitioned());
    let back = back.build().unwrap();
    browser
        .take(&back.set("back", MONTH).unwrap(), EMBEDDED)
        .unwrap();
    for line in back.retired_removals() {
        browser.take(&line, EMBEDDED).unwrap();
    }
    assert_eq!(browser.values(), ["back"]);
}

#[test]
fn s28_a_retired_cookie_is_another_cookie() {
    use portcullis_cookie::PolicyErrorKind::{Domain, Name, Path, Prefix, Retired};

    let fault = |retired| {
        let policy = CookiePolicy::host("sid").with_retired(retired).build();
        policy.err().map(|error| error.kind())
    };
    assert_eq!(fault(RetiredCookie::new("__Host-sid")), Some(Retired));
    assert_eq!(
        fault(RetiredCookie::new("__Host-sid").with_partitioned()),
        None
    );
    assert_eq!(
        fault(RetiredCookie::new("__Host-sid").with_path("/a")),
        Some(Prefix)
    );
    assert_eq!(fault(RetiredCookie::new("sid;")), Some(Name));
    assert_eq!(fault(RetiredCookie::new("sid").with_path("a")), Some(Path));
    assert_eq!(
        fault(RetiredCookie::new("sid").with_domain(".a.b")),
        Some(Domain)
    );
    assert_eq!(
        fault(RetiredCookie::new("sid").with_domain("a.b").with_path("/a")),
        None
    );
}

#[test]
fn s28_plain_http_leaves_alone_what_only_https_can_remove() {
    let policy = CookiePolicy::host("session")
        .with_retired(RetiredCookie::new("__Secure-sid"))
        .with_retired(RetiredCookie::new("sid"))
        .with_retired(RetiredCookie::new("part").with_partitioned())
        .insecure_over_http("localhost")
        .build()
        .unwrap();
    let mut browser = Browser::default();
    for line in policy.removals() {
        browser.take(&line, HTTP).unwrap();
    }
    let names: Vec<_> = policy
        .removals()
        .map(|line| line.to_str().unwrap().split('=').next().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["session", "sid"]);
}
