//! The root cause of what is selected: asked for, and shown when the answer comes.

use std::sync::Arc;

use crate::app::message::Effect;
use crate::app::overlay::{CauseView, HelpLine, Overlay, TextView};
use crate::app::question::Question;
use crate::app::row::Row;
use crate::app::state::State;
use crate::domain::environment::Environment;
use crate::domain::timeline::Lane;
use crate::domain::{EnvironmentId, ObjectId, Text, age, timeline};
use crate::health::cause::{self, Diagnosis, Line};

/// Seconds of the axis in a report.
const HOUR: i64 = 3600;

/// Most lanes of a report.
const LANES: usize = 6;

/// Asks what is wrong with what is selected, in its environment.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(environment) = environment(state) else { return };
    let object = object(state);
    let title = match &object {
        Some(object) => format!("{} {}", environment.path(), object.name),
        None => environment.path(),
    };
    let ticket = state.ask(Question::Cause(environment.id.clone()), effects);
    let lines = vec![HelpLine::Plain("reading objects, events and logs…".to_owned())];
    let text = TextView { lines, ..TextView::default() };
    state.overlay = Some(Overlay::Cause(Box::new(CauseView {
        title,
        environment: environment.id.clone(),
        object,
        ticket: Some(ticket),
        text,
    })));
}

/// Where what is selected is: a row of another pane than that of the environments may be of any of them.
fn environment(state: &State) -> Option<Arc<Environment>> {
    let known = |id: &EnvironmentId| state.snapshot.environment(id).cloned();
    let of_row = match state.selected() {
        Some(Row::Resolved(r)) => return known(&r.environment),
        Some(Row::ClusterIssue(c)) => c.namespaces.first().and_then(|n| state.snapshot.namespace(n.clone()).cloned()),
        Some(row) => row.environment().cloned(),
        None => None,
    };
    of_row.or_else(|| state.environment().cloned())
}

/// What is selected, where that is more than its environment.
fn object(state: &State) -> Option<ObjectId> {
    if let Some(service) = state.service() {
        return Some(service.object.clone());
    }
    match state.selected()? {
        Row::Service(_, s) | Row::Pod(_, s, _) | Row::Container(_, s, ..) => Some(s.object.clone()),
        Row::Task(_, t) => Some(t.object.clone()),
        row => row.issue().map(|i| i.id.object.clone()),
    }
}

/// The answer.
pub(super) fn found(state: &mut State, question: u64, found: &[Diagnosis], gaps: &[Text]) {
    let now = state.now;
    let from = now.checked_sub(jiff::SignedDuration::from_secs(HOUR)).unwrap_or(now);
    let Some(Overlay::Cause(view)) = &mut state.overlay else { return };
    let here = state.snapshot.environment(&view.environment);
    let here = here.map(|e| timeline::of(&state.snapshot, e, from)).unwrap_or_default();
    if view.ticket.take_if(|t| t.is(question)).is_none() {
        return;
    }
    let meant = match &view.object {
        Some(object) => cause::about(found, object),
        None => found.first(),
    };
    let plain = |words: String| HelpLine::Plain(words);
    let mut lines = Vec::new();
    match meant {
        None => lines.push(plain(match (&view.object, found.len()) {
            (Some(o), 1..) => format!("Nothing is known to be wrong with {o}."),
            _ => "Nothing is known to be wrong here.".to_owned(),
        })),
        Some(d) => {
            lines.push(plain(d.title.to_string()));
            let since = d.since.map(|s| format!(" · for {}", age::age(s, now))).unwrap_or_default();
            lines.push(plain(format!("{}{since} · confidence {:.0} %", d.root, d.confidence * 100.0)));
            for (title, part) in d.parts() {
                lines.push(plain(String::new()));
                lines.push(HelpLine::Heading(title));
                lines.extend(part.into_iter().map(|line| match line {
                    Line::Plain(words) => plain(format!("  {words}")),
                    Line::Moment(m) => HelpLine::Moment(m.time, m.text.clone()),
                }));
            }
            let concerned = |l: &Lane| d.root.name == l.name || d.affected.iter().any(|o| o.name == l.name);
            let lanes: Vec<Lane> = here.into_iter().filter(concerned).take(LANES).collect();
            if !lanes.is_empty() {
                lines.push(plain(String::new()));
                lines.push(HelpLine::Heading("THE LAST HOUR"));
                lines.extend(lanes.into_iter().map(|lane| HelpLine::Lane(lane.into(), from, now)));
            }
        }
    }
    let others: Vec<&Diagnosis> = found.iter().filter(|d| meant.is_none_or(|m| m.id != d.id)).collect();
    if !others.is_empty() {
        lines.push(plain(String::new()));
        lines.push(HelpLine::Heading("ALSO WRONG HERE"));
        lines.extend(others.iter().take(12).map(|d| plain(format!("  {}", d.title))));
    }
    if !gaps.is_empty() {
        lines.push(plain(String::new()));
        lines.push(HelpLine::Heading("NOT READ"));
        lines.extend(gaps.iter().map(|g| plain(format!("  {g}"))));
    }
    view.text.lines = lines;
}
