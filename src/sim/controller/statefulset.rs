//! StatefulSet → Pods and claims, in the order of their ordinals.
//!
//! After `pkg/controller/statefulset/stateful_set_control.go`.

use serde_json::{Value, json};

use super::pods;
use crate::sim::clock::plus;
use crate::sim::json::{Json, set};
use crate::sim::view::{Object, View};
use crate::sim::write::{Writes, owner_reference};

const NAME: &str = "statefulset-controller";
const REVISION: &str = "controller-revision-hash";

/// Makes the ControllerRevision of `template` where there is none; its name.
pub(super) fn revision(view: &View, owner: &Object, hash_label: &str, w: &mut Writes) -> String {
    let hash = pods::template_hash(owner.at("spec.template"));
    let name = format!("{}-{hash}", owner.name());
    let all = view.controlled("ControllerRevision", owner.uid());
    let newest = all.iter().map(|r| r.int("revision")).max().unwrap_or(0);
    match all.iter().find(|r| r.name() == name) {
        None => {
            let mut labels = owner.at("spec.template.metadata.labels").clone();
            crate::sim::json::dig(&mut labels, "").insert(hash_label.to_owned(), hash.into());
            let mut template = owner.at("spec.template").clone();
            set(&mut template, "$patch", "replace");
            let mut made = json!({
                "apiVersion": "apps/v1", "kind": "ControllerRevision",
                "metadata": {
                    "name": name, "namespace": view.namespace, "labels": labels,
                    "ownerReferences": owner_reference(owner),
                },
                "data": {"spec": {"template": template}},
                "revision": newest + 1,
            });
            if owner.entries("metadata.annotations").next().is_some() {
                set(&mut made, "metadata.annotations", owner.at("metadata.annotations").clone());
            }
            w.create(made);
        }
        Some(r) if r.int("revision") < newest => w.patch(r, json!({"revision": newest + 1})),
        Some(_) => {}
    }
    name
}

fn ordinal(set: &Value, pod: &Value) -> Option<i64> {
    pod.name().strip_prefix(set.name())?.strip_prefix('-')?.parse().ok()
}

/// Reconciles one StatefulSet.
pub(super) fn sync(view: &View, sts: &Object, w: &mut Writes) {
    if sts.is_going() {
        return;
    }
    let update = revision(view, sts, "controller.kubernetes.io/hash", w);
    let current = match sts.text("status.currentRevision") {
        "" => update.clone(),
        c => c.to_owned(),
    };
    let replicas = sts.int_or("spec.replicas", 1);
    let start = sts.int("spec.ordinals.start");
    let ordered = sts.text("spec.podManagementPolicy") != "Parallel";
    let mut all: Vec<(i64, &Object)> =
        view.controlled("Pod", sts.uid()).into_iter().filter_map(|p| Some((ordinal(sts, p)?, p))).collect();
    all.sort_by_key(|(n, _)| *n);
    let mut step = Step { view, sts, update: &update, current: &current, w };
    step.converge(&all, start, replicas, ordered);
    status(view, sts, &all, (&current, &update), replicas, w);
}

struct Step<'a> {
    view: &'a View,
    sts: &'a Object,
    update: &'a str,
    current: &'a str,
    w: &'a mut Writes,
}

