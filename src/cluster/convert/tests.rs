//! Real objects, trimmed (`tests/fixtures/objects.json`), and what rows they give.

use crate::domain::Api;
use serde_json::{Value, json};

use super::custom::custom;
use super::*;
use crate::domain::row::{ContainerState, PodPhase, SelectorTerm, WorkloadKind, WorkloadRow, source};

fn fixture(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../../../tests/fixtures/objects.json")).unwrap();
    all.get(name).unwrap_or_else(|| panic!("no fixture {name}")).clone()
}

fn time(text: &str) -> Option<crate::domain::Time> {
    Some(text.parse().unwrap())
}

macro_rules! row {
    ($variant:ident, $value:expr) => {
        match object(&$value).unwrap() {
            AnyRow::$variant(r) => *r,
            other => panic!("{other:?}"),
        }
    };
}

#[test]
fn a_deployment_keeps_who_changed_its_spec_and_not_the_controllers() {
    let d: WorkloadRow = row!(Workload, fixture("deployment"));
    assert_eq!(d.kind, WorkloadKind::Deployment);
    assert_eq!((d.meta.namespace.as_str(), d.meta.name.as_str()), ("cluster-a", "web"));
    assert_eq!((d.desired, d.counts.replicas, d.counts.updated), (2, 2, 2));
    assert_eq!(d.revision, Some(1));
    assert_eq!(d.progress_deadline, Some(600));
    assert_eq!(d.template.images.iter().map(Text::as_str).collect::<Vec<_>>(), ["ghcr.io/acme/web:1.2"]);
    assert_eq!(d.template.grace, Some(30));
    assert!(d.template.probes.is_empty() && d.template.claims.is_empty());
    let mut with_claim = fixture("deployment");
    with_claim["spec"]["template"]["spec"]["volumes"] =
        json!([{"name": "tmp", "emptyDir": {}}, {"name": "data", "persistentVolumeClaim": {"claimName": "uploads"}}]);
    assert_eq!(&*row!(Workload, with_claim).template.claims, &[Text::from("uploads")]);
    assert_eq!(d.meta.changed.as_ref().unwrap().manager, "kubectl-create");
    assert_eq!(d.meta.creator.as_ref().unwrap(), "kubectl-create");
    assert_eq!(d.selector.labels.get("app").unwrap(), "web");
    assert!(d.conditions.iter().any(|c| c.kind == "Progressing" && c.status == Some(true)));
    assert!(d.meta.uid.len() == 36 && !d.meta.resource_version.is_empty());
}

