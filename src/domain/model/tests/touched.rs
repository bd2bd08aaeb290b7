//! What a change costs where there is much of everything: rows that belong to a service are looked up, not looked for,
//! and a change touches those that it is about.

use super::*;
use crate::domain::fixture::{IntoRow, NS, Scene, kube_service, labels, pod, slice, workload};
use crate::domain::row::{
    AutoscalerRow, ClaimRow, DeliveryRow, IngressRow, JobRow, NodeRow, PodRow, ReleaseRow, ReplicaSetRow,
    ScaledObjectRow, ServicePort,
};
use crate::domain::{Api, ObjectId, fixture};

/// Services of the environment.
const MANY: u32 = 200;

fn named(n: u32) -> String {
    format!("s{n:03}")
}

fn release(n: u32, version: u32, status: &str) -> ReleaseRow {
    let (name, status) = (named(n).into(), status.into());
    let object = format!("sh.helm.release.v1.{name}.v{version}").into();
    ReleaseRow { namespace: NS.into(), object, name, status, version, at: Some(at(-590)) }
}

fn autoscaler(n: u32, desired: u32) -> AutoscalerRow {
    let target = ObjectId::new(Kind::Deployment, NS, named(n));
    AutoscalerRow { meta: fixture::meta(&named(n)), target, desired: Some(desired), ..AutoscalerRow::default() }
}

fn route(n: u32, kind: Kind, host: &str) -> IngressRow {
    let rules = Box::new([(host.into(), "/".into(), named(n).into(), true)]);
    IngressRow { kind, meta: fixture::meta(&named(n)), rules }
}

fn claim(n: u32, phase: &str) -> ClaimRow {
    ClaimRow { name: named(n).into(), namespace: NS.into(), phase: phase.into(), capacity: None }
}

fn job(n: u32, active: u32) -> JobRow {
    let annotations = labels(&[("meta.helm.sh/release-name", &named(n))]);
    JobRow { meta: Meta { annotations, ..fixture::meta(&format!("job-{n}")) }, active, ..JobRow::default() }
}

fn on(n: u32, node: &str) -> PodRow {
    PodRow { node: Some(node.into()), ..pod(&named(n), "a", "1") }
}

/// An environment with a few of everything for each of [`MANY`] services.
fn crowded() -> Scene {
    let mut s = Scene::new();
    for n in 0..MANY {
        let name = named(n);
        let mut row = workload(WorkloadKind::Deployment, &name, 1, 1);
        row.meta.annotations = labels(&[("meta.helm.sh/release-name", &name)]);
        row.template.claims = Box::new([name.as_str().into()]);
        s.put(row);
        s.put(on(n, &format!("node-{}", n % 50)));
        s.put(kube_service(&name, &name));
        s.put(slice(&name, 1, 1));
        s.put(route(n, Kind::Ingress, "a.example.com"));
        s.put(route(n, Kind::HTTPRoute, "b.example.com"));
        s.put(claim(n, "Bound"));
        s.put(autoscaler(n, 1));
        let target = ObjectId::new(Kind::Deployment, NS, &*name);
        s.put(ScaledObjectRow { meta: fixture::meta(&name), target, ..ScaledObjectRow::default() });
        (1..=10).for_each(|version| s.put(release(n, version, "deployed")));
        s.put(job(n, 0));
        let owner = Some(crate::domain::row::Owner {
            api: Api::from(Kind::Deployment),
            name: name.as_str().into(),
            uid: fixture::meta(&name).uid,
        });
        for hash in ["a", "b"] {
            let name = format!("{name}-{hash}").into();
            let row = ReplicaSetRow { name, namespace: NS.into(), owner: owner.clone(), ..ReplicaSetRow::default() };
            s.put(row);
        }
    }
    s
}

#[test]
fn what_belongs_to_a_service_is_looked_up_however_much_belongs_to_others() {
    let mut s = crowded();
    s.environment(0);
    let first = s.0.work();
    assert_eq!((first.services, first.environments), (u64::from(MANY), 1));
    // Ten releases, two ReplicaSets, and one or two of each of the rest, some of which two rules ask for.
    let most = 30;
    assert!(first.rows <= u64::from(MANY) * most, "{} rows for {MANY} services", first.rows);
    let web = s.service("s007", 0);
    assert_eq!((web.urls.len(), web.addresses.len(), web.status.word()), (2, 1, "Healthy"));
    s.put(PodRow { ready: false, ..on(7, "node-7") });
    s.environment(1);
    let after = s.0.work();
    assert_eq!(after.services - first.services, 1);
    assert!(after.rows - first.rows <= most, "{}", after.rows - first.rows);
}

