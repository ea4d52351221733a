//! What the response says of the session.

use std::time::Duration;

use http::header::{CACHE_CONTROL, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderValue};
use portcullis_cookie::Lifetime as CookieLifetime;
use portcullis_core::Timestamp;

use super::{Cookie, Phase, Session, State};
use crate::Persistence;
use crate::lifecycle::Live;

impl Session {
    /// Closes the session and writes what it has to say into the head of the response.
    ///
    /// Call it once, after [`Session::commit`]. A session that nobody asked writes nothing.
    ///
    /// # Guarantees
    ///
    /// 1. `Set-Cookie` is there only if the token, its life or its attributes changed, and once;
    ///    what others have set stays as it is.
    /// 2. A response that depends on the session, or on there being none, has `Vary: Cookie`. No
    ///    shared cache may keep one to a request with a token; one that sets the cookie may be
    ///    stored by none at all, unless the handler already said `private`.
    pub fn finish(&self, headers: &mut HeaderMap) {
        let mut state = self.state();
        state.closed = true;
        let sets = self.write_cookie(&state, headers);
        if sets || state.asked {
            vary_by_cookie(headers);
        }
        if sets || (state.asked && !self.0.presented.is_empty()) {
            keep_private(headers, sets);
        }
    }

    /// Writes the cookie, and says whether there was something to write.
    fn write_cookie(&self, state: &State, headers: &mut HeaderMap) -> bool {
        let cookie = &self.0.lifecycle.policy().cookie;
        let (text, live) = match (&state.cookie, &state.phase) {
            (Cookie::Send(token), Phase::Live(live)) => (token.encode(), live),
            // A token that was rotated away meanwhile is not given to the browser again: it could
            // arrive after the new one.
            (Cookie::Renew(key), Phase::Live(live)) if live.loaded.record.key == *key => {
                match self.0.presented.find(key) {
                    Some(candidate) => (candidate.token.encode(), live),
                    None => return false,
                }
            }
            (Cookie::Remove, _) => {
                for removal in cookie.removals() {
                    headers.append(SET_COOKIE, removal);
                }
                return true;
            }
            _ => return false,
        };
        let lifetime = cookie_lifetime(live, self.0.lifecycle.now());
        let renews = matches!(state.cookie, Cookie::Renew(_));
        if renews && lifetime == CookieLifetime::Browser && !is_changed(live) {
            return false;
        }
        match cookie.set(text.expose_secret(), lifetime) {
            Ok(value) => headers.append(SET_COOKIE, value),
            // The policy was checked for values of this length when it was built.
            Err(_) => false,
        };
        if !renews {
            for removal in cookie.retired_removals() {
                headers.append(SET_COOKIE, removal);
            }
        }
        true
    }
}

/// `Max-Age` is what the session has left on the server, never more.
///
/// It counts whole seconds: an answer within one of the store call counts from that call, so that
/// a session of 30 days is told as 30 days and not as a second less.
fn cookie_lifetime(live: &Live, now: Timestamp) -> CookieLifetime {
    let from = if now.since(live.at) < Duration::from_secs(1) {
        live.at
    } else {
        now
    };
    match live.loaded.record.lifetime.persistence {
        Persistence::Browser => CookieLifetime::Browser,
        Persistence::Persistent => CookieLifetime::MaxAge(live.loaded.expires_at().since(from)),
    }
}

/// Whether the cookie is sent again although its life did not move: its kind was changed.
fn is_changed(live: &Live) -> bool {
    !live.renewed
}

/// Adds `Cookie` to `Vary` (RFC 9110 §12.5.5) unless it is covered.
fn vary_by_cookie(headers: &mut HeaderMap) {
    let covers = |field: &[u8]| {
        let field = field.trim_ascii();
        field == b"*" || field.eq_ignore_ascii_case(b"cookie")
    };
    let covered = headers
        .get_all(VARY)
        .iter()
        .any(|line| line.as_bytes().split(|b| *b == b',').any(covers));
    if !covered {
        headers.append(VARY, HeaderValue::from_static("cookie"));
    }
}

