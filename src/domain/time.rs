//! A moment, in eight bytes, whether it may be absent or not.
//!
//! It is not: a calendar. That is jiff's `Timestamp` ([`Time::stamp`]), which takes 16 bytes, and 24 where it may be
//! absent: too many for tens of thousands of rows that hold several moments each.

use std::fmt;
use std::num::NonZeroI64;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment, to the microsecond: Kubernetes writes nothing finer (`MicroTime`).
/// <https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#MicroTime>
///
/// Within: microseconds since 1970, from there on one more, so that none is 0 and the order stays.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(NonZeroI64);

impl Time {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(match NonZeroI64::new(1) {
        Some(one) => one,
        None => NonZeroI64::MAX,
    });

    /// Later than any moment of the calendar.
    pub const MAX: Self = Self(NonZeroI64::MAX);

    fn at(stamp: Timestamp) -> Self {
        let micro = stamp.as_microsecond();
        match NonZeroI64::new(if micro < 0 { micro } else { micro + 1 }) {
            Some(micro) => Self(micro),
            None => Self::UNIX_EPOCH,
        }
    }

    const fn micro(self) -> i64 {
        let micro = self.0.get();
        if micro < 0 { micro } else { micro - 1 }
    }

    /// This host's clock. Only the rim asks for it.
    pub fn now() -> Self {
        Self::at(Timestamp::now())
    }

    /// The moment so many seconds after 1970 (before, where negative).
    ///
    /// # Errors
    /// No calendar goes that far.
    pub fn from_second(second: i64) -> Result<Self, jiff::Error> {
        Timestamp::from_second(second).map(Self::at)
    }

    /// The moment so many microseconds after 1970 (before, where negative).
    ///
    /// # Errors
    /// No calendar goes that far.
    pub fn from_microsecond(microsecond: i64) -> Result<Self, jiff::Error> {
        Timestamp::from_microsecond(microsecond).map(Self::at)
    }

    /// As jiff knows it: for calendars, time zones and formats.
    pub fn stamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.micro()).unwrap_or(if self.micro() < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }

    /// Whole seconds since 1970.
    pub const fn as_second(self) -> i64 {
        self.micro() / 1_000_000
    }

    /// Whole milliseconds since 1970.
    pub const fn as_millisecond(self) -> i64 {
        self.micro() / 1_000
    }

    /// How much later this is than `other`.
    pub fn duration_since(self, other: Self) -> SignedDuration {
        SignedDuration::from_micros(self.micro().saturating_sub(other.micro()))
    }

    /// The moment `by` later.
    ///
    /// # Errors
    /// No calendar goes that far.
    pub fn checked_add(self, by: SignedDuration) -> Result<Self, jiff::Error> {
        self.stamp().checked_add(by).map(Self::at)
    }

    /// The moment `by` earlier.
    ///
    /// # Errors
    /// No calendar goes that far.
    pub fn checked_sub(self, by: SignedDuration) -> Result<Self, jiff::Error> {
        self.stamp().checked_sub(by).map(Self::at)
    }
}

impl Default for Time {
    fn default() -> Self {
        Self::UNIX_EPOCH
    }
}

impl From<Timestamp> for Time {
    fn from(stamp: Timestamp) -> Self {
        Self::at(stamp)
    }
}

impl From<Time> for Timestamp {
    fn from(time: Time) -> Self {
        time.stamp()
    }
}

impl FromStr for Time {
    type Err = jiff::Error;

    /// RFC 3339, as Kubernetes writes it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<Timestamp>().map(Self::at)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stamp().fmt(f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stamp().fmt(f)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.stamp().serialize(s)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Timestamp::deserialize(d).map(Self::at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_eight_bytes_even_where_it_may_be_absent() {
        assert_eq!(size_of::<Option<Time>>(), 8);
    }

    #[test]
    fn moments_around_1970_keep_their_order_and_their_words() {
        let words = ["1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z"];
        let all = words.map(|w| w.parse::<Time>().unwrap());
        assert!(all.is_sorted_by(|a, b| a < b));
        assert_eq!(all.map(|t| t.to_string()), words);
        assert_eq!(all[1], Time::UNIX_EPOCH);
        assert_eq!(all[2].duration_since(all[0]), SignedDuration::from_micros(2));
    }

    #[test]
    fn a_span_is_added_within_the_calendar_and_refused_beyond() {
        let day = SignedDuration::from_hours(24);
        let later = Time::UNIX_EPOCH.checked_add(day).unwrap();
        assert_eq!((later.as_second(), later.checked_sub(day).unwrap()), (86_400, Time::UNIX_EPOCH));
        assert!(Time::from(Timestamp::MAX).checked_add(day).is_err());
    }
}
