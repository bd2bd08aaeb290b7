//! Deployments, StatefulSets, DaemonSets, autoscalers.

use serde::Deserialize;

use super::field::{Annotations, List, Pairs, Stamp, Str, count, maybe, some, text};
use super::meta::{RawCondition, RawMeta, RawSelector, conditions, meta, selector};
use super::placement::{RawAffinity, RawToleration, placement};
use super::taken::{NameOnly, TemplateContainer, Volume, config};
use super::{Made, Object, each};
use crate::domain::interner::Interner;
use crate::domain::keys;
use crate::domain::row::{
    AnyRow, AutoscalerRow, Counts, ReplicaSetRow, ScaledObjectRow, Template, WorkloadKind, WorkloadRow,
};
use crate::domain::{Kind, ObjectId, Text};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Raw<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    #[serde(borrow)]
    spec: Spec<'a>,
    #[serde(borrow)]
    status: Option<Status<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Spec<'a> {
    replicas: Option<i64>,
    #[serde(borrow)]
    selector: Option<RawSelector<'a>>,
    #[serde(borrow)]
    template: Option<RawTemplate<'a>>,
    paused: Option<bool>,
    progress_deadline_seconds: Option<i64>,
    #[serde(borrow)]
    update_strategy: Option<Strategy<'a>>,
    #[serde(borrow)]
    volume_claim_templates: List<ClaimTemplate<'a>>,
    #[serde(borrow)]
    persistent_volume_claim_retention_policy: Option<Retention<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Strategy<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    rolling_update: Option<Rolling>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Rolling {
    partition: Option<i64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ClaimTemplate<'a> {
    #[serde(borrow)]
    metadata: NameOnly<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Retention<'a> {
    #[serde(borrow)]
    when_scaled: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Status<'a> {
    observed_generation: Option<i64>,
    replicas: Option<i64>,
    updated_replicas: Option<i64>,
    ready_replicas: Option<i64>,
    available_replicas: Option<i64>,
    unavailable_replicas: Option<i64>,
    current_number_scheduled: Option<i64>,
    desired_number_scheduled: Option<i64>,
    updated_number_scheduled: Option<i64>,
    number_ready: Option<i64>,
    number_available: Option<i64>,
    number_unavailable: Option<i64>,
    number_misscheduled: Option<i64>,
    #[serde(borrow)]
    current_revision: Option<Str<'a>>,
    #[serde(borrow)]
    update_revision: Option<Str<'a>>,
    #[serde(borrow)]
    conditions: List<RawCondition<'a>>,
}

/// The container that `kubectl` means where nobody names one.
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-default-container>
const MAIN: &str = "kubectl.kubernetes.io/default-container";

/// A pod template.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawTemplate<'a> {
    #[serde(borrow)]
    metadata: Option<TemplateMeta<'a>>,
    #[serde(borrow)]
    spec: Option<TemplateSpec<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct TemplateMeta<'a> {
    #[serde(borrow)]
    labels: Pairs<'a>,
    #[serde(borrow)]
    annotations: Annotations<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct TemplateSpec<'a> {
    #[serde(borrow)]
    containers: List<TemplateContainer<'a>>,
    #[serde(borrow)]
    init_containers: List<TemplateContainer<'a>>,
    #[serde(borrow)]
    volumes: List<Volume<'a>>,
    #[serde(borrow)]
    image_pull_secrets: List<NameOnly<'a>>,
    #[serde(borrow)]
    node_selector: Pairs<'a>,
    #[serde(borrow)]
    tolerations: List<RawToleration<'a>>,
    #[serde(borrow)]
    affinity: Option<RawAffinity<'a>>,
    termination_grace_period_seconds: Option<i64>,
    #[serde(borrow)]
    priority_class_name: Option<Str<'a>>,
}

/// The parts of a template that kennel keeps.
pub(super) fn template(raw: Option<RawTemplate<'_>>, i: &mut Interner) -> Template {
    let raw = raw.unwrap_or_default();
    let (meta, spec) = (raw.metadata.unwrap_or_default(), raw.spec.unwrap_or_default());
    let containers = spec.containers.unwrap_or_default();
    let inits = spec.init_containers.unwrap_or_default();
    let pull = spec.image_pull_secrets.unwrap_or_default();
    let volumes = spec.volumes.unwrap_or_default();
    let claims = volumes.iter().filter_map(|v| some(v.claim(), i)).collect();
    let durable = volumes.iter().any(Volume::is_durable);
    let config = config(containers.iter().chain(&inits), volumes, &pull, i);
    let listening = containers.iter().map(|c| c.listening(i)).collect();
    let probes = containers.iter().chain(&inits).flat_map(|c| c.probes(i)).collect();
    Template {
        config,
        main: meta.annotations.0.get(MAIN).map(|name| i.text(name)),
        restarted: meta.annotations.0.get(keys::RESTARTED).map(Text::new),
        containers: i.containers(listening),
        labels: meta.labels.labels(i),
        images: containers.iter().map(|c| text(c.image.as_ref(), i)).collect(),
        keeps_data: containers.iter().any(TemplateContainer::keeps_data),
        durable,
        critical: spec.priority_class_name.is_some_and(|c| c.starts_with("system-") && c.ends_with("-critical")),
        probes: i.probes(probes),
        node_selector: spec.node_selector.labels(i),
        placement: placement(spec.tolerations, spec.affinity, i),
        claims,
        grace: maybe(spec.termination_grace_period_seconds),
    }
}

