use http::{HeaderMap, HeaderName, Method, request};

use crate::mac::Sink;
use crate::part::{Part, Segment};
use crate::plan::{Place, Places, Plan};
use crate::query::Value;
use crate::{VerifyError, VerifyErrorKind, entries, moment};
use portcullis_core::Timestamp;

/// The head of a request, as far as signatures are about it.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Head<'r> {
    headers: &'r HeaderMap,
    method: &'r Method,
    path: &'r str,
    url: Option<&'r str>,
}

impl<'r> Head<'r> {
    /// The head of a `POST` with these headers, for schemes that sign nothing else.
    pub const fn new(headers: &'r HeaderMap) -> Self {
        Self {
            headers,
            method: &Method::POST,
            path: "/",
            url: None,
        }
    }

    /// The head of a request.
    pub fn of(parts: &'r request::Parts) -> Self {
        let path = parts.uri.path_and_query();
        Self::new(&parts.headers)
            .with_method(&parts.method)
            .with_path(path.map_or("/", |path| path.as_str()))
    }

    /// Says by which method the request came.
    pub const fn with_method(mut self, method: &'r Method) -> Self {
        self.method = method;
        self
    }

    /// Says what its path and query are.
    pub const fn with_path(mut self, path: &'r str) -> Self {
        self.path = path;
        self
    }

    /// Says to which URL the provider sent it.
    ///
    /// # Security
    ///
    /// Take it from your configuration. What `Host` and `X-Forwarded-Host` say is the sender's
    /// choice.
    pub const fn with_url(mut self, url: &'r str) -> Self {
        self.url = Some(url);
        self
    }

    pub(crate) const fn url(self) -> Option<&'r str> {
        self.url
    }

    #[cfg(feature = "message-signatures")]
    pub(crate) const fn headers(self) -> &'r HeaderMap {
        self.headers
    }

    #[cfg(any(feature = "message-signatures", feature = "token"))]
    pub(crate) const fn method(self) -> &'r Method {
        self.method
    }

    #[cfg(any(feature = "message-signatures", feature = "token"))]
    pub(crate) const fn path(self) -> &'r str {
        self.path
    }

    /// The one value of a header that must not be there twice.
    pub(crate) fn single(self, place: &Place) -> Result<Option<&'r str>, VerifyError> {
        let found = self.only(&place.name)?;
        match (&place.alias, found) {
            (Some(alias), None) => self.only(alias),
            _ => Ok(found),
        }
    }

    fn only(self, name: &HeaderName) -> Result<Option<&'r str>, VerifyError> {
        let mut values = self.headers.get_all(name).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(VerifyErrorKind::Malformed.into());
        }
        // Visible ASCII, space and tab (RFC 9110 §5.5).
        let text = value.to_str().map_err(|_| VerifyErrorKind::Malformed)?;
        Ok(Some(text))
    }
}

/// The values of the headers that hold signatures.
#[derive(Clone, Copy)]
pub(crate) struct Values<'r> {
    head: Head<'r>,
    one: Option<&'r str>,
}

impl<'r> Values<'r> {
    /// Looks the one header up that most schemes have: it is read more than once.
    fn new(places: &Places, head: Head<'r>) -> Result<Self, VerifyError> {
        let one = match places {
            Places::One(place) => head.single(place)?,
            _ => None,
        };
        Ok(Self { head, one })
    }

    /// Gives each of them to `visit`.
    pub(crate) fn each(
        self,
        places: &Places,
        mut visit: impl FnMut(&'r str) -> Result<(), VerifyError>,
    ) -> Result<(), VerifyError> {
        let head = self.head;
        match places {
            Places::Body => Ok(()),
            Places::One(_) => self.one.map_or(Ok(()), visit),
            Places::Two(one, two) => {
                for value in [head.single(one)?, head.single(two)?].into_iter().flatten() {
                    visit(value)?;
                }
                Ok(())
            }
            Places::Numbered(prefix) => {
                for number in 1..=entries::MOST {
                    let name = HeaderName::try_from(format!("{prefix}{number}"));
                    let name = name.map_err(|_| VerifyErrorKind::Malformed)?;
                    match head.only(&name)? {
                        Some(value) => visit(value)?,
                        None => break,
                    }
                }
                Ok(())
            }
        }
    }
}

/// What a head says: read in full, nothing of it believed yet.
pub(crate) struct Facts<'r> {
    pub(crate) signatures: Values<'r>,
    time_text: Option<&'r str>,
    id: Option<&'r str>,
    pub(crate) time: Option<Timestamp>,
}

impl<'r> Facts<'r> {
    /// How many headers one may name.
    const MOST_LISTED: usize = 32;

    pub(crate) fn read(plan: &Plan, head: Head<'r>) -> Result<Self, VerifyError> {
        for fixed in &plan.fixed {
            let value = head.single(&fixed.place)?;
            if value.ok_or(VerifyErrorKind::Missing)? != &*fixed.value {
                return Err(VerifyErrorKind::Malformed.into());
            }
        }
        let signatures = Values::new(&plan.headers, head)?;
        let mut time_text = None;
        let mut time = None;
        if let Some(wanted) = &plan.time {
            let text = match &wanted.place {
                Some(place) => head.single(place)?,
                None => entries::time(plan, signatures)?,
            };
            let text = text.ok_or(VerifyErrorKind::Missing)?;
            let read = moment::read(wanted.unit, text.as_bytes());
            time = Some(read.ok_or(VerifyErrorKind::Malformed)?);
            time_text = Some(text);
        }
        let id = match &plan.id {
            Some(place) => Some(Self::id_in(plan, head, place)?),
            None => None,
        };
        Ok(Self {
            signatures,
            time_text,
            id,
            time,
        })
    }

