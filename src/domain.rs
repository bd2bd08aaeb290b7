//! Floor 0: the words of the field as plain values, and the pure rules over them.
//!
//! It is not: anything that reads a cluster, a clock, a file or a terminal.
//!
//! - [`row`]: one compact value per Kubernetes object, made by `cluster::convert` from the wire; [`rows`] keeps
//!   them, by [`collection`].
//! - [`service`], [`environment`], [`project`]: what kennel shows, assembled from rows.
//! - [`issue`]: health issues as values; what finds them is `health`, a floor up.
//! - [`status`]: the 10 health statuses of a service; [`phase`]: the 14 phases of an environment.
//! - [`model`]: takes [`model::Change`]s, recomputes what they touch, publishes a [`Snapshot`].
//!
//! To add one more kind of object: a row in `row/`, an arm in [`row::AnyRow`] and [`kind::Kind`], its place in [`rows`],
//! and its use in the model.

pub mod age;
mod api;
mod assemble;
pub mod collection;
pub mod data;
pub mod demand;
pub mod environment;
pub mod event;
pub mod existence;
#[cfg(test)]
pub(crate) mod fixture;
pub mod grouping;
mod indexed;
pub mod inspection;
pub mod interner;
pub mod issue;
pub mod keys;
pub mod kind;
mod listed;
pub mod model;
pub mod naming;
pub mod operation;
pub mod people;
pub mod phase;
mod placement;
pub mod production;
pub mod project;
pub mod protobuf;
pub mod quantity;
mod raw;
pub mod resolved;
pub mod revision;
pub mod row;
pub mod rows;
pub mod service;
pub mod snapshot;
pub mod status;
pub mod text;
mod time;
pub mod timeline;
mod uid;

pub use api::{Api, ObjectId};
pub use environment::EnvironmentId;
pub use kind::Kind;
pub use listed::listed;
pub use raw::Raw;
pub use snapshot::Snapshot;
pub use text::{Labels, Text};
pub use time::Time;
pub use uid::Uid;
