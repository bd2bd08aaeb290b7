//! Kinds of Kubernetes objects that kennel has rows of. What names any kind and any object: [`super::api`].

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind that kennel reads. The table [`Kind::ALL`] gives group, version, resource and words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the Kubernetes kind of that name")]
pub enum Kind {
    Namespace,
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    Pod,
    Job,
    CronJob,
    HorizontalPodAutoscaler,
    ScaledObject,
    Service,
    EndpointSlice,
    Ingress,
    HTTPRoute,
    PersistentVolumeClaim,
    ConfigMap,
    Secret,
    ResourceQuota,
    Application,
    Kustomization,
    HelmRelease,
    Node,
    Event,
    PodMetrics,
}

/// What the API calls a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// The kind itself.
    pub kind: Kind,
    /// The kind's name in `kind:`.
    pub name: &'static str,
    /// API group, empty for the core group.
    pub group: &'static str,
    /// Version that kennel asks for.
    pub version: &'static str,
    /// Plural, as in URLs.
    pub resource: &'static str,
    /// What kubectl takes for short.
    pub short: &'static str,
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
}

const fn info(
    kind: Kind,
    name: &'static str,
    group: &'static str,
    version: &'static str,
    resource: &'static str,
    short: &'static str,
    namespaced: bool,
) -> KindInfo {
    KindInfo { kind, name, group, version, resource, short, namespaced }
}

impl Kind {
    /// Every kind with its names.
    pub const ALL: &'static [KindInfo] = &[
        info(Kind::Namespace, "Namespace", "", "v1", "namespaces", "ns", false),
        info(Kind::Deployment, "Deployment", "apps", "v1", "deployments", "deploy", true),
        info(Kind::StatefulSet, "StatefulSet", "apps", "v1", "statefulsets", "sts", true),
        info(Kind::DaemonSet, "DaemonSet", "apps", "v1", "daemonsets", "ds", true),
        info(Kind::ReplicaSet, "ReplicaSet", "apps", "v1", "replicasets", "rs", true),
        info(Kind::Pod, "Pod", "", "v1", "pods", "pod", true),
        info(Kind::Job, "Job", "batch", "v1", "jobs", "job", true),
        info(Kind::CronJob, "CronJob", "batch", "v1", "cronjobs", "cj", true),
        info(
            Kind::HorizontalPodAutoscaler,
            "HorizontalPodAutoscaler",
            "autoscaling",
            "v2",
            "horizontalpodautoscalers",
            "hpa",
            true,
        ),
        info(Kind::ScaledObject, "ScaledObject", "keda.sh", "v1alpha1", "scaledobjects", "so", true),
        info(Kind::Service, "Service", "", "v1", "services", "svc", true),
        info(Kind::EndpointSlice, "EndpointSlice", "discovery.k8s.io", "v1", "endpointslices", "endpointslice", true),
        info(Kind::Ingress, "Ingress", "networking.k8s.io", "v1", "ingresses", "ing", true),
        info(Kind::HTTPRoute, "HTTPRoute", "gateway.networking.k8s.io", "v1", "httproutes", "httproute", true),
        info(Kind::PersistentVolumeClaim, "PersistentVolumeClaim", "", "v1", "persistentvolumeclaims", "pvc", true),
        info(Kind::ConfigMap, "ConfigMap", "", "v1", "configmaps", "cm", true),
        info(Kind::Secret, "Secret", "", "v1", "secrets", "secret", true),
        info(Kind::ResourceQuota, "ResourceQuota", "", "v1", "resourcequotas", "quota", true),
        info(Kind::Application, "Application", "argoproj.io", "v1alpha1", "applications", "app", true),
        info(Kind::Kustomization, "Kustomization", "kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "ks", true),
        info(Kind::HelmRelease, "HelmRelease", "helm.toolkit.fluxcd.io", "v2", "helmreleases", "hr", true),
        info(Kind::Node, "Node", "", "v1", "nodes", "node", false),
        info(Kind::Event, "Event", "events.k8s.io", "v1", "events", "ev", true),
        info(Kind::PodMetrics, "PodMetrics", "metrics.k8s.io", "v1beta1", "pods", "podmetrics", true),
    ];

    /// Names of the kind.
    pub fn info(self) -> &'static KindInfo {
        const NONE: KindInfo = info(Kind::Pod, "?", "", "", "", "?", true);
        Self::ALL.get(self as usize).unwrap_or(&NONE)
    }

    /// The kind of that `kind:` name, whatever its group.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|i| i.name == name).map(|i| i.kind)
    }

    /// Whether only some clusters have it: a custom resource.
    pub fn is_custom(self) -> bool {
        self.is_delivery() || matches!(self, Kind::ScaledObject | Kind::HTTPRoute)
    }

    /// Whether its objects say what is delivered into other namespaces than their own.
    pub fn is_delivery(self) -> bool {
        matches!(self, Kind::Application | Kind::Kustomization | Kind::HelmRelease)
    }

    /// Plural, in lower case, as users say it: `deployments`.
    pub fn plural(self) -> &'static str {
        self.info().resource
    }

    /// Path of the kind's collection, in `namespace` where it is given and the kind has one.
    pub fn path(self, namespace: Option<&str>) -> String {
        let i = self.info();
        collection(i.group, i.version, i.resource, namespace.filter(|_| i.namespaced))
    }

    /// `apiVersion` of the kind.
    pub fn api_version(self) -> String {
        let i = self.info();
        if i.group.is_empty() { i.version.to_owned() } else { format!("{}/{}", i.group, i.version) }
    }
}

/// Path of a collection: <https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris>.
pub(crate) fn collection(group: &str, version: &str, plural: &str, namespace: Option<&str>) -> String {
    let base = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
    match namespace {
        Some(namespace) => format!("{base}/namespaces/{namespace}/{plural}"),
        None => format!("{base}/{plural}"),
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.info().name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_in_the_table_once() {
        for (at, one) in Kind::ALL.iter().enumerate() {
            assert_eq!(one.kind.info(), one);
            assert!(Kind::ALL.iter().skip(at + 1).all(|o| o.kind != one.kind && o.name != one.name));
        }
    }

    #[test]
    fn paths_are_those_of_the_api() {
        assert_eq!(Kind::Pod.path(Some("shop")), "/api/v1/namespaces/shop/pods");
        assert_eq!(Kind::Deployment.path(None), "/apis/apps/v1/deployments");
        assert_eq!(Kind::Node.path(Some("shop")), "/api/v1/nodes");
    }
}
