//! The whole text of a row: what a column cuts, what no column has room for, times as they are.

use crate::app::overlay::{HelpLine, Overlay, Reading, TextView};
use crate::app::row::Row;
use crate::app::state::State;
use crate::app::view;
use crate::app::words::{container_word, pod_word};
use crate::domain::existence::Existence;
use crate::domain::issue::Issue;
use crate::domain::row::{ContainerRow, ContainerState, PodRow, Termination};
use crate::domain::timeline::Moment;
use crate::domain::{Text, Time};

/// Opens the whole text of what is selected, where that has one.
pub(super) fn open(state: &mut State) {
    let Some((title, lines)) = state.selected().and_then(|row| whole(state, row)) else { return };
    let text = TextView { lines, ..TextView::default() };
    state.overlay = Some(Overlay::Reading(Box::new(Reading { title, text })));
}

/// A text that is being made.
#[derive(Default)]
struct Sheet(Vec<HelpLine>);

impl Sheet {
    /// What it says, in the lines that it has; nothing of what is empty.
    fn says(mut self, words: &str) -> Self {
        self.0.extend(words.lines().map(|l| HelpLine::Plain(l.to_owned())));
        self
    }

    /// A blank line, unless nothing stands above it.
    fn gap(mut self) -> Self {
        if !self.0.is_empty() {
            self.0.push(HelpLine::Plain(String::new()));
        }
        self
    }

    fn fact(mut self, name: &'static str, words: impl AsRef<str>) -> Self {
        let words = words.as_ref();
        if !words.is_empty() {
            self.0.push(HelpLine::Fact(name, words.to_owned()));
        }
        self
    }

    fn some(self, name: &'static str, words: Option<&Text>) -> Self {
        self.fact(name, words.map_or("", Text::as_str))
    }

    fn all(self, name: &'static str, words: &[Text]) -> Self {
        words.iter().fold(self, |sheet, one| sheet.fact(name, one))
    }

    fn at(mut self, name: &'static str, time: Option<Time>) -> Self {
        self.0.extend(time.map(|at| HelpLine::At(name, at)));
        self
    }
}

