//! `kennel operations`: the latest operation of each environment, and going on with or undoing one.

use std::sync::Arc;

use super::args::{Global, Operations};
use super::connect::Session;
use super::exit::{Exit, Failure, Outcome};
use super::print::{self, Style};
use super::run::{self, Job};
use super::table::{Cell, Look, NONE, Table};
use super::{consent, find, get, shape};
use crate::domain::Text;
use crate::domain::environment::{Environment, Operation};
use crate::domain::operation::{JournalStep, State, StepResult, Verb};
use crate::domain::{Snapshot, Time};
use crate::plan;

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
                    let (ended, all) = o.journal.progress();
                    let ended = ended + o.journal.steps.iter().filter(|s| plan::done_unnoted(e, &o.journal, s)).count();
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

fn state(state: State) -> Cell {
    let (word, look) = match state {
        State::Running => ("running", Look::Busy),
        State::Interrupted => ("interrupted", Look::Bad),
        State::Done => ("done", Look::Good),
        State::Failed => ("failed", Look::Bad),
        State::Undone => ("undone", Look::Off),
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
    if wanted.how.dry_run {
        return list(&[(*e, *o)], Style::of(global), snapshot.now);
    }
    consent::writable(snapshot, global.readonly)?;
    // Undoing a start stops again; resuming a stop goes on stopping.
    let stops = (o.journal.verb == Verb::Stop) != undo;
    let name = (e.production && stops).then(|| e.name.clone());
    let settled = |s: &JournalStep| {
        matches!(s.result, StepResult::Done | StepResult::Skipped(_)) || plan::done_unnoted(e, &o.journal, s)
    };
    let open = o.journal.steps.iter().filter(|s| undo || !settled(s));
    let question = format!("{word} the {} of {} ({} steps)?", o.journal.verb.word(), e.path(), open.count());
    consent::agreed(&wanted.how, name.as_ref(), &question)?;

    let (namespace, id) = (e.namespace.clone(), Text::new(id));
    let job = if undo { Job::Undo { namespace, id } } else { Job::Resume { namespace, id } };
    let outcomes = run::all(session, vec![job], &run::options(global, &wanted.how)).await;
    let style = Style::of(global);
    print::stdout(|out| {
        if style.structured() {
            let results: Vec<_> = outcomes.iter().map(|r| shape::resumed(e, o, r)).collect();
            return print::array(out, &results, style.output);
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
