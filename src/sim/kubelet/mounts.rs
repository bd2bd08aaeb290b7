//! What a pod needs of other objects before it can start: ConfigMaps, Secrets, volume claims.

use serde_json::Value;

use crate::sim::json::Json;
use crate::sim::view::View;

/// Why the first volume that can't be mounted can't be.
pub(super) fn failure(view: &View, pod: &Value) -> Option<String> {
    pod.items("spec.volumes").iter().find_map(|v| {
        let name = v.text("name");
        let missing = |kind: &str, object: &str, optional: bool| {
            (!optional && !object.is_empty() && view.get(kind, object).is_none()).then(|| {
                let kind = kind.to_lowercase();
                format!("MountVolume.SetUp failed for volume \"{name}\" : {kind} \"{object}\" not found")
            })
        };
        missing("ConfigMap", v.text("configMap.name"), v.is("configMap.optional"))
            .or_else(|| missing("Secret", v.text("secret.secretName"), v.is("secret.optional")))
    })
}

/// Why the container's environment can't be made: the kubelet's own words.
pub(super) fn environment_failure(view: &View, container: &Value) -> Option<String> {
    let whole = container.items("envFrom").iter().find_map(|from| {
        object_failure(view, "ConfigMap", from.at("configMapRef"))
            .or_else(|| object_failure(view, "Secret", from.at("secretRef")))
    });
    whole.or_else(|| {
        container.items("env").iter().find_map(|e| {
            key_failure(view, "ConfigMap", e.at("valueFrom.configMapKeyRef"))
                .or_else(|| key_failure(view, "Secret", e.at("valueFrom.secretKeyRef")))
        })
    })
}

fn object_failure(view: &View, kind: &str, reference: &Value) -> Option<String> {
    let name = reference.text("name");
    let gone = !name.is_empty() && !reference.is("optional") && view.get(kind, name).is_none();
    gone.then(|| format!("{} \"{name}\" not found", kind.to_lowercase()))
}

fn key_failure(view: &View, kind: &str, reference: &Value) -> Option<String> {
    let (name, key) = (reference.text("name"), reference.text("key"));
    if name.is_empty() || reference.is("optional") {
        return None;
    }
    let Some(object) = view.get(kind, name) else { return object_failure(view, kind, reference) };
    let there = ["data", "binaryData", "stringData"].iter().any(|d| !object.key(d, key).is_null());
    (!there).then(|| format!("couldn't find key {key} in {kind} {}/{name}", view.namespace))
}
