//! What plans come to, in numbers: on a button, in a first line.

use std::fmt::Write;

use super::{Step, Weight, act};
use crate::domain::operation::{Pods, Verb};

/// What becomes of one pod, and of several, by [`Pods`].
const OF_PODS: [(&str, &str); 3] = [
    ("comes", "come"),
    ("ends", "end"),
    ("gets another in its place", "get others in their places, one after the other"),
];

/// How many things plans touch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    services: usize,
    cron_jobs: usize,
    /// Pods that come, that end, that others take the place of.
    pods: [u64; 3],
    /// Objects that somebody brought back meanwhile: only the memory of the stop goes.
    forgets: usize,
}

impl Counts {
    pub(super) fn of<'a>(steps: impl Iterator<Item = &'a Step>) -> Self {
        let mut counts = Self::default();
        for step in steps {
            match act(&step.action).weight(step) {
                Weight::Memory => counts.forgets += 1,
                Weight::Task => counts.cron_jobs += 1,
                Weight::Service(what, pods) => {
                    counts.services += 1;
                    if let Some(all) = counts.pods.get_mut(what as usize) {
                        *all += u64::from(pods);
                    }
                }
            }
        }
        counts
    }

    /// The button: `Stop 8 services`.
    pub(super) fn label(&self, verb: Verb) -> String {
        let (word, ends) = (verb.info().title, verb.info().pods == Pods::End);
        match (self.services, self.cron_jobs) {
            (0, 0) if self.forgets > 0 => format!("Forget {}", count(self.forgets, "stop")),
            (0, 0) => format!("Nothing to {}", verb.word()),
            (0, n) => format!("{} {}", if ends { "Pause" } else { "Resume" }, count(n, "cron job")),
            (n, _) => format!("{word} {}", count(n, "service")),
        }
    }

    /// The first line: what happens, in numbers.
    pub(super) fn headline(&self, verb: Verb, environments: usize) -> String {
        if *self == Self::default() {
            return format!("There is nothing to {}.", verb.word());
        }
        let stop = verb.info().pods == Pods::End;
        let mut parts = Vec::new();
        if self.services > 0 {
            let (one, several) = verb.info().does;
            let does = if self.services == 1 { one } else { several };
            parts.push(format!("{} {does}", count(self.services, "service")));
        }
        for (n, (one, several)) in self.pods.iter().zip(OF_PODS).filter(|(n, _)| **n > 0) {
            let n = usize::try_from(*n).unwrap_or(usize::MAX);
            parts.push(format!("{} {}", count(n, "pod"), if n == 1 { one } else { several }));
        }
        if self.cron_jobs > 0 {
            let word = if stop { "pause" } else { "resume" };
            parts.push(format!("{} {}", count(self.cron_jobs, "cron job"), ends(self.cron_jobs, word)));
        }
        if self.forgets > 0 {
            let what = if self.forgets == 1 { "runs already: its stop is" } else { "run already: their stops are" };
            parts.push(format!("{} {what} forgotten", self.forgets));
        }
        let mut line = if environments > 1 { format!("In {environments} environments ") } else { String::new() };
        let _ = write!(line, "{}.", parts.join(", "));
        if verb == Verb::Stop && self.services > 0 {
            line.push_str(" Start brings every count back.");
        }
        line
    }
}

/// `1 service`, `8 services`.
pub fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// The verb for so many: `1 service stops`, `2 services stop`.
fn ends(n: usize, verb: &str) -> String {
    if n == 1 { format!("{verb}s") } else { verb.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_and_headlines_say_in_numbers_what_happens_and_nothing_of_what_does_not() {
        let of = |services, cron_jobs, pods, forgets| Counts { services, cron_jobs, pods, forgets };
        for (counts, verb, environments, label, headline) in [
            (of(0, 0, [0, 0, 0], 0), Verb::Stop, 1, "Nothing to stop", "There is nothing to stop."),
            (
                of(1, 0, [0, 1, 0], 0),
                Verb::Stop,
                1,
                "Stop 1 service",
                "1 service stops, 1 pod ends. Start brings every count back.",
            ),
            (
                of(2, 1, [0, 0, 0], 0),
                Verb::Stop,
                1,
                "Stop 2 services",
                "2 services stop, 1 cron job pauses. Start brings every count back.",
            ),
            (of(0, 2, [0, 0, 0], 0), Verb::Stop, 1, "Pause 2 cron jobs", "2 cron jobs pause."),
            (of(0, 1, [0, 0, 0], 0), Verb::Start, 1, "Resume 1 cron job", "1 cron job resumes."),
            (
                of(2, 0, [5, 0, 0], 0),
                Verb::Start,
                3,
                "Start 2 services",
                "In 3 environments 2 services start, 5 pods come.",
            ),
            (of(0, 0, [0, 0, 0], 1), Verb::Start, 1, "Forget 1 stop", "1 runs already: its stop is forgotten."),
            (
                of(1, 0, [0, 0, 3], 0),
                Verb::Redeploy,
                1,
                "Redeploy 1 service",
                "1 service is redeployed, 3 pods get others in their places, one after the other.",
            ),
            (
                of(2, 0, [2, 1, 0], 0),
                Verb::Scale,
                1,
                "Scale 2 services",
                "2 services are scaled, 2 pods come, 1 pod ends.",
            ),
            (
                of(0, 0, [0, 0, 0], 2),
                Verb::Start,
                2,
                "Forget 2 stops",
                "In 2 environments 2 run already: their stops are forgotten.",
            ),
        ] {
            assert_eq!((counts.label(verb).as_str(), counts.headline(verb, environments).as_str()), (label, headline));
        }
    }
}
