//! The plan of a change that was made of an object as it was read: back to a revision, fields of a form, a text in an
//! editor. Reading comes first, and whatever happens meanwhile is seen.

use serde_json::Value;

use super::draft::Draft;
use super::{Plan, Scope, services};
use crate::domain::environment::Environment;
use crate::domain::operation::{Action, Edit, Verb};
use crate::domain::{ObjectId, Text};

/// A change of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Edited {
    /// What it is done as.
    pub verb: Verb,
    /// The object.
    pub object: ObjectId,
    /// Its UID.
    uid: Text,
    /// The generation that was read.
    generation: i64,
    /// The change, or why there is none.
    edit: Result<Edit, Text>,
    /// What comes of it: a few words each.
    notes: Vec<Text>,
    /// One sentence each.
    warnings: Vec<Text>,
}

/// What is said of a change.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// `revision 8 → 7`.
    pub(super) what: Text,
    /// Words for kubectl.
    pub(super) command: Vec<Text>,
    pub(super) notes: Vec<Text>,
    pub(super) warnings: Vec<Text>,
    /// Why nothing is to be done, where that is so.
    pub(super) already: Text,
}

impl Edited {
    /// A change of `object` from `before`, as it was read, to `after`.
    pub(super) fn of(verb: Verb, object: ObjectId, before: &Value, after: &Value, said: Said) -> Self {
        let text = |pointer: &str| before.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        Self {
            verb,
            object,
            uid: text("/metadata/uid").into(),
            generation: before.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default(),
            edit: Edit::of(before, after, said.what, said.command).ok_or(said.already),
            notes: said.notes,
            warnings: said.warnings,
        }
    }
}

/// What a change would do to `environment`.
pub(super) fn edited(environment: &Environment, scope: &Scope, change: &Edited) -> Plan {
    let mut draft = Draft::new(change.verb, environment, scope);
    for (service, workload) in services::picked(&mut draft, environment, scope) {
        let object = &service.object;
        if *object != change.object || workload.meta.uid != change.uid {
            draft.plan.refused.push(format!("{object} is not what was read: ask again").into());
            continue;
        }
        if workload.meta.generation > change.generation {
            draft.plan.refused.push(format!("{object} has changed since it was read: ask again").into());
            continue;
        }
        let edit = match &change.edit {
            Ok(edit) => edit.clone(),
            Err(why) => {
                draft.leave(object, why.clone());
                continue;
            }
        };
        services::rollout(&mut draft, service, workload);
        if let Some(owner) = &environment.managed_by {
            draft.warn(format!("{owner} manages this environment: it will undo this."));
        }
        change.warnings.iter().for_each(|w| draft.warn(w.clone()));
        let notes: Vec<String> = change.notes.iter().map(Text::to_string).collect();
        draft.service(service, workload, (object, &workload.meta), Action::Edit(edit), &notes);
    }
    draft.finish(environment)
}
