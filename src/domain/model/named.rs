//! Rows of one kind in one namespace, by name: a sorted list.
//!
//! It is not: a map. Most namespaces hold a few dozen of a kind, and there are thousands of namespaces: a tree's
//! nodes are half empty there, and a key beside each row would be its name a second time.

use std::sync::Arc;

use crate::domain::Text;
use crate::domain::row::{EventRow, PodRow};

/// What has a name that no other of its kind has in its namespace.
pub(crate) trait Name {
    fn name(&self) -> &Text;
}

impl Name for PodRow {
    fn name(&self) -> &Text {
        &self.name
    }
}

impl Name for EventRow {
    fn name(&self) -> &Text {
        &self.name
    }
}

/// The rows, sorted by name.
#[derive(Debug)]
pub(crate) struct Named<T>(Vec<Arc<T>>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Name + PartialEq> Named<T> {
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|row| row.name().as_str().cmp(name))
    }

    /// The row of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<T>> {
        self.place(name).ok().and_then(|at| self.0.get(at))
    }

    /// Puts a row; the old one where they differ, `Err` where nothing changes.
    pub(crate) fn put(&mut self, new: T) -> Result<Option<Arc<T>>, ()> {
        match self.place(new.name()) {
            Ok(at) => {
                let Some(row) = self.0.get_mut(at) else { return Err(()) };
                if **row == new { Err(()) } else { Ok(Some(std::mem::replace(row, Arc::new(new)))) }
            }
            Err(at) => {
                self.0.insert(at, Arc::new(new));
                Ok(None)
            }
        }
    }

    /// Takes the row of that name away.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Arc<T>> {
        self.place(name).ok().map(|at| self.0.remove(at))
    }

    /// All rows, by name.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Arc<T>> {
        self.0.iter()
    }

    /// All names.
    pub(crate) fn names(&self) -> Vec<Text> {
        self.0.iter().map(|row| row.name().clone()).collect()
    }

    /// Keeps the `most` rows that rank highest.
    pub(crate) fn keep<K: Ord>(&mut self, most: usize, rank: impl Fn(&T) -> K) {
        let Some(beyond) = self.0.len().checked_sub(most).filter(|n| *n > 0) else { return };
        let mut ranked: Vec<(K, usize)> = self.0.iter().enumerate().map(|(at, row)| (rank(row), at)).collect();
        ranked.sort_unstable();
        let dropped: std::collections::HashSet<usize> = ranked.into_iter().take(beyond).map(|(_, at)| at).collect();
        let mut at = 0;
        self.0.retain(|_| {
            at += 1;
            !dropped.contains(&(at - 1))
        });
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
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
        let mut rows = Named::default();
        for name in ["c", "a", "d", "b"] {
            assert_eq!(rows.put(row(name, 1)), Ok(None));
        }
        assert_eq!(rows.names(), ["a", "b", "c", "d"]);
        assert_eq!(rows.put(row("b", 1)), Err(()));
        assert_eq!(rows.put(row("b", 2)).unwrap().unwrap().count, 1);
        assert_eq!((rows.get("b").unwrap().count, rows.len()), (2, 4));
        assert!(rows.remove("x").is_none() && rows.remove("a").is_some() && rows.get("a").is_none());
    }

    #[test]
    fn what_ranks_lowest_goes_first() {
        let mut rows = Named::default();
        for (name, count) in [("a", 5), ("b", 1), ("c", 4), ("d", 2)] {
            rows.put(row(name, count)).unwrap();
        }
        rows.keep(2, |r| r.count);
        assert_eq!(rows.names(), ["a", "c"]);
    }
}
