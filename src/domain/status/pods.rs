//! Kinds that kennel does not know, and bare pods. Rules 2, 5b, 5c, 5d, 6–9 by their pods, and what the owner says
//! of itself in a condition Ready, Available or Healthy.
//!
//! Such a condition is False in every ordinary rollout. So it stands where rule 5d does: for ten minutes it is a
//! change under way, longer it is a fault. What the pods themselves say outranks it either way.

use std::sync::Arc;

use super::degraded::on_a_node;
use super::facts::{DEADLINE, ever_ready, short_since};
use super::notes::{Known, Notes};
use super::unplaced::by_scheduler;
use super::{Status, Verdict, Words, clip, count, failure};
use crate::domain::row::{Condition, CustomRow, PodRow};

/// Seconds for which none may be ready.
const DOWN: i64 = 60;

/// Conditions by which such kinds say how they are.
const OWN: [&str; 3] = ["Ready", "Available", "Healthy"];

/// Words of a `status.phase` by which such kinds say that they have failed. Their controllers say so after a deadline of
/// their own: <https://argo-rollouts.readthedocs.io/en/stable/features/specification/>
const FAILED: [&str; 4] = ["Degraded", "Failed", "Error", "Unhealthy"];

/// The same said the other way round. <https://strimzi.io/docs/operators/latest/configuring#type-KafkaStatus-reference>
const NOT_READY: &str = "NotReady";

/// Why pods are not ready, as far as something beside them tells.
#[derive(Debug, Default)]
pub(crate) struct Causes {
    /// All of them are on nodes that are not ready.
    pub(crate) nodes: Option<String>,
    /// What the kubelet can't set up, else the probe that fails.
    pub(crate) kubelet: Option<Words>,
}

impl Causes {
    /// Words of how short it is, and why.
    fn after(&self, words: String) -> String {
        match self.nodes.as_ref().or(self.kubelet.as_ref().map(|w| &w.whole)) {
            Some(cause) => format!("{words}, {cause}"),
            None => words,
        }
    }
}

/// The verdict on pods that belong together. `called`: a Service selects them. `itself`: their owner.
pub(crate) fn judge(
    pods: &[Arc<PodRow>],
    called: &Known<bool>,
    itself: &Known<Option<&CustomRow>>,
    causes: &Causes,
    notes: &Notes,
) -> Verdict {
    let itself = itself.get(notes).copied().flatten();
    let (staying, going): (Vec<_>, Vec<_>) = pods.iter().partition(|p| p.deleted.is_none());
    let alive: Vec<_> = staying.iter().filter(|p| !p.ended()).collect();
    let ready = alive.iter().filter(|p| p.ready).count();
    let all = alive.len();
    if staying.is_empty() {
        let left = u32::try_from(going.len()).unwrap_or(u32::MAX);
        return Verdict::new(Status::Stopping).because(format!("{} left", count(left, "pod")));
    }
    if itself.is_some_and(|i| i.deleted) {
        return Verdict::new(Status::Stopping).because("is being deleted");
    }
    let degraded = |words: String| Verdict::new(Status::Degraded).because(words.clone()).brief(words);
    let failures: Vec<Words> = alive.iter().filter_map(|p| failure::of_pod(p, notes, by_scheduler)).collect();
    if let Some(first) = failures.first() {
        let failing = failures.iter().filter(|w| *w == first).count();
        let whole = &first.whole;
        let words = if all > 1 { format!("{whole} ({failing} of {all} pods)") } else { whole.clone() };
        let since = short_since(pods).or_else(|| alive.iter().filter_map(|p| failure::restarting_since(p)).min());
        return Verdict::new(Status::Degraded).because(words).briefly(first).since(since);
    }
    if all == 0 {
        return match staying.iter().find_map(|p| failure::of_ended(p)) {
            Some(words) => Verdict::new(Status::Degraded).worded(words),
            None => Verdict::new(Status::Healthy).because("done"),
        };
    }
    if ready < all
        && let Some(since) = short_since(pods)
    {
        if ready == 0 && alive.iter().any(|p| ever_ready(p)) && notes.older(since, DOWN) {
            let words = format!("down {}", notes.ago(since));
            return degraded(causes.after(words.clone())).brief(words).since(Some(since));
        }
        if notes.older(since, DEADLINE) {
            let ago = notes.ago(since);
            let words = format!("{ready}/{all} ready for {ago}");
            return degraded(causes.after(words)).brief(format!("{ready}/{all} for {ago}")).since(Some(since));
        }
    }
    if let Some(verdict) = itself.and_then(|i| by_condition(i, ready > 0, notes)) {
        return verdict;
    }
    if ready == 0 {
        let ran = alive.iter().any(|p| ever_ready(p));
        if let Some(nodes) = causes.nodes.as_ref().filter(|_| !ran) {
            return on_a_node(nodes.clone()).since(short_since(pods));
        }
        let waits = causes.kubelet.clone().filter(|_| causes.nodes.is_none());
        let waits = waits.or_else(|| alive.iter().find(|p| p.unschedulable.is_some()).map(|p| by_scheduler(p)));
        if let Some(since) = short_since(pods).filter(|_| ran) {
            let held = waits.map_or_else(String::new, |held| format!(", {}", held.brief));
            return Verdict::new(Status::Running).because(causes.after(format!("down {}{held}", notes.ago(since))));
        }
        let verdict = Verdict::new(Status::Starting);
        return match waits {
            Some(words) => verdict.worded(words),
            None => verdict.because(causes.after(format!("0 of {all} ready"))),
        };
    }
    if ready < all {
        return Verdict::new(Status::Running).counting(ready, all, &causes.after(String::new()));
    }
    let called = called.get(notes).copied().unwrap_or(false);
    let says_so = itself.is_some_and(|i| i.conditions.iter().any(|c| is_own(c) && c.status == Some(true)));
    Verdict::new(if called || says_so { Status::Healthy } else { Status::Running })
}

