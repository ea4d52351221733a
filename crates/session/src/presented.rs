use http::HeaderMap;
use portcullis_core::{Digest, Token};

/// How many different tokens of our name are looked up in one request.
const MOST: usize = 4;

/// The tokens that a request presents: what is not a token is as if it were not there.
#[derive(Default)]
pub(crate) struct Presented {
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
        let mut presented = Self::default();
        for token in portcullis_cookie::values(headers, name).filter_map(|v| Token::parse(v).ok()) {
            let digest = token.digest();
            if presented.iter().any(|other| other.digest == digest) {
                continue;
            }
            if presented.more.len() + 1 >= MOST {
                presented.too_many = true;
                break;
            }
            presented.push(Candidate { token, digest });
        }
        presented
    }

    fn push(&mut self, candidate: Candidate) {
        match self.first {
            None => self.first = Some(candidate),
            Some(_) => self.more.push(candidate),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.first.iter().chain(&self.more)
    }

    pub(crate) fn find(&self, digest: &Digest) -> Option<&Candidate> {
        self.iter().find(|candidate| candidate.digest == *digest)
    }

    /// The only token that was presented.
    pub(crate) fn only(&self) -> Option<&Candidate> {
        if self.more.is_empty() {
            self.first.as_ref()
        } else {
            None
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Whether there were more tokens than are looked up.
    pub(crate) const fn is_too_many(&self) -> bool {
        self.too_many
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
