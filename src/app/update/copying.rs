//! What can be copied of a row, and the choice of it.

use super::scrolling::nth;
use crate::app::command::Id;
use crate::app::message::Effect;
use crate::app::overlay::{CopyMenu, Overlay};
use crate::app::row::Row;
use crate::app::state::State;
use crate::domain::{ObjectId, Text};

/// Copies what is selected: at once where there is one text, else by a choice.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(row) = state.selected() else { return };
    let mut choices = choices(row);
    choices.retain(|(_, text)| !text.is_empty());
    match choices.as_slice() {
        [] => state.answer("copy: there is nothing to copy here", false),
        [(_, only)] => effects.push(Effect::Copy(only.clone())),
        _ => state.overlay = Some(Overlay::Copy(CopyMenu { choices, at: 0 })),
    }
}

/// Does a command in the choice.
pub(super) fn run(state: &mut State, id: Id, effects: &mut Vec<Effect>) {
    let Some(Overlay::Copy(menu)) = &mut state.overlay else { return };
    match id {
        Id::Enter => {
            if let Some((_, text)) = menu.choices.get(menu.at) {
                effects.push(Effect::Copy(text.clone()));
            }
            state.overlay = None;
        }
        Id::Back => state.overlay = None,
        _ => menu.at = nth(menu.at, menu.choices.len(), id),
    }
}

fn get(object: &ObjectId) -> String {
    kubectl(&object.namespace, &format!("get {}", object.argument()))
}

/// A kubectl command, quoted for a shell: names come from outside.
fn kubectl(namespace: &str, rest: &str) -> String {
    let words = ["kubectl", "-n", namespace].into_iter().chain(rest.split(' '));
    shlex::try_join(words).unwrap_or_default()
}

fn choices(row: &Row) -> Vec<(&'static str, String)> {
    let some = |name: &'static str, t: &Option<Text>| t.as_ref().map(|t| (name, t.to_string()));
    let all = |name: &'static str, ts: &[Text]| ts.iter().map(|t| (name, t.to_string())).collect::<Vec<_>>();
    match row {
        Row::All | Row::Fold(_) => Vec::new(),
        Row::Project(p) => vec![("name", p.name.to_string())],
        Row::Environment(e) => vec![
            ("name", e.path()),
            ("namespace", e.id.namespace.to_string()),
            ("command", kubectl(&e.id.namespace, "get all")),
        ],
        Row::Service(_, s) => {
            let mut c = vec![("name", s.object.name.to_string())];
            c.extend(all("address", &s.addresses));
            c.extend(all("URL", &s.urls));
            c.extend(all("image", &s.images));
            c.extend(some("repository", &s.repository));
            c.push(("command", get(&s.object)));
            c
        }
        Row::Task(_, t) => {
            let mut c = vec![("name", t.object.name.to_string())];
            c.extend(all("image", &t.images));
            c.push(("command", get(&t.object)));
            c
        }
        Row::Event(_, e) => {
            vec![("message", e.message.to_string()), ("object", e.object.short()), ("command", get(&e.object))]
        }
        Row::Issue(..) | Row::ClusterIssue(_) | Row::Resolved(_) => row
            .issue()
            .map(|i| {
                vec![("title", i.title.to_string()), ("object", i.id.object.short()), ("command", get(&i.id.object))]
            })
            .unwrap_or_default(),
        Row::Pod(.., p) => {
            let mut c = vec![("name", p.name.to_string())];
            c.extend(some("address", &p.ip));
            c.extend(some("node", &p.node));
            c.push(("command", kubectl(&p.namespace, &format!("get pod/{}", p.name))));
            c
        }
        Row::Ended(_, _, p, _) => {
            let failed = kubectl(&p.namespace, "get pods --field-selector=status.phase=Failed");
            vec![("message", p.message.clone().unwrap_or_default().to_string()), ("command", failed)]
        }
        Row::Container(.., p, _) => row
            .container()
            .map(|c| {
                let logs = kubectl(&p.namespace, &format!("logs pod/{} -c {}", p.name, c.name));
                vec![("name", c.name.to_string()), ("image", c.image.to_string()), ("command", logs)]
            })
            .unwrap_or_default(),
        Row::Config(w, _) => row
            .config()
            .map(|c| {
                let get = kubectl(&w.meta.namespace, &format!("get {}/{}", c.kind().to_lowercase(), c.name));
                vec![("name", c.name.to_string()), ("command", get)]
            })
            .unwrap_or_default(),
        Row::Revision(..) => row
            .revision()
            .map(|l| {
                let changes = l.changes.as_ref().map(Text::to_string).unwrap_or_default();
                vec![("changes", changes), ("object", l.revision.object.to_string())]
            })
            .unwrap_or_default(),
        Row::Lane(_, l) => vec![("name", l.name.to_string()), ("what happened", l.words.to_string())],
        Row::Condition(..) => row
            .condition()
            .map(|c| vec![("message", c.message.to_string()), ("reason", c.reason.to_string())])
            .unwrap_or_default(),
        Row::Operation(e) => {
            let id = e.operation.as_ref().map(|o| o.journal.id.to_string()).unwrap_or_default();
            vec![("ID", id), ("environment", e.path())]
        }
        Row::Ran(o) => {
            vec![("ID", o.id.as_ref().map(Text::to_string).unwrap_or_default()), ("environment", o.place.to_string())]
        }
    }
}
