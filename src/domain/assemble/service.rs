//! One service, put together from its workload and its pods.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::operation::operated;
use super::{Made, World, credit, datasource, front, memory, network, resolve, told};
use crate::domain::collection::Collection;
use crate::domain::data::{Arrival, DataState};
use crate::domain::model::holder::{Holder, HolderKind};
use crate::domain::model::space::Space;
use crate::domain::row::{
    AutoscalerRow, CustomRow, DeliveryRow, KubeServiceRow, PodRow, ScaledObjectRow, WorkloadKind, WorkloadRow,
};
use crate::domain::service::Service;
use crate::domain::status::claim::Pending;
use crate::domain::status::facts::{Facts, Release, unready_nodes};
use crate::domain::status::notes::{Known, Notes};
use crate::domain::status::pods::Causes;
use crate::domain::status::workload::Remarks;
use crate::domain::status::{self, Clause, Status, Verdict};
use crate::domain::{Kind, Labels, ObjectId, Text};

/// A verdict, with what is said beside it.
type Judged = (Verdict, Remarks);

/// The service of `holder`; `None` where there is none any more.
pub(crate) fn service(space: &Space, namespace: &Text, holder: &Holder, world: &World<'_>) -> Option<Made> {
    if resolve(space, holder) != super::Resolved::Service(holder.clone()) {
        return None;
    }
    let pods = pods(space, holder, world);
    let workload = match &holder.kind {
        HolderKind::Workload(kind) => space.workload(*kind, &holder.name),
        _ => None,
    };
    let template = workload.map(|w| &w.template.labels);
    let leading = network::leading(space, &pods, template, world);
    let notes = Notes::new(world.now);
    let verdict = match (workload, &holder.kind) {
        (Some(workload), _) => of_workload(space, namespace, workload, &pods, &leading, world, &notes),
        (None, HolderKind::Workload(kind)) => without_workload(space, namespace, *kind, holder, &pods, world, &notes)?,
        (None, _) if pods.is_empty() => return None,
        (None, _) => {
            let called = Known::new(!leading.is_empty(), world.arrival(Kind::Service, namespace));
            let (itself, remark) = itself(space, namespace, holder, world);
            (
                status::pods::judge(&pods, &called, &itself, &causes(space, namespace, &pods, world, &notes), &notes),
                Remarks { secondary: remark, ..Remarks::default() },
            )
        }
    };
    let service = card(space, namespace, holder, workload, pods, &leading, world, &notes, verdict);
    Some(Made {
        service: Arc::new(service),
        deadline: notes.next(),
        behind: leading.iter().map(|s| s.meta.name.clone()).collect(),
    })
}

/// The owner of pods that no workload explains, as far as it was read; where it could not be, a remark that says so.
fn itself<'s>(
    space: &'s Space,
    namespace: &Text,
    holder: &Holder,
    world: &World<'_>,
) -> (Known<Option<&'s CustomRow>>, Option<String>) {
    let Some(kind) = holder.custom() else { return (Known::new(None, Arrival::Here), None) };
    let row = space.custom(holder).map(Arc::as_ref);
    let of = Collection::Any(kind.clone());
    let remark = world.state(&of, namespace).and_then(|state| match state {
        DataState::Forbidden { .. } => Some(format!("judged by its pods alone: no access to {kind} objects")),
        DataState::Failed { why, .. } => Some(format!("judged by its pods alone: {why}")),
        _ => None,
    });
    (Known::new(row, world.arrival(of, namespace)), remark)
}

/// Why pods that no workload explains are not ready.
fn causes(space: &Space, namespace: &Text, pods: &[Arc<PodRow>], world: &World<'_>, notes: &Notes) -> Causes {
    let known = world.arrival(Kind::Node, namespace) == Arrival::Here;
    let probe = || told::failing_probe(space, &[], pods, notes, false);
    Causes {
        nodes: unready_nodes(pods, world.nodes).filter(|_| known),
        kubelet: told::stuck(space, pods, notes).or_else(probe),
    }
}

