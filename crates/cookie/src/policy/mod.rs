//! What a cookie is called and which attributes it carries.

mod builder;
mod error;
mod loopback;
mod shape;

use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

pub use builder::{CookiePolicyBuilder, RetiredCookie};
pub use error::{CookieError, CookieErrorKind, PolicyError, PolicyErrorKind};
use shape::Shape;

/// How long a line a jar must take: name, value and attributes together (RFC 6265 §6.1).
const MAX_LINE: usize = 4096;

/// How long a jar keeps a cookie at most: 400 days (RFC 6265bis §5.5).
const MAX_AGE: u64 = 400 * 24 * 60 * 60;

/// The name and the attributes of a cookie, checked once; clones share them.
///
/// Unless told otherwise a cookie is `HttpOnly; Secure; SameSite=Lax; Path=/` and has no `Domain`.
/// Attributes are always written in the order `HttpOnly`, `Secure`, `SameSite`, `Partitioned`,
/// `Path`, `Domain`, `Max-Age`, `Expires`.
///
/// ```
/// use portcullis_cookie::{CookiePolicy, Lifetime, PolicyErrorKind};
/// use std::time::Duration;
///
/// let policy = CookiePolicy::host("session").build()?;
/// let month = Lifetime::MaxAge(Duration::from_secs(2_592_000));
/// assert_eq!(
///     policy.set("opaque", month)?,
///     "__Host-session=opaque; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=2592000",
/// );
///
/// // A mix that browsers would refuse is refused when it is built.
/// let error = CookiePolicy::host("session").with_domain("example.com").build().unwrap_err();
/// assert_eq!(error.kind(), PolicyErrorKind::Prefix);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct CookiePolicy(Arc<Inner>);

struct Inner {
    builder: CookiePolicyBuilder,
    shape: Shape,
    /// The attributes that are the same each time, from the first `; ` on.
    attributes: Box<str>,
    removal: HeaderValue,
    retired: Box<[HeaderValue]>,
}

/// When a cookie goes away by itself. Complete: it has an age, or it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lifetime {
    /// When the browser is closed, or later: browsers that restore tabs keep such cookies.
    Browser,
    /// After this time, in whole seconds rounded down, at most 400 days (RFC 6265bis §5.5).
    ///
    /// A cookie with less than a second to live is removed instead of set.
    MaxAge(Duration),
}

/// Which requests of other sites carry the cookie (RFC 6265bis §5.6.7). Complete: browsers know
/// these three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SameSite {
    /// Those that open a page by a safe method. The default.
    #[default]
    Lax,
    /// All. Needs `Secure`; whoever chooses it must have another defence against forged requests.
    None,
    /// None; also not the redirect that comes back from a sign-in elsewhere.
    Strict,
}

