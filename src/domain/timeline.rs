//! What happened in an environment, on one axis of time: a lane for each service that was not quiet, for each node that
//! something happened to, and for the operation. It answers "what changed?" before it is asked.
//!
//! It is not: a history. It knows what the cluster still tells: its events, the last exit of each container, when a spec
//! was changed last. To add something: a [`Mark`], and what makes it in [`of_event`] or [`of_service`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::environment::Environment;
use super::event::Event;
use super::operation::OperationState;
use super::people::who;
use super::service::Service;
use super::{Kind, Snapshot, Text, Time, listed};

/// What happened. Where several share a cell of the axis, the last of these is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// An operation ran.
    Operation,
    /// More pods were wanted, or fewer.
    Scaled,
    /// A node was cordoned, drained, rebooted.
    Node,
    /// A probe failed, from the first time to the last.
    Probe,
    /// A warning of another kind.
    Warning,
    /// A container ended and was started again, or can't be.
    Restart,
    /// A new revision.
    Rollout,
}

impl Mark {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Mark::Operation => "operation",
            Mark::Scaled => "scaled",
            Mark::Node => "node",
            Mark::Probe => "probe",
            Mark::Warning => "warning",
            Mark::Restart => "restart",
            Mark::Rollout => "rollout",
        }
    }
}

/// One thing that happened, or the span in which it happened again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What.
    pub mark: Mark,
    /// The first time.
    pub from: Time,
    /// The last time.
    pub to: Time,
}

/// What happened to one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// A service's name, a node's, an operation's word.
    pub name: Text,
    /// All that happened, in the order of its beginning.
    pub moments: Box<[Moment]>,
    /// The same in words: `rev 7 by ci-bot, 14 restarts, readiness: HTTP 503`.
    pub words: Text,
}

impl Lane {
    /// The axis from `from` to `to` in so many cells, each with what is seen in it.
    pub fn cells(&self, from: Time, to: Time, cells: usize) -> Vec<Option<Mark>> {
        let mut line = vec![None; cells];
        let span = (to.as_second() - from.as_second()).max(1);
        let last = i64::try_from(cells).unwrap_or(i64::MAX) - 1;
        let cell = |at: Time| {
            let cell = (at.as_second() - from.as_second()).saturating_mul(last + 1) / span;
            usize::try_from(cell.clamp(0, last.max(0))).unwrap_or(0)
        };
        for moment in self.moments.iter().filter(|m| m.to >= from && m.from <= to) {
            // A probe fails all the time; other things that were counted have a first and a last time.
            let seen = match moment.mark {
                Mark::Probe | Mark::Operation => (cell(moment.from)..=cell(moment.to)).collect(),
                _ if moment.from < from => vec![cell(moment.to)],
                _ => vec![cell(moment.from), cell(moment.to)],
            };
            for at in seen {
                if let Some(slot) = line.get_mut(at) {
                    *slot = (*slot).max(Some(moment.mark));
                }
            }
        }
        line
    }
}

/// What is told of a thing while its lane is made.
#[derive(Default)]
struct Told {
    moments: Vec<Moment>,
    /// What is said of it, by what it is about, each thing once.
    words: BTreeMap<Order, String>,
    restarts: u32,
}

/// In which order things are said: what was done before what came of it.
type Order = (std::cmp::Reverse<Mark>, Option<Time>);

impl Told {
    fn add(&mut self, mark: Mark, from: Time, to: Time, words: impl Into<String>) {
        let words = words.into();
        self.moments.push(Moment { mark, from, to });
        if !words.is_empty() && !self.words.values().any(|w| *w == words) {
            self.words.insert((std::cmp::Reverse(mark), Some(from)), words);
        }
    }

    fn lane(mut self, name: &Text) -> Lane {
        self.moments.sort_by_key(|m| (m.from, m.mark));
        if self.restarts > 0 {
            let words = super::status::count(self.restarts, "restart");
            self.words.insert((std::cmp::Reverse(Mark::Restart), None), words);
        }
        Lane { name: name.clone(), moments: self.moments.into(), words: listed(self.words.into_values(), SAID).into() }
    }
}

/// So many things are said of a lane.
const SAID: usize = 3;

