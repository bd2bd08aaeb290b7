//! The cells of pods and nodes (`printPod`, `printNode`).

use jiff::Timestamp;
use serde_json::Value;

use super::{or, since};
use crate::sim::json::Json;

pub(super) fn pod(p: &Value, told: &str, now: Timestamp) -> Value {
    match told {
        "ip" => or(p.items("status.podIPs").first().map_or(p.text("status.podIP"), |i| i.text("ip")), "<none>"),
        "gates" => {
            let gates = p.items("spec.readinessGates");
            let open = gates.iter().filter(|g| p.holds(g.text("conditionType"))).count();
            if gates.is_empty() { "<none>".into() } else { format!("{open}/{}", gates.len()).into() }
        }
        _ => containers(p, told, now).into(),
    }
}

/// How a pod's containers do, in words: `1/2`, `CrashLoopBackOff`, `3 (2m ago)`.
fn containers(p: &Value, told: &str, now: Timestamp) -> String {
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
    match (told, last) {
        ("ready", _) => format!("{ready}/{all}"),
        ("status", _) => reason,
        (_, Some(t)) if restarts > 0 => format!("{restarts} ({} ago)", since(Some(t), now)),
        _ => restarts.to_string(),
    }
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

pub(super) fn node(n: &Value, told: &str, _: Timestamp) -> Value {
    match told {
        "status" => {
            let ready = match n.condition("Ready").map(|c| c.text("status")) {
                Some("True") => "Ready",
                Some(_) => "NotReady",
                None => "Unknown",
            };
            format!("{ready}{}", if n.is("spec.unschedulable") { ",SchedulingDisabled" } else { "" }).into()
        }
        "roles" => {
            let role = |(k, _): (&'_ String, &Value)| k.strip_prefix("node-role.kubernetes.io/").map(ToOwned::to_owned);
            let mut roles: Vec<_> = n.entries("metadata.labels").filter_map(role).filter(|r| !r.is_empty()).collect();
            roles.sort_unstable();
            or(&roles.join(","), "<none>")
        }
        _ => {
            let info = n.at("status.nodeInfo");
            let kernel = if info.has("kernelVersion") { info.text("kernelVersion") } else { "<unknown>" };
            match info.text("architecture") {
                "" => kernel.into(),
                architecture => format!("{kernel} ({architecture})").into(),
            }
        }
    }
}

/// A node's address of a kind.
pub(super) fn address(n: &Value, kind: &str, _: Timestamp) -> Value {
    let found = n.items("status.addresses").iter().find(|a| a.text("type") == kind);
    or(found.map_or("", |a| a.text("address")), "<none>")
}
