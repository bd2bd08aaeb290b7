//! The cells of Tables: what each word of `assets/api/columns.txt` shows of an object.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{duration, or, pod, since};
use crate::sim::json::Json;
use crate::sim::selector;

/// A cell: the object, what its column tells, now.
pub(super) type Cell = fn(&Value, &str, Timestamp) -> Value;

const NONE: &str = "<none>";

/// Word → what it shows.
pub(super) const CELLS: &[(&str, Cell)] = &[
    ("text", |o, path, _| o.text(path).trim().into()),
    ("int", |o, path, _| o.int(path).into()),
    ("bool", |o, path, _| o.is(path).into()),
    ("flag", |o, path, _| if o.is(path) { "True" } else { "False" }.into()),
    ("or", |o, told, _| told.split_once(' ').map_or(Value::Null, |(default, path)| or(o.text(path), default))),
    ("length", |o, paths, _| paths.split(' ').map(|p| o.items(p).len() + o.entries(p).count()).sum::<usize>().into()),
    ("since", |o, paths, now| since(paths.split(' ').find_map(|p| o.time(p)), now).into()),
    ("since-or-none", |o, path, now| o.time(path).map_or(NONE.into(), |t| since(Some(t), now).into())),
    ("labels", |o, path, _| or(&labels(o.at(path)), NONE)),
    ("selector", |o, path, _| or(&selector::written(o.at(path)), NONE)),
    ("reference", |o, path, _| format!("{}/{}", o.at(path).text("kind"), o.at(path).text("name")).into()),
    ("bound", |o, path, _| match o.at(path) {
        Value::Null => "N/A".into(),
        bound => bound.as_str().map_or_else(|| bound.to_string(), ToOwned::to_owned).into(),
    }),
    ("ready", |o, _, _| format!("{}/{}", o.int("status.readyReplicas"), o.int_or("spec.replicas", 1)).into()),
    ("containers", |o, told, _| {
        let (field, template) = told.split_once(' ').unwrap_or_default();
        each(o.at(template).items("spec.containers"), field).join(",").into()
    }),
    ("modes", |o, path, _| modes(o.items(path)).into()),
    ("phase", |o, _, _| if o.is_going() { "Terminating" } else { o.text("status.phase") }.into()),
    ("claimed", |v, _, _| match v.at("spec.claimRef") {
        Value::Null => "".into(),
        claim => format!("{}/{}", claim.text("namespace"), claim.text("name")).into(),
    }),
    ("class", |c, _, _| match c.annotation("storageclass.kubernetes.io/is-default-class") {
        "true" => format!("{} (default)", c.name()).into(),
        _ => c.name().into(),
    }),
    ("pod", pod::pod),
    ("node", pod::node),
    ("address", pod::address),
    ("event", event),
    ("job", job),
    ("owner", owner),
    ("targets", |h, _, _| or(&targets(h), NONE)),
    ("service", service),
    ("endpoints", endpoints),
    ("slice", slice),
    ("ingress", ingress),
    ("parameters", parameters),
    ("quota", quota),
    ("subjects", subjects),
];

/// `a=b,c=d`, sorted by key (`labels.FormatLabels`).
fn labels(map: &Value) -> String {
    let mut all: Vec<_> = map.entries("").map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
    all.sort();
    all.join(",")
}

/// The values at a path of each item.
fn each<'a>(items: &'a [Value], path: &str) -> Vec<&'a str> {
    items.iter().map(|i| i.text(path)).filter(|t| !t.is_empty()).collect()
}

/// `RWO,ROX,RWX,RWOP`, each once, in that order (`GetAccessModesAsString`).
fn modes(has: &[Value]) -> String {
    let all =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let some = all.into_iter().filter(|(long, _)| has.iter().any(|mode| mode == long));
    some.map(|(_, short)| short).collect::<Vec<_>>().join(",")
}

fn event(e: &Value, told: &str, _: Timestamp) -> Value {
    match told {
        "object" => {
            let about = e.at("involvedObject");
            format!("{}/{}", about.text("kind").to_lowercase(), about.text("name")).into()
        }
        "source" => match (e.text("source.component"), e.text("source.host")) {
            ("", "") if e.has("reportingInstance") && !e.text("reportingInstance").is_empty() => {
                format!("{}, {}", e.text("reportingComponent"), e.text("reportingInstance")).into()
            }
            ("", "") => e.text("reportingComponent").into(),
            (component, "") => component.into(),
            (component, host) => format!("{component}, {host}").into(),
        },
        _ => e.int_or("series.count", e.int("count").max(1)).into(),
    }
}

