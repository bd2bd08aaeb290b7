//! A case as it is written in a file, spelt out: workloads become objects with their pods, beside a harbour where all is
//! well.

use kennel::domain::Time;
use kennel::health::evidence::Evidence;
use serde_json::{Map, Value, json};

/// The time of all cases.
pub(crate) const NOW: &str = "2026-05-04T12:00:00Z";

/// The namespace of whatever names none.
pub(crate) const HERE: &str = "quay";

/// Kinds of the cluster.
const WIDE: &[&str] = &[
    "CustomResourceDefinition",
    "VolumeAttachment",
    "Node",
    "Namespace",
    "StorageClass",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "IngressClass",
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
];

/// Groups of kinds that a case need not spell.
const GROUPS: &[(&str, &[&str])] = &[
    ("apps/v1", &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"]),
    ("batch/v1", &["Job", "CronJob"]),
    ("networking.k8s.io/v1", &["Ingress", "IngressClass", "NetworkPolicy"]),
    ("storage.k8s.io/v1", &["StorageClass"]),
    ("rbac.authorization.k8s.io/v1", &["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"]),
    ("coordination.k8s.io/v1", &["Lease"]),
    ("autoscaling/v2", &["HorizontalPodAutoscaler"]),
    ("policy/v1", &["PodDisruptionBudget"]),
    ("node.k8s.io/v1", &["RuntimeClass"]),
    ("scheduling.k8s.io/v1", &["PriorityClass"]),
    ("apiregistration.k8s.io/v1", &["APIService"]),
    ("admissionregistration.k8s.io/v1", &["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"]),
];

/// All of a case: objects, events among them, and logs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scene {
    pub(crate) objects: Vec<Value>,
    pub(crate) logs: Vec<Log>,
}

#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) namespace: String,
    pub(crate) pod: String,
    pub(crate) container: String,
    pub(crate) previous: bool,
    pub(crate) text: String,
}

impl Scene {
    /// What a file says, beside what is well.
    pub(crate) fn of(case: &Value) -> Self {
        let mut scene = Self::default();
        let well: Value = serde_yaml::from_str(include_str!("well.yml")).unwrap();
        for part in [&well, case] {
            scene.add(&timed(part));
        }
        scene
    }

    pub(crate) fn add(&mut self, part: &Value) {
        let gone: Vec<_> = list(part, "without").map(|w| id(w.as_str().unwrap())).collect();
        self.objects.retain(|o| !gone.contains(&of(o)));
        for o in list(part, "objects") {
            self.objects.push(named(o.clone()));
        }
        for w in list(part, "workloads") {
            self.workload(w);
        }
        for e in list(part, "events") {
            self.objects.push(event(e, self.objects.len()));
        }
        for (key, text) in part.get("logs").and_then(Value::as_object).into_iter().flatten() {
            let (namespace, rest) = key.split_once(':').unwrap_or((HERE, key));
            let mut parts = rest.split('/');
            let pod = parts.next().unwrap().to_owned();
            let container = parts.next().unwrap_or_default().to_owned();
            let previous = parts.next() == Some("previous");
            let text = text.as_str().unwrap().to_owned();
            self.logs.push(Log { namespace: namespace.to_owned(), pod, container, previous, text });
        }
    }

