//! One test per row of health/status-rules.md, and per exception inside a row, named by the rule: `rule_5b_…`.
//!
//! | row | tests |
//! |---|---|
//! | Time, Data | `no_age_…` in `tests/cluster_faults.rs`; `a_rule_whose_kind_has_not_arrived_…` |
//! | 0–3 | `rule_0_…`, `rule_1_…` (HPA and ScaledObject, inventories), `rule_2_…`, `rule_3_…` |
//! | 4 | `rule_4_…`: Helm, what hangs, Flux and Argo CD |
//! | 5 | `rule_5a_…` to `rule_5e_…`, each exception by its words (an autoscaler's are no status: `scaling::…`); 5c and the minute before it: `down::…` |
//! | 6–9 | `rule_6_…` to `rule_9_…`; Jobs, CronJobs and pods that ended: `tasks::…` |
//! | worst of several | `the_worst_of_several_…` |
//! | unknown kinds | `unknown::an_unknown_kind_…`; read from a server: `tests/cluster_faults.rs`, `tests/real_cluster` |
//!
//! A claim that is Pending tells while a pod waits for it: `claims::rule_7_…`.

mod claims;
mod down;
mod journaled;
mod nodes;
mod revision;
mod scaling;
mod tasks;
mod told;
mod unknown;

use super::Status;
use crate::domain::data::DataState;
use crate::domain::fixture::*;
use crate::domain::model::Change;
use crate::domain::operation::{Action, Journal, OperationState, Scale, StepResult, Verb};
use crate::domain::row::{
    AutoscalerRow, ClaimRow, ContainerRow, ContainerState, Counts, CronJobRow, CustomRow, DeliveryRow, Failure,
    IngressRow, JobRow, Meta, NodeRow, Owner, Placement, PodPhase, PodRow, ReleaseRow, ReplicaSetRow, Resources,
    ScaledObjectRow, SelectorTerm, Taint, Template, Termination, Toleration, WorkloadKind, WorkloadRow,
};
use crate::domain::{Api, Kind, ObjectId, Text};

fn annotated(key: &str, value: &str, row: WorkloadRow) -> WorkloadRow {
    WorkloadRow { meta: Meta { annotations: labels(&[(key, value)]), ..row.meta }, ..row }
}

fn autoscaler(target: &str) -> AutoscalerRow {
    AutoscalerRow {
        meta: meta("scaler"),
        target: ObjectId::new(Kind::Deployment, NS, target),
        min: 1,
        max: 10,
        ..AutoscalerRow::default()
    }
}

/// Who delivers Deployments of these names; it lies in a namespace of its own.
fn delivery(kind: Kind, declares: &[&str], failed: bool) -> DeliveryRow {
    let failure = Failure { reason: "UpgradeFailed".into(), message: None, since: Some(at(-7200)) };
    DeliveryRow {
        kind,
        name: "shop".into(),
        namespace: "gitops".into(),
        target: None,
        declares: declares.iter().map(|name| ObjectId::new(Kind::Deployment, NS, *name)).collect(),
        failed: failed.then_some(failure),
        source: Some("https://git.example.com/shop".into()),
        refers: None,
    }
}

fn denied() -> DataState {
    DataState::Forbidden { why: "no".into() }
}

#[test]
fn rule_0_na_is_a_daemonset_that_no_node_wants_or_a_kind_that_cannot_be_read() {
    let mut s = Scene::new().with(workload(WorkloadKind::DaemonSet, "agent", 0, 0));
    assert_eq!(s.status("agent", 0), "N/A · no node wants it");
    assert!(!s.service("agent", 0).counted);
    let new = WorkloadRow { observed_generation: 0, ..workload(WorkloadKind::DaemonSet, "agent", 0, 0) };
    s.put(new);
    assert_eq!(s.status("agent", 0), "Progressing · waits for its controller", "nobody knows yet which nodes want it");
    let mut s = Scene::new().with(pod("web", "a", "1")).data(Kind::Deployment, denied());
    assert_eq!(s.status("web", 0), "N/A · no access to deployments");
    let mut s = Scene::new().with(pod("web", "a", "1")).data(Kind::Deployment, DataState::Idle);
    assert_eq!(s.status("web", 0), "N/A · deployments not read yet");
    assert!(s.service("web", 0).provisional);
}

