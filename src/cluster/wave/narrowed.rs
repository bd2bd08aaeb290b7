//! A kind read namespace by namespace: since it may not be listed as a whole, or since no more was asked for.
//!
//! Each namespace is listed once and watched from there. The one on screen comes first; the rest is capped, since
//! each costs a connection for each kind.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::{FIRST, Narrow, PATIENCE, one, settle};
use crate::cluster::feed::{Context, moved};
use crate::cluster::places::{self, MOST};
use crate::cluster::reader::Voice;
use crate::cluster::route::Route;
use crate::domain::data::DataState;
use crate::domain::model::Change;
use crate::domain::{Kind, Text};

/// Namespaces for which, beside workloads and pods, everything is read one by one.
const NEAR: usize = 8;

/// One namespace that is read.
struct Reading {
    task: AbortOnDropHandle<()>,
    state: DataState,
}

/// Reads a kind in each confirmed namespace, until it is dropped. `forbidden` is why it may not be listed as a
/// whole; `None` where no more than these namespaces was asked for.
pub(super) async fn read(
    mut context: Context,
    mut narrow: Narrow,
    kind: Kind,
    forbidden: Option<Text>,
    first: &mut Option<oneshot::Sender<()>>,
) {
    let (say, mut said) = mpsc::unbounded_channel();
    let mut places: HashMap<Text, Reading> = HashMap::new();
    if forbidden.is_some() {
        // The candidates are few; their confirmation is waited for, so that "forbidden" comes with what may be read.
        let _ = tokio::time::timeout(PATIENCE, narrow.confirmed.changed()).await;
    }
    let until = Instant::now() + PATIENCE;
    let mut told = None;
    loop {
        let confirmed = narrow.confirmed.borrow_and_update().clone();
        let look = context.on_screen();
        let readable: Vec<Text> = confirmed.iter().filter(|c| c.has(kind)).map(|c| c.name.clone()).collect();
        let wanted = if narrow.only { readable.clone() } else { wanted(&readable, look.as_ref(), kind) };
        close(&context, &mut places, &wanted, kind).await;
        for namespace in wanted {
            if let Entry::Vacant(new) = places.entry(namespace) {
                let task = open(&context, kind, new.key().clone(), say.clone());
                new.insert(Reading { task, state: DataState::Idle });
            }
        }
        // What may be read and is not yet, or is beyond the cap, is neither forbidden nor known to be empty.
        let waits = |c: &&Text| places.get(*c).is_none_or(|p| p.state == DataState::Idle);
        let waiting = readable.iter().filter(waits).map(|c| data(kind, c.clone(), Some(DataState::Idle)));
        context.feed.send(waiting.collect()).await;

        let heard = places.values().all(|p| !matches!(p.state, DataState::Idle | DataState::Loading { .. }));
        let late = Instant::now() >= until;
        if heard || late {
            let state = match &forbidden {
                Some(why) => DataState::Forbidden { why: why.clone() },
                None => together(places.values().map(|p| &p.state)),
            };
            if told.as_ref() != Some(&state) {
                context.feed.send(vec![Change::data(kind, state.clone())]).await;
                told = Some(state);
            }
            settle(first);
        }
        tokio::select! {
            Some((namespace, state)) = said.recv() => {
                if let Some(place) = places.get_mut(&namespace) {
                    place.state = state.clone();
                    context.feed.send(vec![data(kind, namespace, Some(state))]).await;
                }
            }
            () = tokio::time::sleep_until(until), if !heard && !late => {}
            confirmed = narrow.confirmed.changed() => if confirmed.is_err() { return std::future::pending().await },
            lives = moved(&mut context.demand, look.as_ref()) => if !lives { return std::future::pending().await },
        }
    }
}

/// What is said when the whole is read again: no namespace stands for itself any more.
pub(super) fn let_go(narrow: &Narrow, kind: Kind) -> Vec<Change> {
    narrow.confirmed.borrow().iter().map(|n| data(kind, n.name.clone(), None)).collect()
}

fn data(kind: Kind, namespace: Text, state: Option<DataState>) -> Change {
    Change::Data { of: kind.into(), namespace: Some(namespace), state }
}

fn open(
    context: &Context,
    kind: Kind,
    namespace: Text,
    say: mpsc::UnboundedSender<(Text, DataState)>,
) -> AbortOnDropHandle<()> {
    let context = context.clone();
    AbortOnDropHandle::new(if kind == Kind::Namespace {
        tokio::spawn(places::keep(context, namespace, say))
    } else {
        let (told, _) = oneshot::channel();
        let route = Route::kind(kind, Some(namespace));
        tokio::spawn(one(context, route, Voice::Namespace(say), told))
    })
}

/// Ends the reading of what is not wanted any more. What is not followed is not kept.
async fn close(context: &Context, places: &mut HashMap<Text, Reading>, wanted: &[Text], kind: Kind) {
    let gone: Vec<Text> = places.keys().filter(|n| !wanted.contains(n)).cloned().collect();
    for namespace in gone {
        let Some(place) = places.remove(&namespace) else { continue };
        // Its last rows must not come after its end.
        place.task.abort();
        let _ = place.task.await;
        if kind != Kind::Namespace {
            context.feed.send(Route::kind(kind, Some(namespace)).emptied()).await;
        }
    }
}

/// Which namespaces are read for a kind: all for what gives a phase, the nearest for the rest.
fn wanted(readable: &[Text], look: Option<&Text>, kind: Kind) -> Vec<Text> {
    if !kind.info().namespaced && kind != Kind::Namespace {
        return Vec::new();
    }
    let most = if FIRST.contains(&kind) || kind == Kind::Pod { MOST } else { NEAR };
    let on_screen = look.filter(|l| readable.contains(l));
    let others = readable.iter().filter(|c| Some(*c) != on_screen);
    on_screen.into_iter().chain(others).take(most).cloned().collect()
}

/// How several namespaces stand together: as the worst of them.
fn together<'a>(states: impl Iterator<Item = &'a DataState>) -> DataState {
    let badness = |s: &DataState| match s {
        DataState::Absent => 0,
        DataState::Live => 1,
        DataState::Polled { .. } => 2,
        DataState::Stale { .. } => 3,
        DataState::Forbidden { .. } => 4,
        DataState::Idle | DataState::Loading { .. } => 5,
        DataState::Failed { .. } => 6,
    };
    states.max_by_key(|s| badness(s)).cloned().unwrap_or(DataState::Live)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_on_screen_comes_first_and_the_rest_is_capped() {
        let confirmed: Vec<Text> = (0..40).map(|n| Text::from(format!("n{n}"))).collect();
        let near = wanted(&confirmed, Some(&"n30".into()), Kind::Service);
        assert_eq!((near.len(), near[0].as_str(), near[1].as_str()), (NEAR, "n30", "n0"));
        assert_eq!(wanted(&confirmed, None, Kind::Deployment).len(), MOST);
        assert!(wanted(&confirmed, None, Kind::Node).is_empty(), "nodes are not in a namespace");
        assert_eq!(wanted(&confirmed, Some(&"other".into()), Kind::Namespace).len(), MOST);
    }

    #[test]
    fn several_namespaces_stand_as_the_worst_of_them() {
        let forbidden = DataState::Forbidden { why: "no".into() };
        assert_eq!(together([&DataState::Live, &forbidden].into_iter()), forbidden);
        assert_eq!(together([&DataState::Live, &DataState::Absent].into_iter()), DataState::Live);
        assert_eq!(together([&DataState::Live, &DataState::Idle].into_iter()), DataState::Idle);
    }
}
