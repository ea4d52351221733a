//! The kinds of changes that are tried.

use std::fmt;

/// What was done to a body between its signing and here, undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BodyChange {
    /// Each lone LF is a CRLF.
    Crlf,
    /// The same JSON, written in another way.
    Json(JsonForm),
    /// Each CRLF is an LF.
    Lf,
    /// Without white space at both ends.
    Trimmed,
    /// With a UTF-8 byte order mark before it.
    WithBom,
    /// With a CRLF after it.
    WithFinalCrlf,
    /// With an LF after it.
    WithFinalNewline,
    /// Without the UTF-8 byte order mark before it.
    WithoutBom,
    /// Without the LF or CRLF at its end.
    WithoutFinalNewline,
}

/// How JSON is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct JsonForm {
    /// The white space.
    pub layout: JsonLayout,
    /// The text of strings.
    pub escapes: JsonEscapes,
    /// Whether the keys of each object are in order.
    pub is_sorted: bool,
}

/// Where JSON has white space (RFC 8259 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonLayout {
    /// Nowhere.
    Compact,
    /// Each value on a line of its own, indented by four spaces.
    FourSpaces,
    /// One space after each comma and colon.
    Spaced,
    /// Each value on a line of its own, indented by two spaces.
    TwoSpaces,
}

/// Which characters of a JSON string are escaped (RFC 8259 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonEscapes {
    /// Those that are escaped here.
    AsReceived,
    /// Those that must be, and whatever is not ASCII.
    NonAscii,
    /// Those that must be, whatever is not ASCII, and the slash.
    NonAsciiAndSlash,
    /// Those that must be.
    Required,
}

/// What is wrong with what stands before a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PrefixChange {
    /// There is something, and there should be nothing.
    Extra,
    /// There is nothing, and there should be something.
    Missing,
    /// There is something else.
    Other,
}

/// What has to be done to the text of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretChange {
    /// Nothing.
    None,
    /// White space at both ends is removed.
    Trimmed,
    /// The quotation marks around it are removed.
    Unquoted,
    /// An LF is added.
    WithNewline,
    /// What ends with its first underscore is removed, such as `whsec_`.
    WithoutPrefix,
}

/// What has to be done to the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlChange {
    /// It has `http`, not `https`.
    Http,
    /// It has `https`, not `http`.
    Https,
    /// It names the port of its scheme.
    WithPort,
    /// Its path ends with a slash.
    WithSlash,
    /// It does not name the port of its scheme.
    WithoutPort,
    /// It has no query.
    WithoutQuery,
    /// Its path does not end with a slash.
    WithoutSlash,
}

impl fmt::Display for BodyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crlf => "with crlf line ends",
            Self::Json(form) => return form.fmt(f),
            Self::Lf => "with lf line ends",
            Self::Trimmed => "without white space at its ends",
            Self::WithBom => "with a byte order mark",
            Self::WithFinalCrlf => "with a crlf at its end",
            Self::WithFinalNewline => "with a newline at its end",
            Self::WithoutBom => "without its byte order mark",
            Self::WithoutFinalNewline => "without the newline at its end",
        })
    }
}

impl fmt::Display for JsonForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.layout {
            JsonLayout::Compact => "as compact json",
            JsonLayout::FourSpaces => "as json indented by four spaces",
            JsonLayout::Spaced => "as json with spaces after separators",
            JsonLayout::TwoSpaces => "as json indented by two spaces",
        })?;
        f.write_str(match self.escapes {
            JsonEscapes::AsReceived => "",
            JsonEscapes::NonAscii => ", non-ascii escaped",
            JsonEscapes::NonAsciiAndSlash => ", non-ascii and slashes escaped",
            JsonEscapes::Required => ", nothing escaped that need not be",
        })?;
        f.write_str(if self.is_sorted { ", keys sorted" } else { "" })
    }
}

impl fmt::Display for PrefixChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Extra => "has a prefix, and should have none",
            Self::Missing => "has no prefix, and should have one",
            Self::Other => "has another prefix",
        })
    }
}

impl fmt::Display for SecretChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "",
            Self::Trimmed => " without white space at its ends",
            Self::Unquoted => " without quotation marks",
            Self::WithNewline => " with a newline at its end",
            Self::WithoutPrefix => " without its prefix",
        })
    }
}

impl fmt::Display for UrlChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "with http",
            Self::Https => "with https",
            Self::WithPort => "with its port",
            Self::WithSlash => "with a slash at the end of its path",
            Self::WithoutPort => "without its port",
            Self::WithoutQuery => "without its query",
            Self::WithoutSlash => "without the slash at the end of its path",
        })
    }
}
