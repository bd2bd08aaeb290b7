//! What typed commands do: jumps to panes, projects and environments, and settings.

use std::sync::Arc;

use super::completing::{self, OPTIONS};
use super::{asking, moves, navigate};
use crate::app::command::{self, Id, Where};
use crate::app::filter::Filter;
use crate::app::fold;
use crate::app::message::Effect;
use crate::app::pane::{Pane, Scope, Screen, Since};
use crate::app::prompt::{self, Line, nearest};
use crate::app::row::RowKey;
use crate::app::state::State;
use crate::app::view;
use crate::domain::data::DataState;
use crate::domain::environment::Environment;
use crate::domain::naming::{self, Named, Unnamed};
use crate::domain::{EnvironmentId, Kind, Snapshot, Text, age};
use crate::plan::Wish;

/// A line as it is understood: a command, or the name of a project or an environment, which leads there.
fn read(state: &State, text: &str) -> Result<Option<Line>, prompt::Error> {
    let read = prompt::parse(text);
    match (&read, place(state, Some(text.trim()))) {
        (Err(prompt::Error::Unknown(..) | prompt::Error::NoList(..)), Ok(_)) => prompt::parse(&format!("env {text}")),
        _ => read,
    }
}

/// Whether it is known by now where a line leads: all namespaces are there, or, where these may not be listed, what it
/// names is.
pub(super) fn is_known(snapshot: &Snapshot, text: &str) -> bool {
    let target = || prompt::parse(text).ok().flatten().and_then(|line| line.target);
    match snapshot.state(Kind::Namespace) {
        DataState::Forbidden { .. } => target().is_none_or(|word| naming::named(snapshot, &word).is_ok()),
        state => state.arrived(),
    }
}

/// Whether a line is a command at all: what stays in the prompt with its error otherwise.
pub(super) fn check(state: &State, text: &str) -> Result<(), Text> {
    let line = read(state, text).map_err(|e| Text::from(e.to_string()))?;
    if let Some(filter) = line.and_then(|l| l.filter) {
        Filter::parse(&filter).map_err(|e| Text::from(e.to_string()))?;
    }
    Ok(())
}

/// Does what a line says.
pub(super) fn run(state: &mut State, text: &str, effects: &mut Vec<Effect>) {
    let line = match read(state, text) {
        Ok(Some(line)) => line,
        Ok(None) => return,
        Err(why) => return state.answer(why.to_string(), true),
    };
    let done = match &line.context {
        Some(name) if *name != *state.snapshot.cluster.context => {
            context(state, name, &line.without_context(), effects)
        }
        _ => command(state, &line, effects),
    };
    if let Err(why) = done {
        state.answer(why, true);
    }
}

fn command(state: &mut State, line: &Line, effects: &mut Vec<Effect>) -> Result<(), String> {
    let target = line.target.as_deref();
    match line.id {
        Id::QuitAll => navigate::ask_to_quit(state, effects),
        Id::Reconnect | Id::Help => super::act(state, Where::Panes, line.id, effects),
        Id::Context => match target {
            Some(name) => context(state, name, "", effects)?,
            None => completing::offer(state, "ctx "),
        },
        Id::Theme => theme(state, target, effects)?,
        Id::Set => set(state, target, effects)?,
        Id::Since => since(state, target)?,
        Id::New => state.since = Some(Since::From(state.now)),
        Id::Go(pane) => go(state, pane, line)?,
        Id::Scale => scale(state, target, effects)?,
        _ => {}
    }
    Ok(())
}

/// Asks about as many pods as the line says.
fn scale(state: &mut State, target: Option<&str>, effects: &mut Vec<Effect>) -> Result<(), String> {
    let count = target.unwrap_or_default();
    let wanted = count.parse::<u32>().ok().filter(|n| i32::try_from(*n).is_ok());
    let to = wanted.ok_or_else(|| match count {
        "" => "scale: to how many pods? :scale 3".to_owned(),
        other => format!("scale: `{other}` is no number of pods; :scale 3"),
    })?;
    let why = command::why_not(Id::Scale, state);
    why.map_or_else(|| asking::ask(state, vec![Wish::Scale(to)], effects), Err).map_err(|why| format!("scale: {why}"))
}

