//! How the data of kinds without rows of their own stands, and which of them are wanted.

use std::collections::BTreeSet;

use super::Model;
use super::stale::Stale;
use crate::domain::data::DataState;
use crate::domain::{Api, Text};

impl Model {
    /// How the data of such a kind stands now, in one namespace or in the whole cluster.
    pub(super) fn custom(&mut self, api: Api, namespace: Option<Text>, state: Option<DataState>) {
        let touched = match namespace {
            Some(namespace) => {
                let key = (api, namespace.clone());
                let old = match state {
                    Some(state) => self.customs.data_in.insert(key.clone(), state),
                    None => self.customs.data_in.remove(&key),
                };
                let news = old.as_ref() != self.customs.data_in.get(&key);
                BTreeSet::from_iter(news.then_some(namespace))
            }
            None => {
                let state = state.unwrap_or_default();
                if self.customs.data.get(&api) == Some(&state) {
                    return;
                }
                self.customs.data.insert(api.clone(), state);
                self.customs.publish(&mut self.snapshot);
                self.customs.wanted().get(&api).cloned().unwrap_or_default()
            }
        };
        self.touch_each(&touched, &Stale::All);
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
