//! Whatever the order of changes, relists and publishing: the picture is that of a fresh model which
//! is given the final objects.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::fixture::{
    IntoRow, NS, at, condition, crashing, kube_service, labels, meta, pod, slice, unready, workload,
};
use crate::domain::row::{
    AutoscalerRow, ClaimRow, CronJobRow, EventRow, IngressRow, JobRow, Meta, MetricsRow, NamespaceRow, NodeRow,
    PodPhase, PodRow, ReleaseRow, ReplicaSetRow, ScaledObjectRow, WorkloadKind, WorkloadRow,
};
use crate::domain::{Api, Labels, ObjectId};

/// The objects that a cluster of this test can have: few names, so that they meet.
#[derive(Clone, Debug)]
enum Deed {
    Put(AnyRow),
    Gone(AnyRow),
    /// A list of everything of a kind (or of one namespace), as the cluster stands then; some of its
    /// objects arrive, a picture is taken, the rest arrives.
    Relist(Kind, bool),
    Data(Kind, DataState),
    Publish(i64),
}

fn in_namespace(namespace: usize, row: AnyRow) -> AnyRow {
    let name: Text = ["shop-qa", "shop-prod"][namespace].into();
    match row {
        AnyRow::Workload(mut r) => {
            r.meta.namespace = name;
            AnyRow::Workload(r)
        }
        AnyRow::Pod(mut r) => {
            r.namespace = name;
            AnyRow::Pod(r)
        }
        AnyRow::Job(mut r) => {
            r.meta.namespace = name;
            AnyRow::Job(r)
        }
        AnyRow::CronJob(mut r) => {
            r.meta.namespace = name;
            AnyRow::CronJob(r)
        }
        AnyRow::KubeService(mut r) => {
            r.meta.namespace = name;
            AnyRow::KubeService(r)
        }
        AnyRow::Slice(mut r) => {
            r.namespace = name;
            AnyRow::Slice(r)
        }
        AnyRow::Autoscaler(mut r) => {
            r.meta.namespace = name;
            AnyRow::Autoscaler(r)
        }
        AnyRow::Event(mut r) => {
            r.namespace = name;
            AnyRow::Event(r)
        }
        AnyRow::Release(mut r) => {
            r.namespace = name;
            AnyRow::Release(r)
        }
        AnyRow::ReplicaSet(mut r) => {
            r.namespace = name;
            AnyRow::ReplicaSet(r)
        }
        AnyRow::Metrics(mut r) => {
            r.namespace = name;
            AnyRow::Metrics(r)
        }
        AnyRow::Ingress(mut r) => {
            r.meta.namespace = name;
            AnyRow::Ingress(r)
        }
        AnyRow::Claim(mut r) => {
            r.namespace = name;
            AnyRow::Claim(r)
        }
        AnyRow::ScaledObject(mut r) => {
            r.meta.namespace = name;
            AnyRow::ScaledObject(r)
        }
        AnyRow::Namespace(mut r) => {
            r.meta.name = name;
            AnyRow::Namespace(r)
        }
        row => row,
    }
}

