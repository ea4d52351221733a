//! What one signature says of itself (RFC 9421 §2.3).

use portcullis_core::Timestamp;

use super::covered::Covered;
use super::rules::{KeyId, Rules};
use super::sf::{self, List, Params, Value};
use super::view::View;
use crate::moment;
use crate::scheme::Unit;

/// How many components a signature may cover: each is looked up.
const MOST_COVERED: usize = 64;

/// A signature that is such as the rules have it. Nothing of it is believed yet.
pub(super) struct Input {
    pub(super) covered: Vec<Covered>,
    /// All of it, in its canonical form.
    pub(super) params: String,
    /// The same without what says by which key: two signatures of one message are one delivery.
    pub(super) mark: String,
    pub(super) created: Option<Timestamp>,
    pub(super) expires: Option<Timestamp>,
    pub(super) key_id: Option<String>,
    pub(super) nonce: Option<String>,
}

impl Input {
    /// None if it is not such as the rules have it.
    pub(super) fn read(rules: &Rules, (items, params): &List<'_>, view: &View<'_>) -> Option<Self> {
        if items.len() > MOST_COVERED {
            return None;
        }
        let mut covered = Vec::with_capacity(items.len());
        for item in items {
            let component = Covered::read(item)?;
            if covered.contains(&component) {
                return None;
            }
            covered.push(component);
        }
        let list = list(&covered)?;
        let input = Self {
            params: canonical(&list, params, &[])?,
            mark: canonical(&list, params, &["alg", "keyid"])?,
            created: time(params, "created")?,
            expires: time(params, "expires")?,
            key_id: text(params, "keyid")?,
            nonce: text(params, "nonce")?,
            covered,
        };
        let fits = rules.are_met(&input.covered, view) && input.fits(rules, params)?;
        fits.then_some(input)
    }

    /// Whether the parameters are as they should be; none if one is not of its type.
    fn fits(&self, rules: &Rules, params: &Params<'_>) -> Option<bool> {
        let (algorithm, tag) = (text(params, "alg")?, text(params, "tag")?);
        let is_one = match &rules.key_id {
            KeyId::One(_) => rules.key_id.allows(self.key_id.as_deref(), ""),
            KeyId::Any | KeyId::Label => true,
        };
        // What expires before it was made never was good.
        let mut times = self.created.zip(self.expires).into_iter();
        Some(
            is_one
                && algorithm.is_none_or(|name| name == rules.algorithm_name)
                && rules
                    .tag
                    .as_deref()
                    .is_none_or(|it| tag.as_deref() == Some(it))
                && (self.created.is_some() || !rules.has_created)
                && (self.expires.is_some() || rules.expiry.is_none())
                && times.all(|(created, expires)| created <= expires)
                && match self.nonce.as_deref() {
                    Some(nonce) => !nonce.is_empty(),
                    None => !rules.has_nonce,
                },
        )
    }
}

/// The inner list of what is covered.
pub(super) fn list(covered: &[Covered]) -> Option<String> {
    let identifiers = covered.iter().map(Covered::identifier);
    let identifiers = identifiers.collect::<Option<Vec<_>>>()?;
    Some(format!("({})", identifiers.join(" ")))
}

/// List and parameters without some, in their canonical form (RFC 9651 §4.1.1.1).
fn canonical(list: &str, params: &Params<'_>, without: &[&str]) -> Option<String> {
    let mut text = list.to_owned();
    for (key, value) in params.iter().filter(|(key, _)| !without.contains(key)) {
        text.extend([";", key]);
        match value {
            Value::Flag => {}
            Value::Integer(value) | Value::Other(value) => text.extend(["=", value]),
            Value::Text(value) => text.extend(["=\"", value, "\""]),
            // Base64 has more than one form, and no parameter that is known is of this type.
            Value::Bytes(_) => return None,
        }
    }
    Some(text)
}

fn value<'t>(params: &Params<'t>, name: &str) -> Option<Value<'t>> {
    let mut params = params.iter();
    Some(params.find(|(key, _)| *key == name)?.1)
}

/// A parameter that is a string, if it is there; none if it is something else.
fn text(params: &Params<'_>, name: &str) -> Option<Option<String>> {
    match value(params, name) {
        None => Some(None),
        Some(Value::Text(text)) => Some(Some(sf::unescaped(text).into_owned())),
        Some(_) => None,
    }
}

/// A parameter that is a time, if it is there; none if it is something else.
fn time(params: &Params<'_>, name: &str) -> Option<Option<Timestamp>> {
    match value(params, name) {
        None => Some(None),
        Some(Value::Integer(text)) => moment::read(Unit::Seconds, text.as_bytes()).map(Some),
        Some(_) => None,
    }
}
