//! Which cookies a policy writes, and which mixes it refuses.

mod browser;
mod fields;
mod removal;

use std::time::Duration;

use portcullis_cookie::{
    CookieErrorKind, CookiePolicy, CookiePolicyBuilder, Lifetime, PolicyErrorKind, RetiredCookie,
    SameSite,
};

const MONTH: Lifetime = Lifetime::MaxAge(Duration::from_secs(30 * 24 * 60 * 60));

fn line(policy: CookiePolicyBuilder, lifetime: Lifetime) -> String {
    let policy = policy.build().expect("a policy that can be");
    let header = policy.set("v", lifetime).expect("a short value");
    header.to_str().expect("visible ASCII").to_owned()
}

fn fault(policy: CookiePolicyBuilder) -> PolicyErrorKind {
    let error = policy.build().expect_err("a policy that cannot be");
    error.kind()
}

#[test]
fn s27_the_default_cookie() {
    assert_eq!(
        line(CookiePolicy::host("session"), Lifetime::Browser),
        "__Host-session=v; HttpOnly; Secure; SameSite=Lax; Path=/"
    );
}

#[test]
fn s27_the_line_of_a_contract_is_literal() {
    let policy = CookiePolicy::new("masker_session").build().unwrap();
    assert_eq!(
        policy.set("opaque", MONTH).unwrap(),
        "masker_session=opaque; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=2592000"
    );
    assert_eq!(
        policy.removal(),
        "masker_session=; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=0; \
         Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    );
}

#[test]
fn s27_every_attribute_has_its_place() {
    let policy = CookiePolicy::new("__Secure-id")
        .with_same_site(SameSite::None)
        .with_path("/app")
        .with_domain("Example.COM")
        .with_partitioned();
    assert_eq!(
        line(policy, MONTH),
        "__Secure-id=v; HttpOnly; Secure; SameSite=None; Partitioned; Path=/app; \
         Domain=example.com; Max-Age=2592000"
    );
    let policy = CookiePolicy::new("id")
        .with_same_site(SameSite::Strict)
        .insecure_readable_by_scripts()
        .insecure_over_http("localhost");
    assert_eq!(
        line(policy, Lifetime::Browser),
        "id=v; SameSite=Strict; Path=/"
    );
}

#[test]
fn s27_prefixes_ask_for_their_attributes_in_whatever_case() {
    let plain = |name: &str| CookiePolicy::new(name).dangerous_over_http_anywhere();
    for name in [
        "__Host-x",
        "__host-x",
        "__HOST-x",
        "__Host-Http-x",
        "__hOST-hTTP-x",
    ] {
        assert!(CookiePolicy::new(name).build().is_ok(), "{name}");
        assert_eq!(fault(plain(name)), PolicyErrorKind::Prefix, "{name}");
        let shared = CookiePolicy::new(name).with_domain("example.com");
        assert_eq!(fault(shared), PolicyErrorKind::Prefix, "{name}");
        let below = CookiePolicy::new(name).with_path("/app");
        assert_eq!(fault(below), PolicyErrorKind::Prefix, "{name}");
    }
    for name in ["__Secure-x", "__secure-x", "__Http-x", "__HTTP-x"] {
        let shared = CookiePolicy::new(name)
            .with_domain("example.com")
            .with_path("/app");
        assert!(shared.build().is_ok(), "{name}");
        assert_eq!(fault(plain(name)), PolicyErrorKind::Prefix, "{name}");
    }
    for (name, by_http) in [
        ("__Http-x", true),
        ("__http-x", true),
        ("__Host-Http-x", true),
        ("__HOST-HTTP-x", true),
        ("__Host-x", false),
        ("__Secure-x", false),
        ("__Secure-Http-x", false),
        ("x__Http-", false),
    ] {
        let open = CookiePolicy::new(name)
            .insecure_readable_by_scripts()
            .build();
        assert_eq!(open.is_err(), by_http, "{name}");
    }
    for name in ["__Hos", "_Host-x", "x__Host-", "__Host_x", "Host-x"] {
        assert!(
            plain(name).with_domain("example.com").build().is_ok(),
            "{name}"
        );
    }
}

#[test]
fn s27_partitioned_and_none_need_secure() {
    let plain = || CookiePolicy::new("id").insecure_over_http("localhost");
    assert!(plain().build().is_ok());
    assert_eq!(
        fault(plain().with_partitioned()),
        PolicyErrorKind::Partitioned
    );
    let none = plain().with_same_site(SameSite::None);
    assert_eq!(fault(none), PolicyErrorKind::SameSite);
    assert!(plain().with_same_site(SameSite::Strict).build().is_ok());
}

#[test]
fn s27_names_domains_and_paths_that_browsers_refuse_are_refused() {
    for name in ["", "a b", "a=b", "a;b", "a,b", "\"a\"", "ä", "a\r\n", "a\0"] {
        assert_eq!(
            fault(CookiePolicy::new(name)),
            PolicyErrorKind::Name,
            "{name:?}"
        );
    }
    assert_eq!(fault(CookiePolicy::host("")), PolicyErrorKind::Name);
    for domain in ["", "com", ".example.com", "127.0.0.1", "a.b; Path=/x"] {
        let policy = CookiePolicy::new("id").with_domain(domain);
        assert_eq!(fault(policy), PolicyErrorKind::Domain, "{domain:?}");
    }
    for path in ["", "app", "/a; Domain=b.c", "/a b", "/../a"] {
        let policy = CookiePolicy::new("id").with_path(path);
        assert_eq!(fault(policy), PolicyErrorKind::Path, "{path:?}");
    }
}

#[test]
fn s27_attributes_have_1024_bytes_at_most() {
    let path = |len: usize| CookiePolicy::new("id").with_path(&format!("/{}", "p".repeat(len - 1)));
    assert!(path(1024).build().is_ok());
    assert_eq!(fault(path(1025)), PolicyErrorKind::TooLong);
}

#[test]
fn s27_a_name_must_leave_room_for_a_value() {
    let attributes = CookiePolicy::new("n").build().unwrap().removal().len() - 1;
    let named = |len: usize| CookiePolicy::new(&"n".repeat(len));
    assert!(named(4096 - attributes).build().is_ok());
    assert_eq!(fault(named(4097 - attributes)), PolicyErrorKind::TooLong);
}

#[test]
fn s27_a_line_has_4096_bytes_at_most() {
    let policy = CookiePolicy::host("session").build().unwrap();
    for lifetime in [Lifetime::Browser, MONTH] {
        let room = 4096 - policy.set("", lifetime).unwrap().len();
        let longest = policy.set(&"v".repeat(room), lifetime).unwrap();
        assert_eq!(longest.len(), 4096);
        let error = policy.set(&"v".repeat(room + 1), lifetime).unwrap_err();
        assert_eq!(error.kind(), CookieErrorKind::TooLong);
    }
}

#[test]
fn s11_no_age_panics_or_is_negative() {
    let policy = CookiePolicy::new("id").build().unwrap();
    let age = |age| {
        let header = policy.set("v", Lifetime::MaxAge(age)).unwrap();
        let cookie = cookie::Cookie::parse(header.to_str().unwrap().to_owned()).unwrap();
        cookie.max_age().unwrap().whole_seconds()
    };
    let days_400 = 400 * 86_400;
    assert_eq!(age(Duration::MAX), days_400);
    assert_eq!(age(Duration::from_secs(u64::MAX)), days_400);
    assert_eq!(age(Duration::from_secs(400 * 86_400 + 1)), days_400);
    assert_eq!(age(Duration::from_secs(400 * 86_400 - 1)), days_400 - 1);
    assert_eq!(age(Duration::from_millis(1_999)), 1);
    for shift in 0..64 {
        assert!((0..=days_400).contains(&age(Duration::from_millis(1 << shift))));
        assert!((0..=days_400).contains(&age(Duration::from_secs(1 << shift))));
    }
}

#[test]
fn s11_a_cookie_that_can_not_live_a_second_is_removed() {
    let policy = CookiePolicy::new("id").build().unwrap();
    for age in [Duration::ZERO, Duration::from_millis(999)] {
        let header = policy.set("secret", Lifetime::MaxAge(age)).unwrap();
        assert_eq!(header, policy.removal());
    }
    assert!(
        policy
            .set("bad value", Lifetime::MaxAge(Duration::ZERO))
            .is_err()
    );
}

#[test]
fn s4_the_value_does_not_print() {
    let policy = CookiePolicy::new("id").build().unwrap();
    let header = policy.set("canary", Lifetime::Browser).unwrap();
    assert!(header.is_sensitive());
    assert!(!format!("{header:?}").contains("canary"));
    let debug = format!("{policy:?}");
    assert!(
        debug.contains("id") && debug.contains("HttpOnly"),
        "{debug}"
    );
}

#[test]
fn s32_plain_http_is_for_this_machine() {
    for host in [
        "localhost",
        "localhost:3000",
        "app.localhost",
        "127.0.0.1:80",
        "[::1]:8080",
    ] {
        let policy = CookiePolicy::host("session").insecure_over_http(host);
        assert_eq!(
            line(policy, Lifetime::Browser),
            "session=v; HttpOnly; SameSite=Lax; Path=/",
            "{host}"
        );
    }
    for host in [
        "",
        "example.com",
        "0.0.0.0:3000",
        "192.168.1.2",
        "localhost.evil.com",
    ] {
        let policy = CookiePolicy::host("session").insecure_over_http(host);
        assert_eq!(fault(policy), PolicyErrorKind::InsecureHost, "{host}");
    }
}

#[test]
fn s32_plain_http_elsewhere_is_forced_by_name() {
    let policy = CookiePolicy::host("session").dangerous_over_http_anywhere();
    let policy = policy.build().unwrap();
    assert!(!policy.is_secure());
    assert_eq!(policy.name(), "session");
    assert!(CookiePolicy::host("session").build().unwrap().is_secure());
}

#[test]
fn s32_faults_of_production_show_in_development() {
    let shared = CookiePolicy::host("session").with_domain("example.com");
    let policy = shared.insecure_over_http("localhost");
    assert_eq!(fault(policy), PolicyErrorKind::Prefix);
    let retired = RetiredCookie::new("__Host-old").with_path("/app");
    let policy = CookiePolicy::host("session").with_retired(retired);
    assert_eq!(
        fault(policy.insecure_over_http("localhost")),
        PolicyErrorKind::Prefix
    );
}

#[test]
fn a_suffix_makes_another_cookie_of_the_same_kind() {
    let flows = CookiePolicy::host("oauth-")
        .with_same_site(SameSite::Strict)
        .with_retired(RetiredCookie::new("oauth"))
        .build()
        .unwrap();
    let flow = flows.with_suffix("Zm9v").unwrap();
    assert_eq!(flow.name(), "__Host-oauth-Zm9v");
    assert_eq!(flow.same_site(), SameSite::Strict);
    assert_eq!(flow.removals().count(), 1);
    let error = flows.with_suffix("a;b").unwrap_err();
    assert_eq!(error.kind(), PolicyErrorKind::Name);

    let plain = CookiePolicy::host("oauth-").insecure_over_http("localhost");
    let flow = plain.build().unwrap().with_suffix("Zm9v").unwrap();
    assert_eq!(flow.name(), "oauth-Zm9v");
    assert!(!flow.is_secure());
}
