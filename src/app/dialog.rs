//! The question before a change: what would happen, in order, in numbers; and what is not allowed.
//!
//! Cancel has the focus. Tab and the arrows move it, Enter presses; no letter acts, but `c` copies.

use std::fmt::Write;

use super::input::Input;
use super::question::Ticket;
use super::subject::Subject;
use crate::domain::Text;
use crate::domain::environment::Operation;
use crate::domain::operation::{Action, Verb};
use crate::plan::{Permission, Plan, Step};

/// A dialog.
#[derive(Clone, Debug)]
pub struct Dialog {
    /// `Stop shop/staging`, `Start or stop 3 services of shop/staging`.
    pub title: String,
    /// Context and environment, at the right of the title: `eu-1 · staging`.
    pub place: String,
    /// Some of it is production: the dialog has another colour.
    pub production: bool,
    /// What can be done, each with a button. Never empty.
    pub choices: Vec<Choice>,
    /// The choice whose plan is shown: the focused one, or the one focused last.
    pub shown: usize,
    /// What has the focus.
    pub focus: Focus,
    /// What has to be typed first for choices that ask for it.
    pub typed: Option<Typed>,
    /// Rows scrolled down.
    pub scroll: u32,
    /// What to tell: `The cluster has changed since: this is the plan as of now.`
    pub notice: Option<Text>,
    /// The operation that it is about (resume, undo), with the result of each of its steps.
    pub operation: Option<Operation>,
    /// What it is about, to make the plans anew.
    pub(crate) subject: Vec<Subject>,
}

/// What has the focus of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The button that changes nothing.
    Cancel,
    /// The input for the environment's name.
    Name,
    /// The button of a choice, by its index.
    Choice(usize),
}

/// What has to be typed before a choice can be pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The word: the environment's name (the project's, where several environments are production), or what takes
    /// an operation over from somebody who is at work on it.
    pub wanted: Text,
    /// Why it is asked for: `production`, `jonas is at work on it`.
    pub why: Text,
    /// What is typed so far.
    pub input: Input,
}

/// One thing that can be done.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What pressing it does.
    pub act: Act,
    /// On its button: `Stop 8 services`.
    pub label: String,
    /// First line of its text: `8 services stop, 22 pods end, 2 cron jobs pause. Start brings every count back.`
    pub headline: String,
    /// Its plans, one per environment; empty for the choices about an operation.
    pub plans: Vec<Plan>,
    /// What it needs, and whether that is allowed; `None` while the cluster is asked.
    pub permissions: Option<Vec<Permission>>,
    /// Of the question for them; `None` where nothing was asked.
    pub(crate) review: Option<Ticket>,
    /// Whether it needs the name, where one has to be typed.
    pub needs_name: bool,
    /// Why it can't be pressed whatever is allowed and typed.
    pub greyed: Option<Text>,
}

/// What pressing a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Runs the plans.
    Run(Verb),
    /// Goes on with an operation.
    Resume {
        /// Its namespace.
        namespace: Text,
        /// Its ID.
        id: Text,
        /// From a holder who lives.
        take_over: bool,
    },
    /// Undoes an operation.
    Undo {
        /// Its namespace.
        namespace: Text,
        /// Its ID.
        id: Text,
        /// From a holder who lives.
        take_over: bool,
    },
    /// Opens the environment of this namespace.
    Open(Text),
}

impl Dialog {
    /// The choice whose plan is shown.
    pub fn choice(&self) -> Option<&Choice> {
        self.choices.get(self.shown)
    }

    /// Why a choice can't be pressed now; `None` when Enter on it acts.
    pub fn blocked(&self, choice: &Choice) -> Option<Text> {
        if let Some(why) = &choice.greyed {
            return Some(why.clone());
        }
        if choice.permissions.is_none() {
            return Some("the cluster is still being asked what is allowed".into());
        }
        self.typed
            .as_ref()
            .filter(|_| self.lacks_name(choice))
            .map(|t| format!("{}: type {} first", t.why, t.wanted).into())
    }

    /// Whether nothing but the typed name is missing to press it.
    pub(crate) fn lacks_name(&self, choice: &Choice) -> bool {
        let open = choice.greyed.is_none() && choice.permissions.is_some() && choice.needs_name;
        self.typed.as_ref().is_some_and(|t| open && t.input.text() != t.wanted.as_str())
    }