fn is_own(condition: &Condition) -> bool {
    OWN.contains(&condition.kind.as_str())
}

/// What an owner says of itself, where that is not good. Bad conditions are asked for before good ones.
fn by_condition(itself: &CustomRow, some_ready: bool, notes: &Notes) -> Option<Verdict> {
    let holds = |kind: &str| itself.conditions.iter().any(|c| c.kind == kind && c.status == Some(true));
    let is_bad =
        |c: &&Condition| (is_own(c) && c.status == Some(false)) || (c.kind == NOT_READY && c.status == Some(true));
    let progressing = |words: String| Verdict::new(Status::Progressing).because(words.clone()).brief(words);
    if let Some(phase) = itself.phase.as_deref().filter(|phase| FAILED.contains(phase)) {
        let since = itself.conditions.iter().find(is_bad).and_then(|c| c.since);
        let brief = format!("is {}", phase.to_lowercase());
        let words = itself.message.as_deref().map_or(brief.clone(), clip);
        return Some(Verdict::new(Status::Degraded).because(words).brief(brief).since(since));
    }
    let Some(bad) = itself.conditions.iter().find(is_bad) else {
        return (itself.behind && some_ready).then(|| progressing("change not taken up yet".to_owned()));
    };
    let said = if bad.kind == NOT_READY { "ready".to_owned() } else { bad.kind.to_lowercase() };
    let said_why = [&bad.reason, &bad.message].map(|words| clip(words)).into_iter().filter(|words| !words.is_empty());
    let why = said_why.map(|words| format!(": {words}")).collect::<String>();
    // A canary may be paused for days: that is somebody's decision.
    if holds("Paused") {
        return some_ready.then(|| progressing(format!("paused, not {said}{why}")));
    }
    match bad.since.filter(|at| notes.older(*at, DEADLINE)) {
        Some(at) => {
            let words = format!("not {said} for {}{why}", notes.ago(at));
            Some(Verdict::new(Status::Degraded).because(words).brief(format!("not {said}")).since(Some(at)))
        }
        None => some_ready.then(|| progressing(format!("not {said}{why}"))),
    }
}
