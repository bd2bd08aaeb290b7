//! The state that a dashboard begins with.

use std::collections::VecDeque;
use std::sync::Arc;

use super::flash::Flashes;
use super::hit::HitMap;
use super::revisions::Revisions;
use super::state::{History, Settings, Stack, State, Work};
use super::taken::Taken;
use super::view;
use crate::domain::{Snapshot, Time};

impl State {
    /// The state before anything has arrived.
    pub fn new(settings: Settings, now: Time, size: (u16, u16)) -> Self {
        let mut state = Self {
            snapshot: Arc::new(Snapshot { now, ..Snapshot::default() }),
            now,
            size,
            stack: Stack::default(),
            overlay: None,
            prompt: None,
            operations: Vec::new(),
            flashes: Flashes::default(),
            notices: VecDeque::new(),
            theme: settings.theme.clone(),
            mouse: settings.mouse,
            commands: settings.commands.clone(),
            settings,
            since: None,
            hits: HitMap::default(),
            history: History::default(),
            questions: 0,
            ran: 0,
            revisions: Revisions::default(),
            reading: None,
            taken: Taken::default(),
            looked_at: None,
            work: Work::default(),
        };
        view::refresh(&mut state);
        state
    }
}