#[test]
fn a_row_makes_anew_the_service_that_it_is_about_and_no_other() {
    let mut s = crowded();
    s.environment(0);
    let mut kube = kube_service("s009", "s009");
    kube.ports = Box::new([ServicePort { port: 80, ..ServicePort::default() }]);
    kube.balancers = Box::new(["10.0.0.1".into()]);
    let moved = AutoscalerRow { target: ObjectId::new(Kind::Deployment, NS, named(11)), ..autoscaler(10, 1) };
    let revised = ReplicaSetRow {
        name: "s012-b".into(),
        namespace: NS.into(),
        owner: Some(crate::domain::row::Owner {
            api: Api::from(Kind::Deployment),
            name: "s012".into(),
            uid: fixture::meta("s012").uid,
        }),
        revision: Some(4),
        ..ReplicaSetRow::default()
    };
    let changes: Vec<(&str, AnyRow, u64)> = vec![
        ("an autoscaler counts", autoscaler(1, 3).row(), 1),
        ("an autoscaler is another's", moved.row(), 2),
        ("a host leads there", route(2, Kind::Ingress, "c.example.com").row(), 1),
        ("a route leads there", route(3, Kind::HTTPRoute, "c.example.com").row(), 1),
        ("a claim is lost", claim(4, "Lost").row(), 1),
        ("a release fails", release(5, 11, "failed").row(), 1),
        ("a release works", job(6, 1).row(), 1),
        ("an endpoint goes", slice("s008", 0, 1).row(), 1),
        ("a Service gets an address", kube.row(), 1),
        ("a revision has its number", revised.row(), 1),
    ];
    for (what, row, services) in changes {
        let before = s.0.work();
        s.0.apply(Change::Put(row));
        s.environment(0);
        assert_eq!(s.0.work().services - before.services, services, "{what}");
    }
    let lost = s.service("s004", 0);
    assert_eq!((lost.status.word(), lost.reason.as_deref()), ("Degraded", Some("volume claim s004 is lost")));
    assert_eq!((s.service("s009", 0).addresses.len(), s.service("s002", 0).urls.len()), (2, 2));
    assert_eq!(s.service("s005", 0).secondary.as_deref(), Some("release s005 failed 9m"));
    let gone = [
        (Collection::Releases, "sh.helm.release.v1.s005.v11"),
        (Kind::PersistentVolumeClaim.into(), "s004"),
        (Kind::Ingress.into(), "s002"),
        (Kind::Job.into(), "job-6"),
        (Kind::HorizontalPodAutoscaler.into(), "s001"),
    ];
    for (of, name) in gone {
        let before = s.0.work();
        s.0.apply(Change::Gone { of, namespace: NS.into(), name: name.into() });
        s.environment(0);
        assert_eq!(s.0.work().services - before.services, 1, "{name} is gone");
    }
    assert_eq!(s.service("s004", 0).status.word(), "Healthy");
    assert_eq!((s.service("s005", 0).secondary.clone(), s.service("s002", 0).urls.len()), (None, 1));
}

#[test]
fn what_an_application_declares_is_looked_up() {
    let mut s = crowded();
    let declares = (0..MANY).rev().map(|n| ObjectId::new(Kind::Deployment, NS, named(n))).collect();
    s.put(DeliveryRow {
        kind: Kind::Application,
        name: "shop".into(),
        namespace: "argocd".into(),
        target: None,
        declares,
        failed: None,
        source: None,
        refers: None,
    });
    assert_eq!(s.service("s199", 0).deployed_by.as_deref(), Some("Argo CD shop"), "in whatever order it declares them");
}

#[test]
fn a_node_touches_the_services_with_a_pod_on_it_and_the_daemon_sets_and_looks_at_no_others() {
    let mut model = live();
    let node = |name: &str, ready| {
        Change::Put(AnyRow::Node(Box::new(NodeRow { name: name.into(), ready, ..NodeRow::default() })))
    };
    let seated = |ns: &str, service: &str, n: u32, node: u32| {
        let row = fixture::pod(service, "a", &n.to_string());
        Change::Put(AnyRow::Pod(Box::new(PodRow {
            namespace: ns.into(),
            node: Some(format!("node-{node}").into()),
            ..row
        })))
    };
    for n in 0..500 {
        let ns = format!("p{n}");
        model.apply(namespace(&ns, "shop"));
        for service in 0..4 {
            model.apply(workload_of(&ns, WorkloadKind::Deployment, &format!("s{service}")));
            for pod in 0..5 {
                model.apply(seated(&ns, &format!("s{service}"), pod, n % 100));
            }
        }
    }
    model.apply(workload_of("p0", WorkloadKind::DaemonSet, "agent"));
    (0..100).for_each(|n| model.apply(node(&format!("node-{n}"), true)));
    model.picture(at(0));
    let before = model.work();
    model.apply(node("node-7", false));
    model.picture(at(1));
    let after = model.work();
    assert_eq!(after.environments - before.environments, 6, "five with its pods, one with a DaemonSet");
    assert_eq!(after.services - before.services, 21);
    let looked_at = 5 * 20 + 1;
    assert!(after.rows - before.rows <= looked_at + 21 * 2, "{}", after.rows - before.rows);
    // Pods that move, and a DaemonSet that goes, are followed.
    model.apply(seated("p7", "s0", 0, 8));
    for pod in 0..5 {
        model.apply(Change::Gone {
            of: Kind::Pod.into(),
            namespace: "p107".into(),
            name: format!("s1-a-{pod}").into(),
        });
    }
    model.apply(Change::Gone { of: Kind::DaemonSet.into(), namespace: "p0".into(), name: "agent".into() });
    model.picture(at(2));
    let before = model.work();
    model.apply(node("node-7", true));
    model.picture(at(3));
    let after = model.work();
    assert_eq!((after.environments - before.environments, after.services - before.services), (5, 19));
}

fn workload_of(namespace: &str, kind: WorkloadKind, name: &str) -> Change {
    let row = workload(kind, name, 5, 5);
    Change::Put(WorkloadRow { meta: Meta { namespace: namespace.into(), ..row.meta }, ..row }.row())
}
