//! A policy that was checked.

use super::covered::Covered;
use super::sf;
use super::view::View;
use crate::scheme::{Algorithm, Hash, KeyIds, MessagePolicy, Scheme};
use crate::{ConfigError, ConfigErrorKind};

/// What a signature must cover and say.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(super) required: Box<[Covered]>,
    pub(super) label: Option<Box<str>>,
    pub(super) key_id: KeyId,
    pub(super) tag: Option<Box<str>>,
    /// What `alg` must be if it is there.
    pub(super) algorithm_name: &'static str,
    pub(super) algorithm: Algorithm,
    /// After how many seconds a signature expires.
    pub(super) expiry: Option<u64>,
    pub(super) has_nonce: bool,
    pub(super) has_created: bool,
    pub(super) has_host: bool,
    pub(super) is_draft: bool,
}

/// [`KeyIds`], owned.
#[derive(Debug)]
pub(super) enum KeyId {
    Any,
    Label,
    One(Box<str>),
}

impl Rules {
    pub(crate) fn new(
        scheme: &Scheme<'_>,
        policy: &MessagePolicy<'_>,
    ) -> Result<Self, ConfigError> {
        let wrong = ConfigError::from(ConfigErrorKind::Message);
        let judges_age = scheme.past.is_some() || scheme.future.is_some();
        if judges_age && !policy.has_created {
            return Err(ConfigErrorKind::Timestamp.into());
        }
        let rules = Self {
            required: required(policy)?,
            label: policy.label.map(Into::into),
            key_id: KeyId::new(policy.key_ids),
            tag: policy.tag.map(Into::into),
            algorithm_name: name(scheme.algorithm).ok_or(wrong)?,
            algorithm: scheme.algorithm,
            expiry: policy.expiry.map(|after| after.as_secs()),
            has_nonce: policy.has_nonce,
            has_created: policy.has_created,
            has_host: policy.has_host,
            is_draft: policy.is_draft,
        };
        let has_body = rules.required.iter().any(Covered::is_digest) || scheme.is_bodiless;
        let is_right = has_body && rules.is_writable();
        is_right.then_some(rules).ok_or(wrong)
    }

    /// Whether all that it names can stand in a header.
    fn is_writable(&self) -> bool {
        let is_text = |text: &str| sf::string(text).is_some();
        let is_key_id = match &self.key_id {
            KeyId::One(id) => is_text(id),
            KeyId::Any | KeyId::Label => true,
        };
        let mut identifiers = self.required.iter().map(Covered::identifier);
        is_key_id
            && self.label.as_deref().is_none_or(sf::is_key)
            && self.tag.as_deref().is_none_or(is_text)
            && identifiers.all(|identifier| identifier.is_some())
    }

    /// Whether these are all that must be covered.
    pub(super) fn are_met(&self, covered: &[Covered], view: &View<'_>) -> bool {
        let has = |required: &Covered| covered.iter().any(|it| it.is(required));
        self.required.iter().all(|required| match required {
            Covered::TargetUri => {
                let has_query = view.query().is_none() || has(&Covered::Query);
                has(required) || has(&Covered::Authority) && has(&Covered::Path) && has_query
            }
            required => has(required),
        })
    }
}

impl KeyId {
    fn new(key_ids: KeyIds<'_>) -> Self {
        match key_ids {
            KeyIds::Any => Self::Any,
            KeyIds::Label => Self::Label,
            KeyIds::One(id) => Self::One(id.into()),
        }
    }

    /// Whether a signature with this id may be one by the secret with this label.
    pub(super) fn allows(&self, id: Option<&str>, label: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Label => id == Some(label),
            Self::One(one) => id == Some(one),
        }
    }

    /// What a signer writes.
    pub(super) fn written<'k>(&'k self, label: &'k str) -> Option<&'k str> {
        match self {
            Self::Any => None,
            Self::Label => Some(label),
            Self::One(id) => Some(id),
        }
    }
}

/// The components that must be covered, none of them twice.
fn required(policy: &MessagePolicy<'_>) -> Result<Box<[Covered]>, ConfigError> {
    let mut required = Vec::new();
    for component in policy.components {
        let covered = Covered::required(component).ok_or(ConfigErrorKind::Header)?;
        if required.contains(&covered) {
            return Err(ConfigErrorKind::Message.into());
        }
        required.push(covered);
    }
    Ok(required.into())
}

/// The name of an algorithm (RFC 9421 §3.3, §6.2.2); none if it has none there.
const fn name(algorithm: Algorithm) -> Option<&'static str> {
    Some(match algorithm {
        Algorithm::EcdsaP256Sha256Fixed => "ecdsa-p256-sha256",
        Algorithm::EcdsaP384Sha384Fixed => "ecdsa-p384-sha384",
        Algorithm::Ed25519 => "ed25519",
        Algorithm::Hmac(Hash::Sha256) => "hmac-sha256",
        Algorithm::RsaPkcs1Sha256 => "rsa-v1_5-sha256",
        Algorithm::RsaPssSha512 => "rsa-pss-sha512",
        Algorithm::EcdsaP256Sha256 | Algorithm::Hmac(_) | Algorithm::Plain(_) => return None,
    })
}
