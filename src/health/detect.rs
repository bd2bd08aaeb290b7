//! The tables of detectors: what each finds in one environment's picture, and what each finds in evidence. Pure
//! functions.

pub(super) mod autoscaler;
mod budget;
mod burst;
mod call;
mod cluster;
mod crash;
mod creation;
mod custom;
mod gateway;
mod image;
mod job;
mod measure;
mod mesh;
mod net;
mod node;
mod policy;
mod probe;
mod quota;
mod refers;
mod release;
mod resolver;
mod rights;
pub(crate) mod rollout;
mod route;
mod run;
mod said;
mod schedule;
mod service;
mod storage;
pub(crate) mod table;
mod task;
mod told;
mod workload;

use serde_json::Value;

use super::evidence::Id;
use super::evidence::event::Event;
use super::finding::Finding;
use super::world::{Owner, World};
use crate::domain::Time;
use crate::domain::environment::Environment;
use crate::domain::issue::Issue;

/// One detector of the picture.
pub(crate) struct Detector {
    /// All that it finds.
    pub(crate) find: fn(&Environment) -> Vec<Issue>,
}

/// Those that look at the picture alone: always, and at everything.
pub(crate) const ALL: &[Detector] = &[
    Detector { find: service::find },
    Detector { find: autoscaler::find },
    Detector { find: release::find },
    Detector { find: task::find },
];

/// What those call themselves.
const OF_THE_PICTURE: [&str; 7] =
    ["degraded", "missing", "release-failed", "metrics-api", "autoscaler", "release", "task"];

/// The detector of that name, where there is one.
pub fn detector(name: &str) -> Option<&'static str> {
    table::TABLE.iter().map(|(id, ..)| *id).chain(OF_THE_PICTURE).find(|known| *known == name)
}

/// Families that look at evidence.
pub(crate) const FAMILIES: &[fn(&World<'_>, &mut Vec<Finding>)] = &[
    node::find,
    schedule::find,
    storage::find,
    said::find,
    creation::find,
    image::find,
    refers::find,
    refers::endless,
    crash::find,
    probe::find,
    job::find,
    net::find,
    route::find,
    mesh::find,
    resolver::find,
    call::find,
    policy::find,
    rights::find,
    gateway::find,
    call::complaints,
    quota::find,
    cluster::find,
    budget::find,
    release::told,
    workload::find,
    run::find,
    told::find,
    measure::find,
    custom::find,
    burst::find,
];

/// The newest event of a pod that says something.
fn event_of<'w>(world: &'w World<'_>, pod: &Value, says: impl Fn(&&Event) -> bool) -> Option<&'w Event> {
    world.evidence.events(&Id::of(pod)).into_iter().rev().find(|e| says(e))
}

/// When what an event of a pod says began: each new try is told as an event of its own.
fn onset_of(world: &World<'_>, pod: &Value, says: impl Fn(&&Event) -> bool) -> Option<Time> {
    world.evidence.events(&Id::of(pod)).into_iter().filter(|e| says(e)).filter_map(|e| e.first).min()
}

/// The same with all that an owner's failing breaks: itself, its Services, who calls these.
fn spread(world: &World<'_>, owner: &Owner<'_>, finding: Finding) -> Finding {
    finding.breaks(std::iter::once(owner.id.clone()).chain(world.downstream(owner)))
}

/// The name among `names` that a misspelt one may mean.
fn near<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let close = |n: &&str| *n != name;
    let (far, found) = names.filter(close).map(|n| (distance(n, name), n)).min()?;
    let alike = found.starts_with(name) || name.starts_with(found);
    (far <= 2.max(name.len() / 4) || alike && far <= name.len()).then_some(found)
}

/// `; the nearest is web`; nothing where none is near.
fn nearest(name: &str, names: Vec<&str>) -> String {
    near(name, names.into_iter()).map(|n| format!("; the nearest is {n}")).unwrap_or_default()
}

/// `there are a, b`.
fn there(names: &[&str]) -> String {
    if names.is_empty() { "there are none".to_owned() } else { format!("there are {}", names.join(", ")) }
}

/// In how many places two names differ, as far as [`FAR`].
fn distance(a: &str, b: &str) -> usize {
    let short = |name: &str| name.chars().take(FAR).collect::<String>();
    strsim::levenshtein(&short(a), &short(b))
}

/// So many characters of names are compared: a dump may hold any.
const FAR: usize = 64;
