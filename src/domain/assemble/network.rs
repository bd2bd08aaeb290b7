//! What leads to a service: Kubernetes Services, their addresses, and the URLs of routes to these.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{World, credit};
use crate::domain::data::Arrival;
use crate::domain::indexed::Indexed;
use crate::domain::model::space::Space;
use crate::domain::row::{IngressRow, KubeServiceRow, PodRow};
use crate::domain::service::Service;
use crate::domain::status::facts::Leading;
use crate::domain::status::notes::Notes;
use crate::domain::{Kind, Labels, ObjectId, Text};

/// Seconds in which a cloud makes a load balancer.
const BALANCED: i64 = 120;

/// Services that select a pod of the service; where it has none, its template; by name.
pub(crate) fn leading<'s>(
    space: &'s Space,
    pods: &[Arc<PodRow>],
    template: Option<&Labels>,
    world: &World<'_>,
) -> Vec<&'s Arc<KubeServiceRow>> {
    let mut labels: Vec<&Labels> = match (pods.is_empty(), template) {
        (true, Some(labels)) => vec![labels],
        _ => pods.iter().map(|p| &p.labels).collect(),
    };
    labels.dedup();
    let mut leading = BTreeMap::new();
    for labels in labels {
        for (key, value) in labels.iter() {
            let pair = (key.clone(), value.clone());
            leading.extend(
                world
                    .look(space.kube_services.by(&pair))
                    .filter(|s| s.selector.selects(labels))
                    .map(|s| (&s.meta.name, s)),
            );
        }
    }
    leading.into_values().collect()
}

/// The same as the rules look at it: with the endpoints of each.
pub(crate) fn endpoints(space: &Space, services: &[&Arc<KubeServiceRow>], world: &World<'_>) -> Vec<Leading> {
    let of = |name: &Text| {
        let mut slices = world.look(space.slices.by(name)).peekable();
        slices.peek()?;
        Some(slices.fold((0, 0), |(ready, total): (u32, u32), s| {
            (ready.saturating_add(s.ready), total.saturating_add(s.total))
        }))
    };
    services
        .iter()
        .map(|s| Leading { name: s.meta.name.clone(), created: s.meta.created, endpoints: of(&s.meta.name) })
        .collect()
}

/// `name.namespace.svc:port`, first the one that a person opens, then node ports and load balancers' addresses.
pub(crate) fn addresses(services: &[&Arc<KubeServiceRow>], opened: Option<(usize, usize)>) -> Box<[Text]> {
    let mut inside = Vec::new();
    let mut outside = Vec::new();
    for (at, service) in services.iter().enumerate() {
        let host = format!("{}.{}.svc", service.meta.name, service.meta.namespace);
        if service.ports.is_empty() {
            inside.push(Text::new(&host));
        }
        for (n, port) in service.ports.iter().enumerate() {
            let address = Text::new(&format!("{host}:{}", port.port));
            inside.insert(if opened == Some((at, n)) { 0 } else { inside.len() }, address);
            if let Some(node_port) = port.node_port {
                outside.push(Text::new(&format!("node:{node_port}")));
            }
            outside.extend(service.balancers.iter().map(|b| Text::new(&format!("{b}:{}", port.port))));
        }
    }
    inside.extend(outside);
    inside.into()
}

/// Whether a route leads to a Kubernetes Service.
pub(crate) fn is_routed(space: &Space, service: &Text) -> bool {
    space.ingresses.by(service).next().is_some() || space.http_routes.by(service).next().is_some()
}

/// The load balancer that nobody has given an address, though a while has passed.
pub(crate) fn no_balancer(services: &[&Arc<KubeServiceRow>], notes: &Notes) -> Option<String> {
    let waits = |s: &&&Arc<KubeServiceRow>| {
        let balances = s.service_type == "LoadBalancer" && s.balancers.is_empty();
        balances && s.meta.created.is_some_and(|at| notes.older(at, BALANCED))
    };
    services.iter().find(waits).map(|s| format!("LoadBalancer {} has no address", s.meta.name))
}

/// URLs of the hosts that lead to these Services, each once.
pub(crate) fn urls(space: &Space, services: &[&Arc<KubeServiceRow>], world: &World<'_>) -> Box<[Text]> {
    let mut urls: Vec<Text> = Vec::new();
    let by_name = |routes: &'_ Indexed<IngressRow>| -> BTreeMap<Text, Arc<IngressRow>> {
        let of = services.iter().flat_map(|s| routes.by(&s.meta.name));
        world.look(of).map(|r| (r.meta.name.clone(), r.clone())).collect()
    };
    for ingress in by_name(&space.ingresses).values().chain(by_name(&space.http_routes).values()) {
        for (host, path, service, tls) in &ingress.rules {
            // Without a host the rule holds for any: there is no URL to give.
            if host.is_empty() || !services.iter().any(|s| s.meta.name == *service) {
                continue;
            }
            let scheme = if *tls { "https" } else { "http" };
            let path = if path.as_str() == "/" { "" } else { path.as_str() };
            let url = Text::new(&format!("{scheme}://{host}{path}"));
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
    }
    urls.into()
}

/// Kubernetes Services that lead to no service of the namespace, given those that lead to one: a name outside, endpoints
/// that somebody keeps by himself, a selector that selects nothing. They are shown, and neither judged nor counted.
pub(crate) fn lone(space: &Space, namespace: &Text, led: &BTreeSet<&Text>, world: &World<'_>) -> Vec<Arc<Service>> {
    const JUDGED: [Kind; 5] = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::Pod, Kind::Service];
    if JUDGED.iter().any(|kind| world.arrival(*kind, namespace) != Arrival::Here) {
        return Vec::new();
    }
    // The API server's own.
    let api = |s: &KubeServiceRow| namespace == "default" && s.meta.name == "kubernetes";
    let lone = space.kube_services.iter().filter(|s| !led.contains(&s.meta.name) && !api(s));
    let of = |row: &Arc<KubeServiceRow>| {
        let nothing = row.selector.labels.is_empty() && row.selector.terms.is_empty();
        let why = match (&row.external, nothing) {
            (Some(name), _) => format!("leads to {name}, outside the cluster"),
            (None, true) => match endpoints(space, &[row], world).first().and_then(|l| l.endpoints) {
                Some((ready, all)) => format!("selects no pods, {ready} of {all} endpoints of its own ready"),
                None => "selects no pods, and has no endpoints".to_owned(),
            },
            (None, false) => "selects no pods of any service".to_owned(),
        };
        Arc::new(Service {
            object: ObjectId::new(Kind::Service, namespace.clone(), row.meta.name.clone()),
            uid: row.meta.uid.clone(),
            reason: Some(Text::from(why)),
            selects_nothing: row.external.is_none() && !nothing,
            addresses: addresses(&[row], None),
            urls: urls(space, &[row], world),
            deployed_by: credit::deployed_by(&row.meta, None),
            created: row.meta.created,
            ..Service::default()
        })
    };
    lone.map(of).collect()
}
