//! HTTP Message Signatures (RFC 9421), with digests of bodies (RFC 9530).
//!
//! 1. What must be covered is configured, and so is the algorithm; the message chooses neither.
//! 2. Nothing is there twice: no label, parameter or component (§2, §2.3).
//! 3. What is covered and not known is refused (§2.5), wherever it stands in the list.
//! 4. Host and scheme come from the URL that was configured, not from the request.
//! 5. A digest counts only where it is covered, and is then compared with that of the body.
//! 6. Signatures are judged before the body is read, ages and digests after it.

mod covered;
mod date;
mod digest;
mod draft;
mod input;
mod job;
mod rules;
mod sf;
mod sign;
mod view;

use http::{HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};

use self::covered::Covered;
use self::digest::Digests;
use self::input::Input;
use self::job::{Fit, Pending};
pub(crate) use self::rules::Rules;
use self::sf::List;
use self::view::View;
use crate::head::Head;
use crate::job::Job;
use crate::keyed::Keyed;
use crate::mac::{Sink as _, Tag};
use crate::ready::{Key, Ready};
use crate::scheme::Encoding;
use crate::{VerifyError, VerifyErrorKind, decode};

const INPUT: HeaderName = HeaderName::from_static("signature-input");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");

/// How many signatures are looked at.
const MOST: usize = 16;

/// How many bytes of each of the three headers are looked at. Two signatures by RSA keys of 8192
/// bits have room in there.
const MOST_BYTES: usize = 4_096;

impl Rules {
    /// Begins with a head: at least one of its signatures is right, by a secret that may have
    /// ended.
    pub(crate) fn begin(&self, ready: &Ready, head: Head<'_>) -> Result<Box<dyn Job>, VerifyError> {
        if self.is_draft {
            return draft::begin(ready, head);
        }
        let view = View::new(head, self.has_host)?;
        let (inputs, signatures) = (lines(&view, &INPUT)?, lines(&view, &SIGNATURE)?);
        // §4.1, §4.2: members of another type make the header one that says nothing.
        let (inputs, signatures) = (sf::lists(&inputs), sf::byte_sequences(&signatures));
        let (Some(inputs), Some(signatures)) = (inputs, signatures) else {
            return Err(VerifyErrorKind::Malformed.into());
        };
        if inputs.len() > MOST || signatures.len() > MOST {
            return Err(VerifyErrorKind::Malformed.into());
        }
        let is_ours = |label: &str| self.label.as_deref().is_none_or(|ours| label == ours);
        let digests = lines(&view, &digest::HEADER).and_then(|text| Digests::read(&text));
        let mut verdict = Verdict::default();
        for (label, input) in inputs.iter().filter(|(label, _)| is_ours(label)) {
            let mut signatures = signatures.iter();
            let signature = signatures.find(|(other, _)| other == label);
            let judged = self.judge(ready, &view, input, signature.map(|(_, text)| *text));
            let no_digest = digests.as_ref().err().copied();
            verdict.add(judged, no_digest)?;
        }
        verdict.finish(digests.ok())
    }

    /// Judges one signature.
    fn judge(
        &self,
        ready: &Ready,
        view: &View<'_>,
        input: &List<'_>,
        signature: Option<&str>,
    ) -> Result<Fit, VerifyErrorKind> {
        let input = Input::read(self, input, view).ok_or(VerifyErrorKind::Malformed)?;
        let signature = signature.and_then(|text| {
            let lengths = self.algorithm.signature_len();
            decode::long(Encoding::Base64, text.as_bytes(), &lengths)
        });
        let signature = signature.ok_or(VerifyErrorKind::Malformed)?;
        let lines = covered::lines(&input.covered, view)?;
        let signed = covered::base(&lines, &input.params);
        let fits = |key: &Key| {
            let id = input.key_id.as_deref();
            self.key_id.allows(id, &key.labelled.label) && fits(key, signed.as_bytes(), &signature)
        };
        let keys = ready.keys.iter().enumerate();
        let keys = keys.filter_map(|(index, key)| fits(key).then_some(index));
        Ok(Fit {
            keys: keys.collect(),
            tag: Tag::new(&Sha256::digest(covered::base(&lines, &input.mark))),
            covers_body: input.covered.iter().any(Covered::is_digest),
            created: input.created,
            expires: input.expires,
            nonce: input.nonce,
        })
    }
}

/// Whether a signature is one of this by a secret. Those by MACs are compared in constant time.
fn fits(key: &Key, signed: &[u8], signature: &[u8]) -> bool {
    match &key.keyed {
        Keyed::Half(public) => {
            let mut message = public.message();
            message.absorb(signed);
            public.accepts(&message.finish(), signature)
        }
        Keyed::Mac(mac) => {
            let mut mac = mac.clone();
            mac.absorb(signed);
            mac.finish().ct_eq(&Tag::new(signature))
        }
    }
}

/// The value of a header that may be there more than once (RFC 9651 §4.2).
fn lines(view: &View<'_>, name: &HeaderName) -> Result<String, VerifyErrorKind> {
    let values = view.headers().get_all(name);
    let length: usize = values.iter().map(HeaderValue::len).sum();
    if length > MOST_BYTES {
        return Err(VerifyErrorKind::Malformed);
    }
    view.field(name)
}

/// What is known of the signatures that were looked at.
#[derive(Default)]
struct Verdict {
    fits: Vec<Fit>,
    has_other: bool,
    refused: Option<VerifyErrorKind>,
}

impl Verdict {
    /// Takes one, which is of no use if it covers a digest that cannot be read.
    fn add(
        &mut self,
        judged: Result<Fit, VerifyErrorKind>,
        no_digest: Option<VerifyErrorKind>,
    ) -> Result<(), VerifyErrorKind> {
        let judged = judged.and_then(|fit| match no_digest {
            Some(kind) if fit.covers_body => Err(kind),
            _ => Ok(fit),
        });
        match judged {
            Ok(fit) if fit.keys.is_empty() => self.has_other = true,
            Ok(fit) => self.fits.push(fit),
            // That is our fault, and another signature's fortune would hide it.
            Err(VerifyErrorKind::Url) => return Err(VerifyErrorKind::Url),
            Err(kind) => self.refused = self.refused.or(Some(kind)),
        }
        Ok(())
    }

    /// Goes on to the body if one is right.
    fn finish(self, digests: Option<Digests>) -> Result<Box<dyn Job>, VerifyError> {
        if self.fits.is_empty() {
            let refused = self.refused.unwrap_or(VerifyErrorKind::Missing);
            let is_other = self.has_other.then_some(VerifyErrorKind::Signature);
            return Err(is_other.unwrap_or(refused).into());
        }
        let covers_body = self.fits.iter().any(|fit| fit.covers_body);
        Ok(Box::new(Pending {
            fits: self.fits,
            digests: digests.filter(|_| covers_body),
        }))
    }
}
