//! Dialogs: what `S` asks, what an interrupted operation asks, and what happens when a button is pressed.

use std::sync::Arc;

use super::{marking, navigate, operating, scrolling};
use crate::app::command::{self, Id};
use crate::app::dialog::{Act, Choice, Dialog, Focus, Typed};
use crate::app::input::Input;
use crate::app::message::Effect;
use crate::app::overlay::Overlay;
use crate::app::pane::Screen;
use crate::app::question::Question;
use crate::app::row::Row;
use crate::app::state::{Reading, State};
use crate::app::subject::{services, subject};
use crate::app::view;
use crate::domain::environment::Environment;
use crate::domain::operation::{Journal, OperationState, StepResult};
use crate::domain::production::Guard;
use crate::domain::{Api, EnvironmentId, ObjectId, Text};
use crate::plan::{self, Again, Direction, Edited, Name, Permission, Proposal, Subject, Wish, count};

/// Plans what is wanted of what is selected, each wish a button, asks for permission, opens the dialog.
///
/// # Errors
/// Why nothing is asked, in a few words.
pub(super) fn ask(state: &mut State, wishes: Vec<Wish>, effects: &mut Vec<Effect>) -> Result<(), Text> {
    let subject = if wishes.iter().all(Wish::is_of_services) { services(state)? } else { subject(state)? };
    open(state, wishes, subject, effects);
    Ok(())
}

/// Opens a dialog.
fn open(state: &mut State, wishes: Vec<Wish>, subject: Vec<Subject>, effects: &mut Vec<Effect>) {
    // Whoever asks about a row means that row from then on, wherever a sort puts it.
    let pane = state.focus();
    view::hold(state.list_mut(pane), pane);
    let mut dialog = dialog(state, wishes, subject);
    review(state, &mut dialog, effects);
    state.overlay = Some(Overlay::Dialog(Box::new(dialog)));
}

/// `b`: what takes a service back to the revision under the cursor, or else to the one before the newest, is read; the
/// dialog opens with it.
///
/// # Errors
/// Why nothing is asked, in a few words.
pub(super) fn back(state: &mut State, verb: &'static str, effects: &mut Vec<Effect>) -> Result<(), Text> {
    let subject = services(state)?;
    let [one] = subject.as_slice() else { return Err("choose one service".into()) };
    let service = one.service(&state.snapshot)?;
    let workload = service.workload.clone().ok_or("it has no revisions")?;
    let revision = state.selected().and_then(Row::revision).map(|line| line.revision.number);
    let ticket = state.ask(Question::Back(workload, revision), effects);
    state.reading = Some(Reading { ticket, subject, verb });
    state.answer(format!("{verb}: reading it as it is now"), false);
    Ok(())
}

/// What was read for a dialog.
pub(super) fn read(state: &mut State, question: u64, read: Result<Edited, Text>, effects: &mut Vec<Effect>) {
    let Some(reading) = state.reading.take_if(|r| r.ticket.is(question)) else { return };
    state.notices.retain(|n| !n.answer);
    match read {
        Ok(change) => open(state, vec![Wish::Edit(change.into())], reading.subject, effects),
        Err(why) => state.answer(format!("{}: {why}", reading.verb), true),
    }
}

/// The dialog about a subject, with the plans of this moment.
fn dialog(state: &State, wishes: Vec<Wish>, subject: Vec<Subject>) -> Dialog {
    let snapshot = &state.snapshot;
    let mut choices: Vec<Choice> = wishes.iter().filter_map(|wish| choice(state, wish, &subject)).collect();
    // Both where both make sense; else the one that does something; else both say why nothing can be done.
    let steps = |c: &Choice| c.proposal.as_ref().map_or(0, Proposal::steps);
    if choices.iter().any(|c| steps(c) > 0) {
        choices.retain(|c| steps(c) > 0);
    }
    let environments: Vec<&Arc<Environment>> = subject.iter().filter_map(|s| s.environment(snapshot)).collect();
    let verbs = choices.iter().filter_map(|c| c.proposal.as_ref()).map(|p| p.verb().info().title.to_lowercase());
    Dialog {
        title: capital(&format!("{} {}", verbs.collect::<Vec<_>>().join(" or "), words(&subject, &environments))),
        place: format!("{} · {}", snapshot.cluster.context, place(&environments)),
        production: environments.iter().any(|e| e.production),
        typed: name_to_type(&choices),
        choices,
        shown: 0,
        focus: Focus::Cancel,
        scroll: 0,
        notice: None,
        operation: None,
        wishes,
        subject,
    }
}

