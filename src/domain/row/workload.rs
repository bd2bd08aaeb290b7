//! Deployments, StatefulSets, DaemonSets, and what changes their count.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::meta::{Condition, Meta, Owner, Selector};
use super::placement::Placement;
use crate::domain::{Kind, Labels, ObjectId, Text, Time};

/// The three kinds that are services by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the Kubernetes kinds of these names")]
pub enum WorkloadKind {
    #[default]
    Deployment,
    StatefulSet,
    DaemonSet,
}

impl WorkloadKind {
    /// As a [`Kind`].
    pub fn kind(self) -> Kind {
        match self {
            Self::Deployment => Kind::Deployment,
            Self::StatefulSet => Kind::StatefulSet,
            Self::DaemonSet => Kind::DaemonSet,
        }
    }
}

/// A Deployment, StatefulSet or DaemonSet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkloadRow {
    /// Which of the three.
    pub kind: WorkloadKind,
    /// Metadata.
    pub meta: Meta,
    /// `spec.replicas` (1 where absent; a DaemonSet's `desiredNumberScheduled`).
    pub desired: u32,
    /// `spec.selector`.
    pub selector: Selector,
    /// The pod template.
    pub template: Template,
    /// Counts of the status.
    pub counts: Counts,
    /// `status.observedGeneration`.
    pub observed_generation: i64,
    /// `status.conditions`.
    pub conditions: Box<[Condition]>,
    /// Deployment: `spec.paused`.
    pub paused: bool,
    /// Deployment: `spec.progressDeadlineSeconds`, in seconds (the API's default is 600).
    pub progress_deadline: Option<u32>,
    /// Update strategy is `OnDelete` (StatefulSet, DaemonSet).
    pub on_delete: bool,
    /// StatefulSet: `rollingUpdate.partition`.
    pub partition: u32,
    /// StatefulSet: `status.currentRevision` and `status.updateRevision`.
    pub revisions: Option<(Text, Text)>,
    /// Deployment: annotation `deployment.kubernetes.io/revision`.
    pub revision: Option<u32>,
    /// StatefulSet: names of its volume claim templates.
    pub volume_claims: Box<[Text]>,
    /// StatefulSet: `persistentVolumeClaimRetentionPolicy.whenScaled` is `Delete`: a stop would delete data.
    pub claims_die_when_scaled: bool,
}

impl WorkloadRow {
    /// Pods of an earlier revision that stay until somebody deletes them (update strategy `OnDelete`), and all. The
    /// current revision of such a StatefulSet never becomes the new one, however many of its pods are.
    /// <https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/statefulset/stateful_set_utils.go>
    pub(crate) fn outdated(&self) -> Option<(u32, u32)> {
        let changed = self.revisions.as_ref().is_none_or(|(current, update)| current != update && !update.is_empty());
        let old = self.counts.replicas.saturating_sub(self.counts.updated);
        (self.on_delete && changed && old > 0).then_some((old, self.counts.replicas))
    }
}

/// A ReplicaSet. These are not watched; one is looked up where its owner or its revision's number is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplicaSetRow {
    /// Name.
    pub name: Text,
    /// Namespace.
    pub namespace: Text,
    /// Its Deployment, Rollout, or whatever else owns it.
    pub owner: Option<Owner>,
    /// Label `pod-template-hash`.
    pub hash: Option<Text>,
    /// Annotation `deployment.kubernetes.io/revision`.
    pub revision: Option<u32>,
}

/// Counts of a workload's status. Deployments leave terminating pods out, StatefulSets count them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the status fields of these names; for a DaemonSet the …NumberScheduled ones")]
pub struct Counts {
    pub replicas: u32,
    pub updated: u32,
    pub ready: u32,
    pub available: u32,
    pub unavailable: u32,
    /// DaemonSet: pods on nodes that should not have one.
    pub misscheduled: u32,
}

