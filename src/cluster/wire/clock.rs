//! What time it is at the server: as the `Date` of its answers says, unless the newest stamp of an object and this
//! machine's clock contradict it together. A proxy in between, or one of several servers, may have made that date.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::domain::Time;

/// Milliseconds by which clocks that agree may differ.
const AGREE: i64 = 5 * 60_000;

/// Milliseconds in which something is stamped in a cluster that lives: an object is made or written, an Event told.
const FRESH: i64 = 10 * 60_000;

/// `Date` counts whole seconds: a difference below two is none.
const WHOLE: i64 = 2000;

const UNKNOWN: i64 = i64::MIN;

/// How the server's `Date` and this machine's clock differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// Seconds by which `Date` is ahead of this machine's clock, in tens: it is known to a second or two, and of six
    /// hours it is not to be said that they are five. `None`: no answer had one.
    pub date: Option<i64>,
    /// Ages are by it.
    pub believed: bool,
}

/// The server's clock. All offsets are milliseconds that are added to this machine's clock.
#[derive(Debug)]
pub(super) struct Clock {
    born: Instant,
    /// This machine's clock less the time that has passed: it jumps where that is set, or the machine has slept.
    drift: AtomicI64,
    date: AtomicI64,
    /// That of the newest stamp when it came: the server's clock is no less ahead than that.
    stamps: AtomicI64,
    skew: watch::Sender<Skew>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            born: Instant::now(),
            drift: AtomicI64::new(UNKNOWN),
            date: AtomicI64::new(UNKNOWN),
            stamps: AtomicI64::new(UNKNOWN),
            skew: watch::Sender::new(Skew { date: None, believed: true }),
        }
    }
}

impl Clock {
    /// An answer says that it is `date`.
    pub(super) fn dated(&self, date: Time) {
        let now = Time::now().as_millisecond();
        let drift = now - i64::try_from(self.born.elapsed().as_millis()).unwrap_or(0);
        let before = self.drift.swap(drift, Ordering::Relaxed);
        if before != UNKNOWN && (drift - before).abs() > AGREE {
            self.stamps.store(UNKNOWN, Ordering::Relaxed);
        }
        let new = date.as_millisecond() + 500 - now;
        let old = self.date.load(Ordering::Relaxed);
        if old == UNKNOWN || (new - old).abs() > WHOLE {
            self.date.store(new, Ordering::Relaxed);
            self.judge();
        }
    }

    /// An object has come that the server, or one of its clients, stamped at that time.
    pub(super) fn stamped(&self, at: Time) {
        let new = at.as_millisecond() - Time::now().as_millisecond();
        let old = self.stamps.fetch_max(new, Ordering::Relaxed);
        if old == UNKNOWN || new > old + WHOLE {
            self.judge();
        }
    }

    /// The server's time.
    pub(super) fn now(&self) -> Time {
        let offset = match (self.skew.borrow().believed, self.date.load(Ordering::Relaxed)) {
            (false, _) | (_, UNKNOWN) => 0,
            (true, date) => date,
        };
        let now = Time::now();
        now.checked_add(jiff::SignedDuration::from_millis(offset)).unwrap_or(now)
    }

    /// Each change of how the clocks differ.
    pub(super) fn skew(&self) -> watch::Receiver<Skew> {
        self.skew.subscribe()
    }

    fn judge(&self) {
        let known = |offset: &AtomicI64| Some(offset.load(Ordering::Relaxed)).filter(|ms| *ms != UNKNOWN);
        let date = known(&self.date);
        let believed = date.is_none_or(|date| is_believed(date, known(&self.stamps)));
        let new = Skew { date: date.map(|ms| (ms + 5000).div_euclid(10_000) * 10), believed };
        self.skew.send_if_modified(|old| std::mem::replace(old, new) != new);
    }
}

/// Whether a date that is so far ahead of this machine's clock is right. The newest stamp is a little in the past by
/// the right clock, and never in the future; of two clocks that it may be by, the server's own is.
fn is_believed(date: i64, stamps: Option<i64>) -> bool {
    let Some(stamps) = stamps else { return true };
    let may_be = |clock: i64| clock >= stamps - AGREE;
    let fits = |clock: i64| may_be(clock) && clock <= stamps + FRESH;
    let contradicted = (fits(0) && !fits(date)) || (may_be(0) && !may_be(date));
    date.abs() <= AGREE || !contradicted
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: i64 = 3_600_000;
    const MINUTES: i64 = 60_000;

    #[test]
    fn a_date_is_believed_unless_the_newest_stamp_and_this_machines_clock_contradict_it_together() {
        for (date, stamps, believed, what) in [
            (6 * HOURS, None, true, "there is nothing to compare it with"),
            (6 * HOURS, Some(-MINUTES), false, "everything would be 6 h old, and by this machine's clock is new"),
            (-6 * HOURS, Some(-MINUTES), false, "everything would be from the future"),
            (6 * HOURS, Some(6 * HOURS - MINUTES), true, "this machine's clock is behind"),
            (-6 * HOURS, Some(-6 * HOURS - MINUTES), true, "this machine's clock is ahead"),
            (-6 * HOURS, Some(-2 * HOURS), false, "a stamp of two hours ago is from that date's future"),
            (6 * HOURS, Some(-3 * HOURS), true, "where nothing was stamped for hours either may be right"),
            (6 * HOURS, Some(9 * HOURS), true, "what is from the future of both says nothing"),
            (4 * MINUTES, Some(-MINUTES), true, "clocks differ a little"),
            (-4 * MINUTES, Some(0), true, "and that a stamp is a little ahead, too"),
        ] {
            assert_eq!(is_believed(date, stamps), believed, "{what}");
        }
    }

    #[test]
    fn time_is_by_the_clock_that_is_believed_and_each_change_is_told() {
        let clock = Clock::default();
        let mut told = clock.skew();
        let off = |time: Time| (time.as_second() - Time::now().as_second() + 1) / 3600;
        let now = Time::now();
        let ahead = now.checked_add(jiff::SignedDuration::from_hours(6)).unwrap();
        assert_eq!(off(clock.now()), 0, "before the first answer it is this machine's");
        clock.dated(ahead);
        assert_eq!(off(clock.now()), 6);
        clock.dated(Time::from_second(ahead.as_second() - 3).unwrap());
        assert_eq!(told.borrow_and_update().date, Some(6 * 3600), "it is known to a few seconds");
        clock.dated(ahead);
        clock.stamped(now.checked_sub(jiff::SignedDuration::from_hours(48)).unwrap());
        assert_eq!(off(clock.now()), 6, "an old object says nothing");
        clock.stamped(now);
        assert_eq!(off(clock.now()), 0);
        assert!(!told.borrow_and_update().believed);
        clock.stamped(ahead);
        assert_eq!(off(clock.now()), 6, "it was this machine's clock after all");
        assert!(told.borrow_and_update().believed);
    }
}