/// The lanes of an environment of a picture from `from` on.
pub fn of(picture: &Snapshot, e: &Environment, from: Time) -> Vec<Lane> {
    // Events of what belongs to no namespace are kept there.
    let elsewhere = picture.namespace("default").map(|e| e.events.clone()).unwrap_or_default();
    lanes(e, &elsewhere, from)
}

/// The lanes of an environment from `from` on: those of which something is worst first, then the newest. `elsewhere` are
/// events of what belongs to no namespace.
fn lanes(e: &Environment, elsewhere: &[Arc<Event>], from: Time) -> Vec<Lane> {
    let mut told: BTreeMap<Text, Told> = BTreeMap::new();
    for service in &e.services {
        of_service(service, from, told.entry(service.object.name.clone()).or_default());
    }
    for event in e.events.iter() {
        if let Some(service) = &event.service {
            of_event(event, from, told.entry(service.clone()).or_default());
        }
    }
    let nodes = || e.services.iter().flat_map(|s| s.pods.iter()).filter_map(|p| p.node.as_ref());
    for event in elsewhere.iter().filter(|v| v.object.is(Kind::Node) && nodes().any(|n| *n == v.object.name)) {
        if let Some((first, last)) = times(event, from) {
            let words = event.message.strip_prefix(&format!("Node {} status is now: ", event.object.name));
            let words = words.map_or_else(|| event.reason.to_string(), ToOwned::to_owned);
            told.entry(event.object.name.clone()).or_default().add(Mark::Node, first, last, words);
        }
    }
    if let Some(operation) = &e.operation {
        let journal = &operation.journal;
        let to = journal.ended_at.unwrap_or(journal.heartbeat);
        if to >= from {
            let open = if operation.state == OperationState::Interrupted { ", interrupted" } else { "" };
            let words = format!("by {}{open}", journal.holder);
            let name = Text::from(journal.verb.word());
            told.entry(name).or_default().add(Mark::Operation, journal.started_at, to, words);
        }
    }
    let mut lanes: Vec<Lane> =
        told.into_iter().filter(|(_, told)| !told.moments.is_empty()).map(|(name, told)| told.lane(&name)).collect();
    let worst = |l: &Lane| l.moments.iter().map(|m| m.mark).max();
    let newest = |l: &Lane| l.moments.iter().map(|m| m.to).max();
    let trouble = |l: &Lane| l.moments.iter().any(|m| matches!(m.mark, Mark::Restart | Mark::Probe | Mark::Warning));
    lanes.sort_by_cached_key(|l| std::cmp::Reverse((trouble(l), worst(l), newest(l))));
    lanes
}

/// What its card and its pods tell.
fn of_service(s: &Service, from: Time, told: &mut Told) {
    if let Some(at) = s.deployed_at.filter(|at| *at >= from) {
        let revision = s.workload.as_ref().and_then(|w| w.revision);
        let by = who(s.deployed_by.as_ref()).map_or_else(String::new, |by| format!(" by {by}"));
        let words = revision.map_or_else(|| format!("changed{by}"), |n| format!("rev {n}{by}"));
        told.add(Mark::Rollout, at, at, words);
    }
    let containers = s.pods.iter().filter(|p| p.deleted.is_none()).flat_map(|p| p.containers.iter());
    for container in containers {
        let Some(ended) = container.last.as_ref().and_then(|t| t.finished).filter(|at| *at >= from) else { continue };
        told.moments.push(Moment { mark: Mark::Restart, from: ended, to: ended });
        told.restarts = told.restarts.saturating_add(container.restarts);
    }
}

/// What an event tells of a service.
fn of_event(event: &Event, from: Time, told: &mut Told) {
    let Some((first, last)) = times(event, from) else { return };
    let brief = || event.brief().unwrap_or_else(|| event.message.to_string());
    match &*event.reason {
        "ScalingReplicaSet" | "SuccessfulRescale" => {
            // A rollout scales, too: that it is one, its revision says.
            let about = |m: &&Moment| m.mark == Mark::Rollout && (m.from.as_second() - first.as_second()).abs() < 60;
            let rolls = told.moments.iter().any(|m| about(&m));
            told.add(Mark::Scaled, first, last, if rolls { String::new() } else { brief() });
        }
        "Unhealthy" => told.add(Mark::Probe, first, last, brief()),
        "BackOff" => {
            told.moments.push(Moment { mark: Mark::Restart, from: first, to: last });
            if told.restarts == 0 {
                told.add(Mark::Restart, first, last, brief());
            }
        }
        _ if event.warning => told.add(Mark::Warning, first, last, brief()),
        _ => {}
    }
}

