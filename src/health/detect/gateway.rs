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
                collect(&yaml, spec, &mut routes);
                let Some((usual, right)) = usual(&routes) else { continue };
                for wrong in routes.iter().filter(|r| r.target != usual.of(&r.name)) {
                    let meant = world.evidence.get("Service", &owner.id.namespace, &usual.of(&wrong.name));
                    let Some(meant) = meant.map(Id::of) else { continue };
                    let f = Finding::new("NET-06", &r.to, format!("{}: route {} leads to {}", owner.id.name, wrong.name, wrong.target))
                        .because(format!("the gateway configuration of {} ({}, key {key}) sends route {} ({}) to {} (misrouted): {right} others each lead to the service of their name, which is {}", owner.id.words(), r.to.words(), wrong.name, wrong.path, wrong.target, meant.name))
                        .tier(Tier::Computed)
                        .category(Category::Network)
                        .severity(Severity::High)
                        .key(&wrong.name)
                        .cite(format!("{}, key {key}", r.to.words()), format!("route {}: {} → {}", wrong.name, wrong.path, wrong.target))
                        .breaks([owner.id.clone(), meant])
                        .advise(format!("send route {} to {}", wrong.name, usual.of(&wrong.name)));
                    out.push(spread(world, owner, f));
                }
            }
        }
    }
}

/// What services are called beyond the names of their routes: `ts-` and `-service` of `ts-order-service`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Usual<'r> {
    before: &'r str,
    behind: &'r str,
}

impl Usual<'_> {
    fn of(&self, name: &str) -> String {
        format!("{}{name}{}", self.before, self.behind)
    }
}

/// What most routes have in common with the services of their names, and how many have; `None` where too few do.
fn usual(routes: &[Route]) -> Option<(Usual<'_>, usize)> {
    let mut all: std::collections::BTreeMap<Usual<'_>, usize> = std::collections::BTreeMap::new();
    for r in routes {
        if let Some((before, behind)) = r.target.split_once(&r.name) {
            *all.entry(Usual { before, behind }).or_default() += 1;
        }
    }
    all.into_iter().max_by_key(|(_, n)| *n).filter(|(_, n)| *n >= AGREE)
}

/// `web` of `${WEB_HOST:web}`: the value of the variable where its workload sets it, else what stands behind the colon.
fn resolved<'t>(target: &'t str, spec: &'t Value) -> std::borrow::Cow<'t, str> {
    let Some((before, rest)) = target.split_once("${") else { return target.into() };
    let Some((inside, behind)) = rest.split_once('}') else { return target.into() };
    let (name, usual) = inside.split_once(':').unwrap_or((inside, ""));
    let set = spec.list("containers").iter().flat_map(|c| c.list("env")).find(|e| e.text("name") == name);
    let value = set.map(|e| e.text("value")).filter(|v| !v.is_empty()).unwrap_or(usual);
    format!("{before}{value}{behind}").into()
}

/// Everything that looks like a route: an id or name, a target, perhaps a path.
fn collect(value: &Value, spec: &Value, out: &mut Vec<Route>) {
    match value {
        Value::Array(all) => all.iter().for_each(|v| collect(v, spec, out)),
        Value::Object(map) => {
            let name = ["id", "name"].iter().map(|k| value.text(k)).find(|n| !n.is_empty()).unwrap_or_default();
            let target = ["uri", "url", "target", "upstream", "service"]
                .iter()
                .map(|k| value.text(k))
                .find(|t| !t.is_empty())
                .unwrap_or_default();
            if !name.is_empty() && !target.is_empty() {
                let target = resolved(target, spec);
                let host = target.rsplit("://").next().unwrap_or(&target).split([':', '/']).next().unwrap_or_default();
                let host = host.split('.').next().unwrap_or(host);
                let path = value.list("predicates").iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
                let path = if path.is_empty() { value.text("path").to_owned() } else { path };
                out.push(Route { name: name.to_owned(), path, target: host.to_owned() });
            }
            map.values().for_each(|v| collect(v, spec, out));
        }
        _ => {}
    }
}