#[test]
fn a_template_names_the_config_maps_and_secrets_that_it_takes_each_once_and_nothing_of_what_is_in_them() {
    let mut d = fixture("deployment");
    d["spec"]["template"]["spec"] = json!({
        "containers": [{
            "name": "app", "image": "a",
            "env": [
                {"name": "PLAIN", "value": "canary"},
                {"name": "DB_URL", "valueFrom": {"secretKeyRef": {"name": "db", "key": "url"}}},
                {"name": "DB_USER", "valueFrom": {"secretKeyRef": {"name": "db", "key": "user", "optional": true}}},
                {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            ],
            "envFrom": [{"configMapRef": {"name": "app-env"}}, {"prefix": "X_", "secretRef": {"name": "db"}}],
            "volumeMounts": [{"name": "tls", "mountPath": "/etc/tls"}, {"name": "all", "mountPath": "/etc/all"}],
        }],
        "initContainers": [{"name": "i", "image": "b", "volumeMounts": [{"name": "tls", "mountPath": "/init"}]}],
        "volumes": [
            {"name": "tls", "secret": {"secretName": "tls", "optional": true}},
            {"name": "all", "projected": {"sources": [{"configMap": {"name": "flags"}}, {"serviceAccountToken": {}}]}},
            {"name": "tmp", "emptyDir": {}},
        ],
        "imagePullSecrets": [{"name": "registry"}],
    });
    let d: WorkloadRow = row!(Workload, d);
    let told: Vec<String> = d
        .template
        .config
        .iter()
        .map(|c| format!("{} {}: {}{}", c.kind(), c.name, c.place, if c.optional { " (optional)" } else { "" }))
        .collect();
    assert_eq!(
        told,
        [
            "ConfigMap app-env: all keys as variables",
            "Secret db: all keys as variables · variables DB_URL, DB_USER",
            "Secret tls: files in /etc/tls, /init (optional)",
            "ConfigMap flags: files in /etc/all",
            "Secret registry: pulls images",
        ]
    );
    assert!(!format!("{:?}", d.template).contains("canary"));
}

#[test]
fn a_port_or_a_mount_says_that_data_is_kept_and_a_volume_whether_it_stays() {
    let of = |spec: Value| {
        let mut d = fixture("deployment");
        d["spec"]["template"]["spec"] = spec;
        let d: WorkloadRow = row!(Workload, d);
        (d.template.keeps_data, d.template.durable, d.template.critical)
    };
    let container = |more: Value| {
        let mut container = json!({"name": "c", "image": "acme/c"});
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([container])
    };
    let port = |port: u16| container(json!({"ports": [{"containerPort": 8080}, {"containerPort": port}]}));
    assert_eq!(of(json!({ "containers": port(5432) })), (true, false, false));
    assert_eq!(of(json!({ "containers": port(9090) })), (false, false, false));
    let mount = container(json!({"volumeMounts": [{"name": "d", "mountPath": "/var/lib/mysql"}]}));
    for (source, stays) in [
        (json!({"emptyDir": {}}), false),
        (json!({"csi": {"driver": "secrets-store.csi.k8s.io"}}), false),
        (json!({"hostPath": {"path": "/srv"}}), true),
        (json!({"persistentVolumeClaim": {"claimName": "d"}}), true),
    ] {
        let mut volume = source.clone();
        volume["name"] = "d".into();
        assert_eq!(of(json!({"containers": mount, "volumes": [volume]})), (true, stays, false), "{source}");
    }
    for (class, critical) in [("system-node-critical", true), ("system", false), ("my-critical", false)] {
        assert_eq!(of(json!({"containers": port(80), "priorityClassName": class})).2, critical, "{class}");
    }
}

#[test]
fn managers_of_subresources_and_machinery_are_no_change_and_the_newest_person_counts() {
    let mut d = fixture("deployment");
    d["metadata"]["managedFields"] = json!([
        {"manager": "helm", "time": "2026-01-01T00:00:00Z"},
        {"manager": "kubectl-edit", "time": "2026-01-03T00:00:00Z"},
        {"manager": "argocd-controller", "time": "2026-01-02T00:00:00Z"},
        {"manager": "kube-controller-manager", "time": "2026-01-05T00:00:00Z"},
        {"manager": "kennel", "time": "2026-01-06T00:00:00Z"},
        {"manager": "kubectl-scale", "subresource": "scale", "time": "2026-01-07T00:00:00Z"},
    ]);
    let d: WorkloadRow = row!(Workload, d);
    let changed = d.meta.changed.unwrap();
    assert_eq!((changed.manager.as_str(), changed.at), ("kubectl-edit", time("2026-01-03T00:00:00Z")));
    assert_eq!(d.meta.creator.unwrap(), "helm");
}

#[test]
fn a_statefulset_keeps_what_a_stop_must_know() {
    let s: WorkloadRow = row!(Workload, fixture("statefulset"));
    assert_eq!(s.kind, WorkloadKind::StatefulSet);
    assert_eq!((s.desired, s.partition, s.template.grace), (2, 1, Some(60)));
    assert!(s.claims_die_when_scaled && s.template.probes.len() == 1 && !s.on_delete);
    assert_eq!(s.volume_claims.iter().map(Text::as_str).collect::<Vec<_>>(), ["data"]);
    assert!(s.revisions.is_some());
    assert_eq!(s.meta.annotations.get("kennel.dev/depends-on").unwrap(), "web");
    assert!(s.meta.annotations.get("example.org/big").is_none(), "only what kennel reads is kept");
}

#[test]
fn a_daemonset_counts_by_its_own_names() {
    let d: WorkloadRow = row!(Workload, fixture("daemonset"));
    assert_eq!((d.kind, d.on_delete), (WorkloadKind::DaemonSet, true));
    assert_eq!((d.desired, d.counts.replicas), (20, 20));
    assert!(matches!(&d.selector.terms[..], [SelectorTerm::In(k, v)] if k == "app" && v.len() == 1));
    assert_eq!(d.template.node_selector.get("kubernetes.io/os").unwrap(), "linux");
}

#[test]
fn a_pod_shows_how_its_container_ended() {
    let p = row!(Pod, fixture("oom"));
    let [c] = &p.containers[..] else { panic!("{:?}", p.containers) };
    let ended = match (&c.state, &c.last) {
        (ContainerState::Terminated(t), _) | (_, Some(t)) => t,
        other => panic!("{other:?}"),
    };
    assert_eq!((ended.reason.as_str(), ended.code), ("OOMKilled", 137));
    assert!(c.restarts > 0 && !p.ready && p.ready_reason.as_ref().unwrap() == "ContainersNotReady");
    assert_eq!((p.resources.cpu_request, p.resources.memory_request), (None, Some(50 << 20)));
    assert_eq!((p.resources.cpu_limit, p.resources.memory_limit), (None, Some(50 << 20)));
    assert_eq!(p.owner, None, "a bare pod");
    assert_eq!(row!(Pod, fixture("pod")).owner.unwrap().api, Kind::ReplicaSet.into());
    assert_eq!(p.phase, PodPhase::Running);
    assert_eq!(p.node.unwrap(), "kind-worker");
}

#[test]
fn a_pod_that_fits_nowhere_keeps_the_schedulers_words() {
    let p = row!(Pod, fixture("unschedulable"));
    assert_eq!(p.unschedulable, time("2026-11-01T11:49:18Z"));
    assert!(p.unschedulable_message.unwrap().starts_with("0/2 nodes are available"));
    assert_eq!((p.node, p.resources.cpu_request, p.phase), (None, None, PodPhase::Pending));
}

#[test]
fn sidecars_count_as_containers_and_init_containers_ask_for_nothing_later() {
    let p = row!(
        Pod,
        json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p", "namespace": "n", "annotations": {"helm.sh/hook": "pre-install"}},
        "spec": {"initContainers": [
            {"name": "init", "image": "i", "resources": {"requests": {"cpu": "8"}}},
            {"name": "side", "image": "s", "restartPolicy": "Always", "resources": {"requests": {"cpu": "100m", "memory": "1Gi"}}}],
          "containers": [{"name": "main", "image": "m", "resources": {"requests": {"cpu": "1", "memory": "bad"}}}]}})
    );
    assert_eq!(
        p.containers.iter().map(|c| (c.name.as_str(), c.init)).collect::<Vec<_>>(),
        [("init", true), ("side", false), ("main", false)]
    );
    assert_eq!(p.resources.cpu_request, Some(1100));
    assert_eq!(p.resources.memory_request, None, "what can't be read is never 0");
    assert!(p.hook);
}

