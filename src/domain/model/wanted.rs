//! Kinds that kennel has no rows of: which of them matter.
//!
//! A kind matters while pods of it (or of what it owns) are there, or while a delivery refers to a source of it.
//! They are stated as wanted; whoever reads the cluster reads them then, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::collection::Collection;
use crate::domain::{Api, Snapshot, Text};

/// Which matter, and in which namespaces. One that has mattered once stays: its pods may be back in a moment.
#[derive(Debug, Default)]
pub(crate) struct Wanted(Arc<BTreeMap<Api, BTreeSet<Text>>>);

impl Wanted {
    /// These kinds matter in a namespace: in the picture they are not read yet.
    pub(crate) fn want(&mut self, namespace: &Text, kinds: BTreeSet<Api>, snapshot: &mut Snapshot) {
        let known = |kind: &Api| self.0.get(kind).is_some_and(|n| n.contains(namespace));
        let new: Vec<Api> = kinds.into_iter().filter(|kind| !known(kind)).collect();
        for kind in new {
            snapshot.data.entry(Collection::Any(kind.clone())).or_default();
            Arc::make_mut(&mut self.0).entry(kind).or_default().insert(namespace.clone());
        }
    }

    /// Which matter, and in which namespaces.
    pub(super) fn all(&self) -> &Arc<BTreeMap<Api, BTreeSet<Text>>> {
        &self.0
    }
}
