//! What leads to pods: Services, EndpointSlices, Ingresses and routes.

use super::meta::{Meta, Selector};
use crate::domain::{Kind, Text};

/// A Kubernetes Service (a *service* of kennel is a workload).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubeServiceRow {
    /// Metadata.
    pub meta: Meta,
    /// Which pods it leads to; an empty one leads to none.
    pub selector: Selector,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    pub service_type: Text,
    /// `ExternalName`: the name that it leads to.
    pub external: Option<Text>,
    /// Headless: `clusterIP: None`.
    pub headless: bool,
    /// Ports.
    pub ports: Box<[ServicePort]>,
    /// Addresses of its load balancer: host names or IPs.
    pub balancers: Box<[Text]>,
}

/// A port of a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServicePort {
    /// Name.
    pub name: Text,
    /// Port of the Service.
    pub port: u16,
    /// The pods' port that it leads to, by number or name.
    pub target: Text,
    /// Port on every node.
    pub node_port: Option<u16>,
    /// `TCP`, `UDP`, `SCTP`.
    pub protocol: Text,
}

/// An EndpointSlice: how many endpoints are ready.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SliceRow {
    /// Name.
    pub name: Text,
    /// Namespace.
    pub namespace: Text,
    /// Service that it belongs to (label `kubernetes.io/service-name`).
    pub service: Text,
    /// Endpoints that are ready (absent means ready).
    pub ready: u32,
    /// All endpoints.
    pub total: u32,
}

/// An Ingress, HTTPRoute or Route: hosts that lead to Services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngressRow {
    /// [`Kind::Ingress`] or [`Kind::HTTPRoute`].
    pub kind: Kind,
    /// Metadata.
    pub meta: Meta,
    /// Host, path, name of the Service it leads to, whether there is TLS for the host.
    pub rules: Box<[(Text, Text, Text, bool)]>,
}
