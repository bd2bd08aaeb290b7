//! Jobs, CronJobs, and pods that have run to their end.

use std::sync::Arc;

use super::facts::Operated;
use super::notes::Notes;
use super::unplaced::by_scheduler;
use super::{Status, Verdict, count, ending, failure};
use crate::domain::keys::SUSPEND;
use crate::domain::row::{CronJobRow, JobRow, PodPhase, PodRow};

/// Whether a condition of that kind is True: never by its presence alone.
fn is(job: &JobRow, kind: &str) -> bool {
    job.conditions.iter().any(|c| c.kind == kind && c.status == Some(true))
}

/// Whether a Job has failed for good.
pub(crate) fn job_failed(job: &JobRow) -> bool {
    is(job, "Failed")
}

/// The verdict on a Job with these pods.
pub(crate) fn job(job: &JobRow, pods: &[Arc<PodRow>], notes: &Notes) -> Verdict {
    if job.meta.deleted.is_some() {
        return Verdict::new(Status::Stopping).because("is being deleted");
    }
    if job.suspended {
        let alive = pods.iter().filter(|p| !p.ended()).count();
        let left = job.active.max(u32::try_from(alive).unwrap_or(u32::MAX));
        return match (left, is(job, "Suspended")) {
            (0, true) => Verdict::new(Status::Stopped).because("suspended"),
            // The controller has not taken it up yet.
            (0, false) => Verdict::new(Status::Stopping).because("is being suspended"),
            (left, _) => Verdict::new(Status::Stopping).because(format!("{} left", count(left, "pod"))),
        };
    }
    if let Some(failed) = job.conditions.iter().find(|c| c.kind == "Failed" && c.status == Some(true)) {
        let how = match failed.reason.as_str() {
            "BackoffLimitExceeded" => format!("failed after {}", tries(job.failed)),
            "DeadlineExceeded" => "ran out of time".to_owned(),
            _ => "failed".to_owned(),
        };
        let words = failed.since.map_or(how.clone(), |at| format!("{how}, {}", notes.back(at)));
        return Verdict::new(Status::Degraded).because(words).brief(how).since(failed.since);
    }
    if is(job, "Complete") {
        let done = job.completed.map(|at| format!("done {}", notes.back(at)));
        return Verdict::new(Status::Healthy).because(done.unwrap_or_else(|| "done".to_owned()));
    }
    let alive = pods.iter().filter(|p| !p.ended() && p.deleted.is_none());
    if let Some((words, p)) = alive.clone().find_map(|p| failure::of_pod(p, notes, by_scheduler).zip(Some(p))) {
        return Verdict::new(Status::Degraded).worded(words).since(p.unschedulable.or(p.created));
    }
    if job.ready > 0 || alive.clone().any(|p| p.ready) {
        let progress = job.completions.filter(|all| *all > 1).map(|all| format!("{} of {all} done", job.succeeded));
        return Verdict { reason: progress, ..Verdict::new(Status::Running) };
    }
    starting(alive)
}

/// Nothing of it is ready yet: what its pods wait for.
fn starting<'p>(pods: impl IntoIterator<Item = &'p Arc<PodRow>>) -> Verdict {
    let starting = Verdict::new(Status::Starting);
    let waits = |p: &PodRow| p.unschedulable.is_some() && p.node.is_none();
    pods.into_iter()
        .find(|p| waits(p))
        .map(|p| by_scheduler(p))
        .map_or(starting.clone(), |words| starting.worded(words))
}

/// `1 try`, `3 tries`.
fn tries(failed: u32) -> String {
    if failed == 1 { "1 try".to_owned() } else { format!("{failed} tries") }
}

/// The verdict on a CronJob with its Jobs, oldest first. `now`: the verdict on the newest of those that run.
/// `operated`: what an operation of kennel says about it.
pub(crate) fn cron_job(
    cron: &CronJobRow,
    jobs: &[&Arc<JobRow>],
    now: Option<Verdict>,
    operated: &Operated,
    notes: &Notes,
) -> Verdict {
    if cron.meta.deleted.is_some() {
        return Verdict::new(Status::Stopping).because("is being deleted");
    }
    if cron.suspended {
        // Kept by a stop; what was suspended before it stays so, and is nobody's stop.
        let ours = cron.meta.annotations.get(SUSPEND).is_some_and(|before| before == "false");
        let why = if ours { ending::stopped_by_kennel(operated, notes) } else { "suspended".to_owned() };
        return Verdict::new(Status::Stopped).because(why);
    }
    match now.filter(|_| cron.active > 0) {
        Some(now) if matches!(now.status, Status::Degraded | Status::Starting) => return now,
        _ if cron.active > 0 => return Verdict::new(Status::Running).because("runs now"),
        _ => {}
    }
    match jobs.last() {
        Some(last) if job_failed(last) => {
            let verdict = job(last, &[], notes);
            let words = verdict.reason.clone().unwrap_or_else(|| "failed".to_owned());
            verdict.because(format!("last run {words}"))
        }
        _ => Verdict::new(Status::Healthy),
    }
}

/// The verdict on a bare pod that has ended, or a hook.
pub(crate) fn pod(pod: &Arc<PodRow>, notes: &Notes) -> Verdict {
    if pod.deleted.is_some() {
        return Verdict::new(Status::Stopping);
    }
    match pod.phase {
        PodPhase::Succeeded => Verdict::new(Status::Healthy).because("done"),
        PodPhase::Failed => {
            let failed = Verdict::new(Status::Degraded);
            failure::of_ended(pod).map_or(failed.clone(), |words| failed.worded(words))
        }
        _ => match failure::of_pod(pod, notes, by_scheduler) {
            Some(words) => Verdict::new(Status::Degraded).worded(words),
            None if pod.ready => Verdict::new(Status::Running),
            None => starting(std::iter::once(pod)),
        },
    }
}