#[test]
fn events_of_both_groups_are_one() {
    let new = row!(Event, fixture("event"));
    assert_eq!((new.reason.as_str(), new.object.kind(), new.count), ("Scheduled", "Pod", 1));
    assert_eq!((new.first, new.last), (time("2026-11-21T10:05:58.057595Z"), time("2026-11-21T10:05:58.057595Z")));
    assert_eq!(new.source, "default-scheduler");
    let old = row!(Event, fixture("core_event"));
    assert_eq!((old.reason.as_str(), old.count, old.source.as_str()), ("Pulled", 5, "kubelet"));
    assert_eq!((old.first, old.last), (time("2026-11-01T11:01:41Z"), time("2026-11-01T11:02:55Z")));
    let mut series = fixture("event");
    series["series"] = json!({"count": 7, "lastObservedTime": "2026-11-21T11:00:00.5Z"});
    let series = row!(Event, series);
    assert_eq!((series.count, series.last), (7, time("2026-11-21T11:00:00.5Z")));
}

#[test]
fn an_ingress_says_which_hosts_have_tls() {
    let i = row!(Ingress, fixture("ingress"));
    let rules: Vec<_> = i.rules.iter().map(|(h, p, s, t)| (h.as_str(), p.as_str(), s.as_str(), *t)).collect();
    assert_eq!(
        rules,
        [
            ("", "/", "fallback", false),
            ("shop.example.org", "/", "web", true),
            ("shop.example.org", "/api", "api", true),
            ("plain.example.com", "/", "web", false),
        ]
    );
}

#[test]
fn a_route_leads_to_the_services_of_its_own_namespace() {
    let i = row!(
        Ingress,
        json!({"kind": "HTTPRoute", "apiVersion": "gateway.networking.k8s.io/v1", "metadata": {"name": "r", "namespace": "n"},
        "spec": {"parentRefs": [{"name": "gw", "sectionName": "https"}], "hostnames": ["a.example.org"],
          "rules": [{"matches": [{"path": {"value": "/x"}}], "backendRefs": [{"name": "web"}, {"name": "far", "namespace": "m"}, {"name": "b", "kind": "Bucket"}]}]}})
    );
    assert_eq!(i.kind, Kind::HTTPRoute);
    assert_eq!(&i.rules[..], &[("a.example.org".into(), "/x".into(), "web".into(), true)]);
}

