//! The components that a signature covers (RFC 9421 §2).

use http::HeaderName;

use super::sf::{self, Item, Value};
use super::view::View;
use crate::VerifyErrorKind;
use crate::scheme::Component;

/// A component, with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Covered {
    Authority,
    /// A field, and whether its values are wrapped one by one (`bs`).
    Field(HeaderName, bool),
    Method,
    Path,
    Query,
    /// The name, as it is encoded.
    QueryParam(String),
    RequestTarget,
    Scheme,
    TargetUri,
}

impl Covered {
    /// Of a component that a policy names; none if it cannot be.
    pub(super) fn required(component: &Component<'_>) -> Option<Self> {
        Some(match component {
            Component::Authority => Self::Authority,
            Component::Field(name) => {
                Self::Field(HeaderName::from_bytes(name.as_bytes()).ok()?, false)
            }
            Component::Method => Self::Method,
            Component::Path => Self::Path,
            Component::Query => Self::Query,
            Component::QueryParam(name) => Self::QueryParam(super::view::encoded(name)),
            Component::RequestTarget => Self::RequestTarget,
            Component::Scheme => Self::Scheme,
            Component::TargetUri => Self::TargetUri,
        })
    }

    /// Of an item in an inner list. None if nobody knows it, or if it has a parameter that is not
    /// carried out here (§2.5): `sf` and `key` ask for the type of the field, `req` is for
    /// responses and `tr` for trailers, which come too late.
    pub(super) fn read((value, params): &Item<'_>) -> Option<Self> {
        let Value::Text(name) = value else {
            return None;
        };
        Some(match (*name, params.as_slice()) {
            ("@authority", []) => Self::Authority,
            ("@method", []) => Self::Method,
            ("@path", []) => Self::Path,
            ("@query", []) => Self::Query,
            ("@query-param", [("name", Value::Text(name))]) => {
                Self::QueryParam(sf::unescaped(name).into_owned())
            }
            ("@request-target", []) => Self::RequestTarget,
            ("@scheme", []) => Self::Scheme,
            ("@target-uri", []) => Self::TargetUri,
            (name, []) => Self::Field(field(name)?, false),
            (name, [("bs", Value::Flag)]) => Self::Field(field(name)?, true),
            _ => return None,
        })
    }

    /// Whether this is as much as what is required.
    pub(super) fn is(&self, required: &Self) -> bool {
        match (self, required) {
            (Self::Field(name, _), Self::Field(required, _)) => name == required,
            _ => self == required,
        }
    }

    /// Whether it stands for the body.
    pub(super) fn is_digest(&self) -> bool {
        matches!(self, Self::Field(name, _) if *name == super::digest::HEADER)
    }

    /// Its identifier in its canonical form; none if it can have none.
    pub(super) fn identifier(&self) -> Option<String> {
        Some(match self {
            Self::Authority => "\"@authority\"".to_owned(),
            Self::Field(name, false) => format!("\"{name}\""),
            Self::Field(name, true) => format!("\"{name}\";bs"),
            Self::Method => "\"@method\"".to_owned(),
            Self::Path => "\"@path\"".to_owned(),
            Self::Query => "\"@query\"".to_owned(),
            Self::QueryParam(name) => format!("\"@query-param\";name={}", sf::string(name)?),
            Self::RequestTarget => "\"@request-target\"".to_owned(),
            Self::Scheme => "\"@scheme\"".to_owned(),
            Self::TargetUri => "\"@target-uri\"".to_owned(),
        })
    }

    /// Its value in a request.
    pub(super) fn value(&self, view: &View<'_>) -> Result<String, VerifyErrorKind> {
        match self {
            Self::Authority => view.authority(),
            Self::Field(name, false) => view.field(name),
            Self::Field(name, true) => view.wrapped(name),
            Self::Method => Ok(view.method().to_owned()),
            Self::Path => Ok(view.path().to_owned()),
            Self::Query => Ok(format!("?{}", view.query().unwrap_or_default())),
            Self::QueryParam(name) => view.query_param(name),
            Self::RequestTarget => Ok(view.request_target()),
            Self::Scheme => view.scheme(),
            Self::TargetUri => view.target_uri(),
        }
    }
}

/// The name of a field, which is in lower case (§2.1).
fn field(name: &str) -> Option<HeaderName> {
    HeaderName::from_lowercase(name.as_bytes()).ok()
}

/// The lines of the signature base that have the components (§2.5).
pub(super) fn lines(covered: &[Covered], view: &View<'_>) -> Result<String, VerifyErrorKind> {
    let mut lines = String::new();
    for component in covered {
        let identifier = component.identifier().ok_or(VerifyErrorKind::Malformed)?;
        let value = component.value(view)?;
        // A line break in there would be the next line of the base.
        if !value
            .bytes()
            .all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
        {
            return Err(VerifyErrorKind::Malformed);
        }
        lines.extend([&identifier, ": ", &value, "\n"]);
    }
    Ok(lines)
}

/// The signature base (§2.5) of lines, and of what stands in `Signature-Input`.
pub(super) fn base(lines: &str, params: &str) -> String {
    format!("{lines}\"@signature-params\": {params}")
}
