//! A CronJob's or Job's `suspend`.

use serde_json::{Value, json};

use super::fields::{self, Field, annotation, spec};
use super::{Act, Direction, Fit, Goal, Request, Weight, Whose};
use crate::domain::environment::Environment;
use crate::domain::operation::Suspend;
use crate::domain::{Kind, ObjectId, Text, keys};
use crate::plan::Step;

impl Suspend {
    fn fields(&self, direction: Direction) -> Vec<Field> {
        let memory = match (direction, self.remember) {
            (Direction::Forward, true) => Some(self.from),
            (Direction::Back, false) => Some(self.to),
            _ => None,
        };
        let memory = memory.map(|m| m.to_string());
        vec![spec("suspend", self.after(direction)), annotation(keys::SUSPEND, memory.as_deref())]
    }

    fn after(&self, direction: Direction) -> bool {
        if direction == Direction::Forward { self.to } else { self.from }
    }

    fn elsewise(&self, direction: Direction, object: &Value) -> Fit {
        let to = self.after(direction);
        let word = if to { "is paused already" } else { "is on already" };
        let now = fields::read(object, &["spec", "suspend"]) == Some(Value::Bool(true));
        match now == to && (to || fields::noted(object, keys::SUSPEND).is_none()) {
            true => Fit::Already(word.into()),
            false => Fit::Changed("changed meanwhile: suspend and its memory are not as planned".into()),
        }
    }
}

fn on(suspended: bool) -> &'static str {
    if suspended { "paused" } else { "on" }
}

impl Act for Suspend {
    fn word(&self, direction: Direction) -> &'static str {
        // A pause that is taken back is a resume, and the other way round.
        if self.to == (direction == Direction::Forward) { "suspend" } else { "resume" }
    }

    fn change(&self, direction: Direction) -> String {
        fields::change(on(self.after(direction.opposite())), on(self.after(direction)), direction)
    }

    fn weight(&self, _: &Step) -> Weight {
        if self.from == self.to { Weight::Memory } else { Weight::Task }
    }

    fn needs(&self) -> &'static [&'static str] {
        &["patch"]
    }

    fn objection(&self, object: &ObjectId) -> Option<Text> {
        let fits = matches!(object.api.known(), Some(Kind::CronJob | Kind::Job));
        (!fits).then(|| format!("a {} is not suspended", object.api.argument()).into())
    }

    fn judge(&self, direction: Direction, uid: Option<&str>, object: Option<&Value>) -> Fit {
        fields::judge(|d| self.fields(d), direction, uid, object, |o| self.elsewise(direction, o))
    }

    fn request(&self, direction: Direction) -> Request {
        fields::request(self.fields(direction))
    }

    fn awaits(&self, direction: Direction, object: &ObjectId) -> Option<(Goal, Whose)> {
        // A CronJob's Jobs run to their end; of a Job that is suspended the pods go.
        let stops = self.to == (direction == Direction::Forward);
        (object.is(Kind::Job) && stops).then_some((Goal::Gone, Whose::Own))
    }

    fn shown(&self, environment: &Environment, object: &ObjectId) -> Option<Value> {
        let task = environment.tasks.iter().find(|t| t.object == *object)?;
        let memory = task.memory.map(|m| json!({ keys::SUSPEND: m.to_string() }));
        let metadata = json!({ "uid": task.uid.as_str(), "annotations": memory });
        Some(json!({ "metadata": metadata, "spec": { "suspend": task.suspended } }))
    }
}
