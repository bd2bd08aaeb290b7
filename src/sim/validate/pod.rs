//! What must hold between the fields of a pod. After kubernetes/pkg/apis/core/validation/validation.go.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::form;
use super::rule::{Scope, check, is_set};
use crate::sim::json::Json;
use crate::sim::quantity::amount;
use crate::sim::status::Cause;

type Out<'a> = &'a mut Vec<Cause>;

/// Kinds of volumes in the order in which the API server looks for them.
const VOLUMES: &[&str] = &[
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "azureFile",
    "configMap",
    "azureDisk",
    "storageos",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "vsphereVolume",
    "projected",
    "csi",
    "ephemeral",
    "image",
];

/// Ways to ask or tell a container something, and their types.
const HANDLERS: &[(&str, &str)] = &[
    ("exec", "core.v1.ExecAction"),
    ("httpGet", "core.v1.HTTPGetAction"),
    ("tcpSocket", "core.v1.TCPSocketAction"),
    ("grpc", "core.v1.GRPCAction"),
    ("sleep", "core.v1.SleepAction"),
];

/// Types of volumes whose fields are looked at.
const SOURCES: &[(&str, &str)] = &[
    ("hostPath", "core.v1.HostPathVolumeSource"),
    ("secret", "core.v1.SecretVolumeSource"),
    ("configMap", "core.v1.ConfigMapVolumeSource"),
    ("persistentVolumeClaim", "core.v1.PersistentVolumeClaimVolumeSource"),
    ("nfs", "core.v1.NFSVolumeSource"),
];

const PROBES: &[&str] = &["livenessProbe", "readinessProbe", "startupProbe"];

/// Fields of a pod that a container may be told.
const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// One volume: of one kind.
pub(super) fn volume(scope: &Scope, volume: &Value, _: &Value, path: &str, out: Out) {
    let given: Vec<&str> = VOLUMES.iter().copied().filter(|kind| volume.has(kind)).collect();
    for (at, kind) in given.iter().enumerate() {
        let path = format!("{path}.{kind}");
        if at > 0 {
            out.push(Cause::forbidden(&path, "may not specify more than 1 volume type"));
        } else if let Some((_, id)) = SOURCES.iter().find(|(k, _)| k == kind) {
            check(id, volume.at(kind), &path, *scope, out);
        }
    }
    if given.is_empty() {
        out.push(Cause::required(path, "must specify a volume type"));
    }
}

/// Containers of a list, one after another, with what only some of them may have.
pub(super) fn containers(scope: &Scope, spec: &Value, list: &Value, path: &str, out: Out) {
    let inits = path.ends_with("initContainers");
    let mut names: BTreeSet<&str> = BTreeSet::new();
    if inits {
        names.extend(spec.items("containers").iter().map(|c| c.text("name")));
    }
    for (at, container) in list.as_array().into_iter().flatten().enumerate() {
        let path = format!("{path}[{at}]");
        check("core.v1.Container", container, &path, *scope, out);
        let name = container.text("name");
        if !name.is_empty() && !names.insert(name) {
            out.push(Cause::duplicate(&format!("{path}.name"), &name.into()));
        }
        if inits && container.text("restartPolicy") != "Always" {
            for field in ["lifecycle"].iter().chain(PROBES).filter(|f| container.has(f)) {
                let why = "may not be set for init containers without restartPolicy=Always";
                out.push(Cause::forbidden(&format!("{path}.{field}"), why));
            }
            continue;
        }
        check("core.v1.Lifecycle", container.at("lifecycle"), &format!("{path}.lifecycle"), *scope, out);
        for field in PROBES.iter().filter(|f| container.has(f)) {
            let (probe, path) = (container.at(field), format!("{path}.{field}"));
            check("core.v1.Probe", probe, &path, *scope, out);
            if *field != "readinessProbe" && probe.int_or("successThreshold", 1) != 1 {
                let path = format!("{path}.successThreshold");
                out.push(Cause::invalid(&path, probe.at("successThreshold"), "must be 1"));
            }
        }
    }
}

/// A pod's own images, unlike a template's, stand without spaces around.
pub(super) fn images(_: &Scope, pod: &Value, _: &Value, _: &str, out: Out) {
    for list in ["containers", "initContainers"] {
        for (at, container) in pod.items(&format!("spec.{list}")).iter().enumerate() {
            let image = container.text("image");
            if image != image.trim() {
                let why = "must not have leading or trailing whitespace";
                out.push(Cause::invalid(&format!("spec.{list}[{at}].image"), &image.into(), why));
            }
        }
    }
}

