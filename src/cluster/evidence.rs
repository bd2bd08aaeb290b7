//! What root causes are found in, read from a cluster: the objects of the namespaces that are meant, what they stand on,
//! their events, and the ends of the logs of what is not well.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use futures::StreamExt as _;
use serde_json::Value;
use tokio::time::Instant;

use super::wire::Wire;
use crate::domain::Text;
use crate::health::evidence::{Evidence, LOG, Unread};

/// What is read of each namespace.
const NAMESPACED: &[&str] = &[
    "/api/v1/namespaces?fieldSelector=metadata.name%3D{}",
    "/api/v1/namespaces/{}/pods",
    "/api/v1/namespaces/{}/services",
    "/api/v1/namespaces/{}/configmaps",
    "/api/v1/namespaces/{}/persistentvolumeclaims",
    "/api/v1/namespaces/{}/serviceaccounts",
    "/api/v1/namespaces/{}/resourcequotas",
    "/api/v1/namespaces/{}/limitranges",
    "/api/v1/namespaces/{}/events",
    "/apis/apps/v1/namespaces/{}/deployments",
    "/apis/apps/v1/namespaces/{}/replicasets",
    "/apis/apps/v1/namespaces/{}/statefulsets",
    "/apis/apps/v1/namespaces/{}/daemonsets",
    "/apis/batch/v1/namespaces/{}/jobs",
    "/apis/batch/v1/namespaces/{}/cronjobs",
    "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
    "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices",
    "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers",
    "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "/apis/gateway.networking.k8s.io/v1/namespaces/{}/httproutes",
    "/apis/gateway.networking.k8s.io/v1/namespaces/{}/gateways",
];

/// What is read of the cluster.
const CLUSTER: &[&str] = &[
    "/api/v1/namespaces?fieldSelector=metadata.name%3Dkube-system",
    "/api/v1/nodes",
    "/api/v1/persistentvolumes",
    "/api/v1/namespaces/default/events?fieldSelector=involvedObject.kind%3DNode",
    "/api/v1/namespaces/kube-system/pods",
    "/api/v1/namespaces/kube-system/services",
    "/apis/apps/v1/namespaces/kube-system/deployments",
    "/apis/storage.k8s.io/v1/storageclasses",
    "/apis/storage.k8s.io/v1/volumeattachments",
    "/apis/networking.k8s.io/v1/ingressclasses",
    "/apis/scheduling.k8s.io/v1/priorityclasses",
    "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases",
    "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "/apis/apiregistration.k8s.io/v1/apiservices",
];

/// Values of Secrets are asked for only by who asks for a report.
const SECRETS: &str = "/api/v1/namespaces/{}/secrets";

/// So many objects of a kind are looked at in one place.
const MOST: usize = 500;

/// So many logs are read.
const LOGS: usize = 60;

/// So many lines of each.
const LINES: usize = 300;

/// How it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// So many questions are under way at once.
    at_once: usize,
    /// A pause before each.
    pause: Duration,
}

impl Pace {
    /// Somebody waits for it.
    pub(super) const SOON: Self = Self { at_once: 6, pause: Duration::ZERO };

    /// Nobody does: two questions a second.
    pub(super) const SLOW: Self = Self { at_once: 1, pause: Duration::from_millis(500) };

    /// Whether it may be left for something more urgent.
    pub(super) fn is_slow(self) -> bool {
        !self.pause.is_zero()
    }
}

/// All of it that is known of these namespaces. What can't be read is named in it.
pub(super) async fn of(wire: &Wire, namespaces: &[Text], secrets: bool) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.now = Some(wire.server_now());
    let secrets = secrets.then_some(SECRETS);
    let refused = Refused::default();
    cluster(wire, &mut evidence, Pace::SOON, &refused).await;
    for namespace in namespaces {
        within(wire, &mut evidence, namespace, secrets, Pace::SOON, &refused).await;
    }
    evidence
}

/// Questions that were refused, and when: whoever asks again and again leaves these out for a while.
#[derive(Debug, Default)]
pub(super) struct Refused(Mutex<HashMap<String, Instant>>);

impl Refused {
    /// How long what was refused is not asked again.
    const FOR: Duration = Duration::from_secs(600);

    /// Whether this was refused lately.
    fn knows(&self, path: &str) -> bool {
        self.0.lock().is_ok_and(|all| all.get(path).is_some_and(|at| at.elapsed() < Self::FOR))
    }

    fn add(&self, path: &str) {
        if let Ok(mut all) = self.0.lock() {
            all.retain(|_, at| at.elapsed() < Self::FOR);
            all.insert(path.to_owned(), Instant::now());
        }
    }

