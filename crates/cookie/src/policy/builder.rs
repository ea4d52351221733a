use std::sync::Arc;

use http::HeaderValue;

use super::loopback::is_loopback;
use super::shape::Shape;
use super::{CookiePolicy, Inner, PolicyError, PolicyErrorKind, SameSite};

/// A cookie policy in the making; [`CookiePolicyBuilder::build`] checks it.
#[derive(Clone)]
#[must_use = "a policy is made by `build`"]
pub struct CookiePolicyBuilder {
    shape: Shape,
    with_host_prefix: bool,
    plain_http: Option<PlainHttp>,
    retired: Vec<RetiredCookie>,
}

#[derive(Clone)]
enum PlainHttp {
    Anywhere,
    At(String),
}

impl CookiePolicyBuilder {
    pub(super) fn new(name: &str, with_host_prefix: bool) -> Self {
        Self {
            shape: Shape {
                name: name.to_owned(),
                domain: None,
                path: "/".to_owned(),
                partitioned: false,
                http_only: true,
                secure: true,
                same_site: SameSite::default(),
            },
            with_host_prefix,
            plain_http: None,
            retired: Vec::new(),
        }
    }

    /// Chooses which requests of other sites carry the cookie. Default: [`SameSite::Lax`].
    pub fn with_same_site(mut self, same_site: SameSite) -> Self {
        self.shape.same_site = same_site;
        self
    }

    /// Keeps the cookie to paths below `path`. Default: `/`.
    ///
    /// # Security
    ///
    /// A path keeps nobody out: pages of the same host reach each other's cookies.
    pub fn with_path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.shape.path);
        self
    }

    /// Shares the cookie with all subdomains of `domain`. Default: this host alone.
    ///
    /// `domain` is a DNS name of two labels or more, without a leading dot; its case is of no
    /// matter.
    ///
    /// # Security
    ///
    /// Each subdomain, the least of them too, then receives the cookie and can replace it.
    pub fn with_domain(mut self, domain: &str) -> Self {
        self.shape.domain = Some(domain.to_ascii_lowercase());
        self
    }

    /// Keeps one cookie for each site in which this one is embedded (CHIPS). Default: off.
    pub fn with_partitioned(mut self) -> Self {
        self.shape.partitioned = true;
        self
    }

    /// Names an older variant of the cookie, which [`CookiePolicy::removals`] then removes too.
    /// Call it once for each. Default: none.
    ///
    /// Over plain http, a variant that only https could have set is left alone.
    pub fn with_retired(mut self, cookie: RetiredCookie) -> Self {
        self.retired.push(cookie);
        self
    }

    /// Leaves `HttpOnly` away. Default: written.
    ///
    /// # Security
    ///
    /// Any script on the page, an injected one too, can then read the cookie. Never for a session.
    pub fn insecure_readable_by_scripts(mut self) -> Self {
        self.shape.http_only = false;
        self
    }

    /// Leaves `Secure` and the prefix of [`CookiePolicy::host`] away, for development over plain
    /// http at `host`. Default: off.
    ///
    /// `host` is where the browser finds the server, with or without a port: `localhost`, a name
    /// below `.localhost`, an address in `127.0.0.0/8`, or `[::1]`. Any other is refused by
    /// [`CookiePolicyBuilder::build`].
    ///
    /// # Security
    ///
    /// Whoever is on the way can read and replace the cookie; on the loopback interface nobody is.
    pub fn insecure_over_http(mut self, host: &str) -> Self {
        self.plain_http = Some(PlainHttp::At(host.to_owned()));
        self
    }

    /// Leaves `Secure` and the prefix of [`CookiePolicy::host`] away, whatever the host.
    /// Default: off.
    ///
    /// # Security
    ///
    /// Whoever is on the way can read and replace the cookie.
    pub fn dangerous_over_http_anywhere(mut self) -> Self {
        self.plain_http = Some(PlainHttp::Anywhere);
        self
    }

    /// Checks the policy and makes it.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if browsers would refuse the cookie, if a field has a byte that could end
    /// it, or if plain http was asked for on a host that is not this machine.
    pub fn build(self) -> Result<CookiePolicy, PolicyError> {
        let shape = self.checked_shape()?;
        Ok(CookiePolicy(Arc::new(Inner {
            attributes: shape.attributes().into(),
            removal: shape.removal()?,
            retired: self.retired_removals(&shape)?,
            builder: self,
            shape,
        })))
    }

    pub(super) fn suffixed(mut self, suffix: &str) -> Self {
        self.shape.name.push_str(suffix);
        self.retired.clear();
        self
    }

    fn checked_shape(&self) -> Result<Shape, PolicyError> {
        let mut shape = self.shape.clone();
        if self.with_host_prefix && !shape.name.is_empty() {
            shape.name.insert_str(0, "__Host-");
        }
        match &self.plain_http {
            None => {}
            Some(PlainHttp::At(host)) if !is_loopback(host) => {
                return Err(PolicyError::new(PolicyErrorKind::InsecureHost));
            }
            Some(_) => {
                // First as it will be over https, so that development shows the same faults.
                if self.with_host_prefix {
                    shape.check()?;
                }
                shape.name.clone_from(&self.shape.name);
                shape.secure = false;
            }
        }
        shape.check()?;
        Ok(shape)
    }

    fn retired_removals(&self, current: &Shape) -> Result<Box<[HeaderValue]>, PolicyError> {
        let mut removals = Vec::with_capacity(self.retired.len());
        for cookie in &self.retired {
            let mut shape = cookie.shape(current.same_site);
            shape.check()?;
            if shape.is_same_cookie(current) {
                return Err(PolicyError::new(PolicyErrorKind::Retired));
            }
            if current.secure || !shape.needs_secure() {
                shape.secure = current.secure;
                removals.push(shape.removal()?);
            }
        }
        Ok(removals.into())
    }
}

