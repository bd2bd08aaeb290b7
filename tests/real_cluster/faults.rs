//! Faults as people make them with kubectl, found on a real cluster by who looks at their environment, and gone when they
//! are mended.

use std::collections::BTreeSet;

use kennel::domain::EnvironmentId;
use kennel::domain::issue::Issue;

use super::*;

/// A fault: how it is made, the issue that tells of it (`DETECTOR:Kind/name`), and what mends it.
struct Fault {
    issue: &'static str,
    make: Vec<Step>,
    mend: Vec<Step>,
}

/// What somebody does with kubectl.
enum Step {
    Create(Value),
    Delete(&'static str, &'static str, String),
    Change(&'static str, &'static str, String, Value),
}

use Step::{Change, Create, Delete};

impl Step {
    fn take(self, place: &Place) {
        match self {
            Create(object) => place.create(object),
            Delete(api, kind, name) => place.delete(api, kind, &name),
            Change(api, kind, name, patch) => place.patch(api, kind, &name, &patch),
        }
    }
}

/// A Deployment of one pod, with this in its pod's spec.
fn runs(name: &str, spec: Value) -> Value {
    let mut row = workload("Deployment", name, 1);
    row["spec"]["template"]["spec"].as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    row
}

/// The same, with this in its container.
fn contains(name: &str, container: Value) -> Value {
    let mut row = workload("Deployment", name, 1);
    let first = row["spec"]["template"]["spec"]["containers"][0].as_object_mut().unwrap();
    first.extend(container.as_object().unwrap().clone());
    row
}

fn service(name: &str, app: &str, port: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"selector": {"app": app}, "ports": [port]}})
}

fn ingress(name: &str, spec: Value) -> Value {
    let mut all = json!({"rules": [{"host": format!("{name}.example.com"), "http": {"paths": [{"path": "/",
        "pathType": "Prefix", "backend": {"service": {"name": "steady", "port": {"number": 80}}}}]}}]});
    all.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name}, "spec": all})
}

fn leads(service: &str, port: Value) -> Value {
    json!([{"http": {"paths": [{"path": "/", "pathType": "Prefix",
        "backend": {"service": {"name": service, "port": port}}}]}}])
}

fn claim(name: &str, spec: Value) -> Value {
    let mut all = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    all.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": all})
}

fn takes(name: &str, claim: &str) -> Value {
    runs(name, json!({"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": claim}}]}))
}

const APPS: &str = "apps/v1";
const NET: &str = "networking.k8s.io/v1";
const ADMISSION: &str = "admissionregistration.k8s.io/v1";

fn fault(issue: &'static str, make: Vec<Value>, mend: Vec<Step>) -> Fault {
    Fault { issue, make: make.into_iter().map(Create).collect(), mend }
}

fn gone(api: &'static str, kind: &'static str, name: &str) -> Vec<Step> {
    vec![Delete(api, kind, name.to_owned())]
}

