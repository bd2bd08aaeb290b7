//! What judging leaves behind: whether something was skipped, and when time alone would change the verdict.

use std::cell::Cell;

use crate::domain::Time;
use crate::domain::age;
use crate::domain::data::Arrival;

/// The clock of one judgement. Every comparison with the time goes through it, so that the next
/// moment at which one of these turns is known.
#[derive(Debug)]
pub(crate) struct Notes {
    pub(crate) now: Time,
    next: Cell<Option<Time>>,
    provisional: Cell<bool>,
}

impl Notes {
    pub(crate) fn new(now: Time) -> Self {
        Self { now, next: Cell::new(None), provisional: Cell::new(false) }
    }

    /// Whether `since` is more than `seconds` ago.
    pub(crate) fn older(&self, since: Time, seconds: i64) -> bool {
        let age = self.now.as_second() - since.as_second();
        if age <= seconds {
            self.turns_in(seconds + 1 - age);
        }
        age > seconds
    }

    /// `40s`, `4m`, `3h`: the age of `since`, under two minutes in steps of ten seconds, so that what
    /// is read is made anew only now and then.
    pub(crate) fn ago(&self, since: Time) -> String {
        let seconds = (self.now.as_second() - since.as_second()).max(0);
        let step = match seconds {
            ..120 => 10,
            120..7200 => 60,
            7200..172_800 => 3600,
            _ => 86_400,
        };
        self.turns_in(step - seconds % step);
        match seconds - seconds % step {
            0 => "0s".to_owned(),
            s => age::seconds(s),
        }
    }

    /// `40s ago`, and `just now` in the first ten seconds.
    pub(crate) fn back(&self, since: Time) -> String {
        match self.ago(since).as_str() {
            "0s" => "just now".to_owned(),
            ago => format!("{ago} ago"),
        }
    }

    /// Seconds since `since`, in steps of ten.
    pub(crate) fn tens(&self, since: Time) -> i64 {
        let seconds = (self.now.as_second() - since.as_second()).max(0);
        self.turns_in(10 - seconds % 10);
        seconds - seconds % 10
    }

    fn turns_in(&self, seconds: i64) {
        // Judged by whole seconds: a moment at which the second has surely turned.
        let at = Time::from_second(self.now.as_second().saturating_add(seconds)).unwrap_or(Time::MAX);
        if self.next.get().is_none_or(|next| at < next) {
            self.next.set(Some(at));
        }
    }

    /// A rule was skipped because its data may still come.
    pub(crate) fn skipped(&self) {
        self.provisional.set(true);
    }

    pub(crate) fn next(&self) -> Option<Time> {
        self.next.get()
    }

    pub(crate) fn provisional(&self) -> bool {
        self.provisional.get()
    }
}

/// A value that was made of data which may not be here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<T> {
    value: T,
    arrival: Arrival,
}

impl<T> Known<T> {
    pub(crate) fn new(value: T, arrival: Arrival) -> Self {
        Self { value, arrival }
    }

    /// The value where it can be judged by; else the rule is skipped, and the notes say so.
    pub(crate) fn get(&self, notes: &Notes) -> Option<&T> {
        match self.arrival {
            Arrival::Here => Some(&self.value),
            Arrival::Pending => {
                notes.skipped();
                None
            }
            Arrival::Denied => None,
        }
    }

    /// The value where it is here, for what a verdict says beside itself: it waits for none of that.
    pub(crate) fn so_far(&self) -> Option<&T> {
        (self.arrival == Arrival::Here).then_some(&self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time::from_second(second).unwrap()
    }

    #[test]
    fn a_comparison_knows_when_it_turns() {
        let notes = Notes::new(at(1000));
        assert!(!notes.older(at(990), 60));
        let turn = notes.next().unwrap();
        assert_eq!(turn, at(1051));
        assert!(!Notes::new(at(1050)).older(at(990), 60));
        assert!(Notes::new(turn).older(at(990), 60));
    }

    #[test]
    fn an_age_in_words_changes_exactly_when_it_says() {
        for seconds in [0, 9, 10, 119, 120, 179, 7199, 7200, 10_800, 172_800, 900_000] {
            let notes = Notes::new(at(seconds));
            let words = notes.ago(at(0));
            let turn = notes.next().unwrap().as_second();
            assert_eq!(Notes::new(at(turn - 1)).ago(at(0)), words);
            assert_ne!(Notes::new(at(turn)).ago(at(0)), words, "{seconds}");
        }
    }

    #[test]
    fn of_several_that_turn_the_earliest_is_when_to_look_again() {
        let notes = Notes::new(at(1000));
        let mut turns = Vec::new();
        for (since, seconds) in [(990, 60), (980, 40), (970, 100), (900, 60)] {
            notes.older(at(since), seconds);
            turns.push(notes.next().unwrap().as_second());
        }
        assert_eq!(turns, [1051, 1021, 1021, 1021]);
        assert_eq!(notes.tens(at(973)), 20);
        assert_eq!(notes.next(), Some(at(1003)), "in steps of ten");
    }
}
