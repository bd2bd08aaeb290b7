//! How the data of what is read stands, and which kinds without rows of their own are wanted.

use std::collections::BTreeSet;

use super::Model;
use super::stale::Stale;
use crate::domain::collection::Collection;
use crate::domain::data::{Arrival, DataState};
use crate::domain::{Kind, Text};

impl Model {
    /// How all of it stands now.
    pub(super) fn data(&mut self, of: Collection, state: DataState) {
        const IDLE: &DataState = &DataState::Idle;
        let known = self.snapshot.data.get(&of);
        if known == Some(&state) {
            return;
        }
        let (before, after) = (Arrival::of(&of, known.unwrap_or(IDLE)), Arrival::of(&of, &state));
        match &of {
            // Why it can't be read is told of each service that it owns.
            Collection::Any(api) => {
                let touched = self.wanted.all().get(api).cloned().unwrap_or_default();
                self.touch_each(&touched, &Stale::All);
            }
            // Those are read of the namespace on screen alone, and come and go with it: nothing is judged by whether
            // they have come. That they may not be read is told.
            Collection::All(Kind::ReplicaSet | Kind::PodMetrics)
                if (before == Arrival::Denied) == (after == Arrival::Denied) => {}
            _ if before == after => {}
            _ => self.touch_all(),
        }
        self.snapshot.data.insert(of, state);
    }

    /// How it stands in a namespace that is read by itself; `None`: it is not any more.
    pub(super) fn data_in(&mut self, of: Collection, namespace: Text, state: Option<DataState>) {
        let key = (of, namespace.clone());
        if self.data_in.get(&key) == state.as_ref() {
            return;
        }
        match state {
            Some(state) => self.data_in.insert(key, state),
            None => self.data_in.remove(&key),
        };
        self.touch(&namespace, Stale::All);
    }

    /// The sources that deliveries refer to matter, where these lie.
    pub(super) fn want_sources(&mut self) {
        for (kind, namespace) in self.deliveries.referred() {
            self.wanted.want(&namespace, BTreeSet::from([kind]), &mut self.snapshot);
        }
    }
}
