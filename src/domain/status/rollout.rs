//! Rules 6 and 7: Starting and Progressing.

use super::facts::{Facts, ever_ready};
use super::{Status, Verdict, held};
use crate::domain::Time;
use crate::domain::row::WorkloadKind;

/// Rule 6: nothing of it ever ran, or kennel is starting it.
pub(super) fn starting(f: &Facts<'_>) -> Option<Verdict> {
    let (available, wanted) = (f.available(), f.wanted());
    if wanted == 0 {
        return None;
    }
    let starting = Verdict::new(Status::Starting);
    let verdict = || match held::back(f) {
        Some(words) => starting.worded(words),
        None => starting.because(format!("{available} of {wanted} ready")),
    };
    if f.operated.starting && !f.fully_available() {
        return Some(verdict());
    }
    let ever = f.pods().is_some_and(|pods| pods.iter().any(|p| ever_ready(p)));
    (first_revision(f) && !ever && available == 0).then(verdict)
}

/// Whether there was no revision before the current one.
fn first_revision(f: &Facts<'_>) -> bool {
    let w = f.workload;
    match w.kind {
        WorkloadKind::Deployment => w.revision.is_none_or(|r| r <= 1),
        WorkloadKind::StatefulSet => {
            w.revisions.as_ref().is_none_or(|(current, update)| current.is_empty() || current == update)
        }
        // Every change of its spec counts, also such as make no revision: then it is Progressing.
        WorkloadKind::DaemonSet => w.meta.generation <= 1,
    }
}

/// Whether the count is being changed by its autoscaler, with nothing new rolled out.
pub(super) fn scaled_by_autoscaler(f: &Facts<'_>) -> bool {
    let w = f.workload;
    let Some(Some(autoscaler)) = f.autoscaler.get(f.notes) else { return false };
    let one_revision = w.counts.updated == w.counts.replicas && !f.rolling_out();
    let recently = autoscaler.last_scale.is_some_and(|at| !f.notes.older(at, f.deadline()));
    let its = autoscaler.desired.is_none_or(|d| d == w.desired) || autoscaler.desired != autoscaler.current;
    one_revision && recently && its && w.counts.replicas.min(w.counts.available) < w.desired
}

/// Rule 7: a change is being rolled out, or nothing is available yet after a start.
pub(super) fn progressing(f: &Facts<'_>) -> Option<Verdict> {
    let w = f.workload;
    let wanted = f.wanted();
    let progressing = |words: String| {
        let brief = words.clone();
        Some(Verdict::new(Status::Progressing).because(words).brief(brief))
    };
    if scaled_by_autoscaler(f) {
        return None;
    }
    if w.meta.generation > w.observed_generation {
        return progressing("waits for its controller".to_owned());
    }
    if let Some(words) = f.unfinished_words() {
        if w.paused {
            return progressing(format!("paused, {words}"));
        }
        let words = f.down().map_or(words.clone(), |down| format!("{words}, {down}"));
        let held = held::back(f).map_or_else(String::new, |held| format!(", {}", held.brief));
        let timed = match (last_progress(f), w.kind) {
            (Some(at), WorkloadKind::Deployment) => {
                format!("{words}{held}, {}s of {}s", f.notes.tens(at), f.deadline())
            }
            _ => format!("{words}{held}"),
        };
        return Some(Verdict::new(Status::Progressing).because(timed).brief(words));
    }
    // What served and is at nothing is no change under way: rule 8 says that it is down.
    if f.down().is_some() {
        return None;
    }
    if let Some(words) = held::claim(f) {
        return Some(Verdict::new(Status::Progressing).worded(words));
    }
    if wanted == 0 || f.available() > 0 {
        return None;
    }
    match held::back(f) {
        Some(words) => Some(Verdict::new(Status::Progressing).worded(words)),
        None => {
            let words = format!("0 of {wanted} ready");
            Some(Verdict::new(Status::Progressing).because(f.with_cause(words.clone())).brief(words))
        }
    }
}

/// When the new revision last got a pod, or one of its pods ready: from there its deadline counts.
fn last_progress(f: &Facts<'_>) -> Option<Time> {
    let (current, _) = f.by_revision()?;
    current.iter().filter_map(|p| if p.ready { p.ready_since.max(p.created) } else { p.created }).max()
}
