//! When to look at a feed again: its own rhythm, what it asks for, and how long to wait after a failure.

use super::{Class, Hints};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
/// What a user may ask for as the interval of a feed.
pub const INTERVALS: std::ops::RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(30 * 24 * 3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A server may ask for this much patience. Some ask for 16 years.
const MAX_HINT: Duration = DAY;
/// Skipped hours and days put a check off by at most this: a weekend and a night.
const MAX_SKIP_HOURS: usize = 72;
/// While nothing is new, a feed is looked at again after this part of the time that it has been quiet.
const QUIET_SHARE: u32 = 4;
/// A feed that left nothing of its last poll standing is looked at again after this part of the time between the two.
const OUTRUN_SHARE: u32 = 2;

/// What a poll of a feed brought, as far as its next check is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Entries new in this poll, and entries in it.
    pub fresh: u32,
    pub seen: u32,
    /// Nothing of the last poll was left: entries may have been missed in this time.
    pub outrun: Option<Duration>,
}

/// How a poll of a feed went, as far as its next interval is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// Entries new in this poll, and entries in it.
    pub fresh: u32,
    pub seen: u32,
    /// The interval that led to this poll.
    pub interval: Duration,
    /// How long ago the last new entry came.
    pub quiet: Duration,
}

/// The bounds of the adaptive interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub every: Duration,
    pub min: Duration,
    pub max: Duration,
}

/// What decides when a feed is looked at again after a poll that went well. How much was new only the store can say.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The user's interval; `None`: the feed's own rhythm.
    pub fixed: Option<Duration>,
    /// The interval that led to this poll.
    pub interval: Duration,
    /// How long ago the last new entry came; `None` in a first poll, in which everything is new.
    pub quiet: Option<Duration>,
    /// The shortest time between two polls in which the feed was outrun of late.
    pub outrun: Option<Duration>,
    pub bounds: Bounds,
    /// `max-age` or `Expires`.
    pub server: Option<Duration>,
    pub hints: Hints,
    /// The share of the interval that is added, so that checks spread out: 0 to 1.
    pub jitter: f64,
}

/// The next look at a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    pub check: Timestamp,
    pub interval: Duration,
    /// Why then, in words.
    pub reason: String,
}

impl Schedule {
    /// The next look, after a poll at `now` that brought this.
    pub fn next(&self, now: Timestamp, brought: Brought) -> Next {
        let Brought { fresh, seen, outrun } = brought;
        let shortest = [outrun, self.outrun].into_iter().flatten().min().map(|time| time / OUTRUN_SHARE);
        let interval = match (self.fixed, self.quiet) {
            (Some(fixed), _) => fixed,
            (None, None) => self.bounds.every,
            (None, Some(quiet)) => {
                let rhythm = Rhythm { fresh, seen, interval: self.interval, quiet };
                within(next_interval(&rhythm, self.bounds), shortest, self.bounds)
            }
        };
        let check = next_check(now, interval + interval.mul_f64(self.jitter), self.server, &self.hints);
        let reason = match (self.server.max(self.hints.ttl), self.fixed) {
            (Some(hint), _) if hint > interval => "the server says when to look again",
            _ if is_skipped_at(now, interval, &self.hints) => "the feed skips these hours",
            (_, Some(_)) => "its fixed interval",
            _ if shortest.is_some_and(|shortest| interval <= shortest.max(self.bounds.min)) => "it was outrun of late",
            _ => "its own rhythm",
        };
        Next { check, interval, reason: reason.to_owned() }
    }

    /// Until when the server asked not to be asked, where it did.
    pub fn not_before(&self, now: Timestamp) -> Option<Timestamp> {
        self.server.max(self.hints.ttl).map(|_| next_check(now, Duration::ZERO, self.server, &self.hints))
    }
}

/// No longer than what outran the feed, and within bounds.
fn within(interval: Duration, shortest: Option<Duration>, bounds: Bounds) -> Duration {
    shortest.map_or(interval, |shortest| interval.min(shortest)).max(bounds.min)
}

