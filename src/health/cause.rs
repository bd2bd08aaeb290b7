//! Root causes: what the detectors found, joined. What another fault explains is its effect and no issue of its own;
//! what stands alone is the root of one, with all that it breaks.

mod report;

use std::collections::{BTreeMap, BTreeSet};

use super::detect::{self, rollout};
use super::evidence::{Evidence, Id};
use super::finding::Finding;
pub use super::finding::Tier;
use super::world::World;
use crate::domain::issue::{Category, Severity};
use crate::domain::{ObjectId, Text};
pub use report::{Action, Cite, Diagnosis, Line, Minutes, Moment};

/// A root with what was folded into it.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(crate) finding: Finding,
    /// What also plays a part: found at the same place, or its effect.
    pub(crate) parts: Vec<Finding>,
}

/// All issues that evidence shows, the worst first, each with its cause. The same evidence gives the same, byte for
/// byte.
pub fn diagnose(evidence: &Evidence) -> Vec<Diagnosis> {
    let world = World::new(evidence);
    let roots = roots(&world);
    roots.iter().map(|r| report::of(&world, r, &roots)).collect()
}

/// The same by the namespaces that each shows in: where its root lies, and where it breaks something. What lies in no
/// namespace and breaks nothing shows with the first.
pub fn by_namespace(found: &[Diagnosis]) -> Vec<(Text, Vec<Diagnosis>)> {
    let places = |d: &Diagnosis| -> BTreeSet<Text> {
        let objects = std::iter::once(&d.root).chain(&d.affected);
        objects.map(|o| o.namespace.clone()).filter(|namespace| !namespace.is_empty()).collect()
    };
    let first = found.iter().flat_map(places).min();
    let mut all: BTreeMap<Text, Vec<Diagnosis>> = BTreeMap::new();
    for diagnosis in found {
        let places = places(diagnosis);
        let nowhere = first.clone().filter(|_| places.is_empty());
        places.into_iter().chain(nowhere).for_each(|place| all.entry(place).or_default().push(diagnosis.clone()));
    }
    all.into_iter().collect()
}

/// The issue that an object is the root of; else the worst that breaks it.
pub fn about<'d>(found: &'d [Diagnosis], object: &ObjectId) -> Option<&'d Diagnosis> {
    found.iter().find(|d| d.root == *object).or_else(|| found.iter().find(|d| d.affected.contains(object)))
}

/// What was found, joined.
pub(crate) fn roots(world: &World<'_>) -> Vec<Root> {
    let mut found = Vec::new();
    detect::FAMILIES.iter().for_each(|family| family(world, &mut found));
    // A symptom alone may come from whatever it depends on and is down.
    for f in found.iter_mut().filter(|f| f.tier == Tier::Symptom) {
        f.waits_for.extend(world.upstream(&f.root));
    }
    // What is better proved first: it takes what it explains.
    found.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut causes: Vec<Option<usize>> =
        found.iter().map(|f| found.iter().position(|cause| explains(world, cause, f))).collect();
    let up = |causes: &[Option<usize>], at: usize| causes.get(at).copied().flatten();
    // Two that explain each other are one circle: it begins at what is better proved.
    for at in 0..found.len() {
        let circle = std::iter::successors(up(&causes, at), |i| up(&causes, *i)).take(found.len()).any(|i| i == at);
        if let Some(cause) = causes.get_mut(at).filter(|_| circle) {
            *cause = None;
        }
    }
    let mut roots: Vec<Root> = Vec::new();
    let mut homes: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, f) in found.iter().enumerate().filter(|(at, _)| up(&causes, *at).is_none()) {
        let home = roots.iter().position(|r| same(&r.finding, f));
        homes.insert(at, home.unwrap_or(roots.len()));
        match home.and_then(|home| roots.get_mut(home)) {
            Some(known) => join(known, f.clone()),
            None => roots.push(Root { finding: f.clone(), parts: Vec::new() }),
        }
    }
    // What has a cause is an effect of the root at the end of all causes.
    for (at, f) in found.iter().enumerate().filter(|(at, _)| up(&causes, *at).is_some()) {
        let last = std::iter::successors(Some(at), |i| up(&causes, *i)).last();
        let home = last.and_then(|last| roots.get_mut(*homes.get(&last)?));
        if let Some(root) = home {
            join(root, f.clone());
        }
    }
    for root in &mut roots {
        root.finding = rollout::told(world, root.finding.clone());
        let at = root.finding.root.clone();
        let broken: BTreeSet<Id> = std::mem::take(&mut root.finding.broken).into_iter().filter(|b| *b != at).collect();
        root.finding.broken = broken.into_iter().collect();
    }
    roots.sort_by(|a, b| rank(a).cmp(&rank(b)));
    roots
}

