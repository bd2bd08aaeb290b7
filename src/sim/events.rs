//! Events as the components record them: series are counted in one object, which lives an hour.
//!
//! As client-go's EventCorrelator does it (`tools/record/events_cache.go`): an event with the same
//! object, reason and message bumps `count` and `lastTimestamp` of the one that is there.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::json::{Json, micro, set, stamp};

/// The component that writes Events of the newer form.
const SCHEDULER: &str = "default-scheduler";

/// The program that most controllers are part of.
pub(crate) const MANAGER: &str = "kube-controller-manager";

/// How long the API server keeps an Event after its last write (`--event-ttl`), in seconds.
pub(crate) const TTL: i64 = 3600;

/// So many messages about one object with one reason are kept apart; all others become one event
/// (`defaultAggregateMaxEvents`).
const APART: usize = 10;
/// After so many seconds of silence they are told apart again (`defaultAggregateIntervalInSeconds`).
const SILENCE: i64 = 600;

/// How often an event happened by the time it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    /// Once more than before.
    OnceMore,
    /// So often by now: recording the same number again changes nothing.
    InAll(i64),
    /// Every so many seconds for as long as it is recorded.
    Every(i64),
}

/// An Event to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventDraft {
    /// `involvedObject`.
    pub(crate) about: Value,
    /// Component that reports it.
    pub(crate) component: &'static str,
    /// Node of the component, for the kubelet.
    pub(crate) host: String,
    /// Reason.
    pub(crate) reason: &'static str,
    /// Message.
    pub(crate) message: String,
    /// Type Warning, else Normal.
    pub(crate) warning: bool,
    /// How often it happened.
    pub(crate) times: Times,
}

impl EventDraft {
    /// An ordinary event about `object`.
    pub(crate) fn new(object: &Value, component: &'static str, reason: &'static str, message: String) -> Self {
        let about = json!({
            "apiVersion": object.text("apiVersion"),
            "kind": object.text("kind"),
            "name": object.name(),
            "namespace": object.text("metadata.namespace"),
            "resourceVersion": object.text("metadata.resourceVersion"),
            "uid": object.uid(),
        });
        Self { about, component, host: String::new(), reason, message, warning: false, times: Times::OnceMore }
    }

    /// A warning.
    pub(crate) fn warning(self) -> Self {
        Self { warning: true, ..self }
    }

    /// It happens so often.
    pub(crate) fn times(self, times: Times) -> Self {
        Self { times, ..self }
    }

    /// The kubelet of a pod's node says it, of one of its containers where that is named.
    pub(crate) fn of_kubelet(pod: &Value, field: Option<String>, reason: &'static str, message: String) -> Self {
        let mut draft = Self::new(pod, "kubelet", reason, message);
        if let Some(field) = field {
            set(&mut draft.about, "fieldPath", field);
        }
        Self { host: pod.text("spec.nodeName").to_owned(), ..draft }
    }

    /// The program that writes it.
    pub(crate) fn manager(&self) -> &'static str {
        match self.component {
            SCHEDULER => "kube-scheduler",
            "kubelet" => "kubelet",
            _ => MANAGER,
        }
    }

    /// What makes two events one series.
    fn key(&self) -> (String, &'static str, String) {
        let field = self.about.text("fieldPath");
        (format!("{}{field}", self.about.text("uid")), self.reason, self.message.clone())
    }

    /// The namespace that the event lives in: that of its object, `default` for objects of the cluster.
    pub(crate) fn namespace(&self) -> &str {
        match self.about.text("namespace") {
            "" => "default",
            ns => ns,
        }
    }
}

/// What recording an event asks of the store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Recorded {
    /// A new Event.
    New(Value),
    /// The Event of that name happened again.
    Again {
        /// Its name.
        name: String,
        /// How often by now.
        count: i64,
        /// What it says now, where that changes: the last of many that are alike.
        message: Option<String>,
    },
    /// Known already: nothing to write.
    Known,
}

