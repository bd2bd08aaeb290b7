//! The discovery table: every kind that the embedded cluster stores.
//!
//! To add a kind, add a row: storage, paths, discovery, RBAC and watches follow from it.
//! Names and verbs are those that kube-apiserver 1.36 answers at `/api/v1` and `/apis/*`.
//! A CustomResourceDefinition that somebody creates is stored and serves nothing: the custom kinds are those of the
//! table, and no schema prunes, fills or checks them.

use serde_json::Value;

/// One kind as the API serves it.
#[derive(Debug)]
pub struct Resource {
    /// `kind:`.
    pub kind: &'static str,
    /// API group, empty for the core group.
    pub group: &'static str,
    /// Version.
    pub version: &'static str,
    /// Plural, as in paths.
    pub plural: &'static str,
    /// Short name, empty where there is none; several stand with commas between.
    pub short: &'static str,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// What the kind has beside plain storage.
    has: u8,
    /// Fields that a field selector may name, beside `metadata.name` and `metadata.namespace`.
    pub fields: &'static [&'static str],
}

const STATUS: u8 = 1;
/// `metadata.generation` counts changes of everything but metadata and status.
const GENERATION: u8 = 2;
const SCALE: u8 = 4;
/// In the category `all`.
const ALL: u8 = 8;
/// Made by others; the API only reads it.
const READ_ONLY: u8 = 16;
/// Served by a CustomResourceDefinition: list items carry `kind` and `apiVersion`.
const CUSTOM: u8 = 32;

const NAMESPACED: bool = true;
const CLUSTER: bool = false;

const POD_FIELDS: &[&str] = &[
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
];
const CORE_EVENT_FIELDS: &[&str] = &[
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
];
const EVENT_FIELDS: &[&str] = &[
    "regarding.kind",
    "regarding.namespace",
    "regarding.name",
    "regarding.uid",
    "regarding.apiVersion",
    "regarding.resourceVersion",
    "regarding.fieldPath",
    "reason",
    "reportingController",
    "type",
];

type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, bool, u8, &'static [&'static str]);

const fn row(r: Row) -> Resource {
    let (group, version, kind, plural, short, namespaced, has, fields) = r;
    Resource { kind, group, version, plural, short, namespaced, has, fields }
}