fn config(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

/// What no node can run.
fn placement(nodes: u32) -> Vec<Fault> {
    let gone = |name: &str| gone(APPS, "Deployment", name);
    let both = |app: &str, claim: &str| {
        vec![Delete(APPS, "Deployment", app.to_owned()), Delete("v1", "PersistentVolumeClaim", claim.to_owned())]
    };
    let several = |mut row: Value, n: u32| {
        row["spec"]["replicas"] = n.into();
        row
    };
    let terms = json!([{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["none-such"]}]}]);
    let node = json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}});
    let beside = |app: &str| {
        json!({"requiredDuringSchedulingIgnoredDuringExecution":
            [{"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": app}}}]})
    };
    let spread = json!([{"maxSkew": 1, "topologyKey": "none-such", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "spread"}}}]);
    let mut stateful = workload("StatefulSet", "kept", 1);
    stateful["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}, "spec": {"storageClassName": "none-such-2",
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]);
    vec![
        fault(
            "SCH-03:Deployment/disk",
            vec![runs("disk", json!({"nodeSelector": {"disk": "none-such"}}))],
            vec![Change(
                APPS,
                "Deployment",
                "disk".to_owned(),
                json!({"spec": {"template": {"spec": {"nodeSelector": null}}}}),
            )],
        ),
        fault("SCH-03:Deployment/zone", vec![runs("zone", json!({"affinity": {"nodeAffinity": node}}))], gone("zone")),
        fault(
            "SCH-00:Deployment/near",
            vec![runs("near", json!({"affinity": {"podAffinity": beside("none-such")}}))],
            gone("near"),
        ),
        fault(
            "SCH-05:Deployment/apart",
            vec![several(runs("apart", json!({"affinity": {"podAntiAffinity": beside("apart")}})), nodes + 1)],
            gone("apart"),
        ),
        fault(
            "SCH-05:Deployment/spread",
            vec![runs("spread", json!({"topologySpreadConstraints": spread}))],
            gone("spread"),
        ),
        fault(
            "SCH-08:Deployment/port",
            vec![several(contains("port", json!({"ports": [{"containerPort": 80, "hostPort": 8099}]})), nodes + 1)],
            gone("port"),
        ),
        fault(
            "SCH-01:Deployment/big",
            vec![contains("big", json!({"resources": {"requests": {"cpu": "900"}}}))],
            gone("big"),
        ),
        fault(
            "SCH-01:Deployment/wide",
            vec![contains("wide", json!({"resources": {"requests": {"memory": "90Ti"}}}))],
            gone("wide"),
        ),
        fault(
            "SCH-02:Deployment/gpu",
            vec![contains("gpu", json!({"resources": {"limits": {"example.com/gpu": "1"}}}))],
            gone("gpu"),
        ),
        fault(
            "STO-01:StorageClass/none-such",
            vec![claim("slow", json!({"storageClassName": "none-such"})), takes("slow", "slow")],
            both("slow", "slow"),
        ),
        fault(
            "STO-01:PersistentVolumeClaim/lone",
            vec![claim("lone", json!({"storageClassName": "", "volumeName": "none-such"})), takes("lone", "lone")],
            both("lone", "lone"),
        ),
        fault(
            "SCH-07:PersistentVolumeClaim/none-such",
            vec![takes("lost", "none-such")],
            vec![Create(claim("none-such", json!({})))],
        ),
        fault(
            "STO-01:StorageClass/none-such-2",
            vec![stateful],
            vec![
                Delete(APPS, "StatefulSet", "kept".to_owned()),
                Delete("v1", "PersistentVolumeClaim", "data-kept-0".to_owned()),
            ],
        ),
    ]
}

/// What is refused when pods are made.
fn creation() -> Vec<Fault> {
    let gone = |name: &str| gone(APPS, "Deployment", name);
    vec![
        fault(
            "CFG-01:ServiceAccount/none-such",
            vec![runs("account", json!({"serviceAccountName": "none-such"}))],
            vec![Create(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "none-such"}}))],
        ),
        fault(
            "WL-02:RuntimeClass/none-such",
            vec![runs("runtime", json!({"runtimeClassName": "none-such"}))],
            gone("runtime"),
        ),
        fault(
            "WL-02:PriorityClass/none-such",
            vec![runs("priority", json!({"priorityClassName": "none-such"}))],
            gone("priority"),
        ),
        fault(
            "WL-02:Deployment/over",
            vec![
                json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "most"},
                    "spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}}]}}),
                contains("over", json!({"resources": {"limits": {"cpu": "3"}}})),
            ],
            gone("over"),
        ),
    ]
}

/// A quota that is used up by what was there before.
fn quota() -> Vec<Fault> {
    vec![fault(
        "QUO-01:ResourceQuota/team",
        vec![
            json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "team"},
                "spec": {"hard": {"pods": "1"}}}),
            workload("Deployment", "late", 1),
        ],
        gone("v1", "ResourceQuota", "team"),
    )]
}

/// A namespace whose pods must be restricted.
fn restricted(namespace: &str) -> Vec<Fault> {
    let label = |value: Value| {
        let labels = json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": value}}});
        Change("v1", "Namespace", namespace.to_owned(), labels)
    };
    vec![Fault {
        issue: "PSA-01:Deployment/free",
        make: vec![label("restricted".into()), Create(workload("Deployment", "free", 1))],
        mend: vec![label(Value::Null)],
    }]
}

