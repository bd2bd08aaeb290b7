//! What is measured: containers at their limit, autoscalers at their most.

use super::cluster::scaled;
use super::quota::amount;
use super::spread;
use crate::health::evidence::Id;
use crate::health::evidence::value::{Look as _, written};
use crate::health::finding::{Finding, Tier};
use crate::health::world::{World, container};

/// So much of a limit is nearly all of it.
const NEARLY: f64 = 0.9;

/// Seconds at the most after which more is wanted for good.
const LONG: i64 = 15 * 60;

/// AUT-02, MET-01.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for hpa in world.evidence.all("HorizontalPodAutoscaler") {
        let most = hpa.int("spec/maxReplicas").unwrap_or(0);
        let limited = hpa
            .condition("ScalingLimited")
            .filter(|c| c.text("status") == "True" && c.text("reason") == "TooManyReplicas");
        let Some(c) = limited.filter(|c| world.age(c.time("lastTransitionTime")).is_some_and(|age| age > LONG)) else {
            continue;
        };
        // One that may not scale at all is held where it is on purpose.
        if hpa.int("status/currentReplicas") != Some(most) || hpa.int("spec/minReplicas").unwrap_or(1) >= most {
            continue;
        }
        let id = Id::of(hpa);
        let goal = |r: &str| {
            hpa.list("spec/metrics")
                .iter()
                .find(|m| m.text("resource/name") == r)
                .and_then(|m| m.int("resource/target/averageUtilization"))
        };
        let load = hpa.list("status/currentMetrics").iter().find_map(|m| {
            let name = m.text("resource/name");
            let (now, goal) = (m.int("resource/current/averageUtilization")?, goal(name)?);
            (now > goal).then(|| format!("{name} is at {now} %, {goal} % are wanted"))
        });
        let load = load.unwrap_or_else(|| c.text("message").to_owned());
        let target = scaled(hpa);
        out.push(
            Finding::new("AUT-02", &id, format!("hpa {} at max {most}: {load}", id.name))
                .because(format!(
                    "autoscaler {} holds {} at its most, {most} pods, and wants more: {load}",
                    id.name,
                    target.words()
                ))
                .tier(Tier::Proved)
                .since(c.time("lastTransitionTime"))
                .cite(id.words(), format!("ScalingLimited: {}", c.text("message")))
                .act(
                    "let it have more",
                    format!(
                        "kubectl -n {} patch hpa {} -p '{{\"spec\":{{\"maxReplicas\":…}}}}'",
                        id.namespace, id.name
                    ),
                ),
        );
    }
    for metrics in world.evidence.all("PodMetrics") {
        let Some(pod) = world.evidence.get("Pod", metrics.namespace(), metrics.name()) else { continue };
        let Some(owner) = world.owners.get(&world.owner_of(pod)) else { continue };
        for c in metrics.list("containers") {
            let Some(spec) = container(pod.at("spec"), c.text("name")) else { continue };
            for resource in ["memory", "cpu"] {
                let (used, limit) =
                    (written(c.at("usage").at(resource)), written(spec.at("resources/limits").at(resource)));
                let (Some(u), Some(l)) = (amount(&used), amount(&limit)) else { continue };
                if l > 0.0 && u / l >= NEARLY {
                    let percent = (u / l * 100.0).round();
                    let f = Finding::new(
                        "MET-01",
                        &owner.id,
                        format!("{}/{}: {resource} {used} of {limit} ({percent} %)", owner.id.name, c.text("name")),
                    )
                    .because(format!(
                        "container {} of {} uses {used} of its {resource} limit of {limit} ({percent} %)",
                        c.text("name"),
                        owner.id.words()
                    ))
                    .tier(Tier::Proved)
                    .key(resource)
                    .cite(format!("metrics of pod {}", pod.name()), format!("{resource} {used}"));
                    out.push(spread(world, owner, f));
                }
            }
        }
    }
}
