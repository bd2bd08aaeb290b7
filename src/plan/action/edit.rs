//! An edit: fields of an object as it was read, from → to.

use serde_json::{Map, Value};

use super::fields;
use super::{Act, Direction, Fit, Goal, Request, Weight, Whose};
use crate::domain::environment::Environment;
use crate::domain::operation::{Edit, Pods};
use crate::domain::{ObjectId, Raw, Text};
use crate::plan::Step;

impl Edit {
    /// What turns `before` into `after`; `None` where they are the same.
    pub(in crate::plan) fn of(before: &Value, after: &Value, what: Text, command: Vec<Text>) -> Option<Self> {
        let patch = |from, to| Some(Raw::from(difference(from, to)?.to_string()));
        let (patch, back) = (patch(before, after)?, patch(after, before)?);
        Some(Self { patch, back, what, command: command.into() })
    }

    fn body(&self, direction: Direction) -> Value {
        let text = if direction == Direction::Forward { &self.patch } else { &self.back };
        serde_json::from_str(text.as_str()).unwrap_or_default()
    }
}

/// The merge patch that turns one value into the other. Lists are replaced as a whole.
/// <https://www.rfc-editor.org/rfc/rfc7396>
fn difference(before: &Value, after: &Value) -> Option<Value> {
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        return (before != after).then(|| after.clone());
    };
    let mut patch = Map::new();
    for (key, value) in new {
        let changed = match old.get(key) {
            Some(was) => difference(was, value),
            None => Some(value.clone()),
        };
        patch.extend(changed.map(|v| (key.clone(), v)));
    }
    patch.extend(old.keys().filter(|key| !new.contains_key(*key)).map(|key| (key.clone(), Value::Null)));
    (!patch.is_empty()).then(|| Value::Object(patch))
}

/// Whether an object is as a patch leaves it. What the server adds where nothing was said is no difference.
fn holds(object: Option<&Value>, patch: &Value) -> bool {
    match (object, patch) {
        (None | Some(Value::Null), Value::Null) => true,
        (None, Value::Object(fields)) => fields.values().all(|v| holds(None, v)),
        (Some(Value::Object(there)), Value::Object(fields)) => fields.iter().all(|(k, v)| holds(there.get(k), v)),
        (Some(Value::Array(there)), Value::Array(all)) => {
            there.len() == all.len() && there.iter().zip(all).all(|(o, p)| holds(Some(o), p))
        }
        (Some(there), wanted) => there == wanted,
        (None, _) => false,
    }
}

impl Act for Edit {
    fn word(&self, _: Direction) -> &'static str {
        "patch"
    }

    fn change(&self, direction: Direction) -> String {
        match direction {
            Direction::Forward => self.what.to_string(),
            Direction::Back => format!("back: {}", self.what),
        }
    }

    fn weight(&self, step: &Step) -> Weight {
        Weight::Service(Pods::Follow, step.pods)
    }

    fn needs(&self) -> &'static [&'static str] {
        &["patch"]
    }

    fn objection(&self, _: &ObjectId) -> Option<Text> {
        // No journal says it.
        None
    }

    fn judge(&self, direction: Direction, uid: Option<&str>, object: Option<&Value>) -> Fit {
        let (to, from) = (self.body(direction), self.body(direction.opposite()));
        fields::stands(uid, object, |object| {
            if holds(Some(object), &to) {
                Fit::After
            } else if holds(Some(object), &from) {
                Fit::Before
            } else {
                Fit::Changed("changed meanwhile: what would be changed is not as it was read; ask again".into())
            }
        })
    }

    fn request(&self, direction: Direction) -> Request {
        Request::Patch(self.body(direction))
    }

    fn kubectl(&self, _: Direction, _: &ObjectId) -> Vec<String> {
        self.command.iter().map(Text::to_string).collect()
    }

    fn awaits(&self, _: Direction, _: &ObjectId) -> Option<(Goal, Whose)> {
        Some((Goal::Rolled, Whose::Own))
    }

    fn shown(&self, _: &Environment, _: &ObjectId) -> Option<Value> {
        None
    }
}
