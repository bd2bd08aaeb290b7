//! Rows that are looked up by more than their name: by what owns them, what they select, what they lead to.
//!
//! The index is a sorted list of pairs, kept with the rows and nowhere else. It is not: a cache; who puts a row has put
//! it into the index. To look rows of one more kind up: what they are looked up by, below, and [`Indexed`] in
//! `model::space::Space`.

use std::sync::Arc;

use super::assemble::credit;
use super::row::{
    AutoscalerRow, EventRow, IngressRow, JobRow, KubeServiceRow, ReleaseRow, ReplicaSetRow, ScaledObjectRow, SliceRow,
};
use super::rows::{Named, Rows};
use super::{ObjectId, Text};

/// What rows are looked up by.
pub(crate) trait Keyed: Named {
    /// That.
    type Key: Ord + Clone;
    /// Each that leads to the row.
    fn keys(&self) -> impl Iterator<Item = Self::Key>;
}

macro_rules! keyed {
    ($($row:ident by $key:ty: |$it:ident| $keys:expr;)*) => {
        $(impl Keyed for $row {
            type Key = $key;
            fn keys(&self) -> impl Iterator<Item = $key> {
                let $it = self;
                $keys.into_iter()
            }
        })*
    };
}

keyed! {
    // A label that what it selects must have; what it asks for beside that is looked at then.
    KubeServiceRow by (Text, Text): |s| s.selector.labels.iter().next().map(|(k, v)| (k.clone(), v.clone()));
    SliceRow by Text: |s| Some(s.service.clone());
    IngressRow by Text: |i| i.rules.iter().map(|(_, _, service, _)| service.clone());
    // The target's name: of which kind it is, is looked at then.
    AutoscalerRow by Text: |a| Some(a.target.name.clone());
    ScaledObjectRow by Text: |s| Some(s.target.name.clone());
    ReleaseRow by Text: |r| Some(r.name.clone());
    JobRow by Text: |j| credit::helm(&j.meta).cloned();
    // The owner's UID.
    ReplicaSetRow by Text: |r| r.owner.as_ref().map(|o| o.uid.clone());
    // Only those that say something of their object's service.
    EventRow by ObjectId: |e| e.tells_of_its_service().then(|| e.object.clone());
}

/// Rows of one kind in one namespace, with their index.
#[derive(Debug)]
pub(crate) struct Indexed<T: Keyed> {
    rows: Rows<T>,
    names: Vec<(T::Key, Text)>,
}

impl<T: Keyed> Default for Indexed<T> {
    fn default() -> Self {
        Self { rows: Rows::default(), names: Vec::new() }
    }
}

impl<T: Keyed> std::ops::Deref for Indexed<T> {
    type Target = Rows<T>;
    fn deref(&self) -> &Rows<T> {
        &self.rows
    }
}

impl<T: Keyed> Indexed<T> {
    /// The rows to which a key leads, by name.
    pub(crate) fn by(&self, key: &T::Key) -> impl Iterator<Item = &Arc<T>> {
        let first = self.names.partition_point(|(k, _)| k < key);
        let all = self.names.get(first..).unwrap_or_default().iter().take_while(move |(k, _)| k == key);
        all.filter_map(|(_, name)| self.rows.named(name))
    }

    /// Takes the row of that name away.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Arc<T>> {
        let old = self.rows.remove(name)?;
        self.forget(&old, |_| true);
        Some(old)
    }

    /// Keeps the `most` rows that rank highest; how many others there were.
    pub(crate) fn keep<K: Ord>(&mut self, most: usize, rank: impl Fn(&T) -> K) -> usize {
        let dropped = self.rows.keep(most, rank);
        dropped.iter().for_each(|old| self.forget(old, |_| true));
        dropped.len()
    }

    /// Takes those keys of a row out of the index.
    fn forget(&mut self, old: &T, which: impl Fn(&T::Key) -> bool) {
        for pair in old.keys().filter(which).map(|key| (key, old.name().clone())) {
            if let Ok(at) = self.names.binary_search(&pair) {
                self.names.remove(at);
            }
        }
    }
}

impl<T: Keyed + PartialEq> Indexed<T> {
    /// Puts a row; the old one where they differ, `Err` where nothing changes.
    pub(crate) fn put(&mut self, new: T) -> Result<Option<Arc<T>>, ()> {
        let name = new.name().clone();
        let keys: Vec<T::Key> = new.keys().collect();
        let old = self.rows.put(new)?;
        if let Some(old) = &old {
            self.forget(old, |key| !keys.contains(key));
        }
        for pair in keys.into_iter().map(|key| (key, name.clone())) {
            match self.names.binary_search(&pair) {
                // Texts of the row that is there now: those of the old one are not kept for it.
                Ok(at) => self.names.get_mut(at).into_iter().for_each(|there| *there = pair.clone()),
                Err(at) => self.names.insert(at, pair),
            }
        }
        Ok(old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(name: &str, services: &[&str]) -> IngressRow {
        let rule = |s: &&str| ("host".into(), "/".into(), Text::new(s), false);
        let meta = crate::domain::fixture::meta(name);
        IngressRow { kind: crate::domain::Kind::Ingress, meta, rules: services.iter().map(rule).collect() }
    }

    #[test]
    fn what_a_row_is_looked_up_by_follows_the_row() {
        let mut routes: Indexed<IngressRow> = Indexed::default();
        let by = |routes: &Indexed<IngressRow>, key: &str| {
            routes.by(&key.into()).map(|r| r.meta.name.to_string()).collect::<Vec<_>>().join(" ")
        };
        for row in [route("b", &["web", "api"]), route("a", &["web", "web"]), route("c", &[])] {
            assert_eq!(routes.put(row), Ok(None));
        }
        assert_eq!((by(&routes, "web"), by(&routes, "api"), by(&routes, "c")), ("a b".into(), "b".into(), "".into()));
        assert_eq!(routes.put(route("b", &["web", "api"])), Err(()));
        assert!(routes.put(route("b", &["api", "db"])).is_ok());
        assert_eq!((by(&routes, "web"), by(&routes, "api"), by(&routes, "db")), ("a".into(), "b".into(), "b".into()));
        assert!(routes.remove("b").is_some() && routes.remove("b").is_none());
        assert_eq!(routes.keep(1, |r| r.meta.name.clone()), 1);
        assert_eq!((by(&routes, "web"), by(&routes, "api"), routes.len()), ("".into(), "".into(), 1));
        assert!(routes.names.is_empty(), "nothing of what is gone is kept");
    }
}
