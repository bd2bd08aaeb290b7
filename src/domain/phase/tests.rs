//! One test per rule of operations.md, "Phase of an environment".

use super::{Phase, order, rank};
use crate::domain::data::DataState;
use crate::domain::environment::{Environment, Operation, Tombstone};
use crate::domain::fixture::*;
use crate::domain::issue::{Category, Issue, IssueId, Severity};
use crate::domain::model::{Change, DeadHolder};
use crate::domain::operation::parts::{self, Part};
use crate::domain::operation::{Action, Journal, JournalStep, OperationState, Pause, StepResult, Verb};
use crate::domain::row::{
    CronJobRow, JobRow, JournalRow, Meta, NamespaceRow, PartRow, ReleaseRow, ScaledObjectRow, WorkloadKind, WorkloadRow,
};
use crate::domain::service::Service;
use crate::domain::status::Status;
use crate::domain::{Kind, ObjectId};
use std::sync::Arc;

fn stopped(name: &str) -> WorkloadRow {
    let meta = Meta { annotations: labels(&[("kennel.dev/replicas", "1")]), ..meta(name) };
    WorkloadRow { meta, ..deployment(name, 0, 0) }
}

fn journal(verb: Verb, state: OperationState, over: &[&str]) -> JournalRow {
    let step = |(id, name): (u32, &&str)| {
        let result = if id == 1 { StepResult::Done } else { StepResult::Pending };
        JournalStep { id, ..step("Deployment", name, to_zero(), result) }
    };
    noted(Journal {
        id: "op-1".into(),
        verb,
        holder: "jonas".into(),
        started_at: at(-100),
        ended_at: matches!(state, OperationState::Done | OperationState::Failed).then(|| at(-10_800)),
        state,
        steps: (1..).zip(over).map(step).collect(),
        ..crate::domain::fixture::journal(at(-50))
    })
}

#[test]
fn rule_1_destroyed_is_a_namespace_that_is_gone_and_whose_tombstone_is_kept() {
    let tombstone = |uid: &str| Tombstone {
        namespace: "shop-old".into(),
        uid: uid.into(),
        project: "shop".into(),
        name: "old".into(),
        who: Some("maria".into()),
        at: at(-7200),
    };
    let mut s = Scene::new();
    let old = |s: &mut Scene| s.0.picture(at(0)).namespace("shop-old").cloned();
    s.0.apply(Change::Destroyed(tombstone("u-1")));
    let e = old(&mut s).unwrap();
    assert_eq!(
        (e.phase, e.reason.as_deref(), e.path()),
        (Phase::Destroyed, Some("destroyed 2h ago by maria"), "shop/old".into())
    );
    assert_eq!((e.total, rank(&e)), (0, 9));
    // One of that name that is there again is another environment, and stays one when it goes.
    let again = |uid: &str| {
        let meta = Meta { name: "shop-old".into(), uid: uid.into(), ..namespace().meta };
        NamespaceRow { meta, ..namespace() }
    };
    s.put(again("u-2"));
    assert_eq!(old(&mut s).unwrap().phase, Phase::ServiceUnavailable);
    let gone = || Change::Gone { of: Kind::Namespace.into(), namespace: "".into(), name: "shop-old".into() };
    s.0.apply(gone());
    assert!(old(&mut s).is_none());
    // While the namespace has not gone it is no tombstone's turn; then it is, until it is dismissed.
    s.put(again("u-3"));
    s.0.apply(Change::Destroyed(tombstone("u-3")));
    assert_eq!(old(&mut s).unwrap().phase, Phase::ServiceUnavailable);
    s.0.apply(gone());
    assert_eq!(old(&mut s).unwrap().phase, Phase::Destroyed);
    s.0.apply(Change::Dismissed("shop-old".into()));
    assert!(old(&mut s).is_none());
}

