//! kennel shows Kubernetes *environments* in a terminal, and starts and stops them.
//!
//! # Floors
//!
//! A module imports only from floors below its own (`tests/tidy.rs` reads every `use`):
//!
//! | floor | modules | what they are |
//! |---|---|---|
//! | 0 | [`domain`] | words of the field as values: rows, services, environments, the model, the snapshot |
//! | 1 | [`health`], [`plan`], [`config`] | judgement, operations as data, settings |
//! | 2 | [`app`] | the state machine: `update(&mut State, Message) -> Vec<Effect>`; pure |
//! | 2 | [`cluster`], [`sim`], [`store`] | the rim towards Kubernetes, the embedded Kubernetes, the disk |
//! | 3 | [`ui`] | `render(frame, &State, &Theme) -> HitMap`; pure |
//! | 4 | [`runtime`], [`cli`] | the event loop and the command line; the only places that print |
//!
//! # One circle
//!
//! ```text
//!  watch streams ─▶ cluster::convert ─▶ domain::row ─▶ domain::Model ─▶ health::Engine ─▶ Arc<Snapshot>
//!        ▲                                                                                     │
//!        │                                                                                     ▼
//!  cluster::execute ◀─ runtime ◀─────────── Vec<Effect> ◀────────────── app::update(State, Message)
//!                                                                                     │
//!                                                      terminal ◀─ ui::render(&State) ◀┘
//! ```
//!
//! # Invariants
//!
//! - Only `cluster` and `sim` know kube; only `ui` and `runtime` know ratatui.
//! - Text is sanitised once, where it enters ([`domain::Text`]); everything behind it is safe to print.
//! - A snapshot is immutable; nothing holds a lock across a draw or an await.
//! - Nothing changes a cluster but a [`plan`] run by `cluster::execute`.
//! - `app`, `plan`, `health` and `domain` have no clock: the time is an argument.

pub mod app;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod domain;
pub mod health;
pub mod plan;
pub mod runtime;
pub mod sim;
pub mod store;
pub mod ui;
