//! A scheme that was checked, in the form in which it is carried out.

use std::time::Duration;

use http::HeaderName;
use portcullis_core::Timestamp;

use crate::crc32::Crc32;
use crate::form::FormPlan;
use crate::head::Facts;
use crate::mac::Sink;
use crate::part::{Part, parts};
use crate::recipe::Recipe;
use crate::scheme::{Algorithm, Encoding, Grammar, Headers, Scheme, Timestamps, Unit};
use crate::secret::Kind;
use crate::{ConfigError, ConfigErrorKind, VerifyError, VerifyErrorKind, decode};

#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: Box<str>,
    pub(crate) recipe: Recipe,
    pub(crate) algorithm: Algorithm,
    pub(crate) encoding: Encoding,
    /// How many characters the longest signature has.
    pub(crate) signature_chars: usize,
    pub(crate) headers: Places,
    pub(crate) entries: Entries,
    pub(crate) before: Box<[Part]>,
    pub(crate) after: Box<[Part]>,
    pub(crate) signs_body: bool,
    /// Whether a checksum stands for the body.
    pub(crate) has_checksum: bool,
    /// Which stands for the body.
    pub(crate) form: Option<FormPlan>,
    pub(crate) time: Option<Time>,
    pub(crate) limits: Option<Limits>,
    pub(crate) id: Option<Place>,
    /// Whether the delivery's id is signed.
    pub(crate) signs_id: bool,
    pub(crate) fixed: Box<[Fixed]>,
    pub(crate) body_limit: u64,
}

/// A header, and the name that it has with some senders.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) name: HeaderName,
    pub(crate) alias: Option<HeaderName>,
}

/// A header that must be there with this value.
#[derive(Debug)]
pub(crate) struct Fixed {
    pub(crate) place: Place,
    pub(crate) value: Box<str>,
}

/// The headers of signatures.
#[derive(Debug)]
pub(crate) enum Places {
    /// In the body.
    Body,
    Numbered(Box<str>),
    One(Place),
    Two(Place, Place),
}

/// [`Grammar`], owned.
#[derive(Debug)]
pub(crate) enum Entries {
    Commas,
    Groups {
        time: Box<str>,
        signature: Box<str>,
    },
    Pairs {
        separator: u8,
        has_space: bool,
        time: Box<str>,
        signature: Box<str>,
    },
    Positional,
    /// The tag with its comma.
    Tagged(Box<str>),
    Whole(Box<str>),
}

#[derive(Debug)]
pub(crate) struct Time {
    /// None if it is in the header of the signature.
    pub(crate) place: Option<Place>,
    pub(crate) unit: Unit,
}

/// How old and how early a delivery may be.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) past: Duration,
    pub(crate) future: Duration,
}

impl Limits {
    fn new(scheme: &Scheme<'_>) -> Option<Self> {
        let (past, future) = scheme.past.zip(scheme.future)?;
        Some(Self { past, future })
    }

    pub(crate) fn judge(&self, at: Timestamp, now: Timestamp) -> Result<(), VerifyErrorKind> {
        if at > now.after(self.future) {
            return Err(VerifyErrorKind::Early);
        }
        if at.after(self.past) < now {
            return Err(VerifyErrorKind::Stale);
        }
        Ok(())
    }
}

impl Plan {
    pub(crate) fn new(scheme: &Scheme<'_>) -> Result<Self, ConfigError> {
        let (before, after) = parts(scheme)?;
        let has_id = |parts: &[Part]| parts.contains(&Part::Id);
        let plan = Self {
            signs_id: has_id(&before) || after.as_deref().is_some_and(has_id),
            name: scheme.name.into(),
            recipe: Recipe::new(scheme, &before)?,
            algorithm: scheme.algorithm,
            encoding: scheme.encoding,
            signature_chars: decode::text_len(
                scheme.encoding,
                *scheme.algorithm.signature_len().end(),
            ),
            headers: Places::new(scheme)?,
            entries: Entries::new(scheme.grammar)?,
            before: before.into(),
            signs_body: after.is_some(),
            has_checksum: scheme.message.contains("{crc32}"),
            form: form(scheme)?,
            after: after.unwrap_or_default().into(),
            time: Time::new(scheme)?,
            limits: Limits::new(scheme),
            id: scheme.id.map(|id| Place::new(id, scheme)).transpose()?,
            fixed: fixed(scheme)?,
            body_limit: scheme.body_limit,
        };
        plan.check(scheme)?;
        Ok(plan)
    }