fn job(j: &Value, told: &str, now: Timestamp) -> Value {
    let holds = |all: &[&'static str]| all.iter().copied().find(|c| j.holds(c));
    match told {
        "status" => {
            let going = || j.is_going().then_some("Terminating");
            let other = || holds(&["Suspended", "FailureTarget", "SuccessCriteriaMet"]);
            holds(&["Complete", "Failed"]).or_else(going).or_else(other).unwrap_or("Running").into()
        }
        "completions" => {
            let done = j.int("status.succeeded");
            match (j.at("spec.completions").as_i64(), j.int_or("spec.parallelism", 1)) {
                (Some(n), _) => format!("{done}/{n}"),
                (None, p) if p > 1 => format!("{done}/1 of {p}"),
                _ => format!("{done}/1"),
            }
            .into()
        }
        _ => {
            let end = j.time("status.completionTime").unwrap_or(now);
            j.time("status.startTime").map_or("".into(), |s| duration(end.as_second() - s.as_second()).into())
        }
    }
}

fn owner(o: &Value, _: &str, _: Timestamp) -> Value {
    let Some(owner) = o.controller() else { return NONE.into() };
    let group = owner.text("apiVersion").split_once('/').map_or(String::new(), |(g, _)| format!(".{g}"));
    format!("{}{group}/{}", owner.text("kind").to_lowercase(), owner.text("name")).into()
}

/// `cpu: 12%/80%` for each metric (`formatHPAMetrics`).
fn targets(h: &Value) -> String {
    let metric = |m: &Value| {
        let kind = m.text("type");
        let key = kind.chars().take(1).map(|c| c.to_ascii_lowercase()).chain(kind.chars().skip(1)).collect::<String>();
        let spec = m.at(&key);
        let name = spec.text("name");
        let now = h.items("status.currentMetrics").iter().map(|c| c.at(&key)).find(|c| c.text("name") == name);
        let said = |value: &Value, unit: &str| match value {
            Value::String(s) => s.clone(),
            Value::Number(n) => format!("{n}{unit}"),
            _ => "<unknown>".to_owned(),
        };
        let (field, unit) = match spec.at("target") {
            t if t.has("averageUtilization") => ("averageUtilization", "%"),
            t if t.has("averageValue") => ("averageValue", ""),
            _ => ("value", ""),
        };
        let wanted = said(spec.at("target").at(field), unit);
        let is = said(now.map_or(&Value::Null, |c| c.at("current").at(field)), unit);
        if kind == "Resource" { format!("{name}: {is}/{wanted}") } else { format!("{is}/{wanted}") }
    };
    h.items("spec.metrics").iter().map(metric).collect::<Vec<_>>().join(", ")
}

/// Addresses that load balancers gave.
fn balancers(object: &Value) -> Vec<&str> {
    let all = object.items("status.loadBalancer.ingress").iter();
    all.map(|i| if i.has("ip") { i.text("ip") } else { i.text("hostname") }).collect()
}

fn service(s: &Value, told: &str, _: Timestamp) -> Value {
    if told == "ports" {
        let port = |p: &Value| match p.int("nodePort") {
            0 => format!("{}/{}", p.int("port"), p.text("protocol")),
            node => format!("{}:{node}/{}", p.int("port"), p.text("protocol")),
        };
        return or(&s.items("spec.ports").iter().map(port).collect::<Vec<_>>().join(","), NONE);
    }
    let (mut all, none) = match s.text("spec.type") {
        "ExternalName" => (vec![s.text("spec.externalName")], NONE),
        "LoadBalancer" => (balancers(s), "<pending>"),
        _ => (vec![], NONE),
    };
    all.extend(s.items("spec.externalIPs").iter().filter_map(Value::as_str));
    or(&all.join(","), none)
}

/// At most three, and how many more there are.
fn some(mut all: Vec<String>, none: &str) -> Value {
    let more = all.len().saturating_sub(3);
    all.truncate(3);
    match more {
        0 => or(&all.join(","), none),
        _ => format!("{} + {more} more...", all.join(",")).into(),
    }
}

fn endpoints(e: &Value, _: &str, _: Timestamp) -> Value {
    let mut all = vec![];
    for subset in e.items("subsets") {
        for ip in each(subset.items("addresses"), "ip") {
            all.extend(subset.items("ports").iter().map(|p| format!("{ip}:{}", p.int("port"))));
        }
    }
    some(all, NONE)
}

fn slice(e: &Value, told: &str, _: Timestamp) -> Value {
    let port = |p: &Value| p.at("port").as_i64().map_or("*".to_owned(), |n| n.to_string());
    let addresses =
        |e: &Value| e.items("addresses").iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    let all = e.items(told).iter();
    some(if told == "ports" { all.map(port).collect() } else { all.flat_map(addresses).collect() }, "<unset>")
}

fn ingress(i: &Value, told: &str, _: Timestamp) -> Value {
    match told {
        "hosts" => some(each(i.items("spec.rules"), "host").into_iter().map(ToOwned::to_owned).collect(), "*"),
        "addresses" => balancers(i).join(",").into(),
        _ => if i.items("spec.tls").is_empty() { "80" } else { "80, 443" }.into(),
    }
}

fn parameters(c: &Value, _: &str, _: Timestamp) -> Value {
    let p = c.at("spec.parameters");
    if p.is_null() {
        return NONE.into();
    }
    let group = if p.has("apiGroup") { format!(".{}", p.text("apiGroup")) } else { String::new() };
    format!("{}{group}/{}", p.text("kind"), p.text("name")).into()
}

/// `cpu: 1/2, pods: 3/10`: what is used of what is allowed, limits apart.
fn quota(q: &Value, told: &str, _: Timestamp) -> Value {
    let text = |v: &Value| v.as_str().unwrap_or("0").to_owned();
    let mut all: Vec<_> =
        q.entries("status.hard").filter(|(k, _)| k.contains("limits") == (told == "limits")).collect();
    all.sort_by_key(|(k, _)| k.as_str());
    let words = all.iter().map(|(k, hard)| format!("{k}: {}/{}", text(q.key("status.used", k)), text(hard)));
    json!(words.collect::<Vec<_>>().join(", "))
}

fn subjects(b: &Value, kind: &str, _: Timestamp) -> Value {
    let all = b.items("subjects").iter().filter(|s| s.text("kind") == kind);
    let names = all.map(|s| match kind {
        "ServiceAccount" => format!("{}/{}", s.text("namespace"), s.text("name")),
        _ => s.text("name").to_owned(),
    });
    names.collect::<Vec<_>>().join(", ").into()
}
