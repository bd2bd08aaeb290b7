//! A DaemonSet's node selector: put away, and one that matches no node in its place.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::fields::{self, Field, annotation};
use super::{Act, Direction, Fit, Goal, Request, Weight, Whose};
use crate::domain::environment::Environment;
use crate::domain::operation::{NodeSelector, Pods};
use crate::domain::{Kind, ObjectId, Text, keys};
use crate::plan::Step;

fn label(key: &str, value: Option<&str>) -> Field {
    (["spec", "template", "spec", "nodeSelector", key].map(String::from).to_vec(), value.map(Value::from))
}

impl NodeSelector {
    /// Whether this way it stops.
    fn stops(&self, direction: Direction) -> bool {
        self.stop == (direction == Direction::Forward)
    }

    /// What was put away, where it is a node selector.
    pub(in crate::plan) fn pairs(&self) -> Option<BTreeMap<String, String>> {
        serde_json::from_str(self.selector.as_str()).ok()
    }

    fn fields(&self, direction: Direction) -> Vec<Field> {
        let stopped = self.stops(direction);
        let old = self.pairs().unwrap_or_default();
        let mut all: Vec<Field> =
            old.iter().map(|(key, value)| label(key, (!stopped).then_some(value.as_str()))).collect();
        all.push(label(keys::NO_NODE, stopped.then_some("true")));
        all.push(annotation(keys::NODE_SELECTOR, stopped.then_some(self.selector.as_str())));
        all
    }
}

impl Act for NodeSelector {
    fn word(&self, direction: Direction) -> &'static str {
        if self.stops(direction) { "unschedule" } else { "schedule" }
    }

    fn change(&self, direction: Direction) -> String {
        if self.stops(direction) { "its nodes → none" } else { "none → its nodes" }.to_owned()
    }

    fn weight(&self, step: &Step) -> Weight {
        Weight::Service(if self.stop { Pods::End } else { Pods::Come }, step.pods)
    }

    fn needs(&self) -> &'static [&'static str] {
        &["patch"]
    }

    fn objection(&self, object: &ObjectId) -> Option<Text> {
        match (object.api.known(), self.pairs()) {
            (Some(Kind::DaemonSet), Some(_)) => None,
            (Some(Kind::DaemonSet), None) => Some("what was put away is no node selector".into()),
            _ => Some(format!("a {} is not kept from its nodes", object.api.argument()).into()),
        }
    }

    fn judge(&self, direction: Direction, uid: Option<&str>, object: Option<&Value>) -> Fit {
        let elsewise = |_: &Value| Fit::Changed("changed meanwhile: its node selector is not as planned".into());
        fields::judge(|d| self.fields(d), direction, uid, object, elsewise)
    }

    fn request(&self, direction: Direction) -> Request {
        fields::request(self.fields(direction))
    }

    fn awaits(&self, direction: Direction, _: &ObjectId) -> Option<(Goal, Whose)> {
        Some((if self.stops(direction) { Goal::Gone } else { Goal::Everywhere }, Whose::Own))
    }

    fn shown(&self, environment: &Environment, object: &ObjectId) -> Option<Value> {
        let service = environment.service(object)?;
        let workload = service.workload.as_ref()?;
        // Keys and values of labels are plain: the API takes no others.
        let pairs = workload.template.node_selector.iter();
        let selector: Map<String, Value> = pairs.map(|(k, v)| (k.to_string(), v.as_str().into())).collect();
        let spec = json!({ "template": { "spec": { "nodeSelector": selector } } });
        Some(json!({ "metadata": fields::metadata(&workload.meta), "spec": spec }))
    }
}