#[test]
fn the_rest_of_the_kinds_read_as_they_are() {
    let n = row!(Namespace, fixture("namespace"));
    assert!(!n.terminating && n.meta.name == "cluster-a" && n.meta.created.is_some());
    assert_eq!(n.meta.creator.unwrap(), "kubectl-create");
    let n = row!(Node, fixture("node"));
    assert!(n.ready && !n.cordoned && !n.spot);
    let j = row!(Job, fixture("job"));
    assert_eq!((j.completions, j.succeeded, j.images.len()), (Some(1), 1, 1));
    assert!(j.completed.is_some());
    let c = row!(CronJob, fixture("cronjob"));
    assert_eq!((c.schedule.as_str(), c.suspended, c.starting_deadline), ("*/5 * * * *", true, Some(100)));
    assert_eq!((c.time_zone.unwrap().as_str(), &*c.images), ("Europe/Berlin", &["report:2".into()][..]));
    let h = row!(Autoscaler, fixture("hpa"));
    assert_eq!((h.min, h.max, h.target), (2, 5, ObjectId::new(Kind::Deployment, "cluster-a", "web")));
    let q = row!(Quota, fixture("quota"));
    assert!(q.used.iter().any(|(k, _, hard)| k == "pods" && hard == "50"));
    let s = row!(KubeService, fixture("service"));
    assert_eq!((s.service_type.as_str(), s.headless, s.ports[0].port), ("ClusterIP", false, 80));
    assert_eq!(s.selector.labels.get("app").unwrap(), "web");
    let s = row!(Slice, fixture("slice_mixed"));
    assert_eq!((s.service.as_str(), s.ready, s.total), ("product-catalog", 0, 1));
    let c = row!(Claim, fixture("claim"));
    assert_eq!((c.phase.as_str(), c.capacity), ("Pending", None));
}

#[test]
fn what_kennel_itself_has_written_reads_back_and_counts_as_nobodys_change() {
    let web: WorkloadRow = row!(Workload, fixture("stopped"));
    assert_eq!((web.desired, web.counts.replicas, web.revision), (0, 0, Some(5)));
    assert_eq!(web.meta.annotations.get("kennel.dev/replicas").unwrap(), "2");
    assert_eq!(web.meta.annotations.get("kubernetes.io/change-cause").unwrap(), "web 1.3");
    let changed = web.meta.changed.unwrap();
    assert!(changed.manager.starts_with("kubectl-"), "{changed:?}: kennel's stop came after it");
    let journal = row!(Journal, fixture("journal")).journal.unwrap();
    assert_eq!((journal.verb.word(), journal.progress(), journal.holder.as_str()), ("stop", (2, 2), "admin"));
    assert_eq!(journal.steps[0].object, ObjectId::new(Kind::Deployment, "status-rev", "web"));
    let so = row!(ScaledObject, fixture("scaledobject"));
    assert_eq!((so.min, so.max, so.target.name.as_str()), (1, 100, "queue"));
    assert_eq!(so.meta.annotations.get("kennel.dev/paused-replicas").unwrap(), "");
}

fn sets(list: &Value) -> &[Value] {
    list["items"].as_array().unwrap()
}

