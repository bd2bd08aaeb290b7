//! Floor 2: the embedded cluster: an in-process Kubernetes API server with controllers.

pub mod api;
pub mod authz;
pub mod clock;
mod defaults;
mod event_view;
pub mod fault;
mod metrics;
pub mod object;
mod patch;
pub mod resource;
mod selector;
pub mod serve;
mod status;
pub mod store;
mod validate;