/// Title and lines; `None` of rows that are places themselves.
fn whole(state: &State, row: &Row) -> Option<(String, Vec<HelpLine>)> {
    let sheet = Sheet::default();
    let (title, sheet) = match row {
        Row::Event(_, e) => {
            let sheet = sheet.says(&e.message).gap().fact("reason", &e.reason).fact("object", e.object.short());
            let sheet = sheet.fact("said by", &e.source).fact("times", e.count.to_string());
            (format!("Event · {}", e.reason), sheet.at("first", e.first).at("last", e.time))
        }
        Row::Issue(..) => ("Issue".to_owned(), issue(sheet, row.issue()?)),
        Row::Resolved(r) => (
            "Issue that is no more".to_owned(),
            issue(sheet, &r.issue).fact("where", &r.place).at("resolved", Some(r.at)),
        ),
        Row::ClusterIssue(c) => {
            let touched: Vec<&str> = c.namespaces.iter().map(Text::as_str).collect();
            ("Issue of the cluster".to_owned(), issue(sheet, &c.issue).fact("touches", touched.join(", ")))
        }
        Row::Lane(_, l) => {
            let moment = |sheet: Sheet, m: &Moment| sheet.at(m.mark.word(), Some(m.to));
            (format!("Timeline · {}", l.name), l.moments.iter().fold(sheet.says(&l.words).gap(), moment))
        }
        Row::Condition(..) => {
            let c = row.condition()?;
            let status = c.status.map_or("unknown", |yes| if yes { "true" } else { "false" });
            let sheet = sheet.says(&c.message).gap().fact("status", status).fact("reason", &c.reason);
            (format!("Condition · {}", c.kind), sheet.at("since", c.since))
        }
        Row::Pod(.., p) => (format!("Pod · {}", p.name), pod(sheet, p)),
        Row::Task(_, t) => {
            let sheet = sheet.says(t.reason.as_deref().unwrap_or_default()).gap().fact("kind", t.object.kind());
            let sheet = sheet.fact("status", if t.suspended { "paused" } else { t.status.word() });
            let sheet = sheet.all("image", &t.images).at("since", t.since).at("last run", t.last_run);
            let sheet = sheet.at("next run", t.next_run.filter(|_| !t.suspended)).at("created", t.created);
            (format!("Task · {}", t.object.name), sheet)
        }
        Row::Container(.., p, _) => {
            let c = row.container()?;
            (format!("Container · {}", c.name), container(sheet.fact("pod", &p.name), c))
        }
        Row::Config(..) => {
            let c = row.config()?;
            let standing = match view::existence(state, c) {
                Some(Existence::There) => "it is there".to_owned(),
                Some(Existence::Missing) => "missing".to_owned(),
                Some(Existence::Unknown(why)) => format!("not known: {why}"),
                None => String::new(),
            };
            let optional = if c.optional { "pods start without it, too" } else { "" };
            let sheet = sheet.fact("kind", c.kind()).fact("taken as", &c.place).fact("existence", standing);
            (format!("Config · {}", c.name), sheet.fact("optional", optional))
        }
        Row::Revision(..) => {
            let line = row.revision()?;
            let r = &line.revision;
            let sheet = sheet.says(line.changes.as_deref().unwrap_or_default()).gap().some("cause", r.why.as_ref());
            let images = r.containers.values().fold(sheet, |sheet, c| sheet.fact("image", &c.image));
            (format!("Revision · {}", r.number), images.fact("object", &r.object).at("made", r.created))
        }
        Row::All
        | Row::Project(_)
        | Row::Environment(_)
        | Row::Fold(_)
        | Row::Service(..)
        | Row::Ended(..)
        | Row::Operation(_)
        | Row::Ran(_) => return None,
    };
    Some((title, sheet.0))
}

fn issue(sheet: Sheet, issue: &Issue) -> Sheet {
    let severity = format!("{:?}", issue.severity).to_lowercase();
    sheet
        .says(&issue.title)
        .gap()
        .fact("severity", severity)
        .fact("object", issue.id.object.short())
        .at("since", issue.since)
}

fn pod(sheet: Sheet, p: &PodRow) -> Sheet {
    let messages = [&p.message, &p.unschedulable_message];
    let said = messages.into_iter().flatten().fold(sheet, |sheet, words| sheet.says(words));
    let sheet = said.gap().fact("status", pod_word(p)).some("node", p.node.as_ref()).some("address", p.ip.as_ref());
    let sheet = sheet.at("created", p.created).at("started", p.started).at("ends by", p.deleted);
    p.containers.iter().fold(sheet, |sheet, c| container(sheet.gap().fact("container", &c.name), c))
}

fn container(sheet: Sheet, c: &ContainerRow) -> Sheet {
    let kind = if c.init { "runs before the others" } else { "" };
    let ready = if c.init || c.ready { "" } else { ", not ready" };
    let sheet = sheet.fact("order", kind).fact("image", &c.image);
    let sheet = sheet.fact("status", format!("{}{ready}", container_word(c)));
    let sheet = match &c.state {
        ContainerState::Waiting { message, .. } => sheet.some("message", message.as_ref()),
        ContainerState::Running(since) => sheet.at("since", *since),
        ContainerState::Terminated(t) => exit(sheet, t),
        ContainerState::None => sheet,
    };
    let sheet = sheet.fact("restarts", c.restarts.to_string());
    match &c.last {
        Some(t) => exit(sheet, t),
        None => sheet,
    }
}

fn exit(sheet: Sheet, t: &Termination) -> Sheet {
    let sheet = sheet.fact("exit", format!("{} {}", t.code, t.reason)).some("message", t.message.as_ref());
    sheet.at("began", t.started).at("ended", t.finished)
}
