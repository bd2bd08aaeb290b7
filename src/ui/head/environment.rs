//! The head of an environment.
//!
//! ```text
//!  ✖ Error · checkout crash-loops   8 of 11 services available   ▲1 △1
//!  operation  ◌ stop by maria   ███████░░░░░  7 of 11 · Deployment web
//!  namespace  shop-staging · default · protected · production · colour orange
//!  created    91d ago (2025-12-13 12:00 +00:00) by maria · updated 4m ago (2026-03-14 11:56)
//!  quota      pods 26 of 40 · requests.cpu 3.1 of 8 · requests.memory 5.0 GiB of 16 GiB
//! ```

use super::{When, fact, label};
use crate::app::state::State;
use crate::domain::environment::Environment;
use crate::domain::operation::{OperationState, StepResult};
use crate::domain::people::who;
use crate::domain::{EnvironmentId, quantity};
use crate::plan;
use crate::ui::pane::environments;
use crate::ui::theme::{Role, Theme};
use crate::ui::widget::bar;
use crate::ui::widget::sheet::{self, Line};
use crate::ui::{cut, format, glyph, words};

/// Cells of the bar.
const BAR: u64 = 12;

/// The namespace's own label, that says nothing.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

pub(super) fn lines(state: &State, theme: &Theme, id: &EnvironmentId, width: usize) -> Vec<Line> {
    let Some(e) = state.snapshot.environment(id) else {
        let words = format!("The environment {id} is gone. Esc goes back.");
        return vec![sheet::line(words, Role::Warn)];
    };
    let mut lines = Vec::new();
    lines.push(status(state, e, width));
    if let Some(operation) = operation(state, e) {
        lines.push(operation);
    }
    fact(&mut lines, "held by", e.blocked_by.as_deref().unwrap_or_default(), width);
    fact(&mut lines, "managed by", e.managed_by.as_deref().unwrap_or_default(), width);
    fact(&mut lines, "namespace", &identity(e), width);
    fact(&mut lines, "created", &history(e, &mut When::new(state, theme, width)), width);
    fact(&mut lines, "quota", &quota(e), width);
    let own = e.labels.iter().filter(|(k, _)| k.as_str() != NAME_LABEL);
    let labels: Vec<String> = own.map(|(k, v)| format!("{k}={v}")).collect();
    fact(&mut lines, "labels", &labels.join("  "), width);
    lines
}

fn status(state: &State, e: &Environment, width: usize) -> Line {
    let (glyph, role) = glyph::phase(e.phase);
    let mut line = vec![(format!("{glyph} {}", e.phase.screen_word()), role)];
    if e.provisional {
        line.push(("…".to_owned(), Role::Dim));
    }
    let mut counts = Line::new();
    if e.total > 0 {
        let services = format::plural(e.total as usize, "service", "services");
        counts.push((format!("   {} of {services} available", e.available), Role::Dim));
    }
    words::add_issues(&mut counts, &e.issue_counts());
    if let Some(why) = environments::reason(state, e) {
        line.push((" · ".to_owned(), Role::Dim));
        let taken: usize = line.iter().chain(&counts).map(|(t, _)| cut::width(t)).sum();
        line.push((words::reason_in(e, &why, width.saturating_sub(taken)).into_owned(), Role::Text));
    }
    line.extend(counts);
    line
}

