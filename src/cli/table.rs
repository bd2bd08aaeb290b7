//! Columns for people: as wide as their widest cell, two spaces apart, nothing cut.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

/// A cell: its text, and how it looks where colours are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    look: Look,
}

/// Roles of a cell, as SGR parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Look {
    #[default]
    Plain,
    Good,
    Bad,
    Busy,
    Off,
}

impl Look {
    fn sgr(self) -> Option<&'static str> {
        match self {
            Look::Plain => None,
            Look::Good => Some("32"),
            Look::Bad => Some("31;1"),
            Look::Busy => Some("33"),
            Look::Off => Some("2"),
        }
    }
}

impl Cell {
    /// A cell that looks like `look` where there are colours.
    pub(crate) fn looks(text: impl Into<String>, look: Look) -> Self {
        Self { text: text.into(), look }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), look: Look::Plain }
    }
}

/// An unknown or absent value.
pub(crate) const NONE: &str = "–";

/// Rows under titles.
#[derive(Debug)]
pub(crate) struct Table {
    titles: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these titles.
    pub(crate) fn new(titles: impl IntoIterator<Item = &'static str>) -> Self {
        Self { titles: titles.into_iter().collect(), rows: vec![] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether it has no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes titles and rows; the last column is not padded.
    pub(crate) fn write(&self, out: &mut dyn Write, colour: bool) -> io::Result<()> {
        let mut widths: Vec<usize> = self.titles.iter().map(|t| t.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width());
            }
        }
        let titles: Vec<Cell> = self.titles.iter().map(|t| Cell::from(*t)).collect();
        for row in std::iter::once(&titles).chain(&self.rows) {
            let mut gap = 0;
            for (width, cell) in widths.iter().zip(row) {
                if cell.text.is_empty() {
                    gap += width + 2;
                    continue;
                }
                write!(out, "{:gap$}", "")?;
                match cell.look.sgr().filter(|_| colour) {
                    Some(sgr) => write!(out, "\x1b[{sgr}m{}\x1b[0m", cell.text)?,
                    None => out.write_all(cell.text.as_bytes())?,
                }
                gap = width - cell.text.width() + 2;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_width_and_lines_end_without_blanks() {
        let mut t = Table::new(["NAME", "WHERE", "WHY"]);
        t.row(["漢字".into(), "a".into(), "".into()]);
        t.row([Cell::looks("web", Look::Bad), "".into(), "x".into()]);
        let text = |colour| {
            let mut out = vec![];
            t.write(&mut out, colour).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(false), "NAME  WHERE  WHY\n漢字  a\nweb          x\n");
        assert!(text(true).contains("\x1b[31;1mweb\x1b[0m          x"));
    }
}
