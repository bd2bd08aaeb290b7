//! What a workload cannot do without: config maps, secrets, claims, an account, classes.

use serde_json::Value;

use super::containers;
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;

/// One reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refer {
    pub(crate) to: Id,
    /// Of a config map or a secret, where one key of it is meant.
    pub(crate) key: Option<String>,
    pub(crate) optional: bool,
    /// Where it stands: `env DB_URL of web`, `volume config`.
    pub(crate) from: String,
}

/// Kinds of data with where a volume names one, and its name there.
const DATA: &[(&str, &str, &str)] = &[("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName")];

/// All that pods of a spec in a namespace refer to.
pub(crate) fn refers(namespace: &str, spec: &Value) -> Vec<Refer> {
    let mut all = Vec::new();
    let mut add = |kind: &str, name: &str, key: &str, optional: bool, from: &str| {
        if !name.is_empty() {
            let namespace = if matches!(kind, "PriorityClass" | "RuntimeClass") { "" } else { namespace };
            let key = Some(key.to_owned()).filter(|k| !k.is_empty());
            all.push(Refer { to: Id::new(kind, namespace, name), key, optional, from: from.to_owned() });
        }
    };
    for c in containers(spec) {
        let of = c.text("name");
        for e in c.list("env") {
            let from = format!("env {} of {of}", e.text("name"));
            for (kind, path) in [("ConfigMap", "valueFrom/configMapKeyRef"), ("Secret", "valueFrom/secretKeyRef")] {
                let r = e.at(path);
                add(kind, r.text("name"), r.text("key"), r.on("optional"), &from);
            }
        }
        for e in c.list("envFrom") {
            for (kind, path) in [("ConfigMap", "configMapRef"), ("Secret", "secretRef")] {
                let r = e.at(path);
                add(kind, r.text("name"), "", r.on("optional"), &format!("envFrom of {of}"));
            }
        }
    }
    for v in spec.list("volumes") {
        let from = format!("volume {}", v.text("name"));
        for (kind, path, name) in DATA {
            let source = v.at(path);
            add(kind, source.text(name), "", source.on("optional"), &from);
            for item in source.list("items") {
                add(kind, source.text(name), item.text("key"), source.on("optional"), &from);
            }
            for s in v.list("projected/sources") {
                add(kind, s.at(path).text("name"), "", s.at(path).on("optional"), &from);
            }
        }
        add("PersistentVolumeClaim", v.text("persistentVolumeClaim/claimName"), "", false, &from);
    }
    let account = [spec.text("serviceAccountName"), spec.text("serviceAccount")].into_iter().find(|a| !a.is_empty());
    add("ServiceAccount", account.unwrap_or_default(), "", false, "serviceAccountName");
    add("PriorityClass", spec.text("priorityClassName"), "", false, "priorityClassName");
    add("RuntimeClass", spec.text("runtimeClassName"), "", false, "runtimeClassName");
    for s in spec.list("imagePullSecrets") {
        add("Secret", s.text("name"), "", false, "imagePullSecrets");
    }
    all
}
