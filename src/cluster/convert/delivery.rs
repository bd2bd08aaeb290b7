//! Argo CD Applications, Flux Kustomizations and HelmReleases: what they declare, and whether they failed.
//!
//! Only what is of this cluster is taken: a hub's Application or a Kustomization with a kubeconfig of its own
//! speaks of objects elsewhere.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::field::{List, Stamp, Str, sentence, some, text};
use super::meta::{RawCondition, RawMeta};
use super::{Made, Object};
use crate::domain::interner::Interner;
use crate::domain::row::{AnyRow, DeliveryRow, Failure, source};
use crate::domain::{Kind, ObjectId, Text};

/// API group of the workloads that an inventory may declare.
const APPS: &str = "apps";

/// What Argo CD calls the cluster that it runs in.
/// <https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters>
const HERE: [&str; 2] = ["https://kubernetes.default.svc", "in-cluster"];

/// Reasons of a HelmRelease's Ready=False that say that the release failed, not that it waits for something.
const RELEASE_FAILED: [&str; 3] = ["InstallFailed", "UpgradeFailed", "RollbackFailed"];

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
    // Argo CD
    #[serde(borrow)]
    destination: Destination<'a>,
    #[serde(borrow)]
    source: Option<Source<'a>>,
    #[serde(borrow)]
    sources: List<Source<'a>>,
    // Flux
    kube_config: Option<IgnoredAny>,
    #[serde(borrow)]
    target_namespace: Option<Str<'a>>,
    #[serde(borrow)]
    source_ref: Option<Reference<'a>>,
    #[serde(borrow)]
    chart_ref: Option<Reference<'a>>,
    #[serde(borrow)]
    chart: Option<Chart<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Destination<'a> {
    #[serde(borrow)]
    server: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Source<'a> {
    #[serde(borrow, rename = "repoURL")]
    repo_url: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reference<'a> {
    #[serde(borrow)]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    namespace: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Chart<'a> {
    #[serde(borrow)]
    spec: ChartSpec<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ChartSpec<'a> {
    #[serde(borrow)]
    source_ref: Option<Reference<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Status<'a> {
    #[serde(borrow)]
    resources: List<Resource<'a>>,
    #[serde(borrow)]
    operation_state: Option<ArgoOperation<'a>>,
    #[serde(borrow)]
    inventory: Option<Inventory<'a>>,
    #[serde(borrow)]
    conditions: List<RawCondition<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Resource<'a> {
    #[serde(borrow)]
    group: Option<Str<'a>>,
    #[serde(borrow)]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    namespace: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    hook: Option<bool>,
    requires_pruning: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ArgoOperation<'a> {
    #[serde(borrow)]
    phase: Option<Str<'a>>,
    #[serde(borrow)]
    message: Option<Str<'a>>,
    finished_at: Stamp,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Inventory<'a> {
    #[serde(borrow)]
    entries: List<Entry<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
}

/// An Application: its resources, and its last sync.
pub(super) fn application(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: Raw<'_> = object.read_json()?;
    let (spec, status) = (raw.spec, raw.status.unwrap_or_default());
    let destination = [&spec.destination.server, &spec.destination.name];
    let here = destination.into_iter().flatten().any(|d| HERE.contains(&d.trim_end_matches('/')));
    let declared = |r: &Resource<'_>| {
        let kept = r.hook != Some(true) && r.requires_pruning != Some(true);
        let group = r.group.as_deref().unwrap_or_default();
        let known = workload(group, r.kind.as_deref()?, r.namespace.as_deref()?, r.name.as_deref()?, i);
        known.filter(|_| kept)
    };
    let declares = status.resources.iter().flatten().filter_map(declared).collect();
    let failed = status.operation_state.filter(|o| matches!(o.phase.as_deref(), Some("Failed" | "Error")));
    let failed = failed.map(|o| Failure {
        reason: text(o.phase.as_ref(), i),
        message: sentence(o.message.as_ref()),
        since: o.finished_at.0,
    });
    let sources = spec.source.into_iter().chain(spec.sources.into_iter().flatten());
    let source = sources.filter_map(|s| some(s.repo_url.as_ref(), i)).next();
    let delivered = Delivered { target: None, declares, failed, source, refers: None };
    Ok(Some(row(Kind::Application, &raw.metadata, here, delivered, i)))
}