    fn workload(&mut self, w: &Value) {
        let text = |key: &str, usual: &str| w.get(key).and_then(Value::as_str).unwrap_or(usual).to_owned();
        let (name, kind, ns) = (text("name", ""), text("kind", "Deployment"), text("namespace", HERE));
        let replicas = w.get("replicas").and_then(Value::as_u64).unwrap_or(1);
        let labels = w.get("labels").cloned().unwrap_or(json!({"app": name}));
        let port = w.get("port").cloned().unwrap_or(json!(8080));
        let mut container =
            json!({"name": name, "image": format!("reg.example/{name}:1.4"), "ports": [{"containerPort": port}]});
        merge(&mut container, w.get("container"));
        let mut spec = json!({"containers": [container]});
        merge(&mut spec, w.get("spec"));
        let mut object = named(
            json!({"kind": kind, "metadata": {"name": name, "namespace": ns, "creationTimestamp": ago(300_000)}}),
        );
        merge(&mut object["metadata"], w.get("metadata"));
        let meta = json!({"labels": labels});
        match kind.as_str() {
            "Pod" => {}
            "Job" => object["spec"] = json!({"template": {"metadata": meta, "spec": spec}}),
            "DaemonSet" => {
                object["spec"] =
                    json!({"selector": {"matchLabels": labels}, "template": {"metadata": meta, "spec": spec}});
                object["status"] = json!({"desiredNumberScheduled": replicas});
            }
            _ => {
                object["spec"] = json!({"replicas": replicas, "selector": {"matchLabels": labels}, "template": {"metadata": meta, "spec": spec}})
            }
        }
        merge(&mut object, w.get("object"));
        let usual = vec![json!({}); usize::try_from(replicas).unwrap()];
        let pods = w.get("pods").and_then(Value::as_array).cloned().unwrap_or(usual);
        let set = format!("{name}-7c9d");
        if kind == "Deployment" {
            let owner = json!([{"kind": "Deployment", "name": name, "controller": true}]);
            self.objects.push(named(json!({"kind": "ReplicaSet", "metadata": {"name": set, "namespace": ns, "creationTimestamp": ago(290_000), "ownerReferences": owner}, "spec": {"replicas": replicas, "template": object["spec"]["template"]}})));
        }
        for (n, state) in pods.iter().enumerate() {
            let letter = ["a", "b", "c", "d", "e", "f"][n];
            let (owner, pod) = match kind.as_str() {
                "Deployment" => (Some(("ReplicaSet", set.clone())), format!("{set}-{letter}")),
                "StatefulSet" => (Some(("StatefulSet", name.clone())), format!("{name}-{n}")),
                "Pod" => (None, name.clone()),
                other => (Some((other, name.clone())), format!("{name}-{letter}")),
            };
            let mut all = labels.clone();
            match kind.as_str() {
                "Deployment" => all["pod-template-hash"] = json!("7c9d"),
                "Job" => all["job-name"] = json!(name),
                _ => {}
            }
            merge(&mut all, state.get("labels"));
            let mut made = pod_of(&spec, state, n);
            made["metadata"] = json!({"name": pod, "namespace": ns, "uid": format!("u-{ns}-{pod}"), "labels": all, "creationTimestamp": state.get("made").cloned().unwrap_or(json!(ago(7200)))});
            if let Some((kind, name)) = owner {
                made["metadata"]["ownerReferences"] = json!([{"kind": kind, "name": name, "controller": true}]);
            }
            self.objects.push(made);
        }
        if kind != "Pod" {
            self.objects.push(object);
        }
        if let Some(service) = w.get("service") {
            let mut spec =
                json!({"selector": labels, "clusterIP": "10.96.7.7", "ports": [{"port": 80, "targetPort": port}]});
            merge(&mut spec, Some(service).filter(|s| s.is_object()));
            self.objects
                .push(named(json!({"kind": "Service", "metadata": {"name": name, "namespace": ns}, "spec": spec})));
        }
    }

    /// As evidence, in the order that it has here.
    pub(crate) fn evidence(&self) -> Evidence {
        let mut evidence = Evidence::default();
        evidence.now = NOW.parse().ok();
        self.objects.iter().for_each(|o| evidence.add(o.clone()));
        for l in &self.logs {
            evidence.log(&l.namespace, &l.pod, &l.container, l.previous, &l.text);
        }
        evidence
    }
}

