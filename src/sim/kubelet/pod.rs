//! One pod on its node: sandbox, volumes, init containers, containers, conditions, phase, termination.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::behaviour::{self, Does};
use super::container::Container;
use super::mounts;
use crate::sim::clock::plus;
use crate::sim::condition;
use crate::sim::events::{EventDraft, Times};
use crate::sim::json::{Json, set, stamp};
use crate::sim::seed::hash;
use crate::sim::view::View;
use crate::sim::write::Writes;

/// Steps one pod.
pub(super) fn step(view: &View, pod: &Value, w: &mut Writes) {
    let over = matches!(pod.text("status.phase"), "Succeeded" | "Failed");
    if pod.is_going() {
        terminate(view, pod, over, w);
    } else if !over && !is_settled(view, pod) {
        let status = status(view, pod, w);
        w.status(pod, status);
    }
}

/// Whether the pod serves and will go on so: nothing to do for it. (What most pods are at most times.)
fn is_settled(view: &View, pod: &Value) -> bool {
    let job = || pod.controller().is_some_and(|o| o.text("kind") == "Job");
    pod.text("status.phase") == "Running"
        && pod.holds("Ready")
        && pod.items("status.containerStatuses").iter().all(|c| c.is("ready"))
        && pod.items("spec.containers").iter().all(|c| behaviour::of(&view.world, pod, c).does == Does::Serve)
        && !job()
}

/// Seconds that a pod takes to end, within its grace period.
fn stopping_time(view: &View, pod: &Value, grace: i64) -> i64 {
    let first = pod.items("spec.containers").first().unwrap_or(&Value::Null);
    let usual = view.world.takes(&[pod.uid(), "stop"], 2, 6);
    behaviour::of(&view.world, pod, first).stop.unwrap_or(usual).min(grace)
}

fn terminate(view: &View, pod: &Value, over: bool, w: &mut Writes) {
    let grace = pod.int_or("metadata.deletionGracePeriodSeconds", 30);
    let deadline = pod.time("metadata.deletionTimestamp").unwrap_or(view.now);
    let running: Vec<&Value> =
        pod.items("status.containerStatuses").iter().filter(|c| c.has("state.running")).collect();
    let end = plus(deadline, stopping_time(view, pod, grace) - grace);
    if over || running.is_empty() || view.now >= end {
        w.remove(pod);
        return;
    }
    for c in running {
        let (name, field) = (c.text("name"), format!("spec.containers{{{}}}", c.text("name")));
        let killing = EventDraft::of_kubelet(pod, Some(field), "Killing", format!("Stopping container {name}"));
        w.event(killing.times(Times::InAll(1)));
    }
    w.wake(end);
}

/// The pod's status now.
fn status(view: &View, pod: &Value, w: &mut Writes) -> Value {
    let mut new = pod.at("status").clone();
    let start = pod.time("status.startTime").unwrap_or(view.now);
    set(&mut new, "startTime", stamp(start));
    let host = view.get("Node", pod.text("spec.nodeName")).map_or("", |n| node_address(n));
    set(&mut new, "hostIP", host);
    set(&mut new, "hostIPs", json!([{"ip": host}]));

    // Volumes and the sandbox first.
    let fresh = !pod.has("status.podIP");
    let mut free_from = plus(start, view.world.takes(&[], 1, 1));
    let mut blocked = false;
    if fresh && let Some(why) = mounts::failure(view, pod) {
        let (attempts, next) = mount_attempts(view.now.as_second() - start.as_second());
        w.event(EventDraft::of_kubelet(pod, None, "FailedMount", why).warning().times(Times::InAll(attempts)));
        w.wake(plus(start, next));
        blocked = true;
    } else if fresh && view.now >= free_from {
        let ip = address(view, pod);
        set(&mut new, "podIP", ip.as_str());
        set(&mut new, "podIPs", json!([{"ip": ip}]));
    }
    if fresh && !blocked && view.now.as_second() - start.as_second() > 5 {
        // The volume was mounted late: containers start from now on.
        free_from = view.now;
    }
    if blocked {
        free_from = view.later(3600);
    }

    let mut initialised = true;
    let mut inits = vec![];
    for spec in pod.items("spec.initContainers") {
        let sidecar = spec.text("restartPolicy") == "Always";
        let old = status_of(pod, "initContainerStatuses", spec);
        let from = if initialised { free_from } else { view.later(3600) };
        let mut quiet = Writes::default();
        let stepped = step_container(view, pod, spec, old, from, !sidecar, if initialised { w } else { &mut quiet });
        let done = if sidecar {
            stepped.has("state.running")
        } else {
            stepped.has("state.terminated") && stepped.int("state.terminated.exitCode") == 0
        };
        if let Some(t) = stepped.time("state.terminated.finishedAt") {
            free_from = free_from.max(t);
        }
        initialised &= done;
        inits.push(stepped);
    }
    if !inits.is_empty() {
        set(&mut new, "initContainerStatuses", inits);
    }
    let mut main = vec![];
    for spec in pod.items("spec.containers") {
        let old = status_of(pod, "containerStatuses", spec);
        let mut stepped = if initialised {
            step_container(view, pod, spec, old, free_from, false, w)
        } else {
            step_container(view, pod, spec, old, view.later(3600), false, &mut Writes::default())
        };
        if !initialised && stepped.text("state.waiting.reason") == "ContainerCreating" {
            set(&mut stepped, "state.waiting.reason", "PodInitializing");
        }
        main.push(stepped);
    }
    if blocked {
        w.wake = w.wake.map(|t| t.min(view.later(122)));
    }
    set(&mut new, "phase", phase(pod.text("spec.restartPolicy"), initialised, &main));
    set(&mut new, "containerStatuses", main);
    conditions(&mut new, pod, initialised, view.now);
    new
}

