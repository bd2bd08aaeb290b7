//! What root causes are found in, read from a cluster when somebody asks: the objects of the namespaces that are meant,
//! what they stand on, their events, and the ends of the logs of what is not well.

use futures::StreamExt as _;
use serde_json::Value;

use super::Handle;
use super::wire::Wire;
use crate::domain::Text;
use crate::health::evidence::{Evidence, LOG};

/// What is read of each namespace.
const NAMESPACED: &[&str] = &[
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
    "/api/v1/nodes",
    "/api/v1/namespaces",
    "/api/v1/persistentvolumes",
    "/api/v1/namespaces/default/events?fieldSelector=involvedObject.kind%3DNode",
    "/api/v1/namespaces/kube-system/pods",
    "/api/v1/namespaces/kube-system/services",
    "/apis/apps/v1/namespaces/kube-system/deployments",
    "/apis/storage.k8s.io/v1/storageclasses",
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

/// So many questions are under way at once.
const AT_ONCE: usize = 6;

/// So many logs are read.
const LOGS: usize = 60;

/// So many lines of each.
const LINES: usize = 300;

impl Handle {
    /// What root causes are found in: of a dump all of it, of a cluster what is read now of `namespaces`. What can't be
    /// read is named in it.
    pub async fn evidence(&self, namespaces: &[Text], secrets: bool) -> Evidence {
        if let Some(dump) = self.whole() {
            return (*dump).clone();
        }
        let mut evidence = Evidence::default();
        evidence.now = Some(self.snapshot().now);
        let Some(wire) = self.wire() else {
            evidence.gaps.push("nothing can be read: no connection".into());
            return evidence;
        };
        let of = |path: &&str| namespaces.iter().map(|n| path.replace("{}", n)).collect::<Vec<_>>();
        let extra = secrets.then_some(SECRETS);
        let mut paths: Vec<String> = NAMESPACED.iter().chain(extra.as_ref()).flat_map(of).collect();
        paths.extend(CLUSTER.iter().map(ToString::to_string));
        paths.sort();
        paths.dedup();
        let read = paths.into_iter().map(|path| {
            let wire = wire.clone();
            async move { (wire.get_json::<Value>(&path).await, path) }
        });
        let mut read = futures::stream::iter(read).buffer_unordered(AT_ONCE);
        while let Some((answer, path)) = read.next().await {
            match answer {
                Ok(list) => take(&mut evidence, list),
                // What a cluster has not is no gap.
                Err(e) if e.code() == Some(404) => {}
                Err(e) => evidence.gaps.push(format!("{} can't be read: {e}", plural(&path)).into()),
            }
        }
        drop(read);
        evidence.gaps.sort();
        evidence.gaps.dedup();
        logs(&wire, &mut evidence, namespaces).await;
        evidence
    }
}

/// `pods` of a path.
fn plural(path: &str) -> &str {
    path.split('?').next().and_then(|p| p.rsplit('/').next()).unwrap_or(path)
}

/// The items of a list, each with its kind.
fn take(evidence: &mut Evidence, mut list: Value) {
    let kind = list.get("kind").and_then(Value::as_str).unwrap_or_default().trim_end_matches("List").to_owned();
    let api = list.get("apiVersion").cloned().unwrap_or_default();
    evidence.has_listed(&kind);
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
async fn logs(wire: &Wire, evidence: &mut Evidence, namespaces: &[Text]) {
    let mut wanted = evidence.talkative(namespaces.iter().map(Text::as_str));
    wanted.truncate(LOGS);
    let read = wanted.into_iter().map(|(ns, pod, container, previous)| {
        let wire = wire.clone();
        let path = format!(
            "/api/v1/namespaces/{ns}/pods/{pod}/log?container={container}&previous={previous}&tailLines={LINES}&limitBytes={LOG}"
        );
        async move { (wire.get(&path).await, ns, pod, container, previous) }
    });
    let mut read = futures::stream::iter(read).buffer_unordered(AT_ONCE);
    while let Some((answer, ns, pod, container, previous)) = read.next().await {
        if let Ok(text) = answer {
            evidence.log(&ns, &pod, &container, previous, &String::from_utf8_lossy(&text));
        }
    }
}
