//! What the whole cluster stands on: its DNS, APIs that others serve, autoscalers, namespaces that don't go.

use serde_json::Value;

use crate::domain::issue::Severity;
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::{Owner, World, words};

/// NET-12, AUT-01, API-01, NS-01, POD-15, POD-17.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    let is_dns = |o: &&Owner<'_>| o.object.is_some() && (o.id.name.contains("coredns") || o.id.name == "kube-dns");
    for owner in world.within("kube-system").filter(is_dns) {
        if owner.ready() == 0 {
            let callers = world.owners.keys().filter(|id| id.namespace != "kube-system").cloned();
            let zero = if owner.wanted() == 0 { " and is scaled to 0 (replicas: 0)" } else { "" };
            out.push(
                Finding::new("NET-12", &owner.id, "cluster DNS degraded")
                    .because(format!(
                        "{} has no ready pod{zero}: no name of the cluster can be resolved",
                        owner.id.words()
                    ))
                    .tier(Tier::Computed)
                    .breaks(callers),
            );
        }
    }
    let metrics = Id::new("APIService", "", "v1beta1.metrics.k8s.io");
    let unserved = |f: &Finding| {
        f.cause.contains("metrics.k8s.io")
            && (f.cause.contains("could not find")
                || f.cause.contains("unable to fetch")
                || f.cause.contains("unavailable"))
    };
    let mut scalers: Vec<Finding> = Vec::new();
    for hpa in world.evidence.all("HorizontalPodAutoscaler") {
        let bad = ["AbleToScale", "ScalingActive"].iter().find_map(|t| {
            hpa.condition(t).filter(|c| c.text("status") == "False" && c.text("reason") != "ScalingDisabled")
        });
        let target = scaled(hpa);
        let Some(c) = bad else {
            scalers.extend(unmeasured(world, hpa, &target));
            continue;
        };
        let message = c.text("message");
        let of = |why: String| {
            Finding::new("AUT-01", &Id::of(hpa), format!("hpa {}: {why}", hpa.name()))
                .since(c.time("lastTransitionTime"))
                .tier(Tier::Typed)
        };
        // What is not there can't be broken.
        if world.evidence.is_absent(&target) {
            let missing = format!("{} missing", target.words());
            out.push(of(missing).severity(Severity::Medium).because(format!(
                "autoscaler {} is to scale {}, which does not exist",
                hpa.name(),
                target.words()
            )));
            continue;
        }
        let f = of(c.text("reason").to_owned())
            .because(format!("autoscaler {} does not scale {}: {}", hpa.name(), target.words(), words::short(message)))
            .breaks([target]);
        let f = if unserved(&f) { f.waits_for([metrics.clone()]) } else { f };
        scalers.push(f);
    }
    if scalers.len() > 1 && scalers.iter().all(unserved) {
        let broken: Vec<Id> = scalers.iter().map(|f| f.root.clone()).collect();
        out.push(Finding::new("API-01", &metrics, "the metrics API is unavailable").because(format!("no autoscaler gets metrics: the metrics API (metrics.k8s.io) does not answer; {} autoscalers don't scale", broken.len())).tier(Tier::Typed).breaks(broken));
    } else {
        out.extend(scalers);
    }
    for api in world.evidence.all("APIService") {
        if let Some(c) = api.condition("Available").filter(|c| c.text("status") == "False") {
            let (ns, name) = (api.text("spec/service/namespace"), api.text("spec/service/name"));
            let service = Id::new("Service", ns, name);
            let behind: Vec<Id> = world.behind(&service).into_iter().map(|o| o.id.clone()).collect();
            let service = Some(service).filter(|s| world.evidence.object(s).is_some());
            out.push(
                Finding::new("API-01", &Id::of(api), format!("API {} unavailable: {}", api.name(), c.text("reason")))
                    .because(format!("API {} is unavailable: {}", api.name(), words::short(c.text("message"))))
                    .tier(Tier::Typed)
                    .since(c.time("lastTransitionTime"))
                    .waits_for(behind.into_iter().chain(service)),
            );
        }
    }
    for namespace in world.evidence.all("Namespace") {
        let going = namespace.time("metadata/deletionTimestamp");
        if world.age(going).is_some_and(|age| age > 300) {
            let conditions = || namespace.list("status/conditions").iter().filter(|c| c.text("status") == "True");
            let held = conditions().map(|c| words::short(c.text("message"))).collect::<Vec<_>>().join("; ");
            // Until all APIs have been asked for what is in it, it stays.
            let asks = conditions().any(|c| c.text("type") == "NamespaceDeletionDiscoveryFailure");
            let down = world
                .evidence
                .all("APIService")
                .filter(|a| asks && a.condition("Available").is_some_and(|c| c.text("status") == "False"));
            out.push(
                Finding::new("NS-01", &Id::of(namespace), format!("namespace {} stuck", namespace.name()))
                    .because(format!("namespace {} does not go: {held}", namespace.name()))
                    .tier(Tier::Typed)
                    .since(going)
                    .waits_for(down.map(Id::of)),
            );
        }
    }
    evicted(world, out);
}