fn status_of<'a>(pod: &'a Value, list: &str, spec: &Value) -> &'a Value {
    let all = pod.items(&format!("status.{list}"));
    all.iter().find(|c| c.text("name") == spec.text("name")).unwrap_or(&Value::Null)
}

fn step_container(
    view: &View,
    pod: &Value,
    spec: &Value,
    old: &Value,
    free_from: Timestamp,
    init: bool,
    w: &mut Writes,
) -> Value {
    let behaviour = behaviour::of(&view.world, pod, spec);
    Container { view, pod, spec, old, behaviour, free_from, init }.step(w)
}

/// How often a mount was tried after so many seconds, and when it is tried next (exponential, to 2 min 2 s).
fn mount_attempts(since: i64) -> (i64, i64) {
    let (mut attempts, mut at, mut wait) = (1, 0, 1);
    while at + wait <= since {
        attempts += 1;
        at += wait;
        wait = (wait * 2).min(122);
    }
    (attempts, at + wait)
}

fn node_address(node: &Value) -> &str {
    node.items("status.addresses").iter().find(|a| a.text("type") == "InternalIP").map_or("", |a| a.text("address"))
}

fn address(view: &View, pod: &Value) -> String {
    let h = hash(view.world.seed, &[pod.uid(), "ip"]);
    let node = hash(0, &[pod.text("spec.nodeName")]) % 250;
    format!("10.{}.{node}.{}", 244 + h % 2, 2 + (h >> 8) % 250)
}

/// `getPhase` of the kubelet.
fn phase(policy: &str, initialised: bool, containers: &[Value]) -> &'static str {
    let count = |f: &dyn Fn(&Value) -> bool| containers.iter().filter(|c| f(c)).count();
    let waiting = count(&|c| c.has("state.waiting") && !c.has("lastState.terminated"));
    let ended = count(&|c| c.has("state.terminated"));
    let failed = count(&|c| c.has("state.terminated") && c.int("state.terminated.exitCode") != 0);
    if !initialised || waiting > 0 {
        "Pending"
    } else if ended < containers.len() || policy == "Always" {
        "Running"
    } else if failed == 0 {
        "Succeeded"
    } else if policy == "Never" {
        "Failed"
    } else {
        "Running"
    }
}

/// Conditions as the kubelet writes them (pkg/kubelet/kubelet_pods.go, generateAPIPodStatus).
const ORDER: &[&str] = &["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

fn conditions(status: &mut Value, pod: &Value, initialised: bool, now: Timestamp) {
    let over = matches!(status.text("phase"), "Succeeded" | "Failed");
    let completed = status.text("phase") == "Succeeded";
    let names = |list: &str, bad: &dyn Fn(&Value) -> bool| {
        let names: Vec<_> = status.items(list).iter().filter(|c| bad(c)).map(|c| c.text("name").to_owned()).collect();
        names.join(" ")
    };
    let unready = names("containerStatuses", &|c| !c.is("ready"));
    let uninitialised =
        names("initContainerStatuses", &|c| c.int_or("state.terminated.exitCode", 1) != 0 && !c.is("ready"));
    let not_ready = if completed {
        ("PodCompleted", String::new())
    } else if over {
        ("PodFailed", String::new())
    } else {
        ("ContainersNotReady", format!("containers with unready status: [{unready}]"))
    };
    let ready = unready.is_empty() && initialised && !over;
    let sandbox = status.has("podIP") && !over;
    condition::of_pod(status, "PodReadyToStartContainers", sandbox, ("", String::new()), now);
    let why = if initialised && completed {
        ("PodCompleted", String::new())
    } else {
        ("ContainersNotInitialized", format!("containers with incomplete status: [{uninitialised}]"))
    };
    condition::of_pod(status, "Initialized", initialised, why, now);
    condition::of_pod(status, "Ready", ready, not_ready.clone(), now);
    condition::of_pod(status, "ContainersReady", ready, not_ready, now);
    if pod.condition("PodScheduled").is_none() {
        condition::of_pod(status, "PodScheduled", true, ("", String::new()), now);
    }
    // The kubelet's own come first, in its order; what others have set follows.
    let mut all = status.items("conditions").to_vec();
    all.sort_by_key(|c| ORDER.iter().position(|kind| c.text("type") == *kind).unwrap_or(ORDER.len()));
    set(status, "conditions", all);
}
