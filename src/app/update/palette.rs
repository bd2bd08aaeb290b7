//! The palette: fuzzy over every command, project, environment and service.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::{jumping, navigate, scrolling};
use crate::app::command::{self, Id, TABLE, Where};
use crate::app::keymap;
use crate::app::message::Effect;
use crate::app::overlay::{Overlay, Palette, PaletteEntry, Target};
use crate::app::pane::Screen;
use crate::app::prompt::{Kind, Prompt};
use crate::app::state::State;
use crate::domain::{Snapshot, Text};

/// How many matches are kept: more than a screen has rows.
const KEPT: usize = 100;

/// Opens it.
pub(super) fn open(state: &mut State) {
    state.overlay = Some(Overlay::Palette(Palette::default()));
    search(state);
}

/// Looks again for what is typed.
pub(super) fn search(state: &mut State) {
    let Some(Overlay::Palette(palette)) = &state.overlay else { return };
    let wanted = palette.input.text().to_owned();
    let (matches, total) = best(state, &wanted);
    if let Some(Overlay::Palette(palette)) = &mut state.overlay {
        palette.matches = matches;
        palette.total = total;
        palette.at = 0;
    }
}

fn best(state: &State, wanted: &str) -> (Vec<PaletteEntry>, usize) {
    if wanted.trim().is_empty() {
        return offered(state);
    }
    let pattern = Pattern::parse(wanted, CaseMatching::Smart, Normalization::Smart);
    let words: Vec<String> = wanted.to_lowercase().split_whitespace().map(ToOwned::to_owned).collect();
    let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
    let mut buffer = Vec::new();
    let mut scored: Vec<(bool, u32, Lead<'_>)> = Vec::new();
    let mut text = String::new();
    for lead in leads(&state.snapshot) {
        text.clear();
        lead.write(&mut text);
        if let Some(score) = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher) {
            let lower = text.to_lowercase();
            scored.push((words.iter().all(|word| lower.contains(word)), score, lead));
        }
    }
    // Letters that are only scattered count where nothing has them as they were typed: `stag` is staging, and not
    // sock-shop catalogue.
    if scored.iter().any(|(as_typed, ..)| *as_typed) {
        scored.retain(|(as_typed, ..)| *as_typed);
    }
    let total = scored.len();
    // Stable: of equal scores commands come before projects, environments, services.
    scored.sort_by_key(|(_, score, _)| std::cmp::Reverse(*score));
    let leads = scored.into_iter().take(KEPT).map(|(.., lead)| lead);
    (harmless_first(leads.map(|lead| lead.entry(state)).collect()), total)
}

/// What is offered before anything is typed: where one was, the latest first, then what there is; of commands those that
/// can be done now.
fn offered(state: &State) -> (Vec<PaletteEntry>, usize) {
    let entry = |lead: Lead<'_>| lead.entry(state);
    let been = state.history.back.iter().rev().filter_map(|stack| stack.above.last());
    let mut entries: Vec<PaletteEntry> = Vec::new();
    for view in been {
        let lead = match &view.screen {
            Screen::Environment(id) => state.snapshot.environment(id).map(|e| entry(Lead::Environment(e))),
            Screen::Service { environment, object, uid } => state.snapshot.environment(environment).and_then(|e| {
                let service = e.services.iter().find(|s| s.object == *object && s.uid == *uid)?;
                Some(entry(Lead::Service(e, service)))
            }),
            Screen::Dashboard | Screen::Alone { .. } => None,
        };
        entries.extend(lead.filter(|new| entries.iter().all(|known| known.target != new.target)));
    }
    let been = entries.len();
    let rest = environments(&state.snapshot).chain(projects(&state.snapshot)).chain(commands()).map(entry);
    let rest = rest.filter(|e| e.greyed.is_none());
    let rest: Vec<PaletteEntry> = rest.filter(|new| entries.iter().all(|known| known.target != new.target)).collect();
    entries.extend(rest);
    let total = entries.len();
    entries.truncate(KEPT.max(been));
    (harmless_first(entries), total)
}

/// What changes something is never what Enter does at once.
fn harmless_first(mut entries: Vec<PaletteEntry>) -> Vec<PaletteEntry> {
    let changes = |e: &PaletteEntry| e.target == Target::Command(Id::StartStop);
    if entries.len() > 1 && entries.first().is_some_and(changes) {
        entries.swap(0, 1);
    }
    entries
}

