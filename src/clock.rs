//! What time it is: the system's clock, or a simulated one that only its sleepers move.

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
