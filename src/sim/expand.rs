//! From a scenario's short words to Kubernetes objects: a service becomes its workload, Service, Ingress,
//! autoscaler, claims; an environment its Namespace with all of these.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::json::{Json, dig, set, stamp};
use super::kubelet::behaviour::{ANNOTATION, Behaviour, seconds};
use super::seed::pick;
use super::written::managed;

/// Kinds of services.
const KINDS: &[&str] = &["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod"];
/// Words of a service that take a number.
const NUMBERS: &[&str] = &["replicas", "port", "container-port", "retries", "grace"];
/// The other words of a service. What they don't say stands among the environment's `objects`.
const WORDS: &[&str] = &[
    "kind",
    "image",
    "host",
    "hpa",
    "labels",
    "by",
    "repository",
    "stop",
    "after",
    "cause",
    "annotations",
    "owner",
    "size",
    "class",
    "schedule",
    "cpu",
    "memory",
    "limit",
    "probe",
    "port-name",
    "env",
    "config",
    "tolerations",
    "behaviour",
];

/// An environment as a scenario writes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Environment {
    /// Name of the namespace.
    pub(crate) namespace: String,
    /// Labels of the namespace.
    labels: Map<String, Value>,
    /// Annotations of the namespace.
    annotations: Map<String, Value>,
    /// How long ago it was created.
    age: String,
    /// Who created it.
    by: String,
    /// Template whose services it takes over.
    template: String,
    /// Services of the template that it leaves out.
    without: Vec<String>,
    /// Services by name: own ones, and what differs from the template's.
    services: BTreeMap<String, Value>,
    /// Helm release that all of it belongs to: `release/chart-1.2.3/revision`.
    helm: String,
    /// Argo CD application that all of it belongs to.
    argo: String,
    /// Domain under which hosts of services stand: `HOST.DOMAIN`.
    domain: String,
    /// Objects as they are; the namespace is filled in.
    objects: Vec<Value>,
}

impl Environment {
    /// Merges the services of its template.
    ///
    /// # Errors
    /// Names a template that there is none of.
    pub(crate) fn take_template(
        &mut self,
        templates: &BTreeMap<String, BTreeMap<String, Value>>,
    ) -> Result<(), String> {
        if self.template.is_empty() {
            return Ok(());
        }
        let template = templates.get(&self.template).ok_or_else(|| format!("no template {:?}", self.template))?;
        let mut services = template.clone();
        services.retain(|name, _| !self.without.contains(name));
        for (name, own) in std::mem::take(&mut self.services) {
            json_patch::merge(services.entry(name).or_insert_with(|| json!({})), &own);
        }
        self.services = services;
        Ok(())
    }

