//! Budgets that let no pod go: by their arithmetic, whatever their pods do.

use serde_json::Value;

use crate::domain::issue::Severity;
use crate::health::evidence::Id;
use crate::health::evidence::value::{Look as _, written};
use crate::health::finding::{Finding, Tier};
use crate::health::world::World;
use crate::health::world::labels::selects;

/// PDB-01.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for budget in world.evidence.all("PodDisruptionBudget") {
        let id = Id::of(budget);
        let selector = budget.at("spec/selector");
        let meant: Vec<_> = world
            .within(&id.namespace)
            .filter(|o| !selector.is_null() && selects(selector, &world.labels(o)))
            .collect();
        let wanted: i64 = meant.iter().map(|o| o.wanted()).sum();
        let spec = budget.at("spec");
        let least = share(spec.at("minAvailable"), wanted).filter(|n| *n >= wanted).map(|_| "minAvailable");
        let most = share(spec.at("maxUnavailable"), wanted).filter(|n| *n <= 0).map(|_| "maxUnavailable");
        let (Some(word), true) = (least.or(most), wanted > 0) else { continue };
        let said = format!("{word} {}", written(spec.at(word)));
        // A node that takes no more pods and still has one of these is being emptied, and can't be.
        let held = meant
            .iter()
            .flat_map(|o| o.alive())
            .map(|p| p.text("spec/nodeName"))
            .find(|n| world.evidence.get("Node", "", n).is_some_and(|n| n.on("spec/unschedulable")));
        let severity = match held {
            Some(_) => Severity::High,
            // Of one pod many a chart says so.
            None if wanted == 1 => Severity::Low,
            None => Severity::Medium,
        };
        let drain = held.map(|n| format!("; node {n} is cordoned and can't be drained of it")).unwrap_or_default();
        out.push(
            Finding::new("PDB-01", &id, format!("pdb {} allows 0 disruptions", id.name))
                .because(format!("PodDisruptionBudget {} ({said}) never lets one of the {wanted} pods of {} be evicted: 0 disruptions allowed{drain}", id.name, meant.iter().map(|o| o.id.words()).collect::<Vec<_>>().join(", ")))
                .tier(Tier::Computed)
                .severity(severity)
                .cite(id.words(), format!("{said}, {wanted} pods wanted"))
                .advise("more replicas than the budget keeps, or a budget that lets one go"),
        );
    }
}

/// So many of `all` as a number or a percentage says; rounded up, as the controller does.
fn share(of: &Value, all: i64) -> Option<i64> {
    let percent = of.as_str().and_then(|t| t.strip_suffix('%')?.parse::<i64>().ok());
    percent.map(|p| (p.saturating_mul(all) + 99) / 100).or(of.as_i64()).or_else(|| of.as_str()?.parse().ok())
}
