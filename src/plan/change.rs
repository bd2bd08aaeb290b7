//! What a step's action is on the object itself: the fields that it sets, the patch that sets them, and
//! whether a live object is as before the action, as after it, or neither.
//!
//! Both directions come from one list of fields, so what is undone is what was done.

use serde_json::{Map, Value};

use crate::domain::Text;
use crate::domain::keys;
use crate::domain::operation::{Action, Journal};

/// Which way an action is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// As planned.
    Forward,
    /// Undone.
    Back,
}

impl Direction {
    /// The way in which a journal's operation goes.
    pub fn of(journal: &Journal) -> Self {
        if journal.undoing { Direction::Back } else { Direction::Forward }
    }

    /// The other one.
    pub fn opposite(self) -> Self {
        match self {
            Direction::Forward => Direction::Back,
            Direction::Back => Direction::Forward,
        }
    }
}

/// How a live object stands to an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// As the plan saw it: the action can be taken.
    Before,
    /// As the action leaves it.
    After,
    /// Somebody else has done the like: nothing is left to do.
    Already(Text),
    /// Changed in another way: what it is now.
    Changed(Text),
}

/// A field with the value it gets; `None` removes it.
type Field = (Vec<String>, Option<Value>);

fn annotation(key: &str, value: Option<&str>) -> Field {
    (vec!["metadata".into(), "annotations".into(), key.into()], value.map(Value::from))
}

fn spec(name: &str, value: impl Into<Value>) -> Field {
    (vec!["spec".into(), name.into()], Some(value.into()))
}

fn node_label(key: &str, value: Option<&str>) -> Field {
    let path = ["spec", "template", "spec", "nodeSelector", key];
    (path.map(String::from).to_vec(), value.map(Value::from))
}

/// The fields that an action leaves behind.
fn fields(action: &Action, direction: Direction) -> Vec<Field> {
    let forward = direction == Direction::Forward;
    match action {
        Action::Scale { from, to, remember, forget } => {
            let mut all = vec![spec("replicas", if forward { *to } else { *from })];
            let memory = (forward && *remember).then(|| from.to_string());
            let known = forget.iter().any(|(key, _)| key == keys::REPLICAS);
            if forward || !known {
                all.push(annotation(keys::REPLICAS, memory.as_deref()));
            }
            for (key, value) in forget.iter().filter(|(key, _)| !forward || key != keys::REPLICAS) {
                all.push(annotation(key, (!forward).then_some(value.as_str())));
            }
            all
        }
        Action::Suspend { from, to, remember } => {
            let memory = match (forward, remember) {
                (true, true) => Some(*from),
                (false, false) => Some(*to),
                _ => None,
            };
            let memory = memory.map(|m| m.to_string());
            vec![spec("suspend", if forward { *to } else { *from }), annotation(keys::SUSPEND, memory.as_deref())]
        }
        Action::NodeSelector { stop, selector } => {
            let stopped = *stop == forward;
            let old: Map<String, Value> = serde_json::from_str(selector).unwrap_or_default();
            let mut all: Vec<Field> =
                old.iter().map(|(key, value)| node_label(key, value.as_str().filter(|_| !stopped))).collect();
            all.push(node_label(keys::NO_NODE, stopped.then_some("true")));
            all.push(annotation(keys::NODE_SELECTOR, stopped.then_some(selector.as_str())));
            all
        }
        Action::Pause { from, to, remember } => {
            let value = if forward { to } else { from };
            let memory = match (forward, remember) {
                (true, true) => Some(from.as_deref().unwrap_or_default()),
                (false, false) => Some(to.as_deref().unwrap_or_default()),
                _ => None,
            };
            vec![annotation(keys::PAUSED, value.as_deref()), annotation(keys::PAUSED_BEFORE, memory)]
        }
    }
}

/// The JSON merge patch (RFC 7396) of an action, without a precondition.
pub(crate) fn bare_patch(action: &Action, direction: Direction) -> Value {
    let mut root = Map::new();
    for (path, value) in fields(action, direction) {
        put(&mut root, &path, value.unwrap_or(Value::Null));
    }
    Value::Object(root)
}