#[test]
fn rule_2_destroying_and_destroy_failed() {
    let going = |deleted| {
        let meta = Meta { deleted: Some(at(deleted)), ..namespace().meta };
        NamespaceRow { meta, terminating: true, ..namespace() }
    };
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(going(-600));
    assert_eq!(s.phase(0), "Destroying · 1 service left");
    assert_eq!(s.phase(1), "Destroy Failed · still there after 10m");
    let finalizers = crate::domain::row::Condition {
        message: "Some content has finalizers remaining: x.io/f in 1 resource instances".into(),
        ..condition("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", -5)
    };
    s.put(NamespaceRow { conditions: Box::new([finalizers]), ..going(-601) });
    let e = s.environment(1);
    assert!(e.blocked_by.as_deref().unwrap().contains("x.io/f"));
    assert_eq!(s.phase(1), "Destroy Failed · finalizers remain: x.io/f", "in the fewest words");
    let mut s = Scene::new().with(journal(Verb::Destroy, OperationState::Failed, &[]));
    assert_eq!(s.environment(0).phase, Phase::DestroyFailed);
    let mut s = Scene::new().with(journal(Verb::Destroy, OperationState::Running, &[]));
    assert_eq!(s.environment(0).phase, Phase::Destroying);
    let mut s = Scene::new().with(journal(Verb::Destroy, OperationState::Undone, &[]));
    assert_eq!(s.environment(0).phase, Phase::ServiceUnavailable, "it was called off");
}

#[test]
fn rule_3_only_daemonsets_can_be_judged_without_and_unknown_says_which_kinds() {
    let denied = || DataState::Forbidden { why: "no".into() };
    let mut s = Scene::new().with(deployment("web", 1, 1)).data(Kind::DaemonSet, denied());
    assert_eq!(s.phase(0), "Active · ? no access: daemonsets");
    let mut s = s.data(Kind::StatefulSet, denied()).data(Kind::Deployment, denied());
    assert_eq!(s.phase(0), "Unknown · no access: workloads");
    let mut s = s.data(Kind::Deployment, DataState::Idle);
    assert_eq!(s.phase(0), "Unknown · waiting for deployments");
    assert!(s.environment(0).provisional);
}

#[test]
fn rule_3_a_namespace_that_was_listed_alone_is_judged_whatever_the_whole_kinds_state() {
    let mut s = Scene::new().with(deployment("web", 1, 1));
    for kind in [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet] {
        s = s.data(kind, DataState::Forbidden { why: "no".into() });
    }
    assert_eq!(s.environment(0).phase, Phase::Unknown);
    s.0.apply(Change::Begin { of: Kind::Deployment.into(), namespace: Some(NS.into()) });
    s.put(deployment("web", 1, 1));
    s.0.apply(Change::End { of: Kind::Deployment.into(), namespace: Some(NS.into()) });
    assert_eq!(s.phase(0), "Unknown · no access: statefulsets, daemonsets");
    s.0.apply(Change::Begin { of: Kind::StatefulSet.into(), namespace: Some(NS.into()) });
    s.0.apply(Change::End { of: Kind::StatefulSet.into(), namespace: Some(NS.into()) });
    assert_eq!(s.phase(0), "Active · ? no access: daemonsets");
}

#[test]
fn rule_3_without_deployments_or_stateful_sets_nothing_is_said_of_the_whole() {
    let state = |kind, state| Scene::new().with(stopped("web")).with(agent("logs")).data(kind, state);
    assert!(state(Kind::Deployment, DataState::Live).phase(0).starts_with("Unavailable"));
    for (kind, words) in [(Kind::Deployment, "deployments"), (Kind::StatefulSet, "statefulsets")] {
        let mut denied = state(kind, DataState::Forbidden { why: "no".into() });
        assert_eq!(denied.phase(0), format!("Unknown · no access: {words}"));
        assert_eq!(*denied.environment(0).unread, [kind]);
        let mut late = state(kind, DataState::Failed { why: "500".into(), retry: None });
        assert_eq!(late.phase(0), format!("Unknown · waiting for {words}"));
        assert_eq!((late.environment(0).provisional, &*late.environment(0).unread), (true, &[kind][..]));
        let mut polled = state(kind, DataState::Polled { forbidden: true, why: "no watch".into() });
        assert!(polled.phase(0).starts_with("Unavailable"), "asked again and again is as good as watched");
        assert!(polled.environment(0).unread.is_empty() && !polled.environment(0).provisional);
    }
}