/// A webhook that does not answer, of this namespace alone.
fn webhook(namespace: &str) -> Vec<Fault> {
    let name = format!("{namespace}.example.com");
    let row = json!({"apiVersion": ADMISSION, "kind": "ValidatingWebhookConfiguration", "metadata": {"name": name},
        "webhooks": [{"name": "pods.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "timeoutSeconds": 1, "clientConfig": {"url": "https://127.0.0.1:9/"},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]}]});
    vec![Fault {
        issue: "WHK-01:ValidatingWebhookConfiguration/",
        make: vec![Create(row), Create(workload("Deployment", "held", 1))],
        mend: vec![Delete(ADMISSION, "ValidatingWebhookConfiguration", name)],
    }]
}

/// What is healthy and leads nowhere.
fn network() -> Vec<Fault> {
    let gone = |name: &str| gone(NET, "Ingress", name);
    vec![
        fault(
            "NET-01:Service/astray",
            vec![workload("Deployment", "astray", 1), service("astray", "astry", json!({"port": 80}))],
            vec![Change("v1", "Service", "astray".to_owned(), json!({"spec": {"selector": {"app": "astray"}}}))],
        ),
        fault(
            "NET-02:Service/named",
            vec![
                workload("Deployment", "named", 1),
                service("named", "named", json!({"port": 80, "targetPort": "none-such"})),
            ],
            vec![Delete("v1", "Service", "named".to_owned())],
        ),
        fault(
            "NET-06:Ingress/nowhere",
            vec![ingress("nowhere", json!({"rules": leads("none-such-2", json!({"number": 80}))}))],
            gone("nowhere"),
        ),
        fault(
            "NET-06:Ingress/portless",
            vec![ingress("portless", json!({"rules": leads("steady", json!({"number": 8099}))}))],
            gone("portless"),
        ),
        fault("NET-06:Ingress/class", vec![ingress("class", json!({"ingressClassName": "none-such"}))], gone("class")),
        fault(
            "NET-13:Deployment/caller",
            vec![contains("caller", json!({"env": [{"name": "DB_HOST", "value": "none-such:5432"}]}))],
            vec![Create(service("none-such", "steady", json!({"port": 5432, "targetPort": 80})))],
        ),
        fault(
            "NET-10:NetworkPolicy/wall",
            vec![
                workload("Deployment", "walled", 1),
                service("walled", "walled", json!({"port": 80})),
                contains("outside", json!({"env": [{"name": "WALLED_URL", "value": "http://walled:80/"}]})),
                json!({"apiVersion": NET, "kind": "NetworkPolicy", "metadata": {"name": "wall"},
                    "spec": {"podSelector": {"matchLabels": {"app": "walled"}}, "policyTypes": ["Ingress"]}}),
            ],
            vec![Delete(NET, "NetworkPolicy", "wall".to_owned())],
        ),
    ]
}

/// What names what is not there, or blocks.
fn others() -> Vec<Fault> {
    let mut paused = workload("Deployment", "still", 1);
    paused["spec"]["paused"] = true.into();
    vec![
        fault(
            "AUT-01:HorizontalPodAutoscaler/scaler",
            vec![
                json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "scaler"},
                "spec": {"scaleTargetRef": {"apiVersion": APPS, "kind": "Deployment", "name": "none-such"},
                    "minReplicas": 1, "maxReplicas": 3}}),
            ],
            gone("autoscaling/v2", "HorizontalPodAutoscaler", "scaler"),
        ),
        fault(
            "PDB-01:PodDisruptionBudget/tight",
            vec![
                workload("Deployment", "tight", 1),
                json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "tight"},
                    "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "tight"}}}}),
            ],
            gone("policy/v1", "PodDisruptionBudget", "tight"),
        ),
        fault(
            "CFG-01:ConfigMap/none-such",
            vec![contains("settings", json!({"envFrom": [{"configMapRef": {"name": "none-such"}}]}))],
            vec![Create(config("none-such", json!({})))],
        ),
        fault(
            "CFG-01:ConfigMap/keys",
            vec![
                config("keys", json!({"A": "1"})),
                contains(
                    "keyed",
                    json!({"env": [{"name": "B",
                    "valueFrom": {"configMapKeyRef": {"name": "keys", "key": "B"}}}]}),
                ),
            ],
            vec![Change("v1", "ConfigMap", "keys".to_owned(), json!({"data": {"B": "2"}}))],
        ),
        fault(
            "WL-10:StatefulSet/headless",
            vec![workload("StatefulSet", "headless", 1)],
            vec![Create(service("headless", "headless", json!({"port": 80})))],
        ),
        fault(
            "WL-06:Deployment/still",
            vec![paused],
            vec![Change(APPS, "Deployment", "still".to_owned(), json!({"spec": {"paused": false}}))],
        ),
    ]
}

