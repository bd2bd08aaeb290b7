//! Lists in progress: what was put since a list began, so that at its end the rest is known to be gone.

use std::collections::HashSet;

use crate::domain::Text;
use crate::domain::collection::Collection;

/// One list in progress.
#[derive(Debug)]
struct Relist {
    of: Collection,
    namespace: Option<Text>,
    seen: HashSet<(Text, Text)>,
}

/// All lists in progress. Several may run at once: of other collections, or of one namespace and of all.
#[derive(Debug, Default)]
pub(crate) struct Relists(Vec<Relist>);

impl Relists {
    /// A list begins. One of the same collection and scope that never ended is forgotten.
    pub(crate) fn begin(&mut self, of: Collection, namespace: Option<Text>) {
        self.0.retain(|r| r.of != of || r.namespace != namespace);
        self.0.push(Relist { of, namespace, seen: HashSet::new() });
    }

    /// An object was put.
    pub(crate) fn saw(&mut self, of: &Collection, namespace: &Text, name: &Text) {
        for list in &mut self.0 {
            if list.of == *of && list.namespace.as_ref().is_none_or(|n| n == namespace) {
                list.seen.insert((namespace.clone(), name.clone()));
            }
        }
    }

    /// A list has ended: what it saw. `None` where none began, and then nothing may be removed.
    pub(crate) fn end(&mut self, of: &Collection, namespace: &Option<Text>) -> Option<HashSet<(Text, Text)>> {
        let at = self.0.iter().position(|r| r.of == *of && r.namespace == *namespace)?;
        Some(self.0.swap_remove(at).seen)
    }
}
