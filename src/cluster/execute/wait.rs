//! Waiting for pods: gone, terminating ones too, or ready.
//!
//! The snapshot tells where it can (its pods include terminating ones, which a Deployment's counts leave out);
//! otherwise, and now and then, the server is asked.

use std::sync::Arc;

use serde_json::Value;

use super::send;
use crate::cluster::wire::Wire;
use crate::cluster::wire::escaped;
use crate::domain::environment::Environment;
use crate::domain::operation::JournalStep;
use crate::domain::row::WorkloadKind;
use crate::domain::service::Service;
use crate::domain::snapshot::Connection;
use crate::domain::{Api, Kind, ObjectId, Snapshot, Text};
use crate::plan::{Direction, Goal, Whose, act};

/// What is seen of a workload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The controller has acted on the spec that the step left (or a later one).
    pub(super) current: bool,
    /// `spec.replicas`; a DaemonSet's `desiredNumberScheduled`.
    pub(super) wanted: u32,
    pub(super) ready: u32,
    /// Of the newest revision.
    pub(super) updated: u32,
    pub(super) available: u32,
    /// A change of its template does not reach its pods by itself: paused, `OnDelete`.
    pub(super) held: bool,
    /// So many pods, below a StatefulSet's partition, stay as they are.
    pub(super) kept: u32,
    /// Pods, terminating ones included as far as is known.
    pub(super) pods: u32,
}

/// Pods that are still to go, or to get ready.
pub(super) fn left(goal: Goal, seen: Seen) -> u32 {
    match goal {
        Goal::Gone if seen.current => seen.pods.max(seen.wanted),
        Goal::Gone => seen.pods.max(1),
        Goal::Rolled if seen.current && seen.held => 0,
        // As `kubectl rollout status` has it: all new, all available, none of the old ones left.
        Goal::Rolled if seen.current => {
            let new = seen.wanted.saturating_sub(seen.kept);
            let old = new.saturating_sub(seen.updated).max(seen.wanted.saturating_sub(seen.available));
            old.max(seen.pods.saturating_sub(seen.wanted))
        }
        Goal::Rolled => seen.wanted.max(1),
        Goal::Ready(n) if seen.current => n.min(seen.wanted).saturating_sub(seen.ready),
        Goal::Ready(n) => n,
        Goal::Everywhere if seen.current => seen.wanted.saturating_sub(seen.ready),
        Goal::Everywhere => 1,
    }
}

/// One step that is waited for.
#[derive(Clone, Debug)]
pub(super) struct Awaited {
    pub(super) object: ObjectId,
    pub(super) uid: Option<Text>,
    pub(super) goal: Goal,
    whose: Whose,
    /// The generation that the step left; the status must have caught up with it.
    pub(super) generation: Option<i64>,
}

impl Awaited {
    pub(super) fn of(step: &JournalStep, direction: Direction, generation: Option<i64>) -> Option<Self> {
        let (goal, whose) = act(&step.action).awaits(direction, &step.object)?;
        Some(Self {
            object: step.object.clone(),
            uid: step.uid.clone(),
            goal,
            whose,
            // The object's own generation says nothing about what it scales.
            generation: generation.filter(|_| whose == Whose::Own),
        })
    }

    /// Pods left by the snapshot; `None` where that can't tell.
    pub(super) fn by_snapshot(&self, snapshot: &Snapshot) -> Option<u32> {
        let live = |kind| snapshot.state(kind).arrived();
        if snapshot.connection != Connection::Live || !live(Kind::Pod) {
            return None;
        }
        let environment = snapshot.namespace(self.object.namespace.clone())?;
        let service = self.service(environment)?;
        let row = service.workload.as_ref()?;
        let other = self.whose == Whose::Own && self.uid.as_ref() != Some(&row.meta.uid);
        if !live(row.kind.kind()) || other {
            return None;
        }
        let reached = self.generation.is_none_or(|g| row.meta.generation >= g);
        let extra = if row.kind == WorkloadKind::DaemonSet { row.counts.misscheduled } else { 0 };
        let alive = service.pods.iter().filter(|p| !p.ended()).count();
        let seen = Seen {
            current: reached && row.observed_generation >= row.meta.generation,
            wanted: row.desired,
            ready: row.counts.ready,
            updated: row.counts.updated,
            available: row.counts.available,
            held: row.paused || row.on_delete,
            kept: row.partition,
            pods: u32::try_from(alive).unwrap_or(u32::MAX).max(row.counts.replicas).max(extra),
        };
        Some(left(self.goal, seen))
    }

