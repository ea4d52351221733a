use std::borrow::Cow;
use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use portcullis_core::Timestamp;

use crate::head::{Facts, Head};
use crate::keyed::Keyed;
use crate::plan::{Entries, Place, Places, Plan};
use crate::public_key::PrivateKey;
use crate::secret::Labelled;
use crate::{
    ConfigError, ConfigErrorKind, Scheme, SecretSet, SignError, VerifyErrorKind, decode, moment,
};

/// Signs deliveries as a provider does.
///
/// While a secret is changed there are two, and a delivery is signed under both, where the scheme
/// has room for it; where it has not, under the first.
pub struct Signer {
    plan: Plan,
    keys: Vec<SigningKey>,
}

/// A secret, ready for use.
pub(crate) struct SigningKey {
    labelled: Labelled,
    pub(crate) keyed: Keyed<PrivateKey>,
}

impl SigningKey {
    #[cfg(any(feature = "form", feature = "message-signatures"))]
    pub(crate) fn label(&self) -> &str {
        &self.labelled.label
    }

    pub(crate) fn is_good(&self, at: Timestamp) -> bool {
        self.labelled.until.is_none_or(|until| at < until)
    }
}

/// What is signed besides the body.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Delivery<'r> {
    pub(crate) at: Timestamp,
    pub(crate) id: &'r str,
    pub(crate) method: &'r Method,
    pub(crate) path: &'r str,
    pub(crate) url: Option<&'r str>,
    pub(crate) headers: Option<&'r HeaderMap>,
}

impl<'r> Delivery<'r> {
    /// A delivery with this id, sent at this time by `POST`.
    pub const fn new(id: &'r str, at: Timestamp) -> Self {
        Self {
            at,
            id,
            method: &Method::POST,
            path: "/",
            url: None,
            headers: None,
        }
    }

    /// Says by which method it is sent.
    pub const fn with_method(mut self, method: &'r Method) -> Self {
        self.method = method;
        self
    }

    /// Says what path and query it is sent to.
    pub const fn with_path(mut self, path: &'r str) -> Self {
        self.path = path;
        self
    }

    /// Says to which URL it is sent.
    pub const fn with_url(mut self, url: &'r str) -> Self {
        self.url = Some(url);
        self
    }

    /// Says what other headers it has, for schemes that sign some.
    pub const fn with_headers(mut self, headers: &'r HeaderMap) -> Self {
        self.headers = Some(headers);
        self
    }
}

impl Signer {
    /// Makes a signer of a scheme and the secrets to sign with.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the scheme cannot work, here or at all, there is no secret, or one is not
    /// of the scheme's [signing format](Scheme::signing_format).
    pub fn new(scheme: &Scheme<'_>, secrets: SecretSet) -> Result<Self, ConfigError> {
        let plan = Plan::new(scheme)?;
        let key = |labelled: Labelled| {
            let keyed = Keyed::signing(plan.algorithm, &labelled.secret)?;
            Ok(SigningKey { labelled, keyed })
        };
        let keys = secrets.into_vec().into_iter().map(key);
        let keys = keys.collect::<Result<Vec<_>, ConfigError>>()?;
        if keys.is_empty() {
            return Err(ConfigErrorKind::SecretMissing.into());
        }
        Ok(Self { plan, keys })
    }

    /// Makes the headers that go with a body.
    ///
    /// # Errors
    ///
    /// [`SignError`] if the delivery has something that no header can hold, or lacks what the scheme
    /// signs.
    pub fn sign(&self, delivery: Delivery<'_>, body: &[u8]) -> Result<HeaderMap, SignError> {
        if let Some(headers) = self.plan.recipe.sign(&self.keys, delivery, body)? {
            return Ok(headers);
        }
        let mut headers = delivery.headers.cloned().unwrap_or_default();
        // Of a request that was signed before: they are put anew.
        for name in self.plan.headers.names() {
            headers.remove(name);
        }
        let time = self.time(delivery.at);
        let mut signed = self.beside(delivery, &headers, time.as_ref())?;
        headers.extend(signed.clone());
        let text = time.as_ref().map_or("", |(_, text)| text);
        self.lead(&mut headers, text)?;
        let head = Head::new(&headers)
            .with_method(delivery.method)
            .with_path(delivery.path);
        let head = match delivery.url {
            Some(url) => head.with_url(url),
            None => head,
        };
        let facts = Facts::read(&self.plan, head).map_err(SignError::unsigned)?;
        let live = self.keys.iter().filter(|key| key.is_good(delivery.at));
        let tags = live.map(|key| self.tag(key, &facts, body));
        self.place(&mut signed, text, &tags.collect::<Result<Vec<_>, _>>()?)?;
        Ok(signed)
    }

