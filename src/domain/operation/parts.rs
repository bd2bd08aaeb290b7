//! A journal whose steps do not fit into one ConfigMap: they stand in further ones, `kennel-operation-2`, `-3` …
//!
//! ```text
//! kennel-operation     id, holder, heartbeat, state, parts: [2, 1]      the lock; no steps
//! kennel-operation-2   id, undoing, steps 1 2
//! kennel-operation-3   id, undoing, steps 3
//! ```
//!
//! The first is claimed as `preparing`, then come the others, and only when all are there it ceases to be that and the
//! first step is sent. So one that is not `preparing` and lacks a part has lost it, and is never taken for done. A part
//! of another operation's ID is what that left behind. A kennel that knows nothing of parts can't read such a journal,
//! and leaves it alone.

use serde::{Deserialize, Serialize};

use super::{JOURNAL, Journal, JournalStep, StepResult};
use crate::domain::Text;

/// So many ConfigMaps hold the steps of one operation at most: some two hundred thousand.
pub const MOST_PARTS: usize = 100;

/// Steps of a journal in a ConfigMap of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// ID of the operation.
    pub id: Text,
    /// The results are those of the way back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undoing: bool,
    /// The steps.
    pub steps: Vec<JournalStep>,
}

/// Numbers of the ConfigMaps that a journal goes on in, with how many steps each holds.
pub fn numbered(parts: &[u32]) -> impl Iterator<Item = (u32, u32)> {
    (2..).zip(parts.iter().copied())
}

/// Name of the ConfigMap of this number.
pub fn name(number: u32) -> String {
    format!("{JOURNAL}-{number}")
}

/// Number of the ConfigMap of this name, where it is one that a journal goes on in.
pub fn number(of: &str) -> Option<u32> {
    let number = of.strip_prefix(JOURNAL)?.strip_prefix('-')?.parse().ok()?;
    (number >= 2 && name(number) == of).then_some(number)
}

impl Journal {
    /// What a result means once the operation goes back: what was skipped was never changed; of the rest the object
    /// itself tells whether it was.
    pub fn turned(result: &StepResult) -> StepResult {
        match result {
            StepResult::Skipped(why) => StepResult::Skipped(why.clone()),
            _ => StepResult::Pending,
        }
    }

    /// Takes in the steps of its part of this number, which is to hold `count` of them.
    ///
    /// # Errors
    /// Why they are not known: it is not there, is another operation's, can't be read, does not hold as many.
    pub fn join(&mut self, number: u32, count: u32, part: Option<&Result<Part, Text>>) -> Result<(), Text> {
        let lacks = |why: &str| Err(format!("{} {why}: {count} of its steps are not known", name(number)).into());
        match part {
            None => lacks("is not there"),
            Some(Err(why)) => lacks(&format!("can't be read ({why})")),
            Some(Ok(part)) if part.id != self.id => lacks("is of another operation"),
            Some(Ok(part)) if part.steps.len() != count as usize => lacks("holds other steps"),
            Some(Ok(part)) => {
                // Written before the operation was turned back: what was done is yet to be undone.
                let turns = part.undoing != self.undoing;
                self.steps.extend(part.steps.iter().cloned().map(|step| match turns {
                    true => JournalStep { result: Self::turned(&step.result), ..step },
                    false => step,
                }));
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::{at, journal, step, to_zero};
    use crate::domain::operation::OperationState;

    fn noted(id: u32, result: StepResult) -> JournalStep {
        JournalStep { id, ..step("Deployment", &format!("web-{id}"), to_zero(), result) }
    }

    /// A journal in three ConfigMaps, and the second and third of them.
    fn long() -> (Journal, [Result<Part, Text>; 2]) {
        let head = Journal { parts: vec![2, 1], ..journal(at(0)) };
        let of = |steps| Ok(Part { id: head.id.clone(), undoing: false, steps });
        let parts = [
            of(vec![noted(1, StepResult::Done), noted(2, StepResult::Skipped("is gone".into()))]),
            of(vec![noted(3, StepResult::Pending)]),
        ];
        (head, parts)
    }

    #[test]
    fn the_names_of_further_configmaps_count_from_two() {
        assert_eq!(
            numbered(&[7, 5]).map(|(n, _)| name(n)).collect::<Vec<_>>(),
            ["kennel-operation-2", "kennel-operation-3"]
        );
        let other = ["kennel-operation", "kennel-operation-", "kennel-operation-1", "kennel-operation-02", "x-2"];
        assert!(other.iter().all(|n| number(n).is_none()));
        assert_eq!((number("kennel-operation-2"), number("kennel-operation-17")), (Some(2), Some(17)));
    }

    #[test]
    fn a_journal_has_the_steps_of_all_its_parts_and_knows_how_many_it_lacks() {
        let (mut j, [two, three]) = long();
        assert_eq!(j.progress(), (0, 3));
        j.join(2, 2, Some(&two)).unwrap();
        assert_eq!((j.progress(), j.absent()), ((2, 3), 1));
        assert_eq!(j.join(3, 1, None), Err("kennel-operation-3 is not there: 1 of its steps are not known".into()));
        j.join(3, 1, Some(&three)).unwrap();
        assert_eq!((j.progress(), j.absent()), ((2, 3), 0));
        assert_eq!(j.steps.iter().map(|s| s.id).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_part_that_is_not_this_operations_or_not_whole_is_not_taken_in() {
        let (mut j, [two, _]) = long();
        let other = two.clone().map(|p| Part { id: "another".into(), ..p });
        for (part, why) in [
            (other, "kennel-operation-2 is of another operation: 2 of its steps are not known"),
            (
                Err("it has no key journal".into()),
                "kennel-operation-2 can't be read (it has no key journal): 2 of its steps are not known",
            ),
        ] {
            assert_eq!(j.join(2, 2, Some(&part)), Err(why.into()));
        }
        assert!(j.join(2, 3, Some(&two)).is_err_and(|why| why.contains("holds other steps")));
        assert!(j.steps.is_empty() && j.absent() == 3);
    }

    #[test]
    fn results_from_before_it_was_turned_back_are_yet_to_be_undone() {
        let (mut j, [two, _]) = long();
        j.undoing = true;
        j.join(2, 2, Some(&two)).unwrap();
        let results: Vec<_> = j.steps.iter().map(|s| s.result.clone()).collect();
        assert_eq!(results, [StepResult::Pending, StepResult::Skipped("is gone".into())]);
    }

    #[test]
    fn one_that_died_before_it_was_whole_has_changed_nothing() {
        let j = Journal { preparing: true, ..long().0 };
        assert_eq!(j.state_at(at(1), false), OperationState::Running);
        assert_eq!(j.state_at(at(1), true), OperationState::Undone);
    }
}
