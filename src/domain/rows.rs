//! The keeper of rows: those of one kind in one namespace, by name, whatever the kind.
//!
//! A copy is one pointer and shares all: a picture takes the rows with it, and the next change of them makes a list of
//! its own (the rows themselves stay where they are). It is not: a map. Most namespaces hold a few dozen of a kind, and
//! there are thousands of namespaces: a tree's nodes are half empty there, and a key beside each row would be its name a
//! second time. To keep one more kind: a line in the table of names, a field of `model::space::Space`.

use std::sync::Arc;

use super::Text;
use super::row::{
    AutoscalerRow, ClaimRow, CronJobRow, CustomRow, EventRow, IngressRow, JobRow, KubeServiceRow, MetricsRow, PodRow,
    QuotaRow, ReleaseRow, ReplicaSetRow, ScaledObjectRow, SliceRow, WorkloadRow,
};

/// What has a name that no other of its kind has in its namespace.
pub trait Named {
    /// That name.
    fn name(&self) -> &Text;
}

macro_rules! named {
    ($($row:ident . $($field:ident).+),* $(,)?) => {
        $(impl Named for $row {
            #[allow(clippy::misnamed_getters, reason = "a release is named by its Secret, its name is Helm's")]
            fn name(&self) -> &Text {
                &self.$($field).+
            }
        })*
    };
}

named! {
    WorkloadRow.meta.name, PodRow.name, JobRow.meta.name, CronJobRow.meta.name, AutoscalerRow.meta.name,
    ScaledObjectRow.meta.name, KubeServiceRow.meta.name, SliceRow.name, IngressRow.meta.name, ClaimRow.name,
    ReleaseRow.object, ReplicaSetRow.name, QuotaRow.name, EventRow.name, MetricsRow.name, CustomRow.name,
}

/// Rows of one kind in one namespace, sorted by name.
#[derive(Debug, PartialEq, Eq)]
pub struct Rows<T>(Option<Arc<Vec<Arc<T>>>>);

impl<T> Default for Rows<T> {
    /// None: no allocation.
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> std::ops::Deref for Rows<T> {
    type Target = [Arc<T>];
    fn deref(&self) -> &[Arc<T>] {
        self.0.as_deref().map(Vec::as_slice).unwrap_or_default()
    }
}

impl<'a, T> IntoIterator for &'a Rows<T> {
    type Item = &'a Arc<T>;
    type IntoIter = std::slice::Iter<'a, Arc<T>>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Named> FromIterator<T> for Rows<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        let mut all: Vec<Arc<T>> = rows.into_iter().map(Arc::new).collect();
        all.sort_by(|a, b| a.name().cmp(b.name()));
        Self((!all.is_empty()).then(|| Arc::new(all)))
    }
}

impl<T: Named> Rows<T> {
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.binary_search_by(|row| row.name().as_str().cmp(name))
    }

    fn own(&mut self) -> &mut Vec<Arc<T>> {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// The row of that name. (A slice's own `get` is by position.)
    pub fn named(&self, name: &str) -> Option<&Arc<T>> {
        self.place(name).ok().and_then(|at| self.get(at))
    }

    /// The rows whose names begin so.
    pub(crate) fn beginning(&self, with: &str) -> &[Arc<T>] {
        let from = self.get(self.partition_point(|row| row.name().as_str() < with)..).unwrap_or_default();
        from.get(..from.partition_point(|row| row.name().starts_with(with))).unwrap_or_default()
    }

    /// Takes the row of that name away.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Arc<T>> {
        let at = self.place(name).ok()?;
        let row = self.own().remove(at);
        if self.is_empty() {
            self.0 = None;
        }
        Some(row)
    }

    /// All names.
    pub(crate) fn names(&self) -> Vec<Text> {
        self.iter().map(|row| row.name().clone()).collect()
    }

    /// Keeps the `most` rows that rank highest; the others.
    pub(crate) fn keep<K: Ord>(&mut self, most: usize, rank: impl Fn(&T) -> K) -> Vec<Arc<T>> {
        let Some(beyond) = self.len().checked_sub(most).filter(|n| *n > 0) else { return Vec::new() };
        let mut ranked: Vec<(K, usize)> = self.iter().enumerate().map(|(at, row)| (rank(row), at)).collect();
        ranked.sort_unstable();
        let dropped: std::collections::HashSet<usize> = ranked.into_iter().take(beyond).map(|(_, at)| at).collect();
        let (gone, kept): (Vec<_>, Vec<_>) = self.own().drain(..).enumerate().partition(|(at, _)| dropped.contains(at));
        *self.own() = kept.into_iter().map(|(_, row)| row).collect();
        gone.into_iter().map(|(_, row)| row).collect()
    }
}

impl<T: Named + PartialEq> Rows<T> {
    /// Puts a row; the old one where they differ, `Err` where nothing changes.
    pub(crate) fn put(&mut self, new: T) -> Result<Option<Arc<T>>, ()> {
        match self.place(new.name()) {
            Ok(at) => {
                if self.get(at).is_none_or(|row| **row == new) {
                    return Err(());
                }
                Ok(self.own().get_mut(at).map(|row| std::mem::replace(row, Arc::new(new))))
            }
            Err(at) => {
                self.own().insert(at, Arc::new(new));
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, count: u32) -> EventRow {
        EventRow { name: name.into(), count, ..EventRow::default() }
    }

    #[test]
    fn rows_are_found_by_name_whatever_their_order_was_and_the_same_row_is_no_change() {
        let mut rows = Rows::default();
        for name in ["c", "a", "d", "b"] {
            assert_eq!(rows.put(row(name, 1)), Ok(None));
        }
        assert_eq!(rows.names(), ["a", "b", "c", "d"]);
        assert_eq!(rows.put(row("b", 1)), Err(()));
        assert_eq!(rows.put(row("b", 2)).unwrap().unwrap().count, 1);
        assert_eq!((rows.named("b").unwrap().count, rows.len()), (2, 4));
        assert!(rows.remove("x").is_none() && rows.remove("a").is_some() && rows.named("a").is_none());
    }

    #[test]
    fn what_ranks_lowest_goes_first() {
        let mut rows = Rows::default();
        for (name, count) in [("a", 5), ("b", 1), ("c", 4), ("d", 2)] {
            rows.put(row(name, count)).unwrap();
        }
        let gone: Vec<_> = rows.keep(2, |r| r.count).iter().map(|r| r.name.clone()).collect();
        assert_eq!(gone, ["b", "d"]);
        assert_eq!(rows.names(), ["a", "c"]);
    }

    #[test]
    fn a_copy_shares_every_row_and_changes_of_one_are_not_seen_in_the_other() {
        let mut rows: Rows<EventRow> = ["a", "b", "c"].into_iter().map(|name| row(name, 1)).collect();
        let before = rows.clone();
        rows.put(row("b", 2)).unwrap();
        rows.remove("c");
        assert_eq!((before.names(), before[1].count), (vec!["a".into(), "b".into(), "c".into()], 1));
        assert_eq!((rows.names(), rows[1].count), (vec!["a".into(), "b".into()], 2));
        assert!(Arc::ptr_eq(&before[0], &rows[0]), "what did not change is one allocation");
        assert_eq!(size_of::<Rows<EventRow>>(), size_of::<usize>());
        rows.remove("a");
        rows.remove("b");
        assert_eq!(rows, Rows::default(), "no rows, no allocation");
    }
}
