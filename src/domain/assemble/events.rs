//! Events, folded: one line per object, reason and message, newest first, and not without end.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Made, Resolved, World, resolve, takes};
use crate::domain::event::{COMBINED, Event};
use crate::domain::model::holder::{Holder, HolderKind};
use crate::domain::model::space::Space;
use crate::domain::row::{EventRow, WorkloadKind};
use crate::domain::status::unplaced::why_no_node;
use crate::domain::{Kind, ObjectId, Text};

/// Most lines of an environment. What is older is in the cluster only.
pub(crate) const MOST: usize = 300;

/// Events of a namespace, folded, newest first; and how many lines of older ones were left out.
pub(crate) fn events(
    space: &Space,
    namespace: &Text,
    world: &World<'_>,
    made: &BTreeMap<Holder, Made>,
) -> (Arc<[Arc<Event>]>, u32) {
    let mut folded: BTreeMap<(&ObjectId, &Text, Text), Event> = BTreeMap::new();
    for row in space.events.iter() {
        let (first, last) = (row.first.or(row.last), row.last.or(row.first));
        let count = row.count.max(1);
        let key = (&row.object, &row.reason, Text::new(&normal(row)));
        match folded.get_mut(&key) {
            Some(event) => {
                event.count = event.count.saturating_add(count);
                event.first = event.first.into_iter().chain(first).min();
                event.warning |= row.warning;
                if last > event.time {
                    event.time = last;
                    event.message = world.preemptors.said(row);
                }
            }
            None => {
                let event = Event {
                    time: last,
                    first,
                    warning: row.warning,
                    reason: row.reason.clone(),
                    message: world.preemptors.said(row),
                    count,
                    object: row.object.clone(),
                    service: None,
                    source: row.source.clone(),
                };
                folded.insert(key, event);
            }
        }
    }
    let mut events: Vec<Event> = folded.into_values().collect();
    events.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| (&a.object, &a.reason).cmp(&(&b.object, &b.reason))));
    let left_out = u32::try_from(events.len().saturating_sub(MOST)).unwrap_or(u32::MAX);
    events.truncate(MOST);
    let services = super::services(space, namespace, world);
    let of = |object: &ObjectId| led_to(made, object).or_else(|| service(space, &services, object));
    let named = events.into_iter().map(|e| Arc::new(Event { service: of(&e.object), ..e }));
    (named.collect(), left_out)
}

/// A message without what differs each time it comes: spans of time, hexadecimal marks, the name of a pod that could not
/// be made (no other has it ever), and how many nodes lack what for a pod that finds none (they come and go while it
/// waits). Counts stay: `scaled up to 1` and `scaled up to 3` are two things.
fn normal(row: &EventRow) -> String {
    if row.reason == "FailedScheduling" {
        return why_no_node(&row.message).whole;
    }
    let message = row.message.strip_prefix(COMBINED).unwrap_or(&row.message);
    let not_made = row.reason == "FailedCreate";
    let words = message.split(' ').map(|word| {
        if not_made && word.starts_with('"') && word.get(1..).is_some_and(|w| w.starts_with(&*row.object.name)) {
            return "#";
        }
        let bare = word.trim_matches(['(', ')', ',', '.', '"', ':']);
        let digit = bare.contains(|c: char| c.is_ascii_digit());
        let mark = bare.len() >= 8 && bare.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        let span = bare.ends_with(['s', 'm', 'h']) && bare.chars().all(|c| c.is_ascii_digit() || "hmsnµ.".contains(c));
        if digit && (mark || span) { "#" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The service that a Kubernetes Service leads to, or that takes a volume claim, by name.
fn led_to(made: &BTreeMap<Holder, Made>, object: &ObjectId) -> Option<Text> {
    let leads = |m: &&Made| match object.api.known() {
        Some(Kind::Service) => m.behind.contains(&object.name),
        Some(Kind::PersistentVolumeClaim) => m.service.workload.as_ref().is_some_and(|w| takes(w, &object.name)),
        _ => false,
    };
    made.values().find(leads).map(|m| m.service.object.name.clone())
}

/// The service that an object belongs to, by name.
fn service(space: &Space, services: &std::collections::BTreeSet<Holder>, object: &ObjectId) -> Option<Text> {
    let holder = match object.api.known() {
        Some(Kind::Pod) => match space.pods.named(&object.name) {
            Some(pod) => Holder::of_pod(pod),
            None => return by_name(services, &object.name),
        },
        Some(Kind::ReplicaSet) => {
            let (stem, _) = object.name.rsplit_once('-')?;
            Holder::workload(WorkloadKind::Deployment, Text::new(stem))
        }
        Some(Kind::HorizontalPodAutoscaler) => Holder::of_object(&space.autoscalers.named(&object.name)?.target),
        Some(Kind::ScaledObject) => Holder::of_object(&space.scaled_objects.named(&object.name)?.target),
        _ => Holder::of_object(object),
    };
    match resolve(space, &holder) {
        // By the name that the service itself has: there are tens of thousands of events.
        Resolved::Service(holder) => services.get(&holder).map(|s| s.name.clone()),
        Resolved::Task => None,
    }
}

/// The service of a pod that is gone, by the way in which controllers name pods.
fn by_name(services: &std::collections::BTreeSet<Holder>, pod: &str) -> Option<Text> {
    let random = |part: &str| part.len() == 5 && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let named = services.iter().filter(|holder| {
        let Some(rest) = pod.strip_prefix(holder.name.as_str()).and_then(|r| r.strip_prefix('-')) else { return false };
        match &holder.kind {
            HolderKind::Workload(WorkloadKind::Deployment) => rest
                .split_once('-')
                .is_some_and(|(hash, tail)| hash.bytes().all(|b| b.is_ascii_alphanumeric()) && random(tail)),
            HolderKind::Workload(WorkloadKind::StatefulSet) => rest.bytes().all(|b| b.is_ascii_digit()),
            HolderKind::Workload(WorkloadKind::DaemonSet) => random(rest),
            _ => false,
        }
    });
    named.max_by_key(|h| h.name.len()).map(|h| h.name.clone())
}
