//! Laws that hold for every case, whatever its fault: of order, of names, of company, of what is not known, of what no
//! API server would send.

use std::collections::BTreeMap;

use kennel::domain::issue::Severity;
use kennel::health::cause::{Diagnosis, diagnose};
use kennel::health::evidence::{Evidence, Unread};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::scene::{Log, NOW, Scene};
use super::{Case, cases};

fn found(scene: &Scene) -> Vec<Diagnosis> {
    diagnose(&scene.evidence())
}

fn shuffled<T>(all: &mut [T], by: &[Index]) {
    for (at, index) in by.iter().enumerate().take(all.len()) {
        let other = index.index(all.len());
        all.swap(at, other);
    }
}

/// What an issue says: where, what, how bad.
fn verdicts(found: &[Diagnosis]) -> Vec<(String, Severity)> {
    found.iter().map(|d| (d.id.to_string(), d.severity)).collect()
}

/// Every string of a value, as `by` makes it.
fn renamed(value: &Value, by: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(s) => json!(by(s)),
        Value::Array(all) => Value::Array(all.iter().map(|v| renamed(v, by)).collect()),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), renamed(v, by))).collect()),
        other => other.clone(),
    }
}

/// A word replaced wherever it stands by itself.
fn word(text: &str, from: &str, to: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric();
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let (before, behind) = (&rest[..at], &rest[at + from.len()..]);
        let alone = !before.ends_with(is_part) && !behind.starts_with(is_part);
        out.push_str(before);
        out.push_str(if alone { to } else { from });
        rest = behind;
    }
    out + rest
}

/// `n` services with which nothing is wrong.
fn company(n: usize) -> Scene {
    let one = |i: usize| {
        let next = (i + 1) % n;
        json!({"name": format!("crew{i}"), "namespace": format!("fleet{}", i % 5), "service": true,
            "container": {"env": [{"name": "NEXT", "value": format!("http://crew{next}.fleet{}.svc.cluster.local:80", next % 5)}]}})
    };
    let mut scene = Scene::default();
    scene.add(&json!({"workloads": (0..n).map(one).collect::<Vec<_>>()}));
    scene
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn the_order_in_which_evidence_comes_changes_nothing(by in prop::collection::vec(any::<Index>(), 80)) {
        for case in cases() {
            let usual = format!("{:?}", found(&case.scene));
            let mut other = case.scene.clone();
            shuffled(&mut other.objects, &by);
            shuffled(&mut other.logs, &by);
            prop_assert_eq!(usual, format!("{:?}", found(&other)), "{}", case.name);
        }
    }

    #[test]
    fn whatever_stands_in_a_field_is_no_reason_to_panic(
        which in any::<Index>(),
        at in prop::collection::vec(any::<Index>(), 1..12),
        what in prop::sample::select(vec![json!(null), json!([]), json!({}), json!(-1), json!(1e300), json!(true), json!("ü🚢\u{202e}%s"), json!([[{}]]), json!(u64::MAX), json!("")]),
    ) {
        for case in cases() {
            let mut scene = case.scene.clone();
            let n = which.index(scene.objects.len());
            if let Some(object) = scene.objects.get_mut(n) {
                spoil(object, &at, &what);
            }
            found(&scene);
        }
    }
}

/// Puts something else in place of a field somewhere below.
fn spoil(value: &mut Value, at: &[Index], what: &Value) {
    let Some((first, rest)) = at.split_first() else {
        *value = what.clone();
        return;
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            let n = first.index(map.len());
            spoil(map.values_mut().nth(n).unwrap(), rest, what);
        }
        Value::Array(all) if !all.is_empty() => {
            let n = first.index(all.len());
            spoil(&mut all[n], rest, what);
        }
        other => *other = what.clone(),
    }
}

#[test]
fn every_field_of_an_object_may_be_of_another_type() {
    let well = Scene::of(&json!({})).objects.len();
    for case in cases() {
        for (n, what) in
            (well..case.scene.objects.len()).zip([json!({"a": [1]}), json!(["ü"]), json!(-7), json!("")].iter().cycle())
        {
            let mut scene = case.scene.clone();
            for key in ["metadata", "spec", "status", "data", "rules", "message"] {
                scene.objects[n][key] = what.clone();
            }
            found(&scene);
        }
    }
}

#[test]
fn names_are_but_names() {
    // What a name says of itself (a database by its image, the cluster's own) stays.
    let names = [
        "quay", "harbour", "gangway", "cook", "steward", "guest", "stores", "radio", "chandler", "crane", "rower",
        "archive", "shelves", "anchor", "gull", "tern", "larder", "waiter", "barge", "liner", "door", "customs",
        "tally", "tug", "dinghy", "mate",
    ];
    let to = |n: &str| n.chars().rev().map(|c| if c == 'a' { 'z' } else { c }).collect::<String>();
    let by = |text: &str| names.iter().fold(text.to_owned(), |t, n| word(&t, n, &to(n)));
    for case in cases() {
        let other = Scene {
            objects: case.scene.objects.iter().map(|o| renamed(o, &by)).collect(),
            logs: case
                .scene
                .logs
                .iter()
                .map(|l| Log {
                    namespace: by(&l.namespace),
                    pod: by(&l.pod),
                    container: by(&l.container),
                    text: by(&l.text),
                    ..l.clone()
                })
                .collect(),
        };
        let plain = |found: &[Diagnosis], renamed: bool| {
            let mut all: Vec<String> = found
                .iter()
                .map(|d| {
                    let name = if renamed { d.root.name.to_string() } else { by(&d.root.name) };
                    format!("{} {} {name} {:?} {}", d.detector, d.root.kind(), d.severity, d.affected.len())
                })
                .collect();
            // Among equals the names decide who comes first.
            all.sort();
            all
        };
        assert_eq!(plain(&found(&case.scene), false), plain(&found(&other), true), "{}", case.name);
    }
}

