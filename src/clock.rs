//! What time it is: the system's clock, or a simulated one that only its sleepers move. And how servers write it.

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A source of time. Cloning a simulated clock shares it.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    Simulated(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// A clock that stands at `start` until somebody sleeps.
    pub fn simulated(start: Timestamp) -> Clock {
        Clock::Simulated(Arc::new(Mutex::new(start)))
    }

    pub fn is_simulated(&self) -> bool {
        matches!(self, Clock::Simulated(_))
    }

    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Simulated(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Waits until `then`. A simulated clock is moved there at once (never back).
    pub async fn sleep_until(&self, then: Timestamp) {
        match self {
            Clock::System => {
                // Deadlines in memory count time asleep as well: the wait is cut up, so that a resume is noticed.
                const LOOK: Duration = Duration::from_secs(30);
                while let Ok(left) = Duration::try_from(then.duration_since(Timestamp::now())) {
                    if left.is_zero() {
                        break;
                    }
                    tokio::time::sleep(left.min(LOOK)).await;
                }
            }
            Clock::Simulated(now) => {
                tokio::task::yield_now().await;
                let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
                *now = (*now).max(then);
            }
        }
    }

    pub async fn sleep(&self, wait: Duration) {
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
        self.sleep_until(self.now().saturating_add(wait).unwrap_or(Timestamp::MAX)).await;
    }
}

/// Three clocks at one moment: by their differences, what happened to time is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// What the wall shows; it can be set.
    pub real: Timestamp,
    /// Time since the machine was started, and the same without the time it was asleep.
    pub boot: Duration,
    pub awake: Duration,
}

/// What happened to time between two pulses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jump {
    pub slept: Duration,
    /// How far the clock was set, forward or back.
    pub stepped: SignedDuration,
}

impl Pulse {
    /// What happened since an earlier pulse, beside time passing.
    pub fn since(self, earlier: Pulse) -> Jump {
        let passed = self.boot.saturating_sub(earlier.boot);
        let awake = self.awake.saturating_sub(earlier.awake);
        let shown = self.real.duration_since(earlier.real);
        let stepped = shown.saturating_sub(SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX));
        Jump { slept: passed.saturating_sub(awake), stepped }
    }
}

impl Clock {
    /// The clocks of the machine. A simulated clock is never set, and its machine never asleep.
    pub fn pulse(&self) -> Pulse {
        match self {
            Clock::System => {
                #[cfg(any(target_os = "linux", target_os = "android"))]
                const BOOT: rustix::time::ClockId = rustix::time::ClockId::Boottime;
                #[cfg(not(any(target_os = "linux", target_os = "android")))]
                const BOOT: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
                let read = |id| Duration::try_from(rustix::time::clock_gettime(id)).unwrap_or_default();
                Pulse { real: self.now(), boot: read(BOOT), awake: read(rustix::time::ClockId::Monotonic) }
            }
            Clock::Simulated(_) => {
                let since = Duration::try_from(self.now().duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default();
                Pulse { real: self.now(), boot: since, awake: since }
            }
        }
    }
}

/// The longest a `Retry-After` is obeyed: beyond it a host is asked again, once.
const MAX_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What a `Retry-After` says: seconds or a date, at most a day off. `None` where it is neither, or over.
pub fn retry_after(said: &str, now: Timestamp) -> Option<Timestamp> {
    let wait = match said.trim().parse::<u64>() {
        Ok(n) => seconds(n),
        Err(_) => http_date(said)?.duration_since(now),
    };
    (wait > SignedDuration::ZERO).then(|| now.saturating_add(wait.min(MAX_RETRY_AFTER)).unwrap_or(Timestamp::MAX))
}

/// Seconds that a server names, bounded at a century, so that sums with them cannot overflow.
pub fn seconds(n: u64) -> SignedDuration {
    const CENTURY: u64 = 100 * 366 * 24 * 3600;
    SignedDuration::from_secs(n.min(CENTURY) as i64)
}

/// The three forms of a date in HTTP (RFC 9110, section 5.6.7).
pub fn http_date(text: &str) -> Option<Timestamp> {
    const RFC_2822: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    let text = text.trim();
    let naive = |form| jiff::civil::DateTime::strptime(form, text).ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let whole = RFC_2822.parse_timestamp(text).ok();
    let whole = whole.or_else(|| naive("%A, %d-%b-%y %H:%M:%S GMT").map(|z| z.timestamp()));
    whole.or_else(|| naive("%a %b %e %H:%M:%S %Y").map(|z| z.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::{Clock, Jump, Pulse, http_date, retry_after};
    use jiff::{SignedDuration, Timestamp};
    use std::time::Duration;

    fn now() -> Timestamp {
        "1994-11-06T08:00:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn only_sleepers_move_a_simulated_clock() {
        let clock = Clock::simulated(now());
        assert_eq!(clock.now(), now());
        clock.clone().sleep(Duration::from_secs(90)).await;
        clock.sleep_until(now()).await;
        assert_eq!(clock.now(), now() + SignedDuration::from_secs(90));
    }

    #[test]
    fn sleep_and_steps_are_told_apart() {
        let pulse = |real: i64, boot, awake| Pulse {
            real: now() + SignedDuration::from_secs(real),
            boot: Duration::from_secs(boot),
            awake: Duration::from_secs(awake),
        };
        for (what, later, slept, stepped) in [
            ("time passes", pulse(60, 160, 160), 0, 0),
            ("an hour of sleep", pulse(3660, 3760, 160), 3600, 0),
            ("put forward", pulse(7260, 160, 160), 0, 7200),
            ("put back", pulse(-7140, 160, 160), 0, -7200),
            ("asleep, and put back", pulse(-3540, 3760, 160), 3600, -7200),
        ] {
            let jump = later.since(pulse(0, 100, 100));
            let expected = Jump { slept: Duration::from_secs(slept), stepped: SignedDuration::from_secs(stepped) };
            assert_eq!(jump, expected, "{what}");
        }
        let (first, then) = (Clock::System.pulse(), Clock::System.pulse());
        assert!(then.since(first).slept < Duration::from_secs(60) && then.boot >= first.boot);
    }

    #[test]
    fn dates() {
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(http_date(date), Some("1994-11-06T08:49:37Z".parse().unwrap()), "{date}");
        }
        assert_eq!(
            http_date("Mon, 06 Nov 1994 08:49:37 GMT"),
            http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            "a wrong weekday is forgiven"
        );
        for junk in ["", "0", "-1", "soon", "99 Foo 9999"] {
            assert_eq!(http_date(junk), None, "{junk}");
        }
    }

    #[test]
    fn retries() {
        for (said, seconds) in [
            ("120", Some(120)),
            (" 120 ", Some(120)),
            ("0", None),
            ("Sun, 06 Nov 1994 08:10:00 GMT", Some(600)),
            ("Sun, 06 Nov 1994 07:10:00 GMT", None),
            ("504911232", Some(24 * 3600)),
            ("18446744073709551615", Some(24 * 3600)),
            ("-5", None),
            ("later", None),
        ] {
            let until = retry_after(said, now());
            assert_eq!(until, seconds.map(|s| now() + SignedDuration::from_secs(s)), "{said}");
        }
    }
}