    /// Looks for what would be read as something else than it was meant to be.
    ///
    /// # Errors
    /// Says which service, which word, and what is wrong with it.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !self.age.is_empty() && seconds(&self.age).is_none() {
            return Err(format!("age: {:?} is no time", self.age));
        }
        for (name, service) in &self.services {
            let wrong = |word: &str, why: String| Err(format!("services.{name}.{word}: {why}"));
            for (word, value) in service.as_object().into_iter().flatten() {
                if !WORDS.contains(&word.as_str()) && !NUMBERS.contains(&word.as_str()) {
                    return wrong(
                        word,
                        format!("no such word; there are {}, {}", NUMBERS.join(", "), WORDS.join(", ")),
                    );
                }
                if NUMBERS.contains(&word.as_str()) && !value.is_i64() {
                    return wrong(word, format!("{value} is no number"));
                }
            }
            let kind = service.text("kind");
            if !kind.is_empty() && !KINDS.contains(&kind) {
                return wrong("kind", format!("{kind:?} is none of {}", KINDS.join(", ")));
            }
            if service.has("behaviour")
                && let Err(why) = Behaviour::parse(service.text("behaviour"))
            {
                return wrong("behaviour", why);
            }
        }
        Ok(())
    }

    /// Seconds since it was created.
    pub(crate) fn age(&self) -> i64 {
        seconds(&self.age).unwrap_or(30 * 86_400)
    }

    /// Its objects as they are created at `now`, in order.
    pub(crate) fn objects(&self, now: Timestamp) -> Vec<Value> {
        let mut annotations = self.annotations.clone();
        if !self.by.is_empty() {
            annotations.entry("kennel.dev/created-by").or_insert_with(|| self.by.as_str().into());
        }
        let mut all = vec![json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": self.namespace, "labels": self.labels, "annotations": annotations},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
        })];
        all.extend(self.objects.iter().cloned());
        for (name, service) in &self.services {
            all.extend(Maker { environment: self, name, s: service }.objects());
        }
        all.extend(self.release(now));
        for object in all.iter_mut().skip(1) {
            if !object.has("metadata.namespace") {
                set(object, "metadata.namespace", self.namespace.as_str());
            }
            self.own(object);
        }
        for object in &mut all {
            let by = match object.annotation("kennel.dev/deployed-by") {
                "" if !self.helm.is_empty() => "helm",
                "" if !self.argo.is_empty() => "argocd-controller",
                "" if self.by.is_empty() => "kubectl-client-side-apply",
                "" => self.by.as_str(),
                by => by,
            }
            .to_owned();
            managed(object, &by, "Apply", now);
        }
        all
    }

    /// Marks of Helm or Argo CD on an object.
    fn own(&self, object: &mut Value) {
        if !matches!(
            object.text("kind"),
            "Deployment" | "StatefulSet" | "DaemonSet" | "Service" | "Ingress" | "CronJob"
        ) {
            return;
        }
        if let Some((release, _)) = self.helm.split_once('/') {
            dig(object, "metadata.labels").insert("app.kubernetes.io/managed-by".into(), "Helm".into());
            let annotations = dig(object, "metadata.annotations");
            annotations.insert("meta.helm.sh/release-name".into(), release.into());
            annotations.insert("meta.helm.sh/release-namespace".into(), self.namespace.as_str().into());
        }
        if !self.argo.is_empty() {
            let group = object.text("apiVersion").split_once('/').map_or("", |(g, _)| g);
            let id = format!("{}:{group}/{}:{}/{}", self.argo, object.text("kind"), self.namespace, object.name());
            dig(object, "metadata.annotations").insert("argocd.argoproj.io/tracking-id".into(), id.into());
        }
    }

    /// The Secret in which Helm keeps its release.
    fn release(&self, now: Timestamp) -> Option<Value> {
        let mut parts = self.helm.splitn(3, '/');
        let (release, _chart, revision) = (parts.next()?, parts.next()?, parts.next()?);
        Some(json!({
            "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
            "metadata": {
                "name": format!("sh.helm.release.v1.{release}.v{revision}"),
                "labels": {
                    "owner": "helm", "name": release, "status": "deployed", "version": revision,
                    "modifiedAt": now.as_second().to_string(),
                },
            },
            "data": {"release": "SDRzSUFBQUFBQUFBLw=="},
        }))
    }
}

/// Makes the objects of one service.
struct Maker<'a> {
    environment: &'a Environment,
    name: &'a str,
    s: &'a Value,
}

