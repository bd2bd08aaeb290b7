//! What the API server fills in, as far as somebody looks at it: counts, strategies, phases, addresses.
//! Values after kubernetes/pkg/apis/*/v1/defaults.go.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::map::Entry;
use serde_json::{Map, Value, json};

use super::json::{Json, dig};
use super::quota;
use super::resource::Resource;
use super::store::{child, metadata, text};
use super::types::{self, Shape};
use super::view::hash;

/// Resource, path, JSON; what decoding fills in, on every write.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("deployments", "spec.replicas", "1"),
    ("deployments", "spec.strategy.type", r#""RollingUpdate""#),
    ("deployments", "spec.revisionHistoryLimit", "10"),
    ("deployments", "spec.progressDeadlineSeconds", "600"),
    ("statefulsets", "spec.serviceName", r#""""#),
    ("statefulsets", "spec.replicas", "1"),
    ("statefulsets", "spec.podManagementPolicy", r#""OrderedReady""#),
    ("statefulsets", "spec.updateStrategy.type", r#""RollingUpdate""#),
    ("statefulsets", "spec.revisionHistoryLimit", "10"),
    ("statefulsets", "spec.persistentVolumeClaimRetentionPolicy.whenDeleted", r#""Retain""#),
    ("statefulsets", "spec.persistentVolumeClaimRetentionPolicy.whenScaled", r#""Retain""#),
    ("daemonsets", "spec.updateStrategy.type", r#""RollingUpdate""#),
    ("daemonsets", "spec.revisionHistoryLimit", "10"),
    ("replicasets", "spec.replicas", "1"),
    ("replicationcontrollers", "spec.replicas", "1"),
    ("jobs", "spec.podReplacementPolicy", r#""TerminatingOrFailed""#),
    ("jobs", "spec.parallelism", "1"),
    ("jobs", "spec.completions", "1"),
    ("jobs", "spec.backoffLimit", "6"),
    ("jobs", "spec.completionMode", r#""NonIndexed""#),
    ("jobs", "spec.suspend", "false"),
    ("jobs", "spec.manualSelector", "false"),
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
    ("services", "spec.type", r#""ClusterIP""#),
    ("services", "spec.sessionAffinity", r#""None""#),
    ("pods", "spec.enableServiceLinks", "true"),
    ("secrets", "type", r#""Opaque""#),
];

/// Resource, path of its strategy, and keys with their JSON below `rollingUpdate`, where the strategy is that.
type Strategy = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const BY_STRATEGY: &[Strategy] = &[
    ("deployments", "spec.strategy", &[("maxUnavailable", r#""25%""#), ("maxSurge", r#""25%""#)]),
    ("statefulsets", "spec.updateStrategy", &[("partition", "0")]),
    ("daemonsets", "spec.updateStrategy", &[("maxUnavailable", "1"), ("maxSurge", "0")]),
];

/// Resource, path, JSON; what strategies and admission put into new objects, which nobody manages.
const ADMITTED: &[(&str, &str, &str)] = &[
    ("namespaces", "spec.finalizers", r#"["kubernetes"]"#),
    ("namespaces", "status.phase", r#""Active""#),
    ("deployments", "status", "{}"),
    ("statefulsets", "status", r#"{"replicas":0,"availableReplicas":0}"#),
    (
        "daemonsets",
        "status",
        r#"{"currentNumberScheduled":0,"numberMisscheduled":0,"desiredNumberScheduled":0,"numberReady":0}"#,
    ),
    ("replicasets", "status", r#"{"replicas":0}"#),
    ("jobs", "status", "{}"),
    ("cronjobs", "status", "{}"),
    ("horizontalpodautoscalers", "status", r#"{"desiredReplicas":0,"currentMetrics":null}"#),
    ("services", "status.loadBalancer", "{}"),
    ("persistentvolumeclaims", "metadata.finalizers", r#"["kubernetes.io/pvc-protection"]"#),
    ("persistentvolumeclaims", "status.phase", r#""Pending""#),
    ("pods", "status.phase", r#""Pending""#),
];

/// How long a pod stays on a node that is not ready or cannot be reached (admission DefaultTolerationSeconds).
const TOLERATED: &[&str] = &["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/// Type, field, JSON: what decoding fills in wherever a type stands.
const BY_TYPE: &[(&str, &str, &str)] = &[
    ("core.v1.PodSpec", "restartPolicy", r#""Always""#),
    ("core.v1.PodSpec", "terminationGracePeriodSeconds", "30"),
    ("core.v1.PodSpec", "dnsPolicy", r#""ClusterFirst""#),
    ("core.v1.PodSpec", "securityContext", "{}"),
    ("core.v1.PodSpec", "schedulerName", r#""default-scheduler""#),
    ("core.v1.Container", "resources", "{}"),
    ("core.v1.Container", "terminationMessagePath", r#""/dev/termination-log""#),
    ("core.v1.Container", "terminationMessagePolicy", r#""File""#),
    ("core.v1.ContainerPort", "protocol", r#""TCP""#),
    ("core.v1.ServicePort", "protocol", r#""TCP""#),
    ("core.v1.EndpointPort", "protocol", r#""TCP""#),
    ("core.v1.Probe", "timeoutSeconds", "1"),
    ("core.v1.Probe", "periodSeconds", "10"),
    ("core.v1.Probe", "successThreshold", "1"),
    ("core.v1.Probe", "failureThreshold", "3"),
    ("core.v1.HTTPGetAction", "path", r#""/""#),
    ("core.v1.HTTPGetAction", "scheme", r#""HTTP""#),
    ("core.v1.SecretVolumeSource", "defaultMode", "420"),
    ("core.v1.ConfigMapVolumeSource", "defaultMode", "420"),
    ("core.v1.DownwardAPIVolumeSource", "defaultMode", "420"),
    ("core.v1.ProjectedVolumeSource", "defaultMode", "420"),
    ("core.v1.HostPathVolumeSource", "type", r#""""#),
    ("core.v1.ServiceAccountTokenProjection", "expirationSeconds", "3600"),
    ("core.v1.ObjectFieldSelector", "apiVersion", r#""v1""#),
    ("core.v1.PersistentVolumeClaimSpec", "volumeMode", r#""Filesystem""#),
    ("core.v1.PersistentVolumeSpec", "persistentVolumeReclaimPolicy", r#""Retain""#),
    ("core.v1.PersistentVolumeSpec", "volumeMode", r#""Filesystem""#),
    ("networking.v1.NetworkPolicyPort", "protocol", r#""TCP""#),
    ("discovery.v1.EndpointPort", "name", r#""""#),
    ("discovery.v1.EndpointPort", "protocol", r#""TCP""#),
    ("rbac.v1.RoleRef", "apiGroup", r#""rbac.authorization.k8s.io""#),
    ("storage.v1.StorageClass", "reclaimPolicy", r#""Delete""#),
    ("storage.v1.StorageClass", "volumeBindingMode", r#""Immediate""#),
    ("autoscaling.v2.HorizontalPodAutoscalerBehavior", "scaleUp.stabilizationWindowSeconds", "0"),
    ("autoscaling.v2.HorizontalPodAutoscalerBehavior", "scaleUp.selectPolicy", r#""Max""#),
    (
        "autoscaling.v2.HorizontalPodAutoscalerBehavior",
        "scaleUp.policies",
        r#"[{"type":"Pods","value":4,"periodSeconds":15},{"type":"Percent","value":100,"periodSeconds":15}]"#,
    ),
    ("autoscaling.v2.HorizontalPodAutoscalerBehavior", "scaleDown.selectPolicy", r#""Max""#),
    (
        "autoscaling.v2.HorizontalPodAutoscalerBehavior",
        "scaleDown.policies",
        r#"[{"type":"Percent","value":100,"periodSeconds":15}]"#,
    ),
    ("scheduling.v1.PriorityClass", "preemptionPolicy", r#""PreemptLowerPriority""#),
];

/// Fills in what the types inside of `value` have by default.
fn fill_type(shape: &Shape, value: &mut Value) {
    match (shape, value) {
        (Shape::List(inner), Value::Array(items)) => items.iter_mut().for_each(|v| fill_type(inner, v)),
        (Shape::Map(inner), Value::Object(map)) => map.values_mut().for_each(|v| fill_type(inner, v)),
        (Shape::Struct(id), value @ Value::Object(_)) => {
            for (_, field, default) in BY_TYPE.iter().filter(|(t, ..)| t == id) {
                put(value, field, default);
            }
            by_content(id, value);
            let Some(kind) = types::named(id) else { return };
            for field in &kind.fields {
                if let Some(inner) = value.get_mut(field.name) {
                    fill_type(&field.shape, inner);
                }
            }
        }
        _ => {}
    }
}

/// Defaults that follow from other fields.
fn by_content(id: &str, value: &mut Value) {
    match id {
        "core.v1.Container" => {
            let image = text(value, "/image");
            let name = image.rsplit('/').next().unwrap_or_default();
            let latest = !name.contains('@') && (!name.contains(':') || name.ends_with(":latest"));
            put(value, "imagePullPolicy", if latest { r#""Always""# } else { r#""IfNotPresent""# });
        }
        "core.v1.Volume" if value.as_object().is_some_and(|v| v.len() == 1) => put(value, "emptyDir", "{}"),
        // The old name and the new one.
        "core.v1.PodSpec" => {
            let account = text(value, "/serviceAccountName");
            if !account.is_empty() {
                put(value, "serviceAccount", &json!(account).to_string());
            }
        }
        "core.v1.ServicePort" => {
            let same = value.get("port").map(Value::to_string).unwrap_or_default();
            put(value, "targetPort", &same);
        }
        "core.v1.LimitRangeItem" if value.text("type") == "Container" => {
            for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
                for (name, limit) in value.at(from).as_object().cloned().unwrap_or_default() {
                    dig(value, to).entry(name).or_insert(limit);
                }
            }
        }
        "rbac.v1.Subject" => {
            let account = value.text("kind") == "ServiceAccount";
            if !account {
                put(value, "apiGroup", r#""rbac.authorization.k8s.io""#);
            }
        }
        "networking.v1.NetworkPolicySpec" => {
            let both = !value.items("egress").is_empty();
            put(value, "policyTypes", if both { r#"["Ingress","Egress"]"# } else { r#"["Ingress"]"# });
        }
        _ => {}
    }
}

/// Puts `default` at `path` unless there is something.
fn put(value: &mut Value, path: &str, default: &str) {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    let holder = dig(value, parent);
    let unset = holder.get(key).is_none_or(|v| v.is_null() || v == "" || v.as_object().is_some_and(Map::is_empty));
    if unset && let Ok(default) = serde_json::from_str(default) {
        holder.insert(key.to_owned(), default);
    }
}

/// Fills in what decoding fills in, in a new object as in a changed one.
pub(crate) fn fill(resource: &Resource, value: &mut Value) {
    if resource.is_custom() {
        return;
    }
    let plural = resource.plural;
    for (_, path, default) in DEFAULTS.iter().filter(|(p, ..)| *p == plural) {
        put(value, path, default);
    }
    for (_, strategy, defaults) in BY_STRATEGY.iter().filter(|(p, ..)| *p == plural) {
        if value.at(strategy).text("type") == "RollingUpdate" {
            for (key, default) in *defaults {
                put(value, &format!("{strategy}.rollingUpdate.{key}"), default);
            }
        }
    }
    if let Some(kind) = types::of(resource) {
        fill_type(&Shape::Struct(kind.id), value);
    }
    match plural {
        "namespaces" => {
            let name = text(value, "/metadata/name");
            child_of(metadata(value), "labels").insert("kubernetes.io/metadata.name".to_owned(), name.into());
        }
        "pods" => requests(value),
        "jobs" => {
            let labels = value.at("spec.template.metadata.labels").clone();
            let none = value.entries("metadata.labels").next().is_none();
            if none && labels.as_object().is_some_and(|l| !l.is_empty()) {
                metadata(value).insert("labels".to_owned(), labels);
            }
        }
        "services" if value.text("spec.type") != "ExternalName" => {
            put(value, "spec.internalTrafficPolicy", r#""Cluster""#);
            if matches!(value.text("spec.type"), "NodePort" | "LoadBalancer") {
                put(value, "spec.externalTrafficPolicy", r#""Cluster""#);
            }
            if value.text("spec.type") == "LoadBalancer" {
                put(value, "spec.allocateLoadBalancerNodePorts", "true");
            }
        }
        "statefulsets" => {
            let claims = child(value, "spec").get_mut("volumeClaimTemplates").and_then(Value::as_array_mut);
            for claim in claims.into_iter().flatten() {
                put(claim, "kind", r#""PersistentVolumeClaim""#);
                put(claim, "apiVersion", r#""v1""#);
                put(claim, "status.phase", r#""Pending""#);
            }
        }
        "secrets" => encode(value),
        "daemonsets" => {
            let annotations = child_of(metadata(value), "annotations");
            annotations.entry("deprecated.daemonset.template.generation").or_insert_with(|| "1".into());
        }
        _ => {}
    }
}

/// Puts into a new object what strategies and admission put there. `uid` and `number` are fresh ones, for what it
/// needs of its own.
pub(crate) fn admit(resource: &Resource, uid: &str, number: u32, value: &mut Value) {
    if resource.is_custom() {
        return;
    }
    let plural = resource.plural;
    for (_, path, default) in ADMITTED.iter().filter(|(p, ..)| *p == plural) {
        put(value, path, default);
    }
    match plural {
        "services" => {
            service(value, number);
            node_ports(&Value::Null, value);
        }
        "jobs" => job(value, uid),
        "pods" => {
            let class = quota::quality(value.get("spec").unwrap_or(&Value::Null));
            child(value, "status").insert("qosClass".to_owned(), class.into());
            tolerate(child(value, "spec"));
        }
        _ => {}
    }
}

/// What an update that leaves it out does not take away: addresses (registry/core/service, patchAllocatedValues).
pub(crate) fn keep(resource: &Resource, old: &Value, value: &mut Value) {
    if resource.plural == "pods" && resource.group.is_empty() {
        for key in ["priority", "preemptionPolicy"] {
            let path = format!("spec.{key}");
            if old.has(&path) {
                put(value, &path, &old.at(&path).to_string());
            }
        }
        tolerate(child(value, "spec"));
    }
    if resource.plural != "services" || !resource.group.is_empty() {
        return;
    }
    // Who changes the one means the other too.
    let (before, after) = (old.text("spec.clusterIP"), value.text("spec.clusterIP").to_owned());
    if !after.is_empty() && before != after && old.at("spec.clusterIPs") == value.at("spec.clusterIPs") {
        child(value, "spec").insert("clusterIPs".to_owned(), json!([after]));
    }
    for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if let Some(kept) = old.pointer(&format!("/spec/{key}")) {
            put(value, &format!("spec.{key}"), &kept.to_string());
        }
    }
    node_ports(old, value);
}

/// Annotations of a Deployment count as its spec does (registry/apps/deployment/strategy.go).
pub(crate) fn count(resource: &Resource, old: &Value, value: &mut Value) {
    let same = |at: &str| old.at(at) == value.at(at);
    if resource.plural == "deployments" && same("spec") && !same("metadata.annotations") {
        let next = old.int("metadata.generation") + 1;
        metadata(value).insert("generation".to_owned(), next.into());
    }
}

fn tolerate(spec: &mut Map<String, Value>) {
    let slot = spec.entry("tolerations").or_insert_with(|| json!([]));
    let Some(all) = slot.as_array_mut() else { return };
    for key in TOLERATED {
        let known = |t: &Value| {
            let effect = t.text("effect");
            (t.text("key") == *key || t.text("key").is_empty()) && (effect == "NoExecute" || effect.is_empty())
        };
        if !all.iter().any(known) {
            all.push(json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}));
        }
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

/// Text given for a Secret becomes data.
fn encode(value: &mut Value) {
    let Some(Value::Object(texts)) = value.as_object_mut().and_then(|o| o.shift_remove("stringData")) else { return };
    for (key, text) in texts {
        let encoded = STANDARD.encode(text.as_str().unwrap_or_default());
        child(value, "data").insert(key, encoded.into());
    }
}

/// What a pod's container may use it requests too, unless it says otherwise.
fn requests(value: &mut Value) {
    for list in ["containers", "initContainers"] {
        for container in child(value, "spec").get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            for (name, limit) in container.at("resources.limits").as_object().cloned().unwrap_or_default() {
                dig(container, "resources.requests").entry(name).or_insert(limit);
            }
        }
    }
}

/// Ports that the nodes of a cluster have for Services (`--service-node-port-range`).
const NODE_PORTS: std::ops::Range<u32> = 30_000..32_768;

/// Ports on the nodes for a Service that has them: those of before, else new ones.
fn node_ports(old: &Value, value: &mut Value) {
    let balancer = value.text("spec.type") == "LoadBalancer";
    if !(balancer && value.at("spec.allocateLoadBalancerNodePorts") != false) && value.text("spec.type") != "NodePort" {
        return;
    }
    // What tells this Service from others; its address is its own.
    let seed = format!("{}{}", value.text("metadata.name"), value.text("spec.clusterIP"));
    for port in child(value, "spec").get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        let same = |p: &&Value| p.int("port") == port.int("port") && p.text("protocol") == port.text("protocol");
        let kept = old.items("spec.ports").iter().find(same).map(|p| p.int("nodePort"));
        let size = u64::from(NODE_PORTS.end - NODE_PORTS.start);
        let new = i64::from(NODE_PORTS.start)
            + i64::try_from(hash(0, &[&seed, &port.int("port").to_string(), port.text("protocol")]) % size)
                .unwrap_or(0);
        put(port, "nodePort", &kept.filter(|n| *n > 0).unwrap_or(new).to_string());
    }
}

/// An address of its own, unless the Service is headless or only a name.
fn service(value: &mut Value, number: u32) {
    let spec = child(value, "spec");
    let external = spec.get("type").is_some_and(|t| t == "ExternalName");
    if !external && spec.get("clusterIP").and_then(Value::as_str).is_none_or(str::is_empty) {
        let [_, a, b, c] = number.to_be_bytes();
        let address = format!("10.{}.{b}.{}", 96 + a % 16, c.max(1));
        spec.insert("clusterIP".to_owned(), address.into());
    }
    if let Some(address) = spec.get("clusterIP").cloned().filter(|_| !external) {
        spec.insert("clusterIPs".to_owned(), json!([&address]));
        // Whose addresses are not ours to know may have both families.
        let bare = address == "None" && spec.get("selector").and_then(Value::as_object).is_none_or(Map::is_empty);
        let (families, policy) =
            if bare { (json!(["IPv4", "IPv6"]), "RequireDualStack") } else { (json!(["IPv4"]), "SingleStack") };
        spec.entry("ipFamilies").or_insert(families);
        spec.entry("ipFamilyPolicy").or_insert_with(|| policy.into());
    }
}

/// A Job selects its pods by its own UID.
fn job(value: &mut Value, uid: &str) {
    let name = text(value, "/metadata/name");
    metadata(value).insert("uid".to_owned(), uid.into());
    let same = value.at("metadata.labels") == value.at("spec.template.metadata.labels");
    let spec = child(value, "spec");
    if spec.get("manualSelector").is_some_and(|m| m == true) {
        return;
    }
    // One that was given beside it is refused later on.
    child_of(child_of(spec, "selector"), "matchLabels")
        .insert("batch.kubernetes.io/controller-uid".to_owned(), uid.into());
    let template = child_of(spec, "template");
    let labels = child_of(child_of(template, "metadata"), "labels");
    for (key, label) in [("controller-uid", uid), ("job-name", name.as_str())] {
        labels.insert(format!("batch.kubernetes.io/{key}"), label.into());
        labels.insert(key.to_owned(), label.into());
    }
    let labels = Value::Object(labels.clone());
    match metadata(value).entry("labels") {
        // Those of the template are the very same map there.
        Entry::Occupied(mut own) if same => drop(own.insert(labels)),
        own => drop(own.or_insert(labels)),
    }
}
