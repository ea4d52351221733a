//! Dates (RFC 7519 §2, `NumericDate`) and what they say of a token's age.

use std::time::Duration;

use portcullis_core::Timestamp;
use serde_json::Value;

use super::object::Object;
use crate::VerifyErrorKind;
use crate::plan::Plan;

/// The last second of the year 9999: milliseconds that are taken for seconds are beyond it.
const LAST: u64 = 253_402_300_799;

/// How early a token may be whose scheme has no time.
const EARLY: Duration = Duration::from_secs(300);

/// Reads seconds since 1970, with a fraction or without; none if it is something else, before 1970
/// or after 9999.
fn read(value: &Value) -> Option<Timestamp> {
    let at = match value.as_u64() {
        Some(secs) => Timestamp::from_secs(secs),
        None => {
            let since = Duration::try_from_secs_f64(value.as_f64()?).ok()?;
            Timestamp::UNIX_EPOCH.after(since)
        }
    };
    (at <= Timestamp::from_secs(LAST)).then_some(at)
}

/// Writes the whole seconds since 1970; none after 9999.
pub(super) fn write(at: Timestamp) -> Option<u64> {
    Some(at.as_secs()).filter(|secs| *secs <= LAST)
}

/// A date that need not be there; none if it is there and is no date.
fn maybe(object: &Object, name: &str) -> Option<Option<Timestamp>> {
    match object.get(name) {
        None => Some(None),
        Some(value) => Some(Some(read(value)?)),
    }
}

/// When a token was made, and when it is good.
#[derive(Clone, Copy)]
pub(super) struct Dates {
    /// The time of the scheme.
    pub(super) at: Option<Timestamp>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Dates {
    /// Reads the dates of claims; none if one is no date, or that of the scheme is not there.
    pub(super) fn of_claims(claims: &Object, time: Option<&str>) -> Option<Self> {
        Some(Self {
            from: maybe(claims, "nbf")?,
            until: maybe(claims, "exp")?,
            ..Self::of_header(claims, time)?
        })
    }

    /// Reads the date of a header, in which `nbf` and `exp` mean nothing.
    pub(super) fn of_header(header: &Object, time: Option<&str>) -> Option<Self> {
        let at = match time {
            Some(name) => Some(maybe(header, name)??),
            None => None,
        };
        Some(Self {
            at,
            from: None,
            until: None,
        })
    }

    /// Judges the age. The time of the scheme must be within its limits even if the token says that
    /// it is good for longer: for so long a delivery is remembered.
    pub(super) fn judge(
        &self,
        has_time: bool,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<(), VerifyErrorKind> {
        let early = match &plan.limits {
            Some(limits) => {
                self.at.map_or(Ok(()), |at| limits.judge(at, now))?;
                limits.future
            }
            // Nobody asked for any age.
            None if has_time => return Ok(()),
            None => EARLY,
        };
        // RFC 7519 §4.1.5, with room for clocks that differ.
        if self.from.is_some_and(|from| from > now.after(early)) {
            return Err(VerifyErrorKind::Early);
        }
        // RFC 7519 §4.1.4: on this time it is over.
        if self.until.is_some_and(|until| until <= now) {
            return Err(VerifyErrorKind::Stale);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w23_a_date_is_a_number_of_seconds_from_1970_to_9999() {
        for (text, millis) in [
            ("0", Some(0)),
            ("1700000000", Some(1_700_000_000_000)),
            ("1700000000.5", Some(1_700_000_000_500)),
            ("1.7e9", Some(1_700_000_000_000)),
            ("253402300799", Some(253_402_300_799_000)),
            ("253402300800", None),
            ("1700000000000", None),
            ("-1", None),
            ("-0.5", None),
            ("-9223372036854775808", None),
            ("18446744073709551615", None),
            ("99999999999999999999999999", None),
            ("1e300", None),
            ("\"1700000000\"", None),
            ("null", None),
            ("true", None),
            ("[1]", None),
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            let read = read(&value).map(Timestamp::as_millis);
            assert_eq!(read, millis, "{text}");
        }
        assert_eq!(write(Timestamp::from_millis(1_999)), Some(1));
        assert_eq!(write(Timestamp::MAX), None);
    }
}
