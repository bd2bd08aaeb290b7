//! What the events of a service tell, that nothing else in the cluster does. Words and times only: events are kept for
//! an hour and may not be readable, so no status hangs on them.

use std::sync::Arc;

use super::World;
use crate::domain::event::{COMBINED, brief};
use crate::domain::model::space::Space;
use crate::domain::row::{
    BACK_OFF, ContainerRow, ContainerState, EventRow, FAILED, NOT_MADE, NOT_SET_UP, PREEMPTED, PodRow, Probe,
    UNHEALTHY, WorkloadKind, WorkloadRow,
};
use crate::domain::status::claim::{self, Pending};
use crate::domain::status::notes::Notes;
use crate::domain::status::{Words, failure, probe};
use crate::domain::{Kind, ObjectId, Text, Time};

/// Seconds within which a controller surely tries again: its longest delay is 1,000 s.
/// <https://github.com/kubernetes/client-go/blob/master/util/workqueue/default_rate_limiters.go>
const TRIES: i64 = 1200;

/// Seconds within which the kubelet surely says again that it waits (its longest delay is 300 s), and longest run of a
/// container that still counts as a restart in a row.
const LOOPS: i64 = 600;

/// Seconds for which a server keeps an event, where nobody has changed that.
const KEPT: i64 = 3600;

/// Why the last pod could not be made, unless one has been since. Of a Deployment nothing: a condition says it.
pub(crate) fn refused<'s>(
    space: &'s Space,
    workload: &WorkloadRow,
    pods: &[Arc<PodRow>],
    notes: &Notes,
) -> Option<&'s str> {
    let alive = pods.iter().filter(|p| !p.ended() && p.deleted.is_none()).count();
    if workload.kind == WorkloadKind::Deployment || alive >= usize::try_from(workload.desired).unwrap_or(usize::MAX) {
        return None;
    }
    let object = ObjectId::new(workload.kind.kind(), workload.meta.namespace.clone(), workload.meta.name.clone());
    let about = |e: &&Arc<EventRow>| e.reason == NOT_MADE && e.warning;
    let last = space.events.by(&object).filter(about).max_by_key(|e| (e.last, &e.name))?;
    let made = pods.iter().filter_map(|p| p.created).max();
    let at = last.last.filter(|at| made.is_none_or(|made| made <= *at))?;
    (!notes.older(at, TRIES)).then_some(last.message.as_str())
}

/// What the newest event of a claim says while it has no volume; `None` where that is as it should be.
pub(crate) fn pending(space: &Space, namespace: &Text, claim: &Text) -> Option<Pending> {
    let object = ObjectId::new(Kind::PersistentVolumeClaim, namespace.clone(), claim.clone());
    let newest = space.events.by(&object).max_by_key(|e| (e.last, &e.name));
    let why = match newest {
        Some(e) if claim::waits_itself(&e.reason) => return None,
        Some(e) => claim::why(&e.reason, &e.message),
        None => None,
    };
    Some(Pending { name: claim.clone(), why })
}

/// Newest event of pods that are on a node and not ready, of those that are about what is asked for.
fn newest<'s>(
    space: &'s Space,
    pods: &[Arc<PodRow>],
    notes: &Notes,
    about: impl Fn(&EventRow) -> bool,
) -> Option<&'s Arc<EventRow>> {
    let waits = pods.iter().filter(|p| !p.ready && p.deleted.is_none() && !p.ended() && p.node.is_some());
    let object = |p: &Arc<PodRow>| ObjectId::new(Kind::Pod, p.namespace.clone(), p.name.clone());
    let told = waits.flat_map(|p| space.events.by(&object(p)).collect::<Vec<_>>());
    told.filter(|e| about(e) && e.last.is_some_and(|at| !notes.older(at, LOOPS))).max_by_key(|e| (e.last, &e.name))
}

/// Why the kubelet does not start one of these pods, none of whose containers has run yet.
pub(crate) fn stuck(space: &Space, pods: &[Arc<PodRow>], notes: &Notes) -> Option<Words> {
    let ran = |c: &ContainerRow| !matches!(c.state, ContainerState::None | ContainerState::Waiting { .. });
    let unset: Vec<_> = pods.iter().filter(|p| !p.containers.iter().any(ran)).cloned().collect();
    let event = newest(space, &unset, notes, |e| NOT_SET_UP.contains(&e.reason.as_str()))?;
    if failure::is_out_of_memory(&event.message) {
        return Some(failure::out_of_memory());
    }
    brief::of(&event.reason, &event.message).map(Words::plain)
}

