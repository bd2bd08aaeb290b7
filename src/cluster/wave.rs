//! In which order the cluster is asked: what gives every environment its phase first, what refines it later.
//!
//! 1. namespaces, workloads, journals: one list each, from the server's cache;
//! 2. the pods of the namespace on screen;
//! 3. all pods;
//! 4. the rest, a few at a time; events last.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};

use super::feed::Context;
use super::places::{self, Confirmed, MOST};
use super::reader::{Reader, Route, Stop};
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

/// How often it is asked again for what is forbidden or not there.
const AGAIN: Duration = Duration::from_secs(60);

/// Namespaces for which, beside workloads and pods, everything is read one by one.
const NEAR: usize = 8;

/// Reads everything for ever; dropping it ends all readers.
pub(crate) async fn run(mut context: Context, candidates: Vec<Text>) {
    let (ask, wanted) = watch::channel(false);
    let (confirm, confirmed) = watch::channel(Arc::default());
    let mut tasks = JoinSet::new();
    tasks.spawn(places::confirm(context.clone(), candidates, wanted, confirm));
    let narrow = Narrow { ask: Arc::new(ask), confirmed };

    let first: Vec<_> = FIRST.iter().map(|k| start(&mut tasks, &context, &narrow, *k)).collect();
    settled(first).await;
    context.feed.show(Vec::new()).await;

    let on_screen = context.look.borrow_and_update().clone();
    if let Some(namespace) = on_screen {
        glance(&context, &namespace).await;
    }
    tasks.spawn(glances(context.clone()));
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
    let route = Route { kind: Kind::Pod, namespace: Some(namespace.clone()) };
    let mut reader = Reader::new(context.clone(), route, first);
    tokio::select! {
        _ = reader.follow() => {}
        _ = tokio::time::timeout(PATIENCE, heard) => {}
    }
    context.feed.show(Vec::new()).await;
}

/// Looks at the pods of each namespace that comes on screen, until those of all are there.
async fn glances(mut context: Context) {
    // The list of all pods takes seconds on a large cluster; after a minute it is there or will not come.
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    while let Ok(Ok(())) = tokio::time::timeout_at(end, context.look.changed()).await {
        let namespace = context.look.borrow_and_update().clone();
        if let Some(namespace) = namespace {
            glance(&context, &namespace).await;
        }
    }
}

/// The ReplicaSets of the namespace on screen: which revision a pod is of. There are about eleven for each
/// Deployment, so nobody reads those of the whole cluster.
async fn replica_sets(mut context: Context) {
    let kind = Kind::ReplicaSet;
    loop {
        let Some(namespace) = context.look.borrow_and_update().clone() else {
            if context.look.changed().await.is_err() {
                return;
            }
            continue;
        };
        let (told, _heard) = oneshot::channel();
        let route = Route { kind, namespace: Some(namespace.clone()) };
        tokio::select! {
            () = one(context.clone(), route, told) => {}
            moved = context.look.changed() => if moved.is_err() { return },
        }
        // What is not followed any more is not kept.
        let namespace = Some(namespace);
        context
            .feed
            .send(vec![Change::Begin { kind, namespace: namespace.clone() }, Change::End { kind, namespace }])
            .await;
    }
}

/// What is shared by kinds that may not be read in the whole cluster.
#[derive(Clone)]
struct Narrow {
    /// Says that namespaces have to be confirmed.
    ask: Arc<watch::Sender<bool>>,
    /// Those that are.
    confirmed: Confirmed,
}