    fn service<'a>(&self, environment: &'a Environment) -> Option<&'a Arc<Service>> {
        let target = match self.whose {
            Whose::Scaled => &environment.scaled_objects.named(&self.object.name)?.target,
            Whose::Own => &self.object,
        };
        environment.service(target)
    }

    /// Pods left, asked of the server: the object's status, and its pods where these can be read. An object that
    /// is gone has none. `None`: not known now.
    pub(super) async fn by_asking(&self, wire: &Wire) -> Option<u32> {
        let mut object = send::read(wire, &self.object).await.ok()?;
        if self.whose == Whose::Scaled
            && let Some(scaler) = &object
        {
            let target = target_of(scaler, &self.object.namespace)?;
            object = send::read(wire, &target).await.ok()?;
        }
        let Some(object) = object else { return Some(0) };
        let by_status = left(self.goal, seen(&object, self.generation));
        match self.goal {
            // A Deployment's status leaves terminating pods out (but for servers that count them apart).
            Goal::Gone if by_status == 0 => Some(pods_of(wire, &object).await.unwrap_or(0)),
            _ => Some(by_status),
        }
    }
}

/// How many pods of a workload there are, terminating ones too; `None` where they can't be read.
async fn pods_of(wire: &Wire, object: &Value) -> Option<u32> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let (namespace, name) = (text("/metadata/namespace")?, text("/metadata/name")?);
    let labels = object.pointer("/spec/selector/matchLabels")?.as_object()?;
    let pairs = labels.iter().filter_map(|(k, v)| v.as_str().map(|v| format!("{k}={v}")));
    let selector = pairs.collect::<Vec<_>>().join(",");
    let path = format!("{}?labelSelector={}&limit=500", Kind::Pod.path(Some(namespace)), escaped(&selector));
    let list: Value = wire.get_json(&path).await.ok()?;
    let own = |pod: &&Value| {
        let mut owners = pod.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
        let ended = matches!(pod.pointer("/status/phase").and_then(Value::as_str), Some("Succeeded" | "Failed"));
        let of_it = |o: &Value| {
            let by_uid = o.get("uid").is_some() && o.get("uid") == object.pointer("/metadata/uid");
            let set = o.get("kind").and_then(Value::as_str) == Some("ReplicaSet");
            let revision = o.get("name").and_then(Value::as_str).and_then(|n| n.rsplit_once('-')).map(|(d, _)| d);
            by_uid || (set && revision == Some(name))
        };
        !ended && owners.any(of_it)
    };
    u32::try_from(list.get("items")?.as_array()?.iter().filter(own).count()).ok()
}

/// What a ScaledObject scales. <https://keda.sh/docs/latest/reference/scaledobject-spec/#scaletargetref>
fn target_of(keda: &Value, namespace: &Text) -> Option<ObjectId> {
    let of = |key: &str| keda.pointer(&format!("/spec/scaleTargetRef/{key}")).and_then(Value::as_str);
    let api = Api::referred(of("apiVersion").unwrap_or_default(), of("kind").unwrap_or("Deployment"));
    Some(ObjectId::new(api, namespace.clone(), of("name")?))
}

