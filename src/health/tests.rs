//! What the engine makes of pictures.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cause::Diagnosis;
use super::{Engine, Looked, Picture};
use crate::domain::fixture::*;
use crate::domain::inspection::Inspection;
use crate::domain::issue::{Category, Severity};
use crate::domain::model::Change;
use crate::domain::row::{AutoscalerRow, Condition, JobRow, Meta, NamespaceRow, PodRow, ReleaseRow, WorkloadRow};
use crate::domain::snapshot::Totals;
use crate::domain::{Kind, ObjectId, Snapshot, Text};

fn put(row: impl IntoRow) -> Change {
    Change::Put(row.row())
}

#[test]
fn a_service_that_fails_is_an_issue_as_severe_as_what_is_left_of_it_is_little_and_the_worst_comes_first() {
    let mut s = Scene::new();
    for (name, ready) in [("a-half", 2), ("b-less", 1), ("c-none", 0)] {
        s.put(deployment(name, 4, ready));
        for n in 0..4u32 {
            let tail = n.to_string();
            s.put(if n < ready { pod(name, "a", &tail) } else { crashing(name, "a", &tail, -600) });
        }
    }
    s.put(deployment("d-well", 1, 1));
    s.put(pod("d-well", "a", "9"));
    let mut picture = Picture::from(s.0);
    let e = picture.publish(at(0)).namespace(NS).unwrap().clone();
    let found: Vec<_> = e.issues.iter().map(|i| (i.id.object.name.as_str(), i.severity)).collect();
    assert_eq!(
        found,
        [("b-less", Severity::Critical), ("c-none", Severity::Critical), ("a-half", Severity::High)],
        "half of its pods is not less than half"
    );
    let services: Vec<_> = e.services.iter().map(|s| s.object.name.as_str()).collect();
    assert_eq!(services, ["a-half", "b-less", "c-none", "d-well"]);
    assert_eq!((e.issue_counts().critical, e.issue_counts().high), (2, 1));
}

#[test]
fn totals_forget_the_issues_of_what_is_well_again_or_gone() {
    let s = Scene::new().with(deployment("web", 1, 0)).with(crashing("web", "a", "1", -600));
    let mut s = Picture::from(s.0);
    let other = |s: &mut Picture| s.publish(at(0)).totals.other;
    assert_eq!(other(&mut s).critical, 1);
    s.apply(put(deployment("web", 1, 1)));
    s.apply(put(pod("web", "a", "1")));
    assert_eq!(other(&mut s).critical, 0);
    s.apply(put(deployment("web", 1, 0)));
    s.apply(put(crashing("web", "a", "1", -600)));
    assert_eq!(other(&mut s).critical, 1);
    for (kind, name) in [(Kind::Namespace, NS), (Kind::Deployment, "web"), (Kind::Pod, "web-a-1")] {
        let namespace = if kind == Kind::Namespace { "" } else { NS };
        s.apply(Change::Gone { of: kind.into(), namespace: namespace.into(), name: name.into() });
    }
    assert_eq!(s.publish(at(0)).totals, Totals::default());
}

#[test]
fn issues_are_counted_by_project_and_production_apart() {
    let mut production = NamespaceRow { meta: meta("shop-prod"), ..NamespaceRow::default() };
    production.meta.labels = labels(&[("kennel.dev/project", "shop")]);
    let mut s = Picture::from(Scene::new().with(production).with(deployment("web", 1, 0)).0);
    s.apply(put(crashing("web", "a", "1", -60)));
    let snapshot = s.publish(at(0));
    let project = &snapshot.namespace(NS).unwrap().project;
    assert_eq!((snapshot.projects[project].issues.critical, snapshot.totals.other.critical), (1, 1));
    assert_eq!(snapshot.totals.production.critical, 0);
}

