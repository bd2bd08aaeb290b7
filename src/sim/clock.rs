//! The embedded cluster's clock: the system's, or one that tests drive by hand.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// A clock; clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Inner);

#[derive(Clone, Debug)]
enum Inner {
    /// The system's clock.
    System,
    /// Stands still until somebody moves it.
    Manual(Arc<watch::Sender<Timestamp>>),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Inner::System)
    }

    /// A clock that stands at `start` until [`Clock::advance`] or [`Clock::set`].
    pub fn manual(start: Timestamp) -> Self {
        Self(Inner::Manual(Arc::new(watch::Sender::new(start))))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Inner::System => Timestamp::now(),
            Inner::Manual(now) => *now.borrow(),
        }
    }

    /// Moves a manual clock forward and wakes what sleeps; a system clock goes its own way.
    pub fn advance(&self, by: SignedDuration) {
        if let Inner::Manual(now) = &self.0 {
            now.send_modify(|t| *t = t.saturating_add(by).unwrap_or(*t));
        }
    }

    /// Sets a manual clock; it may go backwards.
    pub fn set(&self, to: Timestamp) {
        if let Inner::Manual(now) = &self.0 {
            now.send_replace(to);
        }
    }

    /// Returns once the clock shows `time` or later.
    pub async fn sleep_until(&self, time: Timestamp) {
        match &self.0 {
            Inner::System => {
                let wait = Duration::try_from(time.duration_since(self.now())).unwrap_or_default();
                tokio::time::sleep(wait).await;
            }
            Inner::Manual(now) => {
                let mut now = now.subscribe();
                // Fails only when the sender is gone, and `self` holds one.
                let _ = now.wait_for(|t| *t >= time).await;
            }
        }
    }

    /// Returns once `span` has passed on this clock.
    pub async fn sleep(&self, span: SignedDuration) {
        let now = self.now();
        self.sleep_until(now.saturating_add(span).unwrap_or(now)).await;
    }
}

/// A time plus seconds; the time itself where that leaves the calendar.
pub(crate) fn plus(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(time)
}
