//! In which order the cluster is asked: what gives every environment its phase first, what refines it later.
//!
//! 1. namespaces, workloads, journals: one list each, from the server's cache;
//! 2. the pods of the namespace on screen;
//! 3. all pods;
//! 4. the rest, a few at a time; events last;
//! 5. beside all of that, kinds that have no rows of their own, as soon as pods or deliveries name them.

mod customs;
mod narrowed;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::feed::{Context, Demands, moved};
use super::places::{self, Confirmed, Met, Readable};
use super::reader::{Reader, Stop, Voice};
use super::route::Route;
use crate::domain::collection::Collection;
use crate::domain::data::DataState;
use crate::domain::model::Change;
use crate::domain::{Kind, Text};

/// What gives every environment its phase.
const FIRST: &[Kind] = &[Kind::Namespace, Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::ConfigMap];

/// What refines the picture, in the order of its use, [`AT_ONCE`] at a time.
const REST: &[Kind] = &[
    Kind::Node,
    Kind::Job,
    Kind::CronJob,
    Kind::HorizontalPodAutoscaler,
    Kind::Service,
    Kind::EndpointSlice,
    Kind::Ingress,
    Kind::Secret,
    Kind::ResourceQuota,
    Kind::PersistentVolumeClaim,
    Kind::Event,
    Kind::HTTPRoute,
    Kind::ScaledObject,
    Kind::Application,
    Kind::Kustomization,
    Kind::HelmRelease,
];

/// Lists of the last wave that run at once.
const AT_ONCE: usize = 3;

/// A wave that does not end holds up the next one no longer than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is passed by faster than this is not looked at: every step of the cursor would be requests, and pictures.
const PASSING: Duration = Duration::from_millis(250);

/// How often it is asked again for what is forbidden in a namespace: a right that is given shows within a minute.
const AGAIN: Duration = Duration::from_secs(45);

/// How often it is asked again for what is not there: a new API shows within a minute.
const ABSENT_AGAIN: Duration = Duration::from_secs(45);

/// How often it is asked again whether the whole cluster may be read.
const ALLOWED_AGAIN: Duration = Duration::from_secs(45);

/// Which namespaces are read.
pub(crate) enum Places {
    /// All, as far as that is allowed; else these and those looked at, once the server has confirmed them.
    All(Vec<Text>),
    /// These and no others.
    Only(Vec<Text>),
}

/// Reads everything for ever; dropping it ends all readers.
pub(crate) async fn run(context: Context, places: Places) {
    let (met, meets) = watch::channel(Met::default());
    let (confirm, confirmed) = watch::channel(Arc::default());
    let mut tasks = JoinSet::new();
    let only = matches!(places, Places::Only(_));
    match places {
        Places::All(candidates) => {
            tasks.spawn(places::confirm(context.clone(), candidates, meets, confirm));
        }
        Places::Only(these) => {
            let named = |name| Readable { name, lists: None };
            confirm.send_replace(Arc::new(these.into_iter().map(named).collect()));
        }
    }
    let narrow = Narrow { met: Arc::new(met), confirmed, only };

    tasks.spawn(customs::run(context.clone(), narrow.clone()));
    let first: Vec<_> = FIRST.iter().map(|k| start(&mut tasks, &context, &narrow, *k)).collect();
    settled(first).await;
    context.feed.show(Vec::new()).await;

    let on_screen = context.on_screen();
    if let Some(namespace) = on_screen.as_ref().filter(|_| !only) {
        glance(&context, namespace).await;
    }
    if !only {
        tasks.spawn(glances(context.clone(), on_screen));
    }
    settled(vec![start(&mut tasks, &context, &narrow, Kind::Pod)]).await;

    tasks.spawn(super::metrics::poll(context.clone()));
    tasks.spawn(replica_sets(context.clone()));
    let mut running = std::collections::VecDeque::new();
    for kind in REST {
        if running.len() >= AT_ONCE
            && let Some(oldest) = running.pop_front()
        {
            settled(vec![oldest]).await;
        }
        running.push_back(start(&mut tasks, &context, &narrow, *kind));
    }
    while tasks.join_next().await.is_some() {}
}