/// On the node's network a container's port is the node's.
pub(super) fn host_ports(_: &Scope, spec: &Value, on: &Value, path: &str, out: Out) {
    let path = path.trim_end_matches("hostNetwork");
    for (at, container) in spec.items("containers").iter().enumerate().filter(|_| *on == true) {
        for (n, port) in container.items("ports").iter().enumerate() {
            if port.int("hostPort") != port.int("containerPort") {
                let why = "must match `containerPort` when `hostNetwork` is true";
                let place = format!("{path}containers[{at}].ports[{n}].hostPort");
                out.push(Cause::invalid(&place, &port.int("hostPort").into(), why));
            }
        }
    }
}

/// A port of a container is one.
pub(super) fn container_port(_: &Scope, _: &Value, port: &Value, path: &str, out: Out) {
    match port.as_i64().unwrap_or(0) {
        0 => out.push(Cause::required(path, "")),
        1..=65_535 => {}
        _ => out.push(Cause::invalid(path, port, "must be between 1 and 65535, inclusive")),
    }
}

/// A number above zero.
pub(super) fn above_zero(_: &Scope, _: &Value, number: &Value, path: &str, out: Out) {
    if number.as_i64().unwrap_or(0) <= 0 {
        out.push(Cause::invalid(path, number, "must be greater than zero"));
    }
}

/// Names of a container's security context in Go, in its order.
const SECURITY: &[&str] = &[
    "Capabilities",
    "Privileged",
    "SELinuxOptions",
    "WindowsOptions",
    "RunAsUser",
    "RunAsGroup",
    "RunAsNonRoot",
    "ReadOnlyRootFilesystem",
    "AllowPrivilegeEscalation",
    "ProcMount",
    "SeccompProfile",
    "AppArmorProfile",
];

/// Who may do all needs no more.
pub(super) fn privilege(_: &Scope, context: &Value, _: &Value, path: &str, out: Out) {
    if context.is("privileged") && *context.at("allowPrivilegeEscalation") == false {
        let lower = |name: &str| match name {
            "SELinuxOptions" => "seLinuxOptions".to_owned(),
            _ => name.chars().take(1).map(|c| c.to_ascii_lowercase()).chain(name.chars().skip(1)).collect(),
        };
        let shown: Map<_, _> =
            SECURITY.iter().map(|name| ((*name).to_owned(), context.at(&lower(name)).clone())).collect();
        let why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        out.push(Cause::invalid(path, &Value::Object(shown), why));
    }
}

/// Operator, value and effect of a toleration fit each other.
pub(super) fn toleration(_: &Scope, toleration: &Value, operator: &Value, path: &str, out: Out) {
    let said = operator.as_str().unwrap_or_default();
    if toleration.text("key").is_empty() && said != "Exists" {
        let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        out.push(Cause::invalid(path, &said.into(), why));
    }
    if toleration.has("tolerationSeconds") && toleration.text("effect") != "NoExecute" {
        let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        let path = path.replace(".operator", ".effect");
        out.push(Cause::invalid(&path, &toleration.text("effect").into(), why));
    }
    match said {
        "Exists" if is_set(toleration.at("value")) => {
            out.push(Cause::invalid(path, toleration.at("value"), "value must be empty when `operator` is 'Exists'"));
        }
        "" | "Equal" => {
            if let Err(why) = form::label_value(toleration.text("value")) {
                out.push(Cause::invalid(path, toleration.at("value"), &why));
            }
        }
        "Exists" => {}
        _ => out.push(Cause::unsupported(path, said, &["Equal", "Exists"])),
    }
}

/// Sources of variables: each names one.
pub(super) fn env_from(scope: &Scope, _: &Value, list: &Value, path: &str, out: Out) {
    for (at, source) in list.as_array().into_iter().flatten().enumerate() {
        let own = format!("{path}[{at}]");
        let prefix = source.at("prefix");
        let wrong = prefix.as_str().map(form::variable).unwrap_or_default();
        out.extend(wrong.iter().map(|why| Cause::invalid(&format!("{own}.prefix"), prefix, why)));
        let kinds = [("configMapRef", "core.v1.ConfigMapEnvSource"), ("secretRef", "core.v1.SecretEnvSource")];
        let given: Vec<_> = kinds.iter().filter(|(kind, _)| source.has(kind)).collect();
        for (kind, id) in &given {
            check(id, source.at(kind), &format!("{own}.{kind}"), *scope, out);
        }
        let why = match given.len() {
            0 => "must specify one of: `configMapRef` or `secretRef`",
            1 => continue,
            _ => "may not have more than one field specified at a time",
        };
        out.push(Cause::invalid(path, &"".into(), why));
    }
}