#[test]
fn an_issue_is_as_old_as_the_status_that_it_tells_of() {
    let s = Scene::new().with(deployment("web", 1, 0)).with(crashing("web", "a", "1", -600));
    let e = Picture::from(s.0).publish(at(0)).namespace(NS).unwrap().clone();
    assert!(e.issues[0].since.is_some());
    assert_eq!(e.issues[0].since, e.services[0].since);
}

#[test]
fn an_issue_keeps_its_name_while_its_words_and_its_severity_change() {
    let mut s = Picture::from(Scene::new().with(deployment("web", 4, 3)).0);
    (0..4u32).for_each(|n| s.apply(put(pod("web", "a", &n.to_string()))));
    let mut seen = Vec::new();
    for broken in 1..=4u32 {
        s.apply(put(deployment("web", 4, 4 - broken)));
        s.apply(put(crashing("web", "a", &(broken - 1).to_string(), -600)));
        let e = s.publish(at(i64::from(broken))).namespace(NS).unwrap().clone();
        assert_eq!(e.issues.len(), 1);
        seen.push((e.issues[0].id.clone(), e.issues[0].severity));
    }
    assert!(seen.iter().all(|(id, _)| *id == seen[0].0), "{seen:?}");
    assert_ne!(seen[0].1, seen[3].1);
}

#[test]
fn what_has_not_changed_is_not_looked_at_and_what_is_as_it_was_is_not_judged_anew() {
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(crashing("web", "a", "1", -600));
    let mut engine = Engine::default();
    let after = s.0.picture(at(0));
    let here = BTreeSet::from([NS.into()]);
    let first = engine.look(&Snapshot::default(), &after, &here);
    assert_eq!((first.len(), engine.looked_at()), (1, 1));
    let first = &first[0];
    s.0.judge(&first.namespace, first.issues.clone(), first.inspection.clone());
    let judged = s.0.publish();
    assert!(engine.look(&judged, &judged, &here).is_empty(), "the same is open");
    assert!(engine.look(&judged, &judged, &BTreeSet::new()).is_empty());
    assert_eq!(engine.looked_at(), 2);
}

#[test]
fn an_issue_outlasts_changes_of_its_environment_until_it_is_judged_anew() {
    let mut s = Picture::from(Scene::new().with(deployment("web", 1, 0)).with(crashing("web", "a", "1", -600)).0);
    let before = s.publish(at(0));
    s.apply(put(deployment("api", 1, 1)));
    s.apply(put(pod("api", "a", "1")));
    let after = s.publish(at(1));
    let issues = |s: &Snapshot| s.namespace(NS).unwrap().issues.clone();
    assert!(Arc::ptr_eq(&issues(&before), &issues(&after)), "the same issues are the same allocation");
    assert_eq!(after.totals.other.critical, 1);
}

#[test]
fn a_task_that_failed_is_an_issue_whatever_stands_beside_it() {
    let failed = || {
        let conditions = Box::new([condition("Failed", true, "BackoffLimitExceeded", -7200)]);
        JobRow { meta: meta("backup"), failed: 3, conditions, ..JobRow::default() }
    };
    let beside = Scene::new().with(failed()).with(deployment("web", 1, 1)).with(pod("web", "a", "1"));
    for s in [Scene::new().with(failed()), beside] {
        let e = Picture::from(s.0).publish(at(0)).namespace(NS).unwrap().clone();
        let found: Vec<_> = e.issues.iter().map(|i| (i.title.as_str(), i.severity, i.since)).collect();
        assert_eq!(found, [("backup: failed after 3 tries", Severity::High, Some(at(-7200)))]);
    }
}

