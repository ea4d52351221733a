//! One attempt to sign in, as it is sealed into its cookie.

use std::time::Duration;

use portcullis_core::{Digest, EncodedToken, SubjectId, Timestamp, Token};

use crate::codec::{Reader, put};

/// How long a flow may take: as long as GitHub's codes live.
pub(crate) const LIFE: Duration = Duration::from_secs(600);

/// How far a flow may have been begun in the future, by the clock of another node.
const SKEW: Duration = Duration::from_secs(60);

/// 2 since the issuer is in it.
const VERSION: u8 = 2;
const LOG_IN: u8 = 0;
const LINK: u8 = 1;

/// What a sign-in is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Intent {
    /// A session for whoever it is.
    LogIn,
    /// The account is to be linked to a user who is signed in.
    Link {
        /// The user.
        subject: SubjectId,
        /// A digest that names the session: of its public handle, for one.
        session: Digest,
    },
}

/// What a flow cookie says.
pub(crate) struct Flow {
    pub(crate) provider: String,
    /// For sign-ins on one ring of keys that were given no names of their own.
    pub(crate) issuer: String,
    pub(crate) issued: Timestamp,
    pub(crate) state: Token,
    pub(crate) verifier: Token,
    /// Empty for GitHub: only OpenID Connect has one.
    pub(crate) nonce: Vec<u8>,
    pub(crate) intent: Intent,
    pub(crate) return_to: String,
}

impl Flow {
    /// Whether the flow can not be finished any more: a flow of exactly 600 seconds can.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        now.since(self.issued) > LIFE || self.issued.since(now) > SKEW
    }

    /// Writes the flow: version, time, state and verifier; then provider, issuer, nonce, intent and
    /// the place to return to, each part of variable length preceded by its length.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(256 + self.return_to.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.issued.as_millis().to_be_bytes());
        for token in [&self.state, &self.verifier] {
            bytes.extend_from_slice(token.encode().expose_secret().as_bytes());
        }
        put(&mut bytes, self.provider.as_bytes())?;
        put(&mut bytes, self.issuer.as_bytes())?;
        put(&mut bytes, &self.nonce)?;
        put_intent(&mut bytes, &self.intent)?;
        put(&mut bytes, self.return_to.as_bytes())?;
        Some(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != VERSION {
            return None;
        }
        let flow = Self {
            issued: Timestamp::from_millis(reader.number()?),
            state: read_token(&mut reader)?,
            verifier: read_token(&mut reader)?,
            provider: reader.text()?.to_owned(),
            issuer: reader.text()?.to_owned(),
            nonce: reader.part()?.to_vec(),
            intent: read_intent(&mut reader)?,
            return_to: reader.text()?.to_owned(),
        };
        reader.is_at_end().then_some(flow)
    }

    pub(crate) fn verifier(&self) -> EncodedToken {
        self.verifier.encode()
    }
}

fn put_intent(bytes: &mut Vec<u8>, intent: &Intent) -> Option<()> {
    match intent {
        Intent::LogIn => bytes.push(LOG_IN),
        Intent::Link { subject, session } => {
            bytes.push(LINK);
            put(bytes, subject.as_str().as_bytes())?;
            bytes.extend_from_slice(session.as_bytes());
        }
    }
    Some(())
}

fn read_token(reader: &mut Reader<'_>) -> Option<Token> {
    Token::parse(reader.array::<{ Token::CHARS }>()?).ok()
}

fn read_intent(reader: &mut Reader<'_>) -> Option<Intent> {
    match reader.byte()? {
        LOG_IN => Some(Intent::LogIn),
        LINK => Some(Intent::Link {
            subject: SubjectId::new(reader.text()?).ok()?,
            session: Digest::from_bytes(*reader.array()?),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::Random;

    use super::*;

    fn flow(intent: Intent) -> Flow {
        let random = Random::system();
        Flow {
            provider: "github".to_owned(),
            issuer: "https://github.com/login/oauth".to_owned(),
            issued: Timestamp::from_secs(1_000),
            state: Token::generate(&random).unwrap(),
            verifier: Token::generate(&random).unwrap(),
            nonce: vec![7],
            intent,
            return_to: "/portal?a=b".to_owned(),
        }
    }

    fn link() -> Intent {
        Intent::Link {
            subject: SubjectId::new("u1").unwrap(),
            session: Digest::of(b"session"),
        }
    }

    #[test]
    fn o09_all_parts_come_back() {
        for intent in [Intent::LogIn, link()] {
            let flow = flow(intent);
            let back = Flow::decode(&flow.encode().unwrap()).unwrap();
            assert_eq!(back.provider, flow.provider);
            assert_eq!(back.issuer, flow.issuer);
            assert_eq!(back.issued, flow.issued);
            assert_eq!(back.state.digest(), flow.state.digest());
            assert_eq!(back.verifier.digest(), flow.verifier.digest());
            assert_eq!(back.nonce, flow.nonce);
            assert_eq!(back.intent, flow.intent);
            assert_eq!(back.return_to, flow.return_to);
        }
    }

    #[test]
    fn o27_a_cut_or_lengthened_flow_is_none() {
        let bytes = flow(link()).encode().unwrap();
        for len in 0..bytes.len() {
            assert!(Flow::decode(&bytes[..len]).is_none(), "{len}");
        }
        assert!(Flow::decode(&[bytes, vec![0]].concat()).is_none());
    }

    #[test]
    fn o14_six_hundred_seconds_are_the_edge() {
        let flow = flow(Intent::LogIn);
        let at = |millis| flow.is_expired(Timestamp::from_millis(millis));
        assert!(!at(1_600_000));
        assert!(at(1_600_001));
        assert!(!at(940_000));
        assert!(at(939_999));
    }
}
