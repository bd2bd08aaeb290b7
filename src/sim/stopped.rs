//! What a stop by kennel leaves behind: counts put away on the objects, and the journal of the operation.
//!
//! Written as `plan` and `cluster::execute` write it, so that the demo has stopped environments from its
//! first second, and Start brings them back.

use serde_json::{Value, json};

use super::clock::plus;
use super::create::put;
use super::json::{Json, dig, set};
use super::resource::Resource;
use super::store::Store;
use super::written::managed;
use crate::domain::operation::{
    Action, JOURNAL, Journal, JournalStep, OperationState, Scale, StepResult, Suspend, Verb,
};
use crate::domain::{Api, ObjectId, Text};

/// Stops the workloads and CronJobs of a namespace (those of `only`, where it names any).
pub(super) fn stop(store: &mut Store, namespace: &str, by: &str, only: &[String]) {
    let now = store.clock().now();
    let meant = |name: &str| only.is_empty() || only.iter().any(|o| o == name);
    let mut steps = vec![];
    for kind in ["CronJob", "Deployment", "StatefulSet"] {
        let Some(r) = Resource::named(kind) else { continue };
        let found: Vec<_> = store.list_in(r, namespace).map(|o| o.value()).collect();
        for o in found.iter().filter(|o| meant(o.name()) && o.annotation("kennel.dev/stop") != "never") {
            let (action, patch) = if kind == "CronJob" {
                let was = o.is("spec.suspend");
                let memory = json!({"kennel.dev/suspend": was.to_string()});
                let patch = json!({"metadata": {"annotations": memory}, "spec": {"suspend": true}});
                (Action::Suspend(Suspend { from: was, to: true, remember: true }), patch)
            } else {
                let was = o.int_or("spec.replicas", 1);
                if was == 0 {
                    continue;
                }
                let memory = json!({"kennel.dev/replicas": was.to_string()});
                let patch = json!({"metadata": {"annotations": memory}, "spec": {"replicas": 0}});
                let from = u32::try_from(was).unwrap_or(0);
                (Action::Scale(Scale { from, to: 0, remember: true, forget: vec![] }), patch)
            };
            store.edit(r, namespace, o.name(), |v| {
                json_patch::merge(v, &patch);
                managed(v, "kennel", "Update", now);
            });
            let tier = match kind {
                "CronJob" => 0,
                "Deployment" => 1,
                _ => 2,
            };
            steps.push(JournalStep {
                id: u32::try_from(steps.len() + 1).unwrap_or(u32::MAX),
                tier,
                object: ObjectId::new(Api::referred("", kind), namespace, o.name()),
                uid: Some(o.uid().into()),
                action,
                result: StepResult::Done,
            });
        }
    }
    let ended = plus(now, 14);
    let journal = Journal {
        id: Text::from(store.uid().as_str()),
        verb: Verb::Stop,
        only: only.iter().map(|o| Text::from(o.as_str())).collect(),
        holder: by.into(),
        host: "laptop".into(),
        process: 4711,
        process_start: None,
        started_at: now.into(),
        heartbeat: ended.into(),
        ended_at: Some(ended.into()),
        state: OperationState::Done,
        undoing: false,
        steps,
        parts: vec![],
        preparing: false,
        shortened: 0,
    };
    put(store, journal_object(namespace, &journal));
}

/// The ConfigMap that holds a journal.
fn journal_object(namespace: &str, journal: &Journal) -> Value {
    let text = serde_json::to_string(journal).unwrap_or_default();
    let mut object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": JOURNAL, "namespace": namespace},
    });
    dig(&mut object, "data").insert("journal".into(), text.into());
    set(&mut object, "metadata.labels", json!({"app.kubernetes.io/managed-by": "kennel"}));
    object
}
