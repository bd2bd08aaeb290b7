//! Printers of workloads, their autoscalers and budgets.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::words::{NONE, age, each, labels, or_none, selector};
use super::{duration, since};
use crate::sim::json::Json;

/// Names and images of the containers of a template.
fn containers(template: &Value) -> [Value; 2] {
    let all = template.items("spec.containers");
    [each(all, "name").join(",").into(), each(all, "image").join(",").into()]
}

fn with<const N: usize>(mut cells: Vec<Value>, more: [Value; N]) -> Vec<Value> {
    cells.extend(more);
    cells
}

pub(super) fn deployment(d: &Value, now: Timestamp) -> Vec<Value> {
    let ready = format!("{}/{}", d.int("status.readyReplicas"), d.int_or("spec.replicas", 1));
    let (updated, available) = (d.int("status.updatedReplicas"), d.int("status.availableReplicas"));
    let cells = vec![d.name().into(), ready.into(), updated.into(), available.into(), age(d, now)];
    let cells = with(cells, containers(d.at("spec.template")));
    with(cells, [selector(d.at("spec.selector")).into()])
}

pub(super) fn statefulset(s: &Value, now: Timestamp) -> Vec<Value> {
    let ready = format!("{}/{}", s.int("status.readyReplicas"), s.int_or("spec.replicas", 1));
    with(vec![s.name().into(), ready.into(), age(s, now)], containers(s.at("spec.template")))
}

pub(super) fn daemonset(d: &Value, now: Timestamp) -> Vec<Value> {
    let mut cells = vec![d.name().into()];
    for count in
        ["desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable"]
    {
        cells.push(d.int(&format!("status.{count}")).into());
    }
    cells.push(labels(d.at("spec.template.spec.nodeSelector")).into());
    cells.push(age(d, now));
    let cells = with(cells, containers(d.at("spec.template")));
    with(cells, [selector(d.at("spec.selector")).into()])
}

pub(super) fn replicaset(r: &Value, now: Timestamp) -> Vec<Value> {
    let cells = vec![
        r.name().into(),
        r.int_or("spec.replicas", 1).into(),
        r.int("status.replicas").into(),
        r.int("status.readyReplicas").into(),
        age(r, now),
    ];
    let cells = with(cells, containers(r.at("spec.template")));
    // A ReplicationController's selector is a plain map.
    let of = r.at("spec.selector");
    let is_plain = r.text("kind") == "ReplicationController";
    with(cells, [if is_plain { labels(of) } else { selector(of) }.into()])
}

pub(super) fn revision(r: &Value, now: Timestamp) -> Vec<Value> {
    let owner = r.controller().map_or_else(
        || NONE.to_owned(),
        |o| {
            let group = o.text("apiVersion").split_once('/').map_or(String::new(), |(g, _)| format!(".{g}"));
            format!("{}{group}/{}", o.text("kind").to_lowercase(), o.text("name"))
        },
    );
    vec![r.name().into(), owner.into(), r.int("revision").into(), age(r, now)]
}

pub(super) fn job(j: &Value, now: Timestamp) -> Vec<Value> {
    let done = j.int("status.succeeded");
    let completions = match (j.at("spec.completions").as_i64(), j.int_or("spec.parallelism", 1)) {
        (Some(n), _) => format!("{done}/{n}"),
        (None, p) if p > 1 => format!("{done}/1 of {p}"),
        _ => format!("{done}/1"),
    };
    let end = j.time("status.completionTime").unwrap_or(now);
    let took = j.time("status.startTime").map_or(String::new(), |s| duration(end.as_second() - s.as_second()));
    let status = ["Complete", "Failed"].into_iter().find(|c| j.holds(c)).or_else(|| {
        let going = j.is_going().then_some("Terminating");
        going.or_else(|| ["Suspended", "FailureTarget", "SuccessCriteriaMet"].into_iter().find(|c| j.holds(c)))
    });
    let status = status.unwrap_or("Running");
    let cells = vec![j.name().into(), status.into(), completions.into(), took.into(), age(j, now)];
    let cells = with(cells, containers(j.at("spec.template")));
    with(cells, [selector(j.at("spec.selector")).into()])
}

pub(super) fn cronjob(c: &Value, now: Timestamp) -> Vec<Value> {
    let last = match c.time("status.lastScheduleTime") {
        None => NONE.to_owned(),
        time => since(time, now),
    };
    let suspended = match c.at("spec.suspend").as_bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    };
    let cells = vec![
        c.name().into(),
        c.text("spec.schedule").into(),
        or_none(c.text("spec.timeZone")),
        suspended.into(),
        c.items("status.active").len().into(),
        last.into(),
        age(c, now),
    ];
    let template = c.at("spec.jobTemplate.spec");
    let cells = with(cells, containers(template.at("template")));
    with(cells, [selector(template.at("selector")).into()])
}

pub(super) fn autoscaler(h: &Value, now: Timestamp) -> Vec<Value> {
    let minimum = h.at("spec.minReplicas").as_i64().map_or("<unset>".to_owned(), |n| n.to_string());
    vec![
        h.name().into(),
        format!("{}/{}", h.text("spec.scaleTargetRef.kind"), h.text("spec.scaleTargetRef.name")).into(),
        targets(h).into(),
        minimum.into(),
        h.int("spec.maxReplicas").into(),
        h.int("status.currentReplicas").into(),
        age(h, now),
    ]
}

/// `cpu: 12%/80%` for each metric (`formatHPAMetrics`).
fn targets(h: &Value) -> String {
    let current = h.items("status.currentMetrics");
    let all: Vec<String> = h
        .items("spec.metrics")
        .iter()
        .map(|m| {
            let kind = m.text("type");
            let key = match kind {
                "Resource" => "resource",
                "ContainerResource" => "containerResource",
                "Pods" => "pods",
                "Object" => "object",
                _ => "external",
            };
            let spec = m.at(key);
            let name = spec.text("name");
            let now = current.iter().map(|c| c.at(key)).find(|c| c.text("name") == name);
            let said = |value: Option<&Value>, unit: &str| match value {
                Some(Value::String(s)) => s.clone(),
                Some(Value::Number(n)) => format!("{n}{unit}"),
                _ => "<unknown>".to_owned(),
            };
            let (field, unit) = match spec.at("target") {
                t if t.has("averageUtilization") => ("averageUtilization", "%"),
                t if t.has("averageValue") => ("averageValue", ""),
                _ => ("value", ""),
            };
            let wanted = said(Some(spec.at("target").at(field)), unit);
            let is = said(now.map(|c| c.at("current").at(field)), unit);
            if kind == "Resource" { format!("{name}: {is}/{wanted}") } else { format!("{is}/{wanted}") }
        })
        .collect();
    if all.is_empty() { NONE.to_owned() } else { all.join(", ") }
}

pub(super) fn budget(b: &Value, now: Timestamp) -> Vec<Value> {
    let bound = |field: &str| match b.at("spec").at(field) {
        Value::Number(n) => n.to_string(),
        Value::String(s) => s.clone(),
        _ => "N/A".to_owned(),
    };
    vec![
        b.name().into(),
        bound("minAvailable").into(),
        bound("maxUnavailable").into(),
        json!(b.int("status.disruptionsAllowed")),
        age(b, now),
    ]
}