#[test]
fn revisions_of_a_real_rollout_say_what_each_of_them_changed() {
    use crate::domain::revision::changes;
    let list = fixture("revisions");
    let uid = |name: &str| {
        let all = list["items"].as_array().unwrap().iter().map(|o| &o["metadata"]["ownerReferences"][0]);
        all.filter(|o| o["name"] == name).map(|o| o["uid"].as_str().unwrap().to_owned()).next().unwrap()
    };
    let lines = |name: &str| -> Vec<(u32, Vec<String>)> {
        let all = revisions(sets(&list), &uid(name));
        let pairs = all.iter().zip(all.iter().skip(1));
        pairs.map(|(new, old)| (new.number, changes(old, new).iter().map(ToString::to_string).collect())).collect()
    };
    let said = |n: u32, line: &str| (n, vec![line.to_owned()]);
    assert_eq!(
        lines("web"),
        [
            said(5, "memory limit 256Mi → 512Mi"),
            said(4, "restarted"),
            said(3, "env LOG_LEVEL changed"),
            said(2, "image acme/web:1.2 → acme/web:1.3"),
        ]
    );
    assert_eq!(lines("db"), [said(2, "image postgres:16 → postgres:17")], "of ControllerRevisions too");
    let web = revisions(sets(&list), &uid("web"));
    assert_eq!((web[0].pods, web[0].why.as_deref()), (Some(2), Some("web 1.3")));
    assert!(!format!("{web:?}").contains("debug"), "values are never kept");
    assert!(revisions(sets(&list), "another").is_empty());
    let set = list["items"].as_array().unwrap().iter().find(|o| o["kind"] == "ReplicaSet").unwrap();
    assert_eq!(row!(ReplicaSet, set.clone()).owner.unwrap().api, Kind::Deployment.into());
}

#[test]
fn a_scaled_object_without_bounds_has_kedas() {
    let s = row!(
        ScaledObject,
        json!({"kind": "ScaledObject", "apiVersion": "keda.sh/v1alpha1", "metadata": {"name": "s", "namespace": "n",
        "annotations": {"autoscaling.keda.sh/paused-replicas": "0"}}, "spec": {"scaleTargetRef": {"name": "web"}}})
    );
    assert_eq!((s.min, s.max, s.target), (0, 100, ObjectId::new(Kind::Deployment, "n", "web")));
    assert_eq!(s.meta.annotations.get("autoscaling.keda.sh/paused-replicas").unwrap(), "0");
}

