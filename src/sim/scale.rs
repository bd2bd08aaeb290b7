//! A cluster of any size, put settled: so many environments in 120 projects, four services each, pods of
//! some 8.7 KB. Nothing runs until something is touched.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::clock::plus;
use super::create::{create, put};
use super::expand::node;
use super::json::{Json, set, stamp};
use super::seed::{hash, pick, safe_hash, suffix};
use super::store::Store;
use super::write::owner_reference;

const PROJECTS: u32 = 120;
const SERVICES: [(&str, &str); 4] =
    [("web", "acme/web"), ("api", "acme/api"), ("worker", "acme/worker"), ("cache", "redis")];
/// Words of environments, by their number in the project.
const NAMES: [&str; 9] = ["prod", "staging", "qa", "dev", "demo", "load", "uat", "test", "sandbox"];
/// Bytes that a pod of a real cluster has beyond what the controllers here write (volumes, probes, managedFields).
const PADDING: usize = 5200;

/// Fills the store with `environments` environments and about `pods` pods, and as many Events.
pub(crate) fn fill(store: &mut Store, environments: u32, pods: u32, seed: u64) {
    let now = store.clock().now();
    let nodes = (pods / 100).clamp(3, 400);
    for n in 0..nodes {
        create(store, node(&format!("node-{n:03}"), &json!({"cpu": "64", "memory": "256Gi"}), plus(now, -90 * 86_400)));
    }
    let padding = "x".repeat(PADDING);
    let services = environments.max(1) * SERVICES.len() as u32;
    for e in 0..environments {
        let project = format!("project{:03}", e % PROJECTS);
        let n = e / PROJECTS;
        let name = match NAMES.get(n as usize) {
            Some(n) => (*n).to_owned(),
            None => format!("preview-{n}"),
        };
        let namespace = format!("{project}-{name}");
        let created = plus(now, -pick(seed, &[&namespace], 3600, 200 * 86_400));
        create(
            store,
            json!({
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {
                    "name": namespace, "creationTimestamp": stamp(created),
                    "labels": {"kennel.dev/project": project}, "annotations": {"kennel.dev/environment": name},
                },
                "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
            }),
        );
        for (i, (service, image)) in SERVICES.iter().enumerate() {
            let at = e * SERVICES.len() as u32 + i as u32;
            // Spread so that the sum is exact.
            let replicas = u64::from(pods) * (u64::from(at) + 1) / u64::from(services)
                - u64::from(pods) * u64::from(at) / u64::from(services);
            let place = Batch { namespace: &namespace, service, image, now: created, nodes, seed, padding: &padding };
            place.put(store, replicas);
        }
    }
}

struct Batch<'a> {
    namespace: &'a str,
    service: &'a str,
    image: &'a str,
    now: Timestamp,
    nodes: u32,
    seed: u64,
    padding: &'a str,
}

