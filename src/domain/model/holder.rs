//! Who holds a pod or a Job: the key by which services and tasks are told apart.

use crate::domain::kind::Kind;
use crate::domain::row::{Owner, PodRow, WorkloadKind};
use crate::domain::{ObjectRef, Text};

/// What kind of thing holds pods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum HolderKind {
    /// One of the three kinds that are services by themselves.
    Workload(WorkloadKind),
    /// A CronJob: a task.
    CronJob,
    /// A Job: a task.
    Job,
    /// The pod itself: nobody holds it.
    Pod,
    /// Anything else, by its `kind:` (ReplicaSet, Rollout, Cluster, …).
    Other(Text),
}

/// One service or task of a namespace, by kind and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Holder {
    pub(crate) kind: HolderKind,
    pub(crate) name: Text,
}

/// Label of a ReplicaSet's pods: the last part of the ReplicaSet's name, and the revision's mark.
pub(crate) const TEMPLATE_HASH: &str = "pod-template-hash";

/// The same of Argo Rollouts, whose ReplicaSets belong to a Rollout.
pub(crate) const ROLLOUT_HASH: &str = "rollouts-pod-template-hash";

impl Holder {
    pub(crate) fn workload(kind: WorkloadKind, name: Text) -> Self {
        Self { kind: HolderKind::Workload(kind), name }
    }

    pub(crate) fn job(name: Text) -> Self {
        Self { kind: HolderKind::Job, name }
    }

    fn of_kind(kind: &Text, name: Text) -> Self {
        let kind = match Kind::named(kind) {
            Some(Kind::Deployment) => HolderKind::Workload(WorkloadKind::Deployment),
            Some(Kind::StatefulSet) => HolderKind::Workload(WorkloadKind::StatefulSet),
            Some(Kind::DaemonSet) => HolderKind::Workload(WorkloadKind::DaemonSet),
            Some(Kind::Job) => HolderKind::Job,
            Some(Kind::CronJob) => HolderKind::CronJob,
            _ => HolderKind::Other(kind.clone()),
        };
        Self { kind, name }
    }

    /// What an owner reference names.
    pub(crate) fn of_owner(owner: &Owner) -> Self {
        Self::of_kind(&owner.kind, owner.name.clone())
    }

    /// What a reference names.
    pub(crate) fn of_object(object: &ObjectRef) -> Self {
        Self::of_kind(&object.kind, object.name.clone())
    }

    /// Who a pod says holds it. A ReplicaSet's name without the template's hash is its Deployment's
    /// (`kube-controller-manager` names them so), or its Rollout's, so that ReplicaSets need no watch.
    /// <https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/deployment/sync.go>
    pub(crate) fn of_pod(pod: &PodRow) -> Self {
        let Some(owner) = &pod.owner else {
            return Self { kind: HolderKind::Pod, name: pod.name.clone() };
        };
        match owner.kind.as_str() {
            // A static pod's mirror is owned by its node.
            "Node" => Self { kind: HolderKind::Pod, name: pod.name.clone() },
            "ReplicaSet" => {
                let stem = |label| {
                    let hash = pod.labels.get(label)?;
                    Some(Text::new(owner.name.strip_suffix(hash.as_str())?.strip_suffix('-')?))
                };
                if let Some(name) = stem(ROLLOUT_HASH) {
                    return Self { kind: HolderKind::Other("Rollout".into()), name };
                }
                match stem(TEMPLATE_HASH) {
                    Some(name) => Self::workload(WorkloadKind::Deployment, name),
                    None => Self::of_owner(owner),
                }
            }
            _ => Self::of_owner(owner),
        }
    }

    /// As a reference to an object of `namespace`.
    pub(crate) fn object(&self, namespace: &Text) -> ObjectRef {
        ObjectRef { kind: self.kind.word(), namespace: namespace.clone(), name: self.name.clone() }
    }
}

impl HolderKind {
    /// `kind:` as the API writes it.
    pub(crate) fn word(&self) -> Text {
        match self {
            HolderKind::Workload(kind) => kind.kind().info().name.into(),
            HolderKind::CronJob => "CronJob".into(),
            HolderKind::Job => "Job".into(),
            HolderKind::Pod => "Pod".into(),
            HolderKind::Other(kind) => kind.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Labels;

    fn pod(owner: &str, name: &str, labels: &[(&str, &str)]) -> PodRow {
        PodRow {
            name: "p".into(),
            labels: Labels::new(labels.iter().map(|(k, v)| ((*k).into(), (*v).into()))),
            owner: Some(
                Owner { api_version: "v1".into(), kind: owner.into(), name: name.into(), uid: "u".into() }.into(),
            ),
            ..PodRow::default()
        }
    }

    #[test]
    fn pods_are_explained_by_owner_and_template_hash_without_replicasets() {
        let of = |p: &PodRow| {
            let h = Holder::of_pod(p);
            format!("{} {}", h.kind.word(), h.name)
        };
        assert_eq!(of(&pod("ReplicaSet", "web-7d9f", &[(TEMPLATE_HASH, "7d9f")])), "Deployment web");
        assert_eq!(of(&pod("ReplicaSet", "web-abc", &[(ROLLOUT_HASH, "abc")])), "Rollout web");
        assert_eq!(of(&pod("ReplicaSet", "lone", &[])), "ReplicaSet lone");
        assert_eq!(of(&pod("StatefulSet", "db", &[])), "StatefulSet db");
        assert_eq!(of(&pod("Cluster", "pg", &[])), "Cluster pg");
        assert_eq!(of(&pod("Node", "n1", &[])), "Pod p");
        assert_eq!(of(&PodRow { name: "bare".into(), ..PodRow::default() }), "Pod bare");
    }
}
