//! HorizontalPodAutoscalers on the driven clock; what the numbers ask for is tested beside the calculation.
//! <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details>

use super::*;

const CPU: &str = r#"{"containers": [{"name": "web", "image": "web:1", "resources": {"requests": {"cpu": "100m"}}}]}"#;

fn template(app: &str, image: &str) -> Value {
    let mut spec: Value = serde_json::from_str(CPU).unwrap();
    spec["containers"][0]["image"] = image.into();
    json!({"metadata": {"labels": {"app": app}}, "spec": spec})
}

fn autoscaler(kind: &str, name: &str, least: i64, most: i64) -> Value {
    json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name, "namespace": NS},
        "spec": {
            "minReplicas": least, "maxReplicas": most, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": name},
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}],
        },
    })
}

/// A workload of three busy pods that have run for ten minutes, and its autoscaler.
fn busy(kind: &str, load: u32) -> Stage {
    let mut s = stage();
    s.behave("web:1", &format!("serve load={load}")).unwrap();
    s.apply(workload(kind, "web", "web:1", json!({"replicas": 3, "template": template("web", "web:1")})));
    s.advance(600);
    s.apply(autoscaler(kind, "web", 2, 10));
    s
}

fn replicas(s: &Stage, kind: &str) -> i64 {
    s.get(kind, NS, "web").unwrap()["spec"]["replicas"].as_i64().unwrap()
}

fn hpa(s: &Stage) -> Value {
    status(s, "HorizontalPodAutoscaler", "web")
}

fn conditions(s: &Stage) -> Vec<(String, String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let all = hpa(s)["conditions"].as_array().cloned().unwrap_or_default();
    all.iter().map(|c| (text(&c["type"]), text(&c["status"]), text(&c["reason"]))).collect()
}

fn is(s: &Stage, kind: &str, status: &str, reason: &str) -> bool {
    conditions(s).contains(&(kind.to_owned(), status.to_owned(), reason.to_owned()))
}

#[test]
fn a_busy_deployment_grows_every_fifteen_seconds_until_its_load_is_met() {
    let mut s = busy("Deployment", 90);
    s.advance(14);
    assert_eq!((replicas(&s, "Deployment"), conditions(&s)), (3, vec![]), "a new one is looked at after a period");
    s.advance(1);
    assert_eq!(replicas(&s, "Deployment"), 6, "90 / 50 of three");
    let now = hpa(&s);
    assert_eq!((now["currentReplicas"].as_i64(), now["desiredReplicas"].as_i64()), (Some(3), Some(6)));
    assert_eq!(now["lastScaleTime"], "2026-11-20T12:10:15Z");
    let current = json!({"name": "cpu", "current": {"averageUtilization": 90, "averageValue": "90m"}});
    assert_eq!(now["currentMetrics"], json!([{"type": "Resource", "resource": current}]));
    assert!(is(&s, "AbleToScale", "True", "SucceededRescale") && is(&s, "ScalingActive", "True", "ValidMetricFound"));
    assert!(is(&s, "ScalingLimited", "False", "DesiredWithinRange"), "{:?}", conditions(&s));
    let said = "New size: 6; reason: cpu resource utilization (percentage of request) above target";
    assert!(events(&s, "web").contains(&("SuccessfulRescale".to_owned(), said.to_owned(), 1)));
    // The new pods are as busy: what each uses does not fall here.
    s.advance(60);
    assert_eq!(replicas(&s, "Deployment"), 10);
    assert!(is(&s, "ScalingLimited", "True", "TooManyReplicas"), "{:?}", conditions(&s));
    assert_eq!(pods(&s, "web").len(), 10, "the Deployment follows");
}

#[test]
fn it_shrinks_five_minutes_after_it_was_last_busy() {
    let mut s = busy("Deployment", 50);
    s.advance(120);
    assert_eq!(replicas(&s, "Deployment"), 3, "as busy as is wanted");
    assert!(is(&s, "AbleToScale", "True", "ReadyForNewScale"));
    s.behave("web:1", "serve load=20").unwrap();
    s.advance(280);
    assert_eq!(replicas(&s, "Deployment"), 3);
    assert!(is(&s, "AbleToScale", "True", "ScaleDownStabilized"), "{:?}", conditions(&s));
    s.advance(60);
    assert_eq!(replicas(&s, "Deployment"), 2);
    let said = "New size: 2; reason: All metrics below target";
    assert!(events(&s, "web").contains(&("SuccessfulRescale".to_owned(), said.to_owned(), 1)));
    s.behave("web:1", "serve load=5").unwrap();
    s.advance(600);
    assert_eq!(replicas(&s, "Deployment"), 2, "not below its minimum");
    assert!(is(&s, "ScalingLimited", "True", "TooFewReplicas"), "{:?}", conditions(&s));
}

