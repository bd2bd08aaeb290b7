//! What a mesh is told: hosts and subsets that nobody has; and Services that lead only to pods of the same node.
//! <https://istio.io/latest/docs/reference/config/analysis/>

use serde_json::Value;

use super::nearest;
use crate::domain::issue::Severity;
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::World;

/// NET-05, NET-09 of a mesh.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    let rules: Vec<&Value> = world.evidence.all("DestinationRule").collect();
    for route in
        world.evidence.all("VirtualService").filter(|v| v.text("apiVersion").starts_with("networking.istio.io/"))
    {
        let rules_of = ["http", "tcp", "tls"].iter().flat_map(|p| route.at("spec").list(p));
        let targets = rules_of.flat_map(|r| r.list("route")).map(|r| r.at("destination"));
        let found =
            targets.into_iter().find_map(|to| nobody(world, route, to).or_else(|| subset(world, route, to, &rules)));
        out.extend(found);
    }
    for service in world.evidence.all("Service").filter(|s| s.text("spec/internalTrafficPolicy") == "Local") {
        out.extend(local(world, service));
    }
}

/// Namespace and name of the Service that a host means; none of what lies outside.
fn inside<'h>(route: &'h Value, host: &'h str) -> Option<(&'h str, &'h str)> {
    let inner = host.strip_suffix(".svc.cluster.local").or_else(|| host.strip_suffix(".svc")).unwrap_or(host);
    let outside = inner == host && host.contains('.');
    let (name, namespace) = inner.split_once('.').unwrap_or((inner, route.namespace()));
    (!outside && !host.contains('*')).then_some((namespace, name))
}

fn nobody(world: &World<'_>, route: &Value, to: &Value) -> Option<Finding> {
    let (namespace, name) = inside(route, to.text("host")).filter(|(_, name)| !name.is_empty())?;
    let service = Id::new("Service", namespace, name);
    // Others register hosts of their own with the mesh.
    let entered = world
        .evidence
        .all("ServiceEntry")
        .any(|e| e.list("spec/hosts").iter().any(|h| h.as_str() == Some(to.text("host"))));
    if entered || !world.evidence.is_absent(&service) {
        return None;
    }
    let id = Id::of(route);
    let others: Vec<&str> = world.evidence.within("Service", namespace).map(|s| s.name()).collect();
    let near = nearest(name, others);
    Some(
        Finding::new("NET-09", &id, format!("{} {}: host {name} does not exist", id.kind, id.name))
            .because(format!(
                "{} sends to host {}, and no such Service exists in {namespace}{near}: it answers 503",
                id.words(),
                to.text("host")
            ))
            .tier(Tier::Proved)
            .cite(service.words(), "absent"),
    )
}

/// A subset that its rule has not, or that no pod has.
fn subset(world: &World<'_>, route: &Value, to: &Value, rules: &[&Value]) -> Option<Finding> {
    let (namespace, name) = inside(route, to.text("host"))?;
    let wanted = Some(to.text("subset")).filter(|s| !s.is_empty())?;
    let of = |r: &&&Value| inside(r, r.text("spec/host")) == Some((namespace, name));
    let rule = rules.iter().find(of)?;
    let id = Id::of(rule);
    let Some(subset) = rule.list("spec/subsets").iter().find(|s| s.text("name") == wanted) else {
        let id = Id::of(route);
        return Some(
            Finding::new("NET-09", &id, format!("{} {}: no subset {wanted}", id.kind, id.name))
                .because(format!(
                    "{} sends to subset {wanted} of {name}, which DestinationRule {} does not have",
                    id.words(),
                    rule.name()
                ))
                .tier(Tier::Proved),
        );
    };
    let service = world.evidence.get("Service", namespace, name)?;
    let labels = subset.texts("labels");
    let mut selector = service.texts("spec/selector");
    selector.extend(labels.iter().copied());
    let words = labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(", ");
    let known = world.evidence.is_whole("Pod", namespace)
        && world.selected(namespace, &service.texts("spec/selector")).any(|o| o.wanted() > 0);
    (known && world.selected(namespace, &selector).next().is_none()).then(|| {
        Finding::new("NET-09", &id, format!("{} {}: subset {wanted} has no pods", id.kind, id.name))
            .because(format!("{} sends to subset {wanted} of {name}, which is pods with {words} by {}: no pod has that, and it answers 503", Id::of(route).words(), id.words()))
            .tier(Tier::Computed)
            .cite(id.words(), format!("subset {wanted}: {words}"))
            .breaks([Id::of(route), Id::of(service)])
    })
}

/// A Service that leads only to pods of the same node, and clients on others.
fn local(world: &World<'_>, service: &Value) -> Option<Finding> {
    let id = Id::of(service);
    let selector = service.texts("spec/selector");
    let nodes: Vec<&str> =
        world.selected(&id.namespace, &selector).flat_map(|o| o.alive()).map(|p| p.text("spec/nodeName")).collect();
    let callers = world.callers(&id);
    let away = callers.iter().filter_map(|c| world.owners.get(c)).find_map(|o| {
        let pod =
            o.alive().find(|p| !p.text("spec/nodeName").is_empty() && !nodes.contains(&p.text("spec/nodeName")))?;
        Some((o, pod.text("spec/nodeName")))
    });
    let (client, node) = away.filter(|_| !nodes.is_empty())?;
    let here =
        nodes.iter().collect::<std::collections::BTreeSet<_>>().into_iter().copied().collect::<Vec<_>>().join(", ");
    Some(
        Finding::new("NET-05", &id, format!("service {}: internalTrafficPolicy Local, no pod on {node}", id.name))
            .because(format!("Service {} leads only to pods of the caller's node (internalTrafficPolicy Local): {} runs on {node}, its pods on {here}: no answer", id.name, client.id.words()))
            .tier(Tier::Computed)
            .severity(if client.is_well() { Severity::Medium } else { Severity::High })
            .cite(id.words(), "spec.internalTrafficPolicy Local")
            .cite(client.id.words(), format!("on node {node}"))
            .breaks(callers)
            .act("lead to all of them", format!("kubectl -n {} patch service {} -p '{{\"spec\":{{\"internalTrafficPolicy\":\"Cluster\"}}}}'", id.namespace, id.name)),
    )
}
