//! What many printers share, and the printers of events, networking and access.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::since;
use crate::sim::json::Json;
use crate::sim::selector;

pub(super) const NONE: &str = "<none>";

/// The text, or `<none>`.
pub(super) fn or_none(text: &str) -> Value {
    if text.is_empty() { NONE.into() } else { text.into() }
}

/// Age by `creationTimestamp`.
pub(super) fn age(object: &Value, now: Timestamp) -> Value {
    since(object.time("metadata.creationTimestamp"), now).into()
}

/// `a=b,c=d`, sorted by key (`labels.FormatLabels`).
pub(super) fn labels(map: &Value) -> String {
    let mut all: Vec<_> = map.entries("").map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
    all.sort();
    if all.is_empty() { NONE.to_owned() } else { all.join(",") }
}

/// `metav1.FormatLabelSelector`.
pub(super) fn selector(selector: &Value) -> String {
    match selector::written(selector) {
        text if text.is_empty() => NONE.to_owned(),
        text => text,
    }
}

/// The texts of a list.
pub(super) fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The values at a path of each item.
pub(super) fn each<'a>(items: &'a [Value], path: &str) -> Vec<&'a str> {
    items.iter().map(|i| i.text(path)).filter(|t| !t.is_empty()).collect()
}

pub(super) fn event(e: &Value, now: Timestamp) -> Vec<Value> {
    // Both groups' forms come here.
    let either = |a: &str, b: &str| if e.has(a) { a.to_owned() } else { b.to_owned() };
    let about = either("involvedObject", "regarding");
    let first = e.time(&either("firstTimestamp", "deprecatedFirstTimestamp")).or_else(|| e.time("eventTime"));
    let last = e
        .time("series.lastObservedTime")
        .or_else(|| e.time(&either("lastTimestamp", "deprecatedLastTimestamp")))
        .or(first);
    let count = match e.int("series.count") {
        0 => e.int(&either("count", "deprecatedCount")).max(1),
        n => n,
    };
    let source = e.at(&either("source", "deprecatedSource"));
    let reporter = either("reportingComponent", "reportingController");
    let (component, host) = match (source.text("component"), source.text("host")) {
        ("", "") => (e.text(&reporter), e.text("reportingInstance")),
        both => both,
    };
    let source = if host.is_empty() { component.to_owned() } else { format!("{component}, {host}") };
    let object = format!("{}/{}", e.text(&format!("{about}.kind")).to_lowercase(), e.text(&format!("{about}.name")));
    vec![
        since(last, now).into(),
        e.at("type").clone(),
        e.at("reason").clone(),
        object.into(),
        e.text(&format!("{about}.fieldPath")).into(),
        source.into(),
        e.text(&either("message", "note")).trim().into(),
        since(first, now).into(),
        count.into(),
        e.name().into(),
    ]
}

pub(super) fn service(s: &Value, now: Timestamp) -> Vec<Value> {
    let kind = s.text("spec.type");
    let mut external: Vec<&str> = match kind {
        "ExternalName" => vec![s.text("spec.externalName")],
        "LoadBalancer" => balancers(s),
        _ => vec![],
    };
    external.extend(texts(s.at("spec.externalIPs")));
    let external = match (external.is_empty(), kind) {
        (true, "LoadBalancer") => "<pending>".to_owned(),
        (true, _) => NONE.to_owned(),
        _ => external.join(","),
    };
    let ports: Vec<_> = s
        .items("spec.ports")
        .iter()
        .map(|p| {
            let protocol = if p.has("protocol") { p.text("protocol") } else { "TCP" };
            match p.int("nodePort") {
                0 => format!("{}/{protocol}", p.int("port")),
                node => format!("{}:{node}/{protocol}", p.int("port")),
            }
        })
        .collect();
    vec![
        s.name().into(),
        kind.into(),
        or_none(s.text("spec.clusterIP")),
        external.into(),
        or_none(&ports.join(",")),
        age(s, now),
        labels(s.at("spec.selector")).into(),
    ]
}

