//! Floor 2: the embedded cluster: an in-process Kubernetes API server with controllers.

pub mod clock;
#[allow(dead_code, reason = "the API, next, reads it")]
mod event_view;
pub mod object;
pub mod resource;
pub mod store;
