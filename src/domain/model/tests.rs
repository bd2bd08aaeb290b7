//! The model as its owner sees it: changes in, snapshots out.

mod touched;

use super::*;
use crate::domain::Labels;
use crate::domain::inspection::Inspection;
use crate::domain::issue::{Category, Issue, IssueId, Severity};
use crate::domain::production::Guard;
use crate::domain::row::{Counts, EventRow, JournalRow, Meta, NamespaceRow, WorkloadKind, WorkloadRow};
use crate::domain::snapshot::ClusterFacts;

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
    Change::Put(AnyRow::Namespace(Box::new(NamespaceRow { meta, ..NamespaceRow::default() })))
}

fn workload(namespace: &str, name: &str, wanted: u32, available: u32) -> Change {
    Change::Put(AnyRow::Workload(Box::new(WorkloadRow {
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
        model.apply(Change::data(info.kind, DataState::Live));
    }
    model
}

fn names(snapshot: &Snapshot) -> Vec<String> {
    let all = snapshot.environments.values();
    all.flat_map(|e| e.services.iter().map(|s| format!("{}/{}", e.path(), s.object.name))).collect()
}

#[test]
fn an_environment_is_known_by_its_cluster_and_its_namespace_whenever_the_cluster_is_learnt() {
    let mut model = live();
    model.apply(namespace("shop-qa", "shop"));
    let nameless = model.picture(at(0));
    model.apply(Change::Facts(ClusterFacts { context: "eu-1".into(), ..ClusterFacts::default() }));
    let named = model.picture(at(1));
    let id = EnvironmentId::new("eu-1", "shop-qa");
    assert_eq!(named.environments.keys().collect::<Vec<_>>(), [&id]);
    assert_eq!((&named.environment(&id).unwrap().id, &*named.projects["shop"].environments), (&id, &[id.clone()][..]));
    assert!(named.environment(&EnvironmentId::new("us-1", "shop-qa")).is_none());
    assert_eq!((nameless.environments.len(), nameless.environment(&id).is_some()), (1, false));
    model.apply(Change::Gone { of: Kind::Namespace.into(), namespace: Text::default(), name: "shop-qa".into() });
    assert!(model.picture(at(2)).environments.is_empty());
}

#[test]
fn namespaces_and_workloads_make_environments_projects_and_totals() {
    let mut model = live();
    for change in [namespace("shop-qa", "shop"), workload("shop-qa", "web", 3, 3), workload("shop-qa", "api", 2, 0)] {
        model.apply(change);
    }
    let s = model.picture(at(0));
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
    model.picture(at(0));
    model.apply(Change::Begin { of: Kind::Deployment.into(), namespace: None });
    assert_eq!(names(&model.picture(at(1))).len(), 2, "no blank while it is listed");
    model.apply(workload("a", "web", 1, 1));
    assert_eq!(names(&model.picture(at(2))).len(), 2, "no duplicate");
    model.apply(Change::End { of: Kind::Deployment.into(), namespace: None });
    assert_eq!(names(&model.picture(at(3))), ["p/a/web"]);
    model.apply(Change::End { of: Kind::Deployment.into(), namespace: None });
    assert_eq!(names(&model.picture(at(4))), ["p/a/web"], "an end without a beginning removes nothing");
}

#[test]
fn a_namespace_that_is_gone_takes_its_environment_and_project_along() {
    let mut model = live();
    model.apply(namespace("a", "p"));
    model.apply(workload("a", "web", 1, 1));
    model.picture(at(0));
    model.apply(Change::Gone { of: Kind::Namespace.into(), namespace: Text::default(), name: "a".into() });
    let s = model.picture(at(1));
    assert!(s.environments.is_empty() && s.projects.is_empty());
    assert_eq!(s.totals, crate::domain::snapshot::Totals::default());
}

/// 1,000 environments in 100 projects, each with 4 services of 5 pods.
fn large() -> Model {
    let mut model = live();
    for n in 0..1000 {
        let ns = format!("p{}-{n}", n % 100);
        model.apply(namespace(&ns, &format!("p{}", n % 100)));
        for service in 0..4 {
            model.apply(workload(&ns, &format!("s{service}"), 5, 5));
            for pod in 0..5 {
                model.apply(pod_of(&ns, &format!("s{service}"), pod, true));
            }
        }
    }
    model
}

fn pod_of(namespace: &str, service: &str, n: u32, ready: bool) -> Change {
    let row = crate::domain::fixture::pod(service, "a", &n.to_string());
    let row = crate::domain::row::PodRow { namespace: namespace.into(), ready, ..row };
    Change::Put(AnyRow::Pod(Box::new(row)))
}

#[test]
fn one_pod_among_a_thousand_environments_touches_one_service_one_environment_one_project() {
    let mut model = large();
    let before = model.picture(at(0));
    assert_eq!(before.totals.pods, 20_000);
    let work = model.work();
    model.apply(pod_of("p7-7", "s2", 3, false));
    let after = model.picture(at(1));
    let done = model.work();
    assert_eq!(done.services - work.services, 1);
    assert_eq!(done.environments - work.environments, 1);
    assert_eq!(done.projects - work.projects, 0, "a pod shows in no project");
    let issue = Issue::new(IssueId::default(), Severity::High, Category::Reliability, "x");
    model.judge(&"p7-107".into(), Arc::new([issue]), Inspection::Never);
    assert_eq!(model.picture(at(1)).projects["p7"].issues.high, 1);
    assert_eq!(model.work().projects - done.projects, 1, "an issue does");
    let shared = before.environments.iter().filter(|(ns, e)| Arc::ptr_eq(e, &after.environments[*ns])).count();
    assert_eq!(shared, 999, "all others are the same allocation");
    let (old, new) =
        (&before.environments[&EnvironmentId::new("", "p7-7")], &after.environments[&EnvironmentId::new("", "p7-7")]);
    let kept = new.services.iter().filter(|s| old.services.iter().any(|o| Arc::ptr_eq(o, s))).count();
    assert_eq!(kept, 3, "its other services too");
}

#[test]
fn what_changes_nothing_costs_nothing() {
    let mut model = large();
    model.picture(at(0));
    let made = |model: &Model| (model.work().services, model.work().environments, model.work().projects);
    let made_before = made(&model);
    model.apply(Change::Begin { of: Kind::Pod.into(), namespace: None });
    for n in 0..1000 {
        for service in 0..4 {
            for pod in 0..5 {
                model.apply(pod_of(&format!("p{}-{n}", n % 100), &format!("s{service}"), pod, true));
            }
        }
    }
    model.apply(Change::End { of: Kind::Pod.into(), namespace: None });
    model.picture(at(1));
    assert_eq!(made(&model), made_before, "a list of what was there makes nothing anew");
    model.picture(at(2));
    assert_eq!(made(&model), made_before, "nor does time alone");
    // The state of the data came and went before anybody looked: that makes all anew, once.
    model.apply(Change::data(Kind::Pod, DataState::Loading { got: 1, of: None }));
    model.apply(Change::data(Kind::Pod, DataState::Live));
    model.picture(at(3));
    assert!(made(&model).0 - made_before.0 <= 4000 && made(&model).1 - made_before.1 <= 1000, "{:?}", made(&model));
}

#[test]
fn a_status_that_time_changes_is_made_anew_at_its_deadline_and_not_before() {
    let mut model = live();
    model.apply(namespace("a", "p"));
    model.apply(workload("a", "web", 1, 0));
    let stuck = crate::domain::row::PodRow {
        namespace: "a".into(),
        node: None,
        unschedulable: Some(at(0)),
        ..crate::domain::fixture::unready("web", "a", "1", 0)
    };
    model.apply(Change::Put(AnyRow::Pod(Box::new(stuck))));
    model.picture(at(0));
    let deadline = model.next_deadline().unwrap();
    let work = model.work();
    model.picture(at(deadline.as_second() - at(0).as_second() - 1));
    assert_eq!(model.work(), work);
    let s = model.picture(deadline);
    assert_eq!(s.environments[&EnvironmentId::new("", "a")].services[0].status.word(), "Degraded");
}

#[test]
fn a_clock_that_is_set_back_makes_all_anew_and_one_that_stumbles_stands_still() {
    let mut model = live();
    model.apply(namespace("a", "p"));
    model.apply(workload("a", "web", 1, 1));
    model.picture(at(1000));
    let work = model.work();
    assert_eq!(model.picture(at(999)).now, at(1000));
    assert_eq!(model.work(), work);
    assert_eq!(model.picture(at(0)).now, at(0));
    assert_eq!(model.work().environments - work.environments, 1);
}

#[test]
fn rows_of_which_there_are_tens_of_thousands_stay_small() {
    use crate::domain::row::{ContainerRow, PodRow};
    // 20,000 pods and events are to fit into 60 MB with the program itself. Who adds a field looks for a smaller one:
    // shared, boxed where it is rarely there, not kept where nothing reads it.
    let sizes = [
        size_of::<PodRow>(),
        size_of::<ContainerRow>(),
        size_of::<EventRow>(),
        size_of::<crate::domain::event::Event>(),
    ];
    assert!(sizes.iter().zip([192, 56, 96, 88]).all(|(size, most)| *size <= most), "{sizes:?}");
}

#[test]
fn a_namespace_that_fails_all_night_keeps_its_newest_events_and_no_others() {
    let mut model = live();
    model.apply(namespace("shop", "shop"));
    for n in 0..5000 {
        model.apply(Change::Put(AnyRow::Event(Box::new(EventRow {
            name: format!("web.{n}").into(),
            namespace: "shop".into(),
            reason: format!("Reason{n}").into(),
            last: Some(at(n)),
            ..EventRow::default()
        }))));
    }
    let kept = model.places["shop"].space.events.len();
    assert!((1000..=1250).contains(&kept), "{kept}");
    let snapshot = model.picture(at(5000));
    let shown: Vec<i64> = snapshot.environments[&EnvironmentId::new("", "shop")]
        .events
        .iter()
        .filter_map(|e| e.time)
        .map(|t| t.as_second())
        .collect();
    assert_eq!((shown[0], shown.len()), (at(4999).as_second(), 300), "the newest come first");
    assert!(shown.windows(2).all(|pair| pair[0] == pair[1] + 1), "and none between them is missing");
    assert_eq!(
        snapshot.environments[&EnvironmentId::new("", "shop")].older_events,
        4700,
        "it is said how many are not"
    );
    // A new list counts anew.
    model.apply(Change::Begin { of: Kind::Event.into(), namespace: None });
    model.apply(Change::End { of: Kind::Event.into(), namespace: None });
    assert_eq!(model.picture(at(5001)).environments[&EnvironmentId::new("", "shop")].older_events, 0);
}

#[test]
fn a_list_of_nodes_or_deliveries_keeps_those_it_names_and_drops_the_others() {
    use crate::domain::row::{DeliveryRow, NodeRow};
    let node = |name: &str| {
        Change::Put(AnyRow::Node(Box::new(NodeRow {
            name: name.into(),
            spot: true,
            ready: true,
            ..NodeRow::default()
        })))
    };
    let delivery = |name: &str, declares: &str| {
        Change::Put(AnyRow::Delivery(Box::new(DeliveryRow {
            kind: Kind::Application,
            name: name.into(),
            namespace: "gitops".into(),
            target: None,
            declares: Box::new([crate::domain::ObjectId::new(Kind::Deployment, "a", declares)]),
            failed: None,
            source: None,
            refers: None,
        })))
    };
    let on = |name: &str, node: &str| {
        let row = crate::domain::row::PodRow {
            namespace: "a".into(),
            node: Some(node.into()),
            ..crate::domain::fixture::pod(name, "a", name)
        };
        Change::Put(AnyRow::Pod(Box::new(row)))
    };
    let mut model = live();
    let before = [node("n1"), node("n2"), delivery("one", "gone-1"), delivery("two", "gone-2")];
    let there = [namespace("a", "p"), workload("a", "web", 1, 1), on("web", "n1"), workload("a", "api", 1, 1)];
    before.into_iter().chain(there).chain([on("api", "n2")]).for_each(|change| model.apply(change));
    let seen = |model: &mut Model, second| {
        let e = model.picture(at(second)).environments[&EnvironmentId::new("", "a")].clone();
        let of = |wanted: fn(&crate::domain::service::Service) -> bool| -> Vec<String> {
            let mut names: Vec<_> =
                e.services.iter().filter(|s| wanted(s)).map(|s| s.object.name.to_string()).collect();
            names.sort();
            names
        };
        (of(|s| s.spot), of(|s| s.status.word() == "Missing"))
    };
    assert_eq!(seen(&mut model, 0), (vec!["api".into(), "web".into()], vec!["gone-1".into(), "gone-2".into()]));
    for (kind, named) in [(Kind::Node, node("n1")), (Kind::Application, delivery("one", "gone-1"))] {
        model.apply(Change::Begin { of: kind.into(), namespace: None });
        model.apply(named);
        model.apply(Change::End { of: kind.into(), namespace: None });
    }
    assert_eq!(seen(&mut model, 1), (vec!["web".into()], vec!["gone-1".into()]));
}

#[test]
fn an_object_that_could_not_be_read_is_told_until_it_can_be_or_is_gone() {
    let mut model = live();
    model.apply(namespace("a", "p"));
    let unread = |name: &str| Change::Unread {
        of: Kind::Deployment.into(),
        namespace: "a".into(),
        name: name.into(),
        why: "no replicas".into(),
        count: 1,
    };
    let told = |model: &mut Model, second| model.picture(at(second)).unread.len();
    model.apply(unread("web"));
    model.apply(unread("api"));
    assert_eq!(told(&mut model, 0), 2);
    model.apply(workload("a", "web", 1, 1));
    assert_eq!(told(&mut model, 1), 1);
    model.apply(Change::Gone { of: Kind::Deployment.into(), namespace: "a".into(), name: "api".into() });
    assert_eq!(told(&mut model, 2), 0);
}

#[test]
fn to_look_at_another_environment_touches_no_other() {
    let mut model = live();
    for n in 0..50 {
        model.apply(namespace(&format!("shop-{n}"), "shop"));
    }
    model.picture(at(0));
    let before = model.work();
    for kind in [Kind::ReplicaSet, Kind::PodMetrics] {
        for state in [DataState::Loading { got: 0, of: None }, DataState::Live, DataState::Idle] {
            model.apply(Change::data(kind, state));
            model.picture(at(1));
        }
    }
    assert_eq!(model.work().environments, before.environments);
    model.apply(Change::data(Kind::ReplicaSet, DataState::Forbidden { why: "no".into() }));
    model.picture(at(1));
    assert_eq!(model.work().environments - before.environments, 50, "that it may not be is told");
}

#[test]
fn five_dev_environments_of_people_are_one_project_and_a_namespace_that_comes_turns_them() {
    let mut model = live();
    let unlabelled = |name: &str| {
        Change::Put(AnyRow::Namespace(Box::new(NamespaceRow { meta: meta("", name), ..NamespaceRow::default() })))
    };
    let projects = |model: &mut Model, second| -> Vec<String> {
        model.picture(at(second)).environments.values().map(|e| e.path()).collect()
    };
    model.apply(unlabelled("dev-anna"));
    assert_eq!(projects(&mut model, 0), ["anna/dev"]);
    model.apply(unlabelled("dev-ben"));
    assert_eq!(projects(&mut model, 1), ["dev/anna", "dev/ben"]);
    model.apply(Change::Gone {
        of: Collection::All(Kind::Namespace),
        namespace: Text::default(),
        name: "dev-ben".into(),
    });
    assert_eq!(projects(&mut model, 2), ["anna/dev"]);
}

#[test]
fn what_the_cluster_itself_runs_in_is_one_project_at_the_end_that_is_not_counted() {
    let mut model = live();
    for name in ["kube-system", "net", "shop-qa"] {
        model.apply(Change::Put(AnyRow::Namespace(Box::new(NamespaceRow {
            meta: meta("", name),
            ..NamespaceRow::default()
        }))));
    }
    let Change::Put(AnyRow::Workload(mut cni)) = workload("net", "cni", 1, 1) else { panic!() };
    cni.template.critical = true;
    model.apply(Change::Put(AnyRow::Workload(cni)));
    model.apply(namespace("kube-kennel", "mine"));
    let s = model.picture(at(0));
    let places: Vec<_> = s.environments.values().map(|e| (e.path(), e.guard())).collect();
    let (system, named) = (Some(Guard::System), |path: &str, guard| (path.to_owned(), guard));
    assert_eq!(
        places,
        [
            named("mine/kube-kennel", system),
            named("system/kube-system", system),
            named("system/net", system),
            named("shop/qa", None),
        ]
    );
    assert_eq!((s.totals.projects, s.projects["system"].system), (1, true), "what is labelled is where its label says");
}

#[test]
fn what_the_model_wants_read_is_stated_once_and_again_only_when_it_is_another() {
    let mut model = Model::default();
    let mut demand = Demand { on_screen: Some("shop".into()), ..Demand::default() };
    let stated = |model: &mut Model, demand: &mut Demand| {
        model.picture(at(0));
        model.demand(demand, 2)
    };
    assert!(!stated(&mut model, &mut demand), "whether namespaces can be listed is not known");
    model.apply(Change::data(Kind::Namespace, DataState::Live));
    assert!(stated(&mut model, &mut demand));
    assert_eq!(demand.namespaces.as_deref(), Some(&[][..]));
    ["c", "a", "b"].iter().for_each(|name| model.apply(namespace(name, "shop")));
    assert!(stated(&mut model, &mut demand));
    assert_eq!(demand.namespaces.as_deref(), Some(&["a".into(), "b".into()][..]), "the first of them");
    assert!(!stated(&mut model, &mut demand));
    model.apply(Change::Gone { of: Kind::Namespace.into(), namespace: "c".into(), name: "c".into() });
    assert!(!stated(&mut model, &mut demand), "what is beyond the bound is asked for by nobody");
    model.apply(Change::data(Kind::Namespace, DataState::Forbidden { why: "no".into() }));
    assert!(stated(&mut model, &mut demand));
    assert_eq!(demand.namespaces.as_deref(), Some(&[][..]), "what may not be listed is stated by nobody");
    assert_eq!(demand.on_screen.as_deref(), Some("shop"), "which others state");
}

#[test]
fn of_two_readers_of_one_api_the_list_of_one_leaves_the_others_rows() {
    use crate::domain::row::{AnyRow, CustomRow};
    let mut model = live();
    model.apply(namespace("a", "p"));
    let map = |name: &str| {
        let row = CustomRow {
            api: Kind::ConfigMap.into(),
            namespace: "a".into(),
            name: name.into(),
            owner: None,
            deleted: false,
            behind: false,
            phase: None,
            message: None,
            conditions: Box::default(),
            url: None,
        };
        Change::Put(AnyRow::Custom(Box::new(row)))
    };
    let journal = |name: &str| {
        let journal = Ok(crate::domain::fixture::journal(at(0)));
        let (uid, resource_version) = ("u".into(), "1".into());
        let row = JournalRow { namespace: "a".into(), name: name.into(), uid, resource_version, journal };
        Change::Put(AnyRow::Journal(Box::new(row)))
    };
    // One reads the ConfigMaps that are journals, another all of them.
    let (journals, all) = (Collection::from(Kind::ConfigMap), Collection::Any(Kind::ConfigMap.into()));
    let rows = |model: &Model| [&journals, &all].map(|of| model.places["a"].space.names(of).join(" "));
    let list = |model: &mut Model, of: &Collection, rows: Vec<Change>| {
        model.apply(Change::Begin { of: of.clone(), namespace: None });
        rows.into_iter().for_each(|row| model.apply(row));
        model.apply(Change::End { of: of.clone(), namespace: None });
    };
    list(&mut model, &journals, vec![journal("kennel-operation")]);
    list(&mut model, &all, vec![map("kennel-operation"), map("settings")]);
    assert_eq!(rows(&model), ["kennel-operation", "kennel-operation settings"]);
    // Their lists run at once: what one has seen the other has not.
    model.apply(Change::Begin { of: all.clone(), namespace: None });
    list(&mut model, &journals, vec![journal("kennel-operation")]);
    model.apply(map("settings"));
    model.apply(Change::End { of: all.clone(), namespace: None });
    assert_eq!(rows(&model), ["kennel-operation", "settings"]);
    list(&mut model, &journals, vec![]);
    assert_eq!(rows(&model), ["", "settings"]);
    model.apply(Change::Gone { of: all.clone(), namespace: "a".into(), name: "settings".into() });
    assert!(model.picture(at(0)).environments.values().all(|e| e.operation.is_none()));
    assert_eq!(rows(&model), ["", ""]);
    // Of one namespace alone, the rest stays.
    list(&mut model, &all, vec![map("settings")]);
    model.apply(Change::Begin { of: all.clone(), namespace: Some("b".into()) });
    model.apply(Change::End { of: all.clone(), namespace: Some("b".into()) });
    assert_eq!(rows(&model)[1], "settings");
}
