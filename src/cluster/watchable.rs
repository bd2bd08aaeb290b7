//! What may be listed and not watched: tried, and not guessed. A dashboard asks for such kinds again and again.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use super::handle::Handle;
use super::route::Route;
use crate::domain::data::DataState;
use crate::domain::{EnvironmentId, Kind, Snapshot, Text};

/// So many are tried at a time.
const AT_ONCE: usize = 8;

impl Handle {
    /// Kinds that have been listed and may not be watched, with the namespace where that was tried (`None`: in all of
    /// them) and the server's words.
    pub async fn unwatched(&self) -> BTreeMap<Kind, (Option<Text>, Text)> {
        let Some(wire) = self.wire() else { return BTreeMap::new() };
        let snapshot = self.snapshot();
        let listed = Kind::ALL.iter().filter_map(|i| Some((i.kind, listed(&snapshot, i.kind)?)));
        let tried = listed.map(|(kind, namespace)| {
            let (wire, route) = (wire.clone(), Route::kind(kind, namespace.clone()));
            async move {
                let mut refused = None;
                for path in route.paths("watch=true&resourceVersion=0&timeoutSeconds=1") {
                    // Its headers tell: what it has to say is not waited for.
                    let error = wire.watch(&path, route.watch_as()).await.err()?;
                    refused = refused.or_else(|| matches!(error.code(), Some(403 | 405)).then_some(error));
                }
                Some((kind, (namespace, refused?.to_string().into())))
            }
        });
        let tried: Vec<_> = tried.collect();
        stream::iter(tried).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await
    }
}

/// Where a kind has been listed: in all namespaces, else in the first in which it has. Metrics have no watch at all.
fn listed(snapshot: &Snapshot, kind: Kind) -> Option<Option<Text>> {
    if kind == Kind::PodMetrics {
        return None;
    }
    match snapshot.state(kind) {
        state if state.shown() => Some(None),
        DataState::Forbidden { .. } if kind.info().namespaced => {
            let here = |id: &&EnvironmentId| snapshot.state_in(kind, Some(id)).shown();
            snapshot.environments.keys().find(here).map(|id| Some(id.namespace.clone()))
        }
        _ => None,
    }
}