/// All pods that are shown as part of the service, by name.
fn pods(space: &Space, holder: &Holder, world: &World<'_>) -> Box<[Arc<PodRow>]> {
    let parts = world.parts.get_or_init(|| super::parts(space)).get(holder);
    let all = std::iter::once(holder).chain(parts.into_iter().flatten());
    let mut names: Vec<&Text> = all.filter_map(|h| space.members.get(h)).flatten().collect();
    names.sort();
    names.into_iter().filter_map(|name| space.pods.named(name)).cloned().collect()
}

fn scaled_by<'s>(
    space: &'s Space,
    object: &ObjectId,
    world: &World<'_>,
) -> (Option<&'s AutoscalerRow>, Option<&'s ScaledObjectRow>) {
    let is = |target: &ObjectId| target.api == object.api && target.name == object.name;
    let autoscaler = world.look(space.autoscalers.by(&object.name)).find(|a| is(&a.target)).map(Arc::as_ref);
    let scaled_object = world.look(space.scaled_objects.by(&object.name)).find(|s| s.scales(object)).map(Arc::as_ref);
    (autoscaler, scaled_object)
}

/// The newest release of a name.
fn release(space: &Space, workload: &WorkloadRow, world: &World<'_>) -> Option<Release> {
    let name = credit::helm(&workload.meta)?;
    let row = world.look(space.releases.by(name)).max_by_key(|r| r.version)?;
    let busy = world.look(space.jobs.by(name)).any(|j| j.active > 0);
    Some(Release { row: row.clone(), busy })
}

/// Who delivers an object with these labels.
fn delivered_by<'w>(
    world: &'w World<'_>,
    object: &'w ObjectId,
    labels: &'w Labels,
) -> impl Iterator<Item = &'w DeliveryRow> {
    world.deliveries.iter().copied().filter(|d| credit::delivers(d, object, labels))
}

/// Whether it is known who delivers into a namespace: where any of the kinds can be read, by these.
fn deliveries_here(world: &World<'_>, namespace: &Text) -> Arrival {
    let all = [Kind::Application, Kind::HelmRelease].map(|kind| world.arrival(kind, namespace));
    [Arrival::Pending, Arrival::Here].into_iter().find(|a| all.contains(a)).unwrap_or(Arrival::Denied)
}

/// Of a StatefulSet's own claims (`CLAIM-NAME-ORDINAL`): the pod whose it is, `NAME-ORDINAL`.
fn own_claim<'c>(workload: &WorkloadRow, claim: &'c str) -> Option<&'c str> {
    workload.volume_claims.iter().find_map(|template| {
        let pod = claim.strip_prefix(template.as_str()).and_then(|n| n.strip_prefix('-'))?;
        let ordinal = pod.strip_prefix(workload.meta.name.as_str()).and_then(|n| n.strip_prefix('-'))?;
        (!ordinal.is_empty() && ordinal.bytes().all(|b| b.is_ascii_digit())).then_some(pod)
    })
}

/// Whether a workload's pods take this claim.
pub(crate) fn takes(workload: &WorkloadRow, claim: &Text) -> bool {
    workload.template.claims.contains(claim) || own_claim(workload, claim).is_some()
}

/// Claims that are lost, and those that are pending while a pod that is on no node yet waits for them (without one,
/// a claim may wait for its first consumer): those that the template names, and a StatefulSet's own.
fn claims(space: &Space, workload: &WorkloadRow, pods: &[Arc<PodRow>], world: &World<'_>) -> (Vec<Text>, Vec<Text>) {
    let begin = |template: &Text| format!("{template}-{}-", workload.meta.name);
    let begun = workload.volume_claims.iter().flat_map(|template| space.claims.beginning(&begin(template)));
    let own = begun.filter(|c| own_claim(workload, &c.name).is_some());
    let shared = workload.template.claims.iter().filter_map(|name| space.claims.named(name));
    let all: BTreeMap<&Text, &Text> = world.look(own.chain(shared)).map(|c| (&c.name, &c.phase)).collect();
    let waits = |p: &PodRow| p.node.is_none() && p.deleted.is_none() && !p.ended();
    let wanted = |name: &Text| {
        let pod = own_claim(workload, name);
        pods.iter().any(|p| waits(p) && pod.is_none_or(|pod| *p.name == *pod))
    };
    let its = |phase: &'static str| all.iter().filter(move |(_, p)| ***p == *phase).map(|(name, _)| (*name).clone());
    (its("Lost").collect(), its("Pending").filter(wanted).collect())
}