    /// The id; with a full stop in it, what is signed could be cut in two ways.
    fn id_in(plan: &Plan, head: Head<'r>, place: &Place) -> Result<&'r str, VerifyError> {
        let id = head.single(place)?.ok_or(VerifyErrorKind::Missing)?;
        let is_odd = |byte: u8| !byte.is_ascii_graphic() || byte == b'.';
        if id.is_empty() || id.bytes().any(is_odd) && plan.signs_id {
            return Err(VerifyErrorKind::Malformed.into());
        }
        Ok(id)
    }

    pub(crate) const fn id(&self) -> Option<&'r str> {
        self.id
    }

    /// Feeds the headers that one of them names, as `name:value`, sorted by name and a semicolon
    /// between them.
    fn listed(
        &self,
        list: &HeaderName,
        time: Option<&HeaderName>,
        to: &mut dyn Sink,
    ) -> Result<(), VerifyError> {
        let must = [Some(list), time];
        let list = self
            .signatures
            .head
            .only(list)?
            .ok_or(VerifyErrorKind::Missing)?;
        let names = list
            .split(',')
            .map(|name| HeaderName::try_from(name.trim()));
        let names: Result<Vec<_>, _> = names.take(Self::MOST_LISTED + 1).collect();
        let mut names = names.map_err(|_| VerifyErrorKind::Malformed)?;
        let is_whole = must.into_iter().flatten().all(|must| names.contains(must));
        if names.len() > Self::MOST_LISTED || !is_whole {
            return Err(VerifyErrorKind::Malformed.into());
        }
        names.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        for (index, name) in names.iter().enumerate() {
            let value = self
                .signatures
                .head
                .only(name)?
                .ok_or(VerifyErrorKind::Missing)?;
            let between: &[u8] = if index == 0 { b"" } else { b";" };
            for bytes in [
                between,
                name.as_str().as_bytes(),
                b":",
                value.trim().as_bytes(),
            ] {
                to.absorb(bytes);
            }
        }
        Ok(())
    }

    /// Feeds a segment, if what it is about is there and not empty.
    fn segment(&self, segment: &Segment, to: &mut dyn Sink) -> Result<(), VerifyError> {
        let head = self.signatures.head;
        let value = match &segment.part {
            Part::Header(name) => head.only(name)?.map(Value::plain),
            Part::Query(parameter) => parameter.find(head.path)?,
            _ => None,
        };
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            to.absorb(&segment.before);
            value.feed(segment.after.first().copied(), to)?;
            to.absorb(&segment.after);
        }
        Ok(())
    }

    pub(crate) fn url(&self) -> Result<&'r str, VerifyError> {
        Ok(self.signatures.head.url.ok_or(VerifyErrorKind::Url)?)
    }

    /// What is to be said of the age, once the signature is known to be right.
    pub(crate) fn age(&self, plan: &Plan, now: Timestamp) -> Result<(), VerifyErrorKind> {
        let limits = plan.limits.as_ref();
        let judged = limits.zip(self.time);
        judged.map_or(Ok(()), |(limits, at)| limits.judge(at, now))
    }

    /// Feeds what is signed besides the body.
    pub(crate) fn feed(
        &self,
        parts: &[Part],
        secret: &[u8],
        to: &mut dyn Sink,
    ) -> Result<(), VerifyError> {
        for part in parts {
            match part {
                Part::Headers(list, time) => self.listed(list, time.as_ref(), to)?,
                Part::Query(parameter) => {
                    let value = parameter.find(self.signatures.head.path)?;
                    value.ok_or(VerifyErrorKind::Missing)?.feed(None, to)?;
                }
                Part::Segment(segment) => self.segment(segment, to)?,
                _ => to.absorb(self.bytes(part, secret)?),
            }
        }
        Ok(())
    }

    /// What stands for a part that is there as it is.
    fn bytes<'a>(&'a self, part: &'a Part, secret: &'a [u8]) -> Result<&'a [u8], VerifyError> {
        let head = self.signatures.head;
        Ok(match part {
            Part::Header(name) => {
                let value = head.only(name)?.ok_or(VerifyErrorKind::Missing)?;
                value.as_bytes()
            }
            Part::Id => self.id.unwrap_or_default().as_bytes(),
            Part::Literal(bytes) => bytes,
            Part::Method => head.method.as_str().as_bytes(),
            Part::Path => head.path.as_bytes(),
            Part::Secret => secret,
            Part::Timestamp => self.time_text.unwrap_or_default().as_bytes(),
            Part::Url => self.url()?.as_bytes(),
            // Those are fed by others, or a plan of a template has none.
            Part::Headers(..) | Part::Json(_) | Part::Query(_) | Part::Segment(_) => {
                return Err(VerifyErrorKind::Malformed.into());
            }
        })
    }
}