#[test]
fn rule_1_missing_is_what_an_autoscaler_declares_and_is_not_there() {
    let mut s = Scene::new().with(autoscaler("web"));
    assert_eq!(s.status("web", 0), "Missing · HPA scaler scales it, but it is not there");
    s.put(deployment("web", 1, 1));
    s.put(pod("web", "a", "1"));
    assert_eq!(s.status("web", 0), "Healthy");
    let unknown = AutoscalerRow {
        target: ObjectId::new(Api::referred("argoproj.io/v1alpha1", "Rollout"), NS, "web"),
        ..autoscaler("web")
    };
    assert!(Scene::new().with(unknown).environment(0).services.is_empty(), "a kind that kennel does not list");
    let mut s = Scene::new().with(autoscaler("web")).data(Kind::Deployment, denied());
    assert!(s.environment(0).services.is_empty(), "not listed is not missing");
    let mut s = Scene::new().with(kube_service("web", "web")).with(slice("web", 0, 0));
    let services = s.environment(0).services.iter().map(|s| s.status).collect::<Vec<_>>();
    assert_eq!(services, [Status::NotAvailable], "a Service's selector declares no workload: it is shown by itself");
    let rules = Box::new([("shop.example.com".into(), "/".into(), "web".into(), true)]);
    let route = IngressRow { kind: Kind::Ingress, meta: meta("shop"), rules };
    assert!(Scene::new().with(route).environment(0).services.is_empty(), "nor does an Ingress");
    let target = ObjectId::new(Kind::StatefulSet, NS, "db");
    let mut s = Scene::new().with(ScaledObjectRow { meta: meta("so"), target, ..ScaledObjectRow::default() });
    assert_eq!(s.status("db", 0), "Missing · ScaledObject so scales it, but it is not there");
    assert!(!s.service("db", 0).available);
    // Whom another's ScaledObject scales is none of its business.
    let mut other = Scene::new().with(deployment("web", 0, 0));
    let target = ObjectId::new(Kind::Deployment, NS, "api");
    other.put(ScaledObjectRow { meta: meta("so"), target, ..ScaledObjectRow::default() });
    assert_eq!(other.status("web", 0), "Stopped · idle");
}

#[test]
fn rule_1_missing_is_what_an_inventory_declares_and_is_not_there() {
    // It is read before the namespace is.
    let mut s = Scene(crate::domain::model::Model::default());
    s.put(delivery(Kind::Application, &["web", "api"], false));
    Kind::ALL.iter().for_each(|info| s.0.apply(Change::data(info.kind, DataState::Live)));
    s.put(namespace());
    s.put(deployment("api", 1, 1));
    s.put(pod("api", "a", "1"));
    assert_eq!(s.status("web", 0), "Missing · Argo CD application shop declares it, but it is not there");
    let api = s.service("api", 0);
    assert_eq!((api.status.word(), api.deployed_by.as_deref()), ("Healthy", Some("Argo CD shop")));
    assert_eq!(api.repository.as_deref(), Some("https://git.example.com/shop"));
    let e = s.environment(0);
    assert_eq!(e.managed_by.as_deref(), Some("Argo CD application shop"), "it would undo a stop");
    assert_eq!(s.phase(0), "Error · web is missing");
    s.put(delivery(Kind::Application, &["api"], false));
    assert_eq!(s.phase(0), "Active", "it is not declared any more");
    s.put(delivery(Kind::Kustomization, &["web"], false));
    assert_eq!(s.status("web", 0), "Missing · Flux Kustomization shop declares it, but it is not there");
    // Not listed is not missing.
    let mut hidden = Scene::new().with(delivery(Kind::Application, &["web"], false)).data(Kind::Deployment, denied());
    assert!(hidden.environment(0).services.is_empty());
    let (kind, namespace) = (Kind::Kustomization, Text::from("gitops"));
    s.0.apply(Change::Gone { of: kind.into(), namespace, name: "shop".into() });
    assert_eq!(s.phase(0), "Active", "who declared it is gone");
    // A list that does not hold it any more says the same.
    s.put(delivery(Kind::Kustomization, &["web"], false));
    s.0.apply(Change::Begin { of: kind.into(), namespace: None });
    s.0.apply(Change::End { of: kind.into(), namespace: None });
    assert_eq!(s.phase(0), "Active");
}

#[test]
fn rule_2_stopping_is_deleted_or_at_zero_with_a_pod_left_even_a_terminating_one() {
    let deleted = Meta { deleted: Some(at(-1)), ..meta("web") };
    let mut s = Scene::new().with(WorkloadRow { meta: deleted, ..deployment("web", 3, 3) });
    assert_eq!(s.status("web", 0), "Stopping · is being deleted");
    let mut s = Scene::new().with(annotated("kennel.dev/replicas", "3", deployment("web", 0, 0)));
    s.put(PodRow { deleted: Some(at(30)), ..pod("web", "a", "1") });
    assert_eq!(s.status("web", 0), "Stopping · 1 pod left");
    s.put(pod("web", "a", "2"));
    assert_eq!(s.status("web", 0), "Stopping · 2 pods left", "one has not been told yet");
    s.0.apply(Change::Gone { of: Kind::Pod.into(), namespace: NS.into(), name: "web-a-2".into() });
    // Remains of a pod that ended by itself hold nothing.
    s.put(PodRow { phase: PodPhase::Failed, ..pod("web", "a", "1") });
    assert!(s.status("web", 0).starts_with("Stopped"));
    // Where pods can't be read the status counts.
    let counts = Counts { replicas: 2, ..Counts::default() };
    let mut s = Scene::new().with(WorkloadRow { counts, ..deployment("web", 0, 0) }).data(Kind::Pod, denied());
    assert_eq!(s.status("web", 0), "Stopping · 2 pods left");
}

