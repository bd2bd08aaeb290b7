//! [`Sim`]: the embedded cluster as a whole, started from [`Options`].

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::api::Api;
use super::churn::Churn;
use super::clock::Clock;
use super::run::{Engine, drive};
use super::scenario::Scenario;
use super::settle::settle;
use super::store::{SharedStore, Store};
use super::{scale, seed};

/// The scenarios that are built in, by name.
const SCENARIOS: &[(&str, &str)] = &[("shop", include_str!("../../assets/demo/shop.yaml"))];

/// What the embedded cluster holds and does.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name of a built-in scenario, or path of a file; `None`: the first built-in one.
    pub scenario: Option<String>,
    /// The same seed gives the same run.
    pub seed: u64,
    /// Instead of a scenario: so many environments with so many pods.
    pub scale: Option<(u32, u32)>,
    /// Pod status updates a second.
    pub churn: u32,
    /// The cluster's clock.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self { scenario: None, seed: 1, scale: None, churn: 0, clock: Clock::system() }
    }
}

/// Why the embedded cluster can't start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No built-in scenario has the name, and no file either.
    #[error("no scenario {name:?}: built in are {}; or name a file ({why})", known())]
    NoScenario {
        /// What was asked for.
        name: String,
        /// Why the file could not be read.
        why: String,
    },
    /// The scenario is not understood.
    #[error("scenario {name}: {why}")]
    Scenario {
        /// Its name.
        name: String,
        /// What is not understood.
        why: String,
    },
}

fn known() -> String {
    SCENARIOS.iter().map(|(n, _)| *n).collect::<Vec<_>>().join(", ")
}

/// The embedded cluster: its API, and its controllers at work for as long as this value lives.
#[derive(Debug)]
pub struct Sim {
    api: Api,
    task: JoinHandle<()>,
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Sim {
    /// Fills a store and spawns the controllers on the current tokio runtime.
    ///
    /// # Errors
    /// Where the scenario is not found or not understood.
    pub fn start(options: Options) -> Result<Self, Error> {
        let (mut store, mut engine) = match options.scale {
            Some((environments, pods)) => {
                let mut store = Store::new(options.clock.clone(), options.seed);
                scale::fill(&mut store, environments, pods, options.seed);
                let scenario = Scenario::default();
                store.set_world(Arc::new(scenario.world(options.seed)));
                let mut engine = Engine::new(scenario);
                engine.accept(&store);
                (store, engine)
            }
            None => {
                let scenario = read(options.scenario.as_deref())?;
                let stage = settle(scenario, options.clock.now(), options.seed);
                (stage.store, stage.engine)
            }
        };
        store.set_clock(options.clock);
        engine.set_churn(Churn::new(options.churn, seed::hash(options.seed, &["churn"])));
        let store = SharedStore::new(store);
        let api = Api::new(store.clone());
        let task = tokio::spawn(drive(store, engine));
        Ok(Self { api, task })
    }

    /// The API server, as a tower service.
    pub fn api(&self) -> Api {
        self.api.clone()
    }
}

/// A built-in scenario, or the file of that name.
fn read(name: Option<&str>) -> Result<Scenario, Error> {
    let first = SCENARIOS.first().map_or("", |(n, _)| n);
    let name = name.unwrap_or(first);
    let text = match SCENARIOS.iter().find(|(n, _)| *n == name) {
        Some((_, text)) => (*text).to_owned(),
        None => std::fs::read_to_string(name)
            .map_err(|e| Error::NoScenario { name: name.to_owned(), why: e.to_string() })?,
    };
    Scenario::parse(&text).map_err(|why| Error::Scenario { name: name.to_owned(), why })
}

/// The built-in scenario of that name, opened at `opening` and settled: for tests that step it by hand.
///
/// # Errors
/// Where there is none of that name.
pub fn stage(name: Option<&str>, opening: crate::domain::Time, seed: u64) -> Result<super::run::Stage, Error> {
    Ok(settle(read(name)?, opening.stamp(), seed))
}
