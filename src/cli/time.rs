//! Times for people, in their own time zone, and times as people type them.

use crate::clock::Clock;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use std::str::FromStr;
use std::time::Duration;

/// Now, where the user is.
pub fn now() -> Zoned {
    Clock::System.now().to_zoned(TimeZone::system())
}

/// For tables: `14:05` today, `22 Nov 14:05` this year, `2025-11-22` before.
pub fn short(at: Timestamp, now: &Zoned) -> String {
    let at = at.to_zoned(now.time_zone().clone());
    let format = match () {
        () if at.date() == now.date() => "%H:%M",
        () if at.year() == now.year() => "%-d %b %H:%M",
        () => "%Y-%m-%d",
    };
    at.strftime(format).to_string()
}

/// As [`short`]; `-` for never.
pub fn short_or(at: Option<Timestamp>, now: &Zoned) -> String {
    at.map_or("-".to_owned(), |at| short(at, now))
}

/// For details: `2026-11-22 14:05:09 +01:00`.
pub fn long(at: Timestamp, now: &Zoned) -> String {
    at.to_zoned(now.time_zone().clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// A length of time in its largest unit: `3 d`, `5 h`, `12 min`, `40 s`.
pub fn length(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A point in the past as typed: `24h`, `7d`, `2026-11-20` (midnight, local), `2026-11-20T10:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    Ago(Duration),
    Day(Date),
    At(Timestamp),
}

impl Since {
    pub fn before(self, now: &Zoned) -> Timestamp {
        match self {
            Since::Ago(length) => now.timestamp().checked_sub(length).unwrap_or(Timestamp::MIN),
            Since::Day(date) => date.to_zoned(now.time_zone().clone()).map_or(Timestamp::MIN, |midnight| midnight.timestamp()),
            Since::At(at) => at,
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Since, String> {
        let wrong = || format!("`{text}` is neither a length of time (90s 15m 24h 7d) nor a date (2026-11-20)");
        if let Ok(at) = text.parse() {
            return Ok(Since::At(at));
        }
        if text.contains('-') {
            return text.parse().map(Since::Day).map_err(|_| wrong());
        }
        crate::config::duration(text).map(Since::Ago).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::{Since, length, long, short};
    use jiff::{SignedDuration, Zoned};

    fn now() -> Zoned {
        "2026-11-22T19:30:00+01:00[Europe/Amsterdam]".parse().unwrap()
    }

    #[test]
    fn nearer_times_are_written_shorter() {
        for (at, written) in [
            ("2026-11-22T10:05:09Z", "11:05"),
            ("2026-11-21T23:05:00Z", "00:05"),
            ("2026-11-21T22:05:00Z", "21 Nov 23:05"),
            ("2026-07-02T22:05:00Z", "3 Jul 00:05"),
            ("2025-12-31T12:00:00Z", "2025-12-31"),
        ] {
            assert_eq!(short(at.parse().unwrap(), &now()), written, "{at}");
        }
        assert_eq!(long("2026-07-02T22:05:00Z".parse().unwrap(), &now()), "2026-07-03 00:05:00 +02:00");
    }

    #[test]
    fn lengths_have_one_unit() {
        for (seconds, written) in [(-3, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172_800, "2 d")] {
            assert_eq!(length(SignedDuration::from_secs(seconds)), written);
        }
    }

    #[test]
    fn a_day_begins_at_local_midnight() {
        let since = |text: &str| text.parse::<Since>().map(|s| s.before(&now()).to_string());
        assert_eq!(since("2026-11-20").as_deref(), Ok("2026-11-19T23:00:00Z"));
        assert_eq!(since("2026-11-20T10:00:00Z").as_deref(), Ok("2026-11-20T10:00:00Z"));
        assert!(since("2026-13-20").is_err());
    }
}
