//! Signatures that stand in a JSON text beside what they sign.

mod place;

use std::sync::Arc;

use portcullis_core::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::head::Head;
use crate::job::{Found, Job};
use crate::keyed::Keyed;
use crate::mac::{Mac, Sink as _, Tag};
use crate::part::Part;
use crate::plan::Plan;
use crate::ready::Ready;
use crate::scheme::{Hash, Json, Unit};
use crate::signer::SigningKey;
use crate::{
    ConfigError, ConfigErrorKind, Delivery, Scheme, VerifyError, VerifyErrorKind, decode, moment,
    strict,
};

/// [`Json`], owned.
#[derive(Debug)]
pub(crate) struct JsonPlan {
    signature: Box<str>,
    items: Option<(Box<str>, Box<str>)>,
    timestamp: Option<(Box<str>, Unit)>,
    id: Option<Box<str>>,
    message: Box<[Part]>,
}

impl JsonPlan {
    pub(crate) fn new(
        json: &Json<'_>,
        scheme: &Scheme<'_>,
        message: &[Part],
    ) -> Result<Self, ConfigError> {
        let is_signed = |place: &str| {
            let mut parts = message.iter();
            parts.any(|part| matches!(part, Part::Json(signed) if &**signed == place))
        };
        let is_readable = |part: &Part| matches!(part, Part::Json(_) | Part::Literal(_));
        let names_id = json.id.is_none_or(is_signed);
        let is_well = names_id && scheme.is_bodiless && message.iter().all(is_readable);
        if scheme.algorithm.hash().is_none() || !is_well {
            return Err(ConfigErrorKind::Message.into());
        }
        let judges_age = scheme.past.is_some() || scheme.future.is_some();
        let has_time = json.timestamp.is_some_and(|(place, _)| is_signed(place));
        if judges_age && !has_time {
            return Err(ConfigErrorKind::Timestamp.into());
        }
        Ok(Self {
            signature: json.signature.into(),
            items: json.items.map(|(array, item)| (array.into(), item.into())),
            timestamp: json.timestamp.map(|(place, unit)| (place.into(), unit)),
            id: json.id.map(Into::into),
            message: message.iter().cloned().collect(),
        })
    }

    /// Begins a delivery: what is to be looked at is in the body.
    pub(crate) fn begin(self: &Arc<Self>) -> Box<dyn Job> {
        Box::new(Arriving {
            plan: Arc::clone(self),
            body: Vec::new(),
        })
    }

    fn judge(&self, ready: &Ready, body: &[u8], now: Timestamp) -> Result<Found, VerifyError> {
        let document = strict::parse(body).ok_or(VerifyErrorKind::Malformed)?;
        let items = self.items(&document).ok_or(VerifyErrorKind::Malformed)?;
        let read = items.into_iter().map(|item| self.read(&ready.plan, item));
        let read = read.collect::<Option<Vec<_>>>();
        let read = read.ok_or(VerifyErrorKind::Malformed)?;
        let mut fits = None;
        for item in &read {
            let index = fitting(ready, item, now).ok_or(VerifyErrorKind::Signature)?;
            fits = fits.or(Some((index, item)));
        }
        let (index, first) = fits.ok_or(VerifyErrorKind::Malformed)?;
        let limits = ready.plan.limits.as_ref();
        read.iter()
            .filter_map(|item| item.at)
            .try_for_each(|at| limits.map_or(Ok(()), |limits| limits.judge(at, now)))?;
        let is_alone = read.len() == 1;
        Ok(Found {
            index,
            tag: Tag::new(&marks(&read)),
            id: first.id.clone().filter(|_| is_alone),
            at: first.at.filter(|_| is_alone),
        })
    }

