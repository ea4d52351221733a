use std::sync::OnceLock;

use http::HeaderMap;
use portcullis_core::{Digest, Token};

/// How many different tokens of our name are looked up in one request.
const MOST: usize = 4;

/// How many values of our name are kept beyond the first; a browser sends no more by itself.
const MOST_RAW: usize = 64;

/// The tokens that a request presents: what is not a token is as if it were not there.
///
/// Reading a request only copies what has the length of a token; parsing and digesting wait until
/// somebody asks, which most requests never do. The copies are not wiped: the request's own
/// headers hold the same bytes for longer.
#[derive(Default)]
pub(crate) struct Presented {
    raw: Raw,
    tokens: OnceLock<Tokens>,
}

/// Values of our name as they came: the first beside, further ones if there are any.
#[derive(Default)]
struct Raw {
    first: Option<[u8; Token::CHARS]>,
    more: Vec<[u8; Token::CHARS]>,
    overflow: bool,
}

/// Those of them that are tokens, each once.
#[derive(Default)]
struct Tokens {
    first: Option<Candidate>,
    more: Vec<Candidate>,
    too_many: bool,
}

/// One token and its digest.
pub(crate) struct Candidate {
    pub(crate) token: Token,
    pub(crate) digest: Digest,
}

impl Presented {
    pub(crate) fn read(headers: &HeaderMap, name: &str) -> Self {
        let mut raw = Raw::default();
        for value in portcullis_cookie::values(headers, name) {
            let Ok(value) = <[u8; Token::CHARS]>::try_from(value) else {
                continue;
            };
            if raw.first.is_none() {
                raw.first = Some(value);
            } else if raw.more.len() < MOST_RAW {
                raw.more.push(value);
            } else {
                raw.overflow = true;
            }
        }
        Self {
            raw,
            tokens: OnceLock::new(),
        }
    }

    fn tokens(&self) -> &Tokens {
        self.tokens.get_or_init(|| Tokens::parse(&self.raw))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Candidate> {
        let tokens = self.tokens();
        tokens.first.iter().chain(&tokens.more)
    }

    pub(crate) fn find(&self, digest: &Digest) -> Option<&Candidate> {
        self.iter().find(|candidate| candidate.digest == *digest)
    }

    /// The only token that was presented.
    pub(crate) fn only(&self) -> Option<&Candidate> {
        let tokens = self.tokens();
        if tokens.more.is_empty() && !tokens.too_many {
            tokens.first.as_ref()
        } else {
            None
        }
    }

    /// Whether nothing was presented that has the length of a token.
    pub(crate) const fn is_blank(&self) -> bool {
        self.raw.first.is_none()
    }

    /// Whether no token was presented.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_blank() || self.tokens().first.is_none()
    }

    /// Whether there were more tokens than are looked up.
    pub(crate) fn is_too_many(&self) -> bool {
        self.tokens().too_many
    }
}

impl Tokens {
    fn parse(raw: &Raw) -> Self {
        let mut tokens = Self {
            too_many: raw.overflow,
            ..Self::default()
        };
        for token in raw
            .first
            .iter()
            .chain(&raw.more)
            .filter_map(|v| Token::parse(v).ok())
        {
            let digest = token.digest();
            if tokens
                .first
                .iter()
                .chain(&tokens.more)
                .any(|other| other.digest == digest)
            {
                continue;
            }
            let candidate = Candidate { token, digest };
            if tokens.first.is_none() {
                tokens.first = Some(candidate);
            } else if tokens.more.len() + 1 < MOST {
                tokens.more.push(candidate);
            } else {
                tokens.too_many = true;
                break;
            }
        }
        tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use portcullis_core::Random;

    fn read(cookie: &str) -> Presented {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", HeaderValue::from_str(cookie).unwrap());
        Presented::read(&headers, "id")
    }

    fn token() -> String {
        Token::generate(&Random::system())
            .unwrap()
            .encode()
            .expose_secret()
            .to_owned()
    }

    #[test]
    fn s05_what_is_not_a_token_is_not_there() {
        for bad in [
            "id=",
            "id=x",
            "id=\u{7f}",
            &format!("id={}x", token()),
            &format!("id={}", "!".repeat(Token::CHARS)),
            "di=1",
            "id",
        ] {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(bad.as_bytes()) {
                headers.insert("cookie", value);
            }
            assert!(Presented::read(&headers, "id").is_empty(), "{bad:?}");
        }
    }

    #[test]
    fn the_same_token_twice_counts_once() {
        let token = token();
        assert!(read(&format!("id={token}; id={token}")).only().is_some());
    }

    /// One token among so much of its length that nobody has looked at all of it is none.
    #[test]
    fn s36_there_is_a_limit_to_what_is_read() {
        let cookies = |count: usize| vec![format!("id={}", "A".repeat(43)); count].join("; ");
        let all = read(&cookies(MOST_RAW + 1));
        assert!(all.only().is_some() && !all.is_too_many());
        let more = read(&cookies(MOST_RAW + 2));
        assert!(more.only().is_none() && more.is_too_many());
    }

    #[test]
    fn s47_without_a_value_of_a_token_s_length_it_is_blank() {
        assert!(read("id=x; di=1").is_blank());
        assert!(!read(&format!("id={}", token())).is_blank());
    }

    #[test]
    fn more_than_four_different_tokens_are_too_many() {
        let cookies = |n: usize| {
            (0..n)
                .map(|_| format!("id={}", token()))
                .collect::<Vec<_>>()
        };
        assert!(!read(&cookies(4).join("; ")).is_too_many());
        assert!(read(&cookies(5).join("; ")).is_too_many());
    }
}