impl Step<'_> {
    /// One step towards the wanted pods; returns where an ordered set has to wait.
    fn converge(&mut self, all: &[(i64, &Object)], start: i64, replicas: i64, ordered: bool) {
        let min_ready = self.sts.int("spec.minReadySeconds");
        for n in start..start + replicas {
            match all.iter().find(|(o, _)| *o == n).map(|(_, p)| *p) {
                None => {
                    self.create(n);
                    if ordered {
                        return;
                    }
                }
                Some(pod) if matches!(pod.text("status.phase"), "Failed" | "Succeeded") && !pod.is_going() => {
                    // Failed pods are replaced under their own name.
                    self.w.delete(pod);
                    let (set, name) = (self.sts.name(), pod.name());
                    let message = format!("StatefulSet {}/{set} is recreating failed Pod {name}", self.view.namespace);
                    self.w.warning(self.sts, NAME, "RecreatingFailedPod", message);
                    return;
                }
                Some(pod) if pod.is_going() => {
                    if ordered {
                        return;
                    }
                }
                Some(pod) if ordered && !pods::is_available(pod, min_ready, self.view.now) => {
                    if let Some(t) = pods::available_at(pod, min_ready) {
                        self.w.wake(t);
                    }
                    return;
                }
                Some(_) => {}
            }
        }
        let beyond: Vec<_> = all.iter().filter(|(o, _)| *o >= start + replicas || *o < start).collect();
        for (_, pod) in beyond.iter().rev() {
            if !pod.is_going() {
                self.delete(pod);
            }
            if ordered {
                return;
            }
        }
        if self.sts.text("spec.updateStrategy.type") == "OnDelete" {
            return;
        }
        // Rolling update: from the largest ordinal to the partition, one at a time.
        let partition = self.sts.int("spec.updateStrategy.rollingUpdate.partition");
        for (n, pod) in all.iter().rev().filter(|(o, _)| *o < start + replicas) {
            if *n >= partition && pod.label(REVISION) != self.update && !pod.is_going() {
                self.delete(pod);
                return;
            }
            if pod.is_going() || !pods::is_available(pod, min_ready, self.view.now) {
                return;
            }
        }
    }

    fn create(&mut self, n: i64) {
        let (view, sts) = (self.view, self.sts);
        let name = format!("{}-{n}", sts.name());
        // Below the partition a missing pod comes back in the old revision: its template stands there.
        let old = n < sts.int("spec.updateStrategy.rollingUpdate.partition") && self.current != self.update;
        let kept = view.get("ControllerRevision", self.current).map(|r| r.at("data.spec.template"));
        let (template, revision) = match kept.filter(|_| old) {
            Some(t) => (t.clone(), self.current),
            None => (sts.at("spec.template").clone(), self.update),
        };
        let mut pod = pods::from_template(sts, &template, &name, &format!("{}-", sts.name()));
        let labels = crate::sim::json::dig(&mut pod, "metadata.labels");
        labels.insert(REVISION.into(), revision.into());
        labels.insert("statefulset.kubernetes.io/pod-name".into(), name.clone().into());
        labels.insert("apps.kubernetes.io/pod-index".into(), n.to_string().into());
        set(&mut pod, "spec.hostname", name.as_str());
        set(&mut pod, "spec.subdomain", sts.text("spec.serviceName"));
        let mut volumes = pod.items("spec.volumes").to_vec();
        for claim in sts.items("spec.volumeClaimTemplates") {
            let claim_name = format!("{}-{name}", claim.name());
            volumes.retain(|v| v.text("name") != claim.name());
            volumes.push(json!({"name": claim.name(), "persistentVolumeClaim": {"claimName": claim_name}}));
            if view.get("PersistentVolumeClaim", &claim_name).is_none() {
                let mut made = claim.clone();
                set(&mut made, "apiVersion", "v1");
                set(&mut made, "kind", "PersistentVolumeClaim");
                set(&mut made, "metadata.name", claim_name.as_str());
                set(&mut made, "metadata.namespace", view.namespace.as_str());
                set(&mut made, "metadata.labels", sts.at("spec.selector.matchLabels").clone());
                set(&mut made, "status", json!({"phase": "Pending"}));
                self.w.create(made);
                let message = format!("Create Claim {claim_name} Pod {name} in StatefulSet {} success", sts.name());
                self.w.normal(sts, NAME, "SuccessfulCreate", message);
            }
        }
        if !volumes.is_empty() {
            set(&mut pod, "spec.volumes", volumes);
        }
        if let Some(why) = pods::refused(view, &pod, 0) {
            let message = format!("Create Pod {name} in StatefulSet {} failed error: {why}", sts.name());
            return pods::failed_to_create(view, sts, NAME, message, self.w);
        }
        self.w.create(pod);
        let message = format!("Create Pod {name} in StatefulSet {} successful", sts.name());
        self.w.normal(sts, NAME, "SuccessfulCreate", message);
    }

    fn delete(&mut self, pod: &Object) {
        self.w.delete(pod);
        let message = format!("Delete Pod {} in StatefulSet {} successful", pod.name(), self.sts.name());
        self.w.normal(self.sts, NAME, "SuccessfulDelete", message);
    }
}

/// Counts as `updateStatus` writes them; unlike a Deployment's they include terminating pods.
fn status(view: &View, sts: &Object, all: &[(i64, &Object)], of: (&str, &str), replicas: i64, w: &mut Writes) {
    let (mut current, update) = of;
    let min_ready = sts.int("spec.minReadySeconds");
    let count = |f: &dyn Fn(&Object) -> bool| all.iter().filter(|(_, p)| f(p)).count();
    let ready = count(&|p| pods::is_ready(p));
    let available = count(&|p| pods::is_available(p, min_ready, view.now));
    if available < ready
        && let Some(t) =
            all.iter().filter_map(|(_, p)| pods::available_at(p, min_ready)).filter(|t| *t > view.now).min()
    {
        w.wake(t.max(plus(view.now, 1)));
    }
    let updated = count(&|p| p.label(REVISION) == update && !p.is_going());
    let whole = all.len() == usize::try_from(replicas).unwrap_or(0);
    if whole
        && updated == all.len()
        && ready == all.len()
        && sts.int("spec.updateStrategy.rollingUpdate.partition") == 0
    {
        current = update;
    }
    let mut status = json!({
        "observedGeneration": sts.int("metadata.generation"),
        "replicas": all.len(),
        "availableReplicas": available,
        "currentRevision": current,
        "updateRevision": update,
        "collisionCount": 0,
    });
    let of_current = count(&|p| p.label(REVISION) == current && !p.is_going());
    let [ready, of_current, updated] = [ready, of_current, updated].map(pods::number);
    let all_of = [("readyReplicas", ready), ("currentReplicas", of_current), ("updatedReplicas", updated)];
    pods::counts(&mut status, &all_of);
    w.status(sts, status);
}