/// Every kind. A kind that is a view of another one's storage ([`Resource::storage`]) stands after it.
pub static RESOURCES: &[Resource] = &[
    row(("events.k8s.io", "v1", "Event", "events", "ev", NAMESPACED, 0, EVENT_FIELDS)),
    row(("", "v1", "Event", "events", "ev", NAMESPACED, 0, CORE_EVENT_FIELDS)),
    row(("", "v1", "Namespace", "namespaces", "ns", CLUSTER, STATUS, &["status.phase"])),
    row(("", "v1", "Node", "nodes", "no", CLUSTER, STATUS, &["spec.unschedulable"])),
    row(("", "v1", "PersistentVolume", "persistentvolumes", "pv", CLUSTER, STATUS, &[])),
    row(("", "v1", "Pod", "pods", "po", NAMESPACED, STATUS | GENERATION | ALL, POD_FIELDS)),
    row(("", "v1", "Service", "services", "svc", NAMESPACED, STATUS | ALL, &["spec.clusterIP", "spec.type"])),
    row(("", "v1", "Endpoints", "endpoints", "ep", NAMESPACED, 0, &[])),
    row(("", "v1", "ConfigMap", "configmaps", "cm", NAMESPACED, 0, &[])),
    row(("", "v1", "Secret", "secrets", "", NAMESPACED, 0, &["type"])),
    row(("", "v1", "ServiceAccount", "serviceaccounts", "sa", NAMESPACED, 0, &[])),
    row(("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", "pvc", NAMESPACED, STATUS, &[])),
    row(("", "v1", "ResourceQuota", "resourcequotas", "quota", NAMESPACED, STATUS, &[])),
    row(("", "v1", "LimitRange", "limitranges", "limits", NAMESPACED, 0, &[])),
    row((
        "",
        "v1",
        "ReplicationController",
        "replicationcontrollers",
        "rc",
        NAMESPACED,
        STATUS | GENERATION | SCALE | ALL,
        &["status.replicas"],
    )),
    row(("apps", "v1", "Deployment", "deployments", "deploy", NAMESPACED, STATUS | GENERATION | SCALE | ALL, &[])),
    row(("apps", "v1", "StatefulSet", "statefulsets", "sts", NAMESPACED, STATUS | GENERATION | SCALE | ALL, &[])),
    row(("apps", "v1", "DaemonSet", "daemonsets", "ds", NAMESPACED, STATUS | GENERATION | ALL, &[])),
    row(("apps", "v1", "ReplicaSet", "replicasets", "rs", NAMESPACED, STATUS | GENERATION | SCALE | ALL, &[])),
    row(("apps", "v1", "ControllerRevision", "controllerrevisions", "", NAMESPACED, 0, &[])),
    row(("batch", "v1", "Job", "jobs", "", NAMESPACED, STATUS | GENERATION | ALL, &["status.successful"])),
    row(("batch", "v1", "CronJob", "cronjobs", "cj", NAMESPACED, STATUS | GENERATION | ALL, &[])),
    row((
        "autoscaling",
        "v2",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        "hpa",
        NAMESPACED,
        STATUS | ALL,
        &[],
    )),
    row(("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", "", NAMESPACED, GENERATION, &[])),
    row(("networking.k8s.io", "v1", "Ingress", "ingresses", "ing", NAMESPACED, STATUS | GENERATION, &[])),
    row(("networking.k8s.io", "v1", "IngressClass", "ingressclasses", "", CLUSTER, GENERATION, &[])),
    row(("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "netpol", NAMESPACED, GENERATION, &[])),
    row(("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "pdb", NAMESPACED, STATUS | GENERATION, &[])),
    row(("rbac.authorization.k8s.io", "v1", "Role", "roles", "", NAMESPACED, 0, &[])),
    row(("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", "", NAMESPACED, 0, &[])),
    row(("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", "", CLUSTER, 0, &[])),
    row(("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", "", CLUSTER, 0, &[])),
    row(("storage.k8s.io", "v1", "StorageClass", "storageclasses", "sc", CLUSTER, 0, &[])),
    row(("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "pc", CLUSTER, GENERATION, &[])),
    row(("coordination.k8s.io", "v1", "Lease", "leases", "", NAMESPACED, 0, &[])),
    row((
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        "crd,crds",
        CLUSTER,
        STATUS | GENERATION,
        &[],
    )),
    row(("keda.sh", "v1alpha1", "ScaledObject", "scaledobjects", "so", NAMESPACED, STATUS | GENERATION | CUSTOM, &[])),
    row((
        "gateway.networking.k8s.io",
        "v1",
        "HTTPRoute",
        "httproutes",
        "",
        NAMESPACED,
        STATUS | GENERATION | CUSTOM,
        &[],
    )),
    row((
        "gateway.networking.k8s.io",
        "v1",
        "Gateway",
        "gateways",
        "gtw",
        NAMESPACED,
        STATUS | GENERATION | CUSTOM,
        &[],
    )),
    row(("argoproj.io", "v1alpha1", "Application", "applications", "app", NAMESPACED, GENERATION | CUSTOM, &[])),
    row((
        "argoproj.io",
        "v1alpha1",
        "Rollout",
        "rollouts",
        "ro",
        NAMESPACED,
        STATUS | GENERATION | SCALE | CUSTOM,
        &[],
    )),
    row((
        "kustomize.toolkit.fluxcd.io",
        "v1",
        "Kustomization",
        "kustomizations",
        "ks",
        NAMESPACED,
        STATUS | GENERATION | CUSTOM,
        &[],
    )),
    row((
        "helm.toolkit.fluxcd.io",
        "v2",
        "HelmRelease",
        "helmreleases",
        "hr",
        NAMESPACED,
        STATUS | GENERATION | CUSTOM,
        &[],
    )),
    row((
        "cert-manager.io",
        "v1",
        "Certificate",
        "certificates",
        "cert",
        NAMESPACED,
        STATUS | GENERATION | CUSTOM,
        &[],
    )),
    row(("postgresql.cnpg.io", "v1", "Cluster", "clusters", "", NAMESPACED, STATUS | GENERATION | SCALE | CUSTOM, &[])),
    row(("metrics.k8s.io", "v1beta1", "PodMetrics", "pods", "", NAMESPACED, READ_ONLY, &[])),
    row(("metrics.k8s.io", "v1beta1", "NodeMetrics", "nodes", "", CLUSTER, READ_ONLY, &[])),
];

const ALL_VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/// Namespaces cannot be deleted as a collection.
const NAMESPACE_VERBS: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];
const READ_VERBS: &[&str] = &["get", "list"];

impl Resource {
    /// The kind at `/apis/GROUP/VERSION/PLURAL`.
    pub fn at(group: &str, version: &str, plural: &str) -> Option<&'static Self> {
        RESOURCES.iter().find(|r| r.group == group && r.version == version && r.plural == plural)
    }

    /// The kind that an object says it is.
    pub fn of(api_version: &str, kind: &str) -> Option<&'static Self> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        RESOURCES.iter().find(|r| r.kind == kind && r.group == group && r.version == version)
    }

    /// The kind of `object`, by its `apiVersion` and `kind`.
    pub fn of_object(object: &Value) -> Option<&'static Self> {
        Self::of(object.get("apiVersion")?.as_str()?, object.get("kind")?.as_str()?)
    }

    /// The kind of that `kind:` name, the first in the table where several groups have one.
    pub fn named(kind: &str) -> Option<&'static Self> {
        RESOURCES.iter().find(|r| r.kind == kind)
    }

    /// Where its objects are kept: Events of both groups are one storage, in the form of `events.k8s.io/v1`.
    pub fn storage(&'static self) -> &'static Self {
        if self.plural == "events" && self.group.is_empty() {
            return Self::at("events.k8s.io", "v1", "events").unwrap_or(self);
        }
        self
    }

    /// Place in [`RESOURCES`].
    pub(crate) fn index(&'static self) -> usize {
        RESOURCES.iter().position(|r| std::ptr::eq(r, self)).unwrap_or(RESOURCES.len())
    }

    /// `apiVersion:`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `deployments.apps`, `pods`: how messages name the resource.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// Verbs that discovery shows.
    pub fn verbs(&self) -> &'static [&'static str] {
        match self.plural {
            _ if self.is_read_only() => READ_VERBS,
            "namespaces" => NAMESPACE_VERBS,
            _ => ALL_VERBS,
        }
    }

    /// Whether `status` is a subresource of its own.
    pub fn has_status(&self) -> bool {
        self.has & STATUS != 0
    }

    /// Whether `scale` is a subresource.
    pub fn has_scale(&self) -> bool {
        self.has & SCALE != 0
    }

    /// Whether `metadata.generation` counts changes of the spec.
    pub fn has_generation(&self) -> bool {
        self.has & GENERATION != 0
    }

    /// Its category: `kubectl get all` shows those of `all`.
    pub fn category(&self) -> Option<&'static str> {
        match self.kind {
            "CustomResourceDefinition" => Some("api-extensions"),
            _ => (self.has & ALL != 0).then_some("all"),
        }
    }

    /// Whether the API only reads it (metrics).
    pub fn is_read_only(&self) -> bool {
        self.has & READ_ONLY != 0
    }

    /// Whether a CustomResourceDefinition would serve it.
    pub fn is_custom(&self) -> bool {
        self.has & CUSTOM != 0
    }

    /// Key of an object in its table, ordered as the real server orders: by `namespace/name`, else by name.
    pub(crate) fn key(&self, namespace: &str, name: &str) -> String {
        if self.namespaced { format!("{namespace}/{name}") } else { name.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_every_path_stands_in_the_table_once() {
        for (at, r) in RESOURCES.iter().enumerate() {
            assert!(std::ptr::eq(Resource::of(&r.api_version(), r.kind).unwrap(), r));
            assert!(std::ptr::eq(Resource::at(r.group, r.version, r.plural).unwrap(), r));
            assert_eq!(r.index(), at);
            assert!(r.storage().index() <= at, "{} stands before its storage", r.kind);
        }
    }

    #[test]
    fn every_kind_that_the_dashboard_reads_is_served() {
        for kind in crate::domain::Kind::ALL {
            let served = Resource::at(kind.group, kind.version, kind.resource).unwrap();
            assert_eq!((served.kind, served.namespaced), (kind.name, kind.namespaced));
        }
    }
}