/// The next interval after a poll that went well: shorter while much is new, longer while nothing is.
///
/// Half of the window new: entries may be lost before the next look, so twice as often. Something new: at most `every`, reached
/// from below by steps of a quarter. Nothing new: half as long again, but no longer than a quarter of the time since the last new entry,
/// so that one new entry brings the feed back to `every` at once.
pub fn next_interval(rhythm: &Rhythm, bounds: Bounds) -> Duration {
    let interval = rhythm.interval.min(bounds.max.max(bounds.min));
    let next = if rhythm.fresh == 0 {
        let longer = interval + interval / 2;
        longer.min(bounds.every.max(rhythm.quiet / QUIET_SHARE))
    } else if u64::from(rhythm.fresh) * 2 >= u64::from(rhythm.seen) {
        interval.min(bounds.every) / 2
    } else {
        (interval + interval / 4).min(bounds.every)
    };
    next.min(bounds.max).max(bounds.min)
}

/// When to look again: the interval from `now`, put off to the server's hint of at most 24 h and past skipped hours and days.
pub fn next_check(now: Timestamp, interval: Duration, server: Option<Duration>, hints: &Hints) -> Timestamp {
    let asked = server.max(hints.ttl).unwrap_or_default().min(MAX_HINT);
    let wait = SignedDuration::try_from(interval.max(asked)).unwrap_or(SignedDuration::MAX);
    past_skipped(now.saturating_add(wait).unwrap_or(Timestamp::MAX), hints)
}

/// Would a check after `interval` fall into a skipped hour or day?
fn is_skipped_at(now: Timestamp, interval: Duration, hints: &Hints) -> bool {
    let wait = SignedDuration::try_from(interval).unwrap_or(SignedDuration::MAX);
    is_skipped(now.saturating_add(wait).unwrap_or(Timestamp::MAX), hints)
}

/// The first moment from `then` on in an hour and a day that are not skipped. Hints that skip too much are not believed.
fn past_skipped(then: Timestamp, hints: &Hints) -> Timestamp {
    let mut moment = then;
    for _ in 0..MAX_SKIP_HOURS {
        if !is_skipped(moment, hints) {
            return moment;
        }
        let into_the_hour = moment.as_second().rem_euclid(HOUR.as_secs().cast_signed());
        let rest = SignedDuration::from_secs(HOUR.as_secs().cast_signed() - into_the_hour);
        moment = moment.saturating_add(rest).unwrap_or(Timestamp::MAX);
    }
    then
}

fn is_skipped(moment: Timestamp, hints: &Hints) -> bool {
    if hints.skip_hours.is_empty() && hints.skip_days.is_empty() {
        return false;
    }
    let utc = moment.to_zoned(TimeZone::UTC);
    let is = |list: &[u8], value: i8| list.iter().any(|v| i8::try_from(*v) == Ok(value));
    is(&hints.skip_hours, utc.hour()) || is(&hints.skip_days, utc.weekday().to_monday_one_offset())
}

/// The wait after the `failures`-th failure in a row (from 1): doubling from the interval, up to a day.
pub fn back_off(interval: Duration, failures: u32) -> Duration {
    let doubled = interval.saturating_mul(2u32.saturating_pow(failures.saturating_sub(1)));
    doubled.min(DAY.max(interval))
}

