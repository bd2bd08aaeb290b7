//! Lists in progress: what was put since a list began, so that at its end the rest is known to be gone.

use std::collections::HashSet;

use crate::domain::Text;

/// One list in progress.
#[derive(Debug)]
struct Relist<K> {
    kind: K,
    namespace: Option<Text>,
    seen: HashSet<(Text, Text)>,
}

/// All lists in progress. Several may run at once: of other kinds, or of one namespace and of all.
#[derive(Debug)]
pub(crate) struct Relists<K>(Vec<Relist<K>>);

impl<K> Default for Relists<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq> Relists<K> {
    /// A list begins. One of the same kind and scope that never ended is forgotten.
    pub(crate) fn begin(&mut self, kind: K, namespace: Option<Text>) {
        self.0.retain(|r| r.kind != kind || r.namespace != namespace);
        self.0.push(Relist { kind, namespace, seen: HashSet::new() });
    }

    /// An object was put.
    pub(crate) fn saw(&mut self, kind: &K, namespace: &Text, name: &Text) {
        for list in &mut self.0 {
            if list.kind == *kind && list.namespace.as_ref().is_none_or(|n| n == namespace) {
                list.seen.insert((namespace.clone(), name.clone()));
            }
        }
    }

    /// A list has ended: what it saw. `None` where none began, and then nothing may be removed.
    pub(crate) fn end(&mut self, kind: &K, namespace: &Option<Text>) -> Option<HashSet<(Text, Text)>> {
        let at = self.0.iter().position(|r| r.kind == *kind && r.namespace == *namespace)?;
        Some(self.0.swap_remove(at).seen)
    }
}