#[test]
fn rule_3_stopped_has_a_memory_and_idle_is_a_deliberate_zero_without() {
    let mut s = Scene::new().with(annotated("kennel.dev/replicas", "3", deployment("web", 0, 0)));
    assert_eq!(s.status("web", 0), "Stopped · stopped by kennel");
    assert!(s.service("web", 0).counted);
    s.put(annotated("downscaler/original-replicas", "2", deployment("web", 0, 0)));
    assert_eq!(s.status("web", 0), "Stopped · stopped by downscaler");
    s.put(deployment("web", 0, 0));
    let idle = s.service("web", 0);
    assert!(idle.idle && !idle.counted);
    s.put(ScaledObjectRow {
        meta: meta("so"),
        target: ObjectId::new(Kind::Deployment, NS, "web"),
        ..ScaledObjectRow::default()
    });
    assert_eq!(s.status("web", 0), "Stopped · ScaledObject so holds it at zero");
    let held = |pairs: &[(&str, &str)]| ScaledObjectRow {
        meta: Meta { annotations: labels(pairs), ..meta("so") },
        target: ObjectId::new(Kind::Deployment, NS, "web"),
        ..ScaledObjectRow::default()
    };
    let paused = ("autoscaling.keda.sh/paused-replicas", "0");
    s.put(held(&[paused]));
    assert!(s.service("web", 0).idle, "somebody else told KEDA to hold it at zero");
    s.put(held(&[paused, ("kennel.dev/paused-replicas", "")]));
    assert_eq!(s.status("web", 0), "Stopped · stopped by kennel");
    assert!(s.service("web", 0).counted, "a stop that KEDA carries out is a stop");
    s.put(held(&[("kennel.dev/paused-replicas", "2")]));
    assert!(s.service("web", 0).idle, "it was let go of since, and KEDA has no work for it");
    let agent = annotated("kennel.dev/node-selector", "{}", workload(WorkloadKind::DaemonSet, "agent", 0, 0));
    assert_eq!(Scene::new().with(agent).status("agent", 0), "Stopped · stopped by kennel");
}

#[test]
fn rule_4_release_failed_unless_all_of_it_serves() {
    let release = |status: &str, version| ReleaseRow {
        namespace: NS.into(),
        object: format!("sh.helm.release.v1.shop.v{version}").into(),
        name: "shop".into(),
        status: status.into(),
        version,
        at: Some(at(-3600)),
    };
    let helm = |d| annotated("meta.helm.sh/release-name", "shop", d);
    let mut s = Scene::new().with(helm(deployment("web", 2, 1))).with(pod("web", "a", "1"));
    s.put(unready("web", "a", "2", -20));
    s.put(release("failed", 2));
    assert_eq!(s.status("web", 0), "Release Failed · release shop failed");
    s.put(helm(deployment("web", 2, 2)));
    s.put(pod("web", "a", "2"));
    let web = s.service("web", 0);
    assert_eq!((web.status.word(), web.secondary.as_deref()), ("Healthy", Some("release shop failed 60m")));
    let mut off = Scene::new().with(helm(deployment("web", 0, 0))).with(release("failed", 2));
    assert_eq!(off.service("web", 0).secondary, None, "of what is off it is no news");
    s.put(release("deployed", 3));
    assert_eq!(s.service("web", 0).secondary, None, "the newest counts");
    // Pending is a fault after ten minutes, and not while a Job of the release is active.
    s.put(helm(deployment("web", 2, 1)));
    s.put(unready("web", "a", "2", -20));
    s.put(ReleaseRow { at: Some(at(-600)), ..release("pending-upgrade", 4) });
    assert_eq!(s.status("web", 0), "Running · 1/2");
    assert_eq!(s.status("web", 1), "Release Failed · release shop hangs");
    let hook = Meta { annotations: labels(&[("meta.helm.sh/release-name", "shop")]), ..meta("migrate") };
    s.put(JobRow { meta: hook, active: 1, ..JobRow::default() });
    s.put(helm(deployment("web", 2, 1)));
    assert_eq!(s.status("web", 2), "Running · 1/2");
    // Nor while a rollout of it is under way.
    s.0.apply(Change::Gone { of: Kind::Job.into(), namespace: NS.into(), name: "migrate".into() });
    assert_eq!(s.status("web", 2), "Release Failed · release shop hangs");
    let rolling = Box::new([condition("Progressing", true, "ReplicaSetUpdated", -40)]);
    s.put(WorkloadRow { conditions: rolling, revision: Some(2), ..helm(deployment("web", 2, 1)) });
    assert_eq!(s.status("web", 2), "Progressing · 1 of 2 new, 20s of 600s");
}

