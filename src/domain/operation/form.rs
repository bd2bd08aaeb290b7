//! A journal as text: what is written into the ConfigMaps, and what is taken from them.
//!
//! Who may write a ConfigMap may write anything into it. What is read here is bounded, and is about objects of its own
//! namespace, or it is refused.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::parts::{MOST_PARTS, Part};
use super::{Journal, JournalStep, StepResult};
use crate::domain::Text;

/// Key of the text in the ConfigMap's `data`.
pub const KEY: &str = "journal";

/// Largest text of one ConfigMap, in bytes. (The server takes ConfigMaps up to 1 MiB.)
const LARGEST: usize = 512 * 1024;

/// Bytes by which a step may grow with its result.
const ROOM: usize = 100;

/// Longest words of a result, in characters, where space is short: the first that fit.
const WORDS: [usize; 3] = [80, 20, 0];

/// The journal that a ConfigMap of `namespace` holds.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: Option<&str>, namespace: &str) -> Result<Journal, Text> {
    let journal: Journal = parsed(text)?;
    if journal.parts.len() > MOST_PARTS {
        return Err(format!("it goes on in {} ConfigMaps; {MOST_PARTS} at most", journal.parts.len()).into());
    }
    at_home(&journal.steps, namespace)?;
    Ok(journal)
}

/// The part of a journal that a further ConfigMap of `namespace` holds.
///
/// # Errors
/// As [`read`].
pub fn read_part(text: Option<&str>, namespace: &str) -> Result<Part, Text> {
    let part: Part = parsed(text)?;
    at_home(&part.steps, namespace)?;
    Ok(part)
}

fn parsed<T: DeserializeOwned>(text: Option<&str>) -> Result<T, Text> {
    let text = text.ok_or_else(|| Text::from(format!("it has no key {KEY}")))?;
    serde_json::from_str(text).map_err(|e| Text::capped(&e.to_string(), 200))
}

/// Whether each step is about an object of this namespace, whose name can stand in a path.
fn at_home(steps: &[JournalStep], namespace: &str) -> Result<(), Text> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    for step in steps {
        let object = &step.object;
        if object.namespace != *namespace {
            return Err(format!("step {} is about an object of {}", step.id, object.namespace).into());
        }
        if object.name.is_empty() || !object.name.chars().all(plain) || object.name.chars().all(|c| c == '.') {
            return Err(format!("step {} is about {}, which is no name", step.id, object.name).into());
        }
    }
    Ok(())
}

/// What the first ConfigMap of a journal holds.
///
/// # Errors
/// Never, for what a plan makes.
pub fn write(journal: &Journal) -> Result<String, serde_json::Error> {
    if journal.parts.is_empty() {
        return fitting(journal, |j| &mut j.steps);
    }
    serde_json::to_string(&Journal { steps: Vec::new(), ..journal.clone() })
}

/// What a further ConfigMap holds.
///
/// # Errors
/// As [`write()`].
pub fn write_part(part: &Part) -> Result<String, serde_json::Error> {
    fitting(part, |p| &mut p.steps)
}

/// Text that fits: no step is ever left out, the words of results are cut where they must be.
fn fitting<T: Serialize + Clone>(
    of: &T,
    steps: fn(&mut T) -> &mut Vec<JournalStep>,
) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string(of)?;
    for longest in WORDS {
        if text.len() <= LARGEST {
            break;
        }
        let mut short = of.clone();
        for step in steps(&mut short) {
            if let StepResult::Skipped(why) | StepResult::Failed(why) = &mut step.result {
                *why = Text::capped(why, longest);
            }
        }
        text = serde_json::to_string(&short)?;
    }
    Ok(text)
}

