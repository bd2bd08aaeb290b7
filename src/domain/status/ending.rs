//! Rules 0, 2 and 3: what is not wanted, what is ending, what is stopped.

use super::facts::{Facts, Operated};
use super::notes::Notes;
use super::{Status, Verdict, count};
use crate::domain::row::WorkloadKind;

/// Rule 0: a DaemonSet that no node wants.
pub(super) fn unwanted(f: &Facts<'_>) -> Option<Verdict> {
    let w = f.workload;
    let unwanted = w.kind == WorkloadKind::DaemonSet
        && w.desired == 0
        && w.meta.deleted.is_none()
        && w.observed_generation >= w.meta.generation
        && f.memory.is_none();
    unwanted.then(|| Verdict::new(Status::NotAvailable).because("no node wants it"))
}

/// Pods that are there: those that have ended for good are only remains.
fn alive(f: &Facts<'_>) -> Option<u32> {
    let pods = f.pods()?.iter().filter(|p| !p.ended() || p.deleted.is_some());
    Some(u32::try_from(pods.count()).unwrap_or(u32::MAX))
}

/// Whether its spec says zero. A DaemonSet's number is its controller's: only what kennel stopped is at zero.
fn at_zero(f: &Facts<'_>) -> bool {
    f.workload.desired == 0 && (f.workload.kind != WorkloadKind::DaemonSet || f.memory.is_some())
}

/// Rule 2: deleted, or at zero while a pod of it is left, terminating ones included. The status'
/// count is asked only where pods can't be read: it leaves terminating pods out for a Deployment.
pub(super) fn stopping(f: &Facts<'_>) -> Option<Verdict> {
    let w = f.workload;
    if w.meta.deleted.is_some() {
        return Some(Verdict::new(Status::Stopping).because("is being deleted"));
    }
    if !at_zero(f) {
        return None;
    }
    let left = alive(f).unwrap_or(w.counts.replicas);
    (left > 0).then(|| Verdict::new(Status::Stopping).because(format!("{} left", count(left, "pod"))))
}

/// Rule 3: at zero, and no pod is left.
pub(super) fn stopped(f: &Facts<'_>) -> Option<Verdict> {
    if !at_zero(f) {
        return None;
    }
    let verdict = Verdict::new(Status::Stopped);
    let held = f.scaled_object.get(f.notes).copied().flatten();
    let scaled = f.autoscaler.get(f.notes).copied().flatten();
    Some(match (f.memory, held) {
        (Some(memory), _) if memory.tool == "kennel" => verdict.because(stopped_by_kennel(f.operated, f.notes)),
        (Some(memory), _) => verdict.because(format!("stopped by {}", memory.tool)),
        (None, Some(scaler)) => verdict.idle().because(format!("ScaledObject {} holds it at zero", scaler.meta.name)),
        // A target at zero switches an autoscaler off: it brings nothing back.
        (None, None) if scaled.is_some() => verdict.idle().because("idle, its autoscaler is off"),
        (None, None) => Verdict { bare: true, ..verdict.idle().because("idle") },
    })
}

/// When and by whom kennel stopped it, where its journal still tells.
pub(super) fn stopped_by_kennel(operated: &Operated, notes: &Notes) -> String {
    match &operated.stopped {
        Some((at, who)) => format!("stopped {} by {who}", notes.back(*at)),
        None => "stopped by kennel".to_owned(),
    }
}
