//! Equal values as one allocation: rows are mostly texts, labels and owners that thousands of them share.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use super::row::{Listening, Owner, Probe, Resources};
use super::{Api, Labels, Text};

/// Gives equal values one allocation. Belongs to whoever converts; there is no global one.
#[derive(Debug, Default)]
pub struct Interner {
    texts: HashSet<Text>,
    labels: HashSet<Labels>,
    resources: HashSet<Arc<Resources>>,
    owners: HashSet<Arc<Owner>>,
    containers: HashSet<Arc<[Listening]>>,
    probes: HashSet<Arc<[Probe]>>,
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
        shared(&mut self.resources, resources.into())
    }

    /// The shared form of a template's containers: those of one project's environments are mostly the same.
    pub fn containers(&mut self, containers: Vec<Listening>) -> Arc<[Listening]> {
        shared(&mut self.containers, containers.into())
    }

    /// The shared form of a template's probes.
    pub fn probes(&mut self, probes: Vec<Probe>) -> Arc<[Probe]> {
        shared(&mut self.probes, probes.into())
    }

    /// The shared form of an owner.
    pub fn owner(&mut self, owner: Owner) -> Arc<Owner> {
        shared(&mut self.owners, owner.into())
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
        self.containers.retain(|c| Arc::strong_count(c) > 1);
        self.probes.retain(|p| Arc::strong_count(p) > 1);
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

/// The one of `all` that equals `new`, which is kept where there is none.
fn shared<T: Eq + Hash + ?Sized>(all: &mut HashSet<Arc<T>>, new: Arc<T>) -> Arc<T> {
    if let Some(known) = all.get(&new) {
        return known.clone();
    }
    all.insert(new.clone());
    new
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
