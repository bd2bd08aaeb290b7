//! Orders, counts of what is new, and what empty panes say.

use std::sync::Arc;

use super::*;
use crate::app::filter::Filter;
use crate::app::pane::{Column, Pane};
use crate::app::tests::world::{World, at, tick};
use crate::app::{Message, update};
use crate::domain::Kind;
use crate::domain::data::DataState;
use crate::domain::environment::Environment;
use crate::domain::issue::{Category, ClusterIssue, Issue, IssueId, Severity};
use crate::domain::model::Change;
use crate::domain::phase::Phase;
use crate::domain::row::{AnyRow, PodPhase, PodRow};
use crate::domain::service::Service;
use crate::domain::snapshot::{Connection, Snapshot};
use crate::domain::status::Status;

#[test]
fn environments_stand_in_the_order_of_the_domain() {
    let mut w = World::shop();
    let mut snapshot = (*w.state.snapshot).clone();
    let set = |snapshot: &mut Snapshot, namespace: &str, phase, status| {
        let e = snapshot.namespace(namespace).unwrap();
        let services = e.services.iter().map(|s| Arc::new(Service { status, ..(**s).clone() })).collect();
        let e = Environment { phase, services, available: e.total, ..(**e).clone() };
        snapshot.environments.insert(e.id.clone(), Arc::new(e));
    };
    // All serve in both; in one only a release failed, in the other a new revision crash-loops now.
    set(&mut snapshot, "shop-prod", Phase::Error, Status::Healthy);
    set(&mut snapshot, "lab-dev", Phase::Error, Status::Degraded);
    snapshot.serial += 1;
    update(&mut w.state, Message::Snapshot(Arc::new(snapshot)));
    assert_eq!(w.rows(Pane::Environments), ["shop/staging", "lab/dev", "shop/prod", "shop/load"]);
}

#[test]
fn within_a_rank_production_comes_first_then_who_has_the_fewest_services_then_the_name() {
    let mut w = World::empty();
    for (namespace, name) in [("a-one", "one"), ("a-two", "two"), ("a-prod", "prod"), ("a-half", "half")] {
        w.namespace(namespace, "a", name);
        w.service(namespace, "web", 2, if name == "half" { 0 } else { 1 });
        w.service(namespace, "api", 2, 1);
    }
    w.show();
    let order = w.rows(Pane::Environments);
    assert_eq!(order.first().map(String::as_str), Some("a/prod"));
    let place = |name: &str| order.iter().position(|r| r == name).unwrap();
    assert!(place("a/one") < place("a/two"));
}

#[test]
fn what_is_unknown_stands_last_whichever_way_a_column_is_sorted() {
    let mut w = World::shop();
    w.keys("3<S-Right><S-Right><S-Right><S-Right>O");
    let sort = w.state.list(Pane::Services).sort.unwrap();
    assert_eq!((sort.column, sort.descending), (Column::Cpu, true));
    let before = w.rows(Pane::Services);
    w.keys("O");
    assert_eq!(w.rows(Pane::Services), before, "no metrics anywhere: nothing to sort by, nothing reversed");
}

