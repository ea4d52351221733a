use std::fmt;

use http::Uri;

/// Parameters whose values open something, or lead to what does; compared without case.
const SECRETS: [&str; 22] = [
    "access_token",
    "api_key",
    "apikey",
    "assertion",
    "client_secret",
    "code",
    "code_challenge",
    "code_verifier",
    "id_token",
    "id_token_hint",
    "key",
    "nonce",
    "passwd",
    "password",
    "refresh_token",
    "secret",
    "session",
    "sig",
    "signature",
    "state",
    "ticket",
    "token",
];

/// An address as an access log may have it: its path, and its query without the values of secrets.
///
/// The address of a callback has a code and a state in it, and an access log keeps whole addresses
/// unless it is told otherwise; `tower-http`'s `TraceLayer` does. The values of `code`, `state`,
/// `token`, `client_secret`, `password`, `signature` and the like become `***`, and so does that of
/// every name that is percent-encoded or long, since it may be one of them. Scheme, host and
/// credentials before the host are left out.
///
/// # Example
///
/// ```
/// use http::{Request, Uri};
/// use portcullis_tower::LoggedUri;
///
/// let uri = Uri::from_static("/auth/callback?code=hush&state=hush&lang=en");
/// assert_eq!(LoggedUri::new(&uri).to_string(), "/auth/callback?code=***&state=***&lang=en");
///
/// // For tower-http: `TraceLayer::new_for_http().make_span_with(span)`
/// # #[cfg(feature = "tracing")]
/// fn span<B>(request: &Request<B>) -> tracing::Span {
///     tracing::info_span!("request", method = %request.method(), uri = %LoggedUri::new(request.uri()))
/// }
/// ```
///
/// # Security
///
/// A path is shown as it is: do not put secrets into paths.
#[derive(Clone, Copy)]
pub struct LoggedUri<'a>(&'a Uri);

impl<'a> LoggedUri<'a> {
    /// Shows this address.
    #[must_use]
    pub const fn new(uri: &'a Uri) -> Self {
        Self(uri)
    }
}

impl fmt::Display for LoggedUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.path())?;
        let Some(query) = self.0.query() else {
            return Ok(());
        };
        for (index, pair) in query.split('&').enumerate() {
            f.write_str(if index == 0 { "?" } else { "&" })?;
            match pair.split_once('=') {
                Some((name, _)) if is_secret(name) => write!(f, "{name}=***")?,
                Some(_) => f.write_str(pair)?,
                // A value without a name: who knows what it is.
                None if pair.len() > LONGEST => f.write_str("***")?,
                None => f.write_str(pair)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for LoggedUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Longer names than any of ours.
const LONGEST: usize = 32;

fn is_secret(name: &str) -> bool {
    let is_odd = name.len() > LONGEST || name.contains(['%', '+']);
    is_odd || SECRETS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o28_the_values_of_secrets_are_left_out() {
        for (address, shown) in [
            ("/a/b", "/a/b"),
            ("/a?", "/a?"),
            ("/a?x=1&y", "/a?x=1&y"),
            ("https://user:pass@host:1/a?x=1", "/a?x=1"),
            ("/cb?code=c&state=s&iss=i", "/cb?code=***&state=***&iss=i"),
            ("/cb?CODE=c&State=s", "/cb?CODE=***&State=***"),
            ("/cb?c%6fde=c&co+de=d", "/cb?c%6fde=***&co+de=***"),
            ("/cb?code=a=b&code=c", "/cb?code=***&code=***"),
            ("/cb?code", "/cb?code"),
            ("/cb?=code", "/cb?=code"),
            ("/cb?gho_0123456789abcdefghijklmnopqrstuvwxyz", "/cb?***"),
        ] {
            let uri: Uri = address.parse().unwrap();
            assert_eq!(LoggedUri::new(&uri).to_string(), shown, "{address}");
            assert_eq!(format!("{:?}", LoggedUri::new(&uri)), shown);
        }
    }

    #[test]
    fn the_list_is_in_order_and_in_lower_case() {
        assert!(SECRETS.is_sorted());
        assert!(
            SECRETS
                .iter()
                .all(|name| *name == name.to_ascii_lowercase() && name.len() <= LONGEST)
        );
    }
}