fn agent(name: &str) -> WorkloadRow {
    workload(WorkloadKind::DaemonSet, name, 1, 1)
}

#[test]
fn rule_4_without_services_tasks_decide_and_nothing_is_service_unavailable() {
    let mut s = Scene::new();
    assert_eq!(s.phase(0), "Service Unavailable");
    s.put(CronJobRow { meta: meta("nightly"), ..CronJobRow::default() });
    assert_eq!(s.phase(0), "Active · 1 task");
    let conditions = Box::new([condition("Failed", true, "", -60)]);
    s.put(JobRow { meta: meta("import"), conditions, ..JobRow::default() });
    assert_eq!(s.phase(0), "Error · import failed");
}

#[test]
fn rule_5_a_live_stop_and_start_show_their_progress() {
    let mut s = Scene::new().with(stopped("web")).with(deployment("api", 1, 1));
    s.put(journal(Verb::Stop, OperationState::Running, &["web", "api"]));
    assert_eq!(s.phase(0), "Decommissioning Resources · 1 of 2 down");
    s.put(journal(Verb::Start, OperationState::Running, &["web", "api"]));
    assert_eq!(s.phase(0), "Provisioning Resources · 1 of 2 up");
    let mut undone = journal(Verb::Stop, OperationState::Running, &["web", "api"]);
    undone.journal.as_mut().unwrap().undoing = true;
    s.put(undone);
    assert_eq!(s.phase(0), "Provisioning Resources · 1 of 2 up", "a stop that is undone starts");
}

#[test]
fn rule_5_what_keda_takes_to_zero_for_a_stop_is_counted_by_its_target() {
    let mut row = journal(Verb::Stop, OperationState::Running, &["web"]);
    if let Ok(j) = &mut row.journal {
        j.steps[0].object = ObjectId::new(Kind::ScaledObject, NS, "so");
        j.steps[0].action = Action::Pause(Pause { from: None, to: Some("0".into()), remember: true });
    }
    let held = labels(&[("autoscaling.keda.sh/paused-replicas", "0"), ("kennel.dev/paused-replicas", "")]);
    let mut s = Scene::new().with(deployment("api", 1, 1)).with(row).with(ScaledObjectRow {
        meta: Meta { annotations: held, ..meta("so") },
        target: ObjectId::new(Kind::Deployment, NS, "web"),
        ..ScaledObjectRow::default()
    });
    s.put(deployment("web", 1, 1));
    assert_eq!(s.phase(0), "Decommissioning Resources · 0 of 1 down");
    s.put(deployment("web", 0, 0));
    assert_eq!(s.phase(0), "Decommissioning Resources · 1 of 1 down");
    let web = s.environment(0).services.iter().find(|s| s.object.name == "web").cloned().unwrap();
    assert_eq!(web.reason.as_deref(), Some("stopped 50s ago by jonas"));
}

#[test]
fn rule_5_an_operation_without_a_heartbeat_for_60_s_or_with_a_dead_holder_is_interrupted() {
    let running = || {
        Scene::new().with(stopped("web")).with(deployment("api", 1, 1)).with(journal(
            Verb::Stop,
            OperationState::Running,
            &["web", "api"],
        ))
    };
    let mut s = running();
    assert_eq!(s.environment(10).phase, Phase::Decommissioning);
    assert_eq!(s.0.next_deadline(), Some(at(11)), "time alone will interrupt it");
    assert_eq!(s.phase(11), "Partially Stopped · stop interrupted, 1 of 2 down");
    assert_eq!(rank(&s.environment(11)), 0);
    s.put(stopped("api"));
    assert_eq!(s.phase(11), "Unavailable · stop interrupted, 2 of 2 down", "though the journal has noted one");
    let mut s = running();
    let dead = |id: &str, process| {
        let holder = DeadHolder { id: id.into(), process, process_start: None };
        Change::HolderDead { namespace: NS.into(), holder }
    };
    s.0.apply(dead("another", 1));
    assert_eq!(s.environment(0).phase, Phase::Decommissioning);
    s.0.apply(dead("op-1", 1));
    assert_eq!(s.environment(0).operation.as_ref().unwrap().state, OperationState::Interrupted);
    let mut taken_over = journal(Verb::Stop, OperationState::Running, &["web", "api"]);
    taken_over.journal.as_mut().unwrap().process = 2;
    s.put(taken_over);
    assert_eq!(s.environment(0).phase, Phase::Decommissioning, "whoever goes on with it is not dead");
}

