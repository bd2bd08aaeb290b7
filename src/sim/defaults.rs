//! What the API server fills in, as far as somebody looks at it: counts, strategies, phases, addresses.
//! Values after kubernetes/pkg/apis/*/v1/defaults.go.

use serde_json::{Value, json};

use super::resource::Resource;
use super::store::{child, metadata, text};

/// Resource, path, JSON.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("namespaces", "spec.finalizers", r#"["kubernetes"]"#),
    ("namespaces", "status.phase", r#""Active""#),
    ("deployments", "status", "{}"),
    ("deployments", "spec.replicas", "1"),
    (
        "deployments",
        "spec.strategy",
        r#"{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":"25%"}}"#,
    ),
    ("deployments", "spec.revisionHistoryLimit", "10"),
    ("deployments", "spec.progressDeadlineSeconds", "600"),
    ("statefulsets", "status", r#"{"replicas":0,"availableReplicas":0}"#),
    ("statefulsets", "spec.serviceName", r#""""#),
    ("statefulsets", "spec.replicas", "1"),
    ("statefulsets", "spec.podManagementPolicy", r#""OrderedReady""#),
    ("statefulsets", "spec.updateStrategy", r#"{"type":"RollingUpdate","rollingUpdate":{"partition":0}}"#),
    ("statefulsets", "spec.revisionHistoryLimit", "10"),
    ("statefulsets", "spec.persistentVolumeClaimRetentionPolicy", r#"{"whenDeleted":"Retain","whenScaled":"Retain"}"#),
    (
        "daemonsets",
        "spec.updateStrategy",
        r#"{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":1,"maxSurge":0}}"#,
    ),
    ("daemonsets", "spec.revisionHistoryLimit", "10"),
    (
        "daemonsets",
        "status",
        r#"{"currentNumberScheduled":0,"numberMisscheduled":0,"desiredNumberScheduled":0,"numberReady":0}"#,
    ),
    ("replicasets", "status", r#"{"replicas":0}"#),
    ("replicasets", "spec.replicas", "1"),
    ("jobs", "status", "{}"),
    ("jobs", "spec.manualSelector", "false"),
    ("jobs", "spec.podReplacementPolicy", r#""TerminatingOrFailed""#),
    ("jobs", "spec.parallelism", "1"),
    ("jobs", "spec.completions", "1"),
    ("jobs", "spec.backoffLimit", "6"),
    ("jobs", "spec.completionMode", r#""NonIndexed""#),
    ("jobs", "spec.suspend", "false"),
    ("cronjobs", "status", "{}"),
    ("cronjobs", "spec.concurrencyPolicy", r#""Allow""#),
    ("cronjobs", "spec.suspend", "false"),
    ("cronjobs", "spec.successfulJobsHistoryLimit", "3"),
    ("cronjobs", "spec.failedJobsHistoryLimit", "1"),
    ("horizontalpodautoscalers", "spec.minReplicas", "1"),
    (
        "horizontalpodautoscalers",
        "spec.metrics",
        r#"[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}}]"#,
    ),
    ("horizontalpodautoscalers", "status", r#"{"desiredReplicas":0,"currentMetrics":null}"#),
    ("services", "spec.type", r#""ClusterIP""#),
    ("services", "spec.sessionAffinity", r#""None""#),
    ("services", "spec.internalTrafficPolicy", r#""Cluster""#),
    ("services", "status.loadBalancer", "{}"),
    ("persistentvolumeclaims", "spec.volumeMode", r#""Filesystem""#),
    ("persistentvolumeclaims", "status.phase", r#""Pending""#),
    ("pods", "status.phase", r#""Pending""#),
    ("pods", "spec.enableServiceLinks", "true"),
    ("pods", "spec.priority", "0"),
    ("pods", "spec.preemptionPolicy", r#""PreemptLowerPriority""#),
    ("secrets", "type", r#""Opaque""#),
];

/// In every pod's spec.
const POD: &[(&str, &str)] = &[
    ("restartPolicy", r#""Always""#),
    ("terminationGracePeriodSeconds", "30"),
    ("dnsPolicy", r#""ClusterFirst""#),
    ("securityContext", "{}"),
    ("schedulerName", r#""default-scheduler""#),
];

/// In every container.
const CONTAINER: &[(&str, &str)] = &[
    ("resources", "{}"),
    ("terminationMessagePath", r#""/dev/termination-log""#),
    ("terminationMessagePolicy", r#""File""#),
];

/// Where a kind keeps a pod's spec.
const TEMPLATES: &[(&str, &str)] = &[
    ("pods", "/spec"),
    ("deployments", "/spec/template/spec"),
    ("statefulsets", "/spec/template/spec"),
    ("daemonsets", "/spec/template/spec"),
    ("replicasets", "/spec/template/spec"),
    ("jobs", "/spec/template/spec"),
    ("cronjobs", "/spec/jobTemplate/spec/template/spec"),
];

fn fill(value: &mut Value, key: &str, default: &str) {
    if let Some(map) = value.as_object_mut()
        && map.get(key).is_none_or(Value::is_null)
        && let Ok(default) = serde_json::from_str(default)
    {
        map.insert(key.to_owned(), default);
    }
}

/// Fills in what is missing. `uid` and `number` are fresh ones, for what a new object needs of its own.
pub(crate) fn apply(resource: &Resource, new: bool, uid: &str, number: u32, value: &mut Value) {
    if resource.is_custom() {
        return;
    }
    let plural = resource.plural;
    for (_, path, default) in DEFAULTS.iter().filter(|(p, ..)| *p == plural) {
        match path.split_once('.') {
            // How a status begins; later it is its controller's.
            Some(("status", _)) if !new => {}
            None if *path == "status" && !new => {}
            Some((outer, key)) => {
                child(value, outer);
                if let Some(outer) = value.get_mut(outer) {
                    fill(outer, key, default);
                }
            }
            None => fill(value, path, default),
        }
    }
    if let Some((_, at)) = TEMPLATES.iter().find(|(p, _)| *p == plural)
        && let Some(spec) = value.pointer_mut(at)
    {
        pod(spec);
    }
    match plural {
        "namespaces" => {
            let name = text(value, "/metadata/name");
            child_of(metadata(value), "labels").insert("kubernetes.io/metadata.name".to_owned(), name.into());
        }
        "services" => service(value, number),
        "persistentvolumeclaims" if new => {
            metadata(value).entry("finalizers").or_insert_with(|| json!(["kubernetes.io/pvc-protection"]));
        }
        "jobs" if new => job(value, uid),
        "daemonsets" if new => {
            let annotations = child_of(metadata(value), "annotations");
            annotations.insert("deprecated.daemonset.template.generation".to_owned(), "1".into());
        }
        "pods" if new => {
            let class = quality(value.get("spec").unwrap_or(&Value::Null));
            child(value, "status").insert("qosClass".to_owned(), class.into());
        }
        _ => {}
    }
}

fn child_of<'a>(map: &'a mut serde_json::Map<String, Value>, key: &str) -> &'a mut serde_json::Map<String, Value> {
    let slot = map.entry(key).or_insert_with(|| json!({}));
    if !slot.is_object() {
        *slot = json!({});
    }
    match slot {
        Value::Object(inner) => inner,
        _ => unreachable!("made an object above"),
    }
}

fn pod(spec: &mut Value) {
    if !spec.is_object() {
        return;
    }
    for (key, default) in POD {
        fill(spec, key, default);
    }
    for list in ["containers", "initContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            for (key, default) in CONTAINER {
                fill(container, key, default);
            }
            let image = text(container, "/image");
            let name = image.rsplit('/').next().unwrap_or_default();
            let latest = !name.contains('@') && (!name.contains(':') || name.ends_with(":latest"));
            fill(container, "imagePullPolicy", if latest { r#""Always""# } else { r#""IfNotPresent""# });
        }
    }
}

/// An address of its own, unless the Service is headless or only a name.
fn service(value: &mut Value, number: u32) {
    let spec = child(value, "spec");
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        fill(port, "protocol", r#""TCP""#);
        let same = port.get("port").map(Value::to_string).unwrap_or_default();
        fill(port, "targetPort", &same);
    }
    let external = spec.get("type").is_some_and(|t| t == "ExternalName");
    if !external && spec.get("clusterIP").and_then(Value::as_str).is_none_or(str::is_empty) {
        let [_, a, b, c] = number.to_be_bytes();
        let address = format!("10.{}.{b}.{}", 96 + a % 16, c.max(1));
        spec.insert("clusterIP".to_owned(), address.into());
    }
    if let Some(address) = spec.get("clusterIP").cloned().filter(|_| !external) {
        spec.insert("clusterIPs".to_owned(), json!([address]));
        spec.entry("ipFamilies").or_insert_with(|| json!(["IPv4"]));
        spec.entry("ipFamilyPolicy").or_insert_with(|| "SingleStack".into());
    }
}

/// A Job selects its pods by its own UID.
fn job(value: &mut Value, uid: &str) {
    let name = text(value, "/metadata/name");
    metadata(value).insert("uid".to_owned(), uid.into());
    let spec = child(value, "spec");
    if spec.get("manualSelector").is_some_and(|m| m == true) {
        return;
    }
    spec.insert("selector".to_owned(), json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}));
    let template = child_of(spec, "template");
    let labels = child_of(child_of(template, "metadata"), "labels");
    for (key, label) in [("controller-uid", uid), ("job-name", name.as_str())] {
        labels.insert(format!("batch.kubernetes.io/{key}"), label.into());
        labels.insert(key.to_owned(), label.into());
    }
    let labels = labels.clone();
    metadata(value).entry("labels").or_insert(Value::Object(labels));
}

/// Guaranteed, Burstable or BestEffort (<https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/>).
fn quality(spec: &Value) -> &'static str {
    let containers = spec.get("containers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let of = |c: &Value, what: &str, name: &str| c.pointer(&format!("/resources/{what}/{name}")).cloned();
    let any =
        |c: &Value| ["requests", "limits"].iter().any(|w| ["cpu", "memory"].iter().any(|n| of(c, w, n).is_some()));
    let guaranteed = |c: &Value| {
        ["cpu", "memory"].iter().all(|n| {
            let limit = of(c, "limits", n);
            limit.is_some() && of(c, "requests", n).is_none_or(|r| Some(r) == limit)
        })
    };
    if !containers.iter().any(any) {
        "BestEffort"
    } else if containers.iter().all(guaranteed) {
        "Guaranteed"
    } else {
        "Burstable"
    }
}
