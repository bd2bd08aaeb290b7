//! What `/` takes: a regex, `!x` for the inverse, `-l key=value` labels, `-f x` fuzzy, and fields
//! (`status:error severity:high category:storage project:shop`). All parts must hold.
//!
//! To add a field: a line in [`FIELDS`] and its arm in [`Filter::field`].

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use regex::{Regex, RegexBuilder};

use super::row::Row;
use crate::domain::issue::{Category, IssueCounts, Severity};
use crate::domain::people::who;
use crate::domain::{Labels, Text};

/// Names of fields, as they stand before the colon.
pub const FIELDS: &[&str] = &["status", "severity", "category", "project", "env", "kind"];

/// Largest compiled size of a regex, in bytes: what is typed must not eat the memory.
const LARGEST: usize = 1 << 20;

/// A filter that was understood.
#[derive(Clone, Debug)]
pub struct Filter {
    /// As it was typed.
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Matches(Regex),
    MatchesNot(Regex),
    Labels(Vec<(String, String)>),
    Fuzzy(Box<Pattern>),
    Field(&'static str, String),
}

/// Why a text is no filter: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The regex can't be read.
    #[error("`{0}` is no regular expression: {1}")]
    Regex(String, String),
    /// `-l` without `key=value`.
    #[error("-l wants key=value, as in -l app=web")]
    Labels,
    /// `-f` without anything.
    #[error("-f wants what to look for, as in -f chkout")]
    Fuzzy,
    /// A field without a value.
    #[error("{0}: wants a value, as in {0}:{1}")]
    Value(&'static str, &'static str),
    /// `category:` with a word that begins none.
    #[error(
        "`{0}` is no category; they are performance, memory, network, storage, security, reliability, deployment, resource and configuration"
    )]
    Category(String),
    /// `severity:` with a word that is none.
    #[error("`{0}` is no severity; they are critical, high, medium, warning, low and info")]
    Severity(String),
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Filter {
    /// Reads a filter; an empty text is none.
    ///
    /// # Errors
    ///
    /// One sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Option<Self>, Error> {
        let text = text.trim();
        let mut parts = Vec::new();
        let mut words = text.split_whitespace();
        let mut plain: Vec<&str> = Vec::new();
        while let Some(word) = words.next() {
            match word {
                "-l" => parts.push(labels(words.next().unwrap_or_default())?),
                "-f" => {
                    let wanted = words.by_ref().collect::<Vec<_>>().join(" ");
                    if wanted.is_empty() {
                        return Err(Error::Fuzzy);
                    }
                    let pattern = Pattern::parse(&wanted, CaseMatching::Smart, Normalization::Smart);
                    parts.push(Part::Fuzzy(Box::new(pattern)));
                }
                word => match field(word)? {
                    Some(part) => parts.push(part),
                    None => plain.push(word),
                },
            }
        }
        if !plain.is_empty() {
            let plain = plain.join(" ");
            match plain.strip_prefix('!') {
                Some("") => {}
                Some(not) => parts.push(Part::MatchesNot(regex(not)?)),
                None => parts.push(Part::Matches(regex(&plain)?)),
            }
        }
        Ok((!parts.is_empty()).then(|| Self { text: text.to_owned(), parts }))
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rows that it lets through, in their order. `all` is no project: the first match is selected instead.
    pub(crate) fn apply(&self, rows: Vec<Row>) -> Vec<Row> {
        let mut fuzzy = Matcher::new(Config::DEFAULT);
        rows.into_iter().filter(|r| !matches!(r, Row::All) && self.lets_through(r, &mut fuzzy)).collect()
    }

    fn lets_through(&self, row: &Row, fuzzy: &mut Matcher) -> bool {
        self.parts.iter().all(|part| match part {
            Part::Matches(r) => any(row, &|w| r.is_match(w)),
            Part::MatchesNot(r) => !any(row, &|w| r.is_match(w)),
            Part::Labels(wanted) => row_labels(row)
                .is_some_and(|l| wanted.iter().all(|(k, v)| l.get(k).is_some_and(|have| *have == v.as_str()))),
            Part::Fuzzy(pattern) => {
                let mut buffer = Vec::new();
                let hay = words(row).join(" ");
                pattern.score(Utf32Str::new(&hay, &mut buffer), fuzzy).is_some()
            }
            Part::Field(name, value) => Self::field(row, name, value),
        })
    }

    fn field(row: &Row, name: &str, value: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(value);
        match name {
            "status" => status_words(row).iter().any(|w| has(w)),
            "severity" => severity(value).is_some_and(|s| of_severity(row, s)),
            "project" => match row {
                Row::Project(p) => has(&p.name),
                row => row.environment().is_some_and(|e| has(&e.project)),
            },
            "env" => row.environment().is_some_and(|e| has(&e.name) || has(&e.id.namespace)),
            "kind" => kind(row).is_some_and(has),
            "category" => row.issue().is_some_and(|i| i.category.word().starts_with(value)),
            _ => true,
        }
    }
}

