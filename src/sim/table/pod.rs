//! Printers of pods and nodes (`printPod`, `printNode`).

use jiff::Timestamp;
use serde_json::Value;

use super::since;
use super::words::{age, or_none};
use crate::sim::json::Json;

pub(super) fn pod(p: &Value, now: Timestamp) -> Vec<Value> {
    let sidecar = |name: &str| {
        let mut specs = p.items("spec.initContainers").iter();
        specs.any(|c| c.text("name") == name && c.text("restartPolicy") == "Always")
    };
    let sidecars = p.items("spec.initContainers").iter().filter(|c| c.text("restartPolicy") == "Always").count();
    let all = p.items("spec.containers").len() + sidecars;
    let (mut ready, mut restarts, mut of_sidecars) = (0, 0, 0);
    let (mut last, mut last_of_sidecars) = (None, None);
    let mut reason = reason(p);
    let mut initializing = false;
    for (at, c) in p.items("status.initContainerStatuses").iter().enumerate() {
        restarts += c.int("restartCount");
        last = last.max(c.time("lastState.terminated.finishedAt"));
        let sidecar = sidecar(c.text("name"));
        if sidecar {
            of_sidecars += c.int("restartCount");
            last_of_sidecars = last_of_sidecars.max(c.time("lastState.terminated.finishedAt"));
        }
        let state = c.at("state");
        if state.has("terminated") && state.int("terminated.exitCode") == 0 {
            continue;
        }
        if sidecar && c.is("started") {
            ready += i64::from(c.is("ready"));
            continue;
        }
        let waits = state.text("waiting.reason");
        reason = if state.has("terminated") {
            format!("Init:{}", ended(state.at("terminated")))
        } else if !waits.is_empty() && waits != "PodInitializing" {
            format!("Init:{waits}")
        } else {
            format!("Init:{at}/{}", p.items("spec.initContainers").len())
        };
        initializing = true;
        break;
    }
    if !initializing || p.holds("Initialized") {
        (restarts, last) = (of_sidecars, last_of_sidecars);
        let mut running = false;
        for c in p.items("status.containerStatuses").iter().rev() {
            restarts += c.int("restartCount");
            last = last.max(c.time("lastState.terminated.finishedAt"));
            let state = c.at("state");
            if !state.text("waiting.reason").is_empty() {
                state.text("waiting.reason").clone_into(&mut reason);
            } else if state.has("terminated") {
                reason = ended(state.at("terminated"));
            } else if c.is("ready") && state.has("running") {
                running = true;
                ready += 1;
            }
        }
        if reason == "Completed" && running {
            reason = if p.holds("Ready") { "Running" } else { "NotReady" }.to_owned();
        }
    }
    if p.is_going() {
        let over = matches!(p.text("status.phase"), "Succeeded" | "Failed");
        if p.text("status.reason") == "NodeLost" {
            "Unknown".clone_into(&mut reason);
        } else if !over {
            "Terminating".clone_into(&mut reason);
        }
    }
    let restarts = match last {
        Some(t) if restarts > 0 => format!("{restarts} ({} ago)", since(Some(t), now)),
        _ => restarts.to_string(),
    };
    let ip = p.items("status.podIPs").first().map_or(p.text("status.podIP"), |i| i.text("ip"));
    let gates = p.items("spec.readinessGates");
    let open = gates.iter().filter(|g| p.holds(g.text("conditionType"))).count();
    vec![
        p.name().into(),
        format!("{ready}/{all}").into(),
        reason.into(),
        restarts.into(),
        age(p, now),
        or_none(ip),
        or_none(p.text("spec.nodeName")),
        or_none(p.text("status.nominatedNodeName")),
        or_none(&if gates.is_empty() { String::new() } else { format!("{open}/{}", gates.len()) }),
    ]
}

fn reason(p: &Value) -> String {
    let gated = p.condition("PodScheduled").is_some_and(|c| c.text("reason") == "SchedulingGated");
    match p.text("status.reason") {
        _ if gated => "SchedulingGated",
        "" => p.text("status.phase"),
        reason => reason,
    }
    .to_owned()
}

/// How a container ended, in a word.
fn ended(terminated: &Value) -> String {
    match (terminated.text("reason"), terminated.int("signal")) {
        ("", 0) => format!("ExitCode:{}", terminated.int("exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

pub(super) fn node(n: &Value, now: Timestamp) -> Vec<Value> {
    let mut status = match n.condition("Ready").map(|c| c.text("status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if n.is("spec.unschedulable") {
        status.push_str(",SchedulingDisabled");
    }
    let mut roles: Vec<&str> = n
        .entries("metadata.labels")
        .filter_map(|(k, v)| match k.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None => (k == "kubernetes.io/role").then(|| v.as_str().unwrap_or_default()),
        })
        .filter(|r| !r.is_empty())
        .collect();
    roles.sort_unstable();
    let address = |kind: &str| {
        let all = n.items("status.addresses").iter().find(|a| a.text("type") == kind);
        or_none(all.map_or("", |a| a.text("address")))
    };
    let info = |field: &str| match n.at("status.nodeInfo").text(field) {
        "" => "<unknown>".to_owned(),
        text => text.to_owned(),
    };
    let kernel = match n.text("status.nodeInfo.architecture") {
        "" => info("kernelVersion"),
        architecture => format!("{} ({architecture})", info("kernelVersion")),
    };
    vec![
        n.name().into(),
        status.into(),
        or_none(&roles.join(",")),
        age(n, now),
        n.text("status.nodeInfo.kubeletVersion").into(),
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage").into(),
        kernel.into(),
        info("containerRuntimeVersion").into(),
    ]
}