/// Numbers of the revisions whose ReplicaSets were looked up.
fn revisions(space: &Space, workload: &WorkloadRow, world: &World<'_>) -> BTreeMap<Text, u32> {
    let own = world.look(space.replica_sets.by(&workload.meta.uid));
    own.filter_map(|r| r.hash.clone().zip(r.revision)).collect()
}

fn of_workload(
    space: &Space,
    namespace: &Text,
    workload: &Arc<WorkloadRow>,
    pods: &[Arc<PodRow>],
    leading: &[&Arc<KubeServiceRow>],
    world: &World<'_>,
    notes: &Notes,
) -> Judged {
    let here = |kind| world.arrival(kind, namespace);
    let object = ObjectId::new(workload.kind.kind(), namespace.clone(), workload.meta.name.clone());
    let (autoscaler, scaled_object) = scaled_by(space, &object, world);
    let (release, endpoints) = (release(space, workload, world), network::endpoints(space, leading, world));
    let (lost, pending) = claims(space, workload, pods, world);
    let pending: Vec<Pending> = pending.iter().filter_map(|claim| told::pending(space, namespace, claim)).collect();
    let operated = operated(space, &object, world, notes);
    let memory = memory::of(&workload.meta, scaled_object);
    let revisions = revisions(space, workload, world);
    let failed: Vec<&DeliveryRow> =
        delivered_by(world, &object, &workload.meta.labels).filter(|d| d.failed.is_some()).collect();
    let facts = Facts {
        notes,
        workload,
        pods: Known::new(pods, here(Kind::Pod)),
        autoscaler: Known::new(autoscaler, here(Kind::HorizontalPodAutoscaler)),
        scaled_object: Known::new(scaled_object, here(Kind::ScaledObject)),
        services: Known::new(&endpoints, here(Kind::Service)),
        slices: Known::new((), here(Kind::EndpointSlice)),
        release: Known::new(release.as_ref(), here(Kind::Secret)),
        failed_deliveries: Known::new(&failed, deliveries_here(world, namespace)),
        lost_claims: Known::new(&lost, here(Kind::PersistentVolumeClaim)),
        pending_claims: Known::new(&pending, here(Kind::PersistentVolumeClaim)),
        nodes: Known::new(world.nodes, here(Kind::Node)),
        revisions: &revisions,
        memory: memory.as_ref(),
        refused: told::refused(space, workload, pods, notes),
        looping: told::looping_since(space, pods, notes),
        stuck: told::stuck(space, pods, notes),
        pull: told::pull(space, pods, notes),
        probe: told::failing_probe(space, &workload.template.probes, pods, notes, false),
        killer: told::failing_probe(space, &workload.template.probes, pods, notes, true),
        preempted: told::preempted(space, pods, world, notes),
        operated: &operated,
    };
    let verdict = status::workload::judge(&facts);
    let remarks = status::workload::remarks(&facts, verdict.status);
    (verdict, remarks)
}