#[test]
fn rule_6_unavailable_when_all_that_a_stop_stops_is_stopped() {
    let mut s = Scene::new().with(stopped("web")).with(stopped("api"));
    assert_eq!(s.phase(0), "Unavailable · stopped by kennel");
    s.put(workload(WorkloadKind::DaemonSet, "agent", 3, 3));
    let never = Meta { annotations: labels(&[("kennel.dev/stop", "never")]), ..meta("vpn") };
    s.put(WorkloadRow { meta: never, ..deployment("vpn", 1, 1) });
    s.put(journal(Verb::Stop, OperationState::Done, &["web", "api"]));
    assert_eq!(s.phase(0), "Unavailable · stopped 3h ago by jonas, 2 left running");
    let e = s.environment(0);
    assert_eq!((e.available, e.total), (2, 4), "what runs on is counted as what it is");
    let mut s = Scene::new().with(deployment("web", 0, 0));
    assert_eq!(s.phase(0), "Unavailable · idle");
    s.put(workload(WorkloadKind::DaemonSet, "agent", 3, 3));
    assert_eq!(s.phase(0), "Active", "what a stop leaves alone is no sign of a stop");
    let mut s = Scene::new().with(workload(WorkloadKind::DaemonSet, "agent", 0, 0));
    assert_eq!(s.phase(0), "Unknown · agent no node wants it", "there is nothing to judge by");
    // What is never stopped and is at zero all the same does not run on.
    let both = labels(&[("kennel.dev/stop", "never"), ("kennel.dev/replicas", "1")]);
    let off = WorkloadRow { meta: Meta { annotations: both, ..meta("vpn") }, ..deployment("vpn", 0, 0) };
    assert_eq!(Scene::new().with(stopped("web")).with(off).phase(0), "Unavailable · stopped by kennel");
}

#[test]
fn rule_7_a_service_that_fails_outranks_one_that_is_off_or_rolling_out() {
    let mut s = Scene::new().with(deployment("checkout", 1, 0)).with(crashing("checkout", "a", "1", -60));
    s.put(stopped("mailer"));
    s.put(deployment("search", 2, 0));
    s.put(unready("search", "a", "2", -10));
    assert_eq!(s.phase(0), "Error · checkout crash-loops");
    s.put(crashing("search", "a", "2", -60));
    assert_eq!(s.phase(0), "Error · checkout crash-loops, 1 more");
    let e = s.environment(0);
    assert_eq!(e.services[0].object.name, "checkout", "worst first");
}

#[test]
fn rule_7_a_failed_release_while_all_serve_ranks_below_live_failures() {
    let helm = |name: &str| {
        let meta = Meta { annotations: labels(&[("meta.helm.sh/release-name", "shop")]), ..meta(name) };
        WorkloadRow { meta, ..deployment(name, 1, 1) }
    };
    let mut s = Scene::new().with(helm("web")).with(pod("web", "a", "1")).with(deployment("api", 1, 1));
    s.put(ReleaseRow {
        namespace: NS.into(),
        object: "r".into(),
        name: "shop".into(),
        status: "failed".into(),
        version: 1,
        at: None,
    });
    assert_eq!(s.phase(0), "Error · release shop failed, all 2 serve");
    assert_eq!(rank(&s.environment(0)), 1);
}