/// An autoscaler of the namespace's Deployment `web`, whose metrics lack for that reason.
fn unscaled(namespace: &str, message: &str) -> Vec<Change> {
    let lack = condition("ScalingActive", false, "FailedGetResourceMetric", -3600);
    let of = |name: &str| Meta { namespace: namespace.into(), ..meta(name) };
    let scaler = AutoscalerRow {
        meta: of("web"),
        target: ObjectId::new(Kind::Deployment, namespace, "web"),
        conditions: Box::new([Condition { message: message.into(), ..lack }]),
        ..AutoscalerRow::default()
    };
    let place = NamespaceRow { meta: Meta { namespace: "".into(), ..meta(namespace) }, ..NamespaceRow::default() };
    let web = WorkloadRow { meta: of("web"), ..deployment("web", 1, 1) };
    let pod = PodRow { namespace: namespace.into(), ..pod("web", "a", "1") };
    vec![put(place), put(web), put(pod), put(scaler)]
}

#[test]
fn an_autoscaler_that_fails_is_an_issue_of_its_service() {
    let mut s = Picture::from(Scene::new().0);
    unscaled(NS, "missing request for cpu in container app of Pod x").into_iter().for_each(|c| s.apply(c));
    let snapshot = s.publish(at(0));
    let e = snapshot.namespace(NS).unwrap();
    let found: Vec<_> = e.issues.iter().map(|i| (i.title.as_str(), i.id.object.name.as_str(), i.severity)).collect();
    assert_eq!(found, [("web: autoscaler fails: app has no cpu request", "web", Severity::High)]);
    assert!(snapshot.issues.is_empty());
}

#[test]
fn where_nobody_answers_for_the_metrics_api_that_is_one_issue_of_the_cluster() {
    let down = "unable to fetch metrics from resource metrics API: the server could not find the requested resource";
    let mut s = Picture::from(Scene::new().0);
    for namespace in ["shop-a", "shop-b", "shop-prod"] {
        unscaled(namespace, down).into_iter().for_each(|c| s.apply(c));
    }
    let snapshot = s.publish(at(0));
    assert!(snapshot.environments.values().all(|e| e.issues.is_empty()), "none is any service's");
    let titles: Vec<_> = snapshot.issues.iter().map(|c| c.issue.title.as_str()).collect();
    assert_eq!(titles, ["the metrics API does not answer: 3 autoscalers stand still"]);
    assert_eq!((snapshot.totals.production.high, snapshot.totals.other.high), (1, 0), "counted once");
    // One of them is well again, then all are.
    unscaled("shop-prod", "").into_iter().for_each(|c| s.apply(c));
    let snapshot = s.publish(at(0));
    assert_eq!(snapshot.issues[0].namespaces, BTreeSet::from(["shop-a".into(), "shop-b".into()]));
    assert_eq!((snapshot.totals.production.high, snapshot.totals.other.high), (1, 1), "that one fails by itself");
    for namespace in ["shop-a", "shop-b"] {
        s.apply(Change::Gone { of: Kind::Deployment.into(), namespace: namespace.into(), name: "web".into() });
    }
    let snapshot = s.publish(at(0));
    assert!(snapshot.issues.is_empty());
    assert_eq!(snapshot.totals.other.high, 0);
}

