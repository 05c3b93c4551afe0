//! Whether the loops go round: each marks when it begins a round, and the watchdog looks at the marks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A loop that begins no round for this long hangs. The longest that one waits by itself is a minute.
pub(super) const STALL: Duration = Duration::from_secs(5 * 60);

/// The loops that must go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loop {
    Poll,
    Process,
    Deliver,
    Digest,
    Watch,
}

impl Loop {
    pub const ALL: [Loop; 5] = [Loop::Poll, Loop::Process, Loop::Deliver, Loop::Digest, Loop::Watch];

    pub fn as_str(self) -> &'static str {
        match self {
            Loop::Poll => "poll",
            Loop::Process => "process",
            Loop::Deliver => "deliver",
            Loop::Digest => "digest",
            Loop::Watch => "watch",
        }
    }
}

/// When each loop began its last round, and whether the database takes writes. Time that the machine is asleep does not count.
#[derive(Debug)]
pub(super) struct Progress {
    begun: Instant,
    /// Milliseconds since `begun`, by [`Loop`].
    marks: [AtomicU64; Loop::ALL.len()],
    refusal: Mutex<Option<String>>,
}

impl Default for Progress {
    fn default() -> Progress {
        Progress { begun: Instant::now(), marks: Default::default(), refusal: Mutex::default() }
    }
}

impl Progress {
    pub fn mark(&self, which: Loop) {
        self.marks[which as usize].store(millis(self.begun.elapsed()), Ordering::Relaxed);
    }

    /// How long ago the process began its work.
    pub fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    /// How long a loop has been at its round.
    pub fn at_it(&self, which: Loop) -> Duration {
        let mark = Duration::from_millis(self.marks[which as usize].load(Ordering::Relaxed));
        self.begun.elapsed().saturating_sub(mark)
    }

    /// The loop that has been at its round for longest, where that is at least `limit`.
    pub fn hanging(&self, limit: Duration) -> Option<Loop> {
        let longest = Loop::ALL.into_iter().map(|which| (self.at_it(which), which)).max_by_key(|(at_it, _)| *at_it);
        longest.filter(|(at_it, _)| *at_it >= limit).map(|(_, which)| which)
    }

    /// Notes whether the database took the last write, or why it did not.
    pub fn wrote(&self, refusal: Option<String>) {
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
    }

    /// Why the database takes nothing, where it does not.
    pub fn refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Loop, Progress};
    use std::time::Duration;

    #[test]
    fn the_loop_that_does_not_come_round_is_named() {
        let progress = Progress::default();
        assert_eq!(progress.hanging(Duration::from_secs(3600)), None, "a start is a round");
        std::thread::sleep(Duration::from_millis(30));
        for which in Loop::ALL.into_iter().filter(|which| *which != Loop::Deliver) {
            progress.mark(which);
        }
        assert_eq!(progress.hanging(Duration::from_millis(30)), Some(Loop::Deliver));
        progress.mark(Loop::Deliver);
        assert_eq!(progress.hanging(Duration::from_secs(3600)), None);
    }
}