#[test]
fn rule_7_a_release_that_no_service_names_is_said_too() {
    let release = |status: &str, at_| ReleaseRow {
        namespace: NS.into(),
        object: "sh.helm.release.v1.shop.v2".into(),
        name: "shop".into(),
        status: status.into(),
        version: 2,
        at: Some(at(at_)),
    };
    let mut s = Scene::new().with(release("failed", -60));
    assert_eq!(s.phase(0), "Error · release shop failed");
    s.put(deployment("web", 1, 1));
    s.put(pod("web", "a", "1"));
    assert_eq!(s.phase(0), "Error · release shop failed, all 1 serve");
    s.put(release("pending-upgrade", -600));
    assert_eq!(s.phase(0), "Active");
    assert_eq!(s.phase(1), "Error · release shop hangs, all 1 serve");
    s.put(ReleaseRow { version: 3, object: "sh.helm.release.v1.shop.v3".into(), ..release("deployed", -5) });
    assert_eq!(s.phase(1), "Active", "the newest counts");
}

#[test]
fn rule_8_all_of_these_starting_is_initializing_else_updating() {
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(unready("web", "a", "1", -10));
    s.put(deployment("api", 1, 1));
    assert_eq!(s.phase(0), "Initializing · web 0 of 1 ready");
    s.put(WorkloadRow { revision: Some(3), ..deployment("catalog", 3, 0) });
    assert_eq!(s.phase(0), "Updating · catalog 0 of 3 ready, 1 more");
    let mut s =
        Scene::new().with(deployment("api", 1, 1)).with(journal(Verb::Deploy, OperationState::Running, &["api"]));
    assert_eq!(s.phase(0), "Updating · deploy: 1 of 1 steps");
}

#[test]
fn rule_9_some_stopped_is_partially_stopped_after_a_stop_else_partially_active() {
    let marker = Meta { annotations: labels(&[("downscaler/original-replicas", "1")]), ..meta("web") };
    let by_a_tool = WorkloadRow { meta: marker, ..deployment("web", 0, 0) };
    let mut s = Scene::new().with(by_a_tool).with(deployment("api", 1, 1));
    assert_eq!(s.phase(0), "Partially Active · 1 of 2 stopped", "no stop of kennel's");
    let mut s = Scene::new().with(stopped("web")).with(deployment("api", 1, 1));
    assert_eq!(s.phase(0), "Partially Stopped · 1 of 2 stopped", "the stop of one service has no journal");
    s.put(journal(Verb::Stop, OperationState::Done, &["web"]));
    assert_eq!(s.phase(0), "Partially Stopped · 1 of 2 stopped");
    s.put(journal(Verb::Start, OperationState::Done, &["api"]));
    assert_eq!(s.phase(0), "Partially Active · 1 of 2 stopped");
    s.put(journal(Verb::Start, OperationState::Done, &["web"]));
    assert_eq!(s.phase(0), "Partially Stopped · 1 of 2 stopped", "stopped again since that start");
}

#[test]
fn rule_10_active() {
    let mut s = Scene::new().with(deployment("api", 1, 1)).with(deployment("idle", 0, 0));
    assert_eq!(s.phase(0), "Active");
    let e = s.environment(0);
    assert_eq!((e.available, e.total), (1, 1), "idle is nobody's fault, and not counted");
}

#[test]
fn rule_10_active_names_what_is_not_all_there() {
    let mut s = Scene::new().with(deployment("api", 1, 1)).with(deployment("web", 3, 2));
    ["1", "2"].iter().for_each(|n| s.put(pod("web", "a", n)));
    s.put(unready("web", "a", "3", -20));
    assert_eq!(s.phase(0), "Active · web 2/3");
    s.put(deployment("db", 2, 1));
    s.put(pod("db", "a", "1"));
    s.put(unready("db", "a", "2", -20));
    assert_eq!(s.phase(0), "Active · db 1/2, 1 more");
}

