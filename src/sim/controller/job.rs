//! Job → Pods until enough of them succeeded, or too many failed. After `pkg/controller/job`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::pods;
use crate::sim::clock::plus;
use crate::sim::condition;
use crate::sim::json::{Json, set, stamp, unset};
use crate::sim::view::{Object, View};
use crate::sim::write::Writes;

const NAME: &str = "job-controller";

/// Reconciles one Job.
pub(super) fn sync(view: &View, job: &Object, w: &mut Writes) {
    if job.is_going() {
        return;
    }
    match finished(job) {
        Some(_) => expire(view, job, w),
        None => progress(view, job, w),
    }
}

/// `ttlSecondsAfterFinished`.
fn expire(view: &View, job: &Object, w: &mut Writes) {
    let Some(ttl) = job.at("spec.ttlSecondsAfterFinished").as_i64() else { return };
    let ended = job.items("status.conditions").iter().filter_map(|c| c.time("lastTransitionTime")).max();
    let due = plus(ended.unwrap_or(view.now), ttl);
    if due <= view.now {
        w.delete(job);
    } else {
        w.wake(due);
    }
}

/// Whether a Job is over, and how: `Complete` or `Failed`.
pub(super) fn finished(job: &Value) -> Option<&'static str> {
    ["Complete", "Failed"].into_iter().find(|c| job.holds(c))
}

fn progress(view: &View, job: &Object, w: &mut Writes) {
    let now = stamp(view.now);
    let all = view.controlled("Pod", job.uid());
    let of = |phase: &str| all.iter().filter(|p| p.text("status.phase") == phase).count() as i64;
    // Pods that were counted and have been deleted since still count.
    let succeeded = of("Succeeded").max(job.int("status.succeeded"));
    let failed = of("Failed").max(job.int("status.failed"));
    let active: Vec<_> = all.iter().copied().filter(|p| pods::is_active(p)).collect();
    let suspended = job.is("spec.suspend");
    let completions = job.int_or("spec.completions", 1);
    let parallelism = job.int_or("spec.parallelism", 1);
    let mut conditions = job.items("status.conditions").to_vec();
    let mut status = job.at("status").clone();
    let start = job.time("status.startTime");
    let condition = |kind: &str, word: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": word, "lastProbeTime": now, "lastTransitionTime": now,
            "reason": reason, "message": message,
        })
    };
    let limit = job.int_or("spec.backoffLimit", 6);
    let restarts: i64 = match job.text("spec.template.spec.restartPolicy") {
        "OnFailure" => {
            active.iter().flat_map(|p| p.items("status.containerStatuses")).map(|c| c.int("restartCount")).sum()
        }
        _ => 0,
    };
    let deadline = job.at("spec.activeDeadlineSeconds").as_i64().zip(start).map(|(s, t)| plus(t, s));
    let over = if failed + restarts > limit {
        Some(("BackoffLimitExceeded", "Job has reached the specified backoff limit"))
    } else if deadline.is_some_and(|d| d <= view.now) {
        Some(("DeadlineExceeded", "Job was active longer than specified deadline"))
    } else {
        None
    };
    let mut active_count = active.len() as i64;
    if let Some((reason, message)) = over {
        for pod in &active {
            w.delete(pod);
            w.normal(job, NAME, "SuccessfulDelete", format!("Deleted pod: {}", pod.name()));
        }
        active_count = 0;
        conditions.push(condition("FailureTarget", "True", reason, message));
        conditions.push(condition("Failed", "True", reason, message));
        w.warning(job, NAME, reason, message.into());
    } else if succeeded >= completions && active.is_empty() {
        for kind in ["SuccessCriteriaMet", "Complete"] {
            conditions.push(condition(kind, "True", "CompletionsReached", "Reached expected number of succeeded pods"));
        }
        set(&mut status, "completionTime", now.as_str());
        w.normal(job, NAME, "Completed", "Job completed".into());
    } else if suspended {
        for pod in &active {
            w.delete(pod);
            w.normal(job, NAME, "SuccessfulDelete", format!("Deleted pod: {}", pod.name()));
        }
        active_count = 0;
        if !job.holds("Suspended") {
            condition::set_changed(&mut conditions, condition("Suspended", "True", "JobSuspended", "Job suspended"));
            w.normal(job, NAME, "Suspended", "Job suspended".into());
        }
        unset(&mut status, "startTime");
    } else {
        if job.holds("Suspended") {
            condition::set_changed(&mut conditions, condition("Suspended", "False", "JobResumed", "Job resumed"));
            w.normal(job, NAME, "Resumed", "Job resumed".into());
        }
        if !status.has("startTime") {
            set(&mut status, "startTime", now.as_str());
        }
        if let Some(d) = deadline {
            w.wake(d);
        }
        let wanted = parallelism.min(completions - succeeded) - active.len() as i64;
        active_count += create(view, job, &all, failed, wanted, w);
    }
    pods::counts(&mut status, &[("active", active_count), ("succeeded", succeeded), ("failed", failed)]);
    set(&mut status, "ready", active.iter().filter(|p| pods::is_ready(p)).count());
    set(&mut status, "terminating", all.iter().filter(|p| p.is_going()).count());
    set(&mut status, "uncountedTerminatedPods", json!({}));
    if !conditions.is_empty() {
        set(&mut status, "conditions", conditions);
    }
    w.status(job, status);
}

/// Makes up to `wanted` pods, after a failure only when its back-off (10 s doubling to 10 min) is over.
fn create(view: &View, job: &Object, all: &[&Object], failed: i64, wanted: i64, w: &mut Writes) -> i64 {
    if wanted <= 0 {
        return 0;
    }
    let last_failure: Option<Timestamp> = all
        .iter()
        .filter(|p| p.text("status.phase") == "Failed")
        .flat_map(|p| p.items("status.containerStatuses"))
        .filter_map(|c| c.time("state.terminated.finishedAt"))
        .max();
    if let Some(last) = last_failure {
        let wait = 10_i64.checked_shl(u32::try_from(failed - 1).unwrap_or(0).min(10)).unwrap_or(600).min(600);
        let due = plus(last, wait);
        if due > view.now {
            w.wake(due);
            return 0;
        }
    }
    let template = job.at("spec.template");
    let mut made = 0;
    let names = pods::new_names(view, job, &format!("{}-", job.name()), usize::try_from(wanted).unwrap_or(0));
    for (n, name) in names.iter().enumerate() {
        let pod = pods::from_template(job, template, name, &format!("{}-", job.name()));
        if pods::create(view, job, NAME, pod, n, w).is_err() {
            break;
        }
        made += 1;
    }
    made
}