#[test]
fn what_an_event_or_an_autoscaler_names_in_another_group_is_not_the_built_in_kind_of_that_name() {
    let mut event = fixture("event");
    event["regarding"] =
        json!({"apiVersion": "serving.knative.dev/v1", "kind": "Service", "namespace": "n", "name": "web"});
    let event = row!(Event, event);
    assert_eq!((event.object.api.group(), event.object.api.known()), ("serving.knative.dev", None));
    let scaler = row!(
        Autoscaler,
        json!({"kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2", "metadata": {"name": "h"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps.example.org/v1", "kind": "StatefulSet", "name": "db"}}})
    );
    assert_eq!((scaler.target.api.group(), scaler.target.api.known()), ("apps.example.org", None));
}

#[test]
fn an_argo_cd_application_declares_the_workloads_of_this_cluster_that_are_to_stay() {
    let resource = |kind: &str, group: &str, name: &str| json!({"group": group, "version": "v1", "kind": kind, "namespace": "shop-qa", "name": name, "status": "Synced", "health": {"status": "Missing"}});
    let mut hook = resource("Deployment", "apps", "hook");
    hook["hook"] = true.into();
    let mut pruned = resource("Deployment", "apps", "pruned");
    pruned["requiresPruning"] = true.into();
    let app = |server: &str, phase: &str| {
        json!({"kind": "Application", "apiVersion": "argoproj.io/v1alpha1",
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"project": "default", "source": {"repoURL": "https://git.example.com/shop", "path": "qa", "targetRevision": "HEAD"},
                 "destination": {"server": server, "namespace": "shop-qa"}},
        "status": {"sync": {"status": "OutOfSync"}, "health": {"status": "Missing"},
            "operationState": {"phase": phase, "message": "one or more objects failed to apply", "startedAt": "2026-11-21T10:00:00Z", "finishedAt": "2026-11-21T10:00:05Z"},
            "resources": [resource("Deployment", "apps", "web"), resource("StatefulSet", "apps", "db"), resource("Job", "batch", "migrate"),
                resource("Service", "", "web"), resource("Deployment", "example.com", "other"), hook, pruned]}})
    };
    let here = row!(Delivery, app("https://kubernetes.default.svc", "Failed"));
    assert_eq!((here.kind, here.name.as_str(), here.namespace.as_str()), (Kind::Application, "shop", "argocd"));
    assert_eq!(
        &*here.declares,
        [ObjectId::new(Kind::Deployment, "shop-qa", "web"), ObjectId::new(Kind::StatefulSet, "shop-qa", "db")]
    );
    assert_eq!(here.source.as_deref(), Some("https://git.example.com/shop"));
    let failed = here.failed.unwrap();
    assert_eq!((failed.reason.as_str(), failed.since), ("Failed", time("2026-11-21T10:00:05Z")));
    assert_eq!(row!(Delivery, app("https://kubernetes.default.svc", "Succeeded")).failed, None);
    let elsewhere = row!(Delivery, app("https://10.0.0.1:6443", "Failed"));
    assert!(elsewhere.declares.is_empty() && elsewhere.failed.is_none(), "a hub speaks of other clusters");
    let mut going = app("https://kubernetes.default.svc", "Failed");
    going["metadata"]["deletionTimestamp"] = "2026-11-21T10:00:00Z".into();
    assert!(row!(Delivery, going).declares.is_empty(), "it takes along what it declared");
}

#[test]
fn flux_declares_by_its_inventory_and_a_helm_release_says_that_it_failed() {
    let kustomization = |spec: Value| {
        json!({"kind": "Kustomization", "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "metadata": {"name": "apps", "namespace": "flux-system"}, "spec": spec,
        "status": {"inventory": {"entries": [{"id": "shop-qa_web_apps_Deployment", "v": "v1"}, {"id": "shop-qa_web__Service", "v": "v1"},
            {"id": "_shop-qa__Namespace", "v": "v1"}, {"id": "shop-qa_a__b_rbac.authorization.k8s.io_Role", "v": "v1"}, {"id": "junk", "v": "v1"}]}}})
    };
    let k =
        row!(Delivery, kustomization(json!({"sourceRef": {"kind": "GitRepository", "name": "fleet"}, "prune": true})));
    assert_eq!(&*k.declares, [ObjectId::new(Kind::Deployment, "shop-qa", "web")]);
    assert_eq!((k.source.as_deref(), k.target, k.failed), (Some("GitRepository/fleet"), None, None));
    let far = row!(Delivery, kustomization(json!({"kubeConfig": {"secretRef": {"name": "far"}}})));
    assert!(far.declares.is_empty(), "it applies to another cluster");

    let release = |ready: &str, reason: &str| {
        json!({"kind": "HelmRelease", "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "metadata": {"name": "shop", "namespace": "flux-system"},
        "spec": {"targetNamespace": "shop-qa", "chart": {"spec": {"chart": "shop", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}},
        "status": {"conditions": [{"type": "Ready", "status": ready, "reason": reason, "message": "Helm upgrade failed: timed out", "lastTransitionTime": "2026-11-21T10:00:00Z"}]}})
    };
    for reason in ["InstallFailed", "UpgradeFailed", "RollbackFailed"] {
        let h = row!(Delivery, release("False", reason));
        assert_eq!((h.target.as_deref(), h.source.as_deref()), (Some("shop-qa"), Some("HelmRepository/charts")));
        let failed = h.failed.unwrap();
        assert_eq!((failed.reason.as_str(), failed.since), (reason, time("2026-11-21T10:00:00Z")));
    }
    assert_eq!(row!(Delivery, release("False", "DependencyNotReady")).failed, None, "it waits");
    assert_eq!(row!(Delivery, release("True", "UpgradeSucceeded")).failed, None);
    assert_eq!(kind_of("kustomize.config.k8s.io/v1beta1", "Kustomization"), None, "a file of kustomize's own");
}

#[test]
fn a_helm_release_is_read_from_labels_alone_and_other_secrets_are_not_read() {
    let labels =
        json!({"owner": "helm", "name": "shop", "status": "failed", "version": "3", "modifiedAt": "1700000000"});
    let secret = json!({"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "sh.helm.release.v1.shop.v3",
        "namespace": "n", "labels": labels}, "data": {"release": "canary"}});
    let r = row!(Release, secret);
    assert_eq!((r.name.as_str(), r.status.as_str(), r.version), ("shop", "failed", 3));
    assert_eq!(r.at.unwrap().as_second(), 1_700_000_000);
    assert!(!format!("{r:?}").contains("canary"));
    let other = json!({"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "tls"}});
    assert_eq!(object(&other), Err(ConvertError::NotRead("Secret".into())));
}

#[test]
fn a_journal_that_cannot_be_read_says_why() {
    let config_map = |data: Value| json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "kennel-operation", "namespace": "n", "uid": "u"}, "data": data});
    let j = row!(Journal, config_map(json!({})));
    assert_eq!(j.journal, Err("it has no key journal".into()));
    let j = row!(Journal, config_map(json!({"journal": "{"})));
    assert!(j.journal.is_err() && j.uid == "u");
    let mut part = config_map(json!({"journal": "{\"id\": \"op\", \"steps\": []}"}));
    part["metadata"]["name"] = json!("kennel-operation-3");
    let p = row!(Part, part);
    assert_eq!((p.number, p.part.map(|p| p.id)), (3, Ok("op".into())));
    let other =
        json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "settings"}, "data": {"journal": "{"}});
    assert_eq!(object(&other), Err(ConvertError::NotRead("ConfigMap".into())));
}

