//! Opening a scenario: its history is lived through on a fast clock, so that the cluster opens settled,
//! with ages, revisions, restarts and events that its own controllers wrote.

use jiff::Timestamp;

use super::clock::plus;
use super::create::create;
use super::events::TTL;
use super::expand::node;
use super::run::Stage;
use super::scenario::Scenario;

/// The last part of the history that is lived through moment by moment; longer ago it is jumped over, since
/// only what lasts (revisions, conditions, old Jobs) is left of it. Seconds.
const LIVED: i64 = 1500;
/// What has begun is given so long to come to rest before a jump, seconds.
const REST: i64 = 300;

/// The stage at `opening`, settled.
pub(crate) fn settle(mut scenario: Scenario, opening: Timestamp, seed: u64) -> Stage {
    let mut environments = std::mem::take(&mut scenario.environments);
    environments.sort_by_key(|e| (-e.age(), e.namespace.clone()));
    let nodes = std::mem::take(&mut scenario.nodes);
    let cluster = std::mem::take(&mut scenario.cluster);
    scenario.schedule(opening, seed);
    let oldest = environments.first().map_or(0, super::expand::Environment::age) + 86_400;
    let start = plus(opening, -oldest);
    let mut stage = Stage::with(scenario, start, seed);
    // Those of a series that goes on are counted from its beginning; no jump leaves one alive.
    stage.engine.events_from = plus(opening, -2 * TTL);
    stage.engine.notes_from = opening;
    stage.engine.looks_from = plus(opening, -LIVED);
    for (name, own) in &nodes {
        create(&mut stage.store, node(name, own, start));
    }
    for object in cluster {
        create(&mut stage.store, object);
    }
    stage.step();
    // Rests between the beginnings: environments of one age come together.
    let mut environments = environments.into_iter().peekable();
    loop {
        let born = environments.peek().map(|e| plus(opening, -e.age()));
        let happens = stage.engine.next_happening().filter(|t| *t <= opening);
        let Some(next) = [born, happens].into_iter().flatten().min() else { break };
        if next > plus(opening, -LIVED) {
            break;
        }
        rest(&mut stage, next);
        stage.jump(next);
        while let Some(e) = environments.next_if(|e| plus(opening, -e.age()) <= next) {
            for object in e.objects(next) {
                create(&mut stage.store, object);
            }
        }
        stage.step();
    }
    let lived = plus(opening, -LIVED);
    rest(&mut stage, lived);
    stage.jump(lived);
    for e in environments {
        stage.advance_to(plus(opening, -e.age()));
        for object in e.objects(stage.now()) {
            create(&mut stage.store, object);
        }
    }
    stage.advance_to(opening);
    stage
}

/// Lets what has begun come to rest, at most until `limit`.
fn rest(stage: &mut Stage, limit: Timestamp) {
    let end = plus(stage.now(), REST).min(limit);
    stage.advance_to(end);
}
