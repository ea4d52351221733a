/// The headers that hold signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Headers<'a> {
    /// No header: the signature stands in the body.
    Body,
    /// Headers with this name and a number from 1 up behind it.
    Numbered(&'a str),
    /// One header.
    One(&'a str),
    /// Two headers, each with the signature under a key of its own.
    Two(&'a str, &'a str),
}

/// Where a timestamp stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Timestamps<'a> {
    /// In a header of its own.
    Header(&'a str, Unit),
    /// In the header of the signature, where the grammar says.
    Signature(Unit),
}

/// What a timestamp counts.
///
/// It is read only in its canonical form: no sign, no leading zero, no space, no fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Seconds or milliseconds since 1970, whichever gives a year before 10000: for providers that
    /// do not say.
    Either,
    /// Milliseconds since 1970.
    Millis,
    /// A date and time of RFC 3339, with or without a fraction and with any offset.
    Rfc3339,
    /// Seconds since 1970.
    Seconds,
}
