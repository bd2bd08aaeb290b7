//! Services, EndpointSlices, Ingresses, HTTPRoutes.

use serde::Deserialize;

use super::field::{Either, List, Pairs, Str, text};
use super::meta::{RawMeta, meta};
use super::{Made, Object, each};
use crate::domain::interner::Interner;
use crate::domain::row::{AnyRow, IngressRow, KubeServiceRow, Selector, ServicePort, SliceRow};
use crate::domain::{Kind, Text};

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawService<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    #[serde(borrow)]
    spec: ServiceSpec<'a>,
    #[serde(borrow)]
    status: Option<ServiceStatus<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ServiceSpec<'a> {
    #[serde(borrow)]
    selector: Pairs<'a>,
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    external_name: Option<Str<'a>>,
    #[serde(borrow, rename = "clusterIP")]
    cluster_ip: Option<Str<'a>>,
    #[serde(borrow)]
    ports: List<Port<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Port<'a> {
    #[serde(borrow)]
    name: Option<Str<'a>>,
    port: Option<i64>,
    target_port: Option<Either>,
    node_port: Option<i64>,
    #[serde(borrow)]
    protocol: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ServiceStatus<'a> {
    #[serde(borrow)]
    load_balancer: Option<Balancer<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Balancer<'a> {
    #[serde(borrow)]
    ingress: List<Address<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Address<'a> {
    #[serde(borrow)]
    ip: Option<Str<'a>>,
    #[serde(borrow)]
    hostname: Option<Str<'a>>,
}

fn port(n: Option<i64>) -> Option<u16> {
    n.and_then(|n| u16::try_from(n).ok()).filter(|n| *n > 0)
}