#[test]
fn behaviour_says_how_fast_it_grows() {
    let mut s = busy("Deployment", 400);
    let slow = json!({"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}});
    s.patch("HorizontalPodAutoscaler", NS, "web", &json!({"spec": {"behavior": slow}}));
    let mut seen = vec![];
    for _ in 0..8 {
        s.advance(15);
        seen.push(replicas(&s, "Deployment"));
    }
    assert_eq!(seen, [4, 4, 4, 4, 5, 5, 5, 5], "one a minute");
    assert!(is(&s, "ScalingLimited", "True", "ScaleUpLimit"), "{:?}", conditions(&s));
}

#[test]
fn a_stateful_set_is_scaled_too_and_what_has_no_scale_is_not() {
    let mut s = busy("StatefulSet", 90);
    s.advance(15);
    assert_eq!(replicas(&s, "StatefulSet"), 6);
    for (kind, name, why) in [
        ("Deployment", "none", "deployments.apps \"none\" not found"),
        ("DaemonSet", "agent", "the server could not find the requested resource"),
        ("Foo", "x", "no matches for kind \"Foo\" in group \"apps\""),
    ] {
        s.apply(autoscaler(kind, name, 1, 3));
        s.advance(15);
        let status = status(&s, "HorizontalPodAutoscaler", name);
        let condition = &status["conditions"][0];
        assert_eq!((&condition["status"], &condition["reason"]), (&"False".into(), &"FailedGetScale".into()));
        let message = format!("the HPA controller was unable to get the target's current scale: {why}");
        assert_eq!(condition["message"], message);
        assert!(events(&s, name).contains(&("FailedGetScale".to_owned(), why.to_owned(), 1)));
    }
}

#[test]
fn a_stopped_target_stays_stopped_and_one_out_of_bounds_is_brought_back() {
    let mut s = busy("Deployment", 90);
    s.patch("Deployment", NS, "web", &json!({"spec": {"replicas": 0}}));
    s.advance(120);
    assert_eq!(replicas(&s, "Deployment"), 0);
    assert!(is(&s, "ScalingActive", "False", "ScalingDisabled"), "{:?}", conditions(&s));
    assert_eq!(hpa(&s).get("currentReplicas"), None);
    for (set, to, why) in [(1, 2, "below Spec.MinReplicas"), (12, 10, "above Spec.MaxReplicas")] {
        s.patch("Deployment", NS, "web", &json!({"spec": {"replicas": set}}));
        s.advance(15);
        assert_eq!(replicas(&s, "Deployment"), to);
        let said = format!("New size: {to}; reason: Current number of replicas {why}");
        assert!(events(&s, "web").contains(&("SuccessfulRescale".to_owned(), said, 1)));
    }
}

#[test]
fn without_metrics_it_says_so_each_time_and_leaves_the_count() {
    let mut s = busy("Deployment", 90);
    s.store.serve_group("metrics.k8s.io", false);
    s.advance(60);
    assert_eq!(replicas(&s, "Deployment"), 3);
    assert_eq!(hpa(&s)["currentMetrics"], json!([{"type": ""}]));
    assert!(is(&s, "ScalingActive", "False", "FailedGetResourceMetric"), "{:?}", conditions(&s));
    let count = |s: &Stage, reason: &str| events(s, "web").into_iter().find(|e| e.0 == reason).map(|e| e.2);
    assert_eq!(count(&s, "FailedGetResourceMetric"), Some(4));
    assert_eq!(count(&s, "FailedComputeMetricsReplicas"), Some(4));
    s.store.serve_group("metrics.k8s.io", true);
    s.advance(15);
    assert!(replicas(&s, "Deployment") > 3 && is(&s, "ScalingActive", "True", "ValidMetricFound"));
}

#[test]
fn two_of_the_same_pods_do_nothing() {
    let mut s = busy("Deployment", 90);
    let mut second = autoscaler("Deployment", "web", 2, 10);
    second["metadata"]["name"] = "also".into();
    s.apply(second);
    s.advance(15);
    assert_eq!(replicas(&s, "Deployment"), 3);
    let why = "pods by selector app=web are controlled by multiple HPAs: [n/also n/web]";
    assert!(events(&s, "web").contains(&("AmbiguousSelector".to_owned(), why.to_owned(), 1)));
    assert!(is(&s, "ScalingActive", "False", "AmbiguousSelector"));
}

#[test]
fn an_hour_costs_one_look_each_period_and_none_where_there_is_no_autoscaler() {
    let looks = |mut s: Stage| {
        s.advance(900);
        let before = s.runs();
        s.advance(3600);
        s.runs() - before
    };
    let mut without = busy("Deployment", 50);
    without.delete("HorizontalPodAutoscaler", NS, "web");
    assert_eq!(looks(without), 0);
    let with = looks(busy("Deployment", 50));
    assert_eq!(with, 240, "every 15 seconds, and nothing else runs");
}
