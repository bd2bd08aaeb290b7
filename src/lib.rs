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
//! What is to be read goes the other way: who draws and the model state a [`domain::demand::Demand`], and readers heed
//! it.
//!
//! # Words
//!
//! | word | what it is |
//! |---|---|
//! | [`domain::Api`], [`domain::ObjectId`] | what an object is and which, in one cluster; group and kind tell it apart |
//! | [`domain::EnvironmentId`] | a cluster and a namespace: which environment, among those of all clusters |
//! | collection | what one reader lists and watches: all of a kind, journals, releases, objects of any API |
//! | row | what is kept of an object ([`domain::row`]); in [`app`], what a pane draws in a line |
//! | snapshot | one immutable picture of all environments |
//! | action, step | what is done to one object, and its place in a plan ([`plan`]) |
//! | proposal | the plans of one verb with their question, made anew when the answer comes |
//! | journal | an operation as it lies in the cluster; whoever holds it goes on with it |
//! | guard | why a stop asks for a name: production, a system namespace |
//! | question, ticket | what only a cluster answers, and the right to its answers |
//! | evidence, finding, diagnosis | objects, events and logs as they are; what a detector finds in them; an issue with its root cause ([`health`]) |
//! | pane | an entry of one table, and a list on a screen |
//!
//! # Invariants
//!
//! - Only `cluster` and `sim` know kube; only `ui` and `runtime` know ratatui.
//! - Text is sanitised once, where it enters ([`domain::Text`]); everything behind it is safe to print.
//! - A snapshot is immutable; nothing holds a lock across a draw or an await.
//! - Nothing changes a cluster but a [`plan`] run by `cluster::execute`, and a plan runs on the cluster it was made for.
//! - Files of a floor need each other in no circle.
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
