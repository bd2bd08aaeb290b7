//! The operations that run in this kennel.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::{CancellationToken, DropGuard};

use super::execute::Audit;
use crate::domain::{EnvironmentId, Text};

/// Operations that run in this kennel, by environment and ID.
#[derive(Default)]
pub(super) struct Operations {
    running: Mutex<HashMap<(EnvironmentId, Text), Entry>>,
    audit: Mutex<Option<Audit>>,
}

/// One that runs.
#[derive(Clone)]
struct Entry {
    /// Asks it to let go.
    stop: CancellationToken,
    /// It has ended.
    ended: CancellationToken,
}

impl std::fmt::Debug for Operations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(lock(&self.running).keys()).finish()
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Registered until it is dropped: with its future, however that ends.
pub(super) struct Registered<'a> {
    operations: &'a Operations,
    key: (EnvironmentId, Text),
    _ended: DropGuard,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        lock(&self.operations.running).remove(&self.key);
    }
}

impl Operations {
    /// Registers an operation; `None` where it runs here already.
    pub(super) fn register(
        &self,
        environment: &EnvironmentId,
        id: &Text,
        stop: &CancellationToken,
    ) -> Option<Registered<'_>> {
        let key = (environment.clone(), id.clone());
        let entry = Entry { stop: stop.clone(), ended: CancellationToken::new() };
        let mut running = lock(&self.running);
        if running.contains_key(&key) {
            return None;
        }
        running.insert(key.clone(), entry.clone());
        Some(Registered { operations: self, key, _ended: entry.ended.drop_guard() })
    }

    /// Asks one to let go; returns when it has ended, false where it does not run here.
    pub(super) async fn end(&self, environment: &EnvironmentId, id: &Text) -> bool {
        let entry = lock(&self.running).get(&(environment.clone(), id.clone())).cloned();
        match entry {
            Some(entry) => {
                entry.stop.cancel();
                entry.ended.cancelled().await;
                true
            }
            None => false,
        }
    }

    /// Environment and ID of each.
    pub(super) fn all(&self) -> Vec<(EnvironmentId, Text)> {
        lock(&self.running).keys().cloned().collect()
    }

    /// Who is told of each object that is written to.
    pub(super) fn audit(&self) -> Option<Audit> {
        lock(&self.audit).clone()
    }

    pub(super) fn set_audit(&self, audit: Audit) {
        *lock(&self.audit) = Some(audit);
    }
}
