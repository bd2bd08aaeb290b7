//! A line of text that is being typed.

use unicode_segmentation::UnicodeSegmentation;

use super::key::{Code, Key};
use crate::domain::text::sanitise;

/// Longest line that is taken, in characters.
const LONGEST: usize = 512;

/// A line with a cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    /// Byte offset of the cursor, always at the edge of a grapheme cluster.
    cursor: usize,
}

impl Input {
    /// A line with its cursor at the end.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text }
    }

    /// What is typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is before the cursor, and what is behind it.
    pub fn around(&self) -> (&str, &str) {
        self.text.split_at_checked(self.cursor).unwrap_or((&self.text, ""))
    }

    /// Puts `text` at the cursor: without line feeds, and with what a terminal would obey made visible.
    pub fn insert(&mut self, text: &str) {
        // What is longer than a line may be is cut by `take`, not counted: nobody reads a count in an input.
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let line = text.trim_end_matches(['\r', '\n']).replace(['\r', '\n', '\t'], " ");
        let clean: String = sanitise(&line, LONGEST).chars().take(room).collect();
        let (before, after) = self.around();
        let joined = format!("{before}{clean}{after}");
        self.cursor += clean.len();
        self.text = joined;
    }

    /// Edits by a key; whether the key was one that edits.
    pub fn key(&mut self, key: Key) -> bool {
        if let Some(c) = key.typed() {
            self.insert(c.encode_utf8(&mut [0; 4]));
            return true;
        }
        let (before, after) = self.around();
        match (key.code, key.ctrl || (key.alt && key.code == Code::Backspace)) {
            (Code::Backspace, false) | (Code::Char('h'), true) => {
                let from = before.grapheme_indices(true).next_back().map_or(0, |(at, _)| at);
                self.cut(from);
            }
            (Code::Char('w') | Code::Backspace, true) => {
                let from = before.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.cut(from);
            }
            (Code::Char('u'), true) => self.cut(0),
            (Code::Delete, false) => {
                let length = after.graphemes(true).next().map_or(0, str::len);
                let kept = format!("{before}{}", after.get(length..).unwrap_or(""));
                self.text = kept;
            }
            (Code::Left, false) => self.cursor = before.grapheme_indices(true).next_back().map_or(0, |(at, _)| at),
            (Code::Right, false) => self.cursor += after.graphemes(true).next().map_or(0, str::len),
            (Code::Home, false) | (Code::Char('a'), true) => self.cursor = 0,
            (Code::End, false) | (Code::Char('e'), true) => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    /// Cuts from the byte `from` to the cursor.
    fn cut(&mut self, from: usize) {
        let (before, after) = self.around();
        self.text = format!("{}{after}", before.get(..from).unwrap_or(""));
        self.cursor = from.min(self.text.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::key;

    fn typed(start: &str, keys: &str) -> String {
        let mut input = Input::new(start);
        for k in key::parse(keys).unwrap() {
            input.key(k);
        }
        let (before, after) = input.around();
        format!("{before}|{after}")
    }

    #[test]
    fn a_line_is_edited_by_grapheme_clusters() {
        assert_eq!(typed("", "ab<Left>c"), "ac|b");
        assert_eq!(typed("e\u{301}x", "<BS><BS>"), "|");
        assert_eq!(typed("one two", "<C-w>"), "one |");
        assert_eq!(typed("one two", "<A-BS>"), "one |");
        assert_eq!(typed("one two", "<Home><Del>"), "|ne two");
        assert_eq!(typed("one", "<C-u>x"), "x|");
    }

    #[test]
    fn what_is_pasted_becomes_one_clean_line() {
        let mut input = Input::new("a");
        input.insert("b\nrm\x1b[2J\u{202e}\n");
        assert_eq!(input.text(), "ab rm<U+001B>[2J<U+202E>");
        input.insert(&"x".repeat(10_000));
        assert_eq!(input.text().chars().count(), LONGEST);
    }
}