impl Batch<'_> {
    fn put(&self, store: &mut Store, replicas: u64) {
        let at = stamp(self.now);
        let labels = json!({"app": self.service});
        let tag = format!("{}:1.{}.0", self.image, hash(self.seed, &[self.namespace, self.service]) % 40);
        let template = json!({
            "metadata": {"labels": labels},
            "spec": {"containers": [{
                "name": self.service, "image": tag, "imagePullPolicy": "IfNotPresent",
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10, "failureThreshold": 3},
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            }], "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
                "securityContext": {}, "schedulerName": "default-scheduler"},
        });
        let condition = |kind: &str, reason: &str, message: String| json!({"type": kind, "status": "True", "reason": reason, "message": message, "lastUpdateTime": at, "lastTransitionTime": at});
        let hash = safe_hash(hash(self.seed, &[self.namespace, self.service, "template"]) as u32);
        let set_name = format!("{}-{hash}", self.service);
        let counts = json!({
            "observedGeneration": 1, "replicas": replicas, "updatedReplicas": replicas, "readyReplicas": replicas,
            "availableReplicas": replicas, "terminatingReplicas": 0,
            "conditions": [
                condition("Available", "MinimumReplicasAvailable", "Deployment has minimum availability.".into()),
                condition("Progressing", "NewReplicaSetAvailable", format!("ReplicaSet \"{set_name}\" has successfully progressed.")),
            ],
        });
        create(
            store,
            json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {
                    "name": self.service, "namespace": self.namespace, "labels": labels, "creationTimestamp": at,
                    "annotations": {"deployment.kubernetes.io/revision": "1"},
                    "managedFields": [{"manager": "ci-bot", "operation": "Apply", "apiVersion": "apps/v1", "time": at, "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {}}}],
                },
                "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
                "status": counts,
            }),
        );
        let get = |store: &Store, kind: &str, name: &str| {
            super::resource::Resource::named(kind).and_then(|r| store.get(r, self.namespace, name)).map(|o| o.value())
        };
        let Some(deployment) = get(store, "Deployment", self.service) else { return };
        let mut own = template;
        set(&mut own, "metadata.labels.pod-template-hash", hash.as_str());
        create(
            store,
            json!({
                "apiVersion": "apps/v1", "kind": "ReplicaSet",
                "metadata": {
                    "name": set_name, "namespace": self.namespace, "labels": own.at("metadata.labels"), "creationTimestamp": at,
                    "annotations": {
                        "deployment.kubernetes.io/desired-replicas": replicas.to_string(),
                        "deployment.kubernetes.io/max-replicas": (replicas + replicas.div_ceil(4)).to_string(),
                        "deployment.kubernetes.io/revision": "1",
                    },
                    "ownerReferences": owner_reference(&deployment),
                },
                "spec": {"replicas": replicas, "selector": {"matchLabels": own.at("metadata.labels")}, "template": own},
                "status": {
                    "observedGeneration": 1, "replicas": replicas, "fullyLabeledReplicas": replicas,
                    "readyReplicas": replicas, "availableReplicas": replicas, "terminatingReplicas": 0,
                },
            }),
        );
        let Some(set) = get(store, "ReplicaSet", &set_name) else { return };
        for n in 0..replicas {
            let name = format!("{set_name}-{}", suffix(self.seed, &[self.namespace, &set_name, &n.to_string()], 5));
            put(store, self.pod(&set, &own, &name));
            put(store, self.event(&name, n, store.clock().now()));
        }
    }

    fn pod(&self, set: &Value, template: &Value, name: &str) -> Value {
        let at = stamp(self.now);
        let h = hash(self.seed, &[self.namespace, name]);
        let mut pod = super::controller::pods::from_template(set, template, name, &format!("{}-", set.name()));
        crate::sim::json::set(&mut pod, "metadata.creationTimestamp", at.as_str());
        crate::sim::json::set(&mut pod, "metadata.annotations", json!({"demo.kennel.dev/padding": self.padding}));
        crate::sim::json::set(&mut pod, "spec.nodeName", format!("node-{:03}", h % u64::from(self.nodes)));
        let ip = format!("10.{}.{}.{}", h % 256, (h >> 8) % 256, (h >> 16) % 254 + 1);
        let conditions: Vec<_> =
            ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
                .iter()
                .map(|c| json!({"type": c, "status": "True", "lastProbeTime": null, "lastTransitionTime": at}))
                .collect();
        let image = template.items("spec.containers").first().map_or("", |c| c.text("image"));
        crate::sim::json::set(
            &mut pod,
            "status",
            json!({
                "phase": "Running", "hostIP": "10.0.0.1", "hostIPs": [{"ip": "10.0.0.1"}], "podIP": ip,
                "podIPs": [{"ip": ip}], "startTime": at, "qosClass": "Burstable", "conditions": conditions,
                "containerStatuses": [{
                    "name": self.service, "image": image, "imageID": format!("{image}@sha256:{h:064x}"),
                    "containerID": format!("containerd://{h:064x}"), "lastState": {}, "ready": true, "restartCount": 0,
                    "started": true, "state": {"running": {"startedAt": at}},
                }],
            }),
        );
        pod
    }

    fn event(&self, pod: &str, n: u64, now: Timestamp) -> Value {
        // Within the hour that Events live, the oldest first.
        let at = stamp(plus(now, -pick(self.seed, &[self.namespace, pod, "event"], 10, 3500)));
        json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": format!("{pod}.{:x}", hash(self.seed, &[pod, &n.to_string()])), "namespace": self.namespace, "creationTimestamp": at},
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", "name": pod, "namespace": self.namespace},
            "reason": "Started", "message": format!("Started container {}", self.service), "type": "Normal",
            "source": {"component": "kubelet"}, "reportingComponent": "kubelet", "reportingInstance": "",
            "count": 1, "firstTimestamp": at, "lastTimestamp": at, "eventTime": null,
        })
    }
}