impl CookiePolicy {
    /// Begins a policy for a cookie called `name`, which must be a token (RFC 9110 §5.6.2).
    ///
    /// A name that begins with `__Host-`, `__Secure-`, `__Http-` or `__Host-Http-`, in whatever
    /// case, obliges to the attributes that browsers ask for it. New services should take
    /// [`CookiePolicy::host`].
    #[expect(
        clippy::new_ret_no_self,
        reason = "a policy exists only once it was checked, by `build`"
    )]
    pub fn new(name: &str) -> CookiePolicyBuilder {
        CookiePolicyBuilder::new(name, false)
    }

    /// Begins a policy for a cookie called `__Host-` and `name`.
    ///
    /// Browsers take such a cookie only from this very host over https, so that neither a sibling
    /// domain nor plain http can plant one. Over plain http
    /// ([`CookiePolicyBuilder::insecure_over_http`]) the prefix is left away.
    pub fn host(name: &str) -> CookiePolicyBuilder {
        CookiePolicyBuilder::new(name, true)
    }

    /// Derives a policy with the same attributes whose name is longer by `suffix`.
    ///
    /// For cookies of which there are several at once. Retired cookies stay with the first policy.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the longer name is not a token, or too long.
    pub fn with_suffix(&self, suffix: &str) -> Result<Self, PolicyError> {
        self.0.builder.clone().suffixed(suffix).build()
    }

    /// The cookie's full name, prefix included.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.shape.name
    }

    /// Which requests of other sites carry the cookie.
    #[must_use]
    pub fn same_site(&self) -> SameSite {
        self.0.shape.same_site
    }

    /// Whether the cookie travels over https alone; false in the development profile.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.shape.secure
    }

    /// Writes the `Set-Cookie` header that gives the cookie `value`.
    ///
    /// The header is marked sensitive: HTTP/2 does not index it and `Debug` does not print it.
    ///
    /// # Errors
    ///
    /// [`CookieError`] if `value` has a byte other than `cookie-octet` (RFC 6265 §4.1.1: visible
    /// ASCII without `"`, `,`, `;` and `\`), or if the whole line would exceed 4096 bytes.
    pub fn set(&self, value: &str, lifetime: Lifetime) -> Result<HeaderValue, CookieError> {
        if !value.bytes().all(is_cookie_octet) {
            return Err(CookieError::new(CookieErrorKind::Value));
        }
        match lifetime.seconds() {
            Some(0) => Ok(self.removal()),
            seconds => self.0.line(value, seconds),
        }
    }

    /// The `Set-Cookie` header that makes a browser forget the cookie.
    #[must_use]
    pub fn removal(&self) -> HeaderValue {
        self.0.removal.clone()
    }

    /// The `Set-Cookie` headers that make a browser forget the retired variants, in the order in
    /// which they were named.
    pub fn retired_removals(&self) -> impl Iterator<Item = HeaderValue> + '_ {
        self.0.retired.iter().cloned()
    }

    /// The `Set-Cookie` headers that make a browser forget the cookie and its retired variants.
    pub fn removals(&self) -> impl Iterator<Item = HeaderValue> + '_ {
        std::iter::once(self.removal()).chain(self.retired_removals())
    }
}

impl fmt::Debug for CookiePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookiePolicy")
            .field("name", &self.0.shape.name)
            .field("attributes", &self.0.attributes)
            .field("retired", &self.0.retired)
            .finish()
    }
}

impl Inner {
    /// Joins the line in one allocation: this runs on each request that renews its session.
    fn line(&self, value: &str, seconds: Option<u64>) -> Result<HeaderValue, CookieError> {
        let name = &self.shape.name;
        let age = seconds.map_or(0, max_age_len);
        let len = name.len() + 1 + value.len() + self.attributes.len() + age;
        if len > MAX_LINE {
            return Err(CookieError::new(CookieErrorKind::TooLong));
        }
        let mut line = String::with_capacity(len);
        line.extend([name, "=", value, &self.attributes]);
        if let Some(seconds) = seconds {
            // Writing to a string cannot fail.
            let _ = write!(line, "{MAX_AGE_IS}{seconds}");
        }
        let value = HeaderValue::try_from(line);
        let mut value = value.map_err(|_| CookieError::new(CookieErrorKind::Value))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

const MAX_AGE_IS: &str = "; Max-Age=";

fn max_age_len(seconds: u64) -> usize {
    let digits = seconds.checked_ilog10().unwrap_or(0) + 1;
    MAX_AGE_IS.len() + usize::try_from(digits).unwrap_or(usize::MAX)
}

impl Lifetime {
    fn seconds(self) -> Option<u64> {
        match self {
            Self::Browser => None,
            Self::MaxAge(age) => Some(age.as_secs().min(MAX_AGE)),
        }
    }
}

/// `cookie-octet` of RFC 6265 §4.1.1.
const fn is_cookie_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s11_an_age_is_rounded_down_and_at_most_400_days() {
        let seconds = |age| Lifetime::MaxAge(age).seconds();
        assert_eq!(Lifetime::Browser.seconds(), None);
        assert_eq!(seconds(Duration::ZERO), Some(0));
        assert_eq!(seconds(Duration::from_millis(1999)), Some(1));
        assert_eq!(seconds(Duration::from_secs(34_559_999)), Some(34_559_999));
        assert_eq!(seconds(Duration::from_secs(34_560_001)), Some(34_560_000));
        assert_eq!(seconds(Duration::MAX), Some(34_560_000));
    }

    #[test]
    fn the_length_of_an_age_is_that_of_what_is_written() {
        for seconds in [0, 1, 9, 10, 99, 100, 2_592_000, 34_560_000, u64::MAX] {
            let written = format!("{MAX_AGE_IS}{seconds}");
            assert_eq!(max_age_len(seconds), written.len());
        }
    }
}
