//! Floor 2: the only users of kube towards a cluster: connect, watch, convert, execute.
//!
//! It is not: anything that judges (that is `domain` and `health`), draws or prints.
//!
//! ```text
//! open ─▶ connect (kubeconfig, credential) ─▶ Wire ─▶ wave ─▶ reader: list + watch ─▶ convert
//!                                                                                       │ batches
//!                                              Handle ◀─ Arc<Snapshot> ◀─ owner (Model) ◀┘
//! ```
//!
//! - [`wire`]: the only place that sends; deadlines, read-only, the server's clock.
//! - [`convert`]: one object of the wire → one row of the domain, be it JSON or protobuf (`proto`).
//! - `execute`, `journal`, `takeover`, `review`: plans; [`Handle::run`], `resume`, `undo`, `detach`.
//!
//! To read one more kind: a row in the domain, an arm in [`convert`], its message in `proto::table`, a line in the table
//! of `wave`.

mod access;
mod apis;
mod connect;
pub mod convert;
mod credential;
mod dump;
mod edit;
mod evidence;
mod execute;
mod feed;
mod guard;
mod handle;
pub mod holder;
mod journal;
mod kubeconfig;
mod look;
mod metrics;
mod operate;
mod owner;
mod places;
mod proto;
mod proxy;
mod reader;
mod review;
mod route;
mod running;
mod session;
mod source;
mod split;
mod taken;
mod takeover;
mod watchable;
mod wave;
pub mod wire;

pub use execute::{Audit, RunOptions};
pub use handle::{ClusterError, Handle, open};
pub use source::{InProcess, Options, Source};
pub use wire::{Wire, WireError};