/// The parts of a pod template that kennel shows or judges by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// Labels that its pods get.
    pub labels: Labels,
    /// Images of its containers, in order (no init containers).
    pub images: Box<[Text]>,
    /// Its containers, in the order of their images.
    pub containers: Arc<[Listening]>,
    /// Annotation `kubectl.kubernetes.io/default-container`: the one that it is about.
    pub main: Option<Text>,
    /// When its service was restarted last, as it is written there ([`crate::domain::keys::RESTARTED`]).
    pub restarted: Option<Text>,
    /// Probes of its containers.
    pub probes: Arc<[Probe]>,
    /// Whether a container's port or mount is one of a database's, a queue's or the like.
    pub keeps_data: bool,
    /// Whether a volume outlives its pods: a claim, a folder of the node, a network share.
    pub durable: bool,
    /// Whether its priority class is one of the cluster's own (`system-cluster-critical`, `system-node-critical`).
    pub critical: bool,
    /// `nodeSelector`.
    pub node_selector: Labels,
    /// What else it asks of nodes.
    pub placement: Option<Box<Placement>>,
    /// Claims that its volumes name.
    pub claims: Box<[Text]>,
    /// `terminationGracePeriodSeconds`, in seconds (the API's default is 30).
    pub grace: Option<u32>,
    /// ConfigMaps and Secrets that its pods take, each once; never what is in them.
    pub config: Box<[ConfigRef]>,
}

impl Template {
    /// Whether it is asked if it is ready.
    pub(crate) fn is_asked(&self) -> bool {
        self.probes.iter().any(|p| p.name == "readiness")
    }
}

/// A container of a pod template, and where it listens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Listening {
    /// Name.
    pub name: Text,
    /// Ports, each with its name where it has one.
    pub ports: Box<[(Text, u16)]>,
}

/// A probe of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Probe {
    /// `readiness`, `liveness`, `startup`.
    pub name: Text,
    /// The container's name.
    pub container: Text,
    /// What it asks: `GET :8080/ready`, `TCP :5432`, `gRPC :50051`, a command.
    pub asks: Text,
    /// The port that it asks at, by number or name; empty where it runs a command.
    pub port: Text,
}

/// A ConfigMap or Secret that a pod template takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigRef {
    /// It is a Secret.
    pub secret: bool,
    /// Its name.
    pub name: Text,
    /// How it is taken: `all keys as variables`, `variables DB_URL, DB_USER`, `files in /etc/tls`.
    pub place: Text,
    /// Pods start without it (or without the key) too.
    pub optional: bool,
}

impl ConfigRef {
    /// Its kind.
    pub fn kind(&self) -> &'static str {
        if self.secret { "Secret" } else { "ConfigMap" }
    }
}

/// A HorizontalPodAutoscaler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AutoscalerRow {
    /// Metadata.
    pub meta: Meta,
    /// What it scales.
    pub target: ObjectId,
    /// `spec.minReplicas` (1 where absent).
    pub min: u32,
    /// `spec.maxReplicas`.
    pub max: u32,
    /// `status.currentReplicas`.
    pub current: Option<u32>,
    /// `status.desiredReplicas`.
    pub desired: Option<u32>,
    /// `status.lastScaleTime`.
    pub last_scale: Option<Time>,
    /// `status.conditions`.
    pub conditions: Box<[Condition]>,
}

/// A KEDA ScaledObject. <https://keda.sh/docs/latest/reference/scaledobject-spec/>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScaledObjectRow {
    /// Metadata; annotation `autoscaling.keda.sh/paused-replicas` pauses it.
    pub meta: Meta,
    /// What it scales.
    pub target: ObjectId,
    /// `minReplicaCount` (0 where absent).
    pub min: u32,
    /// `maxReplicaCount` (100 where absent).
    pub max: u32,
}

impl ScaledObjectRow {
    /// Whether it scales an object of its namespace.
    pub(crate) fn scales(&self, object: &ObjectId) -> bool {
        self.target == *object
    }

    /// The reference to it.
    pub(crate) fn reference(&self) -> ObjectId {
        ObjectId::new(Kind::ScaledObject, self.meta.namespace.clone(), self.meta.name.clone())
    }
}
