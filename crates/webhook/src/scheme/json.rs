use crate::Unit;

/// A signature that stands in the body, a JSON text, beside what it signs. Places are JSON pointers
/// (RFC 6901).
///
/// In the message `{json:POINTER}` is the string, whole number or truth value there; null and what is
/// missing are empty.
///
/// # Security
///
/// What the message does not name can be changed by anybody who sees one delivery, and the order of the
/// items too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Json<'a> {
    pub(crate) signature: &'a str,
    pub(crate) items: Option<(&'a str, &'a str)>,
    pub(crate) timestamp: Option<(&'a str, Unit)>,
    pub(crate) id: Option<&'a str>,
}

impl<'a> Json<'a> {
    /// Describes a JSON text whose signature is a string at this place.
    pub const fn new(signature: &'a str) -> Self {
        Self {
            signature,
            items: None,
            timestamp: None,
            id: None,
        }
    }

    /// Says that there is an array, and that each item of it is signed: all places but that of the
    /// array are below `item` in one of its elements. An array without any is refused.
    pub const fn with_items(mut self, array: &'a str, item: &'a str) -> Self {
        self.items = Some((array, item));
        self
    }

    /// Says where the timestamp is, a string or a number.
    pub const fn with_timestamp(mut self, place: &'a str, unit: Unit) -> Self {
        self.timestamp = Some((place, unit));
        self
    }

    /// Says where the id is.
    pub const fn with_id(mut self, place: &'a str) -> Self {
        self.id = Some(place);
        self
    }
}