/// What an autoscaler scales.
pub(super) fn scaled(hpa: &Value) -> Id {
    Id::new(hpa.text("spec/scaleTargetRef/kind"), hpa.namespace(), hpa.text("spec/scaleTargetRef/name"))
}

/// An autoscaler by the share of a request that its target does not make: where no condition says that it works.
fn unmeasured(world: &World<'_>, hpa: &Value, target: &Id) -> Option<Finding> {
    let works = hpa.condition("ScalingActive").is_some_and(|c| c.text("status") == "True");
    let owner = world.owners.get(target).filter(|o| !works && o.wanted() > 0)?;
    let spec = world.spec(owner)?;
    let by = hpa.list("spec/metrics").iter().filter(|m| m.text("resource/target/type") == "Utilization");
    let mut by = by.map(|m| m.text("resource/name")).filter(|r| !r.is_empty());
    let lacks =
        |c: &&Value, r: &str| ["resources/requests", "resources/limits"].iter().all(|of| c.at(of).get(r).is_none());
    let (resource, container) =
        by.find_map(|r| Some((r, spec.list("containers").iter().find(|c| lacks(c, r))?.text("name"))))?;
    Some(
        Finding::new("AUT-01", &Id::of(hpa), format!("hpa {}: container {container} requests no {resource}", hpa.name()))
            .because(format!("autoscaler {} scales {} by its share of requested {resource}, and container {container} has no request for {resource}: it can't scale", hpa.name(), target.words()))
            .tier(Tier::Computed)
            .breaks([target.clone()])
            .act("let it request some", format!("kubectl -n {} set resources {} -c {container} --requests={resource}=…", target.namespace, target.argument())),
    )
}

/// Pods that were put out, an issue for each owner.
fn evicted(world: &World<'_>, out: &mut Vec<Finding>) {
    for owner in world.owners.values() {
        let gone: Vec<_> = owner
            .pods
            .iter()
            .filter(|p| p.text("status/phase") == "Failed" && p.text("status/reason") == "Evicted")
            .collect();
        let Some(last) = gone.iter().max_by_key(|p| p.time("status/startTime")) else { continue };
        let message = last.text("status/message");
        let lately =
            world.age(last.time("metadata/creationTimestamp")).is_some_and(|age| age < 3600) || !owner.is_well();
        let severity = if lately { Severity::High } else { Severity::Low };
        out.push(
            Finding::new(
                "POD-15",
                &owner.id,
                format!("{}: {} evicted: {}", owner.id.name, gone.len(), words::short(message)),
            )
            .because(format!("{} pods of {} were evicted: {}", gone.len(), owner.id.words(), words::short(message)))
            .tier(Tier::Typed)
            .severity(severity)
            .cite(format!("pod {}", last.name()), format!("Evicted: {message}"))
            // Its node's, where that is short of something still.
            .waits_for(message.contains("The node ").then(|| Id::new("Node", "", last.text("spec/nodeName")))),
        );
    }
}
