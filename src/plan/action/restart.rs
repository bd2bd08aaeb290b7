//! A restart: a mark in the pod template, by which its controller puts a new pod in the place of each, one after the
//! other, as it does for any other change.

use serde_json::{Value, json};

use super::fields::{self, Field};
use super::{Act, Direction, Fit, Goal, Request, Weight, Whose};
use crate::domain::environment::Environment;
use crate::domain::operation::{Pods, Restart};
use crate::domain::{Kind, ObjectId, Text, keys};
use crate::plan::Step;

const MARK: [&str; 5] = ["spec", "template", "metadata", "annotations", keys::RESTARTED];

impl Restart {
    fn fields(&self, direction: Direction) -> Vec<Field> {
        let value = if direction == Direction::Forward { Some(&self.to) } else { self.from.as_ref() };
        vec![(MARK.map(String::from).to_vec(), value.map(|v| v.as_str().into()))]
    }
}

impl Act for Restart {
    fn word(&self, direction: Direction) -> &'static str {
        if direction == Direction::Forward { "restart" } else { "roll back" }
    }

    fn change(&self, direction: Direction) -> String {
        if direction == Direction::Forward { "pods → new ones" } else { "back to the pods before" }.to_owned()
    }

    fn weight(&self, step: &Step) -> Weight {
        Weight::Service(Pods::Follow, step.pods)
    }

    fn needs(&self) -> &'static [&'static str] {
        &["patch"]
    }

    fn objection(&self, object: &ObjectId) -> Option<Text> {
        let rolls = matches!(object.api.known(), Some(Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet));
        (!rolls).then(|| format!("a {} is not restarted", object.api.argument()).into())
    }

    fn judge(&self, direction: Direction, uid: Option<&str>, object: Option<&Value>) -> Fit {
        let elsewise = |object: &Value| match fields::read(object, &MARK) {
            Some(Value::String(at)) => Fit::Changed(format!("changed meanwhile: somebody restarted it ({at})").into()),
            _ => Fit::Changed("changed meanwhile: somebody rolled it back".into()),
        };
        fields::judge(|d| self.fields(d), direction, uid, object, elsewise)
    }

    fn request(&self, direction: Direction) -> Request {
        fields::request(self.fields(direction))
    }

    fn kubectl(&self, direction: Direction, object: &ObjectId) -> Vec<String> {
        match direction {
            Direction::Forward => ["rollout", "restart", &object.argument()].map(String::from).to_vec(),
            Direction::Back => super::sent(&self.request(direction), object),
        }
    }

    fn awaits(&self, _: Direction, _: &ObjectId) -> Option<(Goal, Whose)> {
        Some((Goal::Rolled, Whose::Own))
    }

    fn shown(&self, environment: &Environment, object: &ObjectId) -> Option<Value> {
        let workload = environment.service(object)?.workload.as_ref()?;
        let at = workload.template.restarted.as_ref().map(|at| json!({ keys::RESTARTED: at.as_str() }));
        let template = json!({ "metadata": { "annotations": at } });
        Some(json!({ "metadata": fields::metadata(&workload.meta), "spec": { "template": template } }))
    }
}