/// Goes to a pane: on the dashboard of what the line names, on a screen of its own, in an environment.
fn go(state: &mut State, pane: Pane, line: &Line) -> Result<(), String> {
    match pane {
        Pane::Operations => navigate::open(state, Screen::Alone { pane, scope: Scope::All }),
        Pane::Projects => dashboard(state, pane),
        Pane::Environments => match place(state, line.target.as_deref())? {
            None => dashboard(state, pane),
            Some(Named::Project(name)) => project(state, Some(&name)),
            Some(Named::Environment(e)) => environment(state, &e.id),
        },
        _ if Screen::Dashboard.has(pane) => {
            let place = place(state, line.target.as_deref())?;
            dashboard(state, pane);
            let scope = match place {
                None => state.project().map_or(Scope::All, |p| Scope::Project(p.clone())),
                Some(Named::Project(name)) => {
                    select_project(state, Some(&name));
                    Scope::Project(name)
                }
                Some(Named::Environment(e)) => {
                    select(state, &e);
                    Scope::Environment(e.id.clone())
                }
            };
            state.view_mut().wide = Some((pane, scope));
        }
        _ => {
            let scope = match place(state, line.target.as_deref())? {
                Some(Named::Environment(e)) => Scope::Environment(e.id.clone()),
                Some(Named::Project(name)) => Scope::Project(name),
                None => here(state),
            };
            match scope {
                _ if line.target.is_none() && state.screen().has(pane) => {}
                Scope::Environment(id) | Scope::Service(id, _) => navigate::open(state, Screen::Environment(id)),
                scope => navigate::open(state, Screen::Alone { pane, scope }),
            }
            moves::focus(state, pane);
        }
    }
    filter(state, line);
    Ok(())
}

/// What one is at, as the header says it: on the dashboard an environment only where one was chosen.
fn here(state: &State) -> Scope {
    let project = || state.project().map_or(Scope::All, |p| Scope::Project(p.clone()));
    match state.screen() {
        Screen::Alone { scope, .. } => scope.clone(),
        Screen::Dashboard if !state.list(Pane::Environments).is_pinned() => project(),
        _ => state.environment().map_or_else(project, |e| Scope::Environment(e.id.clone())),
    }
}

/// Sets the filter of the pane that a command led to; without one the pane shows all.
fn filter(state: &mut State, line: &Line) {
    let kind = match line.name {
        "deploy" | "deployments" | "dp" => Some("kind:deployment"),
        "sts" | "statefulsets" => Some("kind:statefulset"),
        "ds" | "daemonsets" => Some("kind:daemonset"),
        _ => None,
    };
    let text = [kind, line.filter.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let pane = state.focus();
    match Filter::parse(&text) {
        Ok(parsed) => state.list_mut(pane).filter = parsed.map(Arc::new),
        Err(why) => state.answer(why.to_string(), true),
    }
}

/// What a word after a command names, no word: all; a name alone will do where only one environment has it.
fn place(state: &State, target: Option<&str>) -> Result<Option<Named>, String> {
    let Some(word) = target else { return Ok(None) };
    let snapshot = &state.snapshot;
    let listed = |all: &[Arc<Environment>], of: &dyn Fn(&Environment) -> String| {
        all.iter().map(|e| of(e)).collect::<Vec<_>>().join(", ")
    };
    match naming::named(snapshot, word) {
        Ok(named) => Ok(Some(named)),
        Err(Unnamed::Bare(all)) => match all.as_slice() {
            [one] => Ok(Some(Named::Environment(one.clone()))),
            many => Err(format!("{word} is in {} projects: {}", many.len(), listed(many, &Environment::path))),
        },
        Err(Unnamed::Several(all)) => {
            let namespaces = listed(&all, &|e| e.id.namespace.to_string());
            Err(format!("{word} names {} environments: {namespaces}", all.len()))
        }
        Err(Unnamed::Nothing) if word.contains('/') => {
            let paths: Vec<String> = snapshot.environments.values().map(|e| e.path()).collect();
            Err(unknown("environment", word, paths.iter().map(String::as_str)))
        }
        Err(Unnamed::Nothing) => {
            let names =
                snapshot.projects.keys().chain(snapshot.environments.keys().map(|id| &id.namespace)).map(Text::as_str);
            Err(unknown("project or environment", word, names))
        }
    }
}

fn unknown<'a>(what: &str, word: &str, names: impl Iterator<Item = &'a str>) -> String {
    match nearest(word, names) {
        Some(near) => format!("there is no {what} `{word}`; the nearest is {near}"),
        None => format!("there is no {what} `{word}`"),
    }
}

/// The dashboard with the focus on a pane.
fn dashboard(state: &mut State, pane: Pane) {
    navigate::remember(state);
    moves::leave(state);
    state.stack.above.clear();
    state.view_mut().wide = None;
    view::refresh(state);
    moves::focus(state, pane);
    view::refresh(state);
}

