//! Deployment → ReplicaSets: new one on a new template, rolling update, proportional scaling, conditions.
//!
//! After `pkg/controller/deployment/{sync,rolling,recreate,progress}.go` of Kubernetes 1.33.

use serde_json::{Value, json};

use super::pods::{self, scaled};
use crate::sim::clock::plus;
use crate::sim::condition;
use crate::sim::json::{Json, dig, set, stamp, unset};
use crate::sim::view::{Object, View};
use crate::sim::write::{Via, Writes, owner_reference};

const NAME: &str = "deployment-controller";
const REVISION: &str = "deployment.kubernetes.io/revision";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAX: &str = "deployment.kubernetes.io/max-replicas";
const HASH: &str = "pod-template-hash";
/// Annotations of a Deployment that its ReplicaSets don't get (`annotationsToSkip`).
const NOT_COPIED: [&str; 5] =
    ["kubectl.kubernetes.io/last-applied-configuration", REVISION, DESIRED, MAX, "deprecated.deployment.rollback.to"];

/// Reconciles one Deployment.
pub(super) fn sync(view: &View, d: &Object, w: &mut Writes) {
    if !d.is_going() {
        Rollout::new(view, d).sync(w);
    }
}

/// One Deployment with its ReplicaSets.
struct Rollout<'a> {
    view: &'a View,
    d: &'a Object,
    replicas: i64,
    /// All its ReplicaSets, oldest first.
    sets: Vec<&'a Object>,
    /// The one with the Deployment's template.
    new: Option<&'a Object>,
    surge: i64,
    unavailable: i64,
    rolling: bool,
}

impl<'a> Rollout<'a> {
    fn new(view: &'a View, d: &'a Object) -> Self {
        let mut sets = view.controlled("ReplicaSet", d.uid());
        sets.retain(|s| !s.is_going());
        sets.sort_by_key(|s| (s.text("metadata.creationTimestamp").to_owned(), s.name().to_owned()));
        let new = sets.iter().copied().find(|s| same_template(s.at("spec.template"), d.at("spec.template")));
        let replicas = d.int_or("spec.replicas", 1);
        let rolling = d.text("spec.strategy.type") != "Recreate";
        let knobs = d.at("spec.strategy.rollingUpdate");
        let surge = if rolling { scaled(knobs.at("maxSurge"), replicas, "25%", true) } else { 0 };
        let unavailable = if rolling { scaled(knobs.at("maxUnavailable"), replicas, "25%", false) } else { 0 };
        // Both zero would never move: `ResolveFenceposts`.
        let unavailable = if rolling && surge == 0 && unavailable == 0 { 1 } else { unavailable.min(replicas) };
        Self { view, d, replicas, sets, new, surge, unavailable, rolling }
    }