/// Makes sure that no shared cache keeps the response (RFC 9111 §5.2.2).
///
/// A handler's `no-store` stays as it is. Of anything else what invites shared caches goes, also
/// from beside a `private`, since caches differ in which of the two they heed.
fn keep_private(headers: &mut HeaderMap, sets_cookie: bool) {
    if !headers.contains_key(CACHE_CONTROL) {
        let value = if sets_cookie { "no-store" } else { "private" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
        return;
    }
    let lines: Vec<String> = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned())
        .collect();
    let directives = || lines.iter().flat_map(|line| line.split(',')).map(str::trim);
    let is = |directive: &str, name: &str| directive.eq_ignore_ascii_case(name);
    let shared = |d: &&str| is(d, "public") || d.to_ascii_lowercase().starts_with("s-maxage");
    let is_private = directives().any(|d| is(d, "private"));
    let invites = directives().any(|d| shared(&d));
    if directives().any(|d| is(d, "no-store")) || (is_private && !invites) {
        return;
    }
    let kept = directives().filter(|d| !d.is_empty() && !shared(d));
    let private = (!is_private).then_some("private");
    let merged = kept.chain(private).collect::<Vec<_>>().join(", ");
    let value = HeaderValue::try_from(merged).unwrap_or(HeaderValue::from_static("no-store"));
    headers.insert(CACHE_CONTROL, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(before: &[(&'static str, &'static str)], sets: bool) -> (String, String) {
        let mut headers = HeaderMap::new();
        for (name, value) in before {
            headers.append(*name, HeaderValue::from_static(value));
        }
        vary_by_cookie(&mut headers);
        keep_private(&mut headers, sets);
        let all = |name: &str| {
            let lines = headers.get_all(name).iter().map(|v| v.to_str().unwrap());
            lines.collect::<Vec<_>>().join("|")
        };
        (all("vary"), all("cache-control"))
    }

    #[test]
    fn s30_vary_and_cache_control_are_merged() {
        type Row = (
            &'static [(&'static str, &'static str)],
            bool,
            &'static str,
            &'static str,
        );
        let table: [Row; 7] = [
            (&[], true, "cookie", "no-store"),
            (&[], false, "cookie", "private"),
            (&[("vary", "Accept")], false, "Accept|cookie", "private"),
            (
                &[("vary", "accept, Cookie")],
                false,
                "accept, Cookie",
                "private",
            ),
            (
                &[("vary", "*"), ("cache-control", "no-store")],
                true,
                "*",
                "no-store",
            ),
            (
                &[("cache-control", "Private, max-age=5")],
                true,
                "cookie",
                "Private, max-age=5",
            ),
            (
                &[("cache-control", "public, max-age=60, S-MaxAge=9")],
                true,
                "cookie",
                "max-age=60, private",
            ),
        ];
        for (before, sets, vary, cache) in table {
            assert_eq!(
                merged(before, sets),
                (vary.to_owned(), cache.to_owned()),
                "{before:?}"
            );
        }
    }

    #[test]
    fn s30_nothing_beside_private_invites_shared_caches() {
        let table: [(&[&'static str], &str); 6] = [
            (&["public, private"], "private"),
            (&["Private, S-MaxAge=9, max-age=5"], "Private, max-age=5"),
            (&["max-age=5, private", "PUBLIC"], "max-age=5, private"),
            (&["private, s-maxage"], "private"),
            // Of some fields alone, it is no `private` of the response.
            (&["private=\"age\", public"], "private=\"age\", private"),
            (&["public, no-store"], "public, no-store"),
        ];
        for (lines, cache) in table {
            let before: Vec<_> = lines.iter().map(|line| ("cache-control", *line)).collect();
            for sets in [true, false] {
                assert_eq!(merged(&before, sets).1, cache, "{lines:?}");
            }
        }
    }
}