fn rows() -> impl Strategy<Value = AnyRow> {
    let app = || prop_oneof![Just("web"), Just("api")];
    let tail = || prop_oneof![Just("1"), Just("2"), Just("3")];
    let workloads = (app(), 0u32..3, 0u32..3, 0usize..4).prop_map(|(name, wanted, available, how)| {
        let kind = if how == 3 { WorkloadKind::StatefulSet } else { WorkloadKind::Deployment };
        let row = workload(kind, name, wanted.max(available), available);
        let annotations = match how {
            1 => labels(&[("kennel.dev/replicas", "2")]),
            2 => labels(&[("meta.helm.sh/release-name", "shop")]),
            _ => Labels::default(),
        };
        let owner = (how == 3 && name == "api").then(|| crate::domain::fixture::owner("Deployment", "web"));
        let volume_claims: Box<[Text]> = if how == 3 { Box::new(["data".into()]) } else { Box::default() };
        let template = match name {
            "web" => crate::domain::row::Template { claims: Box::new(["shared".into()]), ..row.template },
            _ => row.template,
        };
        WorkloadRow { meta: Meta { annotations, owner, ..row.meta }, volume_claims, template, ..row }.row()
    });
    let pods = (app(), tail(), 0usize..7, -900i64..0).prop_map(|(app, tail, how, t)| {
        let name = format!("{app}-{tail}").into();
        let row = match how {
            0 => pod(app, "a", tail),
            1 => unready(app, "b", tail, t),
            2 => crashing(app, "b", tail, t),
            3 => PodRow { deleted: Some(at(t)), ..pod(app, "a", tail) },
            4 => PodRow { owner: None, ..pod(app, "a", tail) },
            5 => PodRow { owner: None, phase: PodPhase::Succeeded, ready: false, ..pod(app, "a", tail) },
            _ => PodRow { owner: Some(crate::domain::fixture::owner("Cluster", app).into()), ..pod(app, "a", tail) },
        };
        PodRow { name, ..row }.row()
    });
    let jobs = (tail(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(tail, failed, owned, helm)| {
        let owner = owned.then(|| crate::domain::fixture::owner("CronJob", "nightly"));
        let conditions = Box::new([condition("Failed", failed, "", -100)]);
        let annotations = if helm { labels(&[("meta.helm.sh/release-name", "shop")]) } else { Labels::default() };
        let meta = Meta { owner, annotations, ..meta(&format!("job-{tail}")) };
        JobRow { meta, conditions, active: u32::from(!failed), ..JobRow::default() }.row()
    });
    let events = (app(), tail(), 0u32..3, -300i64..0).prop_map(|(app, tail, count, t)| {
        EventRow {
            name: format!("{app}.{tail}.{count}").into(),
            object: ObjectId::new(Kind::Pod, NS, format!("{app}-{tail}")),
            reason: "BackOff".into(),
            message: format!("back-off {count}m restarting").into(),
            count,
            last: Some(at(t)),
            ..EventRow::default()
        }
        .row()
    });
    let release = (1u32..4, any::<bool>()).prop_map(|(version, failed)| {
        let status = if failed { "failed" } else { "pending-upgrade" };
        let object = format!("shop.v{version}").into();
        ReleaseRow {
            object,
            name: "shop".into(),
            status: status.into(),
            version,
            at: Some(at(-590)),
            ..ReleaseRow::default()
        }
        .row()
    });
    let rest = prop_oneof![
        Just(CronJobRow { meta: meta("nightly"), schedule: "0 3 * * *".into(), ..CronJobRow::default() }.row()),
        app().prop_map(|a| kube_service(a, a).row()),
        (app(), any::<bool>()).prop_map(|(a, rollout)| {
            let kind = if rollout { "Rollout" } else { "Deployment" };
            let owner = Some(crate::domain::fixture::owner(kind, a));
            ReplicaSetRow { name: format!("{a}-a").into(), owner, ..ReplicaSetRow::default() }.row()
        }),
        (app(), 0u32..2).prop_map(|(a, ready)| slice(a, ready, 1).row()),
        (app(), any::<bool>(), any::<bool>()).prop_map(|(a, ingress, other)| {
            let kind = if ingress { Kind::Ingress } else { Kind::HTTPRoute };
            let host = if other { "b.example.com" } else { "a.example.com" };
            let rules = Box::new([(host.into(), "/".into(), a.into(), false)]);
            IngressRow { kind, meta: meta("route"), rules }.row()
        }),
        (app(), any::<bool>(), any::<bool>()).prop_map(|(a, own, lost)| {
            let name = if own { format!("data-{a}-0") } else { "shared".to_owned() };
            let phase = if lost { "Lost" } else { "Pending" };
            ClaimRow { name: name.into(), phase: phase.into(), ..ClaimRow::default() }.row()
        }),
        (app(), any::<bool>()).prop_map(|(a, rollout)| {
            let target = ObjectId::new(Api::referred("", if rollout { "Rollout" } else { "Deployment" }), NS, a);
            ScaledObjectRow { meta: meta("scaler"), target, ..ScaledObjectRow::default() }.row()
        }),
        app().prop_map(|a| {
            let target = ObjectId::new(Kind::Deployment, NS, a);
            AutoscalerRow { meta: meta("scaler"), target, ..AutoscalerRow::default() }.row()
        }),
        any::<bool>()
            .prop_map(|spot| { NodeRow { name: "node-1".into(), ready: !spot, spot, ..NodeRow::default() }.row() }),
        (app(), tail(), 1u64..3).prop_map(|(a, t, cpu)| {
            MetricsRow { name: format!("{a}-{t}").into(), cpu, ..MetricsRow::default() }.row()
        }),
        any::<bool>().prop_map(|shop| {
            let labels = if shop { labels(&[("kennel.dev/project", "other")]) } else { Labels::default() };
            NamespaceRow { meta: Meta { labels, ..meta("") }, ..NamespaceRow::default() }.row()
        }),
    ];
    let any = prop_oneof![4 => workloads, 6 => pods, 2 => jobs, 2 => events, 1 => release, 6 => rest];
    (0usize..2, any).prop_map(|(namespace, row)| in_namespace(namespace, row))
}

fn deeds() -> impl Strategy<Value = Deed> {
    let kind = || (0..Kind::ALL.len()).prop_map(|at| Kind::ALL[at].kind);
    let state =
        prop_oneof![Just(DataState::Live), Just(DataState::Idle), Just(DataState::Forbidden { why: Text::default() })];
    prop_oneof![
        12 => rows().prop_map(Deed::Put),
        3 => rows().prop_map(Deed::Gone),
        2 => (kind(), any::<bool>()).prop_map(|(kind, one)| Deed::Relist(kind, one)),
        1 => (kind(), state).prop_map(|(kind, state)| Deed::Data(kind, state)),
        3 => (0i64..90).prop_map(Deed::Publish),
    ]
}

type Cluster = BTreeMap<(Collection, Text, Text), AnyRow>;

fn key(row: &AnyRow) -> (Collection, Text, Text) {
    let (namespace, name) = row.key();
    (row.of(), namespace, name)
}

/// A row of the same name as one of another kind is another object; all else as the model takes it.
fn perform(model: &mut Model, cluster: &mut Cluster, deed: Deed, hidden: &mut Cluster, now: &mut i64) {
    match deed {
        Deed::Put(row) => {
            cluster.insert(key(&row), row.clone());
            model.apply(Change::Put(row));
        }
        Deed::Gone(row) => {
            let (of, namespace, name) = key(&row);
            if cluster.remove(&key(&row)).is_some() {
                // Some deletions are missed: only the next list tells of them.
                if name.ends_with('3') {
                    hidden.insert(key(&row), row);
                } else {
                    model.apply(Change::Gone { of, namespace, name });
                }
            }
        }
        Deed::Relist(kind, one) => {
            let namespace: Option<Text> = one.then(|| "shop-qa".into()).filter(|_| kind.info().namespaced);
            model.apply(Change::Begin { of: kind.into(), namespace: namespace.clone() });
            let listed: Vec<_> = cluster
                .iter()
                .filter(|((of, ns, _), _)| *of == kind.into() && namespace.as_ref().is_none_or(|n| n == ns))
                .map(|(_, row)| row.clone())
                .collect();
            for (at_row, row) in listed.into_iter().enumerate() {
                model.apply(Change::Put(row));
                if at_row == 1 {
                    model.picture(at(*now));
                }
            }
            model.apply(Change::End { of: kind.into(), namespace: namespace.clone() });
            hidden.retain(|(of, ns, _), _| *of != kind.into() || namespace.as_ref().is_some_and(|n| n != ns));
        }
        Deed::Data(kind, state) => model.apply(Change::data(kind, state)),
        Deed::Publish(later) => {
            *now += later;
            model.picture(at(*now));
        }
    }
}

/// What a fresh model shows of the same objects and states.
fn fresh(cluster: &Cluster, old: &Model, now: Time) -> Arc<Snapshot> {
    let mut model = Model { listed: old.listed.clone(), ..Model::default() };
    for row in cluster.values() {
        model.apply(Change::Put(row.clone()));
    }
    for (kind, state) in &old.snapshot.data {
        model.apply(Change::data(kind.clone(), state.clone()));
    }
    model.picture(now)
}

/// An environment in short, so that a difference can be read.
fn lines(e: &crate::domain::environment::Environment) -> Vec<String> {
    let services = e.services.iter().map(|s| {
        let pods: Vec<_> = s.pods.iter().map(|p| p.name.as_str()).collect();
        format!("{} {:?} {:?} {pods:?}", s.object, s.status, s.reason)
    });
    let tasks = e.tasks.iter().map(|t| format!("task {} {:?} {:?}", t.object, t.status, t.reason));
    let events = e.events.iter().map(|e| format!("event {} ×{} {:?}", e.object, e.count, e.service));
    let head = format!("{} {:?} {:?}", e.id.namespace, e.phase, e.reason);
    std::iter::once(head).chain(services).chain(tasks).chain(events).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_changes_and_relists_give_the_picture_of_a_fresh_model(
        all in proptest::collection::vec(deeds(), 1..60),
        last in 0i64..1200,
    ) {
        let mut model = crate::domain::fixture::live();
        let mut cluster = Cluster::new();
        let namespace = crate::domain::fixture::namespace().row();
        cluster.insert(key(&namespace), namespace);
        let (mut hidden, mut now) = (Cluster::new(), 0);
        for deed in all {
            perform(&mut model, &mut cluster, deed, &mut hidden, &mut now);
        }
        for kind in hidden.keys().filter_map(|(of, _, _)| of.kind()).collect::<Vec<_>>() {
            perform(&mut model, &mut cluster, Deed::Relist(kind, false), &mut hidden, &mut now);
        }
        let seen = model.picture(at(now + last));
        let wanted = fresh(&cluster, &model, at(now + last));
        for (seen, wanted) in seen.environments.values().zip(wanted.environments.values()) {
            prop_assert_eq!(lines(seen), lines(wanted), "in short");
        }
        prop_assert_eq!(&seen.environments, &wanted.environments);
        prop_assert_eq!(&seen.projects, &wanted.projects);
        prop_assert_eq!(seen.totals, wanted.totals);
    }
}
