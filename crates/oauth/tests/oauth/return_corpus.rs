//! Texts that try to lead a browser away, made by combining the ways in which it is tried.

use std::collections::BTreeSet;

const HOSTS: [&str; 8] = [
    "evil.example",
    "evil.example:443",
    "app.example.evil.example",
    "app.example@evil.example",
    "[::1]",
    "2130706433",
    "evil%2Eexample",
    "xn--evl-pma.example",
];

/// What stands before a host and makes it one for some reader.
const JOINTS: [&str; 30] = [
    "//",
    "///",
    "////",
    "/\\",
    "\\/",
    "\\\\",
    "/\\/",
    "//\\",
    "\\",
    "/\t/",
    "/\n/",
    "/\r/",
    "\t//",
    " //",
    "\u{b}//",
    "/%09/",
    "/%0a/",
    "/%0d/",
    "/%2f",
    "/%2F",
    "/%5c",
    "/%5C",
    "%2f%2f",
    "/%252f",
    "/.//",
    "/..//",
    "/x/..//",
    "/%2e%2e//",
    "/;//",
    "\u{a0}//",
];

const SCHEMES: [&str; 26] = [
    "http:",
    "https:",
    "http:/",
    "https:/",
    "http://",
    "https://",
    "HTTPS://",
    "https:///",
    "https:\\\\",
    "https:/\\",
    "ht\ttps://",
    "https\n://",
    " https://",
    "\u{0}https://",
    "\u{1}https://",
    "ftp://",
    "javascript:",
    "JaVaScRiPt:",
    "java\tscript:",
    "data:text/html,",
    "vbscript:",
    "file://",
    "blob:https://",
    "view-source:https://",
    "https%3a//",
    "//https://",
];

const PATHS: [&str; 7] = ["", "/", "/portal", "/portal?a=b", "/%2e%2e", "/#x", "?x"];

/// A path of ours, spoiled by what is put into it.
const SPOILS: [&str; 40] = [
    "\0",
    "\u{1}",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\u{b}",
    "\u{c}",
    "\u{1f}",
    "\u{7f}",
    " ",
    "\\",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{202e}",
    "\u{feff}",
    "\u{ff0f}",
    "\u{2215}",
    "é",
    "%00",
    "%01",
    "%09",
    "%0a",
    "%0d",
    "%0D%0ASet-Cookie:x=y",
    "%1f",
    "%7f",
    "%2f",
    "%2F",
    "%5c",
    "%5C",
    "%",
    "%2",
    "%zz",
    "%25",
    "%252f",
    "%255c",
    "%250a",
    "//",
];

const PLACES: [(&str, &str); 5] = [
    ("/", ""),
    ("/", "shady.example"),
    ("/portal", ""),
    ("/portal/", "x"),
    ("/a/b", "/c?d=e"),
];

const SEGMENTS: [&str; 12] = [
    ".", "..", "%2e", "%2E", "%2e%2e", ".%2e", "%2e.", "%2E%2e", "./..", "../..", "x/..", "x/../..",
];

/// At least 600 texts of which each must be refused.
pub(crate) fn off_site() -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for path in PATHS {
        for host in HOSTS {
            texts.extend(JOINTS.map(|joint| format!("{joint}{host}{path}")));
            texts.extend(SCHEMES.map(|scheme| format!("{scheme}{host}{path}")));
            texts.insert(format!("{host}{path}"));
            texts.insert(format!("@{host}{path}"));
            texts.insert(format!(".{host}{path}"));
        }
    }
    for (before, after) in PLACES {
        texts.extend(SPOILS.map(|spoil| format!("{before}{spoil}{after}")));
    }
    for segment in SEGMENTS {
        for rest in [
            "",
            "/",
            "//evil.example",
            "/evil.example",
            "\\evil.example",
            "?x",
        ] {
            texts.insert(format!("/{segment}{rest}"));
            texts.insert(format!("/portal/{segment}{rest}"));
            texts.insert(format!("{segment}{rest}"));
        }
    }
    for query in [
        "%0a",
        "%0d%0aX: y",
        "%00",
        "%",
        "%g0",
        " ",
        "\n",
        "\\\u{7f}",
        "é",
    ] {
        texts.insert(format!("/portal?next={query}"));
        texts.insert(format!("/portal#{query}"));
    }
    texts.extend(["", "portal", "?x", "#x", "*", ".", ":", "/\u{0}"].map(str::to_owned));
    texts.insert(format!("/{}", "x".repeat(2048)));
    texts
}

/// Paths that must be accepted as they are.
pub(crate) const ON_SITE: [&str; 24] = [
    "/",
    "/portal",
    "/portal/",
    "/a/b/c",
    "/portal?tab=devices",
    "/portal?next=%2Fdevices&x=a+b",
    "/portal?u=https://elsewhere.example/",
    "/portal?u=//elsewhere.example",
    "/portal#tab",
    "/portal?#",
    "/?",
    "/#",
    "/caf%C3%A9",
    "/a%20b",
    "/~user/.well-known/x",
    "/...",
    "/a..b",
    "/a;b=c",
    "/@name",
    "/a:b",
    "/https:x",
    "/x!$&'()*+,;=:@-._~",
    "/portal?q=%25",
    "/portal?q=a/b/../c",
];
