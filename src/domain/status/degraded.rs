//! Rule 5: Degraded, a to e.

use super::facts::{Facts, Leading, ever_ready};
use super::refusal::refused;
use super::{Clause, Status, Verdict, Words, count, failure, held};
use crate::domain::row::PodRow;

/// Seconds for which none may be available.
const DOWN: i64 = 60;

/// Seconds for which a Service may have no ready endpoint.
const NO_ENDPOINT: i64 = 30;

/// Of what a node that is down keeps from starting.
pub(super) fn on_a_node(words: String) -> Verdict {
    Verdict { clause: Clause::Sentence, ..degraded(words).brief("its node is not ready") }
}

fn degraded(words: impl Into<String>) -> Verdict {
    let words = words.into();
    Verdict::new(Status::Degraded).because(words.clone()).brief(words)
}

/// Rule 5a: the deadline passed, pods can't be made, a claim is lost.
pub(super) fn controller_says_so(f: &Facts<'_>) -> Option<Verdict> {
    for condition in &f.workload.conditions {
        match (condition.kind.as_str(), condition.status) {
            ("Progressing", Some(false)) if condition.reason == "ProgressDeadlineExceeded" => {
                // The deadline says that it failed; a pod's failure says why.
                return Some(typed_failure(f).unwrap_or_else(|| stuck(f).since(condition.since)));
            }
            ("ReplicaFailure", Some(true)) => {
                let words = refused(&condition.message);
                return Some(Verdict::new(Status::Degraded).worded(words).since(condition.since));
            }
            _ => {}
        }
    }
    if let Some([claim, ..]) = f.lost_claims.get(f.notes).copied() {
        return Some(degraded(format!("volume claim {claim} is lost")).brief("has lost a volume"));
    }
    None
}

fn stuck(f: &Facts<'_>) -> Verdict {
    let how_far = f.unfinished_words();
    let how_far = how_far.unwrap_or_else(|| format!("{}/{} available", f.available(), f.wanted()));
    degraded(format!("rollout stuck, {how_far}")).brief("rollout stuck")
}

/// Rule 5b: a pod of the current revision has a failure with a name, even while the old one serves.
pub(super) fn typed_failure(f: &Facts<'_>) -> Option<Verdict> {
    let (current, old) = f.by_revision()?;
    let alive = u32::try_from(f.pods()?.iter().filter(|p| !p.ended() && p.deleted.is_none()).count()).ok()?;
    let failures: Vec<Words> =
        current.iter().filter_map(|p| failure::of_pod(p, f.notes, |p| f.why_no_node(p))).collect();
    let (failure, failing) = match failures.first() {
        Some(first) => (f.with_registry(first), failures.iter().filter(|w| *w == first).count()),
        None => {
            // Ended pods that nothing has replaced.
            let ended: Vec<Words> = current.iter().filter_map(|p| failure::of_ended(p)).collect();
            let first = ended.first().filter(|_| alive < f.wanted())?;
            (first.clone(), ended.len())
        }
    };
    let killer = f.killer.as_ref().filter(|_| !failures.is_empty());
    let words = killer.map_or_else(|| failure.whole.clone(), |p| format!("{}, {}", failure.whole, p.whole));
    let serving = u32::try_from(old.iter().filter(|p| p.ready).count()).unwrap_or(u32::MAX);
    let reason = if serving > 0 {
        let (new, before) = revisions(f, &old);
        format!("{new} {words}, {before} serves {serving}/{}", f.wanted())
    } else {
        let all = current.iter().filter(|p| !p.ended()).count().max(failing);
        if all > 1 { format!("{words} ({failing} of {all} pods)") } else { words.clone() }
    };
    // Ready between two restarts, a pod is not short of anything, and its readiness is lost anew with each.
    let since = f.short_since().or_else(|| current.iter().filter_map(|p| failure::restarting_since(p)).min());
    let since = since.into_iter().chain(f.looping).min();
    Some(Verdict::new(Status::Degraded).because(reason).briefly(&failure).since(since))
}

/// Rule 5b for pods that never ran: nothing starts on a node without a kubelet or a runtime. (Those that did run have
/// rule 5c's minute.)
pub(super) fn nodes_are_down(f: &Facts<'_>) -> Option<Verdict> {
    if f.wanted() == 0 || f.available() > 0 || f.was_available() {
        return None;
    }
    let words = f.unready_nodes()?;
    Some(on_a_node(words).since(f.short_since()))
}

/// Words for the current revision and for the one that serves. Its number is known where its
/// ReplicaSet was looked up, or where there is only one it can be; it is never guessed.
fn revisions(f: &Facts<'_>, old: &[&PodRow]) -> (String, String) {
    let Some(new) = f.workload.revision else { return ("new revision".to_owned(), "the old one".to_owned()) };
    let hash = old.iter().find(|p| p.ready).and_then(|p| p.labels.get(crate::domain::model::holder::TEMPLATE_HASH));
    let before = hash.and_then(|h| f.revisions.get(h)).copied().or((new == 2).then_some(1));
    (format!("rev {new}"), before.map_or("the old one".to_owned(), |n| format!("rev {n}")))
}

/// Rule 5c: none is available for a minute, and it was before.
pub(super) fn down(f: &Facts<'_>) -> Option<Verdict> {
    let words = f.down()?;
    let since = f.short_since()?;
    f.notes.older(since, DOWN).then(|| degraded(f.with_cause(words.clone())).brief(words).since(Some(since)))
}

/// Rule 5d: short for longer than its deadline.
pub(super) fn short(f: &Facts<'_>) -> Option<Verdict> {
    let (available, wanted) = (f.available(), f.wanted());
    if available >= wanted {
        return None;
    }
    let since = f.short_since()?;
    let late = f.notes.older(since, f.deadline());
    late.then(|| {
        if let Some(words) = held::refused(f) {
            return Verdict::new(Status::Degraded).worded(words).since(Some(since));
        }
        let ago = f.notes.ago(since);
        let words = format!("{available}/{wanted} available for {ago}");
        degraded(f.with_cause(words)).brief(format!("{available}/{wanted} for {ago}")).since(Some(since))
    })
}

/// Rule 5e: a Service selects it, its slices exist, and none of their endpoints has been ready for a
/// while. One that has just started for the first time has had none yet: that is rule 6's.
pub(super) fn no_endpoint(f: &Facts<'_>) -> Option<Verdict> {
    if f.wanted() == 0 {
        return None;
    }
    let services = *f.services.get(f.notes)?;
    f.slices.get(f.notes)?;
    let dead = services.iter().find(|s: &&Leading| s.endpoints.is_some_and(|(ready, _)| ready == 0))?;
    let pods = f.pods()?;
    if f.available() == 0 && !pods.iter().any(|p| ever_ready(p)) {
        return None;
    }
    // The endpoint of a pod follows its readiness, and its Service: nothing newer than these can have ended it.
    let staying = pods.iter().filter(|p| p.deleted.is_none());
    let since = staying.filter_map(|p| p.created.max(p.ready_since)).max()?;
    let since = dead.created.map_or(since, |made| made.max(since));
    let words = || format!("Service {} has no ready endpoint", dead.name);
    f.notes.older(since, NO_ENDPOINT).then(|| degraded(words()).brief("has no ready endpoint").since(Some(since)))
}

/// Pods that are missing, in words, for a DaemonSet that excuses nodes.
pub(super) fn missing(f: &Facts<'_>) -> Option<String> {
    let excused = f.workload.desired.saturating_sub(f.wanted());
    (excused > 0).then(|| format!("{} on nodes that are not ready", count(excused, "pod")))
}
