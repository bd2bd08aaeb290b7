//! The rules of a Deployment, StatefulSet or DaemonSet, in the order in which they are asked.

use super::facts::Facts;
use super::{Status, Verdict, degraded, ending, release, rollout, running};

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
    ("5a, its autoscaler", degraded::autoscaler_fails),
    ("6", rollout::starting),
    ("7", rollout::progressing),
    ("8", running::running),
];

/// The verdict on a workload (rule 9 where none of the others matches).
pub(crate) fn judge(facts: &Facts<'_>) -> Verdict {
    let verdict = RULES.iter().find_map(|(_, rule)| rule(facts));
    verdict.unwrap_or_else(|| Verdict::new(Status::Healthy))
}

/// What is wrong with its release, whatever its status; `release failed 41d` where that is no news.
pub(crate) fn release(facts: &Facts<'_>, status: Status) -> (Option<String>, Option<String>) {
    if matches!(status, Status::Stopped | Status::Stopping) {
        return (None, None);
    }
    let Some((words, at)) = release::remark(facts) else { return (None, None) };
    let secondary = (status != Status::ReleaseFailed).then(|| match at {
        Some(at) => format!("{words} {}", facts.notes.ago(at)),
        None => words.clone(),
    });
    (Some(words), secondary)
}
