//! Who preempted pods: the scheduler's event names that pod by its UID alone, and it may be of any namespace.
//! <https://github.com/kubernetes/kubernetes/blob/master/pkg/scheduler/framework/preemption/executor.go>

use std::collections::{BTreeSet, HashMap};

use crate::domain::row::{EventRow, PREEMPTED, PodRow};
use crate::domain::{Text, Uid};

/// Most that are remembered; then all are forgotten, and what comes is remembered anew.
const MOST: usize = 1000;

/// Pods that preempted others.
#[derive(Debug, Default)]
pub(crate) struct Preemptors {
    /// UIDs that events name, with the namespaces of these.
    named: HashMap<Uid, BTreeSet<Text>>,
    /// Namespace and name of those that were seen.
    known: HashMap<Uid, (Text, Text)>,
}

impl Preemptors {
    /// Takes note of whom an event names; the UID, where nobody has seen that pod yet.
    pub(crate) fn named(&mut self, event: &EventRow) -> Option<Uid> {
        if event.reason != PREEMPTED {
            return None;
        }
        let uid = Uid::new(preemptor(&event.message)?);
        if self.named.len() > MOST {
            *self = Self::default();
        }
        self.named.entry(uid.clone()).or_default().insert(event.namespace.clone());
        (!self.known.contains_key(&uid)).then_some(uid)
    }

    /// Takes a pod; the namespaces of whose pods it is known now who preempted them.
    pub(crate) fn came(&mut self, pod: &PodRow) -> BTreeSet<Text> {
        if self.named.is_empty() || self.known.contains_key(&pod.uid) {
            return BTreeSet::new();
        }
        let Some(namespaces) = self.named.get(&pod.uid) else { return BTreeSet::new() };
        self.known.insert(pod.uid.clone(), (pod.namespace.clone(), pod.name.clone()));
        namespaces.clone()
    }

    /// Who it was, by the message of an event: `big`, `prod/big` of another namespace than the event's.
    pub(crate) fn who(&self, event: &EventRow) -> Option<String> {
        let who = preemptor(&event.message)?;
        match self.known.get(&Uid::new(who)) {
            Some((namespace, name)) if *namespace == event.namespace => Some(name.to_string()),
            Some((namespace, name)) => Some(format!("{namespace}/{name}")),
            // Schedulers before 1.26 write the name.
            None => who.contains('/').then(|| who.to_owned()),
        }
    }

    /// The message of an event, with the name in place of the UID.
    pub(crate) fn said(&self, event: &EventRow) -> Text {
        let named = || Some(event.message.replacen(preemptor(&event.message)?, &self.who(event)?, 1));
        let named = (event.reason == PREEMPTED).then(named).flatten();
        named.map_or_else(|| event.message.clone(), Text::from)
    }
}

/// The pod of `Preempted by pod UID on node n`, and of `Preempted by NAMESPACE/NAME on node n`.
fn preemptor(message: &str) -> Option<&str> {
    let who = message.strip_prefix("Preempted by ")?;
    who.strip_prefix("pod ").unwrap_or(who).split(' ').next()
}
