//! Dates as feeds write them: RFC 822, 2822 and 3339 and what people make of them, in ten languages.
//!
//! A date is read as a row of words and numbers, not by formats: a month's name or a numeric date, a time, a zone.
//! A missing zone is UTC. Weekdays are never believed.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Longer texts are no dates.
const MAX_BYTES: usize = 80;
/// Earlier moments are an empty field of some program: 0001-01-01, 1970-01-01.
const EARLIEST: i64 = 2 * 24 * 3600;

/// How names of months begin, in lower case, with their numbers, the first of the year first. `months.json` has them by language; what one month
/// is called in several ways is parted by spaces.
static MONTHS: LazyLock<Vec<(String, i64)>> = LazyLock::new(|| {
    let languages: BTreeMap<String, [String; 12]> = serde_json::from_str(include_str!("months.json")).unwrap_or_default();
    let names = |month: usize| languages.values().flat_map(move |names| names[month].split(' ')).collect::<BTreeSet<_>>();
    (0..12).flat_map(|month| names(month).into_iter().map(move |name| (name.to_owned(), month as i64 + 1))).collect()
});

/// Zones by their letters, in minutes east of UTC. Where letters mean several zones, the one that feeds mean.
const ZONES: &[(&str, i32)] = &[
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("mez", 60),
    ("met", 60),
    ("cest", 120),
    ("mesz", 120),
    ("mest", 120),
    ("eet", 120),
    ("sast", 120),
    ("eest", 180),
    ("idt", 180),
    ("msk", 180),
    ("msd", 240),
    ("trt", 180),
    ("gst", 240),
    ("pkt", 300),
    ("ist", 330),
    ("hkt", 480),
    ("sgt", 480),
    ("awst", 480),
    ("jst", 540),
    ("kst", 540),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
    ("brt", -180),
    ("art", -180),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
];

/// The moment that `text` states; `None` where it states none that could be meant.
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_BYTES {
        return None;
    }
    let moment = if text.bytes().all(|b| b.is_ascii_digit()) { digits(text) } else { words(text) };
    moment.filter(|t| t.as_second() >= EARLIEST)
}

/// Seconds or milliseconds since 1970, or `20250603`.
fn digits(text: &str) -> Option<Timestamp> {
    let number: i64 = text.parse().ok()?;
    match text.len() {
        8 => Parts { date: Some(compact_date(number)?), ..Parts::default() }.moment(),
        9 | 10 => Timestamp::from_second(number).ok(),
        13 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

fn compact_date(number: i64) -> Option<Date> {
    date(number / 10_000, number / 100 % 100, number % 100)
}

fn date(year: i64, month: i64, day: i64) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// What has been read of a date.
#[derive(Default)]
struct Parts {
    /// A numeric date, complete.
    date: Option<Date>,
    month: Option<i64>,
    day: Option<i64>,
    year: Option<i64>,
    /// Seconds since midnight.
    time: Option<i64>,
    /// Minutes east of UTC.
    offset: i32,
    pm: Option<bool>,
    /// It says `am` or `pm`: the month comes first between slashes.
    american: bool,
}

fn words(text: &str) -> Option<Timestamp> {
    let text = text.to_lowercase().replace("a.m.", "am").replace("p.m.", "pm");
    let halves = |c: char| !c.is_alphabetic();
    let mut parts = Parts { american: text.split(halves).any(|word| matches!(word, "am" | "pm")), ..Parts::default() };
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '0'..='9' => parts.number(rest)?,
            '+' | '-' | '\u{2212}' if parts.time.is_some() && !parts.lacks_year(&rest[c.len_utf8()..]) => parts.shift(rest, c),
            c if c.is_alphabetic() => {
                let word = rest.split(|c: char| !c.is_alphabetic()).next()?;
                parts.word(word);
                word.len()
            }
            c => c.len_utf8(),
        };
        rest = &rest[length..];
    }
    parts.moment()
}