/// A workload that is only named: by an autoscaler or a delivery (then it is Missing), or by pods.
fn without_workload(
    space: &Space,
    namespace: &Text,
    kind: WorkloadKind,
    holder: &Holder,
    pods: &[Arc<PodRow>],
    world: &World<'_>,
    notes: &Notes,
) -> Option<Judged> {
    let plural = kind.kind().plural();
    let verdict = |status, reason: String, brief: &str| Verdict {
        status,
        brief: Some(brief.to_owned()),
        reason: Some(reason),
        since: None,
        idle: false,
        bare: false,
        clause: Clause::Predicate,
    };
    match world.arrival(kind.kind(), namespace) {
        Arrival::Pending => {
            notes.skipped();
            (!pods.is_empty()).then(|| {
                (verdict(Status::NotAvailable, format!("{plural} not read yet"), "not read yet"), Remarks::default())
            })
        }
        Arrival::Denied => (!pods.is_empty()).then(|| {
            (verdict(Status::NotAvailable, format!("no access to {plural}"), "no access"), Remarks::default())
        }),
        Arrival::Here if pods.is_empty() => {
            let (autoscaler, scaled_object) = scaled_by(space, &holder.object(namespace), world);
            let by = autoscaler.map(|a| format!("HPA {}", a.meta.name));
            let by = by.or_else(|| scaled_object.map(|s| format!("ScaledObject {}", s.meta.name)));
            let by = by.map(|by| format!("{by} scales it"));
            let object = holder.object(namespace);
            let by = by.or_else(|| {
                let lists = world.deliveries.iter().find(|d| d.declares(&object))?;
                Some(format!("{} declares it", lists.words()))
            })?;
            Some((verdict(Status::Missing, format!("{by}, but it is not there"), "is missing"), Remarks::default()))
        }
        Arrival::Here => {
            let called = Known::new(false, world.arrival(Kind::Service, namespace));
            let nobody = Known::new(None, Arrival::Here);
            Some((
                status::pods::judge(pods, &called, &nobody, &causes(space, namespace, pods, world, notes), notes),
                Remarks::default(),
            ))
        }
    }
}

