//! Dates of HTTP (RFC 9110 §5.6.7), in the form that is sent.

use portcullis_core::Timestamp;

use crate::moment;
use crate::scheme::Unit;

/// 1970 began on a Thursday.
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Reads a date; none if it is not in its one form, or its day of the week is another.
pub(super) fn read(date: &str) -> Option<Timestamp> {
    let (_, rest) = date.split_once(", ")?;
    let mut parts = rest.split(' ');
    let (day, month) = (parts.next()?, parts.next()?);
    let (year, time) = (parts.next()?, parts.next()?);
    let month = MONTHS.iter().zip(1..).find(|(name, _)| **name == month)?.1;
    let same = format!("{year}-{month:02}-{day}T{time}Z");
    let at = moment::read(Unit::Rfc3339, same.as_bytes())?;
    (text(at)? == date).then_some(at)
}

/// Writes a date; none of a year after 9999.
pub(super) fn text(at: Timestamp) -> Option<String> {
    let seconds = at.as_secs();
    let same = moment::text(Unit::Rfc3339, Timestamp::from_secs(seconds));
    let (date, time) = same.strip_suffix('Z')?.split_once('T')?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    let weekday = DAYS.get(usize::try_from(seconds / 86_400 % 7).ok()?)?;
    Some(format!("{weekday}, {day} {month} {year} {time} GMT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w23_dates_have_one_form() {
        for (date, seconds) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 20 Apr 2021 02:07:55 GMT", 1_618_884_475),
            ("Wed, 09 Jun 2021 16:08:15 GMT", 1_623_254_895),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ] {
            let at = Timestamp::from_secs(seconds);
            assert_eq!(read(date), Some(at), "{date}");
            assert_eq!(text(at).as_deref(), Some(date));
        }
        assert_eq!(text(Timestamp::from_secs(253_402_300_800)), None);
    }

    #[test]
    fn w23_what_is_no_date_is_refused() {
        for odd in [
            "",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 08:49:37.5 GMT",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Sun, 06  Nov 1994 08:49:37 GMT",
            "Thu, 30 Feb 2024 00:00:00 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Wed, 31 Dec 1969 23:59:59 GMT",
            "784111777",
        ] {
            assert_eq!(read(odd), None, "{odd:?}");
        }
    }
}