impl Parts {
    /// A number with what belongs to it; returns its length.
    fn number(&mut self, rest: &str) -> Option<usize> {
        let run = |signs: &str| rest.find(|c: char| !c.is_ascii_digit() && !signs.contains(c)).unwrap_or(rest.len());
        let time = &rest[..run(":.")];
        if time.contains(':') {
            self.time = Some(self.time.map_or_else(|| clock(time), Some)?);
            return Some(time.len());
        }
        if let Some((time, length)) = spoken(rest).filter(|_| self.time.is_none()) {
            self.time = Some(time);
            return Some(length);
        }
        let whole = &rest[..run("./-")];
        let fields: Vec<&str> = whole.trim_end_matches(['.', '-', '/']).split(['.', '/', '-']).collect();
        if let [a, b, c] = fields[..] {
            let [a, b] = if self.american && whole.contains('/') && b.parse::<u8>().is_ok_and(|day| day > 0) && a.len() < 4 {
                [b, a]
            } else {
                [a, b]
            };
            self.date = Some(numeric(a, b, c)?);
            return Some(whole.len());
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().ok()?;
        match digits {
            1 | 2 if self.day.is_none() && self.date.is_none() => self.day = Some(number),
            1 | 2 if self.year.is_none() && self.date.is_none() => self.year = Some(century(number)),
            4 if self.year.is_none() && self.date.is_none() => self.year = Some(number),
            6 if self.date.is_some() && self.time.is_none() => {
                self.time = seconds(number / 10_000, number / 100 % 100, number % 100)
            }
            8 if self.date.is_none() => self.date = Some(compact_date(number)?),
            _ => {}
        }
        Some(digits)
    }

    /// Behind a sign stands the year that is still missing: `11:05 03-Jun-2025`.
    fn lacks_year(&self, run: &str) -> bool {
        let digits = run.bytes().take_while(u8::is_ascii_digit).count();
        let is_year = digits == 4 && run[..4].parse().is_ok_and(|year: i64| (1970..2400).contains(&year));
        is_year && self.year.is_none() && self.date.is_none()
    }

    /// `+0200`, `+02:00`, `-05`, after a time; returns its length.
    fn shift(&mut self, rest: &str, sign: char) -> usize {
        let run = &rest[sign.len_utf8()..];
        let length = run.bytes().take_while(|b| b.is_ascii_digit() || *b == b':').count();
        let digits: String = run[..length].chars().filter(char::is_ascii_digit).collect();
        let minutes = match (digits.len(), digits.parse::<i32>()) {
            (1 | 2, Ok(hours)) => hours * 60,
            (3 | 4, Ok(both)) => both / 100 * 60 + both % 100,
            _ => 0,
        };
        if minutes <= 14 * 60 {
            self.offset = if sign == '+' { minutes } else { -minutes };
        }
        sign.len_utf8() + length
    }

    /// A month, a zone, a half of the day; others are weekdays and prepositions.
    fn word(&mut self, word: &str) {
        // The last one before the year counts: "mar., 03 juin 2025" begins with a Tuesday, "3 juin 2025, mar." ends with one.
        let complete = self.month.is_some() && self.day.is_some() && self.year.is_some();
        if let Some((_, month)) = MONTHS.iter().find(|(name, _)| word.starts_with(name)) {
            self.month = if complete { self.month } else { Some(*month) };
        } else if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == word) {
            self.offset = *minutes;
        } else if matches!(word, "am" | "pm") {
            self.pm = Some(word == "pm");
        }
    }

    fn moment(self) -> Option<Timestamp> {
        let date = match self.date {
            Some(date) => date,
            None => date(self.year?, self.month?, self.day?)?,
        };
        let mut time = self.time.unwrap_or(0);
        match self.pm {
            Some(true) if time < 12 * 3600 => time += 12 * 3600,
            Some(false) if (12 * 3600..13 * 3600).contains(&time) => time -= 12 * 3600,
            _ => {}
        }
        let offset = Offset::from_seconds(self.offset * 60).ok()?;
        let midnight = offset.to_timestamp(DateTime::from(date)).ok()?;
        midnight.checked_add(SignedDuration::from_secs(time)).ok()
    }
}

