//! Timestamps as providers write them.

use std::ops::RangeInclusive;

use portcullis_core::Timestamp;

use crate::scheme::Unit;

/// The last second of the year 9999. Milliseconds that are taken for seconds are beyond it.
const LAST_SECOND: u64 = 253_402_300_799;

const MINUTES_A_DAY: u64 = 24 * 60;

/// 1970-01-01, as days since 0000-01-01.
const EPOCH: u64 = days_before(1970);

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

/// Writes a timestamp; nothing if it is RFC 3339 and later than the year 9999.
pub(crate) fn text(unit: Unit, at: Timestamp) -> String {
    match unit {
        Unit::Either | Unit::Millis => at.as_millis().to_string(),
        Unit::Rfc3339 => rfc3339_text(at),
        Unit::Seconds => at.as_secs().to_string(),
    }
}

/// Decimal digits without a sign or a leading zero, at most `most`.
fn count(text: &[u8], most: u64) -> Option<u64> {
    let is_canonical = text.first()? != &b'0' || text.len() == 1;
    if !is_canonical || text.len() > 15 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let count = decimal(text);
    (count <= most).then_some(count)
}

/// The number that a few digits stand for.
fn decimal<'a>(digits: impl IntoIterator<Item = &'a u8>) -> u64 {
    let digits = digits.into_iter().map(|digit| u64::from(digit - b'0'));
    digits.fold(0, |number, digit| number * 10 + digit)
}

/// Reads the `date-time` of RFC 3339 §5.6, and nothing that only looks like it.
///
/// `T` and `Z` may be lower case (§5.6). A space for the `T` is what applications may agree on
/// (§5.6), and no scheme of ours has it. A fraction has at most 9 digits, and is cut to
/// milliseconds.
fn rfc3339(text: &[u8]) -> Option<Timestamp> {
    let mut rest = Rest(text);
    let day = rest.date()?;
    rest.one_of(b"Tt")?;
    let (minute, second) = rest.time()?;
    let millis = rest.fraction()?;
    let minute = rest.in_utc(day * MINUTES_A_DAY + minute)?;
    if !rest.0.is_empty() {
        return None;
    }
    let (second, millis) = match second {
        60 => before_leap_second(minute)?,
        _ => (second, millis),
    };
    let second = minute.checked_sub(EPOCH * MINUTES_A_DAY)? * 60 + second;
    Some(Timestamp::from_millis(second * 1_000 + millis))
}

/// Second and millisecond before the leap second that ends `minute`; none if it ends no month of
/// UTC, for then there is no leap second (RFC 3339 §5.7, appendix D).
///
/// Unix time does not count it. Refusing it would lose a good delivery for what its sender's clock
/// says rightly, so it is the last millisecond before.
fn before_leap_second(minute: u64) -> Option<(u64, u64)> {
    let next = minute + 1;
    let (_, _, day) = date_of(next / MINUTES_A_DAY);
    (next.is_multiple_of(MINUTES_A_DAY) && day == 1).then_some((59, 999))
}

fn rfc3339_text(at: Timestamp) -> String {
    let (seconds, millis) = (at.as_secs(), at.as_millis() % 1_000);
    if seconds > LAST_SECOND {
        return String::new();
    }
    let (minutes, second) = (seconds / 60, seconds % 60);
    let (year, month, day) = date_of(EPOCH + minutes / MINUTES_A_DAY);
    let (hour, minute) = (minutes / 60 % 24, minutes % 60);
    let whole = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    let fraction = format!(".{millis:03}");
    format!("{whole}{}Z", fraction.trim_end_matches(['.', '0']))
}

