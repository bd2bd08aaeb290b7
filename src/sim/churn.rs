//! Churn: so many pod status updates a second, spread over all pods, always the same for a seed.
//!
//! An update is what a kubelet writes most: a container that ran anew. The controllers don't answer it
//! (the engine counts it as seen), so that churn measures who reads, not this cluster.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::json::{Json, set, stamp};
use super::resource::Resource;
use super::store::Store;

/// Milliseconds between two bursts: small ones.
const TICK: i64 = 50;
/// Bursts between two looks at which pods there are.
const LOOK: u64 = 200;

/// Updates pods at a rate.
#[derive(Debug)]
pub(crate) struct Churn {
    /// Updates a second.
    rate: i64,
    random: fastrand::Rng,
    pods: Vec<(String, String)>,
    last: Option<Timestamp>,
    /// Thousandths of an update that are owed.
    owed: i64,
    bursts: u64,
}

impl Churn {
    /// `rate` updates a second; none where it is 0.
    pub(crate) fn new(rate: u32, seed: u64) -> Option<Self> {
        let random = fastrand::Rng::with_seed(seed);
        (rate > 0).then(|| Self { rate: rate.into(), random, pods: vec![], last: None, owed: 0, bursts: 0 })
    }

    /// When the next burst is due.
    pub(crate) fn next_at(&self) -> Timestamp {
        let span = SignedDuration::from_millis(TICK);
        self.last.map_or(Timestamp::MIN, |t| t.saturating_add(span).unwrap_or(t))
    }

    /// Does what is owed by `now`; the namespaces that it touched.
    pub(crate) fn burst(&mut self, store: &mut Store, now: Timestamp) -> BTreeSet<String> {
        // Pods come and go.
        if self.bursts.is_multiple_of(LOOK) {
            let of = Resource::named("Pod").into_iter().flat_map(|r| store.list(r));
            self.pods = of.map(|p| (p.namespace().to_owned(), p.name().to_owned())).collect();
        }
        self.bursts += 1;
        let passed = self.last.map_or(TICK, |l| now.as_millisecond() - l.as_millisecond()).clamp(0, 1000);
        self.last = Some(now);
        self.owed += passed * self.rate;
        let mut touched = BTreeSet::new();
        for _ in 0..self.owed / 1000 {
            if let Some((namespace, name)) = self.random.choice(&self.pods) {
                update(store, namespace, name, now);
                touched.insert(namespace.clone());
            }
        }
        self.owed %= 1000;
        touched
    }
}

fn update(store: &mut Store, namespace: &str, name: &str, now: Timestamp) {
    let Some(r) = Resource::named("Pod") else { return };
    let now = stamp(now);
    store.edit(r, namespace, name, |pod| {
        let mut all = pod.items("status.containerStatuses").to_vec();
        if let Some(first) = all.first_mut() {
            let ended = json!({"terminated": {
                "exitCode": 0, "reason": "Completed", "startedAt": first.at("state.running.startedAt"), "finishedAt": now,
            }});
            let restarts = first.int("restartCount") + 1;
            set(first, "restartCount", restarts);
            set(first, "lastState", ended);
            set(first, "state", json!({"running": {"startedAt": now}}));
        }
        set(pod, "status.containerStatuses", all);
    });
}