#[test]
fn a_journal_in_parts_shows_whole_whatever_order_they_come_in_and_what_it_lacks_is_said() {
    let part = |number, names: &[&str]| {
        let steps = names.iter().map(|n| step("Deployment", n, to_zero(), StepResult::Pending)).collect();
        PartRow {
            namespace: NS.into(),
            name: parts::name(number).into(),
            number,
            part: Ok(Part { id: "1".into(), undoing: false, steps }),
        }
    };
    let [two, three] = [part(2, &["web", "api"]), part(3, &["db"])];
    let head = |preparing| {
        let journal = Journal { parts: vec![2, 1], preparing, ..crate::domain::fixture::journal(at(0)) };
        let version = if preparing { "1" } else { "2" };
        JournalRow { resource_version: version.into(), ..noted(journal) }
    };
    let shop = || Scene::new().with(deployment("web", 1, 1)).with(deployment("api", 1, 1)).with(deployment("db", 1, 1));
    let shows = |s: &mut Scene| {
        let e = s.environment(1);
        (
            e.operation.as_ref().map(|o| o.journal.progress().1),
            e.reason.as_ref().is_some_and(|r| r.contains("? journal")),
        )
    };
    let mut s = shop().with(three.clone()).with(head(true)).with(two.clone());
    assert_eq!(shows(&mut s), (Some(3), false));
    s.put(head(false));
    assert_eq!(s.environment(1).reason.as_deref(), Some("0 of 3 down"), "each of its services is told of");
    let gone =
        |number| Change::Gone { of: Kind::ConfigMap.into(), namespace: NS.into(), name: parts::name(number).into() };
    s.0.apply(gone(3));
    let reason = s.environment(1).reason.clone().unwrap();
    assert_eq!(reason.as_str(), "0 of 2 down ? journal: kennel-operation-3 is not there: 1 of its steps are not known");
    // While they are being written nothing is lacking; what an earlier one left is nobody's.
    assert_eq!(shows(&mut shop().with(head(true))), (Some(3), false));
    let other = PartRow { part: Ok(Part { id: "another".into(), undoing: false, steps: vec![] }), ..two };
    assert_eq!(shows(&mut shop().with(noted(crate::domain::fixture::journal(at(0)))).with(other)), (Some(0), false));
    // A list of all that are there takes the others away.
    s.put(three);
    s.0.apply(Change::Begin { of: Kind::ConfigMap.into(), namespace: None });
    s.put(head(false));
    s.put(part(3, &["db"]));
    s.0.apply(Change::End { of: Kind::ConfigMap.into(), namespace: None });
    let reason = s.environment(1).reason.clone().unwrap();
    assert_eq!(reason.as_str(), "0 of 1 down ? journal: kennel-operation-2 is not there: 2 of its steps are not known");
}

#[test]
fn rule_5_what_this_kennel_begins_shows_at_once_and_its_journal_takes_over() {
    let of = |state| journal(Verb::Stop, state, &["web", "api"]);
    let begins =
        |row: &JournalRow| Change::Begins { namespace: NS.into(), journal: Box::new(row.journal.clone().unwrap()) };
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(deployment("api", 1, 1));
    s.0.apply(begins(&of(OperationState::Running)));
    assert_eq!(s.phase(0), "Decommissioning Resources · 0 of 2 down");
    s.0.apply(Change::Ended { namespace: NS.into(), id: "another".into() });
    assert_eq!(s.phase(0), "Decommissioning Resources · 0 of 2 down");
    s.0.apply(Change::Ended { namespace: NS.into(), id: "op-1".into() });
    assert_eq!(s.phase(0), "Active", "it was refused");
    // As soon as the journal is there it alone counts.
    s.0.apply(begins(&of(OperationState::Running)));
    s.put(of(OperationState::Done));
    assert_eq!(s.environment(0).operation.as_ref().unwrap().state, OperationState::Done);
    // One over an earlier journal.
    let mut again = of(OperationState::Running);
    again.journal.as_mut().unwrap().id = "op-2".into();
    s.0.apply(begins(&again));
    assert_eq!(s.environment(0).operation.as_ref().unwrap().journal.id, "op-2");
    s.put(JournalRow { resource_version: "2".into(), ..of(OperationState::Failed) });
    assert_eq!(s.environment(0).operation.as_ref().unwrap().journal.id, "op-1", "somebody else was faster");
}

fn ranked(name: &str, phase: Phase, production: bool, available: u32) -> Environment {
    let bad = Service { status: Status::Degraded, ..Service::default() };
    let services: Box<[Arc<Service>]> = if phase == Phase::Error { Box::new([Arc::new(bad)]) } else { Box::default() };
    Environment { name: name.into(), phase, production, available, total: 4, services, ..Environment::default() }
}

