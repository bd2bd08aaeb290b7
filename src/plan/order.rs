//! Which step goes before which: tiers by what an object is, and by `kennel.dev/depends-on` among applications.

use std::collections::{BTreeMap, BTreeSet};

use super::Step;
use crate::domain::operation::{Pods, Verb};
use crate::domain::{Labels, Text};

use crate::domain::keys::DEPENDS_ON;

/// A step with what decides its place.
pub(super) struct Unplaced {
    pub(super) step: Step,
    pub(super) rank: Rank,
    /// Name of the service that it stands for.
    pub(super) service: Text,
    /// Services that it needs.
    pub(super) needs: Vec<Text>,
}

/// What an object is, in the order in which things stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    CronJob,
    Application,
    Datasource,
}

/// Names in `kennel.dev/depends-on`.
pub(super) fn needs(annotations: &Labels) -> Vec<Text> {
    let names = annotations.get(DEPENDS_ON).map(Text::as_str).unwrap_or_default();
    names.split([',', ' ']).map(Text::from).collect()
}

/// Numbers and tiers for the steps of a stop (`CronJobs → applications → datasources`) or of anything else (the reverse),
/// and what there is to warn of.
pub(super) fn place(verb: Verb, steps: Vec<Unplaced>) -> (Vec<Step>, Vec<Text>) {
    let (depths, warning) = depths(&steps);
    let deepest = depths.values().max().copied().unwrap_or(0);
    // Depth 0 needs nobody: it stops last and starts first.
    let tier = |s: &Unplaced| match (s.rank, depths.get(&s.service).copied().unwrap_or(0)) {
        (Rank::CronJob, _) => 0,
        (Rank::Application, depth) => 1 + (deepest - depth),
        (Rank::Datasource, _) => 2 + deepest,
    };
    let mut placed: Vec<(u32, Unplaced)> = steps.into_iter().map(|s| (tier(&s), s)).collect();
    if verb.info().pods != Pods::End {
        placed.iter_mut().for_each(|(tier, _)| *tier = 2 + deepest - *tier);
    }
    placed.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.step.object.cmp(&y.step.object)));
    let steps = (1..).zip(placed).map(|(id, (tier, s))| Step { id, tier, ..s.step }).collect();
    (steps, warning.into_iter().collect())
}

/// How many others stand below each application, by `depends-on`; nothing where that goes in a circle.
fn depths(steps: &[Unplaced]) -> (BTreeMap<Text, u32>, Option<Text>) {
    let edges: BTreeMap<&Text, &[Text]> =
        steps.iter().filter(|s| s.rank == Rank::Application).map(|s| (&s.service, s.needs.as_slice())).collect();
    let mut depths: BTreeMap<Text, u32> = BTreeMap::new();
    // Each round settles those whose needs are settled; a round that settles none has met a circle.
    while depths.len() < edges.len() {
        let ready: Vec<(Text, u32)> = edges
            .iter()
            .filter(|(name, _)| !depths.contains_key(**name))
            .filter_map(|(name, needs)| {
                let inner = needs.iter().filter(|n| edges.contains_key(n));
                let below: Option<Vec<u32>> = inner.map(|n| depths.get(n).copied()).collect();
                below.map(|b| ((*name).clone(), b.iter().max().map_or(0, |d| d + 1)))
            })
            .collect();
        if ready.is_empty() {
            let circle: BTreeSet<&str> =
                edges.keys().filter(|n| !depths.contains_key(**n)).map(|n| n.as_str()).collect();
            let names = circle.into_iter().collect::<Vec<_>>().join(", ");
            let warning = format!("{DEPENDS_ON} goes in a circle ({names}): applications have no order");
            return (BTreeMap::new(), Some(warning.into()));
        }
        depths.extend(ready);
    }
    (depths, None)
}
