//! What is said beside a status: what pods wait for, and what only events tell.

use super::*;
use crate::domain::row::EventRow;

fn event(kind: &str, name: &str, reason: &str, message: &str, first: i64, last: i64) -> EventRow {
    EventRow {
        name: format!("{name}.{reason}").into(),
        namespace: NS.into(),
        object: ObjectId::new(Api::referred("", kind), NS, name),
        warning: true,
        reason: reason.into(),
        message: message.into(),
        count: 3,
        first: Some(at(first)),
        last: Some(at(last)),
        source: "controller".into(),
    }
}

#[test]
fn a_stateful_set_whose_pods_are_refused_says_why_before_its_deadline_and_after() {
    let why =
        "create Pod db-1 in StatefulSet db failed error: pods \"db-1\" is forbidden: exceeded quota: small, used: 3";
    let refused = |last| event("StatefulSet", "db", "FailedCreate", why, -3000, last);
    let row = |wanted, available| {
        let counts = Counts {
            replicas: available,
            updated: available,
            ..workload(WorkloadKind::StatefulSet, "db", wanted, available).counts
        };
        WorkloadRow { counts, ..workload(WorkloadKind::StatefulSet, "db", wanted, available) }
    };
    let of = |n: u32| PodRow { owner: Some(owner("StatefulSet", "db").into()), ..pod("db", "a", &n.to_string()) };
    let mut s = Scene::new().with(row(2, 0));
    assert_eq!(s.status("db", 0), "Starting · 0 of 2 ready");
    s.put(refused(-30));
    assert_eq!(s.status("db", 0), "Starting · cannot make pods: exceeded quota: small, used: 3");
    assert_eq!(s.phase(0), "Initializing · db exceeds the quota");
    assert_eq!(s.status("db", 1300), "Starting · 0 of 2 ready", "its controller would have tried again");

    let mut s = Scene::new().with(row(2, 1)).with(of(0)).with(refused(-30));
    assert_eq!(s.status("db", 0), "Running · 1/2, exceeds the quota");
    s.put(PodRow { created: Some(at(-20)), ready: false, ready_since: Some(at(-20)), ..of(1) });
    assert_eq!(s.status("db", 0), "Running · 1/2", "it has been made since");

    let lost = PodRow { created: Some(at(-3000)), ready: false, ready_since: Some(at(-700)), ..of(0) };
    let mut s = Scene::new().with(row(3, 1)).with(lost).with(of(1)).with(refused(-30));
    assert_eq!(s.status("db", 0), "Degraded · cannot make pods: exceeded quota: small, used: 3");
    s.0.apply(Change::Gone { of: Kind::Event.into(), namespace: NS.into(), name: "db.FailedCreate".into() });
    assert_eq!(s.status("db", 0), "Degraded · 1/3 available for 11m");
}

#[test]
fn what_starts_or_rolls_out_says_what_its_pods_wait_for() {
    let message = "0/6 nodes are available: 6 Insufficient cpu. preemption: none";
    let waits = |hash: &str| PodRow {
        node: None,
        unschedulable: Some(at(-60)),
        unschedulable_message: Some(message.into()),
        ..unready("web", hash, "1", -60)
    };
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(waits("a"));
    assert_eq!(s.status("web", 0), "Starting · no node has the cpu");
    let rolls = WorkloadRow {
        counts: Counts { replicas: 3, updated: 1, ..deployment("web", 2, 2).counts },
        revision: Some(2),
        ..deployment("web", 2, 2)
    };
    let mut s = Scene::new().with(rolls).with(pod("web", "a", "7")).with(pod("web", "a", "8")).with(waits("b"));
    assert_eq!(s.status("web", 0), "Progressing · 1 of 2 new, no node has the cpu, 60s of 600s");
}

#[test]
fn a_crash_loop_is_as_old_as_its_back_off_however_often_its_readiness_flips() {
    let run = |from, to| Termination { started: Some(at(from)), finished: Some(at(to)), ..Termination::default() };
    let of = |lost: i64, last: Termination| {
        let c =
            ContainerRow { restarts: 9, last: Some(Box::new(last)), ..container("web", waiting("CrashLoopBackOff")) };
        PodRow { containers: Box::new([c]), ready_since: Some(at(lost)), ..unready("web", "a", "1", -90_000) }
    };
    let text = "Back-off restarting failed container web in pod web-a-1";
    let back_off = |last| event("Pod", "web-a-1", "BackOff", text, -7200, last);
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(back_off(-10));
    for lost in [-400, -20] {
        s.put(of(lost, run(lost - 30, lost)));
        assert_eq!(s.service("web", 0).since, Some(at(-7200)), "lost at {lost}");
    }
    s.put(of(-20, run(-5000, -20)));
    assert_eq!(s.service("web", 0).since, Some(at(-20)), "before that it ran for long");
    s.put(of(-20, run(-50, -20)));
    s.put(back_off(-3000));
    assert_eq!(s.service("web", 0).since, Some(at(-20)), "that one was over");
}

