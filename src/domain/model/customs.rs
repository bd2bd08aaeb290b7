//! Changes of kinds that kennel has no rows of.

use std::collections::BTreeSet;

use super::Model;
use super::change::CustomChange;
use super::space::Stale;
use crate::domain::row::is_source;
use crate::domain::{Api, Text};

impl Model {
    /// Takes a change of a kind that has no rows.
    pub(super) fn custom(&mut self, kind: Api, change: CustomChange) {
        match change {
            CustomChange::Put(row) => {
                self.customs.relists.saw(&kind, &row.namespace, &row.name);
                if is_source(&kind) {
                    let touched = self.deliveries.source(&row);
                    return touched.iter().for_each(|namespace| self.touch(namespace, Stale::All));
                }
                let namespace = row.namespace.clone();
                if namespace.is_empty() {
                    return;
                }
                let stale = self.places.entry(namespace.clone()).or_default().space.put_custom(*row);
                self.touch(&namespace, stale);
            }
            CustomChange::Gone { namespace, name } => self.custom_gone(&kind, &namespace, &name),
            CustomChange::Begin(namespace) => self.customs.relists.begin(kind, namespace),
            CustomChange::End(namespace) => {
                let Some(seen) = self.customs.relists.end(&kind, &namespace) else { return };
                let listed = |ns: &Text| namespace.as_ref().is_none_or(|n| n == ns);
                let mut known = self.deliveries.sources(&kind);
                for (ns, place) in &self.places {
                    known.extend(place.space.custom_names(&kind).into_iter().map(|name| (ns.clone(), name)));
                }
                known.retain(|key| listed(&key.0) && !seen.contains(key));
                for (namespace, name) in known {
                    self.custom_gone(&kind, &namespace, &name);
                }
            }
            CustomChange::Data(state) => {
                let old = self.customs.data.insert(kind.clone(), state);
                if old.as_ref() != self.customs.data.get(&kind) {
                    let namespaces = self.customs.wanted().get(&kind).cloned().unwrap_or_default();
                    namespaces.iter().for_each(|namespace| self.touch(namespace, Stale::All));
                    self.customs.publish(&mut self.snapshot);
                }
            }
            CustomChange::DataIn(namespace, state) => {
                let key = (kind, namespace.clone());
                let old = match state {
                    Some(state) => self.customs.data_in.insert(key.clone(), state),
                    None => self.customs.data_in.remove(&key),
                };
                if old.as_ref() != self.customs.data_in.get(&key) {
                    self.touch(&namespace, Stale::All);
                }
            }
        }
    }

    fn custom_gone(&mut self, kind: &Api, namespace: &Text, name: &Text) {
        let touched = self.deliveries.source_gone(kind, namespace, name);
        touched.iter().for_each(|namespace| self.touch(namespace, Stale::All));
        if let Some(place) = self.places.get_mut(namespace) {
            let stale = place.space.remove_custom(kind, name);
            self.touch(namespace, stale);
        }
    }

    /// The sources that deliveries refer to matter, where these lie.
    pub(super) fn want_sources(&mut self) {
        let mut news = false;
        for (kind, namespace) in self.deliveries.referred() {
            news |= self.customs.want(&namespace, BTreeSet::from([kind]));
        }
        if news {
            self.customs.publish(&mut self.snapshot);
        }
    }
}