/// A line of the palette before its words are made: there are thousands, and a hundred are shown.
enum Lead<'a> {
    Command(&'static command::Command),
    Project(&'a Text),
    Environment(&'a crate::domain::environment::Environment),
    Service(&'a crate::domain::environment::Environment, &'a crate::domain::service::Service),
}

/// All of them, in the order in which they are found where they fit alike.
fn leads(snapshot: &Snapshot) -> impl Iterator<Item = Lead<'_>> {
    let services = snapshot.environments.values().flat_map(|e| e.services.iter().map(|s| Lead::Service(e, s)));
    commands().chain(projects(snapshot)).chain(environments(snapshot)).chain(services)
}

/// In the order of the help: nobody opens the palette to go a row down.
fn commands<'a>() -> impl Iterator<Item = Lead<'a>> {
    let group = |g| TABLE.iter().filter(move |c| c.group == g);
    let offered = |c: &&command::Command| c.places.contains(&Where::Panes) || !c.names.is_empty();
    command::Group::ALL.into_iter().flat_map(group).filter(offered).map(Lead::Command)
}

fn projects(snapshot: &Snapshot) -> impl Iterator<Item = Lead<'_>> {
    snapshot.projects.keys().map(Lead::Project)
}

fn environments(snapshot: &Snapshot) -> impl Iterator<Item = Lead<'_>> {
    snapshot.environments.values().map(|e| Lead::Environment(e))
}

impl Lead<'_> {
    fn write(&self, text: &mut String) {
        let mut add = |parts: &[&str]| parts.iter().for_each(|p| text.push_str(p));
        match self {
            Lead::Command(c) if c.verb.is_empty() => add(&[":", c.names.first().copied().unwrap_or_default()]),
            Lead::Command(c) => add(&[c.verb]),
            Lead::Project(name) => add(&[name]),
            Lead::Environment(e) => add(&[&e.project, "/", &e.name]),
            Lead::Service(e, s) => add(&[&e.project, "/", &e.name, " ", &s.object.name]),
        }
    }

    fn entry(&self, state: &State) -> PaletteEntry {
        let mut label = String::new();
        self.write(&mut label);
        let mut key = String::new();
        let (hint, greyed, target) = match self {
            Lead::Command(c) => {
                let keymap = &state.settings.keymap;
                key = keymap.keys(c.id, Where::Panes).first().map(|k| keymap::name(*k)).unwrap_or_default();
                (c.help.to_owned(), command::why_not(c.id, state), Target::Command(c.id))
            }
            Lead::Project(name) => ("project".to_owned(), None, Target::Project((*name).clone())),
            Lead::Environment(e) => ("environment".to_owned(), None, Target::Environment(e.id.clone())),
            Lead::Service(e, s) => {
                let target = Target::Service(e.id.clone(), s.object.clone(), s.uid.clone());
                (s.object.kind().to_string(), None, target)
            }
        };
        PaletteEntry { label, key, hint, greyed, target }
    }
}

/// Does a command in the palette.
pub(super) fn run(state: &mut State, id: Id, effects: &mut Vec<Effect>) {
    let Some(Overlay::Palette(palette)) = &mut state.overlay else { return };
    match id {
        Id::Back => state.overlay = None,
        Id::Enter => {
            let target = palette.matches.get(palette.at).map(|m| m.target.clone());
            state.overlay = None;
            if let Some(target) = target {
                go(state, target, effects);
            }
        }
        _ => palette.at = scrolling::nth(palette.at, palette.matches.len(), id),
    }
}

fn go(state: &mut State, target: Target, effects: &mut Vec<Effect>) {
    match target {
        Target::Command(id) => {
            let Some(command) = command::get(id) else { return };
            match command.names.first() {
                // A command that takes something is put into the prompt to be finished.
                Some(name) if command.keys.is_empty() && !command.takes.is_empty() => {
                    state.prompt = Some(Prompt::new(Kind::Command, &format!("{name} ")));
                }
                Some(name) if command.keys.is_empty() => jumping::run(state, name, effects),
                _ => super::act(state, Where::Panes, id, effects),
            }
        }
        Target::Project(name) => jumping::project(state, Some(&name)),
        Target::Environment(id) => jumping::environment(state, &id),
        Target::Service(environment, object, uid) => {
            let service = state
                .snapshot
                .environment(&environment)
                .and_then(|e| e.services.iter().find(|s| s.object == object && s.uid == uid))
                .cloned();
            match service {
                Some(s) => navigate::open_service(state, &environment, &s),
                None => state.answer(format!("{} is gone", object.name), false),
            }
        }
    }
}