    fn check(&self, scheme: &Scheme<'_>) -> Result<(), ConfigError> {
        if !self.algorithm.is_supported() {
            return Err(ConfigErrorKind::Unsupported.into());
        }
        let kind = match self.algorithm.is_public_key() {
            true => Kind::Public,
            false => Kind::Shared,
        };
        if scheme.secret.kind() != kind {
            return Err(ConfigErrorKind::SecretKind.into());
        }
        if !matches!(self.recipe, Recipe::Template) {
            return Ok(());
        }
        let signs = |part: &Part| self.before.contains(part) || self.after.contains(part);
        // Of a checksum anybody can find another body that has the same.
        let is_whole = self.signs_body && !self.has_checksum || scheme.is_bodiless;
        let hashes_secret = matches!(self.algorithm, Algorithm::Plain(_));
        if !is_whole
            || signs(&Part::Secret) != hashes_secret
            || self.signs_id && self.id.is_none()
            || signs(&Part::Timestamp) && self.time.is_none()
            || !self
                .before
                .iter()
                .chain(&self.after)
                .all(Part::is_of_the_head)
        {
            return Err(ConfigErrorKind::Message.into());
        }
        // An age that is not signed says nothing: whoever sends it again chooses it.
        let judges_age = scheme.past.is_some() || scheme.future.is_some();
        if judges_age && !signs(&Part::Timestamp) && self.listing().is_none() {
            return Err(ConfigErrorKind::Timestamp.into());
        }
        Ok(())
    }

    /// The header that names others that are signed, among them those of the time and itself.
    pub(crate) fn listing(&self) -> Option<&HeaderName> {
        let mut parts = self.before.iter().chain(&self.after);
        parts.find_map(|part| match part {
            Part::Headers(name, _) => Some(name),
            _ => None,
        })
    }

    /// Whether a MAC over a template is all that is to be made.
    pub(crate) const fn is_mac(&self) -> bool {
        matches!(self.recipe, Recipe::Template) && !self.algorithm.is_public_key()
    }

    /// Feeds all that is signed.
    pub(crate) fn feed(
        &self,
        facts: &Facts<'_>,
        secret: &[u8],
        body: &[u8],
        to: &mut dyn Sink,
    ) -> Result<(), VerifyError> {
        facts.feed(&self.before, secret, to)?;
        match &self.form {
            Some(form) => form.feed(facts.url()?, body, to)?,
            None if self.has_checksum => {
                let mut checksum = Crc32::new();
                checksum.update(body);
                to.absorb(checksum.finish().to_string().as_bytes());
            }
            None if self.signs_body => to.absorb(body),
            None => {}
        }
        facts.feed(&self.after, secret, to)
    }

    /// How many bytes a body has with one more piece.
    pub(crate) fn longer(&self, length: u64, piece: &[u8]) -> Result<u64, VerifyError> {
        let piece = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let length = length.saturating_add(piece);
        if length > self.body_limit {
            return Err(VerifyErrorKind::TooLarge.into());
        }
        Ok(length)
    }
}

impl Place {
    fn new(name: &str, scheme: &Scheme<'_>) -> Result<Self, ConfigError> {
        let instead = scheme.alias.and_then(|(with, instead)| {
            let rest = name.strip_prefix(with)?;
            Some(format!("{instead}{rest}"))
        });
        Ok(Self {
            name: header(name)?,
            alias: instead.as_deref().map(header).transpose()?,
        })
    }
}