/// Remembers which events are there, so that a series is counted in one.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    known: HashMap<(String, &'static str, String), (String, i64, Timestamp)>,
    /// By object, component and reason: the messages that were recorded, and when the last was.
    alike: HashMap<(String, &'static str, &'static str), (HashSet<String>, Timestamp)>,
    made: u64,
}

impl Recorder {
    /// Records `draft` at `now`.
    pub(crate) fn record(&mut self, draft: &EventDraft, now: Timestamp) -> Recorded {
        if self.are_many(draft, now) {
            return self.record_combined(draft, now);
        }
        let key = draft.key();
        if let Some((name, count, last)) = self.known.get_mut(&key)
            && now.as_second() - last.as_second() <= TTL
        {
            let passed = now.as_second() - last.as_second();
            let next = match draft.times {
                Times::OnceMore => *count + 1,
                Times::InAll(n) => n,
                // After a long silence it is a new episode: one more.
                Times::Every(s) if passed > 10 * s.max(1) => *count + 1,
                Times::Every(s) => *count + passed / s.max(1),
            };
            if next <= *count {
                return Recorded::Known;
            }
            (*count, *last) = (next, now);
            return Recorded::Again { name: name.clone(), count: next, message: None };
        }
        let name = self.name(draft, now);
        let count = if let Times::InAll(n) = draft.times { n } else { 1 };
        self.known.insert(key, (name.clone(), count, now));
        Recorded::New(object(draft, &name, count, now))
    }

    /// Whether too many different messages of its kind were recorded to keep this one apart.
    fn are_many(&mut self, draft: &EventDraft, now: Timestamp) -> bool {
        // The scheduler writes the newer API, which knows series only.
        if draft.component == SCHEDULER {
            return false;
        }
        let key = (draft.about.text("uid").to_owned(), draft.component, draft.reason);
        let (messages, last) = self.alike.entry(key).or_insert_with(|| (HashSet::new(), now));
        if now.as_second() - last.as_second() > SILENCE {
            messages.clear();
        }
        *last = now;
        if messages.contains(&draft.message) || messages.len() + 1 < APART {
            messages.insert(draft.message.clone());
            return false;
        }
        true
    }

    /// Records it in the one event that stands for all of its kind.
    fn record_combined(&mut self, draft: &EventDraft, now: Timestamp) -> Recorded {
        let message = format!("(combined from similar events): {}", draft.message);
        let key = (draft.about.text("uid").to_owned(), draft.reason, String::new());
        if let Some((name, count, last)) = self.known.get_mut(&key)
            && now.as_second() - last.as_second() <= TTL
        {
            (*count, *last) = (*count + 1, now);
            return Recorded::Again { name: name.clone(), count: *count, message: Some(message) };
        }
        let name = self.name(draft, now);
        self.known.insert(key, (name.clone(), 1, now));
        Recorded::New(object(&EventDraft { message, ..draft.clone() }, &name, 1, now))
    }

    /// A name for a new event.
    fn name(&mut self, draft: &EventDraft, now: Timestamp) -> String {
        self.made += 1;
        // As client-go names them: the object's name and the time in nanoseconds, in hex. Here a
        // counter stands for the nanoseconds within a millisecond, so that names never clash.
        let nanos = now.as_millisecond() as u64 * 1_000_000 + self.made % 1_000_000;
        format!("{}.{nanos:x}", draft.about.text("name"))
    }

    /// Forgets events that the API server has dropped.
    pub(crate) fn forget_old(&mut self, now: Timestamp) {
        self.known.retain(|_, (_, _, last)| now.as_second() - last.as_second() <= TTL);
        self.alike.retain(|_, (_, last)| now.as_second() - last.as_second() <= SILENCE);
    }
}