/// A Kustomization: what it has applied.
pub(super) fn kustomization(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: Raw<'_> = object.read_json()?;
    let here = raw.spec.kube_config.is_none();
    let refers = raw.spec.source_ref.as_ref().map(|r| reference(r, &raw.metadata, i));
    let declares = inventory(raw.status.unwrap_or_default().inventory, i);
    let delivered = Delivered { target: None, declares, failed: None, source: refers.as_ref().map(short), refers };
    Ok(Some(row(Kind::Kustomization, &raw.metadata, here, delivered, i)))
}

/// A HelmRelease: whether its release failed, and what it has applied, where it says so.
pub(super) fn helm_release(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: Raw<'_> = object.read_json()?;
    let here = raw.spec.kube_config.is_none();
    let status = raw.status.unwrap_or_default();
    let is_failure = |c: &&RawCondition<'_>| {
        c.is("Ready") && c.holds() == Some(false) && c.reason.as_deref().is_some_and(|r| RELEASE_FAILED.contains(&r))
    };
    let failed = status.conditions.iter().flatten().find(is_failure).map(|c| Failure {
        reason: text(c.reason.as_ref(), i),
        message: sentence(c.message.as_ref()),
        since: c.last_transition_time.0,
    });
    let chart = raw.spec.chart.and_then(|c| c.spec.source_ref).or(raw.spec.chart_ref);
    let target =
        some(raw.spec.target_namespace.as_ref(), i).unwrap_or_else(|| text(raw.metadata.namespace.as_ref(), i));
    let declares = inventory(status.inventory, i);
    let refers = chart.as_ref().map(|c| reference(c, &raw.metadata, i));
    let delivered = Delivered { target: Some(target), declares, failed, source: refers.as_ref().map(short), refers };
    Ok(Some(row(Kind::HelmRelease, &raw.metadata, here, delivered, i)))
}

/// What a delivery brings.
struct Delivered {
    target: Option<Text>,
    declares: Box<[ObjectId]>,
    failed: Option<Failure>,
    source: Option<Text>,
    refers: Option<ObjectId>,
}

/// The row; one that speaks of another cluster, or is being deleted with all it brought, declares nothing here.
fn row(kind: Kind, meta: &RawMeta<'_>, here: bool, delivered: Delivered, i: &mut Interner) -> AnyRow {
    let nothing = Delivered { target: None, declares: Box::default(), failed: None, source: None, refers: None };
    let of = if here && meta.deletion_timestamp.0.is_none() { delivered } else { nothing };
    AnyRow::Delivery(Box::new(DeliveryRow {
        kind,
        name: text(meta.name.as_ref(), i),
        namespace: text(meta.namespace.as_ref(), i),
        target: of.target,
        declares: of.declares,
        failed: of.failed,
        source: of.source,
        refers: of.refers,
    }))
}

/// The object that is referred to; without a namespace it lies beside who refers to it.
fn reference(of: &Reference<'_>, meta: &RawMeta<'_>, i: &mut Interner) -> ObjectId {
    let namespace = of.namespace.as_ref().filter(|n| !n.is_empty()).or(meta.namespace.as_ref());
    let named = of.kind.as_deref().unwrap_or_default();
    let api = source(named).unwrap_or_else(|| i.api("", named));
    ObjectId { api, namespace: text(namespace, i), name: text(of.name.as_ref(), i) }
}

fn short(of: &ObjectId) -> Text {
    format!("{}/{}", of.kind(), of.name).into()
}

/// A workload of a known kind; what else is declared is no service.
fn workload(group: &str, kind: &str, namespace: &str, name: &str, i: &mut Interner) -> Option<ObjectId> {
    let known = Kind::named(kind).filter(|k| matches!(k, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet))?;
    (group == APPS).then(|| ObjectId::new(known, i.text(namespace), i.text(name)))
}

/// Workloads of an inventory, whose IDs are `NAMESPACE_NAME_GROUP_KIND`.
/// <https://github.com/fluxcd/pkg/blob/main/apis/kustomize/kustomize_types.go>
fn inventory(raw: Option<Inventory<'_>>, i: &mut Interner) -> Box<[ObjectId]> {
    let entries = raw.and_then(|r| r.entries).unwrap_or_default();
    let of = |entry: &Entry<'_>| {
        let mut parts = entry.id.as_deref()?.split('_');
        let (namespace, name, group, kind) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        // A fifth part means a name with an escaped colon: that is no workload's.
        parts.next().is_none().then(|| workload(group, kind, namespace, name, i)).flatten()
    };
    entries.iter().filter_map(of).collect()
}