/// Waits until each has been heard of, or for [`PATIENCE`].
async fn settled(firsts: Vec<oneshot::Receiver<()>>) {
    let all = futures::future::join_all(firsts);
    let _ = tokio::time::timeout(PATIENCE, all).await;
}

fn start(tasks: &mut JoinSet<()>, context: &Context, narrow: &Narrow, kind: Kind) -> oneshot::Receiver<()> {
    let (first, heard) = oneshot::channel();
    tasks.spawn(keep(context.clone(), narrow.clone(), kind, first));
    heard
}

/// The pods of one namespace, before those of all have come.
async fn glance(context: &Context, namespace: &Text) {
    let (first, heard) = oneshot::channel();
    let route = Route::kind(Kind::Pod, Some(namespace.clone()));
    let mut reader = Reader::new(context.clone(), route, Voice::Silent, first);
    tokio::select! {
        _ = reader.follow() => {}
        _ = tokio::time::timeout(PATIENCE, heard) => {}
    }
    context.feed.show(Vec::new()).await;
}

/// Looks at the pods of each namespace that comes on screen after `seen`, until those of all are there.
async fn glances(mut context: Context, mut seen: Option<Text>) {
    // The list of all pods takes seconds on a large cluster; after a minute it is there or will not come.
    let end = Instant::now() + Duration::from_secs(60);
    while let Ok(true) = tokio::time::timeout_at(end, moved(&mut context.demand, seen.as_ref())).await {
        seen = context.on_screen();
        if let Some(namespace) = &seen
            && stays(&mut context.demand, namespace).await
        {
            glance(&context, namespace).await;
        }
    }
}

/// Whether the namespace that is on screen is still there after [`PASSING`].
async fn stays(demand: &mut Demands, here: &Text) -> bool {
    !matches!(tokio::time::timeout(PASSING, moved(demand, Some(here))).await, Ok(true))
}

/// The ReplicaSets of the namespace on screen: which revision a pod is of. There are about eleven for each
/// Deployment, so nobody reads those of the whole cluster.
async fn replica_sets(mut context: Context) {
    let kind = Kind::ReplicaSet;
    loop {
        let Some(namespace) = context.on_screen() else {
            if !moved(&mut context.demand, None).await {
                return;
            }
            continue;
        };
        if !stays(&mut context.demand, &namespace).await {
            continue;
        }
        let (told, _heard) = oneshot::channel();
        let route = Route::kind(kind, Some(namespace.clone()));
        context.feed.send(vec![Change::Shown(kind.into(), Some(namespace.clone()))]).await;
        tokio::select! {
            () = one(context.clone(), route, Voice::Kind, told) => {}
            lives = moved(&mut context.demand, Some(&namespace)) => if !lives { return },
        }
        // What is not followed any more is not kept.
        let mut gone = Route::kind(kind, Some(namespace)).emptied();
        gone.extend([Change::data(kind, DataState::Idle), Change::Shown(kind.into(), None)]);
        context.feed.send(gone).await;
    }
}

/// What is shared by kinds that are not read in the whole cluster.
#[derive(Clone)]
pub(crate) struct Narrow {
    /// Says that namespaces have to be confirmed.
    pub(crate) met: Arc<watch::Sender<Met>>,
    /// Those that are.
    pub(crate) confirmed: Confirmed,
    /// Nothing else is read, whatever is allowed.
    pub(crate) only: bool,
}