#[test]
fn worst_first_then_production_then_the_fewest_available_then_the_name() {
    let critical = Issue::new(IssueId::default(), Severity::Critical, Category::Reliability, "x");
    let operation = Operation {
        journal: Arc::new(journal(Verb::Stop, OperationState::Interrupted, &[]).journal.unwrap()),
        uid: "u".into(),
        resource_version: "1".into(),
        state: OperationState::Interrupted,
    };
    let ended = Operation { state: OperationState::Done, ..operation.clone() };
    let mut all = [
        Environment { services: Box::default(), ..ranked("release", Phase::Error, true, 4) },
        ranked("off", Phase::Unavailable, false, 0),
        ranked("empty", Phase::ServiceUnavailable, false, 0),
        ranked("gone", Phase::Destroyed, false, 0),
        ranked("b", Phase::Active, false, 4),
        ranked("a", Phase::Active, false, 4),
        ranked("prod", Phase::Active, true, 4),
        Environment { issues: Arc::new([critical]), ..ranked("critical", Phase::Active, false, 4) },
        ranked("unknown", Phase::Unknown, false, 0),
        ranked("partly", Phase::PartiallyStopped, false, 2),
        ranked("rolling", Phase::Updating, false, 3),
        ranked("half", Phase::Error, false, 2),
        ranked("dead", Phase::Error, false, 0),
        ranked("error-prod", Phase::Error, true, 3),
        Environment { operation: Some(ended), ..ranked("c", Phase::Active, false, 4) },
        Environment { operation: Some(operation), ..ranked("interrupted", Phase::PartiallyStopped, false, 1) },
        ranked("stuck", Phase::DestroyFailed, false, 3),
    ];
    all.sort_by(|a, b| order(a).cmp(&order(b)));
    let names: Vec<&str> = all.iter().map(|e| e.name.as_str()).collect();
    let wanted =
        "error-prod dead interrupted half stuck release critical rolling partly unknown prod a b c off empty gone";
    assert_eq!(names.join(" "), wanted);
}

#[test]
fn the_namespaces_labels_and_annotations_decide_what_is_shown_of_it() {
    let annotations = labels(&[
        ("kennel.dev/environment", "QA / Berlin"),
        ("kennel.dev/default", "true"),
        ("kennel.dev/protected", "true"),
        ("kennel.dev/color", "#aa0000"),
        ("openshift.io/requester", "maria"),
        ("argocd.argoproj.io/tracking-id", "shop-qa:/Namespace:/shop-qa"),
    ]);
    let mut s = Scene::new();
    s.put(NamespaceRow { meta: Meta { annotations, ..namespace().meta }, ..NamespaceRow::default() });
    let e = s.environment(0);
    assert_eq!(e.path(), "shop/QA / Berlin");
    assert!(e.default && e.protected && !e.production);
    assert_eq!(e.color.as_deref(), Some("#aa0000"));
    assert_eq!(e.created_by.as_deref(), Some("maria"));
    assert_eq!(e.managed_by.as_deref(), Some("Argo CD application shop-qa"));
}

#[test]
fn last_updated_is_the_newest_of_operation_spec_change_and_creation() {
    use crate::domain::row::SpecChange;
    let changed = SpecChange { manager: "kubectl-edit".into(), at: Some(at(-500)) };
    let meta = Meta { changed: Some(changed), ..meta("web") };
    let mut s = Scene::new().with(WorkloadRow { meta, ..deployment("web", 1, 1) });
    assert_eq!(s.environment(0).updated, Some(at(-500)));
    let mut row = journal(Verb::Stop, OperationState::Done, &[]);
    row.journal.as_mut().unwrap().ended_at = Some(at(-20));
    s.put(row);
    assert_eq!(s.environment(0).updated, Some(at(-20)));
}

