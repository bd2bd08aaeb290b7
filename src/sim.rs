//! Floor 2: the embedded cluster: an in-process Kubernetes API server with controllers.
//!
//! ```text
//!  requests ─▶ api ─▶ store ◀─ run: the dirty namespaces' views ─▶ controller, kubelet ─▶ writes ─▶ store
//!                       ▲
//!                       └── scenario (what is there, what happens when), scale, churn
//! ```
//!
//! The API and the controllers know each other through the [`store`] alone, as on a real cluster.

mod admission;
pub mod api;
mod apply;
mod authz;
mod churn;
pub mod clock;
mod condition;
mod controller;
mod create;
mod decode;
mod defaults;
mod demo;
mod event_view;
mod events;
mod expand;
mod fields;
mod json;
mod kubelet;
mod limits;
mod managers;
mod metrics;
pub mod object;
mod patch;
mod protobuf;
mod quantity;
mod quota;
pub mod resource;
mod run;
mod scale;
mod scenario;
mod seed;
mod selector;
pub mod serve;
mod settle;
mod status;
mod stopped;
pub mod store;
mod strategic;
mod table;
mod types;
mod validate;
mod view;
mod words;
mod write;
mod written;

pub use api::Api;
pub use clock::Clock;
pub use demo::{Error, Options, Sim, stage};
pub use run::Stage;
pub use serve::serve;