/// Reads a kind for ever: in the whole cluster, else namespace by namespace, else asks again now and then.
async fn keep(mut context: Context, narrow: Narrow, kind: Kind, first: oneshot::Sender<()>) {
    let mut first = Some(first);
    // Who delivers into a namespace is seldom in it.
    let within = kind.info().namespaced && !kind.is_delivery();
    if narrow.only && (within || kind == Kind::Namespace) {
        return narrowed::read(context, narrow, kind, None, &mut first).await;
    }
    let (told, heard) = oneshot::channel();
    let mut reader = Reader::new(context.clone(), Route::kind(kind, None), Voice::Kind, told);
    let mut heard = Some(heard);
    loop {
        let stop = match heard.take() {
            None => reader.follow().await,
            Some(mut h) => {
                let follow = reader.follow();
                tokio::pin!(follow);
                tokio::select! {
                    stop = &mut follow => stop,
                    _ = &mut h => {
                        settle(&mut first);
                        follow.await
                    }
                }
            }
        };
        // What was there may not be seen any more, or is gone.
        reader.forget().await;
        match stop {
            Stop::Forbidden(why) if !is_absent(&context, kind).await => {
                narrow.met.send_modify(|m| {
                    m.forbidden = true;
                    m.unlisted |= kind == Kind::Namespace;
                });
                let probes = Route::kind(kind, None).paths("limit=1");
                let narrowed = narrowed::read(context.clone(), narrow.clone(), kind, Some(why), &mut first);
                tokio::select! {
                    () = narrowed => {}
                    // Rights may have been given meanwhile.
                    () = allowed(&mut context, &probes) => {}
                }
                context.feed.send(narrowed::let_go(&narrow, kind)).await;
            }
            Stop::Absent | Stop::Forbidden(_) => {
                reader.report(DataState::Absent).await;
                settle(&mut first);
                context.pause(ABSENT_AGAIN).await;
            }
        }
    }
}

/// Asks now and then whether the whole cluster may be read by now, until it may.
async fn allowed(context: &mut Context, probes: &[String]) {
    loop {
        context.pause(ALLOWED_AGAIN).await;
        context.up().await;
        for probe in probes {
            if context.wire.get(probe).await.is_ok() {
                return;
            }
        }
    }
}

/// Whether the API has not even the group of a kind: who may not list it is told "forbidden" all the same.
async fn is_absent(context: &Context, kind: Kind) -> bool {
    let info = kind.info();
    // Custom resources only: the others are always there.
    kind.is_custom()
        && context
            .wire
            .get(&format!("/apis/{}/{}", info.group, info.version))
            .await
            .is_err_and(|e| e.code() == Some(404))
}

async fn of_absent(context: &Context, of: &Collection) -> bool {
    match of.kind() {
        Some(kind) => is_absent(context, kind).await,
        // It was found by asking for its group.
        None => false,
    }
}

fn settle(first: &mut Option<oneshot::Sender<()>>) {
    if let Some(first) = first.take() {
        let _ = first.send(());
    }
}

/// Reads one namespace for ever; what is forbidden or absent there is asked for again now and then.
async fn one(mut context: Context, route: Route, voice: Voice, told: oneshot::Sender<()>) {
    let of = route.of.clone();
    let mut reader = Reader::new(context.clone(), route, voice, told);
    loop {
        let stop = reader.follow().await;
        reader.forget().await;
        let state = match stop {
            Stop::Forbidden(why) if !of_absent(&context, &of).await => DataState::Forbidden { why },
            Stop::Absent | Stop::Forbidden(_) => DataState::Absent,
        };
        reader.report(state).await;
        reader.settle();
        context.pause(AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::demand::Demand;

    #[tokio::test]
    async fn what_the_cursor_passes_by_is_not_looked_at() {
        let on = |namespace: &str| Demand { on_screen: Some(namespace.into()), ..Demand::default() };
        let (demand, mut seen) = watch::channel(on("b"));
        assert!(!stays(&mut seen, &"a".into()).await, "the cursor has moved on");
        assert!(stays(&mut seen, &"b".into()).await);
        demand.send_modify(|d| d.namespaces = Some(Arc::new(["a".into()])));
        assert!(stays(&mut seen, &"b".into()).await, "whatever else is wanted");
        drop(demand);
        assert!(stays(&mut seen, &"b".into()).await, "where nobody can move any more, it stays");
    }

    #[test]
    fn a_right_or_an_api_that_is_new_is_asked_for_within_a_minute() {
        let all = [AGAIN, ABSENT_AGAIN, ALLOWED_AGAIN, places::AGAIN, crate::cluster::session::RIGHTS];
        assert!(all.iter().all(|pause| *pause < Duration::from_secs(60)));
    }

    #[test]
    fn every_kind_with_a_row_is_read_once_and_replica_sets_never() {
        for info in Kind::ALL {
            let times = FIRST.iter().chain(REST).filter(|k| **k == info.kind).count();
            let expected = usize::from(!matches!(info.kind, Kind::Pod | Kind::PodMetrics | Kind::ReplicaSet));
            assert_eq!(times, expected, "{}", info.name);
        }
    }
}