/// What an object's status tells.
fn seen(object: &Value, generation: Option<i64>) -> Seen {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    let count = |pointer: &str| number(pointer).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let now = send::generation(object).unwrap_or(0);
    let current = number("/status/observedGeneration").unwrap_or(0) >= now && generation.is_none_or(|g| now >= g);
    if object.get("kind").and_then(Value::as_str) == Some("Job") {
        // A Job has no observed generation, and none of its pods are wanted once it is suspended.
        let pods = count("/status/active") + count("/status/terminating");
        return Seen { current: true, pods, ..Seen::default() };
    }
    let is = |pointer: &str, word: &str| object.pointer(pointer).and_then(Value::as_str) == Some(word);
    let held =
        object.pointer("/spec/paused") == Some(&Value::Bool(true)) || is("/spec/updateStrategy/type", "OnDelete");
    if object.pointer("/status/desiredNumberScheduled").is_some() {
        return Seen {
            current,
            wanted: count("/status/desiredNumberScheduled"),
            ready: count("/status/numberReady"),
            updated: count("/status/updatedNumberScheduled"),
            available: count("/status/numberAvailable"),
            held,
            kept: 0,
            pods: count("/status/currentNumberScheduled") + count("/status/numberMisscheduled"),
        };
    }
    Seen {
        current,
        wanted: number("/spec/replicas").and_then(|n| u32::try_from(n).ok()).unwrap_or(1),
        ready: count("/status/readyReplicas"),
        updated: count("/status/updatedReplicas"),
        available: count("/status/availableReplicas"),
        held,
        kept: count("/spec/updateStrategy/rollingUpdate/partition"),
        // Deployments count terminating pods apart, since 1.33, where the server has it switched on.
        pods: count("/status/replicas") + count("/status/terminatingReplicas"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_that_has_not_caught_up_is_not_believed() {
        let stopped = |observed: i64| json!({"metadata": {"generation": 5}, "spec": {"replicas": 0}, "status": {"observedGeneration": observed}});
        assert_eq!(left(Goal::Gone, seen(&stopped(4), Some(5))), 1);
        assert_eq!(left(Goal::Gone, seen(&stopped(5), Some(5))), 0);
        assert_eq!(left(Goal::Gone, seen(&stopped(5), Some(6))), 1, "read from a cache behind");
        let starting = json!({"metadata": {"generation": 5}, "spec": {"replicas": 3},
                              "status": {"observedGeneration": 4, "readyReplicas": 3}});
        assert_eq!(left(Goal::Ready(3), seen(&starting, Some(5))), 3);
    }

    #[test]
    fn terminating_pods_are_waited_for_and_what_somebody_scales_up_again_is_not_gone() {
        let of = |spec: u32, replicas: u32, terminating: u32| {
            seen(
                &json!({"metadata": {"generation": 1}, "spec": {"replicas": spec}, "status": {"observedGeneration": 1,
                "replicas": replicas, "terminatingReplicas": terminating}}),
                None,
            )
        };
        assert_eq!(left(Goal::Gone, of(0, 0, 2)), 2);
        assert_eq!(left(Goal::Gone, of(2, 0, 0)), 2);
        assert_eq!(left(Goal::Gone, of(0, 0, 0)), 0);
    }

    #[test]
    fn ready_means_as_many_as_were_asked_for_or_as_are_wanted_by_now() {
        let of = |wanted, ready| Seen { current: true, wanted, ready, pods: ready, ..Seen::default() };
        assert_eq!(left(Goal::Ready(3), of(3, 1)), 2);
        assert_eq!(left(Goal::Ready(3), of(6, 3)), 0, "an HPA may want more since");
        assert_eq!(left(Goal::Ready(3), of(2, 2)), 0, "or less");
        assert_eq!(left(Goal::Everywhere, of(4, 1)), 3);
    }

    #[test]
    fn a_rollout_is_over_when_all_pods_are_new_and_available_and_none_of_the_old_is_left() {
        let of = |updated, available, pods| {
            let seen = Seen { current: true, wanted: 3, ready: available, updated, available, pods, ..Seen::default() };
            left(Goal::Rolled, seen)
        };
        let above = |updated| {
            let seen = Seen { current: true, wanted: 3, kept: 2, available: 3, pods: 3, updated, ..Seen::default() };
            left(Goal::Rolled, seen)
        };
        assert_eq!([above(0), above(1)], [1, 0], "those below a partition stay");
        assert_eq!([of(3, 3, 3), of(1, 3, 4), of(3, 2, 3), of(3, 3, 4), of(0, 3, 3)], [0, 2, 1, 1, 3]);
        let unseen = Seen { wanted: 3, updated: 3, available: 3, ..Seen::default() };
        assert_eq!(left(Goal::Rolled, unseen), 3, "its controller has not looked yet");
        let paused = Seen { current: true, wanted: 3, held: true, ..Seen::default() };
        assert_eq!(left(Goal::Rolled, paused), 0, "nothing comes of it by itself");
    }
}
