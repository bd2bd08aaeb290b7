//! `kennel start` and `kennel stop`: plan → permission → question → run → result.

use std::io::Write;

use futures::future::join_all;

use super::args::{Global, Mutate, Output};
use super::connect::Session;
use super::exit::{Exit, Failure, Outcome};
use super::print::{self, Style};
use super::run::{self, Job};
use super::{consent, denied, find, get, say_plan, shape};
use crate::cluster::RunOptions;
use crate::domain::operation::Verb;
use crate::domain::status::Status;
use crate::domain::{Snapshot, Text};
use crate::plan::{self, Plan, Scope};

/// Refuses a start or stop that names nothing: it is never of all there is.
pub(crate) fn named(global: &Global, verb: Verb, wanted: &Mutate) -> Outcome {
    if wanted.names.is_empty() && global.namespaces.is_empty() {
        let word = verb.word();
        return Err(Failure::new(
            Exit::Usage,
            format!("say what to {word}: kennel {word} PROJECT/ENV, or kennel {word} -n NAMESPACE"),
        ));
    }
    Ok(())
}

/// Runs `kennel start` or `kennel stop`.
pub(crate) async fn operate(session: &Session, global: &Global, verb: Verb, wanted: &Mutate) -> Outcome {
    let snapshot = session.settled(get::DECIDING, global).await?;
    let mut plans = plans(&snapshot, global, verb, wanted)?;
    let style = Style::of(global);
    if wanted.how.dry_run {
        // What would be refused is seen in a look at it. Of a dump nobody can be asked.
        if session.handle.wire().is_some() {
            permit(session, &mut plans).await;
        }
        show(&plans, style)?;
        // The reasons stand in what was printed.
        return consent::foreseen(&plans);
    }
    possible(&plans, style)?;
    consent::writable(session, &snapshot)?;
    permit(session, &mut plans).await;
    possible(&plans, style)?;
    let (refused, plans): (Vec<Plan>, Vec<Plan>) = plans.into_iter().partition(|p| !p.refused.is_empty());
    let asked = consent::wanted(&plans);
    let (plans, idle): (Vec<Plan>, Vec<Plan>) = plans.into_iter().partition(|p| !p.is_empty());
    for p in &idle {
        print::say(format_args!("{}: nothing to do", say_plan::title(p)));
        say_plan::warnings(&mut std::io::stderr().lock(), p)?;
    }
    if !plans.is_empty() {
        for p in refused.iter().chain(&plans) {
            match wanted.how.yes {
                true => say_plan::warnings(&mut std::io::stderr().lock(), p)?,
                false => say_plan::plan(&mut std::io::stderr().lock(), p, false)?,
            }
        }
        consent::agreed(&wanted.how, asked.as_ref(), &consent::question(&plans, &snapshot))?;
    }
    let jobs: Vec<Job> = plans.iter().cloned().map(Job::Run).collect();
    let outcomes = run::all(session, global, &wanted.how, jobs).await;
    // What needs nothing has an outcome too: a script that looks at the status finds one in any case.
    let options = run::options(global, &wanted.how);
    let outcomes = [
        outcomes,
        join_all(idle.iter().map(|p| ending(session, p, &options))).await,
        refused.iter().filter_map(consent::refusal).collect(),
    ]
    .concat();
    let plans = plans.iter().chain(&idle).chain(&refused);
    let done: Vec<(&Plan, &plan::Outcome)> = plans.zip(&outcomes).collect();
    print::stdout(|out| {
        if style.structured() {
            let shapes: Vec<_> = done.iter().map(|(p, o)| shape::plan(p, Some(o))).collect();
            return print::array(out, &shapes, style.output);
        }
        if style.output == Output::Name {
            return names(done.iter().map(|(p, _)| *p), out);
        }
        for (p, o) in done.iter().filter(|(p, _)| p.runs()) {
            say_plan::outcome(out, p, o, style.colour)?;
        }
        Ok(())
    })?;
    run::verdict(&outcomes)
}

/// Asks for the permissions of what would be run, and refuses what lacks one.
async fn permit(session: &Session, plans: &mut [Plan]) {
    let running: Vec<Plan> = plans.iter().filter(|p| p.runs()).cloned().collect();
    consent::permit(plans, &session.handle.review(&running).await);
}