#[test]
fn without_pods_it_is_said_whether_none_is_wanted_or_none_could_be_made() {
    let says = |wanted: &[u32]| {
        let mut w = World::empty();
        w.namespace("lab-dev", "lab", "dev");
        for (at, wanted) in wanted.iter().enumerate() {
            let row = World::workload("lab-dev", &format!("web-{at}"), *wanted, 0);
            w.model.apply(Change::Put(AnyRow::Workload(Box::new(row))));
        }
        w.show();
        w.keys("2<Enter>");
        match emptiness(&w.state, Pane::Pods) {
            Some(Emptiness::Nothing(words)) => words,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(says(&[]), "No pods: nothing has been deployed here.");
    assert_eq!(says(&[0]), "No pods: it is at zero.");
    assert_eq!(says(&[0, 0]), "No pods: all of it is at zero.");
    assert_eq!(says(&[0, 2]), "No pods: none could be made; see the events.");
}

#[test]
fn a_list_is_remade_only_when_something_that_decides_it_changed() {
    let mut w = World::shop();
    let before = w.state.work.lists;
    w.keys("zzm?<Esc>x<Esc>:abc<Esc>");
    assert_eq!(w.state.work.lists, before);
    w.keys("/zzz");
    assert!(w.state.work.lists > before);
}

#[test]
fn a_title_counts_projects_as_the_header_does_and_the_clusters_own_is_none() {
    let mut w = World::shop();
    let before = w.state.snapshot.totals.projects;
    w.namespace("kube-system", "infra", "system");
    w.show();
    assert_eq!(w.state.snapshot.projects.len(), before as usize + 1);
    assert_eq!(w.state.snapshot.totals.projects, before);
    assert_eq!(super::notes(&w.state, Pane::Projects), [before.to_string()]);
    w.done("1/shop<Enter>");
    assert_eq!(super::notes(&w.state, Pane::Projects), [format!("1 of {before}"), "/shop".to_owned()]);
}

#[test]
fn what_may_not_be_watched_is_said_in_the_title_of_its_pane_with_what_is_done_instead() {
    let mut w = World::shop();
    let polled = |w: &mut World, kind| {
        w.model.apply(Change::data(kind, DataState::Polled { forbidden: true, why: "no".into() }))
    };
    polled(&mut w, Kind::Deployment);
    polled(&mut w, Kind::Namespace);
    w.show();
    let note = |w: &World, pane| super::notes(&w.state, pane).join(" · ");
    assert!(note(&w, Pane::Services).ends_with(" · asked every 5 s · may not watch deployments · worst first"));
    assert!(note(&w, Pane::Environments).contains(" · asked every 5 s · may not watch namespaces"));
    assert!(!note(&w, Pane::Events).contains("asked"), "events are watched");
    polled(&mut w, Kind::Pod);
    w.show();
    assert!(note(&w, Pane::Services).contains("may not watch deployments, pods"));
    w.model.apply(Change::data(Kind::Event, DataState::Polled { forbidden: false, why: "reset".into() }));
    w.show();
    assert!(note(&w, Pane::Events).contains("asked every 5 s · the watch of events breaks"));
}

#[test]
fn an_empty_pane_says_why_and_what_changes_that() {
    let says = |changes: Vec<Change>, pane| {
        let mut w = World::empty();
        changes.into_iter().for_each(|c| w.model.apply(c));
        w.show();
        emptiness(&w.state, pane)
    };
    let data = |kind, state| vec![Change::data(kind, state)];
    assert_eq!(
        says(data(Kind::Event, DataState::Loading { got: 5, of: Some(9) }), Pane::Events),
        Some(Emptiness::Loading { what: "events", got: 5, of: Some(9), after: None })
    );
    let pods = Change::data(Kind::Pod, DataState::Loading { got: 40, of: None });
    for pane in [Pane::Health, Pane::Services] {
        let pods = Some(Emptiness::Loading { what: "pods", got: 40, of: None, after: None });
        assert_eq!(
            says(vec![Change::data(Kind::Pod, DataState::Loading { got: 40, of: None })], pane),
            pods,
            "{pane:?}"
        );
    }
    assert_eq!(
        says(vec![Change::data(Kind::Event, DataState::Idle), pods], Pane::Events),
        Some(Emptiness::Loading { what: "events", got: 0, of: None, after: Some(("pods", 40, None)) }),
        "what waits for its turn says for what"
    );
    let forbidden = |k| Change::data(k, DataState::Forbidden { why: "no".into() });
    let all = vec![forbidden(Kind::Deployment), forbidden(Kind::StatefulSet), forbidden(Kind::DaemonSet)];
    assert_eq!(
        says(all, Pane::Services),
        Some(Emptiness::Forbidden("No access: maria may not list deployments, statefulsets, daemonsets.".into()))
    );
    assert!(matches!(says(vec![forbidden(Kind::Deployment)], Pane::Services), Some(Emptiness::Nothing(_))));
    let failed = DataState::Failed { why: "500".into(), retry: Some(at(9)) };
    assert_eq!(
        says(data(Kind::Namespace, failed), Pane::Environments),
        Some(Emptiness::Failed { why: "namespaces: 500".into(), retry: Some(at(9)) })
    );
    let refused = vec![Change::Connection(Connection::Refused("no kubeconfig".into()))];
    assert_eq!(
        says(refused, Pane::Projects),
        Some(Emptiness::Failed { why: "no kubeconfig".into(), retry: None }),
        "the first row of the projects is no project"
    );
    let mut w = World::shop();
    w.keys("3/nothing like it<Enter>");
    let filtered = Emptiness::Filtered { filter: "nothing like it".into(), total: 3 };
    assert_eq!(emptiness(&w.state, Pane::Services), Some(filtered));
    w.keys("<Esc>");
    assert_eq!(emptiness(&w.state, Pane::Services), None);
}

#[test]
fn what_may_be_read_in_one_namespace_is_not_refused_in_a_pane_of_several() {
    let mut w = World::shop();
    let forbidden = || DataState::Forbidden { why: "no".into() };
    let workloads = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];
    let gaps = |may: &[&str]| {
        let mut snapshot = (*w.state.snapshot).clone();
        for kind in workloads {
            snapshot.data.insert(kind.into(), forbidden());
        }
        for (id, e) in w.state.snapshot.environments.iter() {
            let gaps = workloads.map(|k| (k, forbidden())).into();
            let gaps = if may.contains(&&*id.namespace) { Box::default() } else { gaps };
            let e = Environment { services: Box::default(), issues: Arc::default(), gaps, ..(**e).clone() };
            snapshot.environments.insert(id.clone(), Arc::new(e));
        }
        Arc::new(snapshot)
    };
    let (some, none, lab) = (gaps(&["shop-staging"]), gaps(&[]), gaps(&["lab-dev"]));
    let mut says = |snapshot: Arc<Snapshot>, keys: &str| {
        w.state.snapshot = snapshot;
        refresh(&mut w.state);
        w.keys(keys);
        emptiness(&w.state, Pane::Health)
    };
    let is_refused = |e: Option<Emptiness>| matches!(e, Some(Emptiness::Forbidden(_)));
    assert!(!is_refused(says(some, "")));
    assert!(is_refused(says(none, "")));
    assert!(is_refused(says(lab, ":shop<Enter>")), "of a project of which nothing may be read");
}

#[test]
fn a_filter_looks_at_each_row_once_for_each_letter_and_moves_look_at_none() {
    let mut w = World::empty();
    for e in 0..10 {
        w.namespace(&format!("e{e}"), "big", &format!("e{e}"));
        for n in 0..200 {
            w.event(&format!("e{e}"), &format!("pod-{e}-{n}"), "BackOff", "again", n);
        }
    }
    w.show();
    w.keys(":events<Enter>");
    assert_eq!(w.rows(Pane::Events).len(), 2_000);
    let before = w.state.work;
    w.keys("/pod-7-199<Enter>jkGg");
    let work = w.state.work;
    let typed = "pod-7-199".len() as u64;
    assert_eq!(work.lists - before.lists, typed);
    assert_eq!(work.rows - before.rows, typed * 2_000);
    assert_eq!(w.rows(Pane::Events), ["pod-7-199 BackOff"]);
    assert!(Filter::parse("").unwrap().is_none());
}

/// So many environments of four services each, every one with an event, on the dashboard.
fn many(environments: u32) -> World {
    let mut w = World::empty();
    for e in 0..environments {
        let namespace = format!("e{e}");
        w.namespace(&namespace, &format!("p{}", e % 5), &namespace);
        for s in 0..4 {
            w.service(&namespace, &format!("s{s}"), 2, 2);
        }
        w.event(&namespace, "s0-1", "Pulled", "image", i64::from(e));
    }
    w.show();
    w
}

#[test]
fn a_change_of_one_environment_costs_the_same_among_ten_and_among_two_hundred() {
    let work = |environments: u32, keys: &str| {
        let mut w = many(environments);
        w.keys(keys);
        w.show();
        let before = w.state.work;
        for (available, ago) in [(1, 1), (0, 2), (2, 3)] {
            w.service("e7", "s2", 2, available);
            w.event("e7", "s2-1", "Unhealthy", &format!("probe {ago}"), ago);
            w.wait(1);
            w.show();
        }
        let work = w.state.work;
        assert!(work.mended > before.mended, "{keys}: something was to be done");
        (work.lists - before.lists, work.mended - before.mended, work.rows - before.rows)
    };
    // The order is free, held with the cursor in the pane, sorted, filtered; everything at once is shown.
    for keys in ["jj", ":svc<Enter>", ":svc<Enter>jj", ":events<Enter>", ":events<Enter>/s2<Enter>", ":issues<Enter>j"]
    {
        let few = work(10, keys);
        assert_eq!(few.0, 0, "`{keys}` made lists from nothing");
        assert_eq!(work(200, keys), few, "{keys}");
    }
}

#[test]
fn time_takes_out_the_events_whose_time_has_come_and_looks_at_no_other() {
    let mut w = many(40);
    w.keys(":events<Enter>:since 1m<Enter>");
    assert_eq!(w.rows(Pane::Events).len(), 40);
    let before = w.state.work;
    tick(&mut w, 20);
    assert_eq!(w.state.work, before, "the oldest one is 59 s old");
    tick(&mut w, 25);
    assert_eq!(w.rows(Pane::Events).len(), 36);
    assert_eq!(w.state.list(Pane::Events).total, 36);
    let work = w.state.work;
    assert_eq!((work.lists - before.lists, work.mended - before.mended), (0, 1));
    assert_eq!(work.rows - before.rows, 4, "each of those that left, once");
}

#[test]
fn the_clock_is_the_clusters_even_where_that_is_years_ago() {
    let mut w = World::shop();
    w.keys("[");
    w.second = -400_000_000;
    w.show();
    assert_eq!(w.state.now, at(-400_000_000));
    assert!(w.state.notices.is_empty());
    w.state.now = at(-400_000_000 + 3);
    w.show();
    assert_eq!(w.state.now, at(-400_000_000 + 3), "a picture from before the last tick turns nothing back");
}

#[test]
fn of_a_service_without_a_workload_nothing_is_said_that_was_not_read() {
    let mut w = World::empty();
    w.namespace("lab-dev", "lab", "dev");
    w.bare_pod("lab-dev", "debug");
    w.show();
    w.keys("3<Enter>");
    for pane in [Pane::Config, Pane::Conditions] {
        let Some(Emptiness::Nothing(words)) = emptiness(&w.state, pane) else { panic!("{pane:?}") };
        assert!(words.starts_with("Not known: "), "{words}");
    }
}

#[test]
fn an_issue_of_the_cluster_is_one_row_in_each_scope_that_it_touches_and_none_in_others() {
    let mut w = World::shop();
    let id = IssueId::default();
    let issue = Issue::new(id, Severity::High, Category::Performance, "no metrics");
    let show = |w: &mut World, namespaces: &[&str]| {
        let mut snapshot = (*w.state.snapshot).clone();
        let namespaces = namespaces.iter().map(|n| (*n).into()).collect();
        snapshot.issues = Arc::new([ClusterIssue { issue: issue.clone(), namespaces, production: true }.into()]);
        snapshot.serial += 1;
        update(&mut w.state, Message::Snapshot(Arc::new(snapshot)));
    };
    let rows = |w: &World| {
        let of_cluster = |r: &&crate::app::Row| matches!(r, crate::app::Row::ClusterIssue(_));
        w.state.list(Pane::Health).rows().iter().filter(of_cluster).count()
    };
    show(&mut w, &["shop-prod", "shop-staging"]);
    assert_eq!(rows(&w), 1);
    w.keys(":lab<Enter>");
    assert_eq!(rows(&w), 0, "another project");
    w.keys(":shop/prod<Enter>");
    assert_eq!(rows(&w), 1);
    show(&mut w, &["shop-staging"]);
    assert_eq!(rows(&w), 0, "it does not touch this one any more");
}

#[test]
fn pods_that_ended_stand_last_and_more_than_a_few_that_ended_alike_are_one_row() {
    let mut w = World::empty();
    w.namespace("lab-dev", "lab", "dev");
    w.service("lab-dev", "web", 2, 1);
    let evicted = |name: &str, why: &str| PodRow {
        name: name.into(),
        uid: name.into(),
        phase: PodPhase::Failed,
        reason: Some("Evicted".into()),
        message: Some(format!("The node was low on resource: {why}. ").into()),
        ..World::pod_row("lab-dev", "web", 9, false)
    };
    let few = (0..3).map(|n| evicted(&format!("few-{n}"), "pids"));
    for pod in (0..40).map(|n| evicted(&format!("many-{n}"), "memory")).chain(few).collect::<Vec<_>>() {
        w.model.apply(Change::Put(AnyRow::Pod(Box::new(pod))));
    }
    w.show();
    w.keys(":pods<Enter>");
    let rows = w.rows(Pane::Pods);
    assert_eq!(rows.len(), 2 + 3 + 1, "{rows:?}");
    assert!(rows[..2].iter().all(|name| name.starts_with("web-")), "{rows:?}");
    assert!(rows.contains(&"40 evicted: low on memory".to_owned()), "{rows:?}");
    assert_eq!(notes(&w.state, Pane::Pods), ["45"], "all are counted");
    w.keys("/many-7<Enter>");
    assert_eq!(w.rows(Pane::Pods), ["many-7"], "a filter unfolds");
    let at = rows.iter().position(|r| r.starts_with("40 ")).unwrap();
    w.keys(&format!("<Esc>g{}<Enter>", "j".repeat(at)));
    let open = w.rows(Pane::Pods);
    assert_eq!(open.len(), 2 + 3 + 1 + 40);
    assert!(open[at + 1..=at + 40].iter().all(|name| name.starts_with("many-")), "behind their line: {open:?}");
    w.keys("j<Enter>");
    assert!(matches!(w.state.overlay, Some(crate::app::Overlay::Reading(_)) | None), "each is a row like any other");
}

#[test]
fn m_in_health_shows_what_is_no_more_in_place_of_what_is() {
    let mut w = World::shop();
    w.keys("5");
    assert_eq!(w.rows(Pane::Health), ["checkout"]);
    w.keys("m");
    let none = emptiness(&w.state, Pane::Health);
    assert!(matches!(&none, Some(Emptiness::Nothing(words)) if words.contains("m shows what is open")), "{none:?}");
    w.keys("m");
    w.service("shop-staging", "checkout", 3, 3);
    w.show();
    assert!(w.rows(Pane::Health).is_empty());
    assert!(notes(&w.state, Pane::Health).contains(&"m shows 1 resolved".to_owned()));
    w.keys("m");
    assert_eq!(w.rows(Pane::Health), ["checkout"]);
    assert!(notes(&w.state, Pane::Health).contains(&"resolved".to_owned()));
    w.keys("m");
    assert!(w.rows(Pane::Health).is_empty());
}