#[test]
fn rule_2_a_deletion_is_seen_by_its_time_or_its_phase_and_only_then_do_finalizers_hold_it() {
    let held = |deleted, terminating| {
        let meta = Meta { deleted, finalizers: Box::new(["x.io/f".into()]), ..namespace().meta };
        NamespaceRow { meta, terminating, ..namespace() }
    };
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1")).with(held(None, false));
    assert_eq!((s.phase(0).as_str(), s.environment(0).blocked_by.clone()), ("Active", None));
    assert_eq!(s.with(held(None, true)).phase(0), "Destroying · 1 service left");
    let mut s = Scene::new().with(held(Some(at(-5)), false));
    assert_eq!(s.phase(0), "Destroying · finalizer x.io/f");
    let meta = Meta { deleted: Some(at(-5)), ..namespace().meta };
    assert_eq!(Scene::new().with(NamespaceRow { meta, ..namespace() }).phase(0), "Destroying", "nothing is left");
    let mut s = Scene::new().with(journal(Verb::Destroy, OperationState::Interrupted, &[]));
    assert_eq!(s.environment(0).phase, Phase::Destroying);
}

#[test]
fn rule_3_what_is_waited_for_makes_the_phase_provisional() {
    let mut s = Scene::new();
    for kind in [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet] {
        s = s.data(kind, DataState::Loading { got: 0, of: None });
    }
    let e = s.environment(0);
    assert_eq!((e.phase, e.provisional), (Phase::Unknown, true));
}

#[test]
fn rule_3_what_is_still_to_come_is_not_called_nothing() {
    let mut s = Scene::new().data(Kind::Deployment, DataState::Loading { got: 0, of: None });
    assert_eq!(s.phase(0), "Unknown · waiting for deployments");
    assert!(s.environment(0).provisional);
    s.put(CronJobRow { meta: meta("nightly"), ..CronJobRow::default() });
    assert_eq!(s.phase(0), "Unknown · waiting for deployments", "a task is not all there may be");
    let mut s = Scene::new().data(Kind::DaemonSet, DataState::Loading { got: 0, of: None });
    assert_eq!(s.phase(0), "Unknown · waiting for daemonsets");
    s.put(deployment("web", 1, 1));
    assert_eq!(s.phase(0), "Active", "beside services they are judged without");
    let mut s = Scene::new().data(Kind::DaemonSet, DataState::Forbidden { why: "no".into() });
    assert_eq!(s.phase(0), "Service Unavailable · ? no access: daemonsets", "what will not come is not waited for");
}

#[test]
fn rule_5_progress_counts_what_the_operation_touches_and_nothing_else() {
    let mut s = Scene::new().with(journal(Verb::Stop, OperationState::Running, &["web"])).with(stopped("api"));
    s.put(deployment("web", 1, 1));
    s.put(pod("web", "a", "1"));
    assert_eq!(s.phase(0), "Decommissioning Resources · 0 of 1 down");
    s.put(stopped("web"));
    s.0.apply(Change::Gone { of: Kind::Pod.into(), namespace: NS.into(), name: "web-a-1".into() });
    assert_eq!(s.phase(0), "Decommissioning Resources · 1 of 1 down");
}

#[test]
fn rule_6_what_a_stop_left_running_is_named_where_it_is_one_and_counted_where_it_is_more() {
    let mut s = Scene::new().with(stopped("web")).with(agent("logs"));
    assert!(s.phase(0).ends_with(", logs left running"), "{}", s.phase(0));
    s.put(agent("metrics"));
    assert!(s.phase(0).ends_with(", 2 left running"), "{}", s.phase(0));
}

#[test]
fn rule_8_a_live_deploy_is_updating_and_a_live_clone_initializing_until_they_end() {
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1"));
    for (verb, phase) in [
        (Verb::Deploy, Phase::Updating),
        (Verb::Redeploy, Phase::Updating),
        (Verb::Scale, Phase::Updating),
        (Verb::Rollback, Phase::Updating),
        (Verb::Update, Phase::Updating),
        (Verb::Delete, Phase::Updating),
        (Verb::Clone, Phase::Initializing),
    ] {
        s.put(journal(verb, OperationState::Running, &["web"]));
        assert_eq!(s.environment(0).phase, phase, "{verb:?}");
        s.put(journal(verb, OperationState::Done, &["web"]));
        assert_eq!(s.environment(0).phase, Phase::Active, "{verb:?} has ended");
    }
}
