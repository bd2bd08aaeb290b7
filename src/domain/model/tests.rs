//! The model as its owner sees it: changes in, snapshots out.

use super::*;
use crate::domain::Labels;
use crate::domain::row::{Counts, Meta, NamespaceRow, WorkloadKind, WorkloadRow};

pub(crate) fn at(second: i64) -> Time {
    Time::from_second(1_800_000_000 + second).unwrap()
}

fn meta(namespace: &str, name: &str) -> Meta {
    Meta {
        name: name.into(),
        namespace: namespace.into(),
        uid: format!("{namespace}/{name}").into(),
        created: Some(at(-86_400)),
        ..Meta::default()
    }
}

fn namespace(name: &str, project: &str) -> Change {
    let labels = Labels::new([("kennel.dev/project".into(), project.into())]);
    let meta = Meta { labels, ..meta("", name) };
    Change::Put(Row::Namespace(Box::new(NamespaceRow { meta, ..NamespaceRow::default() })))
}

fn workload(namespace: &str, name: &str, wanted: u32, available: u32) -> Change {
    Change::Put(Row::Workload(Box::new(WorkloadRow {
        kind: WorkloadKind::Deployment,
        meta: meta(namespace, name),
        desired: wanted,
        counts: Counts { replicas: wanted, updated: wanted, ready: available, available, ..Counts::default() },
        ..WorkloadRow::default()
    })))
}

/// A model in which all kinds have arrived.
fn live() -> Model {
    let mut model = Model::default();
    for info in Kind::ALL {
        model.apply(Change::Data(info.kind, DataState::Live));
    }
    model
}

fn names(snapshot: &Snapshot) -> Vec<String> {
    let all = snapshot.environments.values();
    all.flat_map(|e| e.services.iter().map(|s| format!("{}/{}", e.path(), s.object.name))).collect()
}

#[test]
fn namespaces_and_workloads_make_environments_projects_and_totals() {
    let mut model = live();
    for change in [namespace("shop-qa", "shop"), workload("shop-qa", "web", 3, 3), workload("shop-qa", "api", 2, 0)] {
        model.apply(change);
    }
    let s = model.publish(at(0));
    assert_eq!(names(&s), ["shop/qa/api", "shop/qa/web"]);
    assert_eq!(s.projects.get("shop").unwrap().environments.len(), 1);
    assert_eq!((s.totals.projects, s.totals.environments, s.totals.services), (1, 1, 2));
}

#[test]
fn until_the_end_of_a_list_the_old_rows_stay_and_after_it_what_was_not_listed_is_gone() {
    let mut model = live();
    for change in [namespace("a", "p"), workload("a", "web", 1, 1), workload("a", "old", 1, 1)] {
        model.apply(change);
    }
    model.publish(at(0));
    model.apply(Change::Begin { kind: Kind::Deployment, namespace: None });
    assert_eq!(names(&model.publish(at(1))).len(), 2, "no blank while it is listed");
    model.apply(workload("a", "web", 1, 1));
    assert_eq!(names(&model.publish(at(2))).len(), 2, "no duplicate");
    model.apply(Change::End { kind: Kind::Deployment, namespace: None });
    assert_eq!(names(&model.publish(at(3))), ["p/a/web"]);
    model.apply(Change::End { kind: Kind::Deployment, namespace: None });
    assert_eq!(names(&model.publish(at(4))), ["p/a/web"], "an end without a beginning removes nothing");
}

#[test]
fn a_namespace_that_is_gone_takes_its_environment_and_project_along() {
    let mut model = live();
    model.apply(namespace("a", "p"));
    model.apply(workload("a", "web", 1, 1));
    model.publish(at(0));
    model.apply(Change::Gone { kind: Kind::Namespace, namespace: Text::default(), name: "a".into() });
    let s = model.publish(at(1));
    assert!(s.environments.is_empty() && s.projects.is_empty());
    assert_eq!(s.totals, crate::domain::snapshot::Totals::default());
}
