//! Tasks: Jobs, CronJobs, Helm hooks, bare pods that have ended. Shown beside services, out of the counts.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use super::operation::operated;
use super::{MadeTask, Resolved, World, memory, resolve};
use crate::domain::keys::STOP;
use crate::domain::model::holder::{Holder, HolderKind};
use crate::domain::model::space::Space;
use crate::domain::row::{CronJobRow, JobRow, PodRow};
use crate::domain::service::Task;
use crate::domain::status::notes::Notes;
use crate::domain::status::{Status, Verdict, task};
use crate::domain::{Kind, ObjectId, Text, Time};

/// Tasks of a namespace, by name.
pub(crate) fn tasks(space: &Space, namespace: &Text, world: &World<'_>) -> Vec<MadeTask> {
    let mut runs: BTreeMap<&Text, Vec<&Arc<JobRow>>> = BTreeMap::new();
    let mut made = Vec::new();
    for job in space.jobs.iter() {
        let owner = job.meta.owner.as_ref().filter(|o| o.api.known() == Some(Kind::CronJob)).map(|o| &o.name);
        match owner.filter(|name| space.cron_jobs.named(name).is_some()) {
            Some(name) => runs.entry(name).or_default().push(job),
            None => made.push(of_job(space, namespace, job, world)),
        }
    }
    for cron in space.cron_jobs.iter() {
        let mut runs = runs.remove(&cron.meta.name).unwrap_or_default();
        runs.sort_by_key(|j| (j.meta.created, j.meta.name.clone()));
        made.push(of_cron_job(space, namespace, cron, &runs, world));
    }
    made.extend(of_pods(space, namespace, world));
    made.sort_by(|a, b| (&a.task.object.name, &a.task.object.api).cmp(&(&b.task.object.name, &b.task.object.api)));
    made
}

fn pods(space: &Space, holder: &Holder) -> Vec<Arc<PodRow>> {
    let names = space.members.get(holder).into_iter().flatten();
    names.filter_map(|name| space.pods.named(name)).cloned().collect()
}

fn of_job(space: &Space, namespace: &Text, job: &JobRow, world: &World<'_>) -> MadeTask {
    let notes = Notes::new(world.now);
    let verdict = task::job(job, &pods(space, &Holder::job(job.meta.name.clone())), &notes);
    let base = of_verdict(ObjectId::new(Kind::Job, namespace.clone(), job.meta.name.clone()), verdict);
    let task = Task {
        uid: job.meta.uid.clone(),
        resource_version: job.meta.resource_version.clone(),
        failed: task::job_failed(job),
        suspended: job.suspended,
        memory: memory::suspend(&job.meta.annotations),
        never_stopped: job.meta.annotations.get(STOP).is_some_and(|v| v == "never"),
        last_run: job.started,
        active: job.active,
        created: job.meta.created,
        images: job.images.clone(),
        ..base
    };
    MadeTask { task: Arc::new(task), deadline: notes.next() }
}

fn of_cron_job(
    space: &Space,
    namespace: &Text,
    cron: &CronJobRow,
    runs: &[&Arc<JobRow>],
    world: &World<'_>,
) -> MadeTask {
    let notes = Notes::new(world.now);
    let object = ObjectId::new(Kind::CronJob, namespace.clone(), cron.meta.name.clone());
    let operated = operated(space, &object, world, &notes);
    let running = runs.iter().rev().find(|j| j.active > 0);
    let running = running.map(|j| task::job(j, &pods(space, &Holder::job(j.meta.name.clone())), &notes));
    let verdict = task::cron_job(cron, runs, running, &operated, &notes);
    let next_run = if cron.suspended { None } else { next_run(cron, world.now) };
    let base = of_verdict(object, verdict);
    let task = Task {
        uid: cron.meta.uid.clone(),
        resource_version: cron.meta.resource_version.clone(),
        // While it runs again the last run that has ended still counts as the last.
        failed: runs.iter().rev().find(|j| j.active == 0).is_some_and(|j| task::job_failed(j)),
        suspended: cron.suspended,
        memory: memory::suspend(&cron.meta.annotations),
        fires_on_resume: cron.starting_deadline.is_none(),
        never_stopped: cron.meta.annotations.get(STOP).is_some_and(|v| v == "never"),
        last_run: cron.last_schedule,
        next_run,
        active: cron.active,
        created: cron.meta.created,
        images: cron.images.clone(),
        ..base
    };
    MadeTask { task: Arc::new(task), deadline: notes.next().into_iter().chain(next_run).min() }
}

