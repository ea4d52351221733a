//! What reading and writing cookies costs in allocations.

use std::time::Duration;

use allocation_counter::measure;
use http::header::{COOKIE, HeaderMap, HeaderValue};
use portcullis_cookie::{CookiePolicy, Lifetime, pairs, values};

/// A header of 64 KiB with 1000 cookies, of which `ours` are called `id`.
fn bomb(ours: usize) -> HeaderMap {
    let mut line = String::new();
    for at in 0..1000 {
        let name = if at % 100 < ours { "id" } else { "bomb" };
        line.push_str(&format!("{name}={}; ", "x".repeat(62 - name.len())));
    }
    line.truncate(64 * 1024);
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, HeaderValue::try_from(line).expect("visible ASCII"));
    headers
}

#[test]
fn s37_a_thousand_cookies_are_read_without_an_allocation() {
    for ours in [0, 1, 100] {
        let headers = bomb(ours);
        let (mut found, mut all) = (0, 0);
        let info = measure(|| {
            found = values(&headers, "id").count();
            all = pairs(&headers).count();
        });
        assert_eq!((found, all), (ours * 10, 1000));
        assert_eq!(info.count_total, 0);
    }
}

#[test]
fn s37_without_a_cookie_header_nothing_is_allocated() {
    let headers = HeaderMap::new();
    let info = measure(|| assert_eq!(values(&headers, "id").count(), 0));
    assert_eq!(info.count_total, 0);
}

#[test]
fn s47_setting_a_cookie_is_one_allocation() {
    let policy = CookiePolicy::new("masker_session").build().unwrap();
    let value = "x".repeat(43);
    let lifetime = Lifetime::MaxAge(Duration::from_secs(2_592_000));
    let mut header = None;
    let info = measure(|| header = policy.set(&value, lifetime).ok());
    assert_eq!(header.map(|header| header.len()), Some(115));
    assert_eq!(info.count_total, 1);
}

#[test]
fn s47_a_clone_of_a_policy_is_no_allocation() {
    let policy = CookiePolicy::host("session").build().unwrap();
    let info = measure(|| assert!(policy.clone().is_secure()));
    assert_eq!(info.count_total, 0);
}