/// What the runtime said last when it could not pull an image.
pub(crate) fn pull<'s>(space: &'s Space, pods: &[Arc<PodRow>], notes: &Notes) -> Option<&'s str> {
    let about = |e: &EventRow| e.reason == FAILED && e.message.starts_with("Failed to pull image");
    newest(space, pods, notes, about).map(|e| e.message.as_str())
}

/// Which probe of these pods fails, and how: of those that are not ready any; or, of those that were restarted, one for
/// which the kubelet does that.
pub(crate) fn failing_probe(
    space: &Space,
    template: &[Probe],
    pods: &[Arc<PodRow>],
    notes: &Notes,
    kills: bool,
) -> Option<Words> {
    let falls = |p: &PodRow| if kills { p.restarts() > 0 } else { !p.ready };
    let concerns = |p: &&Arc<PodRow>| p.deleted.is_none() && !p.ended() && falls(p);
    let mut newest: Option<(&EventRow, &str, &str, u32)> = None;
    for pod in pods.iter().filter(concerns) {
        let object = ObjectId::new(Kind::Pod, pod.namespace.clone(), pod.name.clone());
        let about = |e: &&Arc<EventRow>| e.reason == UNHEALTHY && e.last.is_some_and(|at| !notes.older(at, LOOPS));
        let failing = space.events.by(&object).filter(about).filter_map(|e| {
            let (name, said) = probe::failing(e.message.strip_prefix(COMBINED).unwrap_or(&e.message))?;
            (!kills || name != "readiness").then_some((e, name, said))
        });
        let all: Vec<_> = failing.collect();
        let Some((event, name, said)) = all.iter().max_by_key(|(e, ..)| (e.last, &e.name)).copied() else { continue };
        if newest.is_none_or(|(before, ..)| event.last > before.last) {
            let same = all.iter().filter(|(_, other, _)| *other == name);
            newest = Some((event, name, said, same.map(|(e, ..)| e.count).fold(0, u32::saturating_add)));
        }
    }
    newest.map(|(_, name, said, count)| probe::words(name, said, count, template))
}

/// Since when restarts of these pods are held back. A pod that is ready between two restarts loses its readiness anew
/// with each: the event goes on counting.
pub(crate) fn looping_since(space: &Space, pods: &[Arc<PodRow>], notes: &Notes) -> Option<Time> {
    let in_a_row = |c: &ContainerRow| {
        let run = c.last.as_ref().and_then(|t| t.started.zip(t.finished));
        c.restarts >= 2 && run.is_some_and(|(from, to)| to.as_second() - from.as_second() <= LOOPS)
    };
    let about = |e: &&Arc<EventRow>| e.reason == BACK_OFF && e.message.starts_with("Back-off restarting");
    let goes_on = |e: &&Arc<EventRow>| e.last.is_some_and(|at| !notes.older(at, LOOPS));
    let loops = |p: &&Arc<PodRow>| p.deleted.is_none() && !p.ended() && p.containers.iter().any(in_a_row);
    let object = |p: &Arc<PodRow>| ObjectId::new(Kind::Pod, p.namespace.clone(), p.name.clone());
    let of = |p| space.events.by(&object(p)).filter(about).filter(goes_on).filter_map(|e| e.first).min();
    pods.iter().filter(loops).filter_map(of).min()
}

/// By whom a pod of theirs was preempted, while one waits in its place: `preempted by prod/big`.
pub(crate) fn preempted(space: &Space, pods: &[Arc<PodRow>], world: &World<'_>, notes: &Notes) -> Option<String> {
    let waits = pods.iter().find(|p| p.unschedulable.is_some() && p.node.is_none() && p.deleted.is_none())?;
    let owner = waits.owner.as_ref()?;
    // That pod is gone: it was named after the same owner.
    let alike = |name: &str| name.strip_prefix(&*owner.name).is_some_and(|rest| rest.starts_with('-'));
    let its = |e: &&Arc<EventRow>| e.reason == PREEMPTED && alike(&e.object.name);
    let last = space.events.iter().filter(its).max_by_key(|e| (e.last, &e.name))?;
    let at = last.last?;
    let who = world.preemptors.who(last).unwrap_or_else(|| "another pod".to_owned());
    (!notes.older(at, KEPT)).then(|| format!("preempted by {who}"))
}
