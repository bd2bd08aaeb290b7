//! Operations from plan to end: on the embedded API server, and on a real one where `KENNEL_TEST_KUBECONFIG` names it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "operations/gate.rs"]
mod gate;
#[path = "operations/place.rs"]
mod place;

use gate::{Gate, Kill};
use kennel::cluster::{InProcess, RunOptions};
use kennel::domain::operation::Verb;
use kennel::plan::{End, Happened};
use place::{Counts, Place, listen, real, shop};

/// Runs a stop that dies at `kill`; whether it died.
async fn stop_dying(place: &Place, kill: Kill) -> bool {
    let gate = Gate::new(place.server.clone(), kill);
    let handle = place.open(gate.service()).await;
    tokio::select! {
        biased;
        () = gate.dead.cancelled() => true,
        (outcome, _) = place.run(&handle, Verb::Stop, RunOptions::default()) => {
            assert_eq!(outcome.end, End::Done, "{outcome:?}");
            false
        }
    }
}

async fn id(place: &Place) -> Option<kennel::domain::Text> {
    place.journal().await["id"].as_str().map(Into::into)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_puts_every_count_away_and_a_start_brings_it_back() {
    let Some(server) = real().await else { return };
    let place = Place::new(server, "basic", &shop()).await;
    let before = place.counts().await;
    let handle = place.open(place.server.clone()).await;
    let (outcome, told) = place.run(&handle, Verb::Stop, RunOptions::default()).await;
    assert_eq!(outcome.end, End::Done, "{outcome:?}");
    assert_eq!(outcome.results.len(), 4);
    assert!(told.iter().any(|p| p.happened == Happened::Begun));
    let stopped = place.counts().await;
    assert_eq!(stopped["Deployment api"][0], 0);
    assert_eq!(stopped["Deployment api"][3]["kennel.dev/replicas"], "3");
    assert_eq!(stopped["Deployment off"], before["Deployment off"], "was off before");
    assert_eq!(stopped["CronJob paused"], before["CronJob paused"], "was suspended before");
    let journal = place.journal().await;
    assert_eq!(journal["state"], "done");
    assert_eq!(journal["steps"].as_array().unwrap().iter().filter(|s| s["result"]["state"] == "done").count(), 4);
    let handle = place.open(place.server.clone()).await;
    let (outcome, _) = place.run(&handle, Verb::Start, RunOptions::default()).await;
    assert_eq!(outcome.end, End::Done, "{outcome:?}");
    assert_eq!(place.counts().await, before);
    place.delete().await;
}

/// A stop dies at each point between two requests, and is undone; dies there again, and is resumed.
async fn sweep(server: InProcess, kill_at: fn(usize) -> Kill) {
    let place = Place::new(server, "kill", &shop()).await;
    let before = place.counts().await;
    let mut begun = 0;
    for n in 1.. {
        let kill = kill_at(n);
        let mut died = true;
        for forward in [false, true] {
            let t = std::time::Instant::now();
            let earlier = id(&place).await;
            died = stop_dying(&place, kill).await;
            eprintln!("dying {:?}", t.elapsed());
            let latest = id(&place).await;
            let handle = place.open(place.server.clone()).await;
            let ended = place.journal().await["state"] == "done";
            if let Some(id) = latest.clone().filter(|_| died && latest != earlier && !(forward && ended)) {
                begun += 1;
                let (at, options) = (place.namespace.clone(), RunOptions::default());
                if forward {
                    let (done, _) = listen(|p| handle.resume(at, id, options, p)).await;
                    assert_eq!(done.end, End::Done, "resume after {kill:?}: {done:?}");
                    assert_stopped(&before, &place.counts().await);
                } else {
                    let (undone, _) = listen(|p| handle.undo(at, id, options, p)).await;
                    assert_eq!(undone.end, End::Undone, "undo after {kill:?}: {undone:?}");
                }
            }
            eprintln!("went on {:?}", t.elapsed());
            if place.counts().await != before {
                let handle = place.open(place.server.clone()).await;
                place.run(&handle, Verb::Start, RunOptions::default()).await;
            }
            assert_eq!(place.counts().await, before, "{kill:?}, forward: {forward}");
            eprintln!("{kill:?} {forward} {:?}", t.elapsed());
        }
        if !died {
            break;
        }
    }
    // Journal, four steps, the end: and twice each.
    assert!(begun >= 10, "{begun}");
    place.delete().await;
}

fn assert_stopped(before: &Counts, stopped: &Counts) {
    for (name, was) in before {
        let now = &stopped[name];
        if was[0].as_u64().is_some_and(|n| n > 0) {
            assert_eq!(
                (&now[0], now[3]["kennel.dev/replicas"].as_str()),
                (&0.into(), Some(was[0].to_string().as_str()))
            );
        }
        if was[1] == false {
            assert_eq!((&now[1], &now[3]["kennel.dev/suspend"]), (&true.into(), &"false".into()));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_any_request_it_is_undone_or_resumed_with_every_count() {
    let Some(server) = real().await else { return };
    sweep(server, Kill::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_any_answer_it_is_undone_or_resumed_with_every_count() {
    let Some(server) = real().await else { return };
    sweep(server, Kill::After).await;
}