/// Reads a kind for ever: in the whole cluster, else namespace by namespace, else asks again now and then.
async fn keep(mut context: Context, narrow: Narrow, kind: Kind, first: oneshot::Sender<()>) {
    let mut first = Some(first);
    let (told, heard) = oneshot::channel();
    let mut reader = Reader::new(context.clone(), Route { kind, namespace: None }, told);
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
                        tell(&mut first);
                        follow.await
                    }
                }
            }
        };
        if reader.forget() {
            // What was there may not be seen any more, or is gone.
            context
                .feed
                .send(vec![Change::Begin { kind, namespace: None }, Change::End { kind, namespace: None }])
                .await;
        }
        match stop {
            Stop::Absent => {
                context.feed.send(vec![Change::Data(kind, DataState::Absent)]).await;
                tell(&mut first);
                context.pause(AGAIN).await;
            }
            Stop::Forbidden(_) if is_absent(&context, kind).await => {
                context.feed.send(vec![Change::Data(kind, DataState::Absent)]).await;
                tell(&mut first);
                context.pause(AGAIN).await;
            }
            Stop::Forbidden(why) => {
                narrow.ask.send_replace(true);
                let narrowed = narrowed(&mut context, narrow.confirmed.clone(), kind, why, &mut first);
                // Rights may have been given meanwhile: from time to time the whole is asked for again.
                let _ = tokio::time::timeout(AGAIN * 5, narrowed).await;
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

fn tell(first: &mut Option<oneshot::Sender<()>>) {
    if let Some(first) = first.take() {
        let _ = first.send(());
    }
}

/// Reads a kind in each confirmed namespace, until it is dropped.
async fn narrowed(
    context: &mut Context,
    mut confirmed: Confirmed,
    kind: Kind,
    why: Text,
    first: &mut Option<oneshot::Sender<()>>,
) {
    // The candidates are few; their confirmation is waited for, so that "forbidden" comes with what may be read.
    let _ = tokio::time::timeout(PATIENCE, confirmed.changed()).await;
    let forbidden = Change::Data(kind, DataState::Forbidden { why });
    let mut tasks = JoinSet::new();
    let mut readers: HashMap<Text, AbortHandle> = HashMap::new();
    loop {
        let wanted = wanted(&confirmed.borrow_and_update(), context.look.borrow_and_update().as_ref(), kind);
        readers.retain(|namespace, handle| wanted.contains(namespace) || !ended(handle));
        let mut new = Vec::new();
        for namespace in wanted {
            if !readers.contains_key(&namespace) {
                if kind == Kind::Namespace {
                    let row = places::namespace(context, &namespace).await;
                    context.feed.send(vec![row]).await;
                    readers.insert(namespace, tasks.spawn(std::future::pending()));
                    continue;
                }
                let (told, heard) = oneshot::channel();
                new.push(heard);
                let route = Route { kind, namespace: Some(namespace.clone()) };
                readers.insert(namespace, tasks.spawn(one(context.clone(), route, told)));
            }
        }
        settled(new).await;
        context.feed.send(vec![forbidden.clone()]).await;
        tell(first);
        tokio::select! {
            c = confirmed.changed() => if c.is_err() { std::future::pending::<()>().await },
            c = context.look.changed() => if c.is_err() { std::future::pending::<()>().await },
        }
    }
}

fn ended(handle: &AbortHandle) -> bool {
    handle.abort();
    true
}

/// Which namespaces are read for a kind: all confirmed ones for what gives a phase, the nearest for the rest.
fn wanted(confirmed: &[Text], look: Option<&Text>, kind: Kind) -> Vec<Text> {
    let most = if FIRST.contains(&kind) || kind == Kind::Pod { MOST } else { NEAR };
    let on_screen = look.filter(|l| confirmed.contains(l));
    let mut all: Vec<Text> =
        on_screen.into_iter().chain(confirmed.iter().filter(|c| Some(*c) != on_screen)).cloned().collect();
    if !Kind::info(kind).namespaced && kind != Kind::Namespace {
        all.clear();
    }
    all.truncate(most);
    all
}

/// Reads one namespace for ever; what is forbidden or absent there is asked for again now and then.
async fn one(mut context: Context, route: Route, told: oneshot::Sender<()>) {
    let mut reader = Reader::new(context.clone(), route, told);
    loop {
        reader.follow().await;
        reader.forget();
        reader.told();
        context.pause(AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_with_a_row_is_read_once_and_replica_sets_never() {
        for info in Kind::ALL {
            let times = FIRST.iter().chain(REST).filter(|k| **k == info.kind).count();
            let expected = usize::from(!matches!(info.kind, Kind::Pod | Kind::PodMetrics | Kind::ReplicaSet));
            assert_eq!(times, expected, "{}", info.name);
        }
    }

    #[test]
    fn the_namespace_on_screen_comes_first_and_the_rest_is_capped() {
        let confirmed: Vec<Text> = (0..40).map(|n| Text::from(format!("n{n}"))).collect();
        let near = wanted(&confirmed, Some(&"n30".into()), Kind::Service);
        assert_eq!((near.len(), near[0].as_str(), near[1].as_str()), (NEAR, "n30", "n0"));
        assert_eq!(wanted(&confirmed, None, Kind::Deployment).len(), MOST);
        assert!(wanted(&confirmed, None, Kind::Node).is_empty(), "nodes are not in a namespace");
        assert_eq!(wanted(&confirmed, Some(&"other".into()), Kind::Namespace).len(), MOST);
    }
}