/// The wait after the `failures`-th failure in a row of one kind of trouble: doubling, up to a day. `None`: not to be asked again.
///
/// What may pass by itself (a fault, a name server, a broken connection) begins with the feed's interval; what somebody must mend
/// first begins with hours. Only 410 is final (FRB 110-120).
pub fn back_off_from(class: Class, status: Option<u16>, interval: Duration, failures: u32) -> Option<Duration> {
    let least = match (class, status) {
        (Class::Gone, _) => return None,
        (Class::Http, Some(401 | 407)) => 6 * HOUR,
        (Class::Http, Some(400..=499)) => 2 * HOUR,
        (Class::Blocked, _) => 6 * HOUR,
        (Class::Guarded, _) => 6 * HOUR,
        (Class::TooLarge, _) => 6 * HOUR,
        (Class::Tls | Class::Redirects | Class::NotAFeed, _) => HOUR,
        (Class::Parse, _) => HOUR / 2,
        (Class::RateLimited, _) => HOUR / 4,
        (Class::Dns | Class::Connect | Class::Timeout | Class::Http | Class::Redirector | Class::Other, _) => Duration::ZERO,
    };
    Some(back_off(interval.max(least), failures))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const BOUNDS: Bounds =
        Bounds { every: Duration::from_secs(900), min: Duration::from_secs(300), max: Duration::from_secs(12 * 3600) };

    #[test]
    fn intervals() {
        for (what, fresh, seen, interval, quiet, next) in [
            ("nothing new after a day: a half longer", 0, 20, 60, 24 * 60, 90),
            ("nothing new, news of an hour ago: about every", 0, 20, 15, 60, 15),
            ("nothing new for long: up to the maximum", 0, 20, 700, 100_000, 720),
            ("an empty feed", 0, 0, 15, 10_000, 22),
            ("something new: back to every", 1, 20, 720, 0, 15),
            ("something new: slowly up to every", 1, 20, 8, 0, 10),
            ("half is new: twice as often", 10, 20, 15, 0, 7),
            ("all is new after a long pause", 20, 20, 600, 0, 7),
            ("never below the minimum", 20, 20, 5, 0, 5),
        ] {
            let rhythm = Rhythm { fresh, seen, interval: interval * MINUTE, quiet: quiet * MINUTE };
            assert_eq!(next_interval(&rhythm, BOUNDS).as_secs() / 60, next, "{what}");
        }
    }

    #[test]
    fn a_first_poll_says_nothing_about_the_rhythm() {
        let schedule = |fixed, quiet| {
            let hints = Hints::default();
            Schedule { fixed, interval: 60 * MINUTE, quiet, outrun: None, bounds: BOUNDS, server: None, hints, jitter: 0.0 }
        };
        let now = "2025-06-03T10:00:00Z".parse().unwrap();
        for (fixed, quiet, minutes) in [
            (None, None, 15),
            (None, Some(Duration::ZERO), 7),
            (Some(40 * MINUTE), Some(Duration::ZERO), 40),
            (Some(40 * MINUTE), None, 40),
        ] {
            let next = schedule(fixed, quiet).next(now, Brought { fresh: 20, seen: 20, outrun: None });
            assert_eq!(next.interval.as_secs() / 60, minutes, "{fixed:?} {quiet:?}");
            assert_eq!(next.check.duration_since(now).as_secs(), next.interval.as_secs() as i64);
        }
    }

    #[test]
    fn checks() {
        let weekend = Hints { skip_days: vec![6, 7], ..Hints::default() };
        let night = Hints { skip_hours: vec![22, 23, 0, 1], ..Hints::default() };
        let never = Hints { skip_hours: (0..24).collect(), ..Hints::default() };
        let ttl = |minutes: u64| Hints { ttl: Some(Duration::from_secs(minutes * 60)), ..Hints::default() };
        for (what, now, server, hints, then) in [
            ("plain", "2025-06-03T10:00:00Z", None, &Hints::default(), "2025-06-03T10:15:00Z"),
            ("the server's", "2025-06-03T10:00:00Z", Some(60 * MINUTE), &ttl(30), "2025-06-03T11:00:00Z"),
            ("the feed's", "2025-06-03T10:00:00Z", Some(MINUTE), &ttl(30), "2025-06-03T10:30:00Z"),
            ("16 years", "2025-06-03T10:00:00Z", None, &ttl(60 * 24 * 5844), "2025-06-04T10:00:00Z"),
            ("at night", "2025-06-03T21:50:00Z", None, &night, "2025-06-04T02:00:00Z"),
            ("a weekend", "2025-06-06T23:50:00Z", None, &weekend, "2025-06-09T00:00:00Z"),
            ("never", "2025-06-03T10:00:00Z", None, &never, "2025-06-03T10:15:00Z"),
        ] {
            assert_eq!(next_check(now.parse().unwrap(), 15 * MINUTE, server, hints).to_string(), then, "{what}");
        }
    }

    #[test]
    fn an_outrun_feed_is_looked_at_sooner_and_stays_so() {
        let now = "2025-06-03T10:00:00Z".parse().unwrap();
        let every = |fixed, known, lost: Option<u32>| {
            let hints = Hints::default();
            let quiet = Some(30 * DAY);
            let known: Option<u32> = known;
            let schedule = Schedule {
                fixed,
                interval: 600 * MINUTE,
                quiet,
                outrun: known.map(|m| m * MINUTE),
                bounds: BOUNDS,
                server: None,
                hints,
                jitter: 0.0,
            };
            let fresh = if lost.is_some() { 20 } else { 0 };
            let next = schedule.next(now, Brought { fresh, seen: 20, outrun: lost.map(|m| m * MINUTE) });
            (next.interval.as_secs() / 60, next.reason)
        };
        let outrun = "it was outrun of late".to_owned();
        assert_eq!(every(None, None, None), (720, "its own rhythm".to_owned()));
        assert_eq!(every(None, None, Some(13)), (6, outrun.clone()));
        assert_eq!(every(None, Some(120), None), (60, outrun.clone()), "also while nothing is new");
        assert_eq!(every(None, Some(4), Some(3)), (5, outrun), "within bounds");
        assert_eq!(every(Some(40 * MINUTE), Some(4), Some(3)), (40, "its fixed interval".to_owned()));
    }

    #[test]
    fn the_kind_of_trouble_says_how_long_to_wait() {
        for (class, status, minutes) in [
            (Class::Dns, None, [Some(15), Some(30), Some(1440)]),
            (Class::Connect, None, [Some(15), Some(30), Some(1440)]),
            (Class::Timeout, None, [Some(15), Some(30), Some(1440)]),
            (Class::Http, Some(500), [Some(15), Some(30), Some(1440)]),
            (Class::RateLimited, Some(429), [Some(15), Some(30), Some(1440)]),
            (Class::Parse, None, [Some(30), Some(60), Some(1440)]),
            (Class::Tls, None, [Some(60), Some(120), Some(1440)]),
            (Class::NotAFeed, None, [Some(60), Some(120), Some(1440)]),
            (Class::Redirects, Some(302), [Some(60), Some(120), Some(1440)]),
            (Class::Http, Some(404), [Some(120), Some(240), Some(1440)]),
            (Class::Http, Some(401), [Some(360), Some(720), Some(1440)]),
            (Class::Blocked, Some(403), [Some(360), Some(720), Some(1440)]),
            (Class::TooLarge, None, [Some(360), Some(720), Some(1440)]),
            (Class::Guarded, None, [Some(360), Some(720), Some(1440)]),
            (Class::Other, None, [Some(15), Some(30), Some(1440)]),
            (Class::Gone, Some(410), [None, None, None]),
        ] {
            let waits = [1, 2, 99].map(|n| back_off_from(class, status, 15 * MINUTE, n).map(|wait| wait.as_secs() / 60));
            assert_eq!(waits, minutes, "{class} {status:?}");
        }
        for &class in Class::ALL {
            let long = back_off_from(class, None, 15 * MINUTE, u32::MAX);
            assert_eq!(long.is_none(), class == Class::Gone, "{class}: nothing but 410 is final");
        }
    }

    #[test]
    fn back_offs() {
        let minutes: Vec<u64> = (0..9).map(|n| back_off(15 * MINUTE, n).as_secs() / 60).collect();
        assert_eq!(minutes, [15, 15, 30, 60, 120, 240, 480, 960, 1440]);
        assert_eq!(back_off(15 * MINUTE, u32::MAX), DAY);
        assert_eq!(back_off(2 * DAY, 3), 2 * DAY);
    }

    proptest::proptest! {
        #[test]
        fn always_within_bounds(fresh: u32, seen: u32, interval in 0..u64::MAX / 4, quiet: u64, every: u32, min: u32, max: u32) {
            let [every, low, high] = [every, min, max].map(|s| Duration::from_secs(s.into()));
            let bounds = Bounds { every, min: low, max: high };
            let rhythm = Rhythm { fresh, seen, interval: Duration::from_secs(interval), quiet: Duration::from_secs(quiet) };
            let next = next_interval(&rhythm, bounds);
            proptest::prop_assert!(next >= low && next <= high.max(low));
        }

        #[test]
        fn never_early_never_long(second in 0..4_000_000_000i64, interval in 0..200_000u64, hours: Vec<u8>, days: Vec<u8>, ttl: Option<u64>) {
            let now = Timestamp::from_second(second).unwrap();
            let interval = Duration::from_secs(interval);
            let hints = Hints { ttl: ttl.map(Duration::from_secs), skip_hours: hours, skip_days: days };
            let wait = Duration::try_from(next_check(now, interval, None, &hints).duration_since(now)).unwrap();
            proptest::prop_assert!(wait >= interval && wait <= interval.max(MAX_HINT) + 72 * HOUR);
        }

        #[test]
        fn back_off_grows_to_a_day(interval in 0..u64::MAX, failures: u32) {
            let interval = Duration::from_secs(interval);
            let wait = back_off(interval, failures);
            proptest::prop_assert!(wait >= interval && wait <= interval.max(DAY));
            proptest::prop_assert!(back_off(interval, failures.saturating_add(1)) >= wait);
        }
    }
}
