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
mod placement;
mod pod;
mod task;
mod workload;

pub use config::{ClaimRow, JournalRow, NamespaceRow, PartRow, QuotaRow, ReleaseRow};
pub use custom::{CustomRow, source};
pub(crate) use custom::{is_source, rollout};
pub use delivery::{DeliveryRow, Failure};
pub use event::EventRow;
pub(crate) use event::{BACK_OFF, FAILED, NOT_MADE, NOT_SET_UP, PREEMPTED, UNHEALTHY};
pub use meta::{Change as SpecChange, Condition, Meta, Owner, Selector, SelectorTerm};
pub use network::{IngressRow, KubeServiceRow, ServicePort, SliceRow};
pub use node::NodeRow;
pub use placement::{Placement, Taint, Toleration};
pub use pod::{ContainerRow, ContainerState, MetricsRow, PodPhase, PodRow, Resources, Termination};
pub use task::{CronJobRow, JobRow};
pub use workload::{
    AutoscalerRow, ConfigRef, Counts, Listening, Probe, ReplicaSetRow, ScaledObjectRow, Template, WorkloadKind,
    WorkloadRow,
};

use super::collection::Collection;
use super::{Kind, Text, Time};

/// Any row. Large ones are boxed, so that a change stays small on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each holds the row of its name")]
pub enum AnyRow {
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

impl AnyRow {
    /// The collection that the row is kept in.
    pub fn of(&self) -> Collection {
        Collection::All(match self {
            AnyRow::Namespace(_) => Kind::Namespace,
            AnyRow::Workload(w) => w.kind.kind(),
            AnyRow::ReplicaSet(_) => Kind::ReplicaSet,
            AnyRow::Pod(_) => Kind::Pod,
            AnyRow::Job(_) => Kind::Job,
            AnyRow::CronJob(_) => Kind::CronJob,
            AnyRow::Autoscaler(_) => Kind::HorizontalPodAutoscaler,
            AnyRow::ScaledObject(_) => Kind::ScaledObject,
            AnyRow::KubeService(_) => Kind::Service,
            AnyRow::Slice(_) => Kind::EndpointSlice,
            AnyRow::Ingress(i) => i.kind,
            AnyRow::Claim(_) => Kind::PersistentVolumeClaim,
            AnyRow::Release(_) => return Collection::Releases,
            AnyRow::Journal(_) | AnyRow::Part(_) => return Collection::Journals,
            AnyRow::Quota(_) => Kind::ResourceQuota,
            AnyRow::Delivery(d) => d.kind,
            AnyRow::Node(_) => Kind::Node,
            AnyRow::Event(_) => Kind::Event,
            AnyRow::Metrics(_) => Kind::PodMetrics,
            AnyRow::Custom(c) => return Collection::Any(c.api.clone()),
        })
    }

    /// The newest time at which the cluster says that it was made, written or told of, as far as that is kept.
    pub fn stamped(&self) -> Option<Time> {
        let meta = match self {
            AnyRow::Namespace(r) => &r.meta,
            AnyRow::Workload(r) => &r.meta,
            AnyRow::Job(r) => &r.meta,
            AnyRow::CronJob(r) => &r.meta,
            AnyRow::Pod(r) => return r.created,
            AnyRow::Event(r) => return r.last,
            _ => return None,
        };
        meta.created.max(meta.changed.as_ref().and_then(|c| c.at))
    }

    /// Namespace (empty for objects of the cluster; the namespace's own name for a namespace) and name.
    pub fn key(&self) -> (Text, Text) {
        let meta = match self {
            AnyRow::Namespace(r) => return (r.meta.name.clone(), r.meta.name.clone()),
            AnyRow::Workload(r) => &r.meta,
            AnyRow::ReplicaSet(r) => return (r.namespace.clone(), r.name.clone()),
            AnyRow::Pod(r) => return (r.namespace.clone(), r.name.clone()),
            AnyRow::Job(r) => &r.meta,
            AnyRow::CronJob(r) => &r.meta,
            AnyRow::Autoscaler(r) => &r.meta,
            AnyRow::ScaledObject(r) => &r.meta,
            AnyRow::KubeService(r) => &r.meta,
            AnyRow::Slice(r) => return (r.namespace.clone(), r.name.clone()),
            AnyRow::Ingress(r) => &r.meta,
            AnyRow::Claim(r) => return (r.namespace.clone(), r.name.clone()),
            AnyRow::Release(r) => return (r.namespace.clone(), r.object.clone()),
            AnyRow::Journal(r) => return (r.namespace.clone(), r.name.clone()),
            AnyRow::Part(r) => return (r.namespace.clone(), r.name.clone()),
            AnyRow::Quota(r) => return (r.namespace.clone(), r.name.clone()),
            AnyRow::Delivery(r) => return (r.namespace.clone(), r.name.clone()),
            AnyRow::Node(r) => return (Text::default(), r.name.clone()),
            AnyRow::Event(r) => return (r.namespace.clone(), r.name.clone()),
            AnyRow::Metrics(r) => return (r.namespace.clone(), r.name.clone()),
            AnyRow::Custom(r) => return (r.namespace.clone(), r.name.clone()),
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
            AnyRow: 16,
            PodRow: 184,
            ContainerRow: 56,
            ContainerState: 24,
            EventRow: 96,
            MetricsRow: 32,
            Meta: 176,
            Condition: 40,
            WorkloadRow: 472,
            Template: 152,
            ReplicaSetRow: 64,
            JobRow: 256,
            CronJobRow: 248,
            AutoscalerRow: 256,
            ScaledObjectRow: 216,
            KubeServiceRow: 264,
            SliceRow: 32,
            IngressRow: 200,
            NamespaceRow: 200,
            ClaimRow: 40,
            QuotaRow: 32,
            ReleaseRow: 48,
            JournalRow: 184,
            PartRow: 64,
            DeliveryRow: 112,
            NodeRow: 96,
            CustomRow: 112,
        }
    }
}