/// A project on the dashboard, with the focus on its environments.
pub(super) fn project(state: &mut State, name: Option<&Text>) {
    dashboard(state, Pane::Environments);
    select_project(state, name);
}

/// Selects a project; `None` selects all.
fn select_project(state: &mut State, name: Option<&Text>) {
    state.list_mut(Pane::Projects).filter = None;
    view::refresh(state);
    state.point(Pane::Projects, name.map_or(RowKey::All, |n| RowKey::Project(n.clone())));
    view::refresh(state);
}

/// Selects an environment and its project, unless all projects are shown.
fn select(state: &mut State, e: &Environment) {
    if state.project().is_some_and(|p| *p != e.project) {
        select_project(state, Some(&e.project));
    }
    state.list_mut(Pane::Environments).filter = None;
    view::refresh(state);
    let key = RowKey::Environment { id: e.id.clone(), uid: e.uid.clone() };
    let list = state.list_mut(Pane::Environments);
    if fold::class(e).is_some() && !list.rows().iter().any(|r| r.is(&key)) {
        list.unfold(RowKey::Fold);
        view::refresh(state);
    }
    state.point(Pane::Environments, key);
    view::refresh(state);
}

/// Opens an environment, and selects it on the dashboard below.
pub(super) fn environment(state: &mut State, id: &EnvironmentId) {
    let Some(e) = state.snapshot.environment(id).cloned() else { return };
    if *state.screen() == Screen::Environment(id.clone()) {
        return;
    }
    dashboard(state, Pane::Environments);
    select(state, &e);
    // One place, not two: the dashboard on the way was not looked at.
    let before = state.history.back.pop();
    navigate::open(state, Screen::Environment(id.clone()));
    if let (Some(before), Some(last)) = (before, state.history.back.last_mut()) {
        *last = before;
    }
}

/// Opens another context, and does a line there.
fn context(state: &mut State, name: &str, then: &str, effects: &mut Vec<Effect>) -> Result<(), String> {
    let open = &state.snapshot.cluster.context;
    if *open == *name {
        return Err(format!("{name} is open"));
    }
    let Some(known) = state.settings.contexts.iter().find(|c| **c == *name).cloned() else {
        let others = state.settings.contexts.iter().map(Text::as_str).filter(|c| **open != **c);
        return Err(match nearest(name, others) {
            Some(near) => format!("the kubeconfig has no context `{name}`; the nearest is {near}"),
            None => format!("there is no context but {open}"),
        });
    };
    if let Some(o) = state.held().next() {
        return Err(format!("{} of {} runs here: let it end first, or quit to hand it over", o.words(), o.place));
    }
    effects.push(Effect::Context { name: known, then: then.to_owned() });
    Ok(())
}

fn theme(state: &mut State, target: Option<&str>, effects: &mut Vec<Effect>) -> Result<(), String> {
    let themes = || state.settings.themes.iter().map(Text::as_str);
    let all = || themes().collect::<Vec<_>>().join(", ");
    let name = target.ok_or_else(|| format!(":theme wants a name: {}", all()))?;
    let Some(found) = state.settings.themes.iter().find(|t| **t == name).cloned() else {
        let near = nearest(name, themes()).unwrap_or_default();
        return Err(format!("there is no theme `{name}`; the nearest is {near} (there are {})", all()));
    };
    state.theme.clone_from(&found);
    effects.push(Effect::Theme(found));
    Ok(())
}

fn set(state: &mut State, target: Option<&str>, effects: &mut Vec<Effect>) -> Result<(), String> {
    if let Some("mouse" | "nomouse") = target {
        state.mouse = target == Some("mouse");
        effects.push(Effect::Mouse(state.mouse));
        return Ok(());
    }
    let view = state.view_mut();
    match target {
        Some("cards") => view.rows_only = false,
        Some("rows") => view.rows_only = true,
        Some("zoom") => view.zoom = true,
        Some("nozoom") => view.zoom = false,
        Some(other) => return Err(format!("there is no option `{other}`; there are {}", OPTIONS.join(", "))),
        None => return Err(format!(":set wants one of {}", OPTIONS.join(", "))),
    }
    Ok(())
}

fn since(state: &mut State, target: Option<&str>) -> Result<(), String> {
    const WANTS: &str = ":since wants a time such as 5m, 2h or 1d, or all";
    let word = target.ok_or(WANTS)?;
    if word == "all" {
        state.since = None;
        return Ok(());
    }
    let seconds = age::span(word).map(|span| span.as_secs()).filter(|s| *s > 0);
    state.since = Some(Since::Last(seconds.ok_or(WANTS)?));
    Ok(())
}