    fn old(&self) -> impl Iterator<Item = &'a Object> {
        let new = self.new.map(|n| n.uid());
        self.sets.iter().copied().filter(move |s| Some(s.uid()) != new)
    }

    fn sync(&self, w: &mut Writes) {
        let mut conditions = self.d.items("status.conditions").to_vec();
        let paused = self.d.is("spec.paused");
        self.note_pause(&mut conditions);
        let scaling =
            self.sets.iter().any(|s| s.int("spec.replicas") > 0 && s.annotation(DESIRED).parse() != Ok(self.replicas));
        if paused || (scaling && self.new.is_some()) {
            self.scale_all(w);
        } else if let Some(new) = self.new {
            self.refresh_revision(new, w, &mut conditions);
            if !(self.grow_new(new, w) || self.shrink_old(new, w)) {
                self.clean_up(w);
            }
        } else if !self.rolling && self.old_pods_run() {
            self.recreate_waits(w);
        } else {
            self.make_new(w, &mut conditions);
        }
        self.status(conditions, w);
    }

    fn note_pause(&self, conditions: &mut Vec<Value>) {
        let was = conditions.iter().any(|c| c.text("reason") == "DeploymentPaused");
        let (reason, message) = match (self.d.is("spec.paused"), was) {
            (true, false) => ("DeploymentPaused", "Deployment is paused"),
            (false, true) => ("DeploymentResumed", "Deployment is resumed"),
            _ => return,
        };
        condition::set_changed(conditions, self.condition("Progressing", "Unknown", reason, message));
    }

    fn condition(&self, kind: &str, status: &str, reason: &str, message: &str) -> Value {
        let now = stamp(self.view.now);
        json!({
            "type": kind, "status": status, "reason": reason, "message": message, "lastUpdateTime": now,
            "lastTransitionTime": now,
        })
    }

    /// Revision that the new ReplicaSet has: one more than the old ones'.
    fn next_revision(&self) -> i64 {
        self.old().filter_map(|s| s.annotation(REVISION).parse::<i64>().ok()).max().unwrap_or(0) + 1
    }

    fn make_new(&self, w: &mut Writes, conditions: &mut Vec<Value>) {
        let d = self.d;
        let mut template = d.at("spec.template").clone();
        let hash = pods::template_hash(&template);
        let name = format!("{}-{hash}", d.name());
        set(&mut template, &format!("metadata.labels.{HASH}"), hash.as_str());
        let mut selector = d.at("spec.selector").clone();
        set(&mut selector, &format!("matchLabels.{HASH}"), hash.as_str());
        let room = if self.rolling { self.replicas + self.surge - self.total() } else { self.replicas };
        let replicas = room.clamp(0, self.replicas);
        let revision = self.next_revision().to_string();
        let mut annotations = self.sizes();
        let copied = d.entries("metadata.annotations").filter(|(k, _)| !NOT_COPIED.contains(&k.as_str()));
        let copied = copied.map(|(k, v)| (k.clone(), v.clone()));
        dig(&mut annotations, "").extend(copied.chain([(REVISION.to_owned(), revision.as_str().into())]));
        let mut spec = json!({"replicas": replicas, "selector": selector, "template": template});
        if d.int("spec.minReadySeconds") > 0 {
            set(&mut spec, "minReadySeconds", d.int("spec.minReadySeconds"));
        }
        w.create(json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": name, "namespace": self.view.namespace, "labels": template.at("metadata.labels"),
                "annotations": annotations, "ownerReferences": owner_reference(d),
            },
            "spec": spec, "status": {"replicas": 0},
        }));
        if replicas > 0 {
            w.normal(d, NAME, "ScalingReplicaSet", format!("Scaled up replica set {name} from 0 to {replicas}"));
        }
        if d.annotation(REVISION) != revision {
            w.patch_via(Via::Status, d, json!({"metadata": {"annotations": {REVISION: revision}}}));
        }
        let message = format!("Created new replica set \"{name}\"");
        condition::set_changed(conditions, self.condition("Progressing", "True", "NewReplicaSetCreated", &message));
    }

    /// A template that came back (rollback) gets the newest revision again.
    fn refresh_revision(&self, new: &Object, w: &mut Writes, conditions: &mut Vec<Value>) {
        let next = self.next_revision();
        let has = new.annotation(REVISION).parse::<i64>().unwrap_or(0);
        let mut revision = has;
        if has < next {
            revision = next;
            let history = match new.annotation("deployment.kubernetes.io/revision-history") {
                "" => has.to_string(),
                h => format!("{h},{has}"),
            };
            let annotations = json!({REVISION: next.to_string(), "deployment.kubernetes.io/revision-history": history});
            w.patch(new, json!({"metadata": {"annotations": annotations}}));
        }
        if self.d.annotation(REVISION) != revision.to_string() {
            let annotations = json!({REVISION: revision.to_string()});
            w.patch_via(Via::Status, self.d, json!({"metadata": {"annotations": annotations}}));
        }
        if has < next || !conditions.iter().any(|c| c.text("type") == "Progressing") {
            let message = format!("Found new replica set \"{}\"", new.name());
            condition::set_changed(conditions, self.condition("Progressing", "True", "FoundNewReplicaSet", &message));
        }
    }

    /// What a ReplicaSet is told of the whole.
    fn sizes(&self) -> Value {
        json!({DESIRED: self.replicas.to_string(), MAX: (self.replicas + self.surge).to_string()})
    }

    fn total(&self) -> i64 {
        self.sets.iter().map(|s| s.int("spec.replicas")).sum()
    }

    fn scale(&self, set: &Object, to: i64, w: &mut Writes) -> bool {
        let from = set.int("spec.replicas");
        let annotations = self.sizes();
        let stale = annotations.entries("").any(|(key, size)| set.annotation(key) != size);
        if from == to && !stale {
            return false;
        }
        let mut patch = json!({"metadata": {"annotations": annotations}});
        if from != to {
            self::set(&mut patch, "spec.replicas", to);
            let way = if to > from { "up" } else { "down" };
            let message = format!("Scaled {way} replica set {} from {from} to {to}", set.name());
            w.normal(self.d, NAME, "ScalingReplicaSet", message);
        }
        w.patch(set, patch);
        from != to
    }

    /// `reconcileNewReplicaSet`: as many new pods as the surge allows.
    fn grow_new(&self, new: &Object, w: &mut Writes) -> bool {
        let has = new.int("spec.replicas");
        if has >= self.replicas {
            return has > self.replicas && self.scale(new, self.replicas, w);
        }
        if !self.rolling {
            return !self.old_pods_run() && self.scale(new, self.replicas, w);
        }
        let room = self.replicas + self.surge - self.total();
        room > 0 && self.scale(new, has + room.min(self.replicas - has), w)
    }

    /// `reconcileOldReplicaSets`: unhealthy old pods first, then as many as availability allows.
    fn shrink_old(&self, new: &Object, w: &mut Writes) -> bool {
        let total = self.total();
        let minimum = self.replicas - self.unavailable;
        let new_short = new.int("spec.replicas") - new.int("status.availableReplicas");
        let mut most = total - minimum - new_short;
        if !self.rolling {
            most = total;
        }
        let mut wanted: Vec<(&Object, i64)> = self.old().map(|s| (s, s.int("spec.replicas"))).collect();
        if most <= 0 || wanted.iter().all(|(_, n)| *n == 0) {
            return false;
        }
        for (s, n) in wanted.iter_mut().filter(|(_, n)| *n > 0) {
            let sick = (*n - s.int("status.availableReplicas")).clamp(0, most);
            *n -= sick;
            most -= sick;
        }
        let available: i64 = self.sets.iter().map(|s| s.int("status.availableReplicas")).sum();
        let mut spare = if self.rolling { (available - minimum).max(0) } else { i64::MAX };
        for (_, n) in wanted.iter_mut().filter(|(_, n)| *n > 0) {
            let down = (*n).min(spare);
            *n -= down;
            spare -= down;
        }
        let mut any = false;
        for (s, n) in wanted.into_iter().filter(|(s, n)| s.int("spec.replicas") != *n) {
            any |= self.scale(s, n, w);
        }
        any
    }

    fn old_pods_run(&self) -> bool {
        let old: Vec<_> = self.old().map(|s| s.uid().to_owned()).collect();
        self.view.list("Pod").any(|p| {
            p.controller().is_some_and(|o| old.iter().any(|u| u == o.text("uid")))
                && !matches!(p.text("status.phase"), "Succeeded" | "Failed")
        })
    }

    /// Recreate: the old ones go first, all at once.
    fn recreate_waits(&self, w: &mut Writes) {
        for s in self.old().filter(|s| s.int("spec.replicas") > 0) {
            self.scale(s, 0, w);
        }
        w.wake(self.view.later(1));
    }

    /// A changed count (or a pause): spread over the ReplicaSets in proportion, surge included.
    fn scale_all(&self, w: &mut Writes) {
        let active: Vec<_> = self.sets.iter().copied().filter(|s| s.int("spec.replicas") > 0).collect();
        let latest = self.new.or_else(|| self.sets.last().copied());
        if active.len() <= 1 {
            if let Some(only) = active.first().copied().or(latest) {
                self.scale(only, self.replicas, w);
            }
            return;
        }
        if let Some(new) = self.new
            && new.int("spec.replicas") == self.replicas
            && new.int("status.availableReplicas") == self.replicas
        {
            for old in active.iter().filter(|s| s.uid() != new.uid()) {
                self.scale(old, 0, w);
            }
            return;
        }
        let total: i64 = active.iter().map(|s| s.int("spec.replicas")).sum();
        let allowed = if self.replicas > 0 { self.replicas + self.surge } else { 0 };
        let mut left = allowed - total;
        // The biggest first; the newest among equals.
        let mut order = active;
        order.sort_by_key(|s| {
            (-s.int("spec.replicas"), std::cmp::Reverse(s.text("metadata.creationTimestamp").to_owned()))
        });
        let last = order.len().saturating_sub(1);
        for (at, s) in order.into_iter().enumerate() {
            let has = s.int("spec.replicas");
            let before = s.annotation(MAX).parse::<i64>().unwrap_or(total).max(1);
            let share = if self.replicas == 0 { -has } else { (has * allowed + before / 2) / before - has };
            let share = if left >= 0 { share.clamp(0, left) } else { share.clamp(left, 0) };
            let share = if at == last && self.replicas > 0 && share.abs() < left.abs() { left } else { share };
            left -= share;
            self.scale(s, (has + share).max(0), w);
        }
    }

    /// Old ReplicaSets beyond the history limit go.
    fn clean_up(&self, w: &mut Writes) {
        let limit = usize::try_from(self.d.int_or("spec.revisionHistoryLimit", 10)).unwrap_or(10);
        let mut idle: Vec<_> =
            self.old().filter(|s| s.int("spec.replicas") == 0 && s.int("status.replicas") == 0).collect();
        idle.sort_by_key(|s| s.annotation(REVISION).parse::<i64>().unwrap_or(0));
        let extra = idle.len().saturating_sub(limit);
        idle.into_iter().take(extra).for_each(|s| w.delete(s));
    }

    fn status(&self, mut conditions: Vec<Value>, w: &mut Writes) {
        let d = self.d;
        let sum = |path: &str| self.sets.iter().map(|s| s.int(path)).sum::<i64>();
        let replicas = sum("status.replicas");
        let (ready, available) = (sum("status.readyReplicas"), sum("status.availableReplicas"));
        let updated = self.new.map_or(0, |n| n.int("status.replicas"));
        let wanted = sum("spec.replicas");
        let terminating = sum("status.terminatingReplicas");

        let enough = available >= self.replicas - self.unavailable;
        let (word, reason, message) = if enough {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        condition::set_changed(&mut conditions, self.condition("Available", word, reason, message));
        let counts = Counts { replicas, updated, ready, available };
        self.progress(&mut conditions, &counts, w);
        let failure = self.new.and_then(|n| n.condition("ReplicaFailure")).filter(|c| c.text("status") == "True");
        match failure {
            Some(c) => {
                let failed = self.condition("ReplicaFailure", "True", c.text("reason"), c.text("message"));
                condition::set_changed(&mut conditions, failed);
            }
            None => conditions.retain(|c| c.text("type") != "ReplicaFailure"),
        }
        let mut status = json!({"observedGeneration": d.int("metadata.generation")});
        let counts = [
            ("replicas", replicas),
            ("updatedReplicas", updated),
            ("readyReplicas", ready),
            ("availableReplicas", available),
            ("unavailableReplicas", wanted - available),
        ];
        pods::counts(&mut status, &counts);
        set(&mut status, "terminatingReplicas", terminating);
        set(&mut status, "conditions", conditions);
        w.status(d, status);
    }

    /// `syncRolloutStatus`.
    fn progress(&self, conditions: &mut Vec<Value>, c: &Counts, w: &mut Writes) {
        let d = self.d;
        let Some(deadline) = d.at("spec.progressDeadlineSeconds").as_i64().or(Some(600)).filter(|n| *n < 2_147_483_647)
        else {
            return conditions.retain(|c| c.text("type") != "Progressing");
        };
        let current = conditions.iter().find(|c| c.text("type") == "Progressing").cloned();
        let current_reason = current.as_ref().map(|c| c.text("reason").to_owned()).unwrap_or_default();
        let generation_seen = d.int("status.observedGeneration") >= d.int("metadata.generation");
        if d.is("spec.paused")
            || (c.replicas == c.updated && current_reason == "NewReplicaSetAvailable" && generation_seen)
        {
            return;
        }
        let name = self.new.map_or_else(|| d.name().to_owned(), |n| n.name().to_owned());
        let what = if self.new.is_some() { "ReplicaSet" } else { "Deployment" };
        let complete = c.updated == self.replicas && c.replicas == self.replicas && c.available == self.replicas;
        let moved = c.updated > d.int("status.updatedReplicas")
            || c.replicas - c.updated < d.int("status.replicas") - d.int("status.updatedReplicas")
            || c.ready > d.int("status.readyReplicas")
            || c.available > d.int("status.availableReplicas");
        let new = |status: &str, reason: &str, message: String| self.condition("Progressing", status, reason, &message);
        if complete && self.new.is_some() {
            let message = format!("{what} \"{name}\" has successfully progressed.");
            condition::set_changed(conditions, new("True", "NewReplicaSetAvailable", message));
        } else if moved {
            // Each progress sets the clock back, though reason and status stay.
            let mut condition = new("True", "ReplicaSetUpdated", format!("{what} \"{name}\" is progressing."));
            if let Some(old) = current.filter(|o| o.text("status") == "True") {
                set(&mut condition, "lastTransitionTime", old.at("lastTransitionTime").clone());
            }
            conditions.retain(|c| c.text("type") != "Progressing");
            conditions.push(condition);
        } else if let Some(old) = current {
            let from = old.time("lastUpdateTime").unwrap_or(self.view.now);
            let due = plus(from, deadline + 1);
            if matches!(current_reason.as_str(), "NewReplicaSetAvailable" | "ProgressDeadlineExceeded") {
                return;
            }
            if self.view.now >= due {
                let message = format!("{what} \"{name}\" has timed out progressing.");
                condition::set_changed(conditions, new("False", "ProgressDeadlineExceeded", message));
            } else {
                w.wake(due);
            }
        }
        if let Some(c) = conditions.iter().find(|c| {
            c.text("type") == "Progressing"
                && matches!(c.text("reason"), "ReplicaSetUpdated" | "NewReplicaSetCreated" | "FoundNewReplicaSet")
        }) {
            w.wake(plus(c.time("lastUpdateTime").unwrap_or(self.view.now), deadline + 1));
        }
    }
}

struct Counts {
    replicas: i64,
    updated: i64,
    ready: i64,
    available: i64,
}

/// `EqualIgnoreHash`.
fn same_template(a: &Value, b: &Value) -> bool {
    if a.at("spec") != b.at("spec") || a.at("metadata.annotations") != b.at("metadata.annotations") {
        return false;
    }
    let plain = |t: &Value| {
        let mut labels = json!({"labels": t.at("metadata.labels")});
        unset(&mut labels, &format!("labels.{HASH}"));
        labels
    };
    plain(a) == plain(b)
}
