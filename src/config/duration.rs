//! Durations, sizes and times of day, as they are written in a configuration.

use jiff::civil::Time;
use std::time::Duration;

/// Units and their seconds, the longest first.
const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
/// Units and their bytes, the largest first. Decimal, as disks and networks count.
const SIZES: [(&str, usize); 4] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1)];

/// Reads `90s 15m 24h 7d`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let wrong = || format!("`{text}` is not a duration such as 90s, 15m, 24h or 7d");
    let (unit, seconds) = UNITS.iter().find(|(u, _)| text.ends_with(u)).ok_or_else(wrong)?;
    let number: u64 = digits(&text[..text.len() - unit.len()]).ok_or_else(wrong)?;
    number.checked_mul(*seconds).map(Duration::from_secs).ok_or_else(wrong)
}

/// Writes a duration as it is read, in the largest unit that fits; fractions of a second are dropped.
pub fn written(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (unit, length) = UNITS.iter().find(|(_, s)| seconds >= *s && seconds.is_multiple_of(*s)).unwrap_or(&("s", 1));
    format!("{}{unit}", seconds / length)
}

/// Reads `500kB` or `10MB`.
pub(super) fn size(text: &str) -> Result<usize, String> {
    let text = text.trim();
    let wrong = || format!("`{text}` is not a size such as 500kB or 10MB");
    let (unit, bytes) = SIZES.iter().find(|(u, _)| text.ends_with(u)).ok_or_else(wrong)?;
    let number: usize = digits(&text[..text.len() - unit.len()]).ok_or_else(wrong)?;
    number.checked_mul(*bytes).ok_or_else(wrong)
}

/// Writes a size as it is read.
pub(super) fn written_size(bytes: usize) -> String {
    let (unit, size) = SIZES.iter().find(|(_, s)| bytes >= *s && bytes.is_multiple_of(*s)).unwrap_or(&("B", 1));
    format!("{}{unit}", bytes / size)
}

/// Reads a time of day: `07:30`.
pub(super) fn time_of_day(text: &str) -> Result<Time, String> {
    let parts = text.trim().split_once(':').and_then(|(h, m)| Some((digits::<i8>(h)?, digits::<i8>(m)?)));
    parts
        .and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok())
        .ok_or_else(|| format!("`{text}` is not a time of day such as 07:30"))
}

/// A number without a sign.
fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    let text = text.trim_end();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) { None } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::{duration, size, time_of_day, written, written_size};

    #[test]
    fn durations_read_and_write() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("24h", 86_400), ("7d", 604_800), (" 2 h ", 7_200), ("0s", 0)] {
            assert_eq!(duration(text).map(|d| d.as_secs()), Ok(seconds), "{text}");
        }
        for text in ["", "s", "15", "-1h", "+1h", "1.5h", "1w", "99999999999999999d", "15min", "1h30m", "١m", "1dd"] {
            assert!(duration(text).is_err(), "{text}");
        }
        for text in ["90s", "15m", "1d", "25h", "7d", "0s"] {
            assert_eq!(duration(text).map(written).as_deref(), Ok(text));
        }
    }

    #[test]
    fn sizes_and_times_read() {
        for (text, bytes) in [("10MB", 10_000_000), ("500kB", 500_000), ("12B", 12)] {
            assert_eq!(size(text), Ok(bytes));
            assert_eq!(written_size(bytes), text);
        }
        for text in ["10", "10mb", "MB", "99999999999999999MB"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert!(time_of_day("07:30").is_ok_and(|t| (t.hour(), t.minute()) == (7, 30)));
        for text in ["24:00", "7.30", "07:60", "-1:00", ""] {
            assert!(time_of_day(text).is_err(), "{text}");
        }
    }
}