/// What has to be typed: the name that a choice asks for.
fn name_to_type(choices: &[Choice]) -> Option<Typed> {
    let mut names = choices.iter().filter_map(|c| c.proposal.as_ref()?.name());
    let name = names.find(Name::needed)?;
    Some(Typed { wanted: name.typed(), why: name.guard().map_or("", Guard::word).into(), input: Input::default() })
}

/// One button of the dialog; `None` when its environments are gone.
fn choice(state: &State, wish: &Wish, subject: &[Subject]) -> Option<Choice> {
    // A plan knows of journals; of what this kennel has just begun only the state does.
    let busy = |e: &Environment| command::busy(state, e);
    let proposal = Proposal::of(wish.clone(), subject.to_vec(), &state.snapshot, busy)?;
    let mut choice = Choice {
        act: Act::Run(wish.verb()),
        label: String::new(),
        headline: String::new(),
        proposal: Some(proposal),
        permissions: None,
        review: None,
        needs_name: false,
        greyed: None,
    };
    weigh(&mut choice);
    if choice.greyed.is_some() {
        choice.permissions = Some(Vec::new());
    }
    Some(choice)
}

/// Says in numbers what a choice would do, what is refused left out.
fn weigh(choice: &mut Choice) {
    let Some(proposal) = &choice.proposal else { return };
    choice.label = proposal.label();
    choice.headline = proposal.headline();
    choice.needs_name = proposal.name().is_some_and(|n| n.needed());
    choice.greyed = proposal.hindrance();
}

/// Refuses what of a choice lacks a permission: the rest can still be run.
fn deny(choice: &mut Choice) {
    if let (Some(proposal), Some(permissions)) = (&mut choice.proposal, &choice.permissions) {
        proposal.deny(permissions);
    }
    weigh(choice);
}

/// Asks for the permissions of every choice that is without and has not asked yet.
fn review(state: &mut State, dialog: &mut Dialog, effects: &mut Vec<Effect>) {
    for choice in dialog.choices.iter_mut().filter(|c| c.permissions.is_none() && c.review.is_none()) {
        choice.review = Some(state.ask(Question::Review(choice.plans().to_vec()), effects));
    }
}

/// What it is about, in words: `shop/staging`, `checkout of shop/staging`, `3 services of shop/staging`.
fn words(subject: &[Subject], environments: &[&Arc<Environment>]) -> String {
    let place = match environments {
        [one] => one.path(),
        [first, ..] if environments.iter().all(|e| e.project == first.project) => {
            format!("{} of {}", count(environments.len(), "environment"), first.project)
        }
        many => count(many.len(), "environment"),
    };
    let services: Vec<&(ObjectId, Text)> = subject.iter().flat_map(|s| &s.services).collect();
    match services.as_slice() {
        [] => place,
        [(one, _)] => format!("{} of {place}", one.name),
        many => format!("{} of {place}", count(many.len(), "service")),
    }
}

