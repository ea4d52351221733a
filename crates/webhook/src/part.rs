//! The message of a scheme, read.

use http::HeaderName;

use crate::plan::header;
use crate::query::Parameter;
use crate::scheme::{Scheme, Timestamps};
use crate::{ConfigError, ConfigErrorKind};

/// A part of what is signed; the body is between two lists of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Header(HeaderName),
    /// The headers that this one names, among which must be itself and that of the time.
    Headers(HeaderName, Option<HeaderName>),
    Id,
    /// What is at this place of a JSON text.
    Json(Box<str>),
    Literal(Box<[u8]>),
    Method,
    Path,
    Query(Parameter),
    Secret,
    /// What is signed if it is there, or else nothing at all.
    Segment(Box<Segment>),
    Timestamp,
    Url,
}

/// A header or a parameter, and the literals around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) before: Box<[u8]>,
    pub(crate) part: Part,
    /// Not empty: no value has its first byte, so that all of them end where they should.
    pub(crate) after: Box<[u8]>,
}

impl Segment {
    fn new(text: &str, scheme: &Scheme<'_>) -> Result<Self, ConfigError> {
        let unknown = ConfigErrorKind::Message;
        let start = text.find('{').ok_or(unknown)?;
        let (before, rest) = text.split_at(start);
        let (part, after) = next(rest, scheme)?;
        let is_optional = |part: &Part| matches!(part, Part::Header(_) | Part::Query(_));
        let part = part.filter(is_optional).ok_or(unknown)?;
        if after.is_empty() || after.contains(['{', '[']) {
            return Err(unknown.into());
        }
        Ok(Self {
            before: before.as_bytes().into(),
            part,
            after: after.as_bytes().into(),
        })
    }
}

impl Part {
    pub(crate) const fn is_of_the_head(&self) -> bool {
        !matches!(self, Self::Json(_))
    }
}

/// The parts before and, if there is one, after the body.
pub(crate) fn parts(scheme: &Scheme<'_>) -> Result<(Vec<Part>, Option<Vec<Part>>), ConfigError> {
    let (mut before, mut after) = (Vec::new(), None::<Vec<_>>);
    let mut rest = scheme.message;
    while !rest.is_empty() {
        let (part, left) = next(rest, scheme)?;
        rest = left;
        match (part, &mut after) {
            (Some(part), None) => before.push(part),
            (Some(part), Some(after)) => after.push(part),
            (None, None) => after = Some(Vec::new()),
            // Nobody signs a body twice, and it could not be streamed.
            (None, Some(_)) => return Err(ConfigErrorKind::Message.into()),
        }
    }
    Ok((before, after))
}

/// The next part, none for the body, and what follows it.
fn next<'m>(text: &'m str, scheme: &Scheme<'_>) -> Result<(Option<Part>, &'m str), ConfigError> {
    let unknown = ConfigError::from(ConfigErrorKind::Message);
    if let Some(inner) = text.strip_prefix('[') {
        let (segment, rest) = inner.split_once(']').ok_or(unknown)?;
        let segment = Segment::new(segment, scheme)?;
        return Ok((Some(Part::Segment(Box::new(segment))), rest));
    }
    let Some(inner) = text.strip_prefix('{') else {
        let end = text.find(['{', '[']).unwrap_or(text.len());
        let (literal, rest) = text.split_at(end);
        return Ok((Some(Part::Literal(literal.as_bytes().into())), rest));
    };
    let (word, rest) = inner.split_once('}').ok_or(unknown)?;
    let part = match word {
        "body" if scheme.form.is_none() => return Ok((None, rest)),
        "crc32" if scheme.form.is_none() => return Ok((None, rest)),
        "form" if scheme.form.is_some() => return Ok((None, rest)),
        "endpoint" => Part::Literal(scheme.endpoint.ok_or(unknown)?.as_bytes().into()),
        "id" => Part::Id,
        "method" => Part::Method,
        "path" => Part::Path,
        "secret" => Part::Secret,
        "timestamp" => Part::Timestamp,
        "url" => Part::Url,
        _ => match word.split_once(':') {
            Some(("header", name)) => Part::Header(header(name)?),
            Some(("headers", name)) => Part::Headers(header(name)?, time_header(scheme)?),
            Some(("json", place)) => Part::Json(place.into()),
            Some(("lower-query", name)) => query(name, true),
            Some(("query", name)) => query(name, false),
            _ => return Err(unknown),
        },
    };
    Ok((Some(part), rest))
}

fn query(name: &str, is_lower: bool) -> Part {
    let name = name.into();
    Part::Query(Parameter { name, is_lower })
}

/// The header of the timestamp, if it has one of its own.
fn time_header(scheme: &Scheme<'_>) -> Result<Option<HeaderName>, ConfigError> {
    match scheme.timestamps {
        Some(Timestamps::Header(name, _)) => header(name).map(Some),
        _ => Ok(None),
    }
}
