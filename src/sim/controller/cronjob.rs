//! CronJob → Jobs on its schedule; a missed run fires once on resume. After `pkg/controller/cronjob`.

use std::str::FromStr;

use croner::Cron;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::job;
use crate::sim::clock::plus;
use crate::sim::events::{EventDraft, Times};
use crate::sim::json::{Json, dig, set, stamp};
use crate::sim::view::{Object, View};
use crate::sim::write::{Writes, owner_reference};

const NAME: &str = "cronjob-controller";

fn next(schedule: &Cron, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let found = schedule.find_next_occurrence(&after.to_zoned(zone.clone()), false).ok()?;
    Some(found.timestamp())
}

/// The latest time of the schedule in (`from`, `to`], and the first after `to`.
fn window(schedule: &Cron, zone: &TimeZone, from: Timestamp, to: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
    let upcoming = next(schedule, zone, to);
    // Walk the end of a long window only: a step of the schedule is at most as long as the one that comes.
    let step = upcoming.map_or(60, |u| u.as_second() - to.as_second() + 86_400).max(60);
    let mut at = from.max(plus(to, -2 * step));
    let mut last = None;
    while let Some(t) = next(schedule, zone, at).filter(|t| *t <= to) {
        last = Some(t);
        at = t;
    }
    (last, upcoming)
}

/// Reconciles one CronJob.
pub(super) fn sync(view: &View, cron: &Object, w: &mut Writes) {
    if cron.is_going() {
        return;
    }
    let mut jobs = view.controlled("Job", cron.uid());
    jobs.sort_by_key(|j| (j.text("metadata.creationTimestamp").to_owned(), j.name().to_owned()));
    let mut status = cron.at("status").clone();
    if status.is_null() {
        status = json!({});
    }
    let active = settle_finished(cron, &jobs, &mut status, w);
    history(cron, &jobs, w);
    if !cron.is("spec.suspend") {
        schedule(view, cron, &active, &mut status, w);
    }
    w.status(cron, status);
}

/// Notes what ended; the Jobs that still run.
fn settle_finished<'a>(cron: &Object, jobs: &[&'a Object], status: &mut Value, w: &mut Writes) -> Vec<&'a Object> {
    let listed: Vec<String> = cron.items("status.active").iter().map(|a| a.text("uid").to_owned()).collect();
    let mut active = vec![];
    for j in jobs {
        match job::finished(j) {
            None => active.push(*j),
            Some(how) => {
                if listed.iter().any(|u| u == j.uid()) {
                    let message = format!("Saw completed job: {}, condition: {how}", j.name());
                    w.normal(cron, NAME, "SawCompletedJob", message);
                }
                if let Some(t) = j.time("status.completionTime").filter(|_| how == "Complete")
                    && status.time("lastSuccessfulTime").is_none_or(|l| l < t)
                {
                    set(status, "lastSuccessfulTime", stamp(t));
                }
            }
        }
    }
    write_active(status, active.iter().map(|j| reference(j)).collect());
    active
}

fn reference(j: &Value) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job", "name": j.name(), "namespace": j.text("metadata.namespace"),
        "uid": j.uid(), "resourceVersion": j.text("metadata.resourceVersion"),
    })
}

fn write_active(status: &mut Value, active: Vec<Value>) {
    if active.is_empty() {
        dig(status, "").shift_remove("active");
    } else {
        // The version of the Job as it was seen first stays: it is not followed.
        let before = status.items("active").to_vec();
        let kept: Vec<_> = active
            .into_iter()
            .map(|a| before.iter().find(|b| b.text("uid") == a.text("uid")).cloned().unwrap_or(a))
            .collect();
        set(status, "active", kept);
    }
}

fn history(cron: &Object, jobs: &[&Object], w: &mut Writes) {
    for (how, limit) in [
        ("Complete", cron.int_or("spec.successfulJobsHistoryLimit", 3)),
        ("Failed", cron.int_or("spec.failedJobsHistoryLimit", 1)),
    ] {
        let of: Vec<_> = jobs.iter().filter(|j| job::finished(j) == Some(how) && !j.is_going()).collect();
        for old in of.iter().take(of.len().saturating_sub(usize::try_from(limit).unwrap_or(0))) {
            w.delete(old);
            w.normal(cron, NAME, "SuccessfulDelete", format!("Deleted job {}", old.name()));
        }
    }
}

fn schedule(view: &View, cron: &Object, active: &[&Object], status: &mut Value, w: &mut Writes) {
    let zone = match cron.text("spec.timeZone") {
        "" => TimeZone::UTC,
        name => TimeZone::get(name).unwrap_or(TimeZone::UTC),
    };
    let Ok(plan) = Cron::from_str(cron.text("spec.schedule")) else {
        let message = format!("unparseable schedule: {:?}", cron.text("spec.schedule"));
        return w.warning(cron, NAME, "UnparseableSchedule", message);
    };
    let created = cron.time("metadata.creationTimestamp").unwrap_or(view.now);
    let last = cron.time("status.lastScheduleTime").unwrap_or(created);
    let deadline = cron.at("spec.startingDeadlineSeconds").as_i64();
    let from = deadline.map_or(last, |s| last.max(plus(view.now, -s)));
    let (due, upcoming) = window(&plan, &zone, from, view.now);
    if let Some(t) = upcoming {
        w.wake(t);
    }
    let Some(due) = due else { return };
    if !active.is_empty() {
        match cron.text("spec.concurrencyPolicy") {
            "Forbid" => {
                let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
                let draft = EventDraft::new(cron, NAME, "JobAlreadyActive", message.into());
                return w.event(draft.times(Times::Every(10)));
            }
            "Replace" => active.iter().for_each(|j| w.delete(j)),
            _ => {}
        }
    }
    let name = format!("{}-{}", cron.name(), due.as_second() / 60);
    let template = cron.at("spec.jobTemplate");
    let spec = template.at("spec").clone();
    let mut annotations = template.at("metadata.annotations").clone();
    dig(&mut annotations, "").insert("batch.kubernetes.io/cronjob-scheduled-timestamp".into(), stamp(due).into());
    let mut meta = json!({
        "name": name, "namespace": view.namespace, "annotations": annotations, "ownerReferences": owner_reference(cron),
    });
    if template.has("metadata.labels") {
        set(&mut meta, "labels", template.at("metadata.labels").clone());
    }
    w.create(json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": spec, "status": {}}));
    w.normal(cron, NAME, "SuccessfulCreate", format!("Created job {name}"));
    set(status, "lastScheduleTime", stamp(due));
}