/// What is left of a text that is read from its front.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// A `full-date`, as days since 0000-01-01.
    fn date(&mut self) -> Option<u64> {
        let year = self.number(4, 0..=9_999)?;
        self.one_of(b"-")?;
        let month = self.number(2, 1..=12)?;
        self.one_of(b"-")?;
        let day = self.number(2, 1..=days_of(year, month))?;
        let months: u64 = (1..month).map(|month| days_of(year, month)).sum();
        Some(days_before(year) + months + day - 1)
    }

    /// A `partial-time` without its fraction: minutes since midnight, and seconds. Where a second
    /// 60 may stand depends on the offset.
    fn time(&mut self) -> Option<(u64, u64)> {
        let hour = self.number(2, 0..=23)?;
        self.one_of(b":")?;
        let minute = self.number(2, 0..=59)?;
        self.one_of(b":")?;
        Some((hour * 60 + minute, self.number(2, 0..=60)?))
    }

    /// A `time-secfrac` of 1 to 9 digits, as whole milliseconds; none at all is zero.
    fn fraction(&mut self) -> Option<u64> {
        let Some(digits) = self.0.strip_prefix(b".") else {
            return Some(0);
        };
        let count = digits.iter().take_while(|digit| digit.is_ascii_digit());
        let (digits, rest) = digits.split_at_checked(count.count())?;
        self.0 = rest;
        let millis = digits.iter().chain(b"00").take(3);
        (1..=9).contains(&digits.len()).then(|| decimal(millis))
    }

    /// A `time-offset`, taken off `minute`; none if that is before the year 0000. `-00:00` is UTC
    /// (RFC 3339 §4.3).
    fn in_utc(&mut self, minute: u64) -> Option<u64> {
        let sign = self.one_of(b"Zz+-")?;
        if matches!(sign, b'Z' | b'z') {
            return Some(minute);
        }
        let hours = self.number(2, 0..=23)?;
        self.one_of(b":")?;
        let offset = hours * 60 + self.number(2, 0..=59)?;
        match sign {
            b'+' => minute.checked_sub(offset),
            _ => Some(minute + offset),
        }
    }

    /// The next byte, if it is one of `bytes`.
    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        bytes.contains(first).then_some(*first)
    }

    /// The number that the next `count` digits stand for.
    fn number(&mut self, count: usize, range: RangeInclusive<u64>) -> Option<u64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        let number = digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| decimal(digits))?;
        range.contains(&number).then_some(number)
    }
}

/// Year, month and day of a day that is `days` after 0000-01-01.
fn date_of(days: u64) -> (u64, u64, u64) {
    // 400 years have 146097 days; how leap years are spread puts the guess out by one at most.
    let guess = days * 400 / 146_097;
    let mut years = guess.saturating_sub(1)..=guess + 1;
    let has_begun = |year: &u64| days_before(*year) <= days;
    let year = years.rfind(has_begun).unwrap_or_default();
    let (mut month, mut day) = (1, days - days_before(year));
    while day >= days_of(year, month) {
        day -= days_of(year, month);
        month += 1;
    }
    (year, month, day + 1)
}

/// How many days are from 0000-01-01 to the first of January of `year`. The year 0000 is a leap
/// year (RFC 3339 appendix C).
const fn days_before(year: u64) -> u64 {
    365 * year + year.div_ceil(4) - year.div_ceil(100) + year.div_ceil(400)
}