impl std::fmt::Debug for CookiePolicyBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CookiePolicyBuilder")
            .field("name", &self.shape.name)
            .finish_non_exhaustive()
    }
}

/// An older variant of a cookie, to be removed from browsers that still have it.
///
/// Name, domain, path and partition are what makes it another cookie; they must be those with
/// which it was set.
///
/// ```
/// use portcullis_cookie::{CookiePolicy, RetiredCookie};
///
/// let policy = CookiePolicy::host("session")
///     .with_retired(RetiredCookie::new("sid").with_domain("example.com"))
///     .build()?;
/// let removals: Vec<_> = policy.removals().collect();
/// assert_eq!(removals.len(), 2);
/// assert_eq!(
///     removals[1],
///     "sid=; HttpOnly; Secure; SameSite=Lax; Path=/; Domain=example.com; Max-Age=0; \
///      Expires=Thu, 01 Jan 1970 00:00:00 GMT",
/// );
/// # Ok::<_, portcullis_cookie::PolicyError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "it must be given to `CookiePolicyBuilder::with_retired`"]
pub struct RetiredCookie {
    name: String,
    domain: Option<String>,
    path: String,
    partitioned: bool,
}

impl RetiredCookie {
    /// Begins with a cookie called `name`, with `Path=/` and no `Domain`.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            domain: None,
            path: "/".to_owned(),
            partitioned: false,
        }
    }

    /// It was set with this `Domain`.
    pub fn with_domain(mut self, domain: &str) -> Self {
        self.domain = Some(domain.to_ascii_lowercase());
        self
    }

    /// It was set with this `Path`.
    pub fn with_path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// It was set with `Partitioned`.
    pub fn with_partitioned(mut self) -> Self {
        self.partitioned = true;
        self
    }

    /// As set over https. `HttpOnly` and `SameSite` do not make another cookie; the latter decides
    /// whether a browser takes the removal, so it is that of the cookie which goes along.
    fn shape(&self, same_site: SameSite) -> Shape {
        Shape {
            name: self.name.clone(),
            domain: self.domain.clone(),
            path: self.path.clone(),
            partitioned: self.partitioned,
            http_only: true,
            secure: true,
            same_site,
        }
    }
}
