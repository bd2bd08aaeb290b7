//! What changes environments and services (`kennel stop`, `kennel scale`, …): plan → permission → question → run → result.

use std::io::Write;

use futures::future::join_all;

use super::args::{Global, How, Output};
use super::connect::Session;
use super::consent::{self, Answer};
use super::exit::{Exit, Failure, Outcome};
use super::order::Order;
use super::print::{self, Style};
use super::run::{self, Job};
use super::{find, get, say_plan, shape};
use crate::cluster::RunOptions;
use crate::domain::environment::Environment;
use crate::domain::operation::Pods;
use crate::domain::status::Status;
use crate::domain::{Snapshot, Text};
use crate::plan::{self, Again, Plan, Proposal, Scope, Subject};

/// Does what is ordered.
pub(crate) async fn operate(session: &Session, global: &Global, order: &Order<'_>) -> Outcome {
    let snapshot = session.settled(get::DECIDING, global).await?;
    let subject = subject(&snapshot, global, order)?;
    let wish = order.wish(&session.handle, &snapshot, &subject).await?;
    let Some(mut proposal) = Proposal::of(wish, subject, &snapshot, |_| None) else { return Err(gone()) };
    let style = Style::of(global);
    if order.how.dry_run {
        // What would be refused is seen in a look at it. Of a dump nobody can be asked.
        if session.handle.wire().is_some() {
            permit(session, &mut proposal).await;
        }
        show(&proposal.plans, style)?;
        // The reasons stand in what was printed.
        return consent::foreseen(&proposal.plans);
    }
    possible(&proposal.plans, style)?;
    consent::writable(&snapshot)?;
    permit(session, &mut proposal).await;
    possible(&proposal.plans, style)?;
    let proposal = agreed(session, order.how, proposal, style).await?;
    let (refused, plans): (Vec<Plan>, Vec<Plan>) = proposal.plans.into_iter().partition(|p| !p.refused.is_empty());
    let (plans, idle): (Vec<Plan>, Vec<Plan>) = plans.into_iter().partition(|p| !p.is_empty());
    let jobs: Vec<Job> = plans.iter().cloned().map(Job::Run).collect();
    let outcomes = run::all(session, global, order.how, jobs).await;
    // What needs nothing has an outcome too: a script that looks at the status finds one in any case.
    let options = run::options(global, order.how);
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

fn gone() -> Failure {
    Failure::new(Exit::Failed, "what this is about is gone, or was made anew: nothing was done")
}

/// Shows what would be done and asks, until the yes is to what would be done by then.
async fn agreed(session: &Session, how: &How, mut proposal: Proposal, style: Style) -> Outcome<Proposal> {
    loop {
        for p in proposal.plans.iter().filter(|p| p.refused.is_empty() && p.is_empty()) {
            print::say(format_args!("{}: nothing to do", p.title()));
            say_plan::warnings(&mut std::io::stderr().lock(), p)?;
        }
        if proposal.running().next().is_none() {
            return Ok(proposal);
        }
        let refused = proposal.plans.iter().filter(|p| !p.refused.is_empty());
        for p in refused.chain(proposal.running()) {
            match how.yes {
                true => say_plan::warnings(&mut std::io::stderr().lock(), p)?,
                false => say_plan::plan(&mut std::io::stderr().lock(), p, false)?,
            }
        }
        // What changes while somebody thinks is to be seen.
        session.handle.follow();
        let question = proposal.question(&session.handle.snapshot().cluster.context);
        if consent::agreed(how, proposal.name().as_ref(), &question)? == Answer::NotAsked {
            return Ok(proposal);
        }
        // Whoever was asked may have taken his time.
        proposal = match proposal.again(&session.handle.snapshot(), |_| None) {
            Again::Same(now) => return Ok(now),
            Again::Gone => return Err(gone()),
            Again::Changed(now, why) => {
                print::say(format_args!("{why}"));
                now
            }
        };
        permit(session, &mut proposal).await;
        possible(&proposal.plans, style)?;
    }
}

/// Asks for the permissions of what would be run, and refuses what lacks one.
async fn permit(session: &Session, proposal: &mut Proposal) {
    let running: Vec<Plan> = proposal.running().cloned().collect();
    let permissions = session.handle.review(&running).await;
    consent::unknown(&permissions);
    proposal.deny(&permissions);
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
    let place = &plan.environment;
    let left = |s: &Snapshot| {
        let services = s.environment(&place.id).map(|e| e.services.iter()).into_iter().flatten();
        let stopping = services.filter(|s| s.status == Status::Stopping);
        let its = stopping.filter(|s| plan.left_alone.iter().any(|l| l.object == s.object));
        its.map(|s| s.pods.iter().filter(|p| !p.ended()).count()).sum::<usize>()
    };
    let mut snapshots = session.handle.snapshots();
    let pods = left(&snapshots.borrow());
    let mut end = plan::End::Done;
    if plan.operation.info().pods == Pods::End && options.wait && pods > 0 {
        print::say(format_args!("{}: waiting for {}", place.id.namespace, plan::count(pods, "pod")));
        session.handle.follow();
        let gone = tokio::time::timeout(options.tier_limit, snapshots.wait_for(|s| left(s) == 0)).await.is_ok();
        if !gone {
            let pods = plan::count(left(&session.handle.snapshot()), "pod");
            end = plan::End::TimedOut(format!("{pods} of what was stopped before still there").into());
        }
    }
    plan::Outcome { environment: place.id.clone(), id: Text::default(), end, results: vec![] }
}

/// The objects of the steps, as other commands take them.
fn names<'a>(plans: impl Iterator<Item = &'a Plan>, out: &mut dyn Write) -> Outcome {
    for step in plans.flat_map(|p| &p.steps) {
        writeln!(out, "{}", step.object.short())?;
    }
    Ok(())
}

/// What the arguments mean.
fn subject(snapshot: &Snapshot, global: &Global, order: &Order<'_>) -> Outcome<Vec<Subject>> {
    // By namespace all positionals are services.
    let (places, services) = match global.namespaces.is_empty() {
        true => find::places(snapshot, order.names)?,
        false => {
            let services = order.names.iter().map(String::as_str).collect();
            (find::environments(snapshot, None, &global.namespaces)?, services)
        }
    };
    let by_project = order.names.first().is_some_and(|t| !t.contains('/') && snapshot.projects.contains_key(&**t));
    if let Some(why) = find::unlisted(snapshot).filter(|_| by_project && global.namespaces.is_empty()) {
        print::say(format_args!("{why}; this is a {} of those that may be read", order.word));
    }
    let scope = Scope { services: services.iter().map(|s| Text::new(s)).collect(), ..order.scope.clone() };
    for name in &services {
        if !places.iter().any(|e| find::has_service(e, name)) {
            return Err(find::no_service(&places, name));
        }
    }
    // Of a whole project, environments that have none of the named services are left alone.
    let several = places.len() > 1;
    let concerned =
        places.iter().filter(|e| !several || services.is_empty() || services.iter().any(|s| find::has_service(e, s)));
    let of = |e: &Environment| Subject::within(e, if several { find::of(e, &scope) } else { scope.clone() });
    Ok(concerned.map(|e| of(e)).collect())
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