pub(super) fn workload(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: Raw<'_> = object.read()?;
    let kind = match object.kind {
        Kind::Deployment => WorkloadKind::Deployment,
        Kind::StatefulSet => WorkloadKind::StatefulSet,
        _ => WorkloadKind::DaemonSet,
    };
    let (spec, status) = (raw.spec, raw.status.unwrap_or_default());
    let strategy = spec.update_strategy.unwrap_or_default();
    let daemon = kind == WorkloadKind::DaemonSet;
    let counts = if daemon {
        Counts {
            replicas: count(status.current_number_scheduled),
            updated: count(status.updated_number_scheduled),
            ready: count(status.number_ready),
            available: count(status.number_available),
            unavailable: count(status.number_unavailable),
            misscheduled: count(status.number_misscheduled),
        }
    } else {
        Counts {
            replicas: count(status.replicas),
            updated: count(status.updated_replicas),
            ready: count(status.ready_replicas),
            // StatefulSets have said it since Kubernetes 1.22, and then even when it is 0.
            available: match (kind, status.available_replicas) {
                (WorkloadKind::StatefulSet, None) => count(status.ready_replicas),
                (_, available) => count(available),
            },
            unavailable: count(status.unavailable_replicas),
            misscheduled: 0,
        }
    };
    let revision = raw.metadata.annotations.0.get("deployment.kubernetes.io/revision").and_then(|r| r.parse().ok());
    Ok(Some(AnyRow::Workload(Box::new(WorkloadRow {
        kind,
        meta: meta(&raw.metadata, i),
        desired: if daemon { count(status.desired_number_scheduled) } else { maybe(spec.replicas).unwrap_or(1) },
        selector: selector(spec.selector, i),
        template: template(spec.template, i),
        counts,
        observed_generation: status.observed_generation.unwrap_or_default(),
        conditions: conditions(status.conditions, i),
        paused: spec.paused.unwrap_or_default(),
        progress_deadline: maybe(spec.progress_deadline_seconds),
        on_delete: strategy.kind.as_deref() == Some("OnDelete"),
        partition: count(strategy.rolling_update.and_then(|r| r.partition)),
        revisions: match (&status.current_revision, &status.update_revision) {
            (Some(c), Some(u)) => Some((i.text(c), i.text(u))),
            _ => None,
        },
        revision,
        volume_claims: each(spec.volume_claim_templates).map(|c| text(c.metadata.name.as_ref(), i)).collect(),
        claims_die_when_scaled: spec
            .persistent_volume_claim_retention_policy
            .is_some_and(|p| p.when_scaled.as_deref() == Some("Delete")),
    }))))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawSet<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
}

/// A ReplicaSet: of its many fields only who owns it and which revision it is.
pub(super) fn replica_set(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: RawSet<'_> = object.read()?;
    let meta = meta(&raw.metadata, i);
    Ok(Some(AnyRow::ReplicaSet(Box::new(ReplicaSetRow {
        hash: meta.labels.get("pod-template-hash").cloned(),
        revision: meta.annotations.get("deployment.kubernetes.io/revision").and_then(|r| r.parse().ok()),
        name: meta.name,
        namespace: meta.namespace,
        owner: meta.owner,
    }))))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawScaler<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    #[serde(borrow)]
    spec: ScalerSpec<'a>,
    #[serde(borrow)]
    status: Option<ScalerStatus<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ScalerSpec<'a> {
    #[serde(borrow)]
    scale_target_ref: Target<'a>,
    min_replicas: Option<i64>,
    max_replicas: Option<i64>,
    min_replica_count: Option<i64>,
    max_replica_count: Option<i64>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Target<'a> {
    #[serde(borrow)]
    api_version: Option<Str<'a>>,
    #[serde(borrow)]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ScalerStatus<'a> {
    current_replicas: Option<i64>,
    desired_replicas: Option<i64>,
    last_scale_time: Stamp,
    #[serde(borrow)]
    conditions: List<RawCondition<'a>>,
}

/// What is scaled; KEDA's default is a Deployment.
fn target(t: &Target<'_>, namespace: &Text, i: &mut Interner) -> ObjectId {
    let kind = t.kind.as_deref().filter(|k| !k.is_empty()).unwrap_or("Deployment");
    let api = i.api(t.api_version.as_deref().unwrap_or_default(), kind);
    ObjectId { api, namespace: namespace.clone(), name: text(t.name.as_ref(), i) }
}

pub(super) fn autoscaler(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: RawScaler<'_> = object.read()?;
    let status = raw.status.unwrap_or_default();
    let meta = meta(&raw.metadata, i);
    Ok(Some(AnyRow::Autoscaler(Box::new(AutoscalerRow {
        target: target(&raw.spec.scale_target_ref, &meta.namespace, i),
        meta,
        min: maybe(raw.spec.min_replicas).unwrap_or(1),
        max: count(raw.spec.max_replicas),
        // JSON leaves out a 0 of this count, and never of the other.
        current: status.desired_replicas.map(|_| count(status.current_replicas)),
        desired: maybe(status.desired_replicas),
        last_scale: status.last_scale_time.0,
        conditions: conditions(status.conditions, i),
    }))))
}

pub(super) fn scaled_object(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: RawScaler<'_> = object.read_json()?;
    let meta = meta(&raw.metadata, i);
    Ok(Some(AnyRow::ScaledObject(Box::new(ScaledObjectRow {
        target: target(&raw.spec.scale_target_ref, &meta.namespace, i),
        meta,
        min: maybe(raw.spec.min_replica_count).unwrap_or(0),
        max: maybe(raw.spec.max_replica_count).unwrap_or(100),
    }))))
}
