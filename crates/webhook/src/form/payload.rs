//! A field of a form that is signed, and the field beside it that has the signatures.

use std::sync::Arc;

use portcullis_core::Timestamp;

use crate::entries::{MOST, MOST_BYTES};
use crate::head::Head;
use crate::job::{Found, Job};
use crate::keyed::Keyed;
use crate::mac::{Mac, Sink as _, Tag};
use crate::plan::Plan;
use crate::ready::Ready;
use crate::scheme::{Algorithm, Hash};
use crate::signer::SigningKey;
use crate::{ConfigError, ConfigErrorKind, Delivery, Scheme, VerifyError, VerifyErrorKind, decode};

/// The two fields.
#[derive(Debug)]
pub(crate) struct PayloadPlan {
    signature: Box<str>,
    payload: Box<str>,
}

impl PayloadPlan {
    /// Of a scheme whose form has the signature in it; none if it has another form or none.
    pub(crate) fn new(scheme: &Scheme<'_>) -> Result<Option<Self>, ConfigError> {
        let Some((signature, payload)) = scheme.form.as_ref().and_then(|form| form.signed) else {
            return Ok(None);
        };
        if scheme.timestamps.is_some() || scheme.past.is_some() || scheme.future.is_some() {
            return Err(ConfigErrorKind::Timestamp.into());
        }
        let has_key = matches!(scheme.algorithm, Algorithm::Hmac(_));
        let is_alone = scheme.message == "{form}" && scheme.id.is_none() && signature != payload;
        if !has_key || !is_alone || !scheme.signs_into_body() {
            return Err(ConfigErrorKind::Message.into());
        }
        Ok(Some(Self {
            signature: signature.into(),
            payload: payload.into(),
        }))
    }

    pub(crate) fn begin(self: &Arc<Self>) -> Box<dyn Job> {
        Box::new(Arriving {
            plan: Arc::clone(self),
            body: Vec::new(),
        })
    }

    fn judge(&self, ready: &Ready, body: &[u8], now: Timestamp) -> Result<Found, VerifyError> {
        let read = self.read(&ready.plan, body);
        let (tags, message) = read.ok_or(VerifyErrorKind::Malformed)?;
        let mut fits = None;
        for (index, key) in ready.keys.iter().enumerate() {
            let Keyed::Mac(mac) = &key.keyed else {
                continue;
            };
            let tag = mac_of(mac, &message);
            let is_there = tags.iter().fold(false, |is, other| is | other.ct_eq(&tag));
            if is_there & key.is_good(now) {
                fits = fits.or(Some((index, tag)));
            }
        }
        let (index, tag) = fits.ok_or(VerifyErrorKind::Signature)?;
        Ok(Found {
            index,
            tag,
            id: None,
            at: None,
        })
    }

    /// The signatures and what they should be of; none if the form is not made so.
    fn read(&self, plan: &Plan, body: &[u8]) -> Option<(Vec<Tag>, Vec<u8>)> {
        let signatures = only(body, &self.signature)?;
        let pairs: Vec<_> = signatures.split('&').take(MOST + 1).collect();
        if signatures.len() > MOST_BYTES || pairs.len() > MOST {
            return None;
        }
        let len = plan.algorithm.hash().map_or(0, Hash::size);
        let tags = pairs.into_iter().filter_map(|pair| {
            let (_, written) = pair.split_once('|')?;
            decode::tag(plan.encoding, written.as_bytes(), len)
        });
        let tags: Vec<_> = tags.collect();
        let message = message(&only(body, &self.payload)?)?;
        (!tags.is_empty()).then_some((tags, message))
    }

    /// Puts signatures into a form, each beside the label of its secret; none if there is no payload.
    pub(crate) fn sign(
        &self,
        plan: &Plan,
        keys: &[SigningKey],
        delivery: Delivery<'_>,
        body: &[u8],
    ) -> Option<Vec<u8>> {
        let message = message(&only(body, &self.payload)?)?;
        let live = keys.iter().filter(|key| key.is_good(delivery.at));
        let pairs = live.filter_map(|key| {
            let (Keyed::Mac(mac), label) = (&key.keyed, key.label()) else {
                return None;
            };
            let tag = mac_of(mac, &message);
            let is_readable = !label.contains(['|', '&']);
            let written = decode::text(plan.encoding, tag.as_bytes());
            is_readable.then(|| format!("{label}|{written}"))
        });
        let pairs = pairs.collect::<Vec<_>>().join("&");
        let others = form_urlencoded::parse(body).filter(|(name, _)| *name != *self.signature);
        let mut signed = form_urlencoded::Serializer::new(String::new());
        signed.append_pair(&self.signature, &pairs);
        signed.extend_pairs(others);
        (!pairs.is_empty()).then(|| signed.finish().into_bytes())
    }
}

/// The value of a field that is there once. Of two nobody can say which one the handler reads.
fn only(body: &[u8], name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(body).filter(|(found, _)| found == name);
    let (_, value) = fields.next()?;
    fields.next().is_none().then(|| value.into_owned())
}

/// What is signed of a payload, which is base64 in lines (RFC 2045 §6.8): the last of them has its
/// end too, even where it was lost on the way. That no answer to a challenge is a signature of a
/// payload rests on it.
fn message(payload: &str) -> Option<Vec<u8>> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=\n".contains(&byte);
    if payload.is_empty() || !payload.bytes().all(is_base64) {
        return None;
    }
    let end: &[u8] = if payload.ends_with('\n') { b"" } else { b"\n" };
    Some([payload.as_bytes(), end].concat())
}

fn mac_of(mac: &Mac, message: &[u8]) -> Tag {
    let mut mac = mac.clone();
    mac.absorb(message);
    mac.finish()
}

/// A delivery whose body is arriving.
struct Arriving {
    plan: Arc<PayloadPlan>,
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