/// How many days a month has (RFC 3339 §5.7).
const fn days_of(year: u64, month: u64) -> u64 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::format_description::well_known::Rfc3339;
    use time::{OffsetDateTime, UtcOffset};

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

    #[test]
    fn w23_the_examples_of_rfc_3339() {
        for (text, millis) in [
            ("1985-04-12T23:20:50.52Z", Some(482_196_050_520)),
            ("1996-12-19T16:39:57-08:00", Some(851_042_397_000)),
            ("1990-12-31T23:59:60Z", Some(662_687_999_999)),
            ("1990-12-31T15:59:60-08:00", Some(662_687_999_999)),
            ("1937-01-01T12:00:27.87+00:20", None),
        ] {
            let at = millis.map(Timestamp::from_millis);
            assert_eq!(read(Unit::Rfc3339, text.as_bytes()), at, "{text}");
        }
    }

    #[test]
    fn w23_a_second_60_is_read_at_the_end_of_a_month_alone() {
        for (text, is_read) in [
            ("2016-12-31T23:59:60Z", true),
            ("2016-12-31T23:59:60.5Z", true),
            ("2017-01-01T05:29:60+05:30", true),
            ("2024-02-29T23:59:60Z", true),
            ("2023-02-28T23:59:60Z", true),
            ("2024-02-28T23:59:60Z", false),
            ("2016-12-30T23:59:60Z", false),
            ("2016-12-31T23:58:60Z", false),
            ("2016-12-31T22:59:60Z", false),
            ("2016-12-31T23:59:60+01:00", false),
            ("2016-12-31T23:59:61Z", false),
        ] {
            assert_eq!(oracle(text).is_some(), is_read, "{text}");
            assert_eq!(read(Unit::Rfc3339, text.as_bytes()), oracle(text), "{text}");
        }
    }

    #[test]
    fn w23_no_date_is_before_1970_wherever_it_is_written() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1969-12-31T23:30:00-00:30", Some(0)),
            ("1970-01-01T00:00:00-00:00", Some(0)),
            ("1970-01-01T00:00:00+00:01", None),
            ("1969-12-31T23:59:59.999Z", None),
            ("1969-12-31T23:59:60Z", None),
            ("0000-01-01T00:00:00+23:59", None),
            ("9999-12-31T23:59:59.999Z", Some(LAST_SECOND * 1_000 + 999)),
        ] {
            let at = millis.map(Timestamp::from_millis);
            assert_eq!(read(Unit::Rfc3339, text.as_bytes()), at, "{text}");
        }
    }

    #[test]
    fn w23_a_space_and_a_long_fraction_are_refused_though_the_oracle_reads_them() {
        let at = Some(Timestamp::from_secs(1_700_000_000));
        for same in ["2023-11-14T22:13:20Z", "2023-11-14t22:13:20z"] {
            assert_eq!(read(Unit::Rfc3339, same.as_bytes()), at, "{same}");
        }
        for stricter in [
            "2023-11-14 22:13:20Z",
            "2023-11-14_22:13:20Z",
            "2023-11-14T22:13:20.0000000000Z",
        ] {
            assert_eq!(oracle(stricter), at, "{stricter}");
            assert_eq!(read(Unit::Rfc3339, stricter.as_bytes()), None, "{stricter}");
        }
    }

    #[test]
    fn every_month_of_ten_thousand_years_begins_and_ends_as_counted() {
        let mut days = 0;
        for (year, month) in (0..10_000).flat_map(|year| (1..=12).map(move |month| (year, month))) {
            assert_eq!(date_of(days), (year, month, 1));
            days += days_of(year, month);
            assert_eq!(date_of(days - 1), (year, month, days_of(year, month)));
        }
        assert_eq!(days, 25 * 146_097);
    }

    #[test]
    fn w23_every_text_one_byte_away_is_read_as_the_oracle_reads_it() {
        for text in ["2023-11-14T22:13:20.9Z", "2016-12-31T18:29:60-05:30"] {
            let bytes = (0..=127).map(char::from);
            for (place, with) in (0..text.len()).flat_map(|p| bytes.clone().map(move |b| (p, b))) {
                for how in 0..3 {
                    let text = mutated(text, place, with, how);
                    assert_eq!(
                        read(Unit::Rfc3339, text.as_bytes()),
                        expected(&text),
                        "{text}"
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_is_written_after_the_year_9999() {
        let last = Timestamp::from_millis(LAST_SECOND * 1_000 + 999);
        assert_eq!(text(Unit::Rfc3339, last), "9999-12-31T23:59:59.999Z");
        let next = last.after(std::time::Duration::from_millis(1));
        assert_eq!(text(Unit::Rfc3339, next), "");
    }

    /// What the crate `time` reads.
    fn oracle(text: &str) -> Option<Timestamp> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let millis = moment.unix_timestamp_nanos().div_euclid(1_000_000);
        u64::try_from(millis).ok().map(Timestamp::from_millis)
    }

    /// Where `time` reads more than we do: any separator, any number of digits.
    fn is_laxer(text: &str) -> bool {
        let separator = text.as_bytes().get(10);
        let fraction = text.bytes().skip(20);
        let digits = fraction.take_while(u8::is_ascii_digit).count();
        !matches!(separator, Some(b'T' | b't')) || digits > 9
    }

    fn expected(text: &str) -> Option<Timestamp> {
        oracle(text).filter(|_| !is_laxer(text))
    }

    fn zone() -> impl Strategy<Value = String> {
        let offset = ("[+-]", 0..=24, 0..=60);
        let offset = offset.prop_map(|(sign, hour, minute)| format!("{sign}{hour:02}:{minute:02}"));
        prop_oneof!["[Zz]", offset]
    }

    prop_compose! {
        fn date()(year in 0..10_000, month in 0..=13, day in 0..=32) -> String {
            format!("{year:04}-{month:02}-{day:02}")
        }
    }

    prop_compose! {
        fn time()(hour in 0..=24, minute in 0..=60, second in 0..=61) -> String {
            format!("{hour:02}:{minute:02}:{second:02}")
        }
    }

    prop_compose! {
        /// Each field has the right shape, and few have a value that it cannot have.
        fn moment()(
            date in date(),
            separator in "[Tt]",
            time in time(),
            fraction in r"(\.[0-9]{1,9})?",
            zone in zone(),
        ) -> String {
            format!("{date}{separator}{time}{fraction}{zone}")
        }
    }

    prop_compose! {
        /// The end of a month, where a leap second may be, written with any offset.
        fn month_end()(
            month in 0_i64..360,
            offset in -1_439_i32..=1_439,
            day_off in -1_i64..=1,
            second in 58..=61,
            fraction in r"(\.[0-9]{1,9})?",
        ) -> String {
            let (year, month) = (1_990 + month.div_euclid(12), month.rem_euclid(12) + 1);
            let month = time::Month::try_from(u8::try_from(month).unwrap()).unwrap();
            let first = time::Date::from_calendar_date(i32::try_from(year).unwrap(), month, 1);
            let utc = first.unwrap().midnight().assume_utc() - time::Duration::minutes(1);
            let utc = utc + time::Duration::days(day_off);
            let offset = UtcOffset::from_whole_seconds(offset * 60).unwrap();
            let there = utc.to_offset(offset).format(&Rfc3339).unwrap();
            let (minute, zone) = there.split_at(there.len().min(17));
            format!("{minute}{second}{fraction}{}", zone.trim_start_matches('0'))
        }
    }

    fn character() -> impl Strategy<Value = char> {
        let likely: Vec<char> = "-+:.TtZz 0123456789".chars().collect();
        prop_oneof![prop::char::any(), prop::sample::select(likely)]
    }

    /// Puts a character in, in the place of another, or in the place of none.
    fn mutated(text: &str, place: usize, with: char, how: u8) -> String {
        let mut all: Vec<char> = text.chars().collect();
        let place = place % all.len();
        match how {
            0 => all.insert(place, with),
            1 => all[place] = with,
            _ => drop(all.remove(place)),
        }
        all.into_iter().collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_048))]

        #[test]
        fn w23_a_moment_is_read_as_the_oracle_reads_it(text in moment()) {
            prop_assert_eq!(read(Unit::Rfc3339, text.as_bytes()), oracle(&text));
        }

        #[test]
        fn w23_the_end_of_a_month_is_read_as_the_oracle_reads_it(text in month_end()) {
            prop_assert_eq!(read(Unit::Rfc3339, text.as_bytes()), oracle(&text));
        }

        #[test]
        fn w23_a_spoiled_moment_is_read_as_the_oracle_reads_it(
            text in prop_oneof![moment(), month_end()],
            place in 0_usize..40,
            with in character(),
            how in 0_u8..3,
        ) {
            let text = mutated(&text, place, with, how);
            prop_assert_eq!(read(Unit::Rfc3339, text.as_bytes()), expected(&text));
        }

        #[test]
        fn w23_any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..50)) {
            let expected = std::str::from_utf8(&bytes).ok().and_then(expected);
            prop_assert_eq!(read(Unit::Rfc3339, &bytes), expected);
        }

        #[test]
        fn a_moment_is_written_as_the_oracle_writes_it(
            millis in prop_oneof![any::<u64>(), 0..=(LAST_SECOND + 1) * 1_000],
        ) {
            let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000);
            let expected = moment.ok().and_then(|moment| moment.format(&Rfc3339).ok());
            let written = text(Unit::Rfc3339, Timestamp::from_millis(millis));
            prop_assert_eq!(&written, &expected.unwrap_or_default());
            let read = read(Unit::Rfc3339, written.as_bytes());
            prop_assert_eq!(read.is_some(), millis < (LAST_SECOND + 1) * 1_000);
            prop_assert!(read.is_none_or(|read| read.as_millis() == millis));
        }
    }
}