impl Maker<'_> {
    fn objects(&self) -> Vec<Value> {
        let kind = if self.s.has("kind") { self.s.text("kind") } else { "Deployment" };
        let mut all = vec![match kind {
            "StatefulSet" => self.stateful(),
            "DaemonSet" => self.workload("DaemonSet", json!({})),
            "CronJob" => self.cron(),
            "Job" => self.job(),
            "Pod" => self.bare(),
            _ => self.workload("Deployment", json!({"replicas": self.s.int_or("replicas", 1)})),
        }];
        if self.s.has("port") {
            all.push(self.service());
        }
        if self.s.has("host") {
            all.push(self.ingress());
        }
        if let Some((low, high)) = self.s.text("hpa").split_once('-') {
            all.push(self.autoscaler(low, high));
        }
        all
    }

    fn labels(&self) -> Value {
        let mut labels = json!({"app": self.name, "app.kubernetes.io/name": self.name});
        add(&mut labels, self.s.at("labels"));
        labels
    }

    fn meta(&self) -> Value {
        let mut annotations = json!({});
        for (key, annotation) in [
            ("by", "kennel.dev/deployed-by"),
            ("repository", "kennel.dev/repository"),
            ("stop", "kennel.dev/stop"),
            ("after", "kennel.dev/depends-on"),
            ("cause", "kubernetes.io/change-cause"),
        ] {
            if self.s.has(key) {
                dig(&mut annotations, "").insert(annotation.into(), self.s.text(key).into());
            }
        }
        add(&mut annotations, self.s.at("annotations"));
        let mut meta = json!({"name": self.name, "labels": self.labels()});
        if annotations != json!({}) {
            set(&mut meta, "annotations", annotations);
        }
        if self.s.has("owner") {
            let mut owner = self.s.at("owner").clone();
            set(&mut owner, "controller", true);
            set(&mut meta, "ownerReferences", vec![owner]);
        }
        meta
    }

    fn workload(&self, kind: &str, mut spec: Value) -> Value {
        set(&mut spec, "selector", json!({"matchLabels": {"app": self.name}}));
        set(&mut spec, "template", self.template());
        json!({"apiVersion": "apps/v1", "kind": kind, "metadata": self.meta(), "spec": spec})
    }

    fn stateful(&self) -> Value {
        let mut spec = json!({"replicas": self.s.int_or("replicas", 1), "serviceName": self.name});
        if self.s.has("size") {
            let mut claim = json!({
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": self.s.text("size")}},
            });
            if self.s.has("class") {
                set(&mut claim, "storageClassName", self.s.text("class"));
            }
            set(&mut spec, "volumeClaimTemplates", json!([{"metadata": {"name": "data"}, "spec": claim}]));
        }
        self.workload("StatefulSet", spec)
    }

    fn cron(&self) -> Value {
        let spec = json!({
            "schedule": self.s.text("schedule"), "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": self.job_spec()},
        });
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": self.meta(), "spec": spec})
    }

    fn job_spec(&self) -> Value {
        let mut template = self.template();
        set(&mut template, "spec.restartPolicy", "Never");
        json!({"backoffLimit": self.s.int_or("retries", 2), "template": template})
    }

    fn job(&self) -> Value {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": self.meta(), "spec": self.job_spec()})
    }

    fn bare(&self) -> Value {
        let template = self.template();
        let mut meta = self.meta();
        if template.has("metadata.annotations") {
            json_patch::merge(&mut meta, &json!({"annotations": template.at("metadata.annotations")}));
        }
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template.at("spec")})
    }

    fn template(&self) -> Value {
        let s = self.s;
        let mut container = json!({"name": self.name, "image": s.text("image")});
        if s.has("port") {
            let port_name = if s.has("port-name") { s.text("port-name") } else { "http" };
            set(
                &mut container,
                "ports",
                json!([{"name": port_name, "containerPort": self.container_port(), "protocol": "TCP"}]),
            );
        }
        for (short, path) in [
            ("cpu", "resources.requests.cpu"),
            ("memory", "resources.requests.memory"),
            ("limit", "resources.limits.memory"),
        ] {
            if s.has(short) {
                set(&mut container, path, s.at(short).clone());
            }
        }
        if s.has("probe") {
            let probe = match s.text("probe") {
                "tcp" => json!({"tcpSocket": {"port": self.container_port()}}),
                path => json!({"httpGet": {"path": path, "port": self.container_port()}}),
            };
            set(&mut container, "readinessProbe", probe);
        }
        let env: Vec<Value> = s.entries("env").map(|(k, v)| variable(k, v)).collect();
        if !env.is_empty() {
            set(&mut container, "env", env);
        }
        let mut volumes = vec![];
        let mut mounts = vec![];
        if s.has("config") {
            volumes.push(json!({"name": "config", "configMap": {"name": s.text("config")}}));
            mounts.push(json!({"name": "config", "mountPath": "/etc/config"}));
        }
        if s.has("size") && s.text("kind") == "StatefulSet" {
            mounts.push(json!({"name": "data", "mountPath": "/data"}));
        }
        if !mounts.is_empty() {
            set(&mut container, "volumeMounts", mounts);
        }
        let mut spec = json!({"containers": [container]});
        if !volumes.is_empty() {
            set(&mut spec, "volumes", volumes);
        }
        for (short, path) in [("tolerations", "tolerations"), ("grace", "terminationGracePeriodSeconds")] {
            if s.has(short) {
                set(&mut spec, path, s.at(short).clone());
            }
        }
        let mut template = json!({"metadata": {"labels": self.labels()}, "spec": spec});
        if s.has("behaviour") {
            dig(&mut template, "metadata.annotations").insert(ANNOTATION.into(), s.text("behaviour").into());
        }
        template
    }

    fn container_port(&self) -> i64 {
        self.s.int_or("container-port", self.s.int("port"))
    }

    fn service(&self) -> Value {
        let name = if self.s.has("port-name") { self.s.text("port-name") } else { "http" };
        let mut spec = json!({
            "selector": {"app": self.name},
            "ports": [{"name": name, "port": self.s.int("port"), "targetPort": self.container_port(), "protocol": "TCP"}],
        });
        if self.s.text("kind") == "StatefulSet" {
            set(&mut spec, "clusterIP", "None");
        }
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": self.name, "labels": self.labels()}, "spec": spec,
        })
    }

    fn ingress(&self) -> Value {
        let host = match (self.s.text("host"), self.environment.domain.as_str()) {
            ("@", domain) => domain.to_owned(),
            (host, "") => host.to_owned(),
            (host, domain) => format!("{host}.{domain}"),
        };
        let spec = json!({
            "ingressClassName": "nginx",
            "rules": [{"host": host, "http": {"paths": [{
                "path": "/", "pathType": "Prefix",
                "backend": {"service": {"name": self.name, "port": {"number": self.s.int("port")}}},
            }]}}],
            "tls": [{"hosts": [host], "secretName": format!("{}-tls", self.name)}],
        });
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": self.name, "labels": self.labels()}, "spec": spec,
            "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.10"}]}},
        })
    }

    fn autoscaler(&self, low: &str, high: &str) -> Value {
        let number = |t: &str| t.parse::<i64>().unwrap_or(1);
        json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": self.name, "labels": self.labels()},
            "spec": {
                "minReplicas": number(low), "maxReplicas": number(high),
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": self.name},
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}],
            },
        })
    }
}

