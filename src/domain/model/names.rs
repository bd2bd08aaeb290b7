//! What the names of namespaces mean beside each other: which are read the other way (`grouping`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::namespace::NamespaceModel;
use crate::domain::Text;
use crate::domain::grouping::{Grouping, Turned};
use crate::domain::row::Meta;

/// The names as they were read last.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(super) turned: Turned,
    /// Of how many namespaces that was found out; `None` where one of them has changed since.
    read: Option<usize>,
}

impl Names {
    /// A namespace came, changed or went.
    pub(super) fn changed(&mut self) {
        self.read = None;
    }

    /// Reads them anew, where one has come, changed or gone: which namespaces mean something else now.
    pub(super) fn read(&mut self, grouping: &Grouping, places: &BTreeMap<Text, NamespaceModel>) -> Vec<Text> {
        if self.read.replace(places.len()) == Some(places.len()) {
            return Vec::new();
        }
        let metas: Vec<Cow<'_, Meta>> = (places.iter())
            .filter_map(|(name, place)| match &place.space.namespace {
                Some(namespace) => Some(Cow::Borrowed(&namespace.meta)),
                None if place.space.is_empty() => None,
                None => Some(Cow::Owned(Meta { name: name.clone(), ..Meta::default() })),
            })
            .collect();
        let turned = grouping.turned(metas.iter().map(AsRef::as_ref));
        let others = self.turned.symmetric_difference(&turned).cloned().collect();
        self.turned = turned;
        others
    }
}
