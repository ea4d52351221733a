//! CVE-2024-47764: no byte of any field may end the field or begin another one.

use cookie::Cookie;
use portcullis_cookie::{CookiePolicy, CookiePolicyBuilder, Lifetime, RetiredCookie};

/// Each character of the first 256, alone, first, between and last in `around`.
fn texts(around: &str) -> impl Iterator<Item = (char, String)> {
    let (head, tail) = around.split_at(around.len() / 2);
    (0..=u8::MAX).map(char::from).flat_map(move |c| {
        [
            c.to_string(),
            format!("{c}{head}{tail}"),
            format!("{head}{c}{tail}"),
            format!("{head}{tail}{c}"),
            format!("{head}{c}"),
        ]
        .map(|text| (c, text))
    })
}

/// What a parser that is not ours finds in the line, if there is one.
fn parsed(policy: CookiePolicyBuilder, value: &str) -> Option<Cookie<'static>> {
    let header = policy.build().ok()?.set(value, Lifetime::Browser).ok()?;
    let line = header.to_str().expect("visible ASCII").to_owned();
    let attributes = line.split(';').count() - 1;
    let cookie = Cookie::parse(line.clone()).expect("a cookie");
    // HttpOnly, Secure, SameSite, Path, and Domain if there is one.
    assert_eq!(
        attributes,
        4 + usize::from(cookie.domain().is_some()),
        "{line}"
    );
    assert!(
        cookie.max_age().is_none() && cookie.expires().is_none(),
        "{line}"
    );
    assert!(
        cookie.secure() == Some(true) && cookie.http_only() == Some(true),
        "{line}"
    );
    assert!(
        line.bytes().all(|byte| (0x20..0x7f).contains(&byte)),
        "{line}"
    );
    Some(cookie)
}

#[test]
fn s27_every_byte_in_the_name() {
    let mut taken = 0;
    for (c, name) in texts("name") {
        let cookie = parsed(CookiePolicy::new(&name), "v");
        let token = c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        assert_eq!(cookie.is_some(), token, "{name:?}");
        if let Some(cookie) = cookie {
            assert_eq!((cookie.name(), cookie.value()), (&*name, "v"));
            taken += 1;
        }
    }
    assert_eq!(taken, 77 * 5);
}

#[test]
fn s27_every_byte_in_the_value() {
    let mut taken = 0;
    for (c, value) in texts("value") {
        let cookie = parsed(CookiePolicy::new("n"), &value);
        let octet = c.is_ascii_graphic() && !"\",;\\".contains(c);
        assert_eq!(cookie.is_some(), octet, "{value:?}");
        if let Some(cookie) = cookie {
            assert_eq!((cookie.name(), cookie.value()), ("n", &*value));
            taken += 1;
        }
    }
    assert_eq!(taken, 90 * 5);
}

#[test]
fn s27_every_byte_in_the_path() {
    let mut taken = 0;
    for (c, path) in texts("/path") {
        let cookie = parsed(CookiePolicy::new("n").with_path(&path), "v");
        let allowed = c.is_ascii_alphanumeric() || "-._~%!$&'()*+,=:@/".contains(c);
        assert_eq!(
            cookie.is_some(),
            allowed && path.starts_with('/'),
            "{path:?}"
        );
        if let Some(cookie) = cookie {
            assert_eq!(cookie.path(), Some(&*path));
            taken += 1;
        }
    }
    assert!(taken >= 80 * 3, "{taken}");
}

#[test]
fn s27_every_byte_in_the_domain() {
    let mut taken = 0;
    for (c, domain) in texts("sub.example") {
        let cookie = parsed(CookiePolicy::new("n").with_domain(&domain), "v");
        if let Some(cookie) = cookie {
            assert!(c.is_ascii_alphanumeric() || "-.".contains(c), "{domain:?}");
            assert_eq!(cookie.domain(), Some(&*domain.to_ascii_lowercase()));
            taken += 1;
        }
    }
    assert!(taken >= 62 * 2, "{taken}");
}

#[test]
fn s28_every_byte_in_a_retired_cookie() {
    let base = || CookiePolicy::new("n");
    let line = |retired: RetiredCookie| {
        let policy = base().with_retired(retired).build().ok()?;
        let header = policy.retired_removals().next()?;
        Some(header.to_str().unwrap().to_owned())
    };
    for (_, text) in texts("/text") {
        for retired in [
            RetiredCookie::new(&text),
            RetiredCookie::new("old").with_path(&text),
            RetiredCookie::new("old").with_domain(&text),
        ] {
            if let Some(line) = line(retired.clone()) {
                let cookie = Cookie::parse(line.clone()).unwrap();
                let (name, path) = (cookie.name().to_owned(), cookie.path().unwrap().to_owned());
                assert!(name == text || path == text, "{line}");
                assert_eq!(line.split(';').count() - 1, 6, "{line}");
            }
        }
    }
}