/// Addresses that load balancers gave.
fn balancers(object: &Value) -> Vec<&str> {
    let all = object.items("status.loadBalancer.ingress").iter();
    all.map(|i| if i.has("ip") { i.text("ip") } else { i.text("hostname") }).collect()
}

/// At most `most`, and how many more there are.
fn some(mut all: Vec<String>, most: usize, empty: &str) -> String {
    let more = all.len().saturating_sub(most);
    all.truncate(most);
    match (all.is_empty(), more) {
        (true, _) => empty.to_owned(),
        (_, 0) => all.join(","),
        _ => format!("{} + {more} more...", all.join(",")),
    }
}

pub(super) fn endpoints(e: &Value, now: Timestamp) -> Vec<Value> {
    let mut all = vec![];
    for subset in e.items("subsets") {
        for ip in each(subset.items("addresses"), "ip") {
            all.extend(subset.items("ports").iter().map(|p| format!("{ip}:{}", p.int("port"))));
        }
    }
    vec![e.name().into(), some(all, 3, NONE).into(), age(e, now)]
}

pub(super) fn slice(e: &Value, now: Timestamp) -> Vec<Value> {
    let ports = e.items("ports").iter().map(|p| p.at("port").as_i64().map_or("*".to_owned(), |n| n.to_string()));
    let addresses = e.items("endpoints").iter().flat_map(|e| texts(e.at("addresses"))).map(ToOwned::to_owned);
    vec![
        e.name().into(),
        e.at("addressType").clone(),
        some(ports.collect(), 3, "<unset>").into(),
        some(addresses.collect(), 3, "<unset>").into(),
        age(e, now),
    ]
}

pub(super) fn ingress(i: &Value, now: Timestamp) -> Vec<Value> {
    let hosts: Vec<String> = each(i.items("spec.rules"), "host").into_iter().map(ToOwned::to_owned).collect();
    let ports = if i.items("spec.tls").is_empty() { "80" } else { "80, 443" };
    vec![
        i.name().into(),
        or_none(i.text("spec.ingressClassName")),
        some(hosts, 3, "*").into(),
        balancers(i).join(",").into(),
        ports.into(),
        age(i, now),
    ]
}

pub(super) fn ingress_class(c: &Value, now: Timestamp) -> Vec<Value> {
    let p = c.at("spec.parameters");
    let parameters = if p.is_null() {
        NONE.to_owned()
    } else {
        let group = if p.has("apiGroup") { format!(".{}", p.text("apiGroup")) } else { String::new() };
        format!("{}{group}/{}", p.text("kind"), p.text("name"))
    };
    vec![c.name().into(), c.at("spec.controller").clone(), parameters.into(), age(c, now)]
}

pub(super) fn binding(b: &Value, now: Timestamp) -> Vec<Value> {
    let of = |kind: &str| {
        let all = b.items("subjects").iter().filter(|s| s.text("kind") == kind);
        let names = all.map(|s| match kind {
            "ServiceAccount" => format!("{}/{}", s.text("namespace"), s.text("name")),
            _ => s.text("name").to_owned(),
        });
        names.collect::<Vec<_>>().join(", ")
    };
    vec![
        b.name().into(),
        format!("{}/{}", b.text("roleRef.kind"), b.text("roleRef.name")).into(),
        age(b, now),
        of("User").into(),
        of("Group").into(),
        of("ServiceAccount").into(),
    ]
}

pub(super) fn priority(p: &Value, now: Timestamp) -> Vec<Value> {
    let preemption = if p.has("preemptionPolicy") { p.text("preemptionPolicy") } else { "PreemptLowerPriority" };
    vec![p.name().into(), json!(p.int("value")), json!(p.is("globalDefault")), age(p, now), preemption.into()]
}
