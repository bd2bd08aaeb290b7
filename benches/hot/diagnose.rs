//! Root causes: all detectors over what is known of many environments.

use divan::Bencher;
use kennel::health::cause;
use kennel::health::evidence::Evidence;
use serde_json::{Value, json};

/// Services that call the next one, each with its ReplicaSets, a Service and pods; every tenth crashes.
fn evidence(environments: u32, services: u32, pods: u32) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.now = Some(super::at(0));
    for environment in 0..environments {
        for service in 0..services {
            for object in objects(&format!("env{environment}"), service, services, pods) {
                evidence.add(object);
            }
        }
    }
    evidence
}

fn objects(namespace: &str, service: u32, services: u32, pods: u32) -> Vec<Value> {
    let (name, next) = (format!("s{service}"), format!("s{}", (service + 1) % services));
    let crashes = service % 10 == 9;
    let meta = |name: String| {
        json!({"name": name, "namespace": namespace, "labels": {"app": format!("s{service}")},
            "creationTimestamp": super::at(-86_400).to_string()})
    };
    let owned = |name: String, kind: &str, by: &str| {
        let mut meta = meta(name);
        meta["ownerReferences"] = json!([{"kind": kind, "name": by, "controller": true}]);
        meta
    };
    let spec = json!({"containers": [{"name": "app", "image": "acme/app:1.0", "ports": [{"containerPort": 8080}],
        "env": [{"name": "NEXT_URL", "value": format!("http://{next}:80/")}]}]});
    let template = json!({"metadata": {"labels": {"app": name}}, "spec": spec});
    let ready = if crashes { 0 } else { pods };
    let mut all = vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name.clone()),
            "spec": {"replicas": pods, "selector": {"matchLabels": {"app": name}}, "template": template},
            "status": {"replicas": pods, "readyReplicas": ready, "availableReplicas": ready}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": meta(name.clone()),
            "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}}),
    ];
    for revision in 0..5 {
        let replicas = if revision == 4 { pods } else { 0 };
        all.push(json!({"apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": owned(format!("{name}-{revision}"), "Deployment", &name),
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}}));
    }
    for pod in 0..pods {
        let state = match crashes {
            true => json!({"waiting": {"reason": "CrashLoopBackOff"}}),
            false => json!({"running": {"startedAt": super::at(-3_600).to_string()}}),
        };
        let ended = json!({"terminated": {"exitCode": 1, "finishedAt": super::at(-60).to_string()}});
        all.push(json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": owned(format!("{name}-4-{pod}"), "ReplicaSet", &format!("{name}-4")), "spec": spec,
            "status": {"phase": "Running", "containerStatuses": [{"name": "app", "ready": !crashes,
                "restartCount": if crashes { 7 } else { 0 }, "state": state,
                "lastState": if crashes { ended } else { json!({}) }}]}}));
    }
    all
}

/// Of one environment: what somebody waits for who looks at it.
#[divan::bench(args = [(10, 5), (40, 5), (400, 5)], sample_count = 10)]
fn one_environment(bencher: Bencher<'_, '_>, (services, pods): (u32, u32)) {
    let evidence = evidence(1, services, pods);
    bencher.bench(|| cause::diagnose(&evidence).len());
}

/// Of all that there are: 20,000 pods.
#[divan::bench(args = [(1000, 4, 5)], sample_count = 3)]
fn all_of_them(bencher: Bencher<'_, '_>, (environments, services, pods): (u32, u32, u32)) {
    let evidence = evidence(environments, services, pods);
    bencher.bench(|| cause::diagnose(&evidence).len());
}
