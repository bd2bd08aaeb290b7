//! Kinds that kennel has no rows of: each that is wanted is found by discovery once, then read like any other, in the
//! whole cluster where that is allowed, else in the namespaces where it matters.
//!
//! They are few: one connection each, and a bound on their number. Where their objects can't be read, what they own
//! is judged without them, and says so.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

use super::{ABSENT_AGAIN, Narrow, allowed, one};
use crate::cluster::feed::{Backoff, Context};
use crate::cluster::reader::{Reader, Stop, Voice};
use crate::cluster::route::Route;
use crate::cluster::wire::WireError;
use crate::domain::collection::Collection;
use crate::domain::data::DataState;
use crate::domain::demand::Demand;
use crate::domain::model::Change;
use crate::domain::{Api, Text};

/// Most such kinds that are read.
const MOST: usize = 12;

/// Most namespaces in which such a kind is read one by one.
const NEAR: usize = 8;

/// Reads each kind that is wanted, for ever.
pub(super) async fn run(context: Context, narrow: Narrow) {
    let mut demand = context.demand.clone();
    let mut running: HashMap<Api, Option<AbortOnDropHandle<()>>> = HashMap::new();
    loop {
        let wanted = demand.borrow().customs.clone();
        for kind in wanted.keys() {
            if running.contains_key(kind) {
                continue;
            }
            let room = running.values().flatten().count() < MOST;
            if !room {
                let why = format!("kennel reads {MOST} such kinds at most").into();
                report(&context, kind, DataState::Failed { why, retry: None }).await;
            }
            let task = room.then(|| tokio::spawn(keep(context.clone(), narrow.clone(), kind.clone())));
            running.insert(kind.clone(), task.map(AbortOnDropHandle::new));
        }
        let known = running.len();
        if demand.wait_for(|d| d.customs.len() != known).await.is_err() {
            return;
        }
    }
}

async fn report(context: &Context, kind: &Api, state: DataState) {
    context.feed.send(vec![Change::data(Collection::Any(kind.clone()), state)]).await;
}

/// Reads one kind for ever.
async fn keep(mut context: Context, narrow: Narrow, kind: Api) {
    let mut backoff = Backoff::default();
    loop {
        context.up().await;
        match find(&context, &kind).await {
            Ok(Some(served)) => {
                backoff.reset();
                read(&mut context, &narrow, served).await;
            }
            Ok(None) => {}
            Err(error) => {
                if error.doubts_connection() {
                    context.doubt.notify_one();
                }
                let pause = backoff.next(error.retry_after());
                let why = Text::from(error.to_string());
                report(&context, &kind, DataState::Failed { why, retry: context.after(pause) }).await;
                context.pause(pause).await;
                continue;
            }
        }
        report(&context, &kind, DataState::Absent).await;
        context.pause(ABSENT_AGAIN).await;
    }
}

/// Reads where a kind is served, until it is not served there any more.
async fn read(context: &mut Context, narrow: &Narrow, api: Api) {
    let route = Route::custom(api);
    loop {
        let why = if narrow.only {
            None
        } else {
            let (told, _) = oneshot::channel();
            let mut reader = Reader::new(context.clone(), route.clone(), Voice::Kind, told);
            let stop = reader.follow().await;
            reader.forget().await;
            match stop {
                Stop::Absent => return,
                Stop::Forbidden(why) => Some(why),
            }
        };
        let (probes, mut asking) = (route.paths("limit=1"), context.clone());
        tokio::select! {
            () = narrowed(context.clone(), narrow.clone(), &route, why) => {}
            () = allowed(&mut asking, &probes) => {}
        }
        let Collection::Any(api) = &route.of else { return };
        let known = namespaces(&context.demand.borrow(), api);
        let let_go = known.iter().map(|n| data_in(api, n.clone(), None)).collect();
        context.feed.send(let_go).await;
    }
}

fn data_in(kind: &Api, namespace: Text, state: Option<DataState>) -> Change {
    Change::Data { of: Collection::Any(kind.clone()), namespace: Some(namespace), state }
}

/// Where a kind matters.
fn namespaces(demand: &Demand, kind: &Api) -> BTreeSet<Text> {
    demand.customs.get(kind).cloned().unwrap_or_default()
}

