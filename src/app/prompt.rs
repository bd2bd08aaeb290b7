//! The line that is typed at the bottom: `:` a command, `/` a filter or a search.

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