/// How many steps each further ConfigMap of a new journal holds: none where all fit into the first.
///
/// # Errors
/// As [`write()`].
pub fn divided(journal: &Journal) -> Result<Vec<u32>, serde_json::Error> {
    let head = serde_json::to_string(&Journal { steps: Vec::new(), ..journal.clone() })?.len();
    let sizes: Vec<usize> = journal
        .steps
        .iter()
        .map(|s| Ok(serde_json::to_string(s)?.len() + ROOM))
        .collect::<Result<_, serde_json::Error>>()?;
    if head + sizes.iter().sum::<usize>() <= LARGEST {
        return Ok(Vec::new());
    }
    let empty = Part { id: journal.id.clone(), undoing: true, steps: Vec::new() };
    let frame = serde_json::to_string(&empty)?.len();
    let (mut parts, mut used) = (vec![0], frame);
    for size in sizes {
        if let Some(last) = parts.last_mut().filter(|n| **n == 0 || used + size <= LARGEST) {
            *last += 1;
            used += size;
        } else {
            parts.push(1);
            used = frame + size;
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::{NS, at, journal, step, to_zero};

    fn long(steps: u32, result: &StepResult) -> Journal {
        let step = |id| {
            let step = step("Deployment", &format!("web-{id}"), to_zero(), result.clone());
            JournalStep { id, uid: Some("0f3c2d51-9d0f-4f9e-9a43-5b1f1c6a0a11".into()), ..step }
        };
        Journal { steps: (1..=steps).map(step).collect(), ..journal(at(0)) }
    }

    #[test]
    fn a_journal_survives_being_written_and_read() {
        let j = long(3, &StepResult::Failed("no".into()));
        assert_eq!(read(Some(&write(&j).unwrap()), NS), Ok(j.clone()));
        let part = Part { id: j.id, undoing: true, steps: j.steps };
        assert_eq!(read_part(Some(&write_part(&part).unwrap()), NS), Ok(part));
    }

    #[test]
    fn no_step_is_ever_left_out_and_every_part_fits_whatever_becomes_of_its_steps() {
        assert_eq!(divided(&long(1000, &StepResult::Pending)).unwrap(), [0u32; 0], "all in the first");
        let j = long(5000, &StepResult::Pending);
        let parts = divided(&j).unwrap();
        assert_eq!((parts.len() > 2, parts.iter().sum::<u32>()), (true, 5000));
        let words = "é\"".repeat(400);
        let mut rest = j.steps.as_slice();
        for count in parts {
            let (these, others) = rest.split_at(count as usize);
            rest = others;
            let failed =
                |s: &JournalStep| JournalStep { result: StepResult::Failed(words.as_str().into()), ..s.clone() };
            let part = Part { id: j.id.clone(), undoing: true, steps: these.iter().map(failed).collect() };
            let text = write_part(&part).unwrap();
            assert!(text.len() <= LARGEST, "{}", text.len());
            assert_eq!(read_part(Some(&text), NS).unwrap().steps.len(), these.len());
        }
    }

    #[test]
    fn words_stay_as_long_as_they_fit() {
        let kept = |steps, words: usize| {
            let j = long(steps, &StepResult::Failed("x".repeat(words).into()));
            let text = write(&j).unwrap();
            assert!(text.len() <= LARGEST);
            let StepResult::Failed(why) = read(Some(&text), NS).unwrap().steps[0].result.clone() else { panic!() };
            why.chars().take_while(|c| *c == 'x').count()
        };
        assert_eq!((kept(600, 400), kept(1000, 400), kept(1600, 400)), (400, 80, 20));
    }

    #[test]
    fn the_first_of_several_configmaps_has_no_steps_so_that_a_heartbeat_is_small() {
        let j = Journal { parts: vec![3000], ..long(3000, &StepResult::Pending) };
        let text = write(&j).unwrap();
        assert!(text.len() < 1000 && !text.contains("steps"), "who knows of no parts finds it unreadable: {text}");
        assert_eq!(read(Some(&text), NS), Ok(Journal { steps: vec![], ..j }));
    }

    #[test]
    fn a_journal_about_another_namespace_or_with_a_path_for_a_name_is_refused() {
        let j = long(1, &StepResult::Pending);
        let text = write(&j).unwrap();
        assert_eq!(read(Some(&text), "elsewhere"), Err("step 1 is about an object of shop-qa".into()));
        for name in ["web/../../../kube-system/deployments/dns", "..", "", "web?x=1", "web%2f"] {
            let mut j = j.clone();
            j.steps[0].object.name = name.into();
            let why = read(Some(&write(&j).unwrap()), NS).unwrap_err();
            assert_eq!(why.as_str(), format!("step 1 is about {name}, which is no name"));
        }
        let many = Journal { parts: vec![1; MOST_PARTS + 1], ..journal(at(0)) };
        assert!(read(Some(&write(&many).unwrap()), NS).is_err(), "bounded");
        assert_eq!(read(None, NS), Err("it has no key journal".into()));
    }
}
