//! Who holds a pod or a Job: the key by which services and tasks are told apart.

use crate::domain::kind::Kind;
use crate::domain::row::{Owner, PodRow, WorkloadKind, rollout};
use crate::domain::{Api, ObjectId, Text};

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
    /// Anything else (ReplicaSet, Rollout, Cluster, …).
    Other(Api),
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

    /// The holder of that name, if it is one.
    pub(crate) fn of(api: &Api, name: Text) -> Self {
        let kind = match api.known() {
            Some(Kind::Deployment) => HolderKind::Workload(WorkloadKind::Deployment),
            Some(Kind::StatefulSet) => HolderKind::Workload(WorkloadKind::StatefulSet),
            Some(Kind::DaemonSet) => HolderKind::Workload(WorkloadKind::DaemonSet),
            Some(Kind::Job) => HolderKind::Job,
            Some(Kind::CronJob) => HolderKind::CronJob,
            _ => HolderKind::Other(api.clone()),
        };
        Self { kind, name }
    }

    /// What an owner reference names.
    pub(crate) fn of_owner(owner: &Owner) -> Self {
        Self::of(&owner.api, owner.name.clone())
    }

    /// What a reference names.
    pub(crate) fn of_object(object: &ObjectId) -> Self {
        Self::of(&object.api, object.name.clone())
    }

    /// Who a pod says holds it. A ReplicaSet's name without the template's hash is its Deployment's
    /// (`kube-controller-manager` names them so), or its Rollout's, so that ReplicaSets need no watch.
    /// <https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/deployment/sync.go>
    pub(crate) fn of_pod(pod: &PodRow) -> Self {
        let Some(owner) = &pod.owner else {
            return Self { kind: HolderKind::Pod, name: pod.name.clone() };
        };
        match owner.api.known() {
            // A static pod's mirror is owned by its node.
            Some(Kind::Node) => Self { kind: HolderKind::Pod, name: pod.name.clone() },
            Some(Kind::ReplicaSet) => {
                let stem = |label| {
                    let hash = pod.labels.get(label)?;
                    Some(Text::new(owner.name.strip_suffix(hash.as_str())?.strip_suffix('-')?))
                };
                if let Some(name) = stem(ROLLOUT_HASH) {
                    return Self { kind: HolderKind::Other(rollout()), name };
                }
                match stem(TEMPLATE_HASH) {
                    Some(name) => Self::workload(WorkloadKind::Deployment, name),
                    None => Self::of_owner(owner),
                }
            }
            _ => Self::of_owner(owner),
        }
    }

    /// Whether the end of a Deployment's name may be missing: a ReplicaSet's has at most 253 characters, and its last
    /// ten (and a dash) may be the template's hash.
    /// <https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/deployment/sync.go>
    pub(crate) fn may_be_cut(&self) -> bool {
        const LEAST: usize = 253 - 1 - 10;
        self.name.len() >= LEAST && self.kind == HolderKind::Workload(WorkloadKind::Deployment)
    }

    /// What it is, where kennel has no rows of that.
    pub(crate) fn custom(&self) -> Option<&Api> {
        match &self.kind {
            HolderKind::Other(api) if api.known().is_none() => Some(api),
            _ => None,
        }
    }

    /// As a reference to an object of `namespace`.
    pub(crate) fn object(&self, namespace: &Text) -> ObjectId {
        ObjectId::new(self.kind.api(), namespace.clone(), self.name.clone())
    }
}

impl HolderKind {
    /// What the API calls it.
    fn api(&self) -> Api {
        match self {
            HolderKind::Workload(kind) => kind.kind().into(),
            HolderKind::CronJob => Kind::CronJob.into(),
            HolderKind::Job => Kind::Job.into(),
            HolderKind::Pod => Kind::Pod.into(),
            HolderKind::Other(api) => api.clone(),
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
            owner: Some(Owner { api: Api::referred("", owner), name: name.into(), uid: "u".into() }.into()),
            ..PodRow::default()
        }
    }

    #[test]
    fn pods_are_explained_by_owner_and_template_hash_without_replicasets() {
        let of = |p: &PodRow| {
            let h = Holder::of_pod(p);
            h.object(&"n".into()).to_string()
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
