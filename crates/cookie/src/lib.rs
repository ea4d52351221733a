#![cfg_attr(docsrs, feature(doc_cfg))]

//! Cookies that say what they are and are read as they came.
//!
//! 1. [`values`] and [`pairs`] read a request's cookies: all lines, duplicates too, names as bytes,
//!    without an allocation and without a way to fail.
//! 2. [`CookiePolicy`] is a cookie's name and attributes, checked when it is built; it writes the
//!    `Set-Cookie` that sets the cookie and the one that removes it.
//! 3. `Sealer` (feature `seal`) makes values that only the server can read and write, with keys
//!    that can be rotated.
//!
//! A session cookie, there and back:
//!
//! ```
//! use http::header::{COOKIE, HeaderMap, HeaderValue};
//! use portcullis_cookie::{CookiePolicy, Lifetime, values};
//!
//! let policy = CookiePolicy::host("session").build()?;
//! let set = policy.set("opaque", Lifetime::Browser)?;
//! assert_eq!(set, "__Host-session=opaque; HttpOnly; Secure; SameSite=Lax; Path=/");
//!
//! let mut headers = HeaderMap::new();
//! headers.insert(COOKIE, HeaderValue::from_static("theme=dark; __Host-session=opaque"));
//! assert!(values(&headers, policy.name()).eq([b"opaque"]));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! # What browsers must do
//!
//! | feature | what it gives | in a browser without it |
//! | --- | --- | --- |
//! | `Secure`, `HttpOnly` (RFC 6265 §4.1.2) | not over plain http, not to scripts | the network, or an injected script, reads the cookie |
//! | `__Host-` (RFC 6265bis §5.4) | set by this very host over https | a sibling domain can plant a cookie: duplicates are reported, so that the session layer can refuse them |
//! | `SameSite` (RFC 6265bis §5.6.7) | not with forged requests | the check of `Origin` and `Sec-Fetch-Site` is the defence left |
//! | `Partitioned` (CHIPS) | one cookie for each embedding site | an ordinary third-party cookie, or none |
//! | `Max-Age` up to 400 days (RFC 6265bis §5.5) | goes away in time | the server's own limits hold all the same |
//!
//! # Limits
//!
//! 64 KiB of `Cookie` headers are looked at. A `Set-Cookie` has 4096 bytes at most, attributes
//! included, an attribute 1024. Nothing panics, nothing is logged, no clock is read.

mod policy;
mod reader;
#[cfg(feature = "seal")]
mod seal;

pub use policy::{
    CookieError, CookieErrorKind, CookiePolicy, CookiePolicyBuilder, Lifetime, PolicyError,
    PolicyErrorKind, RetiredCookie, SameSite,
};
pub use reader::{Pairs, Values, pairs, values};
#[cfg(feature = "seal")]
#[cfg_attr(docsrs, doc(cfg(feature = "seal")))]
pub use seal::{
    KeyRing, Opened, SealError, SealErrorKind, SealKey, SealKeyError, SealKeyErrorKind, Sealer,
};