#[test]
fn a_cron_job_that_a_stop_suspended_says_so_and_one_that_was_suspended_before_does_not() {
    let cron = |before: Option<&str>| {
        let annotations = before.map(|b| labels(&[("kennel.dev/suspend", b)])).unwrap_or_default();
        CronJobRow { meta: Meta { annotations, ..meta("nightly") }, suspended: true, ..CronJobRow::default() }
    };
    let why = |s: &mut Scene| s.environment(0).tasks[0].reason.clone().unwrap().to_string();
    assert_eq!(why(&mut Scene::new().with(cron(None))), "suspended");
    assert_eq!(why(&mut Scene::new().with(cron(Some("true")))), "suspended");
    let mut s = Scene::new().with(cron(Some("false")));
    assert_eq!(why(&mut s), "stopped by kennel");
    let action = Action::Suspend(crate::domain::operation::Suspend { from: false, to: true, remember: true });
    let steps = vec![step("CronJob", "nightly", action, StepResult::Done)];
    s.put(noted(Journal { verb: Verb::Stop, state: OperationState::Done, steps, ..journal(at(-20)) }));
    assert_eq!(why(&mut s), "stopped 20s ago by maria");
}

#[test]
fn pods_that_could_not_be_made_are_one_line_whatever_their_names_were_to_be() {
    let refused = |pod: &str, prefix: &str, last| EventRow {
        name: format!("web-a.{pod}").into(),
        ..event(
            "ReplicaSet",
            "web-a",
            "FailedCreate",
            &format!("{prefix}Error creating: pods \"web-a-{pod}\" is forbidden: exceeded quota: small"),
            -90,
            last,
        )
    };
    let mut s = Scene::new().with(refused("wmm9h", "", -80)).with(refused("l4dhc", "", -60));
    s.put(refused("q7njw", "(combined from similar events): ", -40));
    let events = &s.environment(0).events;
    assert_eq!(events.iter().map(|e| (e.count, e.time)).collect::<Vec<_>>(), [(9, Some(at(-40)))]);
}

#[test]
fn a_pod_that_finds_no_node_is_one_line_for_each_reason_however_many_nodes_there_are() {
    let unplaced = |n: &str, message: &str, last| EventRow {
        name: format!("web.{n}").into(),
        ..event("Pod", "web-a-1", "FailedScheduling", message, -90, last)
    };
    let mut s = Scene::new();
    s.put(unplaced("1", "0/20 nodes are available: 20 Insufficient cpu. preemption: 0/20 nodes are available", -80));
    s.put(unplaced("2", "0/20 nodes are available: 3 node(s) had untolerated taint {a: b}, 17 Insufficient cpu.", -60));
    s.put(unplaced("3", "0/20 nodes are available: 20 Insufficient memory.", -40));
    let lines: Vec<_> = s.environment(0).events.iter().map(|e| (e.message.to_string(), e.time)).collect();
    let newest = "0/20 nodes are available: 3 node(s) had untolerated taint {a: b}, 17 Insufficient cpu.".to_owned();
    assert_eq!(
        lines,
        [("0/20 nodes are available: 20 Insufficient memory.".to_owned(), Some(at(-40))), (newest, Some(at(-60)))]
    );
}

#[test]
fn a_deployment_that_is_paused_before_it_ever_ran_says_so() {
    let counts = Counts { replicas: 0, updated: 0, ..deployment("web", 2, 0).counts };
    let paused = WorkloadRow { paused: true, counts, ..deployment("web", 2, 0) };
    assert_eq!(Scene::new().with(paused).status("web", 0), "Starting · paused");
}