fn place(environments: &[&Arc<Environment>]) -> String {
    match environments {
        [one] => one.name.to_string(),
        many => count(many.len(), "environment"),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// An answer about permissions: it belongs to the choice that asked for it, if that is still there.
pub(super) fn reviewed(state: &mut State, question: u64, permissions: Vec<Permission>) {
    let asked = |c: &&mut Choice| c.permissions.is_none() && c.review.as_ref().is_some_and(|t| t.is(question));
    if let Some(Overlay::Dialog(dialog)) = &mut state.overlay
        && let Some(choice) = dialog.choices.iter_mut().find(asked)
    {
        choice.permissions = Some(permissions);
        deny(choice);
        let typed = dialog.typed.take().map(|t| t.input).unwrap_or_default();
        dialog.typed = name_to_type(&dialog.choices).map(|t| Typed { input: typed, ..t });
        if dialog.typed.is_none() && dialog.focus == Focus::Name {
            dialog.focus = Focus::Cancel;
        }
    }
}

/// What to do with an operation that did not end well: resume, undo, or just look.
pub(super) fn again(state: &mut State, environment: &Arc<Environment>) {
    let Some(operation) = environment.operation.clone() else { return };
    let pane = state.focus();
    view::hold(state.list_mut(pane), pane);
    let journal = &operation.journal;
    let (ended, all) = plan::ended(environment, journal);
    let failed = journal.steps.iter().filter(|s| matches!(s.result, StepResult::Failed(_))).count();
    let left = all - ended + failed;
    let verb = journal.verb.word();
    let path = environment.path();
    let greyed = command::locked(state).or_else(|| {
        let running = state.running(&environment.id)?;
        Some(format!("{} of {} runs already", running.words(), running.place).into())
    });
    let (place, id) = (environment.id.clone(), journal.id.clone());
    let asks = |undo: bool| {
        let actions = journal.steps.iter().map(|s| (&s.object, &s.action));
        let direction = if undo { Direction::Back } else { Direction::Forward };
        plan::asks_name(journal.verb, environment.guard(), actions, direction)
    };
    // Somebody is at work on it: to take it from him needs a word.
    let lives = operation.state == OperationState::Running;
    let choice = |act, label: String, more: &str, needs_name: bool, greyed: &Option<Text>| Choice {
        act,
        label,
        headline: more.to_owned(),
        proposal: None,
        permissions: Some(Vec::new()),
        review: None,
        needs_name,
        greyed: greyed.clone(),
    };
    let interrupted = operation.state == OperationState::Interrupted;
    let others = format!("{} lets go of it before the next step, and this kennel goes on", journal.holder);
    let (resume, takes_over) = match (interrupted, left) {
        _ if lives => ("Take it over".to_owned(), format!("Take it over: {others}.")),
        // Every step has ended, and nobody waited for the pods and closed the journal.
        (true, 0) => ("Finish it".to_owned(), "Finish takes it over, waits for its pods and closes it.".to_owned()),
        (true, n) => {
            (format!("Resume {}", count(n, "object")), "Resume takes it over and does what is left.".to_owned())
        }
        (false, n) => {
            (format!("Retry {}", count(n, "object")), "Retry does only what failed or was not begun.".to_owned())
        }
    };
    let undo = match ended - failed {
        0 => "Undo".to_owned(),
        n => format!("Undo {}", count(n, "object")),
    };
    // Of an interrupted one the journal may lack what was done last: the objects themselves tell.
    let unchanged = !interrupted && ended == failed && journal.absent() == 0;
    let nothing_to_undo = unchanged.then(|| Text::from("nothing was changed yet"));
    let choices = vec![
        choice(
            Act::Resume { environment: place.clone(), id: id.clone(), take_over: lives },
            resume,
            &takes_over,
            lives || asks(false),
            &greyed.clone().or_else(|| no_resume(journal.undoing, !interrupted && !lives && left == 0)),
        ),
        choice(
            Act::Undo { environment: place.clone(), id, take_over: lives },
            undo,
            "Undo brings back what was before.",
            lives || asks(true),
            &greyed.or(nothing_to_undo),
        ),
        choice(Act::Open(place), "Open".to_owned(), "Open only looks at it.", false, &None),
    ];
    let typed = choices.iter().any(|c| c.needs_name).then(|| {
        let (wanted, why) = match (lives, environment.guard()) {
            (true, Some(_)) => (format!("{TAKE_OVER} {}", environment.name).into(), at_work(journal)),
            (true, None) => (TAKE_OVER.into(), at_work(journal)),
            (false, guard) => (environment.name.clone(), guard.map_or("", Guard::word).into()),
        };
        Typed { wanted, why, input: Input::default() }
    });
    let word = match operation.state {
        OperationState::Interrupted => "Interrupted",
        OperationState::Running => "Running",
        _ => "Failed",
    };
    state.overlay = Some(Overlay::Dialog(Box::new(Dialog {
        title: format!("{word}: {verb} of {path}"),
        place: format!("{} · {}", state.snapshot.cluster.context, environment.name),
        production: environment.production,
        choices,
        shown: 0,
        focus: Focus::Cancel,
        typed,
        scroll: 0,
        notice: None,
        operation: Some(operation),
        wishes: Vec::new(),
        subject: vec![Subject::whole(environment)],
    })));
}

/// What is typed to take an operation from a holder who lives.
const TAKE_OVER: &str = "take over";

fn at_work(journal: &Journal) -> Text {
    format!("{} is at work on it", journal.holder).into()
}

/// A picture has come: a dialog about an operation shows how that stands now. Where it stands otherwise than when
/// the dialog was made, the question is another one.
pub(super) fn follow(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Dialog(dialog)) = &mut state.overlay else { return };
    if dialog.operation.is_none() {
        return arrive(state, effects);
    }
    let (Some(shown), Some(subject)) = (&mut dialog.operation, dialog.subject.first()) else { return };
    let Some(environment) = subject.environment(&state.snapshot).cloned() else { return };
    let Some(now) = environment.operation.as_ref().filter(|o| o.journal.id == shown.journal.id) else { return };
    if now.state == shown.state {
        shown.clone_from(now);
    } else if matches!(now.state, OperationState::Running | OperationState::Interrupted | OperationState::Failed) {
        again(state, &environment);
        if let Some(Overlay::Dialog(dialog)) = &mut state.overlay {
            dialog.notice = Some("It stands otherwise than a moment ago: this is the question as of now.".into());
        }
    }
}

/// Plans that were made before everything was there are made anew as more comes. Where they then do something
/// else, that is said; under the finger, on a button that is about to be pressed, only pressing it shows them.
fn arrive(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Overlay::Dialog(old)) = &state.overlay else { return };
    let waits = |d: &Dialog| d.choices.iter().filter_map(|c| c.proposal.as_ref()).any(Proposal::is_provisional);
    let there = |s: &Subject| s.still_there(&state.snapshot).as_ref() == Some(s);
    if !waits(old) || !old.subject.iter().all(there) {
        return;
    }
    let old = old.clone();
    let mut fresh = dialog(state, old.wishes.clone(), old.subject.clone());
    for choice in &mut fresh.choices {
        // One that was greyed has asked for nothing.
        let same = |c: &&Choice| c.act == choice.act && c.review.is_some() && asks(c) == asks(choice);
        if let Some(shown) = old.choices.iter().find(same) {
            choice.review.clone_from(&shown.review);
            choice.permissions.clone_from(&shown.permissions);
            if choice.permissions.is_some() {
                deny(choice);
            }
        }
    }
    let same = |(old, now): (&Choice, &Choice)| match (&old.proposal, &now.proposal) {
        (Some(old), Some(now)) => old.does_the_same(now),
        _ => false,
    };
    let same = old.choices.len() == fresh.choices.len() && old.choices.iter().zip(&fresh.choices).all(same);
    if same {
        let arrived = !waits(&fresh);
        let notice = arrived.then(|| "Everything has arrived: the plan stays as it is.".into());
        let choices = fresh.choices;
        state.overlay = Some(Overlay::Dialog(Box::new(Dialog { choices, notice, ..*old })));
    } else if !matches!(old.focus, Focus::Choice(_)) {
        let shown = old.choice().and_then(|shown| fresh.choices.iter().position(|c| c.act == shown.act));
        fresh.shown = shown.unwrap_or(0);
        fresh.scroll = old.scroll;
        if let (Some(now), Some(then)) = (&mut fresh.typed, old.typed) {
            now.input = then.input;
            fresh.focus = old.focus;
        }
        fresh.notice = Some("More has arrived: this is the plan as of now.".into());
        review(state, &mut fresh, effects);
        state.overlay = Some(Overlay::Dialog(Box::new(fresh)));
    }
}

