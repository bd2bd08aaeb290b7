//! Collections of the API: their paths, what is asked of each, and what changes of them are called.
//!
//! It is not: the reading (that is [`super::reader`]), nor which are read (that is [`super::wave`]).

use std::fmt;

use super::proto::table;
use super::wire::escaped;
use crate::domain::collection::Collection;
use crate::domain::data::DataState;
use crate::domain::model::Change;
use crate::domain::{Api, Kind, Text};

/// One collection to read.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// What it holds.
    pub(crate) of: Collection,
    /// Namespace, `None` for all.
    pub(crate) namespace: Option<Text>,
    /// Of Events: those of the core group.
    core: bool,
}

impl Route {
    /// The collection of a kind, in one namespace or in all.
    pub(crate) fn kind(kind: Kind, namespace: Option<Text>) -> Self {
        Self { of: kind.into(), namespace, core: false }
    }

    /// The collection of a kind without rows of its own, in all namespaces.
    pub(crate) fn custom(api: Api) -> Self {
        Self { of: Collection::Any(api), namespace: None, core: false }
    }

    /// The same in one namespace.
    pub(crate) fn within(&self, namespace: Text) -> Self {
        Self { namespace: Some(namespace), ..self.clone() }
    }

    /// The same objects at their other path, where they have one: two groups serve Events, and a role may grant either.
    /// <https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/>
    pub(crate) fn turned(&self) -> Option<Self> {
        matches!(self.of, Collection::All(Kind::Event)).then(|| Self { core: !self.core, ..self.clone() })
    }

    /// Which objects of the collection are asked for: a query.
    fn filter(&self) -> String {
        let label = self.of.label().map(|(key, value)| format!("{key}={value}"));
        label.map(|label| format!("labelSelector={}", escaped(&label))).unwrap_or_default()
    }

    /// The forms in which a list may come, the best first. Labels tell all that is shown of a release: the values of
    /// Secrets stay at the server. Who has no protobuf answers in JSON.
    pub(crate) fn list_as(&self) -> &'static str {
        match self.of {
            Collection::Releases => concat!(
                "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,",
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
            ),
            _ if self.of.kind().and_then(table::of).is_some() && !self.core => {
                "application/vnd.kubernetes.protobuf,application/json"
            }
            _ => "application/json",
        }
    }

    /// The forms in which changes may come.
    pub(crate) fn watch_as(&self) -> &'static str {
        match self.of {
            Collection::Releases => "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
            _ => "application/json",
        }
    }

    /// Many of these: read in pages, so that it shows how far it is.
    pub(crate) fn paged(&self) -> bool {
        use Kind::{EndpointSlice, Event, Pod, Service};
        matches!(self.of, Collection::All(Pod | Event | EndpointSlice | Service) | Collection::Any(_))
    }

    /// Every API server has it: one that says that it does not is none.
    pub(crate) fn is_always_there(&self) -> bool {
        self.of.kind().is_some_and(|kind| matches!(kind.info().group, "" | "apps"))
    }

    fn collection(&self) -> String {
        let path = self.of.api().path(self.namespace.as_deref());
        if self.core { path.replacen("/apis/events.k8s.io/v1", "/api/v1", 1) } else { path }
    }

    /// Path of the collection with what is asked of it.
    pub(crate) fn path(&self, query: &str) -> String {
        let filter = self.filter();
        let join = if filter.is_empty() { "" } else { "&" };
        format!("{}?{filter}{join}{query}", self.collection())
    }

    /// The same of every path at which the objects are.
    pub(crate) fn paths(&self, query: &str) -> Vec<String> {
        [Some(self.path(query)), self.turned().map(|other| other.path(query))].into_iter().flatten().collect()
    }

    pub(crate) fn begin(&self) -> Change {
        Change::Begin { of: self.of.clone(), namespace: self.namespace.clone() }
    }

    pub(crate) fn end(&self) -> Change {
        Change::End { of: self.of.clone(), namespace: self.namespace.clone() }
    }

    pub(crate) fn gone(&self, namespace: Text, name: Text) -> Change {
        Change::Gone { of: self.of.clone(), namespace, name }
    }

    /// How all of it stands.
    pub(crate) fn data(&self, state: DataState) -> Change {
        Change::data(self.of.clone(), state)
    }

    /// A list without any objects: what was there is gone.
    pub(crate) fn emptied(&self) -> Vec<Change> {
        vec![self.begin(), self.end()]
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.of.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_journals_and_labels_of_releases_are_asked_for() {
        let path = |kind| Route::kind(kind, None).path("x=1");
        assert_eq!(
            path(Kind::ConfigMap),
            "/api/v1/configmaps?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dkennel&x=1"
        );
        assert_eq!(path(Kind::Secret), "/api/v1/secrets?labelSelector=owner%3Dhelm&x=1");
        let secrets = Route::kind(Kind::Secret, None);
        assert!(secrets.list_as().starts_with("application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;"));
        assert!(secrets.watch_as().starts_with("application/json;as=PartialObjectMetadata;"));
        let all = Route::custom(Kind::ConfigMap.into());
        assert_eq!(all.path("x=1"), "/api/v1/configmaps?x=1", "who wants all of them gets all");
        let one = Route::kind(Kind::Pod, Some("shop".into()));
        assert_eq!(one.paths("limit=500"), ["/api/v1/namespaces/shop/pods?limit=500"]);
        let events = ["/apis/events.k8s.io/v1/namespaces/shop/events?x=1", "/api/v1/namespaces/shop/events?x=1"];
        assert_eq!(Route::kind(Kind::Event, Some("shop".into())).paths("x=1"), events);
    }
}