#[test]
fn a_failing_probe_is_named_with_its_answer_and_count_wherever_its_service_is_short() {
    const REFUSED: &str = "Readiness probe failed: HTTP probe failed with statuscode: 503";
    let unhealthy = |pod: &str, message: &str, count, last| EventRow {
        count,
        name: format!("{pod}.{count}").into(),
        ..event("Pod", pod, "Unhealthy", message, -700, last)
    };
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(unready("web", "a", "1", -60));
    s.put(unhealthy("web-a-1", REFUSED, 45, -5));
    assert_eq!(s.status("web", 0), "Starting · readiness fails ×45: HTTP 503 (GET :8080/ready)");
    assert_eq!(s.phase(0), "Initializing · web readiness: HTTP 503");
    s.put(unhealthy("web-a-1", "Readiness probe failed: dial tcp 10.0.0.1:80: connect: connection refused", 5, -50));
    assert_eq!(
        s.status("web", 0),
        "Starting · readiness fails ×50: HTTP 503 (GET :8080/ready)",
        "counted together, the newest answer"
    );
    assert_eq!(s.status("web", 900), "Degraded · 0/1 available for 16m", "the kubelet would have said it again");

    let lost = |at_| PodRow { ready: false, ready_since: Some(at(at_)), ..pod("web", "a", "2") };
    let mut s = Scene::new().with(deployment("web", 2, 1)).with(pod("web", "a", "1")).with(lost(-30));
    s.put(unhealthy("web-a-2", REFUSED, 3, -5));
    s.put(unhealthy("web-a-1", REFUSED, 9, -4));
    assert_eq!(
        s.status("web", 0),
        "Running · 1/2, readiness fails ×3: HTTP 503 (GET :8080/ready)",
        "one that is ready has got over it"
    );
    s.put(lost(-700));
    assert_eq!(s.status("web", 0), "Degraded · 1/2 available for 11m, readiness fails ×3: HTTP 503 (GET :8080/ready)");
    s.put(deployment("web", 1, 0));
    s.put(PodRow { deleted: Some(at(-5)), ..pod("web", "a", "1") });
    s.put(PodRow { ready_since: Some(at(-120)), ..lost(-120) });
    assert_eq!(s.status("web", 0), "Degraded · down 2m, readiness fails ×3: HTTP 503 (GET :8080/ready)");
}

#[test]
fn a_probe_that_kills_is_why_a_container_restarts() {
    let killed = "Liveness probe failed: Get \"http://10.0.0.1/\": dial tcp 10.0.0.1:80: connect: connection refused";
    let liveness = |last| EventRow { count: 9, ..event("Pod", "web-a-1", "Unhealthy", killed, -600, last) };
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(crashing("web", "a", "1", -300));
    assert_eq!(s.status("web", 0), "Degraded · crash-loops");
    s.put(liveness(-20));
    assert_eq!(s.status("web", 0), "Degraded · crash-loops, liveness fails ×9: connection refused");
    assert_eq!(s.phase(0), "Error · web crash-loops");
    let readiness = "Readiness probe failed: HTTP probe failed with statuscode: 503";
    s.put(EventRow { name: "r".into(), ..event("Pod", "web-a-1", "Unhealthy", readiness, -90, -2) });
    assert_eq!(
        s.status("web", 0),
        "Degraded · crash-loops, liveness fails ×9: connection refused",
        "that kills nothing"
    );
    s.put(liveness(-700));
    assert_eq!(s.status("web", 0), "Degraded · crash-loops");
}

#[test]
fn an_image_whose_registry_cannot_be_reached_keeps_its_host() {
    let image = "registry.example.internal/acme/web:1";
    let pulls = |message: Option<&str>| {
        let state = ContainerState::Waiting { reason: "ImagePullBackOff".into(), message: message.map(Into::into) };
        let container = ContainerRow { image: image.into(), ..container("web", state) };
        PodRow { containers: Box::new([container]), ..unready("web", "a", "1", -60) }
    };
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(pulls(None));
    assert_eq!(s.status("web", 0), "Degraded · cannot pull acme/web:1");
    let failed = |why: &str| {
        let message =
            format!("Failed to pull image \"{image}\": failed to do request: Head \"https://x\": dial tcp: {why}");
        event("Pod", "web-a-1", "Failed", &message, -50, -5)
    };
    for (said, why) in [
        ("lookup registry.example.internal on 10.0.0.10:53: no such host", "unknown host"),
        ("10.1.2.3:443: connect: connection refused", "refused"),
        ("10.1.2.3:443: i/o timeout", "no answer"),
        ("tls: failed to verify certificate: x509: certificate signed by unknown authority", "TLS fails"),
    ] {
        s.put(failed(said));
        let words = format!("cannot pull acme/web:1 from registry.example.internal: {why}");
        assert_eq!(s.status("web", 0), format!("Degraded · {words}"));
    }
    assert_eq!(s.phase(0), "Error · web cannot reach its registry");
    s.put(failed("web:1: not found"));
    assert_eq!(s.status("web", 0), "Degraded · cannot pull acme/web:1", "the registry answers");
    s.put(pulls(Some("Back-off pulling image: ErrImagePull: dial tcp: lookup x: no such host")));
    let words = "Degraded · cannot pull acme/web:1 from registry.example.internal: unknown host";
    assert_eq!(s.status("web", 0), words, "newer kubelets say it in the pod");
}