/// What a choice asks the cluster's permission for.
fn asks(choice: &Choice) -> Vec<(&EnvironmentId, &'static str, Api)> {
    let plans = choice.plans().iter();
    plans.flat_map(|p| p.needs().into_iter().map(|(verb, api)| (&p.environment.id, verb, api))).collect()
}

fn no_resume(undoing: bool, complete: bool) -> Option<Text> {
    match (undoing, complete) {
        (true, _) => Some("it is being undone: from then on it only goes back".into()),
        (_, true) => Some("nothing is left to do".into()),
        _ => None,
    }
}

/// Does a command in a dialog.
pub(super) fn run(state: &mut State, id: Id, effects: &mut Vec<Effect>) {
    let page = state.hits.overlay_page.max(1);
    let most = state.hits.overlay_scroll;
    let Some(Overlay::Dialog(dialog)) = &mut state.overlay else { return };
    match id {
        Id::Back => state.overlay = None,
        Id::NextPane | Id::Right => step(dialog, true),
        Id::PreviousPane | Id::Left => step(dialog, false),
        Id::Enter => match dialog.focus {
            Focus::Cancel => state.overlay = None,
            Focus::Name => step(dialog, true),
            Focus::Choice(at) => press(state, at, effects),
        },
        Id::Copy => {
            let commands = dialog.commands();
            match commands.is_empty() {
                true => dialog.notice = Some("there is no command to copy".into()),
                false => effects.push(Effect::Copy(commands)),
            }
        }
        _ => {
            if let Some(to) = scrolling::scrolled(dialog.scroll, id, page) {
                dialog.scroll = to.min(most);
            }
        }
    }
}

