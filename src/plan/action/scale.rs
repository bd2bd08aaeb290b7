//! A Deployment's or StatefulSet's count, with what is remembered of it on the object itself.

use serde_json::{Value, json};

use super::fields::{self, Field, annotation, spec};
use super::{Act, Direction, Fit, Goal, Request, Weight, Whose};
use crate::domain::environment::Environment;
use crate::domain::operation::{Pods, Scale};
use crate::domain::{Kind, ObjectId, Text, keys};
use crate::plan::Step;

impl Scale {
    fn fields(&self, direction: Direction) -> Vec<Field> {
        let forward = direction == Direction::Forward;
        let mut all = vec![spec("replicas", if forward { self.to } else { self.from })];
        let memory = (forward && self.remember).then(|| self.from.to_string());
        let known = self.forget.iter().any(|(key, _)| key == keys::REPLICAS);
        if forward || !known {
            all.push(annotation(keys::REPLICAS, memory.as_deref()));
        }
        for (key, value) in self.forget.iter().filter(|(key, _)| !forward || key != keys::REPLICAS) {
            all.push(annotation(key, (!forward).then_some(value.as_str())));
        }
        all
    }

    /// The count before and after it.
    fn ends(&self, direction: Direction) -> (u32, u32) {
        if direction == Direction::Forward { (self.from, self.to) } else { (self.to, self.from) }
    }

    fn elsewise(&self, direction: Direction, object: &Value) -> Fit {
        let (from, to) = self.ends(direction);
        let now = fields::read(object, &["spec", "replicas"]).and_then(|v| v.as_u64()).unwrap_or(0);
        match (to, now, fields::noted(object, keys::REPLICAS)) {
            (0, 0, Some(n)) => Fit::Already(format!("is stopped already, at {n} before").into()),
            (0, 0, None) => Fit::Changed(
                format!("was scaled to 0 meanwhile, and nothing on it remembers a count (planned from {from})").into(),
            ),
            (1.., 1.., None) if from == 0 || from == to => Fit::Already(format!("runs already, at {now}").into()),
            (_, _, Some(n)) => {
                Fit::Changed(format!("changed meanwhile: replicas {now}, {n} remembered (planned from {from})").into())
            }
            _ => Fit::Changed(format!("changed meanwhile: replicas {now} (planned from {from})").into()),
        }
    }
}

impl Act for Scale {
    fn word(&self, _: Direction) -> &'static str {
        "scale"
    }

    fn change(&self, direction: Direction) -> String {
        let (from, to) = self.ends(direction);
        fields::change(&from.to_string(), &to.to_string(), direction)
    }

    fn weight(&self, step: &Step) -> Weight {
        match self.from.cmp(&self.to) {
            std::cmp::Ordering::Equal => Weight::Memory,
            std::cmp::Ordering::Less => Weight::Service(Pods::Come, self.to - self.from),
            std::cmp::Ordering::Greater => {
                // What is over already counts too, where none are to be left.
                let gone = self.from - self.to;
                Weight::Service(Pods::End, if self.to == 0 { step.pods.max(gone) } else { gone })
            }
        }
    }

    fn needs(&self) -> &'static [&'static str] {
        &["patch"]
    }

    fn objection(&self, object: &ObjectId) -> Option<Text> {
        let strange = self.forget.iter().find(|(key, _)| !keys::is_put_away(key));
        match (object.api.known(), strange) {
            (Some(Kind::Deployment | Kind::StatefulSet), None) => None,
            (Some(Kind::Deployment | Kind::StatefulSet), Some((key, _))) => {
                Some(format!("{key} is no memory of a stop").into())
            }
            _ => Some(format!("a {} is not scaled", object.api.argument()).into()),
        }
    }

    fn judge(&self, direction: Direction, uid: Option<&str>, object: Option<&Value>) -> Fit {
        fields::judge(|d| self.fields(d), direction, uid, object, |o| self.elsewise(direction, o))
    }

    fn request(&self, direction: Direction) -> Request {
        fields::request(self.fields(direction))
    }

    fn awaits(&self, direction: Direction, _: &ObjectId) -> Option<(Goal, Whose)> {
        let goal = match self.ends(direction) {
            (from, to) if from == to => return None,
            (_, 0) => Goal::Gone,
            (_, n) => Goal::Ready(n),
        };
        Some((goal, Whose::Own))
    }

    fn shown(&self, environment: &Environment, object: &ObjectId) -> Option<Value> {
        let service = environment.service(object)?;
        let workload = service.workload.as_ref()?;
        Some(json!({ "metadata": fields::metadata(&workload.meta), "spec": { "replicas": workload.desired } }))
    }
}
