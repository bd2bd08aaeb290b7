//! Journeys: keys and snapshots go in, state and effects come out.

mod asking;
mod chaos;
mod cramped;
mod flash;
mod folding;
mod journeys;
mod operating;
mod reading;
mod revisions;
mod services;
mod taken;
mod typing;
pub(crate) mod world;