/// Reads a kind in each of the namespaces where it matters and where something may be read, the one on screen first.
async fn narrowed(mut context: Context, mut narrow: Narrow, whole: &Route, why: Option<Text>) {
    let Collection::Any(kind) = &whole.of else { return };
    let (say, mut said) = mpsc::unbounded_channel();
    let mut places: HashMap<Text, (AbortOnDropHandle<()>, bool)> = HashMap::new();
    let mut told = None;
    loop {
        let confirmed = narrow.confirmed.borrow_and_update().clone();
        let (look, matter) = {
            let demand = context.demand.borrow();
            (demand.on_screen.clone(), namespaces(&demand, kind))
        };
        let readable = confirmed.iter().map(|c| &c.name).filter(|n| matter.contains(*n));
        let mut wanted: Vec<Text> = readable.cloned().collect();
        wanted.sort_by_key(|n| Some(n) != look.as_ref());
        wanted.truncate(NEAR);
        let of = |namespace: &Text| whole.within(namespace.clone());
        let gone: Vec<Text> = places.keys().filter(|n| !wanted.contains(n)).cloned().collect();
        for namespace in gone {
            if let Some((task, _)) = places.remove(&namespace) {
                // Its last rows must not come after its end.
                task.abort();
                let _ = task.await;
            }
            let mut changes = of(&namespace).emptied();
            changes.push(data_in(kind, namespace, None));
            context.feed.send(changes).await;
        }
        for namespace in wanted {
            places.entry(namespace.clone()).or_insert_with(|| {
                let (first, _) = oneshot::channel();
                let task = tokio::spawn(one(context.clone(), of(&namespace), Voice::Namespace(say.clone()), first));
                (AbortOnDropHandle::new(task), false)
            });
        }
        if places.values().all(|(_, heard)| *heard) {
            let state = why.clone().map_or(DataState::Live, |why| DataState::Forbidden { why });
            if told.as_ref() != Some(&state) {
                context.feed.send(vec![whole.data(state.clone())]).await;
                told = Some(state);
            }
        }
        tokio::select! {
            Some((namespace, state)) = said.recv() => {
                if let Some((_, heard)) = places.get_mut(&namespace) {
                    *heard |= !matches!(state, DataState::Idle | DataState::Loading { .. });
                    context.feed.send(vec![data_in(kind, namespace, Some(state))]).await;
                }
            }
            new = narrow.confirmed.changed() => if new.is_err() { return std::future::pending().await },
            lives = async {
                let same = |d: &Demand| d.on_screen == look && d.customs.get(kind).unwrap_or(&BTreeSet::new()) == &matter;
                context.demand.wait_for(|d| !same(d)).await.is_ok()
            } => if !lives { return std::future::pending().await },
        }
    }
}

#[derive(Deserialize)]
struct Group {
    #[serde(rename = "preferredVersion")]
    preferred: Option<Version>,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize, Clone, PartialEq)]
struct Version {
    version: Text,
}

#[derive(Deserialize)]
struct Resources {
    #[serde(default)]
    resources: Vec<Served>,
}

#[derive(Deserialize)]
struct Served {
    name: Text,
    kind: Text,
    #[serde(default)]
    namespaced: bool,
}

/// Where a kind is served, by its group's discovery; `None` where it is not, or in no namespace.
async fn find(context: &Context, api: &Api) -> Result<Option<Api>, WireError> {
    let versions = match api.group() {
        "" => vec![Version { version: "v1".into() }],
        group => match context.wire.get_json::<Group>(&format!("/apis/{group}")).await {
            Ok(group) => {
                let mut all: Vec<Version> = group.preferred.into_iter().collect();
                let others: Vec<Version> = group.versions.into_iter().filter(|v| !all.contains(v)).collect();
                all.extend(others);
                all
            }
            Err(e) if e.code() == Some(404) => return Ok(None),
            Err(e) => return Err(e),
        },
    };
    for Version { version } in versions {
        let base = match api.group() {
            "" => format!("/api/{version}"),
            group => format!("/apis/{group}/{version}"),
        };
        let served = match context.wire.get_json::<Resources>(&base).await {
            Ok(list) => list.resources,
            Err(e) if e.code() == Some(404) => continue,
            Err(e) => return Err(e),
        };
        // `rollouts/status` is of the same kind: a part of its objects.
        let is = |s: &&Served| s.kind == *api.kind() && s.namespaced && !s.name.contains('/');
        if let Some(found) = served.iter().find(is) {
            return Ok(Some(Api::new(api.group(), &version, api.kind(), &found.name, true)));
        }
    }
    Ok(None)
}
