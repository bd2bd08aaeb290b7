//! What the actions are on their objects, and that what is undone is what was done.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::operation::{Edit, NodeSelector, Pause, Restart, Scale, Suspend};
use crate::domain::{Raw, keys};

fn fit(action: &Action, direction: Direction, object: &Value) -> Fit {
    act(action).judge(direction, None, Some(object))
}

fn sent(action: &Action, direction: Direction) -> Value {
    let Request::Patch(body) = act(action).request(direction);
    body
}

fn applied(object: &Value, action: &Action, direction: Direction) -> Value {
    let mut object = object.clone();
    json_patch::merge(&mut object, &sent(action, direction));
    object
}

#[test]
fn memory_and_zero_go_in_one_patch_with_uid_and_resource_version() {
    let action = Action::Scale(Scale { from: 3, to: 0, remember: true, forget: vec![] });
    let body = json!({"metadata": {"annotations": {"kennel.dev/replicas": "3"}, "uid": "u", "resourceVersion": "7"},
        "spec": {"replicas": 0}});
    assert_eq!(act(&action).request(Direction::Forward).held_to("u", "7"), Request::Patch(body));
}

#[test]
fn an_old_node_selector_is_put_away_and_comes_back() {
    let action = Action::NodeSelector(NodeSelector { stop: true, selector: r#"{"disk":"ssd"}"#.into() });
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
    let action = Action::Pause(Pause { from: Some("2".into()), to: Some("0".into()), remember: true });
    let patch = sent(&action, Direction::Forward);
    assert_eq!(patch["metadata"]["annotations"][keys::PAUSED], "0");
    assert_eq!(patch["metadata"]["annotations"][keys::PAUSED_BEFORE], "2");
}

#[test]
fn what_somebody_else_did_is_told_apart_from_what_was_planned() {
    let stop = Action::Scale(Scale { from: 3, to: 0, remember: true, forget: vec![] });
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

fn edit(before: &Value, after: &Value) -> Option<Action> {
    Edit::of(before, after, "x".into(), vec![]).map(Action::Edit)
}

#[test]
fn an_edit_sends_what_differs_and_nothing_else() {
    let before =
        json!({ "spec": { "replicas": 2, "a": { "b": 1, "gone": 2 }, "list": [1, 2] }, "metadata": { "x": 1 } });
    let after = json!({ "spec": { "replicas": 2, "a": { "b": 3 }, "list": [1, 3] }, "metadata": { "x": 1 } });
    let action = edit(&before, &after).unwrap();
    assert_eq!(sent(&action, Direction::Forward), json!({ "spec": { "a": { "b": 3, "gone": null }, "list": [1, 3] } }));
    assert_eq!(edit(&before, &before), None);
    let seen = |o: &Value| act(&action).judge(Direction::Forward, None, Some(o));
    assert_eq!([seen(&before), seen(&after)], [Fit::Before, Fit::After]);
    let defaulted = json!({ "spec": { "replicas": 5, "a": { "b": 3, "added": true }, "list": [1, 3] } });
    assert_eq!(seen(&defaulted), Fit::After, "what the server adds is no difference");
    let other = json!({ "spec": { "replicas": 2, "a": { "b": 9, "gone": 2 }, "list": [1, 2] } });
    assert!(matches!(seen(&other), Fit::Changed(_)));
}

#[test]
fn an_edit_stands_in_no_journal_and_in_no_log() {
    let action = edit(&json!({}), &json!({ "spec": { "env": "canary-7f3a" } })).unwrap();
    assert!(serde_json::to_string(&action).is_err());
    let said = r#"{"do":"edit","patch":"{}","back":"{}","what":"x","command":[]}"#;
    assert!(serde_json::from_str::<Action>(said).is_err(), "whoever may write a journal can't ask for anything");
    assert!(!format!("{action:?}").contains("canary"));
}

fn action() -> impl Strategy<Value = Action> {
    let key = prop_oneof![Just(keys::REPLICAS), Just("downscaler/original-replicas"), Just("loft.sh/replicas")];
    let forget = prop::collection::btree_map(key, "[1-9]", 0..3)
        .prop_map(|m| m.into_iter().map(|(k, v)| (Text::from(k), Raw::from(v))).collect::<Vec<_>>());
    let count = prop_oneof![Just(None), Just(Some(Raw::from("2")))];
    prop_oneof![
        (1u32..9, forget.clone()).prop_map(|(from, forget)| Action::Scale(Scale {
            from,
            to: 0,
            remember: true,
            forget
        })),
        (0u32..9, forget).prop_map(|(to, forget)| Action::Scale(Scale { from: 0, to, remember: false, forget })),
        any::<bool>().prop_map(|to| Action::Suspend(Suspend { from: !to, to, remember: to })),
        any::<bool>().prop_map(|stop| Action::NodeSelector(NodeSelector { stop, selector: r#"{"a":"b"}"#.into() })),
        count.clone().prop_map(|from| {
            let from = from.map(|n: Raw| n.shown());
            Action::Restart(Restart { from, to: "2026-12-01T00:00:00Z".into() })
        }),
        count.clone().prop_map(|from| Action::Pause(Pause { from, to: Some("0".into()), remember: true })),
        count.prop_map(|to| Action::Pause(Pause { from: Some("0".into()), to, remember: false })),
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
