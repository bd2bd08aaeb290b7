//! Rule 8: Running. Alive, but not (yet) all of it, or not provably so.

use super::facts::Facts;
use super::{Status, Verdict, degraded, held, rollout};

/// Rule 8.
pub(super) fn running(f: &Facts<'_>) -> Option<Verdict> {
    let (available, wanted) = (f.available(), f.wanted());
    let running = Verdict::new(Status::Running);
    if rollout::scaled_by_autoscaler(f) {
        return Some(running.because(format!("scaling {available}→{}", f.workload.desired)));
    }
    if available < wanted {
        let held = held::waits(f).map_or_else(String::new, |held| format!(", {}", held.brief));
        return Some(match f.down() {
            Some(down) => running.because(f.with_cause(format!("{down}{held}"))),
            None => running.counting(available, wanted, &f.with_cause(held)),
        });
    }
    if f.workload.paused {
        return Some(running.because("paused"));
    }
    if let Some(words) = degraded::missing(f) {
        return Some(running.because(words));
    }
    // Ready without being asked, and nobody calls it: nothing proves that it works.
    if f.workload.template.is_asked() {
        return None;
    }
    let called = f.services.get(f.notes).is_some_and(|services| !services.is_empty());
    (!called).then_some(running)
}
