//! Routes of a gateway's own configuration: of many that each lead to the service of their name, the one that does not.

use serde_json::Value;

use super::spread;
use crate::domain::issue::{Category, Severity};
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::{World, refers};

/// A route: what it is called, which path it takes, where it leads.
#[derive(Debug)]
struct Route {
    name: String,
    path: String,
    target: String,
}

/// Least routes that agree before one is said to stand alone.
const AGREE: usize = 3;

/// Routes in ConfigMaps that a workload takes.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for owner in world.owners.values() {
        let Some(spec) = world.spec(owner) else { continue };
        for r in refers::refers(&owner.id.namespace, spec).into_iter().filter(|r| r.to.kind == "ConfigMap") {
            let Some(map) = world.evidence.object(&r.to) else { continue };
            for (key, text) in map.texts("data") {
                let mut routes = Vec::new();
                let yaml = serde_yaml::from_str::<Value>(text).unwrap_or_default();
                collect(&yaml, &mut routes);
                let right = routes.iter().filter(|r| agrees(r)).count();
                for wrong in routes.iter().filter(|_| right >= AGREE).filter(|r| !agrees(r)) {
                    let meant = world.evidence.get("Service", &owner.id.namespace, &wrong.name);
                    let Some(meant) = meant.map(Id::of) else { continue };
                    let f = Finding::new("NET-06", &r.to, format!("{}: route {} leads to {}", owner.id.name, wrong.name, wrong.target))
                        .because(format!("the gateway configuration of {} ({}, key {key}) sends route {} ({}) to {} (misrouted): {right} others each lead to the service of their name, which is {}", owner.id.words(), r.to.words(), wrong.name, wrong.path, wrong.target, meant.name))
                        .tier(Tier::Computed)
                        .category(Category::Network)
                        .severity(Severity::High)
                        .key(&wrong.name)
                        .cite(format!("{}, key {key}", r.to.words()), format!("route {}: {} → {}", wrong.name, wrong.path, wrong.target))
                        .breaks([owner.id.clone(), meant])
                        .advise(format!("send route {} to {}", wrong.name, wrong.name));
                    out.push(spread(world, owner, f));
                }
            }
        }
    }
}

fn agrees(r: &Route) -> bool {
    r.name == r.target
}

/// Everything that looks like a route: an id or name, a target, perhaps a path.
fn collect(value: &Value, out: &mut Vec<Route>) {
    match value {
        Value::Array(all) => all.iter().for_each(|v| collect(v, out)),
        Value::Object(map) => {
            let name = ["id", "name"].iter().map(|k| value.text(k)).find(|n| !n.is_empty()).unwrap_or_default();
            let target = ["uri", "url", "target", "upstream", "service"]
                .iter()
                .map(|k| value.text(k))
                .find(|t| !t.is_empty())
                .unwrap_or_default();
            if !name.is_empty() && !target.is_empty() {
                let host = target.rsplit("://").next().unwrap_or(target).split([':', '/']).next().unwrap_or_default();
                let host = host.split('.').next().unwrap_or(host);
                let path = value.list("predicates").iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
                let path = if path.is_empty() { value.text("path").to_owned() } else { path };
                out.push(Route { name: name.to_owned(), path, target: host.to_owned() });
            }
            map.values().for_each(|v| collect(v, out));
        }
        _ => {}
    }
}
