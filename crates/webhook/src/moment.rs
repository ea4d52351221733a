//! Timestamps as providers write them.

use portcullis_core::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::scheme::Unit;

/// The last second of the year 9999. Milliseconds that are taken for seconds are beyond it.
const LAST_SECOND: u64 = 253_402_300_799;

/// Reads a timestamp; none if it is not in its one canonical form, or before 1970.
pub(crate) fn read(unit: Unit, text: &[u8]) -> Option<Timestamp> {
    match unit {
        Unit::Either => {
            let seconds = read(Unit::Seconds, text);
            seconds.or_else(|| read(Unit::Millis, text))
        }
        Unit::Millis => Some(Timestamp::from_millis(count(text, LAST_SECOND * 1_000)?)),
        Unit::Rfc3339 => rfc3339(text),
        Unit::Seconds => Some(Timestamp::from_secs(count(text, LAST_SECOND)?)),
    }
}

/// Writes a timestamp.
pub(crate) fn text(unit: Unit, at: Timestamp) -> String {
    match unit {
        Unit::Either | Unit::Millis => at.as_millis().to_string(),
        Unit::Rfc3339 => {
            let nanos = i128::from(at.as_millis()) * 1_000_000;
            let moment = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
            let text = moment.and_then(|moment| moment.format(&Rfc3339).ok());
            text.unwrap_or_default()
        }
        Unit::Seconds => at.as_secs().to_string(),
    }
}

/// Decimal digits without a sign or a leading zero, at most `most`.
fn count(text: &[u8], most: u64) -> Option<u64> {
    let is_canonical = text.first()? != &b'0' || text.len() == 1;
    if !is_canonical || text.len() > 15 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = text.iter().map(|digit| u64::from(digit - b'0'));
    let count = digits.fold(0, |count, digit| count * 10 + digit);
    (count <= most).then_some(count)
}

fn rfc3339(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    let millis = moment.unix_timestamp_nanos().div_euclid(1_000_000);
    u64::try_from(millis).ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w08_numbers_have_one_form() {
        assert_eq!(count(b"0", 9), Some(0));
        assert_eq!(
            read(Unit::Seconds, b"1700000000"),
            Some(Timestamp::from_secs(1_700_000_000))
        );
        for odd in [
            "", "+1", "-1", "01", " 1", "1 ", "1.0", "1e9", "0x1", "\u{661}", "00",
        ] {
            assert_eq!(read(Unit::Seconds, odd.as_bytes()), None, "{odd:?}");
        }
    }

    #[test]
    fn w23_milliseconds_are_no_seconds() {
        let millis = b"1700000000123";
        assert_eq!(read(Unit::Seconds, millis), None);
        assert_eq!(
            read(Unit::Millis, millis),
            Some(Timestamp::from_millis(1_700_000_000_123))
        );
    }

    #[test]
    fn w23_huge_numbers_are_refused() {
        for huge in [u64::MAX.to_string(), i64::MIN.to_string(), "9".repeat(400)] {
            for unit in [Unit::Seconds, Unit::Millis, Unit::Rfc3339] {
                assert_eq!(read(unit, huge.as_bytes()), None, "{huge}");
            }
        }
    }

    #[test]
    fn w23_dates_may_have_fractions_and_offsets() {
        let at = Some(Timestamp::from_millis(1_700_000_000_123));
        for same in [
            "2023-11-14T22:13:20.123Z",
            "2023-11-14T22:13:20.123456789Z",
            "2023-11-14T23:13:20.123+01:00",
            "2023-11-14T14:13:20.123-08:00",
        ] {
            assert_eq!(read(Unit::Rfc3339, same.as_bytes()), at, "{same}");
        }
        for odd in ["2023-11-14", "2023-11-14T22:13:20", "1969-12-31T23:59:59Z"] {
            assert_eq!(read(Unit::Rfc3339, odd.as_bytes()), None, "{odd}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let at = Timestamp::from_secs(1_700_000_000);
        for unit in [Unit::Seconds, Unit::Millis, Unit::Rfc3339] {
            assert_eq!(read(unit, text(unit, at).as_bytes()), Some(at));
        }
    }
}