/// The patch of an action on the object of this UID and version: the server refuses it (409) for any other.
pub fn patch(action: &Action, direction: Direction, uid: &str, resource_version: &str) -> Value {
    let mut patch = bare_patch(action, direction);
    if let Some(root) = patch.as_object_mut() {
        put(root, &["metadata".into(), "uid".into()], uid.into());
        put(root, &["metadata".into(), "resourceVersion".into()], resource_version.into());
    }
    patch
}

fn put(into: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            into.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let inner = into.entry(first.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}

/// How a live object, as the API gives it, stands to an action in a direction.
pub fn fit(action: &Action, direction: Direction, object: &Value) -> Fit {
    let as_left = |direction| fields(action, direction).iter().all(|(path, wanted)| read(object, path) == *wanted);
    if as_left(direction) {
        return Fit::After;
    }
    if as_left(direction.opposite()) {
        return Fit::Before;
    }
    elsewise(action, direction, object)
}

/// A field of an object; what the API leaves out has its default.
fn read(object: &Value, path: &[String]) -> Option<Value> {
    let found = path.iter().try_fold(object, |at, key| at.get(key)).filter(|v| !v.is_null()).cloned();
    found.or_else(|| match path.last().map(String::as_str) {
        Some("replicas") => Some(1.into()),
        Some("suspend") => Some(false.into()),
        _ => None,
    })
}

fn elsewise(action: &Action, direction: Direction, object: &Value) -> Fit {
    let remembered = |key: &str| read(object, &annotation(key, None).0).and_then(|v| v.as_str().map(String::from));
    match action {
        Action::Scale { from, to, .. } => {
            let (from, to) = if direction == Direction::Forward { (*from, *to) } else { (*to, *from) };
            let now = read(object, &["spec".into(), "replicas".into()]).and_then(|v| v.as_u64()).unwrap_or(0);
            match (to, now, remembered(keys::REPLICAS)) {
                (0, 0, Some(n)) => Fit::Already(format!("is stopped already, at {n} before").into()),
                (0, 0, None) => Fit::Changed(
                    format!("was scaled to 0 meanwhile, and nothing on it remembers a count (planned from {from})")
                        .into(),
                ),
                (1.., 1.., None) => Fit::Already(format!("runs already, at {now}").into()),
                (_, _, Some(n)) => Fit::Changed(
                    format!("changed meanwhile: replicas {now}, {n} remembered (planned from {from})").into(),
                ),
                _ => Fit::Changed(format!("changed meanwhile: replicas {now} (planned from {from})").into()),
            }
        }
        Action::Suspend { from, to, .. } => {
            let to = if direction == Direction::Forward { *to } else { *from };
            let word = if to { "is paused already" } else { "is on already" };
            let now = read(object, &["spec".into(), "suspend".into()]) == Some(Value::Bool(true));
            match now == to && (to || remembered(keys::SUSPEND).is_none()) {
                true => Fit::Already(word.into()),
                false => Fit::Changed("changed meanwhile: suspend and its memory are not as planned".into()),
            }
        }
        Action::NodeSelector { .. } => Fit::Changed("changed meanwhile: its node selector is not as planned".into()),
        Action::Pause { .. } => {
            let now = remembered(keys::PAUSED).unwrap_or_else(|| "not set".to_owned());
            Fit::Changed(format!("changed meanwhile: {} is {now}", keys::PAUSED).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn applied(object: &Value, action: &Action, direction: Direction) -> Value {
        let mut object = object.clone();
        json_patch::merge(&mut object, &bare_patch(action, direction));
        object
    }

    #[test]
    fn memory_and_zero_go_in_one_patch_with_uid_and_resource_version() {
        let action = Action::Scale { from: 3, to: 0, remember: true, forget: vec![] };
        assert_eq!(
            patch(&action, Direction::Forward, "u", "7"),
            json!({"metadata": {"annotations": {"kennel.dev/replicas": "3"}, "uid": "u", "resourceVersion": "7"},
                   "spec": {"replicas": 0}})
        );
    }

    #[test]
    fn an_old_node_selector_is_put_away_and_comes_back() {
        let action = Action::NodeSelector { stop: true, selector: r#"{"disk":"ssd"}"#.into() };
        let before = json!({"spec": {"template": {"spec": {"nodeSelector": {"disk": "ssd"}}}}});
        let stopped = applied(&before, &action, Direction::Forward);
        assert_eq!(stopped["spec"]["template"]["spec"]["nodeSelector"], json!({"kennel.dev/stopped": "true"}));
        assert_eq!(stopped["metadata"]["annotations"]["kennel.dev/node-selector"], r#"{"disk":"ssd"}"#);
        let back = applied(&stopped, &action, Direction::Back);
        assert_eq!(back["spec"], before["spec"]);
        assert_eq!(fit(&action, Direction::Forward, &back), Fit::Before);
    }

    #[test]
    fn an_earlier_paused_count_of_keda_is_kept_beside_the_zero() {
        let action = Action::Pause { from: Some("2".into()), to: Some("0".into()), remember: true };
        let patch = bare_patch(&action, Direction::Forward);
        assert_eq!(patch["metadata"]["annotations"][keys::PAUSED], "0");
        assert_eq!(patch["metadata"]["annotations"][keys::PAUSED_BEFORE], "2");
    }

    #[test]
    fn what_somebody_else_did_is_told_apart_from_what_was_planned() {
        let stop = Action::Scale { from: 3, to: 0, remember: true, forget: vec![] };
        let of = |replicas: u32, memory: Option<&str>| {
            let mut o = json!({"spec": {"replicas": replicas}});
            if let Some(m) = memory {
                o["metadata"] = json!({"annotations": {"kennel.dev/replicas": m}});
            }
            o
        };
        let fit = |o| fit(&stop, Direction::Forward, &o);
        assert_eq!(fit(of(3, None)), Fit::Before);
        assert_eq!(fit(of(0, Some("3"))), Fit::After);
        assert!(matches!(fit(of(0, Some("5"))), Fit::Already(_)));
        assert!(matches!(fit(of(0, None)), Fit::Changed(w) if w.contains("was scaled to 0 meanwhile")));
        assert!(matches!(fit(of(4, None)), Fit::Changed(w) if w.contains("replicas 4")));
    }

    fn action() -> impl Strategy<Value = Action> {
        let key = prop_oneof![Just(keys::REPLICAS), Just("downscaler/original-replicas"), Just("loft.sh/replicas")];
        let forget = prop::collection::btree_map(key, "[1-9]", 0..3)
            .prop_map(|m| m.into_iter().map(|(k, v)| (Text::from(k), Text::from(v))).collect::<Vec<_>>());
        let count = prop_oneof![Just(None), Just(Some(Text::from("2")))];
        prop_oneof![
            (1u32..9, forget.clone()).prop_map(|(from, forget)| Action::Scale { from, to: 0, remember: true, forget }),
            (0u32..9, forget).prop_map(|(to, forget)| Action::Scale { from: 0, to, remember: false, forget }),
            any::<bool>().prop_map(|to| Action::Suspend { from: !to, to, remember: to }),
            any::<bool>().prop_map(|stop| Action::NodeSelector { stop, selector: r#"{"a":"b"}"#.into() }),
            count.clone().prop_map(|from| Action::Pause { from, to: Some("0".into()), remember: true }),
            count.prop_map(|to| Action::Pause { from: Some("0".into()), to, remember: false }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_undone_is_what_was_done(action in action()) {
            // The object as the plan saw it: whatever the way back leaves.
            let before = applied(&json!({"metadata": {"annotations": {"other": "stays"}}, "spec": {"replicas": 0}}), &action, Direction::Back);
            prop_assume!(fit(&action, Direction::Forward, &before) == Fit::Before);
            let after = applied(&before, &action, Direction::Forward);
            prop_assert_eq!(fit(&action, Direction::Forward, &after), Fit::After);
            prop_assert_eq!(fit(&action, Direction::Back, &after), Fit::Before);
            prop_assert_eq!(applied(&after, &action, Direction::Back), before);
        }
    }
}