/// `11:05`, `11:05:30.123`, in seconds since midnight.
fn clock(text: &str) -> Option<i64> {
    let mut fields = text.split(':').map(|f| f.split('.').next().and_then(|n| n.parse::<i64>().ok()));
    seconds(fields.next()??, fields.next()??, fields.next().flatten().unwrap_or(0))
}

/// `3pm`, `11h05`, `14.05 uur`, in seconds since midnight, and the length of what was read; a half of the day is left to be read.
fn spoken(rest: &str) -> Option<(i64, usize)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let length = digits(rest);
    let hour = rest.get(..length).filter(|_| length <= 2)?.parse().ok()?;
    let after = &rest[length..];
    let word = |text: &str, words: &[&str]| {
        words.contains(&text.trim_start().split(|c: char| !c.is_alphabetic()).next().unwrap_or_default())
    };
    if word(after, &["am", "pm"]) {
        return Some((seconds(hour, 0, 0)?, length));
    }
    let minutes = after.get(1..).filter(|minutes| after.starts_with(['h', '.']) && digits(minutes) == 2)?;
    let is_time = after.starts_with('h') || word(&minutes[2..], &["uur", "uhr"]);
    is_time.then(|| Some((seconds(hour, minutes[..2].parse().ok()?, 0)?, length + 3)))?
}

fn seconds(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour <= 24 && minute < 60 && second <= 60).then(|| hour * 3600 + minute * 60 + second.min(59))
}

fn century(year: i64) -> i64 {
    if year < 70 { 2000 + year } else { 1900 + year }
}

