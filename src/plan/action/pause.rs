//! The count that KEDA holds the target of a ScaledObject at.

use serde_json::{Value, json};

use super::fields::{self, Field, annotation};
use super::{Act, Direction, Fit, Goal, Request, Weight, Whose};
use crate::domain::environment::Environment;
use crate::domain::operation::{Pause, Pods};
use crate::domain::{Kind, ObjectId, Raw, Text, keys};
use crate::plan::Step;

impl Pause {
    fn after(&self, direction: Direction) -> Option<&Raw> {
        if direction == Direction::Forward { self.to.as_ref() } else { self.from.as_ref() }
    }

    fn fields(&self, direction: Direction) -> Vec<Field> {
        let put_away = |value: &Option<Raw>| Some(value.clone().unwrap_or_default());
        let memory = match (direction, self.remember) {
            (Direction::Forward, true) => put_away(&self.from),
            (Direction::Back, false) => put_away(&self.to),
            _ => None,
        };
        let of = |key, value: Option<&Raw>| annotation(key, value.map(Raw::as_str));
        vec![of(keys::PAUSED, self.after(direction)), of(keys::PAUSED_BEFORE, memory.as_ref())]
    }
}

impl Act for Pause {
    fn word(&self, direction: Direction) -> &'static str {
        if self.after(direction).is_some() { "pause" } else { "unpause" }
    }

    fn change(&self, direction: Direction) -> String {
        let at = |value: Option<&Raw>| value.map_or("autoscaled".to_owned(), |n| format!("held at {}", n.shown()));
        format!("{} → {}", at(self.after(direction.opposite())), at(self.after(direction)))
    }

    fn weight(&self, step: &Step) -> Weight {
        let held_at_none = self.to.as_ref().is_some_and(|n| n.as_str() == "0");
        Weight::Service(if held_at_none { Pods::End } else { Pods::Come }, step.pods)
    }

    fn needs(&self) -> &'static [&'static str] {
        &["patch"]
    }

    fn objection(&self, object: &ObjectId) -> Option<Text> {
        (!object.is(Kind::ScaledObject)).then(|| format!("a {} is not paused", object.api.argument()).into())
    }

    fn judge(&self, direction: Direction, uid: Option<&str>, object: Option<&Value>) -> Fit {
        let elsewise = |object: &Value| {
            let now = fields::noted(object, keys::PAUSED).unwrap_or_else(|| "not set".to_owned());
            Fit::Changed(format!("changed meanwhile: {} is {now}", keys::PAUSED).into())
        };
        fields::judge(|d| self.fields(d), direction, uid, object, elsewise)
    }

    fn request(&self, direction: Direction) -> Request {
        fields::request(self.fields(direction))
    }

    fn awaits(&self, direction: Direction, _: &ObjectId) -> Option<(Goal, Whose)> {
        // What KEDA makes of it once it is let go of depends on its triggers.
        self.after(direction).filter(|n| n.as_str() == "0").map(|_| (Goal::Gone, Whose::Scaled))
    }

    fn shown(&self, environment: &Environment, object: &ObjectId) -> Option<Value> {
        let row = environment.scaled_objects.named(&object.name).filter(|s| s.reference() == *object)?;
        Some(json!({ "metadata": fields::metadata(&row.meta) }))
    }
}