/// The focus goes to the next or the previous stop, and the plan shown with it.
fn step(dialog: &mut Dialog, forward: bool) {
    let stops = dialog.stops();
    let here = stops.iter().position(|s| *s == dialog.focus).unwrap_or(0);
    let next = if forward { here + 1 } else { here + stops.len() - 1 } % stops.len().max(1);
    dialog.focus = stops.get(next).copied().unwrap_or(Focus::Cancel);
    if let Focus::Choice(at) = dialog.focus
        && at != dialog.shown
    {
        dialog.shown = at;
        dialog.scroll = 0;
    }
    dialog.notice = None;
}

/// Presses a button: whatever the dialog was made from is looked at again first.
fn press(state: &mut State, at: usize, effects: &mut Vec<Effect>) {
    let Some(Overlay::Dialog(dialog)) = &state.overlay else { return };
    let mut dialog = dialog.clone();
    let Some(choice) = dialog.choices.get(at).cloned() else { return };
    let why = dialog.blocked(&choice);
    let changes = !matches!(choice.act, Act::Open(_));
    if let Some(why) = why.or_else(|| command::locked(state).filter(|_| changes)) {
        if dialog.lacks_name(&choice) {
            dialog.focus = Focus::Name;
        }
        dialog.notice = Some(why);
        state.overlay = Some(Overlay::Dialog(dialog));
        return;
    }
    match &choice.act {
        Act::Open(environment) => {
            let environment = environment.clone();
            state.overlay = None;
            navigate::open(state, Screen::Environment(environment));
        }
        Act::Resume { environment, id, take_over } => resume(state, environment, id, false, *take_over, effects),
        Act::Undo { environment, id, take_over } => resume(state, environment, id, true, *take_over, effects),
        Act::Run(_) => start(state, choice, effects),
    }
}

/// Resumes or undoes an operation, if it still is the one that the dialog was about.
fn resume(state: &mut State, place: &EnvironmentId, id: &Text, undo: bool, take_over: bool, effects: &mut Vec<Effect>) {
    state.overlay = None;
    let environment = state.snapshot.environment(place).cloned();
    // How it stands, the dialog shows as of now: only its end took the question away.
    let open =
        |s: OperationState| matches!(s, OperationState::Interrupted | OperationState::Failed | OperationState::Running);
    let operation = environment.as_ref().and_then(|e| e.operation.as_ref());
    let same = operation.is_some_and(|o| o.journal.id == *id && open(o.state));
    match environment.filter(|_| same) {
        None => state.notice("the operation has changed since: nothing was done", true),
        Some(e) => {
            operating::begin_again(state, &e, undo);
            let (environment, id) = (place.clone(), id.clone());
            effects.push(match undo {
                true => Effect::Undo { environment, id, take_over },
                false => Effect::Resume { environment, id, take_over },
            });
        }
    }
}

/// Runs the plans, made anew from what is there now. Where they are not what was shown, they are shown first.
fn start(state: &mut State, shown: Choice, effects: &mut Vec<Effect>) {
    let (Some(proposal), Some(Overlay::Dialog(asked))) = (&shown.proposal, &state.overlay) else { return };
    let wishes = asked.wishes.clone();
    match proposal.again(&state.snapshot, |e| command::busy(state, e)) {
        Again::Gone => {
            state.overlay = None;
            state.notice("what the dialog was about is gone, or was made anew: nothing was done", true);
        }
        Again::Same(now) => {
            state.overlay = None;
            marking::clear(state);
            for plan in now.running() {
                operating::begin(state, plan);
                effects.push(Effect::Run(plan.clone()));
            }
        }
        Again::Changed(now, why) => {
            let mut fresh = dialog(state, wishes, now.subject);
            fresh.notice = Some(why);
            fresh.shown = fresh.choices.iter().position(|c| c.act == shown.act).unwrap_or(0);
            review(state, &mut fresh, effects);
            state.overlay = Some(Overlay::Dialog(Box::new(fresh)));
        }
    }
}