    /// What is signed each by itself; none if there is nothing.
    fn items<'d>(&self, document: &'d Value) -> Option<Vec<&'d Value>> {
        let Some((array, place)) = &self.items else {
            return Some(vec![document]);
        };
        let elements = document.pointer(array)?.as_array()?;
        let items = elements.iter().map(|element| element.pointer(place));
        items
            .collect::<Option<Vec<_>>>()
            .filter(|items| !items.is_empty())
    }

    fn read(&self, plan: &Plan, item: &Value) -> Option<Item> {
        let signature = item.pointer(&self.signature)?.as_str()?;
        let len = plan.algorithm.hash().map_or(0, Hash::size);
        let at = match &self.timestamp {
            Some((place, unit)) => Some(moment::read(*unit, place::text(item, place)?.as_bytes())?),
            None => None,
        };
        let id = match &self.id {
            Some(place) => Some(place::text(item, place).filter(|id| !id.is_empty())?),
            None => None,
        };
        Some(Item {
            signature: decode::tag(plan.encoding, signature.as_bytes(), len)?,
            message: self.message(item)?,
            at,
            id,
        })
    }

    fn message(&self, item: &Value) -> Option<Vec<u8>> {
        let mut message = Vec::new();
        for part in &self.message {
            match part {
                Part::Json(place) => message.absorb(place::text(item, place)?.as_bytes()),
                Part::Literal(bytes) => message.absorb(bytes),
                _ => return None,
            }
        }
        Some(message)
    }

    /// Writes time, id and signature into a body; none if it is not made as the scheme has it.
    pub(crate) fn sign(
        &self,
        plan: &Plan,
        keys: &[SigningKey],
        delivery: Delivery<'_>,
        body: &[u8],
    ) -> Option<Vec<u8>> {
        let mut document = strict::parse(body)?;
        let key = keys.iter().find(|key| key.is_good(delivery.at))?;
        let Keyed::Mac(mac) = &key.keyed else {
            return None;
        };
        match &self.items {
            None => self.sign_item(plan, mac, delivery, &mut document)?,
            Some((array, place)) => {
                let elements = document.pointer_mut(array)?.as_array_mut()?;
                for element in elements {
                    self.sign_item(plan, mac, delivery, element.pointer_mut(place)?)?;
                }
            }
        }
        self.items(&document)?;
        serde_json::to_vec(&document).ok()
    }

    fn sign_item(
        &self,
        plan: &Plan,
        mac: &Mac,
        delivery: Delivery<'_>,
        item: &mut Value,
    ) -> Option<()> {
        if let Some((place, unit)) = &self.timestamp {
            place::put(item, place, &moment::text(*unit, delivery.at))?;
        }
        if let Some(place) = &self.id {
            place::put(item, place, delivery.id)?;
        }
        let tag = mac_of(mac, &self.message(item)?);
        place::put(
            item,
            &self.signature,
            &decode::text(plan.encoding, tag.as_bytes()),
        )
    }
}

/// What is signed by itself, read in full.
struct Item {
    signature: Tag,
    message: Vec<u8>,
    at: Option<Timestamp>,
    id: Option<String>,
}

/// The first secret that is good and that an item was signed with. All are looked at.
fn fitting(ready: &Ready, item: &Item, now: Timestamp) -> Option<usize> {
    let mut found = None;
    for (index, key) in ready.keys.iter().enumerate() {
        if let Keyed::Mac(mac) = &key.keyed {
            let is_same = mac_of(mac, &item.message).ct_eq(&item.signature);
            if is_same & key.is_good(now) {
                found = found.or(Some(index));
            }
        }
    }
    found
}

fn mac_of(mac: &Mac, message: &[u8]) -> Tag {
    let mut mac = mac.clone();
    mac.absorb(message);
    mac.finish()
}

/// What is the same for the same items alone.
fn marks(items: &[Item]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for item in items {
        hash.update(item.signature.as_bytes());
    }
    hash.finalize().into()
}

/// A delivery whose body is arriving: its signature stands in it.
struct Arriving {
    plan: Arc<JsonPlan>,
    body: Vec<u8>,
}

impl Job for Arriving {
    fn update(&mut self, piece: &[u8]) {
        self.body.absorb(piece);
    }

    fn finish(
        self: Box<Self>,
        ready: &Ready,
        _head: Head<'_>,
        now: Timestamp,
    ) -> Result<Found, VerifyError> {
        self.plan.judge(ready, &self.body, now)
    }
}
