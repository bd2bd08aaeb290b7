//! Quotas that are used up.

use crate::domain::issue::Severity;
use crate::domain::quantity;
use crate::health::evidence::Id;
use crate::health::evidence::value::{Look as _, written};
use crate::health::finding::{Finding, Tier};
use crate::health::world::World;

/// QUO-03: said as a hint: a quota that is full keeps nobody from anything until somebody asks for more.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for quota in world.evidence.all("ResourceQuota") {
        for (resource, hard) in quota.pairs("status/hard") {
            let used = quota.at("status/used").get(resource).map(written).unwrap_or_default();
            let (Some(hard), Some(used)) = (amount(&written(hard)), amount(&used)) else { continue };
            if hard > 0.0 && used / hard >= 0.9 {
                let percent = (used / hard * 100.0).round();
                let severity = if used >= hard { Severity::Low } else { Severity::Info };
                let title = format!("quota {}: {resource} {percent}% used", quota.name());
                out.push(
                    Finding::new("QUO-03", &Id::of(quota), title).severity(severity).key(resource).tier(Tier::Typed),
                );
            }
        }
    }
}

/// The quota that keeps one more object of a resource (or so much more of it) from being made, with what it says.
pub(super) fn blocks(world: &World<'_>, namespace: &str, resource: &str, wants: Option<f64>) -> Option<(Id, String)> {
    let names = [resource.to_owned(), format!("count/{resource}")];
    for quota in world.evidence.within("ResourceQuota", namespace) {
        for name in &names {
            let field = |of: &str| quota.at(of).get(name).map(written);
            let Some(hard) = field("status/hard").or_else(|| field("spec/hard")) else { continue };
            let used = field("status/used").unwrap_or_else(|| "0".to_owned());
            let (Some(h), Some(u)) = (amount(&hard), amount(&used)) else { continue };
            if u + wants.unwrap_or(1.0) > h {
                return Some((Id::of(quota), format!("{} allows {name} {hard}, used are {used}", quota.name())));
            }
        }
    }
    None
}

/// A quantity as a number.
pub(crate) fn amount(text: &str) -> Option<f64> {
    quantity::milli(text).map(|milli| milli as f64 / 1000.0)
}