    /// All of it is asked again: rights may have changed.
    pub(super) fn forget(&self) {
        if let Ok(mut all) = self.0.lock() {
            all.clear();
        }
    }
}

/// Reads what belongs to no namespace, and the cluster's own parts.
pub(super) async fn cluster(wire: &Wire, evidence: &mut Evidence, pace: Pace, refused: &Refused) {
    read(wire, evidence, CLUSTER.iter().map(ToString::to_string).collect(), pace, refused).await;
}

/// Reads the objects of a namespace, their events, and the ends of the logs of what is not well.
pub(super) async fn within(
    wire: &Wire,
    evidence: &mut Evidence,
    namespace: &str,
    secrets: Option<&str>,
    pace: Pace,
    refused: &Refused,
) {
    let paths = NAMESPACED.iter().copied().chain(secrets).map(|path| path.replace("{}", namespace)).collect();
    read(wire, evidence, paths, pace, refused).await;
    logs(wire, evidence, namespace, pace).await;
}

async fn read(wire: &Wire, evidence: &mut Evidence, paths: Vec<String>, pace: Pace, refused: &Refused) {
    let (left_out, paths): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| refused.knows(path));
    for path in &left_out {
        evidence.has_not_read(plural(path), namespace(path), Unread::Forbidden);
    }
    let read = paths.into_iter().map(|path| {
        let wire = wire.clone();
        async move {
            tokio::time::sleep(pace.pause).await;
            let asks = if path.contains('?') { '&' } else { '?' };
            (wire.get_json::<Value>(&format!("{path}{asks}limit={MOST}")).await, path)
        }
    });
    let mut read = futures::stream::iter(read).buffer_unordered(pace.at_once);
    while let Some((answer, path)) = read.next().await {
        match answer {
            Ok(list) => {
                let rest = list.pointer("/metadata/continue").and_then(Value::as_str).unwrap_or_default();
                let whole = rest.is_empty() && !path.contains("fieldSelector");
                if !rest.is_empty() {
                    evidence.has_not_read(plural(&path), namespace(&path), Unread::Rest(MOST));
                }
                take(evidence, list, namespace(&path), whole);
            }
            // What a cluster has not is no gap.
            Err(e) if e.code() == Some(404) => {}
            Err(e) if e.code() == Some(403) => {
                refused.add(&path);
                evidence.has_not_read(plural(&path), namespace(&path), Unread::Forbidden);
            }
            Err(e) => evidence.has_not_read(plural(&path), namespace(&path), Unread::Failed(e.to_string().into())),
        }
    }
}

/// `pods` of a path.
fn plural(path: &str) -> &str {
    path.split('?').next().and_then(|p| p.rsplit('/').next()).unwrap_or(path)
}

/// `shop` of a path; of what belongs to no namespace, nothing.
fn namespace(path: &str) -> &str {
    path.split_once("/namespaces/").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default()
}

/// The items of a list, each with its kind.
fn take(evidence: &mut Evidence, mut list: Value, namespace: &str, whole: bool) {
    let kind = list.get("kind").and_then(Value::as_str).unwrap_or_default().trim_end_matches("List").to_owned();
    let api = list.get("apiVersion").cloned().unwrap_or_default();
    evidence.has_listed(&kind, namespace, whole);
    let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) else { return };
    for mut item in items.drain(..) {
        if let Some(object) = item.as_object_mut() {
            object.entry("kind").or_insert_with(|| kind.clone().into());
            object.entry("apiVersion").or_insert_with(|| api.clone());
        }
        evidence.add(item);
    }
}

/// The ends of the logs of pods that are not well or were started again, and, as far as there is room, of the others.
async fn logs(wire: &Wire, evidence: &mut Evidence, namespace: &str, pace: Pace) {
    let mut wanted = evidence.talkative(std::iter::once(namespace));
    wanted.truncate(LOGS);
    let read = wanted.into_iter().map(|(ns, pod, container, previous)| {
        let wire = wire.clone();
        let path = format!(
            "/api/v1/namespaces/{ns}/pods/{pod}/log?container={container}&previous={previous}&tailLines={LINES}&limitBytes={LOG}"
        );
        async move {
            tokio::time::sleep(pace.pause).await;
            (wire.get(&path).await, ns, pod, container, previous)
        }
    });
    let mut read = futures::stream::iter(read).buffer_unordered(pace.at_once);
    while let Some((answer, ns, pod, container, previous)) = read.next().await {
        if let Ok(text) = answer {
            evidence.log(&ns, &pod, &container, previous, &String::from_utf8_lossy(&text));
        }
    }
}