#[test]
fn rule_4_release_failed_is_also_what_flux_and_argo_cd_say() {
    let flux = labels(&[("helm.toolkit.fluxcd.io/name", "shop"), ("helm.toolkit.fluxcd.io/namespace", "gitops")]);
    let web = |available| {
        let row = deployment("web", 2, available);
        WorkloadRow { meta: Meta { labels: flux.clone(), ..row.meta }, ..row }
    };
    let release = |failed| DeliveryRow { target: Some(NS.into()), ..delivery(Kind::HelmRelease, &[], failed) };
    let mut s = Scene::new().with(web(1)).with(pod("web", "a", "1")).with(unready("web", "a", "2", -20));
    s.put(release(true));
    assert_eq!(s.status("web", 0), "Release Failed · release shop failed");
    assert_eq!(s.phase(0), "Error · release shop failed");
    s.put(web(2));
    s.put(pod("web", "a", "2"));
    assert_eq!(s.service("web", 0).secondary.as_deref(), Some("release shop failed 2h"), "all of it serves");
    assert_eq!(s.phase(0), "Error · release shop failed, all 1 serve");
    s.put(release(false));
    assert_eq!(s.service("web", 0).secondary, None);
    s.put(delivery(Kind::Application, &["web"], true));
    assert_eq!(s.service("web", 0).secondary.as_deref(), Some("sync of shop failed 2h"));
    s.put(delivery(Kind::Application, &["other"], true));
    assert_eq!(s.service("web", 0).secondary, None, "another's failure");
    // Nobody knows before they have been read, and never where they may not be.
    let waiting = |state: DataState| {
        let scene = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1"));
        scene.data(Kind::Application, state.clone()).data(Kind::HelmRelease, state).service("web", 0).provisional
    };
    assert!(waiting(DataState::Idle) && !waiting(denied()) && !waiting(DataState::Absent));
}

#[test]
fn rule_5a_the_controller_says_so() {
    let conditions = |c| WorkloadRow { conditions: Box::new([c]), ..deployment("web", 3, 3) };
    let mut s = Scene::new().with(conditions(condition("Progressing", false, "ProgressDeadlineExceeded", -60)));
    assert_eq!(s.status("web", 0), "Degraded · rollout stuck, 3/3 available");
    let quota = crate::domain::row::Condition {
        message: "pods \"web-x2abc\" is forbidden: exceeded quota: pods".into(),
        ..condition("ReplicaFailure", true, "FailedCreate", -60)
    };
    let mut full = Scene::new().with(conditions(quota));
    assert_eq!(full.status("web", 0), "Degraded · cannot make pods: exceeded quota: pods");
    assert_eq!(full.service("web", 0).brief.as_deref(), Some("exceeds the quota"));
    let absent = conditions(condition("ReplicaFailure", false, "", -60));
    assert_eq!(Scene::new().with(absent).status("web", 0), "Healthy", "by its status, not by its presence");

    let db =
        WorkloadRow { volume_claims: Box::new(["data".into()]), ..workload(WorkloadKind::StatefulSet, "db", 1, 1) };
    let claim = |name: &str| ClaimRow { name: name.into(), namespace: NS.into(), phase: "Lost".into(), capacity: None };
    let mut s = Scene::new().with(db).with(claim("data-other-0"));
    assert_eq!(s.status("db", 0), "Healthy");
    s.put(claim("data-db-0"));
    assert_eq!(s.status("db", 0), "Degraded · volume claim data-db-0 is lost");
    let template = Template { claims: Box::new(["uploads".into()]), ..deployment("web", 1, 1).template };
    let mut s = Scene::new().with(WorkloadRow { template, ..deployment("web", 1, 1) }).with(claim("uploads"));
    assert_eq!(s.status("web", 0), "Degraded · volume claim uploads is lost");
}

