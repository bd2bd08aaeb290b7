//! A watch cut into its lines.

use crate::cluster::wire::{self, WireError};

/// Longest line of a watch that is kept, in bytes.
const LONGEST_LINE: usize = 16 << 20;

/// Cuts a watch into lines; one that is too long is dropped, not kept.
#[derive(Default)]
pub(super) struct Lines {
    buffer: Vec<u8>,
    /// Where the next line begins.
    at: usize,
    /// Up to where no line end has been found.
    searched: usize,
    /// The rest of a line that is too long is being skipped.
    skipping: bool,
    /// A line was dropped since this was last looked at.
    pub(super) dropped: bool,
}

impl Lines {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.searched -= self.at;
            self.at = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// At the end: what is wrong where a line has begun and not ended.
    pub(super) fn rest(&self) -> Option<WireError> {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let said = rest.iter().any(|b| !b.is_ascii_whitespace());
        said.then(|| WireError::Garbage(wire::not_kubernetes(rest, "it ended in the middle of a line")))
    }

    /// The next whole line that says something.
    pub(super) fn next(&mut self) -> Option<&[u8]> {
        loop {
            let found = self.buffer.get(self.searched..)?.iter().position(|b| *b == b'\n');
            let Some(offset) = found else {
                self.searched = self.buffer.len();
                if self.searched - self.at > LONGEST_LINE {
                    self.skipping = true;
                    self.buffer.clear();
                    (self.at, self.searched) = (0, 0);
                }
                return None;
            };
            let (start, end) = (self.at, self.searched + offset);
            self.at = end + 1;
            self.searched = self.at;
            if std::mem::take(&mut self.skipping) {
                self.dropped = true;
                continue;
            }
            if self.buffer.get(start..end).is_some_and(|l| l.iter().any(|b| !b.is_ascii_whitespace())) {
                return self.buffer.get(start..end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&str]) -> (Vec<String>, bool) {
        let mut l = Lines::default();
        let mut all = Vec::new();
        for c in chunks {
            l.push(c.as_bytes());
            while let Some(line) = l.next() {
                all.push(String::from_utf8(line.to_vec()).unwrap());
            }
        }
        (all, l.dropped)
    }

    #[test]
    fn lines_come_out_whole_and_empty_ones_not_at_all() {
        assert_eq!(lines(&["a\nb", "c\n\n", "\r\n", "d", "\n", "rest"]).0, ["a", "bc", "d"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_dropped_and_the_next_is_read() {
        let huge = "x".repeat(LONGEST_LINE + 1);
        let (all, dropped) = lines(&["a\n", &huge, "more", "\nb\n"]);
        assert_eq!((all, dropped), (vec!["a".to_owned(), "b".to_owned()], true));
    }
}