/// The first and the last time that something was seen, where that is later than `from`.
fn times(event: &Event, from: Time) -> Option<(Time, Time)> {
    let last = event.time.or(event.first).filter(|at| *at >= from)?;
    Some((event.first.unwrap_or(last).min(last), last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ObjectId;
    use crate::domain::row::{ContainerRow, PodRow, Termination};

    fn at(minute: i64) -> Time {
        Time::from_second(minute * 60).unwrap()
    }

    fn event(reason: &str, message: &str, service: &str, (first, last): (i64, i64)) -> Event {
        Event {
            time: Some(at(last)),
            first: Some(at(first)),
            warning: !reason.starts_with("Scaling"),
            reason: reason.into(),
            message: message.into(),
            count: 5,
            object: ObjectId::new(Kind::Pod, "shop", "x"),
            service: (!service.is_empty()).then(|| service.into()),
            source: "kubelet".into(),
        }
    }

    fn service(name: &str) -> Service {
        Service { object: ObjectId::new(Kind::Deployment, "shop", name), ..Service::default() }
    }

    fn drawn(lane: &Lane) -> String {
        let mark = |m: &Option<Mark>| m.map_or("-".to_owned(), |m| format!("{m:?}").chars().take(1).collect());
        lane.cells(at(0), at(60), 12).iter().map(mark).collect()
    }

    #[test]
    fn a_lane_stands_for_each_service_that_is_not_quiet_and_says_what_changed_before_what_came_of_it() {
        let last = Termination { finished: Some(at(50)), code: 1, ..Termination::default() };
        let container = ContainerRow { last: Some(Box::new(last)), restarts: 14, ..ContainerRow::default() };
        let pod = PodRow { containers: Box::new([container]), node: Some("n2".into()), ..PodRow::default() };
        let checkout = Service {
            deployed_at: Some(at(20)),
            deployed_by: Some("ci-bot".into()),
            pods: [Arc::new(pod)].into(),
            ..service("checkout")
        };
        let events = [
            event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", "web", (30, 59)),
            event("BackOff", "Back-off restarting failed container", "checkout", (25, 58)),
            event("Unhealthy", "Liveness probe failed: long ago", "auth", (-90, -80)),
        ];
        let e = Environment {
            services: Box::new([Arc::new(checkout), Arc::new(service("web")), Arc::new(service("auth"))]),
            events: events.map(Arc::new).into(),
            ..Environment::default()
        };
        let node = Event {
            object: ObjectId::new(Kind::Node, "", "n2"),
            ..event("NodeNotSchedulable", "Node n2 status is now: NodeNotSchedulable", "", (10, 10))
        };
        let other = Event { object: ObjectId::new(Kind::Node, "", "n9"), ..node.clone() };
        let lanes = lanes(&e, &[Arc::new(node), Arc::new(other)], at(0));
        let all: Vec<_> = lanes.iter().map(|l| (&*l.name, drawn(l), &*l.words)).collect();
        assert_eq!(
            all,
            [
                ("checkout", "----RR----RR".to_owned(), "changed by ci-bot, 14 restarts"),
                ("web", "------PPPPPP".to_owned(), "readiness: HTTP 503"),
                ("n2", "--N---------".to_owned(), "NodeNotSchedulable"),
            ]
        );
    }

    #[test]
    fn what_began_before_the_axis_stands_where_it_was_seen_last_and_a_scaling_within_a_rollout_says_nothing() {
        let web = Service { deployed_at: Some(at(30)), ..service("web") };
        let events = [
            event("ScalingReplicaSet", "Scaled up replica set web-1 from 0 to 1", "web", (30, 30)),
            event("FailedMount", "something is wrong", "web", (-60, 55)),
        ];
        let (services, events) = (Box::new([Arc::new(web)]), events.map(Arc::new).into());
        let e = Environment { services, events, ..Environment::default() };
        let lanes = lanes(&e, &[], at(0));
        assert_eq!((drawn(&lanes[0]).as_str(), &*lanes[0].words), ("------R----W", "changed, something is wrong"));
    }
}