#[test]
fn rule_5b_a_typed_failure_of_the_current_revision_even_while_the_old_one_serves() {
    let rollout = WorkloadRow {
        revision: Some(8),
        counts: Counts { replicas: 4, updated: 1, ready: 3, available: 3, ..Counts::default() },
        conditions: Box::new([condition("Progressing", true, "ReplicaSetUpdated", -60)]),
        ..deployment("checkout", 3, 3)
    };
    let mut s = Scene::new().with(rollout).with(crashing("checkout", "new", "x", -60));
    ["1", "2", "3"].iter().for_each(|t| s.put(pod("checkout", "old", t)));
    assert_eq!(s.status("checkout", 0), "Degraded · rev 8 crash-loops, the old one serves 3/3");
    s.put(ReplicaSetRow {
        name: "checkout-old".into(),
        namespace: NS.into(),
        owner: Some(owner("Deployment", "checkout")),
        hash: Some("old".into()),
        revision: Some(7),
    });
    assert_eq!(s.status("checkout", 0), "Degraded · rev 8 crash-loops, rev 7 serves 3/3");
    assert_eq!(s.service("checkout", 0).brief.as_deref(), Some("crash-loops"));
    assert!(s.service("checkout", 0).available, "all that is wanted serves");
}

#[test]
fn what_admission_refuses_is_said_in_words_that_fit_a_column() {
    let long: Vec<_> = super::refusal::REFUSALS.iter().filter(|(_, _, words, _)| words.len() > super::BRIEF).collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn rule_5b_every_kind_of_failure_has_its_words() {
    let mut cases: Vec<(ContainerRow, &str, &str)> = Vec::new();
    for (reason, words, brief) in [
        ("CrashLoopBackOff", "crash-loops", "crash-loops"),
        ("ImagePullBackOff", "cannot pull acme/web:1", "cannot pull its image"),
        ("ErrImagePull", "cannot pull acme/web:1", "cannot pull its image"),
        ("RunContainerError", "cannot start: RunContainerError", "cannot start"),
    ] {
        cases.push((container("web", waiting(reason)), words, brief));
    }
    let message = ContainerState::Waiting {
        reason: "CreateContainerConfigError".into(),
        message: Some("secret \"db\" not found".into()),
    };
    cases.push((container("web", message), "cannot start: secret \"db\" not found", "lacks secret db"));
    cases.push((
        ContainerRow { init: true, ..container("migrate", waiting("CrashLoopBackOff")) },
        "init migrate: crash-loops",
        "init crash-loops",
    ));
    let oom = Termination { reason: "OOMKilled".into(), code: 137, ..Termination::default() };
    let last = Some(Box::new(oom));
    cases.push((
        ContainerRow { last, ..container("web", waiting("CrashLoopBackOff")) },
        "crash-loops, out of memory",
        "runs out of memory",
    ));
    for (container, words, brief) in cases {
        let bad = PodRow { containers: Box::new([container]), ..unready("web", "a", "1", -20) };
        let mut s = Scene::new().with(deployment("web", 1, 0)).with(bad);
        assert_eq!(s.status("web", 0), format!("Degraded · {words}"));
        assert_eq!(s.service("web", 0).brief.as_deref(), Some(brief));
    }
    let creating = container("web", waiting("ContainerCreating"));
    let fine = PodRow { containers: Box::new([creating]), ..unready("web", "a", "1", -20) };
    assert_eq!(Scene::new().with(deployment("web", 1, 0)).with(fine).status("web", 0), "Starting · 0 of 1 ready");
}

#[test]
fn rule_5b_two_restarts_within_ten_minutes() {
    let restarted = |restarts, before: i64| {
        let last = Termination { started: Some(at(before)), finished: Some(at(before + 60)), ..Termination::default() };
        let container = ContainerRow {
            restarts,
            last: Some(Box::new(last)),
            ..container("web", ContainerState::Running(Some(at(before + 70))))
        };
        PodRow { containers: Box::new([container]), ..pod("web", "a", "1") }
    };
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(restarted(2, -600));
    assert_eq!(s.status("web", 0), "Degraded · keeps restarting");
    assert_eq!(s.service("web", 0).since, Some(at(-600)), "ready in between, it is known to restart since then");
    assert_eq!(s.status("web", 1), "Healthy", "ten minutes after the first of the two");
    s.put(restarted(1, -100));
    assert_eq!(s.status("web", 2), "Healthy", "once is no loop");
}

#[test]
fn rule_5b_no_node_for_five_minutes() {
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(PodRow {
        node: None,
        phase: PodPhase::Pending,
        unschedulable: Some(at(-300)),
        unschedulable_message: Some("0/3 nodes are available: 3 Insufficient cpu.".into()),
        ..unready("web", "a", "1", -300)
    });
    assert_eq!(s.status("web", 0), "Starting · no node has the cpu");
    assert_eq!(s.0.next_deadline(), Some(at(1)), "time alone will change it");
    assert_eq!(s.status("web", 1), "Degraded · no node has the cpu");
}

#[test]
fn rule_5b_a_failed_pod_counts_until_it_is_replaced() {
    let evicted =
        PodRow { phase: PodPhase::Failed, ready: false, reason: Some("Evicted".into()), ..pod("web", "a", "1") };
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(evicted);
    assert_eq!(s.status("web", 0), "Degraded · evicted");
    let code = |code| ContainerState::Terminated(Box::new(Termination { code, ..Termination::default() }));
    for (code, words) in [(code(3), "failed, exit 3"), (code(0), "failed")] {
        let containers = Box::new([container("web", code)]);
        s.put(PodRow { phase: PodPhase::Failed, ready: false, containers, ..pod("web", "a", "1") });
        assert_eq!(s.status("web", 0), format!("Degraded · {words}"));
    }
    s.put(deployment("web", 1, 1));
    s.put(pod("web", "a", "2"));
    assert_eq!(s.status("web", 0), "Healthy");
}

#[test]
fn rule_5d_short_for_longer_than_the_deadline() {
    let mut s = Scene::new().with(deployment("web", 3, 2));
    // Since when the others are ready is no matter.
    ["1", "2"].iter().for_each(|t| s.put(PodRow { ready_since: Some(at(-30)), ..pod("web", "a", t) }));
    s.put(unready("web", "a", "3", -600));
    assert_eq!(s.status("web", 0), "Running · 2/3");
    assert_eq!(s.status("web", 1), "Degraded · 2/3 available for 10m");
    // Only a DaemonSet wants its pods on just these nodes.
    s.put(PodRow { node: Some("n3".into()), ..unready("web", "a", "3", -600) });
    s.put(NodeRow { name: "n3".into(), created: Some(at(-86_400)), ..NodeRow::default() });
    assert_eq!(s.status("web", 1), "Degraded · 2/3 available for 10m, n3 is not ready");
    s.put(WorkloadRow { progress_deadline: Some(900), ..deployment("web", 3, 2) });
    assert_eq!(s.status("web", 1), "Running · 2/3, n3 is not ready");
}

#[test]
fn rule_5d_a_daemonset_is_not_short_of_pods_on_nodes_that_are_not_ready_cordoned_or_new() {
    let agent = || workload(WorkloadKind::DaemonSet, "agent", 3, 2);
    let on = |node: &str, ready| PodRow {
        name: format!("agent-{node}").into(),
        labels: labels(&[("app", "agent"), ("controller-revision-hash", "a")]),
        owner: Some(owner("DaemonSet", "agent").into()),
        node: Some(node.into()),
        ready,
        ready_since: Some(at(-7000)),
        ..pod("agent", "a", node)
    };
    let node =
        |name: &str, ready| NodeRow { name: name.into(), ready, created: Some(at(-86_400)), ..NodeRow::default() };
    let mut s = Scene::new().with(agent()).with(on("n1", true)).with(on("n2", true)).with(on("n3", false));
    ["n1", "n2", "n3"].iter().for_each(|n| s.put(node(n, true)));
    assert!(s.status("agent", 0).starts_with("Degraded"));
    s.put(node("n3", false));
    assert_eq!(s.status("agent", 0), "Running · 1 pod on nodes that are not ready");
    assert!(s.service("agent", 0).available);
    s.put(NodeRow { cordoned: true, ..node("n3", true) });
    assert!(s.status("agent", 0).starts_with("Running"));
    s.put(NodeRow { created: Some(at(-600)), ..node("n3", true) });
    assert!(s.status("agent", 0).starts_with("Running"));
    assert!(s.status("agent", 1).starts_with("Degraded"), "ten minutes are over");
    // A node that is unfit and serves all the same excuses none that is missing elsewhere.
    s.put(node("n3", true));
    s.put(NodeRow { cordoned: true, ..node("n1", true) });
    assert!(s.status("agent", 1).starts_with("Degraded"));
}

#[test]
fn rule_5e_a_service_selects_it_and_has_had_no_ready_endpoint_for_30_s() {
    let ready = PodRow { ready_since: Some(at(-30)), ..pod("web", "a", "1") };
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(ready).with(kube_service("web", "web"));
    assert_eq!(s.status("web", 0), "Healthy", "no slice at all is no verdict");
    s.put(slice("web", 0, 1));
    assert_eq!(s.status("web", 0), "Healthy");
    assert_eq!(s.status("web", 1), "Degraded · Service web has no ready endpoint");
    s.put(slice("web", 1, 1));
    assert_eq!(s.status("web", 1), "Healthy");
    s.put(slice("web", 0, 1));
    let mut unread = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1"));
    unread.put(kube_service("web", "web"));
    unread.put(slice("web", 0, 1));
    let mut unread = unread.data(Kind::EndpointSlice, denied());
    assert_eq!(unread.status("web", 1), "Healthy", "slices that can't be read are no verdict");
    s.put(kube_service("web", "other"));
    assert_eq!(s.status("web", 1), "Healthy", "it selects others");
    // One that starts for the first time has had no endpoint yet.
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(unready("web", "a", "1", -60));
    s.put(kube_service("web", "web"));
    s.put(slice("web", 0, 1));
    assert_eq!(s.status("web", 0), "Starting · 0 of 1 ready");
}

#[test]
fn rule_6_starting_has_no_earlier_revision_and_no_pod_that_was_ever_ready() {
    let mut s = Scene::new().with(deployment("web", 3, 0)).with(unready("web", "a", "1", -20));
    assert_eq!(s.status("web", 0), "Starting · 0 of 3 ready");
    s.put(WorkloadRow { revision: Some(5), ..deployment("web", 3, 0) });
    assert_eq!(s.status("web", 0), "Progressing · 0 of 3 ready", "it has run before");
    let new = WorkloadRow { observed_generation: 0, ..deployment("web", 3, 0) };
    assert_eq!(Scene::new().with(new).status("web", 0), "Starting · 0 of 3 ready");
    // What kennel starts is starting, however many revisions it has had.
    let action = Action::Scale(Scale { from: 0, to: 3, remember: false, forget: vec![] });
    let steps = || vec![step("Deployment", "web", action.clone(), StepResult::Done)];
    let row = |state| noted(Journal { verb: Verb::Start, state, steps: steps(), ..journal(at(-5)) });
    s.put(row(OperationState::Running));
    assert_eq!(s.status("web", 0), "Starting · 0 of 3 ready");
    s.put(row(OperationState::Done));
    assert_eq!(s.status("web", 0), "Progressing · 0 of 3 ready");
    let mut up = Scene::new().with(deployment("web", 3, 3)).with(row(OperationState::Running));
    assert_eq!(up.status("web", 0), "Healthy", "it has been started, others not yet");
}

#[test]
fn rule_7_progressing_in_kubectls_order() {
    let rolling = |updated, replicas, available, wanted| WorkloadRow {
        counts: Counts { replicas, updated, ready: available, available, ..Counts::default() },
        conditions: Box::new([condition("Progressing", true, "ReplicaSetUpdated", -40)]),
        revision: Some(2),
        ..deployment("web", wanted, available)
    };
    let of = |row: WorkloadRow| {
        let mut s = Scene::new().with(row);
        s.put(pod("web", "old", "1"));
        s.put(unready("web", "new", "2", -45));
        s.status("web", 0)
    };
    assert_eq!(of(rolling(1, 2, 1, 2)), "Progressing · 1 of 2 new, 40s of 600s");
    assert_eq!(of(rolling(2, 3, 2, 2)), "Progressing · 1 old pod left, 40s of 600s");
    assert_eq!(of(rolling(2, 2, 1, 2)), "Progressing · 1 of 2 new, 40s of 600s");
    assert!(!of(rolling(2, 2, 2, 2)).starts_with("Progressing"), "all are new and available");
    let seen = WorkloadRow { observed_generation: 0, ..deployment("web", 1, 1) };
    assert_eq!(of(seen), "Progressing · waits for its controller");
    assert_eq!(of(WorkloadRow { paused: true, ..rolling(1, 2, 2, 2) }), "Progressing · paused, 1 of 2 new");
    // Complete, and one pod was lost later: no rollout.
    let lost = WorkloadRow { revision: Some(2), ..deployment("web", 2, 1) };
    assert_eq!(of(lost), "Running · 1/2");
}

#[test]
fn rule_7_a_statefulset_rolls_by_revision_and_respects_its_partition() {
    let db = |updated, partition, revisions: (&str, &str)| WorkloadRow {
        counts: Counts { replicas: 3, updated, ready: 3, available: 3, ..Counts::default() },
        partition,
        revisions: Some((revisions.0.into(), revisions.1.into())),
        ..workload(WorkloadKind::StatefulSet, "db", 3, 3)
    };
    let of = |row| Scene::new().with(row).status("db", 0);
    assert_eq!(of(db(1, 0, ("a", "b"))), "Progressing · 1 of 3 new");
    assert_eq!(of(db(1, 2, ("a", "b"))), "Healthy", "the partition keeps the others");
    assert_eq!(of(db(3, 0, ("a", "a"))), "Healthy");
    assert_eq!(of(db(0, 0, ("a", "a"))), "Healthy", "one revision: nothing is to be made new");
    assert_eq!(of(db(0, 0, ("a", ""))), "Healthy");
    assert_eq!(of(WorkloadRow { on_delete: true, ..db(1, 0, ("a", "b")) }), "Healthy");
    let shrinking = WorkloadRow { desired: 2, ..db(3, 0, ("a", "a")) };
    assert_eq!(of(shrinking), "Progressing · 3 → 2");
}

#[test]
fn rule_7_a_daemonset_rolls_unless_it_waits_for_deletes() {
    let agent = WorkloadRow {
        counts: Counts { replicas: 3, updated: 1, ready: 3, available: 3, ..Counts::default() },
        ..workload(WorkloadKind::DaemonSet, "agent", 3, 3)
    };
    assert_eq!(Scene::new().with(agent.clone()).status("agent", 0), "Progressing · 1 of 3 new");
    let on_delete = WorkloadRow { on_delete: true, ..agent };
    assert_eq!(Scene::new().with(on_delete).status("agent", 0), "Healthy");
}

#[test]
fn rule_8_running_is_alive_but_not_all_or_not_provable() {
    let mut s = Scene::new().with(deployment("web", 3, 2));
    ["1", "2"].iter().for_each(|t| s.put(pod("web", "a", t)));
    s.put(unready("web", "a", "3", -60));
    assert_eq!(s.status("web", 0), "Running · 2/3");
    s.put(WorkloadRow { paused: true, ..deployment("web", 2, 2) });
    assert_eq!(s.status("web", 0), "Running · paused");
    let unprobed = WorkloadRow {
        template: Template { labels: labels(&[("app", "web")]), ..Template::default() },
        ..deployment("web", 2, 2)
    };
    s.put(unprobed);
    assert_eq!(s.status("web", 0), "Running");
    s.put(kube_service("web", "web"));
    assert_eq!(s.status("web", 0), "Healthy", "a Service calls it");
}

#[test]
fn rule_8_a_count_that_its_autoscaler_changes_is_no_update() {
    let scaled = || WorkloadRow {
        counts: Counts { replicas: 3, updated: 3, ready: 3, available: 3, ..Counts::default() },
        ..deployment("web", 6, 3)
    };
    let mut s = Scene::new().with(scaled());
    assert_eq!(s.status("web", 0), "Progressing · 3 of 6 new");
    s.put(AutoscalerRow { current: Some(3), desired: Some(6), last_scale: Some(at(-10)), ..autoscaler("web") });
    assert_eq!(s.status("web", 0), "Running · scaling 3→6");
    // It has said its last word, and the pods are still to come.
    s.put(AutoscalerRow { current: Some(6), desired: Some(6), last_scale: Some(at(-10)), ..autoscaler("web") });
    assert!(s.status("web", 0).starts_with("Running"), "{}", s.status("web", 0));
    // The count is somebody else's.
    s.put(AutoscalerRow { current: Some(3), desired: Some(3), last_scale: Some(at(-10)), ..autoscaler("web") });
    assert_eq!(s.status("web", 0), "Progressing · 3 of 6 new");
}

#[test]
fn rule_9_healthy_otherwise() {
    assert_eq!(Scene::new().with(deployment("web", 2, 2)).status("web", 0), "Healthy");
    assert_eq!(Scene::new().with(workload(WorkloadKind::StatefulSet, "db", 1, 1)).status("db", 0), "Healthy");
    assert_eq!(Scene::new().with(workload(WorkloadKind::DaemonSet, "agent", 5, 5)).status("agent", 0), "Healthy");
}

#[test]
fn the_worst_of_several_is_in_the_pages_order() {
    let page = "Degraded > Release Failed > Missing > Stopping > Progressing > Starting > Stopped > Running > Healthy";
    let mut all = Status::ALL;
    all.reverse();
    all.sort_by_key(|s| s.rank());
    assert_eq!(all.map(Status::word).join(" > "), format!("{page} > N/A"));
}

#[test]
fn a_rule_whose_kind_has_not_arrived_is_skipped_and_the_status_is_provisional() {
    let web = || Scene::new().with(deployment("web", 1, 1)).with(crashing("web", "a", "1", -60));
    let mut s = web().data(Kind::Pod, DataState::Loading { got: 0, of: None });
    assert_eq!(s.status("web", 0), "Healthy");
    assert!(s.service("web", 0).provisional && s.environment(0).provisional);
    let mut s = s.data(Kind::Pod, DataState::Live);
    assert_eq!(s.status("web", 0), "Degraded · crash-loops");
    assert!(!s.service("web", 0).provisional && !s.environment(0).provisional);
    let mut s = web().data(Kind::Pod, denied());
    assert_eq!(s.status("web", 0), "Healthy");
    assert!(!s.service("web", 0).provisional, "forbidden is skipped for good");
}
