//! The cookies that hold flows: one for each, so that two tabs do not disturb each other.

use std::cmp::Reverse;

use base64ct::{Base64UrlUnpadded, Encoding};
use http::{HeaderMap, HeaderValue};
use portcullis_cookie::{CookiePolicy, Lifetime, Sealer, pairs, values};
use portcullis_core::{Digest, Random, Timestamp, Token};

use crate::flow::{Flow, LIFE};
use crate::{SignInError, SignInErrorKind};

/// How many flows a browser may have open.
const MAX_FLOWS: usize = 5;
/// How many bytes of flow cookies a browser may send, names and joints included.
const MAX_BYTES: usize = 4095;
/// How many characters of the state's digest are in the name.
const NAME_CHARS: usize = 12;
/// How many cookies one response removes at most, whatever was planted.
const MAX_REMOVALS: usize = 20;
/// How many flow cookies of a request are looked at.
const MAX_SEEN: usize = 64;
/// How many cookies of one name are looked at.
const MAX_DUPLICATES: usize = 4;

/// Reads and writes flow cookies.
#[derive(Clone, Debug)]
pub(crate) struct FlowCookies {
    /// The policy of a cookie without its suffix.
    policy: CookiePolicy,
    sealer: Sealer,
}

/// A flow cookie that a browser sent, or is about to get.
struct Open {
    suffix: String,
    bytes: usize,
    /// The epoch for what cannot be read: it goes first.
    issued: Timestamp,
}

impl FlowCookies {
    pub(crate) fn new(policy: CookiePolicy, sealer: Sealer) -> Self {
        Self { policy, sealer }
    }

    /// Writes the cookie of a new flow, and removes the oldest that there is no room for.
    pub(crate) fn add(
        &self,
        headers: &HeaderMap,
        flow: &Flow,
        random: &Random,
    ) -> Result<Vec<HeaderValue>, SignInError> {
        let suffix = suffix(&flow.state);
        let policy = self.policy_of(&suffix)?;
        let plaintext = flow.encode().ok_or(SignInErrorKind::Internal)?;
        let value = self
            .sealer
            .seal(policy.name(), &plaintext, random)
            .map_err(|error| SignInError::new(SignInErrorKind::Internal).with_source(error))?;
        let set = policy
            .set(&value, Lifetime::MaxAge(LIFE))
            .map_err(|error| SignInError::new(SignInErrorKind::Internal).with_source(error))?;
        let room = MAX_BYTES.saturating_sub(size(policy.name().as_bytes(), value.as_bytes()));
        let mut lines = self.too_many(headers, room);
        lines.push(set);
        Ok(lines)
    }

    /// The flow in the cookie of a state, if this browser has one. The name shows twelve
    /// characters of the state's digest: whether it is that state is for the caller to compare.
    pub(crate) fn find(&self, headers: &HeaderMap, state: &Token) -> Option<Flow> {
        let policy = self.policy_of(&suffix(state)).ok()?;
        let name = policy.name();
        values(headers, name)
            .take(MAX_DUPLICATES)
            .find_map(|value| self.open(name, value))
    }

    /// Removes the cookie of a state.
    pub(crate) fn removal(&self, state: &Token) -> Vec<HeaderValue> {
        let policy = self.policy_of(&suffix(state));
        policy.iter().map(CookiePolicy::removal).collect()
    }

    fn policy_of(&self, suffix: &str) -> Result<CookiePolicy, SignInError> {
        self.policy
            .with_suffix(suffix)
            .map_err(|error| SignInError::new(SignInErrorKind::Internal).with_source(error))
    }

    fn open(&self, name: &str, value: &[u8]) -> Option<Flow> {
        let opened = self.sealer.open(name, value)?;
        Flow::decode(opened.plaintext().expose_secret())
    }

    /// Removals of the oldest flows, until one more and `room` bytes are left.
    fn too_many(&self, headers: &HeaderMap, room: usize) -> Vec<HeaderValue> {
        let open = pairs(headers).filter_map(|(name, value)| self.open_flow(name, value));
        let mut open: Vec<Open> = open.take(MAX_SEEN).collect();
        open.sort_by_key(|open| Reverse(open.issued));
        let mut used = 0_usize;
        let mut kept = 0_usize;
        let fits = |flow: &Open| {
            used = used.saturating_add(flow.bytes);
            kept += 1;
            used <= room && kept < MAX_FLOWS
        };
        let keep = open.iter().map(fits).take_while(|fits| *fits).count();
        let gone = open.iter().skip(keep).take(MAX_REMOVALS);
        gone.flat_map(|flow| self.policy_of(&flow.suffix))
            .map(|policy| policy.removal())
            .collect()
    }

    fn open_flow(&self, name: &[u8], value: &[u8]) -> Option<Open> {
        let suffix = self.suffix_of(name)?;
        let flow = self.open(std::str::from_utf8(name).ok()?, value);
        Some(Open {
            suffix,
            bytes: size(name, value),
            issued: flow.map_or(Timestamp::UNIX_EPOCH, |flow| flow.issued),
        })
    }

    /// What follows our prefix in a name that we could have given.
    fn suffix_of(&self, name: &[u8]) -> Option<String> {
        let suffix = name.strip_prefix(self.policy.name().as_bytes())?;
        let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"-_".contains(b);
        let is_ours = suffix.len() == NAME_CHARS && suffix.iter().all(allowed);
        is_ours.then(|| String::from_utf8_lossy(suffix).into_owned())
    }
}

/// `=` and `; `.
const JOINT: usize = 3;

fn size(name: &[u8], value: &[u8]) -> usize {
    name.len() + value.len() + JOINT
}

fn suffix(state: &Token) -> String {
    let digest = Digest::of(state.encode().expose_secret().as_bytes());
    let mut text = Base64UrlUnpadded::encode_string(digest.as_bytes());
    text.truncate(NAME_CHARS);
    text
}
