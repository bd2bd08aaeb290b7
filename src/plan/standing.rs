//! Steps of a journal against the objects as they are shown: what a journal has not noted may be done all the same.
//!
//! Results are written at most once a second, so a kennel that dies takes the last of them with it. What each step
//! left behind stands on the object itself: that is what a resume goes by, and what is said before.

use super::action::{Direction, Fit, act};
use crate::domain::environment::Environment;
use crate::domain::operation::{Journal, JournalStep, StepResult};

/// Whether the journal lacks the end of a step that its object shows to be done. An object that is not in the
/// picture, or is another one of that name by now, shows nothing.
pub fn done_unnoted(environment: &Environment, journal: &Journal, step: &JournalStep) -> bool {
    let done = || {
        let act = act(&step.action);
        let shown = act.shown(environment, &step.object);
        act.judge(Direction::of(journal), step.uid.as_deref(), shown.as_ref()) == Fit::After
    };
    matches!(step.result, StepResult::Pending | StepResult::Sent) && done()
}

/// Steps of the journal that ended, whether it has noted that or not, and all.
pub fn ended(environment: &Environment, journal: &Journal) -> (usize, usize) {
    let (noted, all) = journal.progress();
    (noted + journal.steps.iter().filter(|s| done_unnoted(environment, journal, s)).count(), all)
}