pub(super) fn service(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: RawService<'_> = object.read()?;
    let balancer = raw.status.unwrap_or_default().load_balancer.unwrap_or_default();
    let addresses = each(balancer.ingress).filter_map(|a| a.hostname.or(a.ip)).filter(|a| !a.is_empty());
    Ok(Some(AnyRow::KubeService(Box::new(KubeServiceRow {
        meta: meta(&raw.metadata, i),
        selector: Selector { labels: raw.spec.selector.labels(i), terms: Box::default() },
        service_type: i.text(raw.spec.kind.as_deref().unwrap_or("ClusterIP")),
        external: raw.spec.external_name.filter(|n| !n.is_empty()).map(|n| Text::new(&n)),
        headless: raw.spec.cluster_ip.as_deref() == Some("None"),
        ports: each(raw.spec.ports)
            .map(|p| ServicePort {
                name: text(p.name.as_ref(), i),
                port: port(p.port).unwrap_or_default(),
                target: i
                    .text(&p.target_port.map_or_else(|| p.port.unwrap_or_default().to_string(), |t| t.to_string())),
                node_port: port(p.node_port),
                protocol: i.text(p.protocol.as_deref().unwrap_or("TCP")),
            })
            .collect(),
        balancers: addresses.map(|a| Text::new(&a)).collect(),
    }))))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawSlice<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    endpoints: List<Endpoint>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Endpoint {
    conditions: Option<EndpointConditions>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct EndpointConditions {
    ready: Option<bool>,
}

pub(super) fn slice(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: RawSlice<'_> = object.read()?;
    let (mut ready, mut total) = (0u32, 0u32);
    for e in each(raw.endpoints) {
        total = total.saturating_add(1);
        // An unknown state is to be read as ready.
        if e.conditions.and_then(|c| c.ready).unwrap_or(true) {
            ready = ready.saturating_add(1);
        }
    }
    let of = raw.metadata.labels.get("kubernetes.io/service-name").unwrap_or_default();
    Ok(Some(AnyRow::Slice(Box::new(SliceRow {
        name: text(raw.metadata.name.as_ref(), i),
        namespace: text(raw.metadata.namespace.as_ref(), i),
        service: i.text(of),
        ready,
        total,
    }))))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawIngress<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    #[serde(borrow)]
    spec: IngressSpec<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct IngressSpec<'a> {
    #[serde(borrow)]
    default_backend: Option<Backend<'a>>,
    #[serde(borrow)]
    rules: List<Rule<'a>>,
    #[serde(borrow)]
    tls: List<Tls<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Rule<'a> {
    #[serde(borrow)]
    host: Option<Str<'a>>,
    #[serde(borrow)]
    http: Option<Http<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Http<'a> {
    #[serde(borrow)]
    paths: List<Path<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Path<'a> {
    #[serde(borrow)]
    path: Option<Str<'a>>,
    #[serde(borrow)]
    backend: Backend<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Backend<'a> {
    #[serde(borrow)]
    service: Option<Named<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    name: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Tls<'a> {
    #[serde(borrow)]
    hosts: List<Str<'a>>,
}

/// Whether one of the TLS blocks is for `host`: by name, by a wildcard for its first label, or for all hosts.
fn encrypted(host: &str, tls: &[Tls<'_>]) -> bool {
    let matches = |pattern: &str| match pattern.strip_prefix("*.") {
        Some(domain) => host.split_once('.').is_some_and(|(_, d)| d == domain) || host == pattern,
        None => host == pattern,
    };
    tls.iter().any(|t| match &t.hosts {
        Some(hosts) if !hosts.is_empty() => hosts.iter().any(|h| matches(h)),
        _ => true,
    })
}

pub(super) fn ingress(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: RawIngress<'_> = object.read()?;
    let tls = raw.spec.tls.unwrap_or_default();
    let mut rules = Vec::new();
    if let Some(name) = raw.spec.default_backend.and_then(|b| b.service).and_then(|s| s.name) {
        rules.push((i.text(""), i.text("/"), i.text(&name), encrypted("", &tls)));
    }
    for rule in each(raw.spec.rules) {
        let host = rule.host.as_deref().unwrap_or_default();
        let encrypted = encrypted(host, &tls);
        for path in each(rule.http.and_then(|h| h.paths)) {
            let Some(name) = path.backend.service.and_then(|s| s.name) else { continue };
            let path = path.path.as_deref().filter(|p| !p.is_empty()).unwrap_or("/");
            rules.push((i.text(host), i.text(path), i.text(&name), encrypted));
        }
    }
    Ok(Some(AnyRow::Ingress(Box::new(IngressRow {
        kind: Kind::Ingress,
        meta: meta(&raw.metadata, i),
        rules: rules.into(),
    }))))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawRoute<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    #[serde(borrow)]
    spec: RouteSpec<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RouteSpec<'a> {
    #[serde(borrow)]
    parent_refs: List<Parent<'a>>,
    #[serde(borrow)]
    hostnames: List<Str<'a>>,
    #[serde(borrow)]
    rules: List<RouteRule<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Parent<'a> {
    #[serde(borrow)]
    section_name: Option<Str<'a>>,
    port: Option<i64>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RouteRule<'a> {
    #[serde(borrow)]
    matches: List<Match<'a>>,
    #[serde(borrow)]
    backend_refs: List<BackendRef<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Match<'a> {
    #[serde(borrow)]
    path: Option<MatchPath<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MatchPath<'a> {
    #[serde(borrow)]
    value: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct BackendRef<'a> {
    #[serde(borrow)]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    namespace: Option<Str<'a>>,
}

/// TLS is the Gateway listener's, which the route only names: its usual name and port tell.
pub(super) fn route(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: RawRoute<'_> = object.read_json()?;
    let encrypted = each(raw.spec.parent_refs)
        .any(|p| p.port == Some(443) || p.section_name.is_some_and(|n| n.contains("https") || n.contains("tls")));
    let hosts: Vec<Text> = match raw.spec.hostnames {
        Some(h) if !h.is_empty() => h.iter().map(|h| i.text(h)).collect(),
        _ => vec![i.text("")],
    };
    let own = raw.metadata.namespace.as_deref();
    let mut rules = Vec::new();
    for rule in each(raw.spec.rules) {
        let mut paths: Vec<Text> =
            each(rule.matches).filter_map(|m| m.path).filter_map(|p| p.value).map(|v| i.text(&v)).collect();
        if paths.is_empty() {
            paths.push(i.text("/"));
        }
        for backend in each(rule.backend_refs) {
            let is_service = backend.kind.as_deref().unwrap_or("Service") == "Service";
            let is_here = backend.namespace.is_none() || backend.namespace.as_deref() == own;
            let Some(name) = backend.name.filter(|_| is_service && is_here) else { continue };
            let name = i.text(&name);
            for host in &hosts {
                rules.extend(paths.iter().map(|p| (host.clone(), p.clone(), name.clone(), encrypted)));
            }
        }
    }
    Ok(Some(AnyRow::Ingress(Box::new(IngressRow {
        kind: Kind::HTTPRoute,
        meta: meta(&raw.metadata, i),
        rules: rules.into(),
    }))))
}