#[test]
fn what_the_kubelet_cannot_set_up_is_said_although_only_events_tell() {
    let waits = || PodRow {
        containers: Box::new([container("web", waiting("ContainerCreating"))]),
        ..unready("web", "a", "1", -60)
    };
    let of = |reason: &str, message: &str| {
        let mut s = Scene::new().with(deployment("web", 1, 0)).with(waits());
        s.put(event("Pod", "web-a-1", reason, message, -50, -5));
        s.status("web", 0)
    };
    let killed = "Failed to create pod sandbox: rpc error: OCI runtime create failed: runc create failed: unable to start \
                  container process: container init was OOM-killed (memory limit too low?): unknown";
    assert_eq!(of("FailedCreatePodSandBox", killed), "Starting · out of memory at its start: the limit is too low");
    let mount = "MountVolume.SetUp failed for volume \"c\" : secret \"db\" not found";
    assert_eq!(of("FailedMount", mount), "Starting · lacks secret db");
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1"));
    s.put(event("Pod", "web-a-1", "FailedMount", mount, -50, -5));
    assert_eq!(s.status("web", 0), "Healthy", "it has started since");
}

#[test]
fn pods_that_ended_alike_are_counted_beside_what_serves() {
    let evicted = |tail: &str, message: &str| PodRow {
        phase: PodPhase::Failed,
        ready: false,
        reason: Some("Evicted".into()),
        message: Some(message.into()),
        ..pod("web", "a", tail)
    };
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "live"));
    let low = "The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi, available: 12Mi. ";
    (0..500).for_each(|n| s.put(evicted(&n.to_string(), low)));
    s.put(evicted("x", "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. "));
    let web = s.service("web", 0);
    assert_eq!(
        (web.status.word(), web.secondary.as_deref()),
        ("Healthy", Some("500 evicted: low on ephemeral-storage"))
    );
}

#[test]
fn a_crash_in_a_sidecar_is_told_as_the_sidecars() {
    let bad = |name: &str, reason: &str| {
        let app = container("web", ContainerState::Running(Some(at(-60))));
        PodRow { containers: Box::new([app, container(name, waiting(reason))]), ..unready("web", "a", "1", -60) }
    };
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(bad("envoy", "CrashLoopBackOff"));
    assert_eq!(s.status("web", 0), "Degraded · container envoy crash-loops");
    assert_eq!(s.phase(0), "Error · web envoy crash-loops");
    s.put(bad("a-sidecar-with-a-long-name", "CrashLoopBackOff"));
    assert_eq!(s.service("web", 0).brief.as_deref(), Some("crash-loops"));
    s.put(bad("envoy", "ErrImagePull"));
    assert_eq!(s.status("web", 0), "Degraded · cannot pull acme/envoy:1", "the image tells whose it is");
}

#[test]
fn a_preempted_pod_says_who_preempted_it_whichever_comes_first() {
    let uid = "ab2393e6-c2e5-4871-96b3-426d89d2afba";
    let event = EventRow {
        name: "e".into(),
        namespace: NS.into(),
        object: ObjectId::new(Kind::Pod, NS, "web-a-old"),
        reason: "Preempted".into(),
        message: format!("Preempted by pod {uid} on node node-1").into(),
        last: Some(at(-30)),
        ..EventRow::default()
    };
    let message = Some("0/1 nodes are available: 1 Insufficient cpu.".into());
    let waits = PodRow {
        node: None,
        unschedulable: Some(at(-20)),
        unschedulable_message: message,
        ..unready("web", "a", "1", -20)
    };
    let big = |namespace: &str| PodRow { namespace: namespace.into(), uid: uid.into(), ..pod("big", "b", "1") };
    let scene = || Scene::new().with(deployment("web", 1, 0)).with(waits.clone());
    let mut s = scene().with(event.clone());
    assert_eq!(s.status("web", 0), "Starting · no node has the cpu, preempted by another pod");
    s.put(big("prod"));
    let words = "no node has the cpu, preempted by prod/big-b-1";
    assert_eq!(s.status("web", 0), format!("Starting · {words}"));
    assert_eq!(s.environment(0).events[0].message, "Preempted by pod prod/big-b-1 on node node-1");
    assert_eq!(s.service("web", 0).brief.as_deref(), Some("no node has the cpu"));
    let mut s = scene().with(big("prod")).with(event.clone());
    assert_eq!(s.status("web", 300), format!("Degraded · {words}"));
    let mut s = scene().with(big(NS)).with(EventRow { message: "Preempted by shop/x on node n".into(), ..event });
    assert_eq!(s.status("web", 0), "Starting · no node has the cpu, preempted by shop/x", "as older schedulers say it");
}