/// Where a variable's value comes from: one place.
pub(super) fn value_from(_: &Scope, variable: &Value, from: &Value, path: &str, out: Out) {
    if from.is_null() {
        return;
    }
    let kinds = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
    let why = match kinds.iter().filter(|kind| from.has(kind)).count() {
        0 => "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        _ if is_set(variable.at("value")) => "may not be specified when `value` is not empty",
        1 => return,
        _ => "may not have more than one field specified at a time",
    };
    out.push(Cause::invalid(path, &"".into(), why));
}

/// A field that a container may be told.
pub(super) fn field_path(_: &Scope, _: &Value, field: &Value, path: &str, out: Out) {
    let said = field.as_str().unwrap_or_default();
    let of_map = ["metadata.labels['", "metadata.annotations['"].iter().any(|m| said.starts_with(m));
    if !said.is_empty() && !FIELDS.contains(&said) && !of_map {
        let why = format!("error converting fieldPath: field label not supported: {said}");
        out.push(Cause::invalid(path, field, &why));
    }
}

/// Mounts: of volumes that are there, each at its own path.
pub(super) fn mounts(scope: &Scope, _: &Value, list: &Value, path: &str, out: Out) {
    let volumes = scope.pod.items("volumes");
    // Those of a StatefulSet's claims are added to its pods.
    let claims = scope.object.items("spec.volumeClaimTemplates");
    let mut paths = BTreeSet::new();
    for (at, mount) in list.as_array().into_iter().flatten().enumerate() {
        let path = format!("{path}[{at}]");
        let (name, place) = (mount.text("name"), mount.text("mountPath"));
        if name.is_empty() {
            out.push(Cause::required(&format!("{path}.name"), ""));
        }
        let there = volumes.iter().any(|v| v.text("name") == name) || claims.iter().any(|c| c.name() == name);
        if !there {
            out.push(Cause::not_found(&format!("{path}.name"), &name.into()));
        }
        if place.is_empty() {
            out.push(Cause::required(&format!("{path}.mountPath"), ""));
        }
        if !paths.insert(place) {
            out.push(Cause::invalid(&format!("{path}.mountPath"), &place.into(), "must be unique"));
        }
    }
}

/// Resources that a container may ask for by a plain name.
fn is_standard(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-")
}

/// Requests and limits: of resources that there are, not negative, no more asked for than allowed.
pub(super) fn resources(_: &Scope, _: &Value, resources: &Value, path: &str, out: Out) {
    for list in ["limits", "requests"] {
        for (name, value) in resources.entries(list) {
            let place = format!("{path}.{list}[{name}]");
            if !name.contains('/') && !is_standard(name) {
                for why in [
                    "must be a standard resource type or fully qualified",
                    "must be a standard resource for containers",
                ] {
                    out.push(Cause::invalid(&place, &name.as_str().into(), why));
                }
            }
            if form::is_negative(value) {
                out.push(Cause::invalid(&place, value, "must be greater than or equal to 0"));
            }
        }
    }
    for (name, request) in resources.entries("requests") {
        let limit = resources.key("limits", name);
        let (Some(asked), Some(most)) = (amount(request), amount(limit)) else { continue };
        let said = limit.as_str().unwrap_or_default();
        // What cannot be shared is given as a whole.
        let whole = name.contains('/') || name.starts_with("hugepages-");
        if whole && asked != most {
            let why = format!("must be equal to {name} limit of {said}");
            out.push(Cause::invalid(&format!("{path}.requests"), request, &why));
        } else if asked > most {
            let why = format!("must be less than or equal to {name} limit of {said}");
            out.push(Cause::invalid(&format!("{path}.requests"), request, &why));
        }
    }
}

/// A probe or a hook: one way.
pub(super) fn handler(scope: &Scope, holder: &Value, _: &Value, path: &str, out: Out) {
    let mut given = HANDLERS.iter().filter(|(kind, _)| holder.has(kind));
    match given.next() {
        Some((kind, id)) => check(id, holder.at(kind), &format!("{path}.{kind}"), *scope, out),
        None => out.push(Cause::required(path, "must specify a handler type")),
    }
    for (kind, _) in given {
        out.push(Cause::forbidden(&format!("{path}.{kind}"), "may not specify more than 1 handler type"));
    }
}