#[test]
fn a_malformed_object_is_named_with_what_is_wrong() {
    let wrong = json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": "three"}});
    let Err(ConvertError::Malformed { object: named, why }) = object(&wrong) else { panic!() };
    assert_eq!(named, ObjectId::new(Kind::Deployment, "shop", "web"));
    assert!(why.contains("three"), "{why}");
    let nameless = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {}});
    assert!(matches!(object(&nameless), Err(ConvertError::Malformed { .. })));
}

#[test]
fn kinds_of_other_groups_with_a_known_name_are_not_read() {
    assert_eq!(kind_of("apps/v1", "Deployment"), Some(Kind::Deployment));
    assert_eq!(kind_of("apps/v1beta1", "Deployment"), Some(Kind::Deployment));
    assert_eq!(kind_of("serving.knative.dev/v1", "Service"), None);
    assert_eq!((kind_of("v1", "Event"), kind_of("events.k8s.io/v1", "Event")), (Some(Kind::Event), Some(Kind::Event)));
    assert_eq!(kind_of("v1", "Widget"), None);
}

#[test]
fn what_a_terminal_would_obey_never_gets_into_a_row() {
    let mut d = fixture("deployment");
    d["spec"]["template"]["spec"]["containers"][0]["image"] = json!("evil\u{1b}[2J\u{202e}");
    let d: WorkloadRow = row!(Workload, d);
    assert_eq!(d.template.images[0], "evil<U+001B>[2J<U+202E>");
}

#[test]
fn null_where_a_list_or_a_map_could_be_is_empty() {
    let p = row!(
        Pod,
        json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p", "labels": null, "annotations": null,
        "ownerReferences": null, "creationTimestamp": null, "finalizers": null},
        "spec": {"containers": null}, "status": {"conditions": null, "containerStatuses": null, "startTime": "never"}})
    );
    assert!(p.labels.is_empty() && p.containers.is_empty() && p.started.is_none());
}

#[test]
fn an_object_of_an_unknown_kind_gives_what_such_kinds_share_and_whatever_else_is_in_it_is_no_error() {
    let kind = Api::referred("postgresql.cnpg.io/v1", "Cluster");
    let of = |value: Value| custom(&kind, &value.to_string(), &mut Interner::default());
    let condition = json!({"type": "Ready", "status": "False", "reason": "ClusterIsNotReady", "lastTransitionTime": "2026-01-01T00:00:00Z"});
    let row = of(json!({"metadata": {"name": "pg", "namespace": "shop", "generation": 3},
        "spec": {"url": "https://not.a.source"}, "status": {"observedGeneration": 2, "conditions": [condition]}}))
    .unwrap();
    assert!(row.behind && !row.deleted && row.url.is_none());
    assert_eq!((row.conditions[0].kind.as_str(), row.conditions[0].status), ("Ready", Some(false)));
    let status = json!({"phase": "Degraded", "message": "it timed\u{1b} out"});
    let row = of(json!({"metadata": {"name": "pg"}, "status": status})).unwrap();
    assert_eq!((row.phase.as_deref(), row.message.as_deref()), (Some("Degraded"), Some("it timed<U+001B> out")));
    for status in [
        json!("up"),
        json!({"phase": {"a": 1}, "conditions": {"Ready": true}, "observedGeneration": "abc"}),
        json!(null),
    ] {
        let row = of(json!({"metadata": {"name": "pg", "generation": 3}, "spec": [1], "status": status})).unwrap();
        assert!(row.conditions.is_empty() && !row.behind, "{status}");
    }
    assert!(of(json!({"metadata": {}})).is_err() && of(json!(7)).is_err());
    let source = source("GitRepository").unwrap();
    let row = custom(&source, r#"{"metadata":{"name":"a"},"spec":{"url":"ssh://git@x/y"}}"#, &mut Interner::default());
    assert_eq!(row.unwrap().url.as_deref(), Some("ssh://git@x/y"));
}