fn resolve(issue: &Issue) -> String {
    // Webhooks are the cluster's, named after their test.
    let webhook = issue.id.object.kind().ends_with("WebhookConfiguration");
    let name = if webhook { "" } else { &*issue.id.object.name };
    format!("{}:{}/{name}", issue.id.detector, issue.id.object.kind())
}

/// Seconds until all are found: what a detector lets pass (a minute at most of what is made here), and five.
const FOUND: Duration = Duration::from_secs(65);

/// Seconds until they are gone.
const GONE: Duration = Duration::from_secs(60);

/// Waits until the issues of the environment are as wanted; what is open then, and how long it took.
fn until(place: &Place, handle: &Handle, limit: Duration, wanted: impl Fn(&BTreeSet<String>) -> bool) -> String {
    let began = Instant::now();
    loop {
        let s = handle.snapshot();
        let issues = &place.of(&s).unwrap().issues;
        let open: BTreeSet<String> = issues.iter().map(resolve).collect();
        if wanted(&open) {
            return String::new();
        }
        if began.elapsed() > limit {
            return issues.iter().map(|i| format!("\n  {:?} {}: {}", i.severity, resolve(i), i.title)).collect();
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Makes all of them in one environment that somebody looks at: each is an issue of its own, and each is gone when it is
/// mended.
fn found_and_mended(name: &str, faults: impl FnOnce(&Place) -> Vec<Fault>) {
    let place = Place::new(name);
    let faults = faults(&place);
    place.create(workload("Deployment", "steady", 1));
    place.create(service("steady", "steady", json!({"port": 80})));
    let handle = place.open(Options { closely: true, ..place.options() });
    place.shows(&handle, "the environment", |s| place.of(s).is_some_and(|e| !e.services.is_empty()));
    let context = handle.snapshot().cluster.context.clone();
    handle.look_at(Some(EnvironmentId::new(context, &*place.namespace)));
    let (mut wanted, mut mend) = (BTreeSet::new(), Vec::new());
    for fault in faults {
        wanted.insert(fault.issue.to_owned());
        fault.make.into_iter().for_each(|step| step.take(&place));
        mend.extend(fault.mend);
    }
    let open = until(&place, &handle, FOUND, |open| wanted.is_subset(open));
    assert!(open.is_empty(), "not found: {:?}; open: {open}", missing(&wanted, &open));
    mend.into_iter().for_each(|step| step.take(&place));
    let open = until(&place, &handle, GONE, |open| wanted.is_disjoint(open));
    assert!(open.is_empty(), "still open: {open}");
}

fn missing<'w>(wanted: &'w BTreeSet<String>, open: &str) -> Vec<&'w String> {
    wanted.iter().filter(|w| !open.contains(&format!("{w}:"))).collect()
}

#[test]
#[ignore = "needs a cluster"]
fn what_no_node_can_run_is_found_and_gone_when_it_is_mended() {
    found_and_mended("placement", |place| placement(place.count("v1", "Node") as u32));
}

#[test]
#[ignore = "needs a cluster"]
fn what_is_refused_when_pods_are_made_is_found_and_gone_when_it_is_mended() {
    found_and_mended("creation", |_| creation());
}

#[test]
#[ignore = "needs a cluster"]
fn a_quota_that_is_used_up_is_found_and_gone_when_it_is_mended() {
    found_and_mended("quota", |_| quota());
}

#[test]
#[ignore = "needs a cluster"]
fn pods_that_a_namespace_does_not_admit_is_found_and_gone_when_it_is_mended() {
    found_and_mended("restricted", |place| restricted(&place.namespace));
}

#[test]
#[ignore = "needs a cluster"]
fn a_webhook_that_does_not_answer_is_found_and_gone_when_it_is_mended() {
    found_and_mended("webhook", |place| webhook(&place.namespace));
}

#[test]
#[ignore = "needs a cluster"]
fn what_is_healthy_and_leads_nowhere_is_found_and_gone_when_it_is_mended() {
    found_and_mended("network", |_| network());
}

#[test]
#[ignore = "needs a cluster"]
fn what_names_what_is_not_there_or_blocks_is_found_and_gone_when_it_is_mended() {
    found_and_mended("others", |_| others());
}