fn regex(text: &str) -> Result<Regex, Error> {
    // Smart case, as vim and ripgrep have it: a capital letter makes it exact.
    let exact = text.chars().any(char::is_uppercase);
    RegexBuilder::new(text).case_insensitive(!exact).size_limit(LARGEST).build().map_err(|e| {
        let why = e.to_string();
        let last = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Error::Regex(text.to_owned(), last)
    })
}

fn labels(text: &str) -> Result<Part, Error> {
    let pair = |p: &str| {
        let (k, v) = p.split_once('=')?;
        (!k.is_empty()).then(|| (k.to_owned(), v.trim_start_matches('=').to_owned()))
    };
    text.split(',').map(pair).collect::<Option<Vec<_>>>().map(Part::Labels).ok_or(Error::Labels)
}

fn field(word: &str) -> Result<Option<Part>, Error> {
    let Some((name, value)) = word.split_once(':') else { return Ok(None) };
    let Some(name) = FIELDS.iter().find(|f| **f == name) else { return Ok(None) };
    let value = value.to_lowercase();
    match *name {
        "status" if value.is_empty() => Err(Error::Value("status", "error")),
        "severity" if value.is_empty() => Err(Error::Value("severity", "high")),
        "severity" if severity(&value).is_none() => Err(Error::Severity(value)),
        "category" if value.is_empty() => Err(Error::Value("category", "storage")),
        "category" if !Category::ALL.iter().any(|c| c.word().starts_with(&value)) => Err(Error::Category(value)),
        "project" if value.is_empty() => Err(Error::Value("project", "shop")),
        "env" if value.is_empty() => Err(Error::Value("env", "staging")),
        "kind" if value.is_empty() => Err(Error::Value("kind", "deployment")),
        name => Ok(Some(Part::Field(name, value))),
    }
}

fn severity(word: &str) -> Option<Severity> {
    Severity::ALL.into_iter().find(|s| s.word() == word)
}

fn of_severity(row: &Row, wanted: Severity) -> bool {
    let some = |c: &IssueCounts| match wanted {
        Severity::Critical => c.critical > 0,
        Severity::High => c.high > 0,
        Severity::Medium => c.medium > 0,
        Severity::Warning => c.warning > 0,
        Severity::Low => c.low > 0,
        Severity::Info => c.info > 0,
    };
    match row {
        Row::Project(p) => some(&p.issues),
        Row::Environment(e) => some(&e.issue_counts()),
        Row::Service(e, s) => e.issues.iter().any(|i| i.concerns(&s.object) && i.severity == wanted),
        Row::Event(_, e) => e.warning == (wanted == Severity::Warning),
        row => row.issue().is_some_and(|i| i.severity == wanted),
    }
}

fn status_words(row: &Row) -> Vec<&str> {
    match row {
        Row::Environment(e) => {
            let interrupted =
                e.operation.as_ref().is_some_and(|o| o.state == crate::domain::operation::OperationState::Interrupted);
            let mut words = vec![e.phase.word()];
            words.extend(interrupted.then_some("interrupted"));
            words
        }
        Row::Service(_, s) => vec![s.status.word(), if s.idle { "idle" } else { "" }],
        Row::Task(_, t) => vec![t.status.word(), if t.failed { "failed" } else { "" }],
        Row::Event(_, e) => vec![if e.warning { "warning" } else { "normal" }],
        Row::Operation(e) => e.operation.as_ref().map(|o| vec![super::words::state_word(o.state)]).unwrap_or_default(),
        Row::Ran(o) => vec![super::words::state_word(o.state())],
        Row::Pod(.., p) | Row::Ended(_, _, p, _) => vec![super::words::pod_word(p)],
        Row::Container(..) => row.container().map(|c| vec![super::words::container_word(c)]).unwrap_or_default(),
        Row::Config(..) | Row::Revision(..) | Row::Lane(..) => Vec::new(),
        Row::Condition(..) => vec![match row.condition().and_then(|c| c.status) {
            Some(true) => "true",
            Some(false) => "false",
            None => "unknown",
        }],
        Row::Issue(..) | Row::ClusterIssue(_) => vec!["active"],
        Row::Resolved(_) => vec!["resolved"],
        Row::All | Row::Project(_) | Row::Fold(_) => Vec::new(),
    }
}