    /// The stops of Tab, in order.
    pub(crate) fn stops(&self) -> Vec<Focus> {
        let name = self.typed.as_ref().map(|_| Focus::Name);
        let choices = (0..self.choices.len()).map(Focus::Choice);
        [Focus::Cancel].into_iter().chain(name).chain(choices).collect()
    }

    /// Every kubectl command of the choice that is shown, a line each.
    pub(crate) fn commands(&self) -> String {
        let plans = self.choice().map(|c| c.plans.as_slice()).unwrap_or_default();
        plans.iter().flat_map(|p| &p.steps).map(crate::plan::command).collect::<Vec<_>>().join("\n")
    }
}

/// How many things a choice touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) services: usize,
    pub(crate) cron_jobs: usize,
    pub(crate) pods: u64,
    /// Objects that somebody brought back meanwhile: only the memory of the stop goes.
    pub(crate) forgets: usize,
}

impl Counts {
    pub(crate) fn of<'a>(steps: impl Iterator<Item = &'a Step>) -> Self {
        let mut counts = Self::default();
        for step in steps {
            match &step.action {
                Action::Scale { from, to, .. } if from == to => counts.forgets += 1,
                Action::Suspend { from, to, .. } if from == to => counts.forgets += 1,
                Action::Suspend { .. } => counts.cron_jobs += 1,
                Action::Scale { from, to, .. } => {
                    counts.services += 1;
                    counts.pods += u64::from(if to > from { to - from } else { step.pods.max(from - to) });
                }
                Action::NodeSelector { .. } | Action::Pause { .. } => {
                    counts.services += 1;
                    counts.pods += u64::from(step.pods);
                }
            }
        }
        counts
    }

    /// The button: `Stop 8 services`.
    pub(crate) fn label(&self, verb: Verb) -> String {
        let word = if verb == Verb::Stop { "Stop" } else { "Start" };
        match (self.services, self.cron_jobs) {
            (0, 0) if self.forgets > 0 => format!("Forget {}", count(self.forgets, "stop")),
            (0, 0) => format!("Nothing to {}", verb.word()),
            (0, n) => format!("{} {}", if verb == Verb::Stop { "Pause" } else { "Resume" }, count(n, "cron job")),
            (n, _) => format!("{word} {}", count(n, "service")),
        }
    }

    /// The first line: what happens, in numbers.
    pub(crate) fn headline(&self, verb: Verb, environments: usize) -> String {
        if *self == Self::default() {
            return format!("There is nothing to {}.", verb.word());
        }
        let stop = verb == Verb::Stop;
        let mut parts = Vec::new();
        if self.services > 0 {
            parts.push(format!("{} {}", count(self.services, "service"), ends(self.services, verb.word())));
        }
        if self.pods > 0 {
            let n = usize::try_from(self.pods).unwrap_or(usize::MAX);
            parts.push(format!("{} {}", count(n, "pod"), ends(n, if stop { "end" } else { "come" })));
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
        if stop && self.services > 0 {
            line.push_str(" Start brings every count back.");
        }
        line
    }
}

/// `1 service`, `8 services`.
pub(crate) fn count(n: usize, noun: &str) -> String {
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
            (of(0, 0, 0, 0), Verb::Stop, 1, "Nothing to stop", "There is nothing to stop."),
            (
                of(1, 0, 1, 0),
                Verb::Stop,
                1,
                "Stop 1 service",
                "1 service stops, 1 pod ends. Start brings every count back.",
            ),
            (
                of(2, 1, 0, 0),
                Verb::Stop,
                1,
                "Stop 2 services",
                "2 services stop, 1 cron job pauses. Start brings every count back.",
            ),
            (of(0, 2, 0, 0), Verb::Stop, 1, "Pause 2 cron jobs", "2 cron jobs pause."),
            (of(0, 1, 0, 0), Verb::Start, 1, "Resume 1 cron job", "1 cron job resumes."),
            (of(2, 0, 5, 0), Verb::Start, 3, "Start 2 services", "In 3 environments 2 services start, 5 pods come."),
            (of(0, 0, 0, 1), Verb::Start, 1, "Forget 1 stop", "1 runs already: its stop is forgotten."),
            (
                of(0, 0, 0, 2),
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