impl Places {
    /// The names of those that have names of their own.
    pub(crate) fn names(&self) -> impl Iterator<Item = &HeaderName> {
        let (one, two) = match self {
            Self::Body | Self::Numbered(_) => (None, None),
            Self::One(one) => (Some(one), None),
            Self::Two(one, two) => (Some(one), Some(two)),
        };
        let both = one.into_iter().chain(two);
        both.flat_map(|place| [&place.name].into_iter().chain(&place.alias))
    }

    fn new(scheme: &Scheme<'_>) -> Result<Self, ConfigError> {
        Ok(match scheme.headers {
            Headers::Body => Self::Body,
            Headers::One(name) => Self::One(Place::new(name, scheme)?),
            Headers::Two(one, two) => Self::Two(Place::new(one, scheme)?, Place::new(two, scheme)?),
            Headers::Numbered(name) => {
                header(&format!("{name}1"))?;
                Self::Numbered(name.to_ascii_lowercase().into())
            }
        })
    }
}

impl Entries {
    fn new(grammar: Grammar<'_>) -> Result<Self, ConfigError> {
        Ok(match grammar {
            Grammar::Commas => Self::Commas,
            Grammar::Groups { time, signature } => Self::Groups {
                time: time.into(),
                signature: signature.into(),
            },
            Grammar::Pairs {
                separator,
                has_space,
                time,
                signature,
            } => Self::Pairs {
                separator: u8::try_from(separator).map_err(|_| ConfigErrorKind::Header)?,
                has_space,
                time: time.into(),
                signature: signature.into(),
            },
            Grammar::Positional => Self::Positional,
            Grammar::Tagged(tag) => Self::Tagged(format!("{tag},").into()),
            Grammar::Whole(prefix) => Self::Whole(prefix.into()),
        })
    }

    /// Whether timestamps stand in it.
    fn has_time(&self) -> bool {
        match self {
            Self::Pairs { time, .. } => !time.is_empty(),
            Self::Groups { .. } | Self::Positional => true,
            Self::Commas | Self::Tagged(_) | Self::Whole(_) => false,
        }
    }
}

impl Time {
    fn new(scheme: &Scheme<'_>) -> Result<Option<Self>, ConfigError> {
        let in_signature = Entries::new(scheme.grammar)?.has_time();
        let (place, unit) = match scheme.timestamps {
            None => return Ok(None),
            Some(Timestamps::Header(name, unit)) => (Some(Place::new(name, scheme)?), unit),
            Some(Timestamps::Signature(unit)) if in_signature => (None, unit),
            Some(Timestamps::Signature(_)) => return Err(ConfigErrorKind::Timestamp.into()),
        };
        Ok(Some(Self { place, unit }))
    }
}

fn fixed(scheme: &Scheme<'_>) -> Result<Box<[Fixed]>, ConfigError> {
    let one = |(name, value): &(&str, &str)| {
        Ok(Fixed {
            place: Place::new(name, scheme)?,
            value: (*value).into(),
        })
    };
    scheme.fixed.iter().map(one).collect()
}

#[cfg(feature = "form")]
fn form(scheme: &Scheme<'_>) -> Result<Option<FormPlan>, ConfigError> {
    // Its fields are fed when all are there, which is too late for a hash that a public key signs.
    if scheme.form.is_some() && scheme.algorithm.is_public_key() {
        return Err(ConfigErrorKind::Message.into());
    }
    let fields = scheme.form.as_ref().filter(|form| form.signed.is_none());
    Ok(fields.map(FormPlan::new))
}

#[cfg(not(feature = "form"))]
fn form(scheme: &Scheme<'_>) -> Result<Option<FormPlan>, ConfigError> {
    match scheme.form {
        Some(_) => Err(ConfigErrorKind::Unsupported.into()),
        None => Ok(None),
    }
}

pub(crate) fn header(name: &str) -> Result<HeaderName, ConfigError> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| ConfigErrorKind::Header.into())
}
