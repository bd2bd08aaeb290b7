//! The line that is typed at the bottom: `:` a command, `/` a filter or a search.

use super::command::{self, Id, TABLE};
use super::input::Input;
use crate::domain::Text;

/// What is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A command, after `:`.
    Command,
    /// A filter of the focused pane, after `/`. It holds while one types.
    Filter,
    /// A search in the text on top, after `/`.
    Search,
}

/// The line.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What for.
    pub kind: Kind,
    /// What is typed.
    pub input: Input,
    /// What is wrong with it: one sentence. The last good filter stays in force meanwhile.
    pub error: Option<Text>,
    /// What Tab would complete it to, in order; shown above the line.
    pub completions: Vec<String>,
    /// Which of them Tab has taken.
    pub completed: Option<usize>,
    /// What stands before the word that Tab completes.
    pub(crate) stem: String,
    /// Where in the history of commands one is; `None` is what is typed now.
    pub(crate) recalled: Option<usize>,
    /// What was typed before one went into the history, or before the prompt was opened (a filter's old text).
    pub(crate) draft: String,
}

impl Prompt {
    /// A prompt with this text in it.
    pub(crate) fn new(kind: Kind, text: &str) -> Self {
        Self {
            kind,
            input: Input::new(text),
            error: None,
            completions: Vec::new(),
            completed: None,
            stem: String::new(),
            recalled: None,
            draft: text.to_owned(),
        }
    }

    /// What stands before the line.
    pub fn sign(&self) -> char {
        match self.kind {
            Kind::Command => ':',
            Kind::Filter | Kind::Search => '/',
        }
    }
}

/// A command line that was understood: `:KIND [PROJECT/ENV] [/filter] [@context]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The command.
    pub id: Id,
    /// The name that was typed for it: `sts` is services of one kind.
    pub name: &'static str,
    /// Its first argument: a project, an environment, a theme, a time.
    pub target: Option<String>,
    /// The filter, without its slash.
    pub filter: Option<String>,
    /// The context, without its at sign.
    pub context: Option<String>,
}

impl Line {
    /// The line without its context, to be said there.
    pub(crate) fn without_context(&self) -> String {
        let filter = self.filter.as_ref().map(|f| format!("/{f}"));
        let words = [Some(self.name), self.target.as_deref(), filter.as_deref()];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Why a line is no command: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No command has that name.
    #[error("`{0}` is no command; the nearest is :{1}")]
    Unknown(String, &'static str),
    /// There is no list of that kind: where it is seen today.
    #[error(":{0} is no list of its own: {1}")]
    NoList(&'static str, &'static str),
    /// It takes one argument.
    #[error(":{0} takes {1}, not `{2}` too")]
    TooMuch(&'static str, &'static str, String),
}

/// Reads a line without its colon; an empty one is `None`.
///
/// # Errors
///
/// One sentence that says what is wrong with it.
pub fn parse(text: &str) -> Result<Option<Line>, Error> {
    let text = text.trim();
    let Some(first) = text.split_whitespace().next() else { return Ok(None) };
    let rest = text.get(first.len()..).unwrap_or_default();
    let wanted = first.to_lowercase();
    let Some((command, name)) = TABLE.iter().find_map(|c| Some((c, *c.names.iter().find(|n| **n == wanted)?))) else {
        if let Some((name, today)) = command::list(&wanted) {
            return Err(Error::NoList(name, today));
        }
        let names = TABLE.iter().flat_map(|c| c.names.iter().copied());
        return Err(Error::Unknown(first.to_owned(), nearest(&wanted, names).unwrap_or("env")));
    };
    let mut line = Line { id: command.id, name, target: None, filter: None, context: None };
    // From the first word that begins with a slash on it is the filter, but for a context at the end.
    let (before, filter) = match rest.find(" /") {
        Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 2..)),
        None => (rest, None),
    };
    if let Some(filter) = filter {
        let (filter, context) = match filter.rsplit_once(" @") {
            Some((f, c)) if !c.contains(' ') => (f, Some(c)),
            _ => (filter, None),
        };
        line.filter = Some(filter.trim().to_owned());
        line.context = context.map(str::to_owned);
    }
    for word in before.split_whitespace() {
        match (word.strip_prefix('@'), &mut line.target) {
            (Some(context), _) => line.context = Some(context.to_owned()),
            (None, target @ None) if !command.takes.is_empty() => *target = Some(word.to_owned()),
            (None, Some(target)) if command.takes_a_place() => {
                target.push(' ');
                target.push_str(word);
            }
            (None, _) => {
                let takes = if command.takes.is_empty() { "nothing" } else { command.takes };
                return Err(Error::TooMuch(name, takes, word.to_owned()));
            }
        }
    }
    Ok(Some(line))
}

/// The nearest of some names, by the number of edits; `None` of no names.
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names.min_by_key(|n| (strsim::damerau_levenshtein(wanted, n), *n))
}
