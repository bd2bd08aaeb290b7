//! PodDisruptionBudgets and ResourceQuotas: what they say is left, on the driven clock.

use super::*;

fn budget(name: &str, spec: &Value) -> Value {
    let mut whole = json!({"selector": {"matchLabels": {"app": "web"}}});
    merge(&mut whole, spec);
    json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name, "namespace": NS}, "spec": whole})
}

/// Healthy now, healthy wanted, expected, allowed.
fn counts(s: &Stage, name: &str) -> [i64; 4] {
    let status = status(s, "PodDisruptionBudget", name);
    ["currentHealthy", "desiredHealthy", "expectedPods", "disruptionsAllowed"].map(|k| status[k].as_i64().unwrap())
}

// https://kubernetes.io/docs/tasks/run-application/configure-pdb/
#[test]
fn a_budget_allows_what_is_healthy_beyond_what_it_wants() {
    let mut s = stage();
    s.apply(budget("least", &json!({"minAvailable": 2})));
    s.apply(budget("part", &json!({"minAvailable": "50%"})));
    s.apply(budget("most", &json!({"maxUnavailable": "30%"})));
    assert_eq!(counts(&s, "least"), [0, 2, 0, 0], "none yet: nothing may go");
    assert!(events(&s, "least").iter().any(|e| e.0 == "NoPods"));
    s.apply(workload("Deployment", "web", "web:1", json!({"replicas": 5})));
    s.advance(60);
    assert_eq!(counts(&s, "least"), [5, 2, 5, 3]);
    assert_eq!(counts(&s, "part"), [5, 3, 5, 2], "half of five, rounded up");
    assert_eq!(counts(&s, "most"), [5, 3, 5, 2], "two may be away, rounded up");
    assert_eq!(condition(&s, "PodDisruptionBudget", "least", "DisruptionAllowed").1, "SufficientPods");
    let name = pods(&s, "web")[0]["metadata"]["name"].as_str().unwrap().to_owned();
    s.delete("Pod", NS, &name);
    assert_eq!(counts(&s, "least")[0], 4, "one that goes is not healthy");
    s.patch("Deployment", NS, "web", &json!({"spec": {"replicas": 2}}));
    s.advance(120);
    assert_eq!(counts(&s, "least"), [2, 2, 2, 0]);
    assert_eq!(condition(&s, "PodDisruptionBudget", "least", "DisruptionAllowed").1, "InsufficientPods");
    s.patch("PodDisruptionBudget", NS, "least", &json!({"spec": {"minAvailable": 1}}));
    assert_eq!(counts(&s, "least"), [2, 1, 2, 1]);
    assert_eq!(status(&s, "PodDisruptionBudget", "least")["observedGeneration"], 2);
}

#[test]
fn a_budget_that_cannot_count_allows_nothing_and_says_why() {
    let mut s = stage();
    s.apply(budget("most", &json!({"maxUnavailable": 1})));
    s.apply(workload("DaemonSet", "web", "web:1", json!({})));
    s.advance(60);
    let why = "daemonsets.apps does not implement the scale subresource";
    let found = status(&s, "PodDisruptionBudget", "most");
    let last = &found["conditions"][0];
    assert_eq!((&last["reason"], &last["message"]), (&"SyncFailed".into(), &why.into()));
    assert_eq!(found["disruptionsAllowed"], 0);
    let said = format!("Failed to calculate the number of expected pods: {why}");
    assert!(events(&s, "most").iter().any(|e| e.0 == "CalculateExpectedPodCountFailed" && e.1 == said));
}

#[test]
fn a_quota_says_what_is_used_as_soon_as_something_comes_or_goes() {
    let mut s = stage();
    let hard = json!({"configmaps": "10", "requests.cpu": "2", "requests.memory": "1Gi"});
    s.apply(json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": NS}, "spec": {"hard": hard}}));
    let used = |s: &Stage| status(s, "ResourceQuota", "q")["used"].clone();
    let none = used(&s)["configmaps"].as_str().unwrap().parse::<i64>().unwrap();
    for name in ["a", "b"] {
        s.apply(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": NS}}));
    }
    let requests = json!({"requests": {"cpu": "300m", "memory": "128Mi"}});
    let containers = json!([{"name": "c", "image": "web:1", "resources": requests}]);
    s.apply(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": NS}, "spec": {"containers": containers}}));
    let full = json!({"configmaps": (none + 2).to_string(), "requests.cpu": "300m", "requests.memory": "128Mi"});
    assert_eq!(used(&s), full);
    s.delete("ConfigMap", NS, "a");
    s.delete("Pod", NS, "p");
    s.advance(60);
    assert_eq!(used(&s), json!({"configmaps": (none + 1).to_string(), "requests.cpu": "0", "requests.memory": "0"}));
}