/// The Event as stored. The scheduler writes the new form (`eventTime`, `action`), all others the old one.
fn object(draft: &EventDraft, name: &str, count: i64, now: Timestamp) -> Value {
    let scheduler = draft.component == SCHEDULER;
    let mut event = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": draft.namespace(), "creationTimestamp": stamp(now)},
        "involvedObject": draft.about,
        "reason": draft.reason,
        "message": draft.message,
        "type": if draft.warning { "Warning" } else { "Normal" },
        "reportingComponent": draft.component,
        "reportingInstance": draft.host,
    });
    let times = if scheduler {
        json!({
            "action": if draft.warning { "Scheduling" } else { "Binding" },
            "source": {}, "eventTime": micro(now), "firstTimestamp": null, "lastTimestamp": null,
            "reportingInstance": "default-scheduler-demo",
        })
    } else {
        let source = match draft.host.as_str() {
            "" => json!({"component": draft.component}),
            host => json!({"component": draft.component, "host": host}),
        };
        json!({
            "source": source, "eventTime": null, "count": count,
            "firstTimestamp": stamp(now), "lastTimestamp": stamp(now),
        })
    };
    if let (Some(event), Value::Object(times)) = (event.as_object_mut(), times) {
        event.extend(times);
    }
    event
}

/// When an Event last happened, by whichever form it has.
pub(crate) fn last_time(event: &Value) -> Option<Timestamp> {
    ["series.lastObservedTime", "lastTimestamp", "deprecatedLastTimestamp", "eventTime", "metadata.creationTimestamp"]
        .iter()
        .find_map(|p| event.time(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> EventDraft {
        let pod =
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop", "uid": "u"}});
        EventDraft { warning: true, ..EventDraft::new(&pod, "kubelet", "BackOff", "Back-off restarting".into()) }
    }

    #[test]
    fn a_series_is_one_object_that_counts_until_its_hour_is_over() {
        let mut recorder = Recorder::default();
        let at = |s: i64| Timestamp::from_second(1_800_000_000 + s).unwrap();
        let Recorded::New(first) = recorder.record(&draft(), at(0)) else { panic!("new") };
        let Recorded::Again { name, count, .. } = recorder.record(&draft(), at(60)) else { panic!("again") };
        assert_eq!((name.as_str(), count), (first.name(), 2));
        assert!(matches!(recorder.record(&draft(), at(60 + TTL + 1)), Recorded::New(_)));
    }

    // client-go: tools/record/events_cache.go, EventAggregate.
    #[test]
    fn the_tenth_message_of_a_kind_and_all_after_it_are_one_event() {
        let mut recorder = Recorder::default();
        let at = |s: i64| Timestamp::from_second(1_800_000_000 + s).unwrap();
        let scaled = |n: i64| EventDraft { message: format!("Scaled to {n}"), ..draft() };
        for n in 1..10 {
            assert!(matches!(recorder.record(&scaled(n), at(n)), Recorded::New(_)), "{n}");
        }
        assert!(matches!(recorder.record(&scaled(1), at(10)), Recorded::Again { count: 2, message: None, .. }));
        let Recorded::New(combined) = recorder.record(&scaled(10), at(10)) else { panic!("new") };
        assert_eq!(combined["message"], "(combined from similar events): Scaled to 10");
        let Recorded::Again { count: 2, message: Some(message), .. } = recorder.record(&scaled(11), at(11)) else {
            panic!("again")
        };
        assert_eq!(message, "(combined from similar events): Scaled to 11");
        assert!(
            matches!(recorder.record(&scaled(12), at(12 + SILENCE)), Recorded::New(e) if e["message"] == "Scaled to 12")
        );
    }

    #[test]
    fn a_count_that_the_caller_knows_is_written_once() {
        let mut recorder = Recorder::default();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let with = |n| EventDraft { times: Times::InAll(n), ..draft() };
        recorder.record(&with(1), now);
        assert_eq!(recorder.record(&with(1), now), Recorded::Known);
        assert!(matches!(recorder.record(&with(4), now), Recorded::Again { count: 4, .. }));
    }

    #[test]
    fn a_periodic_event_counts_its_periods_however_often_it_is_recorded() {
        let mut recorder = Recorder::default();
        let at = |s: i64| Timestamp::from_second(1_800_000_000 + s).unwrap();
        let probe = EventDraft { times: Times::Every(10), ..draft() };
        recorder.record(&probe, at(0));
        assert_eq!(recorder.record(&probe, at(9)), Recorded::Known);
        assert!(matches!(recorder.record(&probe, at(35)), Recorded::Again { count: 4, .. }));
    }
}