/// `2025-06-03`, `03/06/2025`, `3.6.25`: the year by its length, else last; the day first unless that cannot be.
fn numeric(a: &str, b: &str, c: &str) -> Option<Date> {
    let number = |s: &str| s.parse::<i64>().ok();
    let (x, y, z) = (number(a)?, number(b)?, number(c)?);
    if a.len() == 4 {
        return date(x, y, z);
    }
    let year = if c.len() == 4 { z } else { century(z) };
    if y > 12 { date(year, x, y) } else { date(year, y, x) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    /// All of these are 3 June 2025, 11:05:30 UTC, or as said.
    #[test]
    fn one_moment_in_many_forms() {
        for text in [
            "Tue, 03 Jun 2025 11:05:30 GMT",
            "Tue, 03 Jun 2025 11:05:30 +0000",
            "Tue, 3 June 2025 13:05:30 +0200",
            "Tue, 3 Jun 25 13:05:30 +02:00",
            "Mon, 03 Jun 2025 11:05:30 Z",
            "Tue, 03 Jun 2025 07:05:30 EDT",
            "Tue, 03 Jun 2025 04:05:30 PDT",
            "Tue, 03 Jun 2025 13:05:30 CEST",
            "Tue, 03 Jun 2025 12:05:30 CET",
            "Tue, 03 Jun 2025 14:05:30 MSK",
            "Tue, 03 Jun 2025 13:05:30 GMT+2",
            "Tue, 03 Jun 2025 11:05:30",
            "2025-06-03T11:05:30Z",
            "2025-06-03T11:05:30.123456Z",
            "2025-06-03T13:05:30+02:00",
            "2025-06-03T13:05:30+0200",
            "2025-06-03T06:05:30-05:00",
            "2025-06-03T11:05:30",
            "2025-06-03 11:05:30",
            "2025-06-03 13:05:30 +0200",
            "2025/06/03 11:05:30",
            "20250603T110530Z",
            "03/06/2025 11:05:30",
            "03.06.2025 11:05:30",
            "03-06-2025 11:05:30",
            "June 3, 2025 11:05:30",
            "June 3rd, 2025 11:05:30 am",
            "Tue Jun  3 11:05:30 2025",
            "Tue Jun 03 11:05:30 UTC 2025",
            "di, 03 jun 2025 13:05:30 +0200",
            "dinsdag 3 juni 2025 11:05:30",
            "Di, 03 Juni 2025 11:05:30 GMT",
            "mar., 03 juin 2025 11:05:30 GMT",
            "mardi 3 juin 2025 à 11:05:30",
            "mar, 03 jun 2025 11:05:30 GMT",
            "martes, 3 de junio de 2025 11:05:30",
            "mar, 03 giu 2025 11:05:30",
            "ter, 03 jun 2025 11:05:30",
            "wt., 3 cze 2025 11:05:30",
            "Вт, 03 чер 2025 14:05:30 +0300",
            "Вт, 03 июн 2025 14:05:30 +0300",
            "3 июня 2025, 11:05:30",
            "1748948730",
            "1748948730000",
        ] {
            assert_eq!(read(text).map(|t| t.as_second()), Some(1_748_948_730), "{text}");
        }
    }

    #[test]
    fn months_are_known_in_ten_languages() {
        let languages: BTreeMap<String, [String; 12]> = serde_json::from_str(include_str!("months.json")).unwrap();
        assert_eq!(languages.len(), 10);
        for (language, names) in &languages {
            for (name, month) in names.iter().zip(1..).flat_map(|(names, month)| names.split(' ').map(move |name| (name, month)))
            {
                let read = read(&format!("7 {name} 2025"));
                assert_eq!(read, Timestamp::from_str(&format!("2025-{month:02}-07T00:00Z")).ok(), "{language}: {name}");
            }
        }
    }

    #[test]
    fn others() {
        for (text, moment) in [
            ("2025-06-03", "2025-06-03T00:00:00Z"),
            ("20250603", "2025-06-03T00:00:00Z"),
            ("Tue, 03 Jun 2025 24:00:00 GMT", "2025-06-04T00:00:00Z"),
            ("03 Jun 2025 11:05 GMT", "2025-06-03T11:05:00Z"),
            ("12/31/2024 9:07 PM", "2024-12-31T21:07:00Z"),
            ("12/01/2025 12:30 am", "2025-12-01T00:30:00Z"),
            ("6/3/2025 3:05 p.m.", "2025-06-03T15:05:00Z"),
            ("June 3, 2025 3pm", "2025-06-03T15:00:00Z"),
            ("3 juni 2025 14.05 uur", "2025-06-03T14:05:00Z"),
            ("3 juin 2025 11h05", "2025-06-03T11:05:00Z"),
            ("11:05 03-Jun-2025", "2025-06-03T11:05:00Z"),
            ("Tue Jun 3 11:05:30 -0400 2025", "2025-06-03T15:05:30Z"),
            ("maandag 3 maart 2025", "2025-03-03T00:00:00Z"),
            ("1er août 2025 08:00 CEST", "2025-08-01T06:00:00Z"),
            ("29 paź 2025 10:00 +0100", "2025-10-29T09:00:00Z"),
            ("середа, 5 березня 2025 10:00", "2025-03-05T10:00:00Z"),
            ("5 березня 2025, середа", "2025-03-05T00:00:00Z"),
            ("3 juin 2025 (mar.) 08:00", "2025-06-03T08:00:00Z"),
            ("12 мая 2025 г. 10:00 MSK", "2025-05-12T07:00:00Z"),
            ("Wed, 31 Dec 2098 23:59:60 GMT", "2098-12-31T23:59:59Z"),
        ] {
            assert_eq!(read(text).map(|t| t.to_string()).as_deref(), Some(moment), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "0001-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "31/31/2025",
            "2025-06-03 25:05:30",
            "2025-02-30",
            "June",
            "-",
            "11:05",
            "9999999999999999999",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_fails(text in "([0-9:./+ -]|[a-zà-я]|2025|jun|T|Z){0,30}") {
            read(&text);
        }

        #[test]
        fn reads_what_jiff_writes(second in EARLIEST..7_000_000_000i64) {
            let moment = Timestamp::from_second(second).unwrap();
            proptest::prop_assert_eq!(read(&moment.to_string()), Some(moment));
            let rfc = jiff::fmt::rfc2822::to_string(&moment.to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
            proptest::prop_assert_eq!(read(&rfc), Some(moment));
        }
    }
}