    /// Makes the headers, and the body that goes with them: with the signature in it if that is where
    /// the [scheme has it](Scheme::signs_into_body), and otherwise as it is.
    ///
    /// # Errors
    ///
    /// As [`sign`](Self::sign); and if the signature is to stand in a body that is not made for it.
    pub fn sign_body<'b>(
        &self,
        delivery: Delivery<'_>,
        body: &'b [u8],
    ) -> Result<(HeaderMap, Cow<'b, [u8]>), SignError> {
        let (plan, keys) = (&self.plan, &self.keys);
        match plan.recipe.sign_body(plan, keys, delivery, body)? {
            Some(body) => Ok((HeaderMap::new(), body.into())),
            None => Ok((self.sign(delivery, body)?, body.into())),
        }
    }

    /// The headers that are signed, or read, beside the signature.
    fn beside(
        &self,
        delivery: Delivery<'_>,
        present: &HeaderMap,
        time: Option<&(Option<&Place>, String)>,
    ) -> Result<HeaderMap, SignError> {
        let mut beside = HeaderMap::new();
        let time_header = time.and_then(|(place, text)| Some((&(*place)?.name, text)));
        if let Some((name, text)) = time_header {
            put(&mut beside, name, text)?;
        }
        if let Some(place) = &self.plan.id {
            put(&mut beside, &place.name, delivery.id)?;
        }
        for fixed in &self.plan.fixed {
            put(&mut beside, &fixed.place.name, &fixed.value)?;
        }
        let list = self.plan.listing();
        if let Some(list) = list.filter(|list| !present.contains_key(*list)) {
            let time = time_header.map(|(name, _)| name);
            let names = time.into_iter().chain([list]).map(HeaderName::as_str);
            put(&mut beside, list, &names.collect::<Vec<_>>().join(","))?;
        }
        Ok(beside)
    }

    fn time(&self, at: Timestamp) -> Option<(Option<&Place>, String)> {
        let time = self.plan.time.as_ref()?;
        Some((time.place.as_ref(), moment::text(time.unit, at)))
    }

    /// Puts a header of signatures that has a timestamp and no signature yet, where one is read.
    fn lead(&self, headers: &mut HeaderMap, time: &str) -> Result<(), SignError> {
        let is_inside = self
            .plan
            .time
            .as_ref()
            .is_some_and(|time| time.place.is_none());
        match &self.plan.headers {
            Places::One(place) if is_inside => put(headers, &place.name, &self.value(time, &[])),
            _ => Ok(()),
        }
    }

    fn tag(&self, key: &SigningKey, facts: &Facts<'_>, body: &[u8]) -> Result<String, SignError> {
        let secret = key.labelled.secret.expose();
        let encoding = self.plan.encoding;
        let signature = match &key.keyed {
            Keyed::Half(private) => {
                let mut message = Vec::new();
                let fed = self.plan.feed(facts, &[], body, &mut message);
                // It fails without memory or randomness: there is then no signature at all.
                let signature = || private.sign(&message).ok_or(VerifyErrorKind::Signature);
                fed.and_then(|()| Ok(decode::text(encoding, &signature()?)))
            }
            Keyed::Mac(mac) => {
                let tag = mac.of(|to| self.plan.feed(facts, secret, body, to));
                tag.map(|tag| decode::text(encoding, tag.as_bytes()))
            }
        };
        signature.map_err(SignError::unsigned)
    }

    /// Puts the signatures where the scheme has them.
    fn place(&self, to: &mut HeaderMap, time: &str, tags: &[String]) -> Result<(), SignError> {
        match &self.plan.headers {
            Places::Body => Ok(()),
            Places::One(place) => put(to, &place.name, &self.value(time, tags)),
            Places::Two(one, two) => {
                for (place, tag) in [one, two].into_iter().zip(tags) {
                    put(
                        to,
                        &place.name,
                        &self.value(time, std::slice::from_ref(tag)),
                    )?;
                }
                Ok(())
            }
            Places::Numbered(prefix) => {
                for (index, tag) in tags.iter().enumerate() {
                    let name = HeaderName::try_from(format!("{prefix}{}", index + 1));
                    let name =
                        name.map_err(|_| SignError::unsigned(VerifyErrorKind::Malformed.into()))?;
                    put(to, &name, &self.value(time, std::slice::from_ref(tag)))?;
                }
                Ok(())
            }
        }
    }

    fn value(&self, time: &str, tags: &[String]) -> String {
        match &self.plan.entries {
            Entries::Commas => tags.join(","),
            Entries::Groups {
                time: key,
                signature,
            } => {
                let group = |tag: &str| format!("{key}={time},{signature}={tag}");
                let groups: Vec<_> = tags.iter().map(|tag| group(tag)).collect();
                // Without a signature yet, there is one group for the time to be read from.
                if groups.is_empty() {
                    group("")
                } else {
                    groups.join(" ")
                }
            }
            Entries::Pairs {
                separator,
                has_space,
                time: time_key,
                signature,
            } => {
                let first = (!time_key.is_empty()).then(|| format!("{time_key}={time}"));
                let tags = tags.iter().map(|tag| format!("{signature}={tag}"));
                let pairs: Vec<_> = first.into_iter().chain(tags).collect();
                let space = if *has_space { " " } else { "" };
                pairs.join(&format!("{}{space}", char::from(*separator)))
            }
            Entries::Positional => {
                let tags = tags.iter().map(String::as_str);
                let all: Vec<_> = std::iter::once(time).chain(tags).collect();
                all.join(",")
            }
            Entries::Tagged(tag) => {
                let entries: Vec<_> = tags.iter().map(|entry| format!("{tag}{entry}")).collect();
                entries.join(" ")
            }
            Entries::Whole(prefix) => {
                format!("{prefix}{}", tags.first().map_or("", String::as_str))
            }
        }
    }
}

fn put(headers: &mut HeaderMap, name: &HeaderName, value: &str) -> Result<(), SignError> {
    let value = HeaderValue::from_str(value);
    let value = value.map_err(|_| SignError::unsigned(VerifyErrorKind::Malformed.into()))?;
    headers.insert(name.clone(), value);
    Ok(())
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("scheme", &self.plan.name)
            .finish_non_exhaustive()
    }
}
