//! PersistentVolumeClaim → PersistentVolume: provisions and binds by storage class.

use serde_json::{Value, json};

use crate::sim::events::{EventDraft, Times};
use crate::sim::json::{Json, stamp};
use crate::sim::view::{Object, View};
use crate::sim::write::Writes;

const NAME: &str = "persistentvolume-controller";
const DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";

/// Reconciles one claim.
pub(super) fn sync(view: &View, claim: &Object, w: &mut Writes) {
    if claim.is_going() {
        release(view, claim, w);
    } else if claim.text("status.phase") != "Bound" {
        bind(view, claim, w);
    }
}

/// Names of the claims that a pod mounts.
pub(super) fn mounted(pod: &Value) -> Vec<&str> {
    pod.items("spec.volumes").iter().filter_map(|v| v.at("persistentVolumeClaim.claimName").as_str()).collect()
}

/// Whether a pod of the namespace mounts the claim.
fn user<'a>(view: &'a View, claim: &Value) -> Option<&'a Object> {
    view.list("Pod")
        .find(|p| !matches!(p.text("status.phase"), "Succeeded" | "Failed") && mounted(p).contains(&claim.name()))
}

/// `pvc-protection`: the finalizer goes when no pod mounts it any more.
fn release(view: &View, claim: &Object, w: &mut Writes) {
    if user(view, claim).is_none() {
        let kept: Vec<_> = claim
            .items("metadata.finalizers")
            .iter()
            .filter(|f| f.as_str() != Some("kubernetes.io/pvc-protection"))
            .cloned()
            .collect();
        w.patch(claim, json!({"metadata": {"finalizers": kept}}));
    }
}

fn event(claim: &Object, warning: bool, reason: &'static str, message: String, w: &mut Writes) {
    let draft = EventDraft::new(claim, NAME, reason, message);
    w.event(EventDraft { warning, ..draft }.times(Times::Every(15)));
}

fn bind(view: &View, claim: &Object, w: &mut Writes) {
    let class = match claim.at("spec.storageClassName").as_str() {
        Some(name) => view.get("StorageClass", name),
        None => view.list("StorageClass").find(|c| c.annotation(DEFAULT) == "true"),
    };
    let Some(class) = class else {
        w.wake(view.later(60));
        return match claim.text("spec.storageClassName") {
            "" => {
                let message = "no persistent volumes available for this claim and no storage class is set";
                event(claim, false, "FailedBinding", message.into(), w);
            }
            name => {
                let message = format!("storageclass.storage.k8s.io \"{name}\" not found");
                event(claim, true, "ProvisioningFailed", message, w);
            }
        };
    };
    let waits = class.text("volumeBindingMode") == "WaitForFirstConsumer";
    if waits && user(view, claim).is_none() {
        let message = "waiting for first consumer to be created before binding";
        return event(claim, false, "WaitForFirstConsumer", message.into(), w);
    }
    // A provisioner takes a moment.
    let made = claim.time("metadata.creationTimestamp").unwrap_or(view.now);
    let due = crate::sim::clock::plus(made, view.world.takes(&[], 2, 2));
    let provisioner = class.text("provisioner");
    if view.now < due {
        let message = format!(
            "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
        );
        event(claim, false, "ExternalProvisioning", message, w);
        return w.wake(due);
    }
    let volume = format!("pvc-{}", claim.uid());
    let size = claim.at("spec.resources.requests.storage");
    w.create(json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {
            "name": volume, "annotations": {"pv.kubernetes.io/provisioned-by": provisioner},
            "finalizers": ["kubernetes.io/pv-protection"],
        },
        "spec": {
            "accessModes": claim.at("spec.accessModes"), "capacity": {"storage": size},
            "claimRef": {
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": claim.name(),
                "namespace": view.namespace, "uid": claim.uid(),
            },
            "persistentVolumeReclaimPolicy": class.text("reclaimPolicy"), "storageClassName": class.name(),
            "csi": {"driver": provisioner, "volumeHandle": volume}, "volumeMode": "Filesystem",
        },
        "status": {"phase": "Bound", "lastPhaseTransitionTime": stamp(view.now)},
    }));
    let mut finalizers = claim.items("metadata.finalizers").to_vec();
    if !finalizers.iter().any(|f| f == "kubernetes.io/pvc-protection") {
        finalizers.push("kubernetes.io/pvc-protection".into());
    }
    w.patch(claim, json!({
        "metadata": {
            "annotations": {"pv.kubernetes.io/bind-completed": "yes", "volume.kubernetes.io/storage-provisioner": provisioner},
            "finalizers": finalizers,
        },
        "spec": {"volumeName": volume, "storageClassName": class.name(), "volumeMode": "Filesystem"},
        "status": {"phase": "Bound", "accessModes": claim.at("spec.accessModes"), "capacity": {"storage": size}},
    }));
    event(claim, false, "ProvisioningSucceeded", format!("Successfully provisioned volume {volume}"), w);
}
