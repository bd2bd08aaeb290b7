//! Runs that do not end, and cron jobs that do not run.

use serde_json::Value;

use super::spread;
use crate::health::evidence::Id;
use crate::health::evidence::event::Event;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::World;

/// Seconds after which what runs beside the work, which has ended, holds it up.
const BESIDE: i64 = 300;

/// Seconds that a run may take before anybody asks.
const LONG: i64 = 12 * 3600;

/// Seconds back to an event that still counts.
const LATELY: i64 = 3600;

/// WL-15, WL-16, WL-17.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for job in world.evidence.all("Job").filter(|j| j.int("status/active").unwrap_or(0) > 0) {
        let Some(owner) = world.owners.get(&world.owner_named(&Id::of(job))) else { continue };
        let held = owner.alive().find_map(|pod| beside(world, pod));
        let found = match held {
            Some((done, container)) => Some(
                Finding::new("WL-15", &owner.id, format!("job {}: {container} still runs, {done} is done", job.name()))
                    .because(format!("container {done} of job {} has ended well, and {container} beside it runs on: the job never completes", job.name()))
                    .tier(Tier::Computed)
                    .advise(format!("move {container} to initContainers with restartPolicy Always: a sidecar ends with the work")),
            ),
            None => long(world, job),
        };
        out.extend(found.map(|f| spread(world, owner, f)));
    }
    for cron in world.evidence.all("CronJob").filter(|c| !c.on("spec/suspend")) {
        out.extend(missed(world, cron));
    }
}

/// A container that has done its work, and one that keeps the pod from ending.
fn beside<'p>(world: &World<'_>, pod: &'p Value) -> Option<(&'p str, &'p str)> {
    let all = pod.list("status/containerStatuses");
    let done = all.iter().find(|s| {
        s.int("state/terminated/exitCode") == Some(0)
            && world.age(s.time("state/terminated/finishedAt")).is_some_and(|age| age > BESIDE)
    })?;
    let runs = all.iter().find(|s| !s.at("state/running").is_null())?;
    Some((done.text("name"), runs.text("name")))
}

fn long(world: &World<'_>, job: &Value) -> Option<Finding> {
    let since = job.time("status/startTime");
    let age = world.age(since).filter(|age| *age > LONG)?;
    let above = world.owner_named(&Id::of(job));
    // One that was made by hand may be meant to run for days.
    (above.kind == "CronJob").then(|| {
        Finding::new("WL-16", &above, format!("job {} runs for {} h", job.name(), age / 3600))
            .because(format!("job {} of {} is still active after {} h", job.name(), above.words(), age / 3600))
            .tier(Tier::Computed)
            .since(since)
            .act("read what it says", format!("kubectl -n {} logs job/{}", job.namespace(), job.name()))
    })
}

/// A cron job whose controller says that it did not start it.
fn missed(world: &World<'_>, cron: &Value) -> Option<Finding> {
    let id = Id::of(cron);
    let late = |e: &&&Event| {
        world.age(e.last).is_some_and(|age| age < LATELY)
            && e.last > cron.time("status/lastScheduleTime")
            && e.count > 1
    };
    let events = world.evidence.events(&id);
    let of =
        |reasons: &[&str]| events.iter().rev().filter(late).find(|e| reasons.contains(&e.reason.as_str())).copied();
    let new = |title: String, e: &Event| {
        let said = format!("{} ×{}: {}", e.reason, e.count, e.message);
        Finding::new("WL-17", &id, title)
            .tier(Tier::Proved)
            .since(e.first)
            .cite(format!("event of {}", id.words()), said)
    };
    if let Some(e) = of(&["JobAlreadyActive"]) {
        let runs: Vec<&str> = cron.list("status/active").iter().map(|j| j.text("name")).collect();
        return Some(
            new(format!("cronjob {}: {} still runs", cron.name(), runs.join(", ")), e)
                .because(format!("cron job {} does not start a run: {} is still active, and its concurrencyPolicy is {}: ×{} skipped", cron.name(), runs.join(", "), cron.text("spec/concurrencyPolicy"), e.count))
                .act("end the run that hangs", format!("kubectl -n {} delete job {}", id.namespace, runs.first().unwrap_or(&"JOB"))),
        );
    }
    let e = of(&["MissSchedule", "TooManyMissedTimes", "FailedNeedsStart"])?;
    Some(
        new(format!("cronjob {} missed its time ×{}", cron.name(), e.count), e)
            .because(format!(
                "cron job {} is not started at its time (missed ×{}), last at {}: {}",
                cron.name(),
                e.count,
                cron.text("status/lastScheduleTime"),
                e.message
            ))
            .act(
                "run it once",
                format!("kubectl -n {} create job --from=cronjob/{} {}-now", id.namespace, id.name, id.name),
            ),
    )
}
