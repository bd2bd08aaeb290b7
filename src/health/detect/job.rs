//! Jobs that failed, and cron jobs whose runs do: never the reason alone, but what the last pod ended of.

use serde_json::Value;

use super::{crash, spread};
use crate::domain::issue::Severity;
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::{Owner, World, statuses};

/// WL-14, WL-17.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for job in world.evidence.all("Job") {
        let Some(failed) = job.condition("Failed").filter(|c| c.text("status") == "True") else { continue };
        let id = world.owner_named(&Id::of(job));
        let Some(owner) = world.owners.get(&id) else { continue };
        // A later run that went well ends what an earlier one failed of.
        let later = world.evidence.within("Job", job.namespace()).any(|j| {
            world.owner_named(&Id::of(j)) == id
                && j.time("metadata/creationTimestamp") > job.time("metadata/creationTimestamp")
                && !j.at("status/completionTime").is_null()
        });
        let newest = id.kind != "CronJob"
            || !world.evidence.within("Job", job.namespace()).any(|j| {
                world.owner_named(&Id::of(j)) == id
                    && j.time("metadata/creationTimestamp") > job.time("metadata/creationTimestamp")
            });
        if later || !newest {
            continue;
        }
        out.push(spread(world, owner, judge(world, owner, job, failed)));
    }
}

fn judge(world: &World<'_>, owner: &Owner<'_>, job: &Value, failed: &Value) -> Finding {
    let reason = failed.text("reason");
    let f = Finding::new("WL-14", &owner.id, format!("job {} failed: {reason}", job.name()))
        .tier(Tier::Typed)
        .since(failed.time("lastTransitionTime"))
        .cite(format!("job {}, condition Failed", job.name()), format!("{reason}: {}", failed.text("message")));
    let of = |p: &&&Value| {
        p.label("job-name").or(p.label("batch.kubernetes.io/job-name")) == Some(job.name())
            || p.name().starts_with(&format!("{}-", job.name()))
    };
    let last = owner
        .pods
        .iter()
        .filter(of)
        .filter(|p| p.text("status/phase") == "Failed" || statuses(p).any(|s| s.int("restartCount").unwrap_or(0) > 0))
        .max_by_key(|p| p.time("metadata/creationTimestamp"));
    let Some(pod) = last else {
        return f
            .because(format!(
                "job {} failed ({reason}): {}; its pods are gone, and with them what they ended of",
                job.name(),
                failed.text("message")
            ))
            .tier(Tier::Symptom);
    };
    let bad = statuses(pod).find_map(|s| {
        let t =
            if s.at("state/terminated").is_null() { s.at("lastState/terminated") } else { s.at("state/terminated") };
        (t.int("exitCode").unwrap_or(0) != 0).then_some((s, t))
    });
    let Some((status, t)) = bad else {
        return f.because(format!("job {} failed: {reason}: {}", job.name(), failed.text("message")));
    };
    let name = status.text("name");
    let code = t.int("exitCode").unwrap_or_default();
    let exit = format!("exit code {code}{}", crash::meaning(code));
    let source = format!("log of pod {}, container {name}", pod.name());
    if t.text("reason") == "OOMKilled" {
        return f.because(format!("container {name} of job {} was OOM-killed (out of memory)", job.name()));
    }
    let (lines, words) = crash::last(world, pod, name);
    match lines.first() {
        Some(line) => crash::says(world, owner, f, line, &exit, name).cite(source, line.text.clone()),
        None => {
            let words = words.map(|w| format!("; its last words: {w}")).unwrap_or_default();
            f.because(format!("container {name} of job {} ends with {exit}{words}", job.name()))
        }
    }
    .severity(Severity::High)
}
