//! One compact value per Kubernetes object: only the fields that kennel shows or judges by.
//!
//! `cluster::convert` makes them from the wire; nothing here is ever sent back. A field that was
//! absent is `None` or empty; nothing is invented. To add a field: here, in `convert`, and a test
//! with the YAML of a real object.

mod config;
mod custom;
mod delivery;
mod event;
mod meta;
mod network;
mod node;
mod pod;
mod task;
mod workload;

pub use config::{ClaimRow, JournalRow, NamespaceRow, PartRow, QuotaRow, ReleaseRow};
pub use custom::{CustomRow, source};
pub(crate) use custom::{is_source, rollout};
pub use delivery::{DeliveryRow, Failure};
pub use event::EventRow;
pub(crate) use event::{BACK_OFF, NOT_MADE};
pub use meta::{Change as SpecChange, Condition, Meta, Owner, Selector, SelectorTerm};
pub use network::{IngressRow, KubeServiceRow, ServicePort, SliceRow};
pub use node::NodeRow;
pub use pod::{ContainerRow, ContainerState, MetricsRow, PodPhase, PodRow, Resources, Termination};
pub use task::{CronJobRow, JobRow};
pub use workload::{
    AutoscalerRow, ConfigRef, Counts, ReplicaSetRow, ScaledObjectRow, Template, WorkloadKind, WorkloadRow,
};

use super::collection::Collection;
use super::{Kind, Text, Time};

/// Any row. Large ones are boxed, so that a change stays small on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each holds the row of its name")]
pub enum Row {
    Namespace(Box<NamespaceRow>),
    Workload(Box<WorkloadRow>),
    ReplicaSet(Box<ReplicaSetRow>),
    Pod(Box<PodRow>),
    Job(Box<JobRow>),
    CronJob(Box<CronJobRow>),
    Autoscaler(Box<AutoscalerRow>),
    ScaledObject(Box<ScaledObjectRow>),
    KubeService(Box<KubeServiceRow>),
    Slice(Box<SliceRow>),
    Ingress(Box<IngressRow>),
    Claim(Box<ClaimRow>),
    Release(Box<ReleaseRow>),
    Journal(Box<JournalRow>),
    Part(Box<PartRow>),
    Quota(Box<QuotaRow>),
    Delivery(Box<DeliveryRow>),
    Node(Box<NodeRow>),
    Event(Box<EventRow>),
    Metrics(Box<MetricsRow>),
    Custom(Box<CustomRow>),
}

impl Row {
    /// The collection that the row is kept in.
    pub fn of(&self) -> Collection {
        Collection::All(match self {
            Row::Namespace(_) => Kind::Namespace,
            Row::Workload(w) => w.kind.kind(),
            Row::ReplicaSet(_) => Kind::ReplicaSet,
            Row::Pod(_) => Kind::Pod,
            Row::Job(_) => Kind::Job,
            Row::CronJob(_) => Kind::CronJob,
            Row::Autoscaler(_) => Kind::HorizontalPodAutoscaler,
            Row::ScaledObject(_) => Kind::ScaledObject,
            Row::KubeService(_) => Kind::Service,
            Row::Slice(_) => Kind::EndpointSlice,
            Row::Ingress(i) => i.kind,
            Row::Claim(_) => Kind::PersistentVolumeClaim,
            Row::Release(_) => return Collection::Releases,
            Row::Journal(_) | Row::Part(_) => return Collection::Journals,
            Row::Quota(_) => Kind::ResourceQuota,
            Row::Delivery(d) => d.kind,
            Row::Node(_) => Kind::Node,
            Row::Event(_) => Kind::Event,
            Row::Metrics(_) => Kind::PodMetrics,
            Row::Custom(c) => return Collection::Any(c.api.clone()),
        })
    }

    /// The newest time at which the cluster says that it was made, written or told of, as far as that is kept.
    pub fn stamped(&self) -> Option<Time> {
        let meta = match self {
            Row::Namespace(r) => &r.meta,
            Row::Workload(r) => &r.meta,
            Row::Job(r) => &r.meta,
            Row::CronJob(r) => &r.meta,
            Row::Pod(r) => return r.created,
            Row::Event(r) => return r.last,
            _ => return None,
        };
        meta.created.max(meta.changed.as_ref().and_then(|c| c.at))
    }

    /// Namespace (empty for objects of the cluster; the namespace's own name for a namespace) and name.
    pub fn key(&self) -> (Text, Text) {
        let meta = match self {
            Row::Namespace(r) => return (r.meta.name.clone(), r.meta.name.clone()),
            Row::Workload(r) => &r.meta,
            Row::ReplicaSet(r) => return (r.namespace.clone(), r.name.clone()),
            Row::Pod(r) => return (r.namespace.clone(), r.name.clone()),
            Row::Job(r) => &r.meta,
            Row::CronJob(r) => &r.meta,
            Row::Autoscaler(r) => &r.meta,
            Row::ScaledObject(r) => &r.meta,
            Row::KubeService(r) => &r.meta,
            Row::Slice(r) => return (r.namespace.clone(), r.name.clone()),
            Row::Ingress(r) => &r.meta,
            Row::Claim(r) => return (r.namespace.clone(), r.name.clone()),
            Row::Release(r) => return (r.namespace.clone(), r.object.clone()),
            Row::Journal(r) => return (r.namespace.clone(), r.name.clone()),
            Row::Part(r) => return (r.namespace.clone(), r.name.clone()),
            Row::Quota(r) => return (r.namespace.clone(), r.name.clone()),
            Row::Delivery(r) => return (r.namespace.clone(), r.name.clone()),
            Row::Node(r) => return (Text::default(), r.name.clone()),
            Row::Event(r) => return (r.namespace.clone(), r.name.clone()),
            Row::Metrics(r) => return (r.namespace.clone(), r.name.clone()),
            Row::Custom(r) => return (r.namespace.clone(), r.name.clone()),
        };
        (meta.namespace.clone(), meta.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a row costs beside what it points to, in bytes: there are tens of thousands of some.
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn what_a_row_costs_is_seen_here_before_it_is_paid() {
        macro_rules! sizes {
            ($($row:ident: $bytes:literal,)*) => {
                let rows = [$((stringify!($row), $bytes, size_of::<$row>())),*];
                let other: Vec<_> = rows.iter().filter(|(_, said, now)| said != now).collect();
                assert!(other.is_empty(), "row, what is said here, what it costs now: {other:?}");
            };
        }
        sizes! {
            Row: 16,
            PodRow: 184,
            ContainerRow: 56,
            ContainerState: 24,
            EventRow: 96,
            MetricsRow: 32,
            Meta: 176,
            Condition: 40,
            WorkloadRow: 416,
            Template: 96,
            ReplicaSetRow: 64,
            JobRow: 256,
            CronJobRow: 248,
            AutoscalerRow: 256,
            ScaledObjectRow: 216,
            KubeServiceRow: 256,
            SliceRow: 32,
            IngressRow: 200,
            NamespaceRow: 200,
            ClaimRow: 40,
            QuotaRow: 32,
            ReleaseRow: 48,
            JournalRow: 184,
            PartRow: 64,
            DeliveryRow: 112,
            NodeRow: 24,
            CustomRow: 96,
        }
    }
}