/// Ends where nothing can be run. For a script the reasons stand in what is printed, as ever.
fn possible(plans: &[Plan], style: Style) -> Outcome {
    let possible = consent::possible(plans);
    if possible.is_err() && style.structured() {
        show(plans, style)?;
    }
    possible
}

/// The outcome of a plan with nothing to do. What an earlier stop has told to end may still be there: a stop is done
/// when the pods are gone.
async fn ending(session: &Session, plan: &Plan, options: &RunOptions) -> plan::Outcome {
    let place = &plan.place;
    let left = |s: &Snapshot| {
        let services = s.environment(&place.namespace).map(|e| e.services.iter()).into_iter().flatten();
        let stopping = services.filter(|s| s.status == Status::Stopping);
        let its = stopping.filter(|s| plan.left_alone.iter().any(|l| l.object == s.object));
        its.map(|s| s.pods.iter().filter(|p| !p.ended()).count()).sum::<usize>()
    };
    let mut snapshots = session.handle.snapshots();
    let pods = left(&snapshots.borrow());
    let mut end = plan::End::Done;
    if plan.operation == Verb::Stop && options.wait && pods > 0 {
        print::say(format_args!("{}: waiting for {}", place.namespace, say_plan::count(pods, "pod")));
        session.handle.follow();
        let gone = tokio::time::timeout(options.tier_limit, snapshots.wait_for(|s| left(s) == 0)).await.is_ok();
        if !gone {
            let pods = say_plan::count(left(&session.handle.snapshot()), "pod");
            end = plan::End::TimedOut(format!("{pods} of what was stopped before still there").into());
        }
    }
    plan::Outcome { namespace: place.namespace.clone(), id: Text::default(), end, results: vec![] }
}

/// The objects of the steps, as other commands take them.
fn names<'a>(plans: impl Iterator<Item = &'a Plan>, out: &mut dyn Write) -> Outcome {
    for step in plans.flat_map(|p| &p.steps) {
        writeln!(out, "{}", step.object.short())?;
    }
    Ok(())
}

fn plans(snapshot: &Snapshot, global: &Global, verb: Verb, wanted: &Mutate) -> Outcome<Vec<Plan>> {
    // By namespace all positionals are services.
    let (places, services) = match global.namespaces.is_empty() {
        true => find::places(snapshot, &wanted.names)?,
        false => {
            let services = wanted.names.iter().map(String::as_str).collect();
            (find::environments(snapshot, None, &global.namespaces)?, services)
        }
    };
    let by_project = wanted.names.first().is_some_and(|t| !t.contains('/') && snapshot.projects.contains_key(&**t));
    if let Some(why) = denied::namespaces(snapshot).filter(|_| by_project && global.namespaces.is_empty()) {
        let word = verb.word();
        print::say(format_args!("{why}; this is a {word} of those that may be read"));
    }
    let scope = Scope {
        services: services.iter().map(|s| Text::new(s)).collect(),
        daemonsets: wanted.daemonsets,
        partly: wanted.partly,
    };
    for name in &services {
        if !places.iter().any(|e| find::has_service(e, name)) {
            return Err(find::no_service(&places, name));
        }
    }
    // Of a whole project, environments that have none of the named services are left alone.
    let several = places.len() > 1;
    let concerned =
        places.iter().filter(|e| !several || services.is_empty() || services.iter().any(|s| find::has_service(e, s)));
    Ok(concerned
        .map(|e| {
            let scope = if several { find::of(e, &scope) } else { scope.clone() };
            match verb {
                Verb::Start => plan::start(e, &scope),
                _ => plan::stop(e, &scope),
            }
        })
        .collect())
}

fn show(plans: &[Plan], style: Style) -> Outcome {
    print::stdout(|out| {
        if style.structured() {
            let shapes: Vec<_> = plans.iter().map(|p| shape::plan(p, None)).collect();
            return print::array(out, &shapes, style.output);
        }
        if style.output == Output::Name {
            return names(plans.iter(), out);
        }
        for p in plans {
            say_plan::plan(out, p, style.colour)?;
        }
        Ok(())
    })
}