fn kind(row: &Row) -> Option<&str> {
    match row {
        Row::Service(_, s) => Some(s.object.kind()),
        Row::Task(_, t) => Some(t.object.kind()),
        Row::Event(_, e) => Some(e.object.kind()),
        row => row.issue().map(|i| i.id.object.kind()),
    }
}

fn row_labels(row: &Row) -> Option<&Labels> {
    match row {
        Row::Service(_, s) => s.workload.as_ref().map(|w| &w.meta.labels),
        Row::Pod(.., p) | Row::Ended(_, _, p, _) => Some(&p.labels),
        _ => None,
    }
}

/// Whether one of the words of a row is what is looked for: of what is on the screen of it, as it stands there.
fn any(row: &Row, found: &dyn Fn(&str) -> bool) -> bool {
    words(row).iter().any(|w| found(w)) || joined(row).is_some_and(|w| found(&w))
}

/// What a screen writes in one word of several: `shop/staging`, `deploy/web`.
fn joined(row: &Row) -> Option<String> {
    match row {
        Row::Environment(e) | Row::Issue(e, _) | Row::Operation(e) => Some(e.path()),
        Row::Event(_, e) => Some(e.object.short()),
        _ => None,
    }
}

/// The words of a row.
fn words(row: &Row) -> Vec<&str> {
    fn of(t: &Option<Text>) -> &str {
        t.as_ref().map_or("", Text::as_str)
    }
    match row {
        Row::All => vec!["all"],
        Row::Fold(_) => Vec::new(),
        Row::Project(p) => vec![&p.name, of(&p.display_name)],
        Row::Environment(e) => {
            vec![
                &e.name,
                &e.id.namespace,
                &e.project,
                e.phase.screen_word(),
                of(&e.reason),
                who(e.created_by.as_ref()).unwrap_or_default(),
            ]
        }
        Row::Service(_, s) => {
            let mut words = vec![
                s.object.name.as_str(),
                s.object.kind(),
                s.status.word(),
                of(&s.reason),
                who(s.deployed_by.as_ref()).unwrap_or_default(),
            ];
            words.extend(s.images.iter().chain(&s.addresses).chain(&s.urls).map(Text::as_str));
            words
        }
        Row::Task(_, t) => {
            let mut words = vec![t.object.name.as_str(), t.object.kind(), t.status.word(), of(&t.reason)];
            words.extend(t.images.iter().map(Text::as_str));
            words
        }
        Row::Event(_, e) => vec![&e.object.name, e.object.kind(), &e.reason, &e.message, &e.source],
        Row::Issue(e, _) => match row.issue() {
            Some(i) => vec![&i.title, i.severity.word(), &i.id.object.name, &e.name, &e.project],
            None => Vec::new(),
        },
        Row::Resolved(r) => vec![&r.issue.title, r.issue.severity.word(), &r.issue.id.object.name, &r.place],
        Row::ClusterIssue(c) => vec![&c.issue.title, c.issue.severity.word(), &c.issue.id.object.name],
        Row::Ended(_, s, p, _) => vec![&s.object.name, super::words::pod_word(p), of(&p.message)],
        Row::Pod(_, s, p) => vec![&p.name, &s.object.name, super::words::pod_word(p), of(&p.node), of(&p.ip)],
        Row::Container(.., p, _) => match row.container() {
            Some(c) => vec![&c.name, &p.name, &c.image, super::words::container_word(c)],
            None => Vec::new(),
        },
        Row::Revision(..) => match row.revision() {
            Some(l) => vec![&l.revision.object, of(&l.changes), of(&l.revision.why)],
            None => Vec::new(),
        },
        Row::Config(..) => match row.config() {
            Some(c) => vec![&c.name, c.kind(), &c.place],
            None => Vec::new(),
        },
        Row::Lane(_, l) => vec![&l.name, &l.words],
        Row::Condition(..) => match row.condition() {
            Some(c) => vec![&c.kind, &c.reason, &c.message],
            None => Vec::new(),
        },
        Row::Ran(o) => vec![&o.place, o.verb.word(), super::words::state_word(o.state())],
        Row::Operation(e) => match &e.operation {
            Some(o) => {
                vec![&e.name, &e.project, o.journal.verb.word(), super::words::state_word(o.state), &o.journal.holder]
            }
            None => Vec::new(),
        },
    }
}
