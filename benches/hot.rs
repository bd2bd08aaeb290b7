//! Benchmarks of the hot paths: what one change costs among many, and a whole picture from scratch.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use divan::Bencher;
use kennel::domain::data::DataState;
use kennel::domain::model::Change;
use kennel::domain::row::{
    AnyRow, ContainerRow, ContainerState, Counts, EventRow, Meta, NamespaceRow, Owner, PodPhase, PodRow, Probe,
    Selector, Template, WorkloadRow,
};
use kennel::domain::{Kind, Labels, ObjectId, Text, Time};
use kennel::health::Picture;
use std::sync::Arc;

#[path = "hot/diagnose.rs"]
mod diagnose;
#[path = "hot/parse.rs"]
mod parse;
#[path = "hot/render.rs"]
mod render;

fn main() {
    divan::main();
}

/// Environments, services of each, pods of each service: the cluster of performance.md.
const SIZE: (u32, u32, u32) = (1000, 4, 5);

fn at(second: i64) -> Time {
    Time::from_second(1_800_000_000 + second).unwrap()
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::new(pairs.iter().map(|(k, v)| (Text::new(k), Text::new(v))))
}

fn meta(namespace: &str, name: &str) -> Meta {
    Meta {
        name: name.into(),
        namespace: namespace.into(),
        uid: format!("{namespace}-{name}").into(),
        created: Some(at(-86_400)),
        ..Meta::default()
    }
}

fn namespace(n: u32) -> (String, Change) {
    let (project, name) = (format!("project{}", n % 120), format!("project{}-env{n}", n % 120));
    let meta = Meta { labels: labels(&[("kennel.dev/project", &project)]), ..meta("", &name) };
    (name, Change::Put(AnyRow::Namespace(Box::new(NamespaceRow { meta, ..NamespaceRow::default() }))))
}

fn workload(namespace: &str, name: &str, pods: u32) -> Change {
    let counts = Counts { replicas: pods, updated: pods, ready: pods, available: pods, ..Counts::default() };
    Change::Put(AnyRow::Workload(Box::new(WorkloadRow {
        meta: meta(namespace, name),
        desired: pods,
        selector: Selector { labels: labels(&[("app", name)]), ..Selector::default() },
        template: Template {
            labels: labels(&[("app", name)]),
            probes: Arc::new([Probe { name: "readiness".into(), ..Probe::default() }]),
            ..Template::default()
        },
        counts,
        ..WorkloadRow::default()
    })))
}

fn pod(namespace: &str, service: &str, n: u32, ready: bool) -> Change {
    let owner = Owner {
        api: Kind::ReplicaSet.into(),
        name: format!("{service}-7d9f8b").into(),
        uid: format!("{namespace}-{service}-rs").into(),
    };
    Change::Put(AnyRow::Pod(Box::new(PodRow {
        name: format!("{service}-7d9f8b-x2ab{n}").into(),
        namespace: namespace.into(),
        uid: format!("{namespace}-{service}-{n}").into(),
        labels: labels(&[("app", service), ("pod-template-hash", "7d9f8b")]),
        owner: Some(owner.into()),
        created: Some(at(-86_400)),
        node: Some("node-1".into()),
        phase: PodPhase::Running,
        started: Some(at(-86_400)),
        ready,
        ready_since: Some(at(-80_000)),
        containers: Box::new([ContainerRow {
            name: service.into(),
            image: "registry.example.com/acme/web:1.2.3".into(),
            ready,
            state: ContainerState::Running(Some(at(-86_000))),
            ..ContainerRow::default()
        }]),
        ..PodRow::default()
    })))
}

fn event(namespace: &str, service: &str, n: u32) -> Change {
    Change::Put(AnyRow::Event(Box::new(EventRow {
        name: format!("{service}-{n}.17a").into(),
        namespace: namespace.into(),
        object: ObjectId::new(Kind::Pod, namespace, format!("{service}-7d9f8b-x2ab{n}")),
        reason: "Started".into(),
        message: "Started container".into(),
        count: 1,
        last: Some(at(-i64::from(n))),
        ..EventRow::default()
    })))
}

fn all() -> Vec<Change> {
    let (environments, services, pods) = SIZE;
    let mut all: Vec<Change> = Kind::ALL.iter().map(|i| Change::data(i.kind, DataState::Live)).collect();
    for n in 0..environments {
        let (name, change) = namespace(n);
        all.push(change);
        for s in 0..services {
            let service = format!("service{s}");
            all.push(workload(&name, &service, pods));
            for p in 0..pods {
                all.push(pod(&name, &service, p, true));
                all.push(event(&name, &service, p));
            }
        }
    }
    all
}

fn filled() -> Picture {
    let mut model = Picture::default();
    all().into_iter().for_each(|c| model.apply(c));
    model.publish(at(0));
    model
}

/// One pod of 20,000 changes, and the picture is published.
#[divan::bench]
fn one_pod_among_20_000(bencher: Bencher<'_, '_>) {
    let mut model = filled();
    let name = namespace(7).0;
    let mut ready = false;
    bencher.bench_local(|| {
        ready = !ready;
        model.apply(pod(&name, "service2", 3, ready));
        model.publish(at(1))
    });
}

/// A node changes: whatever runs on it is judged anew.
#[divan::bench(sample_count = 10)]
fn the_node_of_all_pods(bencher: Bencher<'_, '_>) {
    let mut model = filled();
    let mut spot = false;
    bencher.bench_local(|| {
        spot = !spot;
        let node = kennel::domain::row::NodeRow { name: "node-1".into(), spot, ..Default::default() };
        model.apply(Change::Put(AnyRow::Node(Box::new(node))));
        model.publish(at(1))
    });
}

/// All rows of a list that brings nothing new.
#[divan::bench(sample_count = 10)]
fn a_relist_of_20_000_pods(bencher: Bencher<'_, '_>) {
    let mut model = filled();
    let pods: Vec<Change> = all().into_iter().filter(|c| matches!(c, Change::Put(AnyRow::Pod(_)))).collect();
    bencher.with_inputs(|| pods.clone()).bench_local_values(|pods| {
        model.apply(Change::Begin { of: Kind::Pod.into(), namespace: None });
        pods.into_iter().for_each(|c| model.apply(c));
        model.apply(Change::End { of: Kind::Pod.into(), namespace: None });
        model.publish(at(1))
    });
}

/// 1,000 environments, 4,000 services, 20,000 pods and events: rows in, picture out.
#[divan::bench(sample_count = 10)]
fn everything_from_scratch(bencher: Bencher<'_, '_>) {
    let rows = all();
    bencher.with_inputs(|| rows.clone()).bench_local_values(|rows| {
        let mut model = Picture::default();
        rows.into_iter().for_each(|c| model.apply(c));
        model.publish(at(1))
    });
}