/// Bare pods that are tasks, and runs of kinds that kennel does not know.
fn of_pods(space: &Space, namespace: &Text, world: &World<'_>) -> Vec<MadeTask> {
    let holders = space.members.keys().filter(|h| match &h.kind {
        HolderKind::Pod | HolderKind::Other(_) => resolve(space, h) == Resolved::Task,
        HolderKind::Job => space.jobs.named(&h.name).is_none(),
        HolderKind::Workload(_) | HolderKind::CronJob => false,
    });
    let made = holders.filter_map(|holder| {
        let notes = Notes::new(world.now);
        let pods = pods(space, holder);
        let newest = pods.iter().max_by_key(|p| (p.created, p.name.clone()))?;
        let verdict = task::pod(newest, &notes);
        let failed = verdict.status == Status::Degraded;
        let task = Task {
            uid: newest.uid.text(),
            failed,
            last_run: newest.started,
            active: u32::try_from(pods.iter().filter(|p| !p.ended()).count()).unwrap_or(u32::MAX),
            created: newest.created,
            images: newest.containers.iter().filter(|c| !c.init).map(|c| c.image.clone()).collect(),
            ..of_verdict(holder.object(namespace), verdict)
        };
        Some(MadeTask { task: Arc::new(task), deadline: notes.next() })
    });
    made.collect()
}

fn of_verdict(object: ObjectId, verdict: Verdict) -> Task {
    Task {
        object,
        uid: Text::default(),
        resource_version: Text::default(),
        status: verdict.status,
        reason: verdict.reason.map(Text::from),
        brief: verdict.brief.map(Text::from),
        since: verdict.since,
        failed: false,
        suspended: false,
        memory: None,
        fires_on_resume: false,
        never_stopped: false,
        last_run: None,
        next_run: None,
        active: 0,
        created: None,
        images: Box::default(),
    }
}

/// When a CronJob runs next. Without a time zone the controller's holds, which is UTC almost everywhere.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones>
fn next_run(cron: &CronJobRow, now: Time) -> Option<Time> {
    let zone = match &cron.time_zone {
        Some(name) => jiff::tz::TimeZone::get(name).ok()?,
        None => jiff::tz::TimeZone::UTC,
    };
    let schedule = croner::Cron::from_str(&cron.schedule).ok()?;
    schedule.find_next_occurrence(&now.stamp().to_zoned(zone), false).ok().map(|at| at.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_run_is_in_the_cron_jobs_own_time_zone() {
        let now: Time = "2026-07-01T00:30:00Z".parse().unwrap();
        let of = |schedule: &str, zone: Option<&str>| {
            let cron =
                CronJobRow { schedule: schedule.into(), time_zone: zone.map(Text::new), ..CronJobRow::default() };
            next_run(&cron, now).map(|t| t.to_string())
        };
        assert_eq!(of("0 3 * * *", None).as_deref(), Some("2026-07-01T03:00:00Z"));
        assert_eq!(of("0 3 * * *", Some("Europe/Berlin")).as_deref(), Some("2026-07-01T01:00:00Z"));
        assert_eq!(of("@hourly", None).as_deref(), Some("2026-07-01T01:00:00Z"));
        assert_eq!(of("every day", None), None);
        assert_eq!(of("0 3 * * *", Some("Nowhere/None")), None);
    }
}