/// The card of a service that has been judged.
#[allow(clippy::too_many_arguments, reason = "the parts of a card, gathered by one caller")]
fn card(
    space: &Space,
    namespace: &Text,
    holder: &Holder,
    workload: Option<&Arc<WorkloadRow>>,
    pods: Box<[Arc<PodRow>]>,
    leading: &[&Arc<KubeServiceRow>],
    world: &World<'_>,
    notes: &Notes,
    (verdict, remarks): Judged,
) -> Service {
    let staying = || pods.iter().filter(|p| p.deleted.is_none());
    let alive = || staying().filter(|p| !p.ended());
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let pods_here = world.arrival(Kind::Pod, namespace) == Arrival::Here;
    let (alive_pods, ready_pods) = (number(alive().count()), number(alive().filter(|p| p.ready).count()));
    let (ready, desired, running) = match workload {
        Some(w) if pods_here => (ready_pods, w.desired, alive_pods),
        Some(w) => (w.counts.ready, w.desired, w.counts.replicas),
        None => (ready_pods, alive_pods, alive_pods),
    };
    let meta = workload.map(|w| &w.meta);
    let newest = staying().max_by_key(|p| (p.created, p.name.clone()));
    let opened = front::port(leading, workload.map(|w| &w.template), |s| network::is_routed(space, s));
    let opened_port = opened.and_then(|(at, n)| leading.get(at)?.ports.get(n));
    let of_newest = || newest.map(|p| p.containers.iter().filter(|c| !c.init).map(|c| c.image.clone()).collect());
    // What runs, where no pod is of the template yet.
    let made = workload.filter(|w| newest.is_none() || w.outdated().is_none_or(|(old, all)| old < all));
    let images: Option<Vec<Text>> = made.map(|w| w.template.images.to_vec()).or_else(of_newest);
    let mut images = images.unwrap_or_default();
    if let Some(w) = workload
        && let Some(before) = images.get_mut(..=front::container(&w.template, &w.meta.name, opened_port))
    {
        before.rotate_right(1);
    }
    let keeps_claims = workload.is_some_and(|w| !w.volume_claims.is_empty());
    let usage = pods.iter().filter_map(|p| space.metrics.named(&p.name));
    let usage = usage.fold(None, |sum: Option<(u64, u64)>, used| {
        let (cpu, memory) = sum.unwrap_or_default();
        Some((cpu.saturating_add(used.cpu), memory.saturating_add(used.memory)))
    });
    let owner = meta.and_then(|m| m.owner.as_ref());
    let itself = holder.object(namespace);
    let delivery = meta.and_then(|m| delivered_by(world, &itself, &m.labels).next());
    let counted = verdict.status != Status::NotAvailable && !verdict.idle;
    let available = match workload {
        Some(w) => w.desired > 0 && w.counts.available >= w.desired,
        None => alive_pods > 0 && ready_pods >= alive_pods,
    };
    let good = matches!(verdict.status, Status::Healthy | Status::Running);
    Service {
        object: object(namespace, holder, workload, &pods, world),
        uid: meta.map(|m| m.uid.clone()).or_else(|| bare_uid(holder, &pods)).unwrap_or_default(),
        status: verdict.status,
        provisional: notes.provisional(),
        bare: verdict.bare,
        reason: verdict.reason.map(Text::from),
        selects_nothing: false,
        brief: verdict.brief.map(Text::from),
        clause: verdict.clause,
        since: verdict.since,
        secondary: remarks.secondary.or_else(|| network::no_balancer(leading, notes)).map(Text::from),
        release: remarks.release.map(Text::from),
        unscaled: remarks.unscaled,
        idle: verdict.idle,
        counted,
        // A DaemonSet whose missing pods are excused by their nodes serves as it can.
        available: available || (good && workload.is_some_and(|w| w.kind == WorkloadKind::DaemonSet && w.desired > 0)),
        memory: meta.and_then(|m| memory::of(m, scaled_by(space, &itself, world).1)),
        ready,
        desired,
        running,
        terminating: number(pods.iter().filter(|p| p.deleted.is_some()).count()),
        restarts: alive().map(|p| p.restarts()).fold(0, u32::saturating_add),
        datasource: keeps_claims
            || workload.is_some_and(|w| w.template.keeps_data)
            || images.iter().any(|i| datasource::is_datasource(i)),
        images: images.into(),
        addresses: network::addresses(leading, opened),
        urls: network::urls(space, leading, world),
        deployed_by: meta.and_then(|m| credit::deployed_by(m, delivery)),
        deployed_at: meta.and_then(|m| m.changed.as_ref().and_then(|c| c.at).or(m.created)),
        repository: meta.and_then(|m| credit::repository(m, delivery)),
        managed_by: owner.map(|o| Text::new(&format!("{}/{}", o.api, o.name))),
        spot: staying().filter_map(|p| p.node.as_ref()).any(|n| world.nodes.get(n).is_some_and(|n| n.spot)),
        created: meta.and_then(|m| m.created).or_else(|| pods.iter().filter_map(|p| p.created).min()),
        usage,
        workload: workload.cloned(),
        pods,
    }
}

/// UID of a bare pod's service: the pod's.
fn bare_uid(holder: &Holder, pods: &[Arc<PodRow>]) -> Option<Text> {
    match holder.kind {
        HolderKind::Pod => pods.first().map(|p| p.uid.text()),
        // The owner's, as its pods name it.
        _ => pods.iter().find_map(|p| p.owner.as_ref().filter(|o| o.name == holder.name)).map(|o| o.uid.clone()),
    }
}

/// The object of a service. Pods of a ReplicaSet whose Deployment is not there are the ReplicaSet's.
fn object(
    namespace: &Text,
    holder: &Holder,
    workload: Option<&Arc<WorkloadRow>>,
    pods: &[Arc<PodRow>],
    world: &World<'_>,
) -> ObjectId {
    let lone = workload.is_none()
        && holder.kind == HolderKind::Workload(WorkloadKind::Deployment)
        && world.arrival(Kind::Deployment, namespace) == Arrival::Here;
    let going = pods.iter().all(|p| p.deleted.is_some());
    if lone
        && !going
        && let Some(owner) = pods.iter().max_by_key(|p| p.created).and_then(|p| p.owner.as_ref())
    {
        return ObjectId::new(owner.api.clone(), namespace.clone(), owner.name.clone());
    }
    holder.object(namespace)
}
