//! Steps of a journal against the objects as they are shown: what a journal has not noted may be done all the same.
//!
//! Results are written at most once a second, so a kennel that dies takes the last of them with it. What each step
//! left behind stands on the object itself: that is what a resume goes by, and what is said before.

use serde_json::{Value, json};

use super::change::{Direction, Fit, fit};
use crate::domain::environment::Environment;
use crate::domain::keys;
use crate::domain::operation::{Action, Journal, JournalStep, StepResult};
use crate::domain::row::{Meta, WorkloadKind};

/// Whether the journal lacks the end of a step that its object shows to be done. An object that is not in the
/// picture, or is another one of that name by now, shows nothing.
pub fn done_unnoted(environment: &Environment, journal: &Journal, step: &JournalStep) -> bool {
    matches!(step.result, StepResult::Pending | StepResult::Sent)
        && object(environment, step).is_some_and(|o| fit(&step.action, Direction::of(journal), &o) == Fit::After)
}

/// Steps of the journal that ended, whether it has noted that or not, and all.
pub fn ended(environment: &Environment, journal: &Journal) -> (usize, usize) {
    let (noted, all) = journal.progress();
    (noted + journal.steps.iter().filter(|s| done_unnoted(environment, journal, s)).count(), all)
}

/// The fields that actions write, of the object of a step, in the API's form.
fn object(environment: &Environment, step: &JournalStep) -> Option<Value> {
    let metadata = |meta: &Meta| json!({ "annotations": annotations(meta) });
    match &step.action {
        Action::Scale { .. } | Action::NodeSelector { .. } => {
            let service = environment.services.iter().find(|s| s.object == step.object)?;
            let workload = service.workload.as_ref().filter(|w| w.meta.uid == step.uid)?;
            let selector: serde_json::Map<String, Value> = workload
                .template
                .node_selector
                .iter()
                .map(|(key, value)| (key.to_string(), Value::from(value.as_str())))
                .collect();
            let replicas = (workload.kind != WorkloadKind::DaemonSet).then_some(workload.desired);
            let spec = json!({ "replicas": replicas, "template": { "spec": { "nodeSelector": selector } } });
            Some(json!({ "metadata": metadata(&workload.meta), "spec": spec }))
        }
        Action::Suspend { .. } => {
            let task = environment.tasks.iter().find(|t| t.uid == step.uid)?;
            let memory = task.memory.map(|m| json!({ keys::SUSPEND: m.to_string() }));
            Some(json!({ "metadata": { "annotations": memory }, "spec": { "suspend": task.suspended } }))
        }
        Action::Pause { .. } => {
            let row = environment.scaled_objects.iter().find(|s| s.meta.uid == step.uid)?;
            Some(json!({ "metadata": metadata(&row.meta) }))
        }
    }
}

fn annotations(meta: &Meta) -> serde_json::Map<String, Value> {
    meta.annotations.iter().map(|(key, value)| (key.to_string(), Value::from(value.as_str()))).collect()
}
