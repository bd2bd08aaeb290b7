//! A journal that would be too large is shortened, never dropped.
//!
//! First its words go, then steps that were skipped, then steps from its end; how many is counted (`shortened`).
//! What was put away for them stands on the objects themselves, so a start brings it back.

use std::collections::BTreeSet;

use crate::domain::Text;
use crate::domain::operation::{Journal, JournalStep, StepResult};

/// Largest journal, in bytes. (The server takes ConfigMaps up to 1 MiB.)
const LARGEST: usize = 512 * 1024;

/// Words of a result when space is short, in characters.
const SHORT: usize = 80;

/// The journal as text that fits.
pub(super) fn fitting(journal: &Journal) -> Result<String, serde_json::Error> {
    within(journal, LARGEST)
}

fn within(journal: &Journal, largest: usize) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string(journal)?;
    if text.len() <= largest {
        return Ok(text);
    }
    let mut short = journal.clone();
    for step in &mut short.steps {
        if let StepResult::Skipped(why) | StepResult::Failed(why) = &mut step.result {
            *why = Text::capped(why, SHORT);
        }
    }
    let text = serde_json::to_string(&short)?;
    if text.len() <= largest {
        return Ok(text);
    }
    // The count of what is left out may need more digits than it has now.
    let mut over = text.len() - largest + 16;
    let skipped = |s: &JournalStep| matches!(s.result, StepResult::Skipped(_));
    let (first, then): (Vec<usize>, Vec<usize>) =
        (0..short.steps.len()).rev().partition(|i| short.steps.get(*i).is_some_and(skipped));
    let mut gone = BTreeSet::new();
    for index in first.into_iter().chain(then) {
        let Some(step) = short.steps.get(index).filter(|_| over > 0) else { break };
        over = over.saturating_sub(serde_json::to_string(step)?.len() + 1);
        gone.insert(index);
    }
    let mut index = 0;
    short.steps.retain(|_| {
        index += 1;
        !gone.contains(&(index - 1))
    });
    short.shortened = short.shortened.saturating_add(u32::try_from(gone.len()).unwrap_or(u32::MAX));
    serde_json::to_string(&short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::operation::Action;
    use crate::domain::{Kind, ObjectId, Time, fixture};

    fn journal(steps: u32) -> Journal {
        let step = |id| JournalStep {
            id,
            tier: 0,
            object: ObjectId::new(Kind::Deployment, "shop", format!("web-{id}")),
            uid: "0f3c2d51-9d0f-4f9e-9a43-5b1f1c6a0a11".into(),
            action: Action::Scale { from: 3, to: 0, remember: true, forget: vec![] },
            result: match id % 3 {
                0 => StepResult::Done,
                1 => StepResult::Failed("x".repeat(400).into()),
                _ => StepResult::Skipped("y".repeat(400).into()),
            },
        };
        Journal { steps: (1..=steps).map(step).collect(), ..fixture::journal(Time::UNIX_EPOCH) }
    }

    #[test]
    fn a_journal_past_its_limit_loses_words_then_skipped_steps_then_its_end_and_counts_them() {
        let read = |limit| -> Journal {
            let text = within(&journal(300), limit).unwrap();
            assert!(text.len() <= limit, "{} > {limit}", text.len());
            serde_json::from_str(&text).unwrap()
        };
        assert_eq!(read(1 << 20), journal(300));
        let words = read(110_000);
        assert_eq!((words.steps.len(), words.shortened), (300, 0), "words go first");
        let skipped = read(70_000);
        let left = |j: &Journal, f: fn(&StepResult) -> bool| j.steps.iter().filter(|s| f(&s.result)).count();
        assert_eq!(skipped.steps.len() + skipped.shortened as usize, 300);
        assert_eq!(left(&skipped, |r| matches!(r, StepResult::Done)), 100, "what was done can be undone");
        assert_eq!(left(&skipped, |r| matches!(r, StepResult::Failed(_))), 100);
        let tiny = read(2_000);
        assert!(tiny.steps.len() > 2 && tiny.steps[0].id == 1, "from the end");
        assert_eq!(tiny.steps.len() + tiny.shortened as usize, 300);
    }

    #[test]
    fn five_thousand_steps_fit_the_configmap() {
        let text = fitting(&journal(5000)).unwrap();
        assert!(text.len() <= LARGEST, "{}", text.len());
        let read: Journal = serde_json::from_str(&text).unwrap();
        assert_eq!(read.steps.len() + read.shortened as usize, 5000, "what is left out is counted");
        assert!(read.steps.len() > 1000, "{} that were tried can be undone", read.steps.len());
    }

    #[test]
    fn whatever_the_limit_a_journal_fits_and_loses_no_more_than_it_must() {
        let long = journal(60);
        let whole = serde_json::to_string(&long).unwrap();
        assert_eq!(within(&long, whole.len()).unwrap(), whole, "it fits to the byte");
        let mut brief = journal(60);
        brief.steps.iter_mut().for_each(|s| s.result = StepResult::Done);
        let whole = serde_json::to_string(&brief).unwrap();
        let step = serde_json::to_string(&brief.steps[59]).unwrap().len();
        for limit in (whole.len() - 40 * step..whole.len()).step_by(37) {
            let text = within(&brief, limit).unwrap();
            assert!(text.len() <= limit && text.len() + step + 40 > limit, "{} for {limit}", text.len());
        }
        let words = |steps: usize| {
            let mut j = journal(60);
            j.steps.truncate(steps);
            within(&j, 1).map(|_| ()).unwrap();
            j
        };
        let short = within(&words(60), whole.len() * 2).unwrap();
        assert_eq!(within(&words(60), short.len()).unwrap(), short, "words short, and it fits to the byte");
    }
}
