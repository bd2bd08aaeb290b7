//! Equal values as one allocation: rows are mostly texts, labels and owners that thousands of them share.

use std::collections::HashSet;
use std::sync::Arc;

use super::row::{Owner, Resources};
use super::{Api, Labels, Text};

/// Gives equal values one allocation. Belongs to whoever converts; there is no global one.
#[derive(Debug, Default)]
pub struct Interner {
    texts: HashSet<Text>,
    labels: HashSet<Labels>,
    resources: HashSet<Arc<Resources>>,
    owners: HashSet<Arc<Owner>>,
    apis: HashSet<Api>,
}

impl Interner {
    /// The shared form of `raw`, sanitised.
    pub fn text(&mut self, raw: &str) -> Text {
        if let Some(known) = self.texts.get(raw) {
            return known.clone();
        }
        let new = Text::new(raw);
        self.texts.insert(new.clone());
        new
    }

    /// The shared form of a set of labels.
    pub fn labels<'a>(&mut self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Labels {
        let pairs: Vec<_> = pairs.into_iter().map(|(k, v)| (self.text(k), self.text(v))).collect();
        let new = Labels::new(pairs);
        if let Some(known) = self.labels.get(&new) {
            return known.clone();
        }
        self.labels.insert(new.clone());
        new
    }

    /// The shared form of what a pod asks for.
    pub fn resources(&mut self, resources: Resources) -> Arc<Resources> {
        if let Some(known) = self.resources.get(&resources) {
            return known.clone();
        }
        let new = Arc::new(resources);
        self.resources.insert(new.clone());
        new
    }

    /// The shared form of an owner.
    pub fn owner(&mut self, owner: Owner) -> Arc<Owner> {
        if let Some(known) = self.owners.get(&owner) {
            return known.clone();
        }
        let new = Arc::new(owner);
        self.owners.insert(new.clone());
        new
    }

    /// The shared form of a kind that is referred to.
    pub fn api(&mut self, api_version: &str, kind: &str) -> Api {
        let new = Api::referred(api_version, kind);
        if new.known().is_some() {
            return new;
        }
        if let Some(known) = self.apis.get(&new) {
            return known.clone();
        }
        self.apis.insert(new.clone());
        new
    }

    /// Forgets what nobody else holds any more. Call it now and then (after a relist).
    pub fn sweep(&mut self) {
        // What is kept was most of it once, so its room goes, too.
        self.resources.retain(|r| Arc::strong_count(r) > 1);
        // Before the texts that they hold.
        self.owners.retain(|o| Arc::strong_count(o) > 1);
        self.labels.retain(Labels::is_shared);
        self.texts.retain(Text::is_shared);
        self.texts.shrink_to_fit();
        self.labels.shrink_to_fit();
        self.owners.shrink_to_fit();
    }

    /// How many texts are held.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interned_texts_are_one_allocation_and_swept_when_unused() {
        let mut i = Interner::default();
        let a = i.text("web");
        assert!(a.same(&i.text("web")));
        drop(a);
        i.sweep();
        assert!(i.is_empty());
    }
}