/// What runs here or was left: with a bar and the step that it is at.
fn operation(state: &State, e: &Environment) -> Option<Line> {
    let mut line = label("operation");
    let put = |line: &mut Line, done: usize, all: usize, role: Role| {
        let full = usize::try_from(bar::full(done as u64, all as u64, BAR)).unwrap_or(0);
        line.push((glyph::FULL.repeat(full), role));
        line.push((glyph::EMPTY.repeat((BAR as usize).saturating_sub(full)), Role::Dim));
        line.push((format!("  {done} of {all}"), Role::Text));
    };
    if let Some(own) = state.running(&e.id) {
        let (done, all) = own.progress();
        line.push((format!("{} {} by you   ", own.verb.info().glyph, own.words()), Role::Busy));
        put(&mut line, done, all, Role::Busy);
        let next = own.steps.iter().find(|s| matches!(s.result, StepResult::Sent | StepResult::Pending));
        if let Some(step) = next {
            line.push((format!(" · {} {}", step.what, step.change), Role::Text));
        } else if let Some((pods @ 1.., _)) = own.waiting {
            line.push((format!(" · {} to go", format::plural(pods as usize, "pod", "pods")), Role::Text));
        }
        return Some(line);
    }
    let o = e.operation.as_ref().filter(|o| {
        matches!(o.state, OperationState::Running | OperationState::Interrupted | OperationState::Failed)
    })?;
    let (done, all) = plan::ended(e, &o.journal);
    let (glyph, role) = words::operation(o.state);
    let word = match o.state {
        OperationState::Running => String::new(),
        s => format!(" {}", crate::app::words::state_word(s)),
    };
    line.push((format!("{glyph} {} by {}{word}   ", o.journal.verb.word(), o.journal.holder), role));
    put(&mut line, done, all, role);
    match o.state {
        OperationState::Interrupted => line.push((" · :ops offers resume and undo".to_owned(), Role::Accent)),
        OperationState::Running => {
            if let Some(step) =
                o.journal.steps.iter().find(|s| matches!(s.result, StepResult::Sent | StepResult::Pending))
            {
                line.push((format!(" · {}", step.object), Role::Text));
            }
        }
        _ => {}
    }
    Some(line)
}

fn identity(e: &Environment) -> String {
    let mut parts = vec![e.id.namespace.to_string()];
    let flags =
        [(e.default, "default"), (e.protected, "protected"), (e.production, "production"), (e.system, "system")];
    parts.extend(flags.iter().filter(|(on, _)| *on).map(|(_, word)| (*word).to_owned()));
    if let Some(color) = &e.color {
        parts.push(format!("colour {color}"));
    }
    if let Some(name) = &e.project_display_name {
        parts.push(format!("project \"{name}\""));
    }
    parts.join(" · ")
}

fn history(e: &Environment, when: &mut When<'_>) -> String {
    let mut parts = Vec::new();
    let by = who(e.created_by.as_ref()).map_or_else(String::new, |b| format!(" by {b}"));
    match when.words(e.created) {
        Some(created) => parts.push(format!("{created}{by}")),
        None if !by.is_empty() => parts.push(by.trim_start().to_owned()),
        None => {}
    }
    parts.extend(when.words(e.updated).map(|u| format!("updated {u}")));
    parts.join(" · ")
}

fn quota(e: &Environment) -> String {
    let all = e.quotas.iter().flat_map(|q| q.used.iter());
    all.map(|(what, used, hard)| {
        let unit = Unit::of(what);
        format!("{what} {} of {}", unit.words(used), unit.words(hard))
    })
    .collect::<Vec<_>>()
    .join(" · ")
}

/// What a quota's resource is counted in: <https://kubernetes.io/docs/concepts/policy/resource-quotas/>.
#[derive(Clone, Copy)]
enum Unit {
    Cores,
    Bytes,
    Objects,
}

impl Unit {
    fn of(resource: &str) -> Self {
        // `requests.cpu`, `limits.memory`, `gold.storageclass.storage.k8s.io/requests.storage`.
        let resource = resource.rsplit('/').next().unwrap_or(resource);
        match resource.rsplit('.').next().unwrap_or(resource) {
            "cpu" => Self::Cores,
            "memory" | "storage" | "ephemeral-storage" => Self::Bytes,
            _ => Self::Objects,
        }
    }

    /// A quantity as people read it; what is none as it stands.
    fn words(self, text: &str) -> String {
        let said = match self {
            Self::Cores => quantity::milli(text).map(format::cpu),
            Self::Bytes => quantity::units(text).map(format::memory),
            Self::Objects => quantity::units(text).map(format::count),
        };
        said.unwrap_or_else(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn a_quota_is_said_in_the_units_of_its_resource() {
        let said = |resource: &str, text: &str| Unit::of(resource).words(text);
        assert_eq!(said("requests.cpu", "96100m"), "96.1");
        assert_eq!(said("limits.memory", "5222Mi"), "5.1 GiB");
        assert_eq!(said("gold.storageclass.storage.k8s.io/requests.storage", "10Gi"), "10 GiB");
        assert_eq!(said("count/deployments.apps", "12000"), "12,000");
        assert_eq!(said("pods", "many"), "many", "unparsable is never 0");
    }
}