#[test]
fn a_release_that_failed_is_one_issue_while_all_serve_and_while_they_do_not() {
    let release = ReleaseRow {
        namespace: NS.into(),
        object: "sh.helm.release.v1.shop.v2".into(),
        name: "shop".into(),
        status: "failed".into(),
        version: 2,
        at: Some(at(-60)),
    };
    let helm = |available| {
        let row = deployment("web", 1, available);
        let annotations = labels(&[("meta.helm.sh/release-name", "shop")]);
        WorkloadRow { meta: Meta { annotations, ..row.meta }, ..row }
    };
    let mut s = Picture::from(Scene::new().with(release).with(helm(1)).with(pod("web", "a", "1")).0);
    let titles = |s: &mut Picture| {
        let e = s.publish(at(0)).namespace(NS).unwrap().clone();
        e.issues.iter().map(|i| i.title.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(titles(&mut s), ["release shop failed"]);
    s.apply(put(helm(0)));
    s.apply(put(unready("web", "a", "1", -20)));
    assert_eq!(titles(&mut s), ["web: release shop failed"]);
}

/// What a closer look at the namespace finds: something wrong with `root` that breaks `web`.
fn diagnosis(root: ObjectId, severity: Severity) -> Diagnosis {
    Diagnosis {
        id: format!("X:{root}").into(),
        detector: "POD-05",
        key: Text::default(),
        title: format!("{} is not there", root.name).into(),
        category: Category::Configuration,
        severity,
        root,
        cause: "it is not there".into(),
        since: Some(at(-60)),
        affected: vec![ObjectId::new(Kind::Deployment, NS, "web")],
        diagnostics: vec![],
        contributing: vec![],
        actions: vec![],
        timeline: vec![],
        confidence: 0.9,
        tier: super::cause::Tier::Proved,
        candidates: vec![],
        ruled_out: vec![],
        minutes: None,
    }
}

/// A closer look at the namespace that finds these.
fn looked(found: Vec<Diagnosis>) -> Looked {
    Looked { namespace: NS.into(), inspection: Inspection::Done(Box::default()), found }
}

#[test]
fn what_a_closer_look_finds_takes_the_place_of_what_the_picture_shows_of_the_same_until_it_finds_it_no_more() {
    let mut s = Picture::from(Scene::new().with(deployment("web", 1, 0)).with(crashing("web", "a", "1", -600)).0);
    let shown = s.publish(at(0)).namespace(NS).unwrap().issues.clone();
    assert_eq!((shown.len(), shown[0].severity), (1, Severity::Critical));
    let config = ObjectId::new(Kind::ConfigMap, NS, "settings");
    s.looked(&looked(vec![diagnosis(config.clone(), Severity::High), diagnosis(config, Severity::Low)]));
    let e = s.publish(at(1)).namespace(NS).unwrap().clone();
    let open: Vec<_> = e.issues.iter().map(|i| (i.title.as_str(), i.severity)).collect();
    let hint = ("settings is not there", Severity::Low);
    assert_eq!(open, [("settings is not there", Severity::Critical), hint], "the picture knows how bad it is");
    assert_eq!(e.issues_of(&ObjectId::new(Kind::Deployment, NS, "web")).critical, 1, "what it breaks shows it");
    s.looked(&looked(vec![]));
    assert_eq!(s.publish(at(2)).namespace(NS).unwrap().issues, shown);
}

#[test]
fn a_fault_outside_shows_in_each_environment_that_it_touches_and_counts_once_in_totals() {
    let mut s = Picture::from(Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1")).0);
    s.publish(at(0));
    let node = diagnosis(ObjectId::new(Kind::Node, "", "n1"), Severity::High);
    let idle = Diagnosis { affected: vec![], ..diagnosis(ObjectId::new(Kind::Node, "", "n2"), Severity::High) };
    let theirs =
        Diagnosis { affected: vec![], ..diagnosis(ObjectId::new(Kind::Deployment, "ops", "dns"), Severity::High) };
    s.looked(&looked(vec![node, idle, theirs]));
    let p = s.publish(at(1));
    let e = p.namespace(NS).unwrap();
    assert_eq!((e.issues.len(), e.issues[0].outside, e.issue_counts().high), (1, true, 1));
    assert_eq!(p.totals.other.high + p.totals.production.high, 2, "each node once");
    let of_cluster: Vec<_> = p.issues.iter().map(|i| (i.issue.title.as_str(), i.namespaces.len())).collect();
    assert_eq!(of_cluster, [("n1 is not there", 1), ("n2 is not there", 0)], "what is wrong elsewhere is theirs");
}

#[test]
fn what_is_no_more_is_remembered_and_what_comes_back_within_a_quarter_of_an_hour_was_never_gone() {
    let mut s = Picture::from(Scene::new().with(deployment("web", 1, 0)).with(crashing("web", "a", "1", -600)).0);
    let broken = s.publish(at(0)).namespace(NS).unwrap().issues[0].clone();
    let well = |s: &mut Picture| {
        s.apply(put(deployment("web", 1, 1)));
        s.apply(put(pod("web", "a", "1")));
    };
    let ill = |s: &mut Picture| {
        s.apply(put(deployment("web", 1, 0)));
        s.apply(put(crashing("web", "a", "1", -600)));
    };
    well(&mut s);
    let p = s.publish(at(60));
    let gone: Vec<_> = p.resolved.iter().map(|r| (r.issue.id.clone(), r.at)).collect();
    assert_eq!(gone, [(broken.id.clone(), at(60))]);
    ill(&mut s);
    let p = s.publish(at(120));
    assert!(p.resolved.is_empty(), "it was there all the time");
    assert_eq!(p.namespace(NS).unwrap().issues[0].since, broken.since);
    well(&mut s);
    s.publish(at(180));
    ill(&mut s);
    assert!(s.publish(at(180 + 3600)).resolved.is_empty(), "it is open, and an issue of its own");
    s.apply(Change::Gone { of: Kind::Namespace.into(), namespace: Text::default(), name: NS.into() });
    assert!(s.publish(at(4000)).resolved.is_empty(), "with its environment nothing is resolved");
}

#[test]
fn what_may_not_be_looked_at_any_more_is_no_issue_and_not_resolved_and_is_said() {
    let mut s = Picture::from(Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1")).0);
    let config = ObjectId::new(Kind::ConfigMap, NS, "settings");
    s.looked(&looked(vec![diagnosis(config, Severity::High)]));
    assert_eq!(s.publish(at(0)).namespace(NS).unwrap().issues.len(), 1);
    let refused = Inspection::Refused(Box::new(["events".into()]));
    s.looked(&Looked { inspection: refused.clone(), ..looked(vec![]) });
    let p = s.publish(at(60));
    let e = p.namespace(NS).unwrap();
    assert_eq!((e.issues.len(), p.resolved.len(), &e.inspection), (0, 0, &refused));
}

#[test]
fn how_closely_it_was_looked_at_is_told_though_nothing_is_found() {
    let mut s = Picture::from(Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1")).0);
    assert_eq!(s.publish(at(0)).namespace(NS).unwrap().inspection, Inspection::Never);
    s.looked(&looked(vec![]));
    let p = s.publish(at(1));
    assert_eq!(p.namespace(NS).unwrap().inspection, Inspection::Done(Box::default()));
    s.apply(put(deployment("api", 1, 1)));
    assert_eq!(s.publish(at(2)).namespace(NS).unwrap().inspection, Inspection::Done(Box::default()), "it stays");
}

#[test]
fn an_issue_began_with_its_first_sign_however_often_it_is_said_anew() {
    let mut s = Picture::from(Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1")).0);
    let config = ObjectId::new(Kind::ConfigMap, NS, "settings");
    let since = |s: &mut Picture, began| {
        s.looked(&looked(vec![Diagnosis { since: Some(at(began)), ..diagnosis(config.clone(), Severity::High) }]));
        s.publish(at(0)).namespace(NS).unwrap().issues[0].since
    };
    assert_eq!(since(&mut s, -600), Some(at(-600)));
    assert_eq!(since(&mut s, -5), Some(at(-600)));
}

#[test]
fn what_lasted_for_seconds_is_not_remembered() {
    let mut s = Picture::from(Scene::new().with(deployment("web", 1, 0)).with(crashing("web", "a", "1", 0)).0);
    let config = ObjectId::new(Kind::ConfigMap, NS, "settings");
    s.looked(&looked(vec![Diagnosis { since: Some(at(0)), ..diagnosis(config, Severity::High) }]));
    s.publish(at(0));
    s.apply(put(deployment("web", 1, 1)));
    s.apply(put(pod("web", "a", "1")));
    s.looked(&looked(vec![]));
    assert!(s.publish(at(5)).resolved.is_empty());
}
