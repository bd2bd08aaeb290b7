//! The rules of a Deployment, StatefulSet or DaemonSet, in the order in which they are asked.

use super::facts::Facts;
use super::{Status, Verdict, degraded, ending, failure, release, rollout, running, scaling};
use crate::domain::row::WorkloadRow;
use crate::domain::service::Unscaled;

/// One rule: a verdict where it matches.
pub(super) type Rule = fn(&Facts<'_>) -> Option<Verdict>;

/// Number of the rule on the page, and the rule. First match wins.
pub(super) const RULES: &[(&str, Rule)] = &[
    ("0", ending::unwanted),
    ("2", ending::stopping),
    ("3", ending::stopped),
    ("4", release::failed),
    ("5a", degraded::controller_says_so),
    ("5b", degraded::typed_failure),
    ("5b, its nodes", degraded::nodes_are_down),
    ("5c", degraded::down),
    ("5d", degraded::short),
    ("5e", degraded::no_endpoint),
    ("6", rollout::starting),
    ("7", rollout::progressing),
    ("8", running::running),
];

/// The verdict on a workload (rule 9 where none of the others matches).
pub(crate) fn judge(facts: &Facts<'_>) -> Verdict {
    let verdict = RULES.iter().find_map(|(_, rule)| rule(facts));
    verdict.unwrap_or_else(|| Verdict::new(Status::Healthy))
}

/// What is said beside a status, and changes none.
#[derive(Debug, Default)]
pub(crate) struct Remarks {
    /// What is wrong with its release: `release shop failed`.
    pub(crate) release: Option<String>,
    /// What is wrong with its autoscaler.
    pub(crate) unscaled: Option<Unscaled>,
    /// All of it in a line: `release shop failed 41d, autoscaler fails: no metrics`.
    pub(crate) secondary: Option<String>,
}

/// What is wrong beside the workload itself. Of what is off nothing: it is no news.
pub(crate) fn remarks(f: &Facts<'_>, status: Status) -> Remarks {
    if matches!(status, Status::Stopped | Status::Stopping) {
        return Remarks::default();
    }
    let (release, unscaled) = (release::remark(f), scaling::remark(f));
    let said = release.as_ref().filter(|_| status != Status::ReleaseFailed).map(|(words, at)| match at {
        Some(at) => format!("{words} {}", f.notes.ago(*at)),
        None => words.clone(),
    });
    let fails = unscaled.as_ref().map(|u| format!("autoscaler fails: {}", u.why));
    let ended = f.pods.so_far().and_then(|pods| failure::ended(pods));
    let secondary: Vec<String> = said.into_iter().chain(fails).chain(outdated(f.workload)).chain(ended).collect();
    Remarks {
        release: release.map(|(words, _)| words),
        unscaled,
        secondary: (!secondary.is_empty()).then(|| secondary.join(", ")),
    }
}

/// `2 of 2 pods on the old revision; deletes are awaited for acme/db:2`, that image where no pod has it yet.
fn outdated(workload: &WorkloadRow) -> Option<String> {
    let (old, all) = workload.outdated()?;
    let wanted: Vec<_> = workload.template.images.iter().map(|image| failure::short_image(image)).collect();
    let wanted = if old == all { format!(" for {}", wanted.join(", ")) } else { String::new() };
    Some(format!("{old} of {all} pods on the old revision; deletes are awaited{wanted}"))
}