/// A pod in a state: ready, unless it says otherwise.
fn pod_of(spec: &Value, state: &Value, n: usize) -> Value {
    let has = |key: &str| state.get(key).filter(|v| !v.is_null());
    let mut spec = spec.clone();
    let mut conditions = vec![];
    if let Some(pending) = has("pending").and_then(Value::as_str) {
        if !pending.is_empty() {
            conditions.push(json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": pending, "lastTransitionTime": ago(1800)}));
        }
        return json!({"kind": "Pod", "apiVersion": "v1", "spec": spec, "status": {"phase": "Pending", "conditions": conditions}});
    }
    spec["nodeName"] = has("node").cloned().unwrap_or(json!(format!("pier-{}", n % 3 + 1)));
    let bad = ["waiting", "terminated", "init"].iter().any(|k| has(k).is_some()) || has("ready") == Some(&json!(false));
    let empty = vec![];
    let containers = spec["containers"].as_array().unwrap_or(&empty);
    let at = has("in")
        .and_then(Value::as_str)
        .unwrap_or_else(|| containers.first().and_then(|c| c["name"].as_str()).unwrap_or_default());
    let status = |c: &Value, state: &Value, meant: bool| {
        let get = |key: &str| state.get(key).cloned().filter(|_| meant);
        let running = json!({"running": {"startedAt": get("started").unwrap_or(json!(ago(7100)))}});
        let now = get("waiting")
            .map(|w| json!({"waiting": w}))
            .or(get("terminated").map(|t| json!({"terminated": t})))
            .unwrap_or(running);
        let ready = now.get("running").is_some() && get("ready") != Some(json!(false));
        json!({"name": c["name"], "image": c["image"], "imageID": if get("waiting").is_some() { "" } else { "sha256:1" }, "ready": ready,
            "restartCount": get("restarts").unwrap_or(json!(0)), "state": now, "lastState": get("last").map(|l| json!({"terminated": l})).unwrap_or(json!({}))})
    };
    let waits = json!({"waiting": {"reason": "PodInitializing"}});
    let statuses: Vec<Value> = containers
        .iter()
        .map(|c| if has("init").is_some() { status(c, &waits, true) } else { status(c, state, c["name"] == at) })
        .collect();
    let inits: Vec<Value> = spec["initContainers"]
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .map(|c| match has("init") {
            Some(init) => status(c, init, true),
            None => status(c, &json!({"terminated": {"exitCode": 0, "reason": "Completed"}}), true),
        })
        .collect();
    let ready = if bad { "False" } else { "True" };
    conditions.push(json!({"type": "Ready", "status": ready, "lastTransitionTime": ago(1800)}));
    let creating = bad && has("waiting").and_then(|w| w["reason"].as_str()).is_some_and(|r| r == "ContainerCreating")
        || has("init").is_some();
    let phase = has("phase").cloned().unwrap_or(json!(if creating { "Pending" } else { "Running" }));
    let mut status = json!({"phase": phase, "startTime": ago(7150), "conditions": conditions, "containerStatuses": statuses, "initContainerStatuses": inits});
    merge(&mut status, has("status"));
    json!({"kind": "Pod", "apiVersion": "v1", "spec": spec, "status": status})
}

fn event(e: &Value, n: usize) -> Value {
    let of = e["of"].as_str().unwrap();
    let (kind, ns, name) = id(of);
    json!({"kind": "Event", "apiVersion": "v1", "metadata": {"name": format!("e{n}"), "namespace": ns},
        "involvedObject": {"kind": kind, "namespace": ns, "name": name},
        "type": e.get("type").cloned().unwrap_or(json!("Warning")), "reason": e["reason"], "message": e["message"],
        "count": e.get("count").cloned().unwrap_or(json!(8)),
        "firstTimestamp": e.get("first").cloned().unwrap_or(json!(ago(1500))),
        "lastTimestamp": e.get("last").cloned().unwrap_or(json!(ago(60)))})
}

/// `Kind/name` here, `Kind/name` of the cluster, `namespace:Kind/name`.
pub(crate) fn id(words: &str) -> (String, String, String) {
    let (ns, rest) = words.split_once(':').map_or((HERE, words), |(ns, rest)| (ns, rest));
    let (kind, name) = rest.split_once('/').unwrap();
    let ns = if WIDE.contains(&kind) { "" } else { ns };
    (kind.to_owned(), ns.to_owned(), name.to_owned())
}

/// Kind, namespace and name.
fn of(object: &Value) -> (String, String, String) {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    (text("/kind"), text("/metadata/namespace"), text("/metadata/name"))
}

fn named(mut object: Value) -> Value {
    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
    if object.get("apiVersion").is_none() {
        let group = GROUPS.iter().find(|(_, kinds)| kinds.contains(&kind.as_str())).map_or("v1", |(g, _)| g);
        object["apiVersion"] = json!(group);
    }
    if object["metadata"].get("namespace").is_none() && !WIDE.contains(&kind.as_str()) {
        object["metadata"]["namespace"] = json!(HERE);
    }
    object
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn merge(into: &mut Value, from: Option<&Value>) {
    let (Some(into), Some(from)) = (into.as_object_mut(), from.and_then(Value::as_object)) else { return };
    for (k, v) in from {
        into.insert(k.clone(), v.clone());
    }
}

/// So many seconds before the time of all cases.
pub(crate) fn ago(seconds: i64) -> String {
    let now: Time = NOW.parse().unwrap();
    Time::from_second(now.as_second() - seconds).unwrap().to_string()
}

/// `T-60` in place of a time.
fn timed(value: &Value) -> Value {
    match value {
        Value::String(s) => match s.strip_prefix("T-").and_then(|s| s.parse().ok()) {
            Some(seconds) => json!(ago(seconds)),
            None => value.clone(),
        },
        Value::Array(all) => Value::Array(all.iter().map(timed).collect()),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), timed(v))).collect::<Map<_, _>>()),
        other => other.clone(),
    }
}