fn order(f: &Finding) -> (Tier, Severity, &Id, &str, &str) {
    (f.tier, f.severity, &f.root, f.detector, &f.key)
}

/// Of two that are as bad, one that is but slow comes after one that fails.
fn rank(r: &Root) -> (Severity, bool, i64, std::cmp::Reverse<usize>, Option<crate::domain::Time>, Id, &'static str) {
    let f = &r.finding;
    let score = (score(r) * 1000.0).round();
    #[allow(clippy::cast_possible_truncation, reason = "a thousandth of what is at most one")]
    let score = -(score as i64);
    (
        f.severity,
        f.category == Category::Performance,
        score,
        std::cmp::Reverse(f.broken.len()),
        f.since,
        f.root.clone(),
        f.detector,
    )
}

/// How sure a root is of itself: its tier, more witnesses, what it leaves unexplained.
pub(crate) fn score(root: &Root) -> f64 {
    let f = &root.finding;
    let witnesses = 0.05 * (f.cites.len().saturating_sub(1).min(2) as f64);
    let explains = if root.parts.is_empty() { 0.0 } else { 0.05 };
    (f.tier.score() + witnesses.min(0.10) + explains).clamp(0.10, 0.97)
}

/// Faults of one place are one issue, unless one of them is but a hint.
fn same(a: &Finding, b: &Finding) -> bool {
    let hint = |f: &Finding| f.severity >= Severity::Low;
    a.root == b.root && hint(a) == hint(b)
}

fn join(root: &mut Root, part: Finding) {
    root.finding.broken.extend(part.broken.iter().cloned());
    root.finding.broken.push(part.root.clone());
    root.finding.severity =
        root.finding.severity.min(if part.severity >= Severity::Low { root.finding.severity } else { part.severity });
    root.finding.since = match (root.finding.since, part.since) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    root.parts.push(part);
}

/// Whether `f` is what `cause` leads to.
fn explains(world: &World<'_>, cause: &Finding, f: &Finding) -> bool {
    if cause.root == f.root || cause.severity >= Severity::Low || order(cause) == order(f) {
        return false;
    }
    // It waits for what is at fault itself.
    if f.waits_for.contains(&cause.root) {
        return true;
    }
    let waits_behind = f.waits_for.iter().any(|w| cause.broken.contains(w) && w.kind != "Service");
    if waits_behind && cause.tier < Tier::Symptom && !f.broken.contains(&cause.root) {
        return true;
    }
    // What is absent or refused at the door explains what its owner shows.
    let owner = world.owners.contains_key(&f.root);
    let proved = cause.tier <= Tier::Computed && !world.owners.contains_key(&cause.root);
    let direct =
        cause.broken.first() == Some(&f.root) || cause.broken.contains(&f.root) && proved && is_reference(&cause.root);
    if owner && direct && proved && f.tier >= Tier::Typed {
        return true;
    }
    // A line of a log, or a symptom alone, on what another fault is known to break.
    f.tier >= Tier::Logged && cause.tier < f.tier && cause.broken.contains(&f.root)
}

/// Kinds that others refer to.
fn is_reference(id: &Id) -> bool {
    matches!(
        id.kind.as_str(),
        "ConfigMap"
            | "Secret"
            | "ServiceAccount"
            | "PersistentVolumeClaim"
            | "StorageClass"
            | "PriorityClass"
            | "ResourceQuota"
    )
}