#[test]
fn company_that_is_well_changes_no_verdict() {
    let company = company(100);
    for case in cases() {
        let mut scene = case.scene.clone();
        scene.objects.extend(company.objects.iter().cloned());
        assert_eq!(verdicts(&found(&case.scene)), verdicts(&found(&scene)), "{}", case.name);
    }
}

/// With less evidence nobody is blamed who is not at fault: what remains is said as what is not decided.
fn less(case: &Case, scene: &Scene, what: &str) -> Result<(), String> {
    const DECIDED: f64 = 0.6;
    let decided: Vec<Diagnosis> = found(scene).into_iter().filter(|d| d.confidence >= DECIDED).collect();
    let score = case.score(&decided);
    if !score.wrong_blame.is_empty() || !score.false_alarms.is_empty() {
        let all = [score.wrong_blame, score.false_alarms].concat();
        return Err(format!("{} without {what}: {all:#?}", case.name));
    }
    Ok(())
}

#[test]
fn without_events_or_logs_nothing_wrong_is_said() {
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|c| c.open.is_none()) {
        let (mut deaf, mut blind) = (case.scene.clone(), case.scene.clone());
        deaf.logs.clear();
        blind.objects.retain(|o| o["kind"] != "Event");
        wrong.extend(less(case, &deaf, "logs").err());
        wrong.extend(less(case, &blind, "events").err());
        deaf.objects = blind.objects;
        wrong.extend(less(case, &deaf, "either").err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn owners_in_a_circle_and_references_to_nothing_end() {
    let owner = |kind: &str, name: &str| json!([{"kind": kind, "name": name, "controller": true}]);
    let set = |name: &str, of: &str| json!({"kind": "ReplicaSet", "apiVersion": "apps/v1", "metadata": {"name": name, "namespace": "quay", "ownerReferences": owner("ReplicaSet", of)}});
    let mut e = Evidence::default();
    e.now = NOW.parse().ok();
    e.add(set("a", "b"));
    e.add(set("b", "a"));
    e.add(set("self", "self"));
    for (n, of) in ["a", "self", "nobody"].iter().enumerate() {
        e.add(json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": format!("p{n}"), "namespace": "quay", "ownerReferences": owner("ReplicaSet", of)},
            "spec": {"nodeName": "nowhere", "containers": [{"name": "c"}], "volumes": [{"persistentVolumeClaim": {"claimName": "none"}}]},
            "status": {"phase": "Running", "containerStatuses": [{"name": "c", "restartCount": 9, "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {"exitCode": 1}}}]}}));
    }
    e.add(json!({"kind": "Service", "apiVersion": "v1", "metadata": {"name": "s", "namespace": "quay"}, "spec": {"selector": {"no": "body"}}}));
    e.add(json!({"kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2", "metadata": {"name": "h", "namespace": "quay"}, "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "gone"}}}));
    assert!(diagnose(&e).len() >= 2);
}

#[test]
fn ten_thousand_events_of_one_pod_and_a_huge_log_are_read_once() {
    let case = cases().into_iter().find(|c| c.name == "memory-limit").unwrap();
    let usual = found(&case.scene);
    let mut scene = case.scene.clone();
    let about = json!({"kind": "Pod", "namespace": "quay", "name": "sailmaker-7c9d-a"});
    for n in 0..10_000 {
        scene.objects.push(
            json!({"kind": "Event", "apiVersion": "v1", "type": "Warning", "reason": "Noise", "involvedObject": about,
            "message": format!("nr. {n} of many ü"), "lastTimestamp": super::scene::ago(n)}),
        );
    }
    let text = "2026-05-04T11:00:00Z ERROR ü nothing that is known to anybody, at some length\n".repeat(400_000);
    scene.logs.push(Log {
        namespace: "quay".into(),
        pod: "sailmaker-7c9d-a".into(),
        container: "sailmaker".into(),
        previous: false,
        text,
    });
    let long = "x=".repeat(2_000_000);
    scene.logs.push(Log {
        namespace: "quay".into(),
        pod: "sailmaker-7c9d-a".into(),
        container: "sailmaker".into(),
        previous: true,
        text: long,
    });
    let found = found(&scene);
    assert_eq!(found.first().map(|d| &d.id), usual.first().map(|d| &d.id));
    assert!(found[0].timeline.len() <= 12 && found[0].diagnostics.iter().all(|c| c.text.len() < 2000));
    let kinds: BTreeMap<&str, usize> = found.iter().map(|d| (d.detector, 1)).collect();
    assert!(kinds.len() < 6);
}

#[test]
fn of_what_may_not_be_read_nothing_is_missing() {
    for (kind, plural) in [
        ("Pod", "pods"),
        ("Service", "services"),
        ("Deployment", "deployments"),
        ("ReplicaSet", "replicasets"),
        ("ConfigMap", "configmaps"),
        ("Node", "nodes"),
    ] {
        let mut scene = company(5);
        scene.objects.retain(|o| o["kind"] != kind);
        let mut evidence: Evidence = scene.evidence();
        evidence.has_not_read(plural, "", Unread::Forbidden);
        let wrong: Vec<_> =
            diagnose(&evidence).into_iter().filter(|d| d.severity < Severity::Low).map(|d| d.title).collect();
        assert!(wrong.is_empty(), "without {plural}: {wrong:?}");
    }
}
