//! `kennel operations`: the latest operation of each environment, and going on with or undoing one.

use std::sync::Arc;

use super::args::{Global, Operations, Output};
use super::connect::Session;
use super::exit::{Exit, Failure, Outcome};
use super::print::{self, Style};
use super::run::{self, Job};
use super::table::{Cell, Look, NONE, Table};
use super::{consent, find, get, shape};
use crate::domain::environment::{Environment, Operation};
use crate::domain::operation::{JournalStep, OperationState, StepResult};
use crate::domain::{Snapshot, Time};
use crate::plan::{self, Direction};

/// Runs `kennel operations`.
pub(crate) async fn operations(session: &Session, global: &Global, wanted: &Operations) -> Outcome {
    if let Some(process) = wanted.after {
        crate::runtime::process::ended(process).await;
    }
    let snapshot = session.settled(get::DECIDING, global).await?;
    let places = find::environments(&snapshot, wanted.target.as_deref(), &global.namespaces)?;
    let known: Vec<(&Environment, &Operation)> =
        places.iter().filter_map(|e| Some((e.as_ref(), e.operation.as_ref()?))).collect();
    match (&wanted.resume, &wanted.undo) {
        (Some(id), _) => mutate(session, global, wanted, &snapshot, &known, id, false).await,
        (_, Some(id)) => mutate(session, global, wanted, &snapshot, &known, id, true).await,
        _ => list(&known, Style::of(global), snapshot.now),
    }
}

fn list(known: &[(&Environment, &Operation)], style: Style, now: Time) -> Outcome {
    let names = known.iter().map(|(_, o)| o.journal.id.to_string());
    print::stdout(|out| {
        get::emit(
            out,
            style,
            known,
            |(e, o)| shape::operation(e, o),
            names,
            || {
                let mut t = Table::new(["ID", "ENVIRONMENT", "VERB", "STATUS", "STEPS", "BY", "STARTED", "HEARTBEAT"]);
                for (e, o) in known {
                    let (ended, all) = plan::ended(e, &o.journal);
                    t.row([
                        o.journal.id.as_str().into(),
                        e.path().into(),
                        o.journal.verb.word().into(),
                        state(o.state),
                        format!("{ended}/{all}").into(),
                        if o.journal.holder.is_empty() { NONE.into() } else { o.journal.holder.as_str().into() },
                        get::ago(Some(o.journal.started_at), now),
                        get::ago(Some(o.journal.heartbeat), now),
                    ]);
                }
                t
            },
        )
    })
}

fn state(state: OperationState) -> Cell {
    let (word, look) = match state {
        OperationState::Running => ("running", Look::Busy),
        OperationState::Interrupted => ("interrupted", Look::Bad),
        OperationState::Done => ("done", Look::Good),
        OperationState::Failed => ("failed", Look::Bad),
        OperationState::Undone => ("undone", Look::Off),
    };
    Cell::looks(word, look)
}

/// Goes on with the operation `id`, or undoes it.
async fn mutate(
    session: &Session,
    global: &Global,
    wanted: &Operations,
    snapshot: &Arc<Snapshot>,
    known: &[(&Environment, &Operation)],
    id: &str,
    undo: bool,
) -> Outcome {
    let Some((e, o)) = known.iter().find(|(_, o)| o.journal.id == *id) else {
        let names = find::nearest(id, known.iter().map(|(_, o)| o.journal.id.to_string()));
        let hint =
            if names.is_empty() { "there are none".to_owned() } else { format!("there are: {}", names.join(", ")) };
        return Err(Failure::new(Exit::Failed, format!("no operation has the ID `{id}`; {hint}")));
    };
    let word = if undo { "undo" } else { "resume" };
    let direction = if undo { Direction::Back } else { Direction::of(&o.journal) };
    let settled = |s: &JournalStep| match undo {
        // What was skipped was never changed.
        true => matches!(s.result, StepResult::Skipped(_)),
        false => matches!(s.result, StepResult::Done | StepResult::Skipped(_)) || plan::done_unnoted(e, &o.journal, s),
    };
    let open: Vec<&JournalStep> = o.journal.steps.iter().filter(|s| !settled(s)).collect();
    let style = Style::of(global);
    if wanted.how.dry_run {
        return show(e, o, word, &open, direction, style);
    }
    consent::writable(snapshot)?;
    // Undoing a start stops again; resuming a stop goes on stopping.
    let actions = open.iter().map(|s| (&s.object, &s.action));
    let asks = plan::asks_name(o.journal.verb, e.guard(), actions, direction);
    let name = plan::Name::of(vec![(*e).into()], asks);
    let steps = plan::count(open.len(), "step");
    let place = consent::at(snapshot);
    let question = format!("{word} the {} of {}{place} ({steps})?", o.journal.verb.word(), e.path());
    consent::agreed(&wanted.how, name.as_ref(), &question)?;

    let (environment, journal) = (e.id.clone(), Arc::clone(&o.journal));
    let job = if undo { Job::Undo { environment, journal } } else { Job::Resume { environment, journal } };
    let outcomes = run::all(session, global, &wanted.how, vec![job]).await;
    print::stdout(|out| {
        if style.structured() {
            let results: Vec<_> = outcomes.iter().map(|r| shape::resumed(e, o, r)).collect();
            return print::array(out, &results, style.output);
        }
        if style.output == Output::Name {
            return Ok(writeln!(out, "{}", o.journal.id)?);
        }
        for r in &outcomes {
            let (word, why) = shape::end(&r.end);
            let why = why.map(|w| format!(": {w}")).unwrap_or_default();
            writeln!(out, "{} {}: {word}{why}", o.journal.verb.word(), e.path())?;
        }
        Ok(())
    })?;
    run::verdict(&outcomes)
}

/// Prints what a resume or an undo would do.
fn show(
    e: &Environment,
    o: &Operation,
    word: &str,
    open: &[&JournalStep],
    direction: Direction,
    style: Style,
) -> Outcome {
    print::stdout(|out| {
        if style.structured() {
            return print::array(out, &[shape::again(e, o, open, direction)], style.output);
        }
        if style.output == Output::Name {
            return open.iter().try_for_each(|s| Ok(writeln!(out, "{}", s.object.short())?));
        }
        let steps = plan::count(open.len(), "step");
        writeln!(out, "{word} the {} of {}: {steps}", o.journal.verb.word(), e.path())?;
        let mut t = Table::new(["ORDER", "WHAT", "NOW → THEN"]);
        for s in shape::in_order(open, direction) {
            let change = plan::change(&s.action, direction);
            t.row([s.id.to_string().into(), s.object.to_string().into(), change.into()]);
        }
        Ok(t.write(out, style.colour)?)
    })
}