/// Adds what a scenario says, if it says anything (a merge patch of null would drop all).
fn add(into: &mut Value, own: &Value) {
    if own.is_object() {
        json_patch::merge(into, own);
    }
}

/// An environment variable: a text, or `{secret: NAME/KEY}`.
fn variable(name: &str, value: &Value) -> Value {
    if let Some((object, key)) = value.text("secret").split_once('/') {
        return json!({"name": name, "valueFrom": {"secretKeyRef": {"name": object, "key": key}}});
    }
    json!({"name": name, "value": value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)})
}

/// A node of that name: ready, with what `own` says of labels, taints, cpu and memory.
pub(crate) fn node(name: &str, own: &Value, now: Timestamp) -> Value {
    let cpu = if own.has("cpu") { own.text("cpu") } else { "16" };
    let memory = if own.has("memory") { own.text("memory") } else { "64Gi" };
    let mut labels = json!({
        "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/region": "eu-central-1",
        "topology.kubernetes.io/zone": format!("eu-central-1{}", ["a", "b", "c"].get(usize::try_from(pick(0, &[name], 0, 2)).unwrap_or(0)).unwrap_or(&"a")),
    });
    add(&mut labels, own.at("labels"));
    let at = stamp(now);
    let condition = |kind: &str, status: &str, reason: &str, message: &str| json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": at, "lastHeartbeatTime": at});
    let size = json!({"cpu": cpu, "memory": memory, "pods": "110", "ephemeral-storage": "100Gi"});
    let address = format!("10.0.{}.{}", pick(0, &[name, "a"], 0, 250), pick(0, &[name, "b"], 2, 250));
    let mut node = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels},
        "spec": {"podCIDR": "10.244.0.0/24", "providerID": format!("demo:///{name}")},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "allocatable": size, "capacity": size,
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            ],
            "nodeInfo": {
                "kubeletVersion": "v1.36.3", "containerRuntimeVersion": "containerd://2.1.4", "osImage": "Ubuntu 24.04.3 LTS",
                "operatingSystem": "linux", "architecture": "amd64", "kernelVersion": "6.8.0-86-generic",
                "bootID": "", "machineID": "", "systemUUID": "", "kubeProxyVersion": "",
            },
        },
    });
    if own.has("taints") {
        set(&mut node, "spec.taints", own.at("taints").clone());
    }
    node
}
