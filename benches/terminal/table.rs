//! One table for all programs of a run: a row a figure, a column a program.

/// How figures begin, in the order in which they stand.
const ORDER: [&str; 6] = ["first frame", "first useful", "all data", "nothing", "changes", "memory"];

/// Figures of programs: those that begin alike in the order in which they were first told.
#[derive(Default)]
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<(String, Vec<(usize, String)>)>,
    /// The column that figures go into.
    at: usize,
}

impl Table {
    /// Goes to the column of a program, a new one if need be.
    pub(crate) fn column(&mut self, name: &str) {
        eprintln!("{name}");
        self.at = self.columns.iter().position(|c| c == name).unwrap_or(self.columns.len());
        if self.at == self.columns.len() {
            self.columns.push(name.to_owned());
        }
    }

    /// A figure of this column.
    pub(crate) fn put(&mut self, figure: &str, value: String) {
        eprintln!("  {figure}: {value}");
        let column = self.at;
        match self.rows.iter_mut().find(|(name, _)| name == figure) {
            Some((_, values)) => values.push((column, value)),
            None => self.rows.push((figure.to_owned(), vec![(column, value)])),
        }
    }

    /// The table as text.
    pub(crate) fn text(&self) -> String {
        let cell = |values: &[(usize, String)], column| {
            values.iter().find(|(at, _)| *at == column).map_or("", |(_, v)| v.as_str()).to_owned()
        };
        let mut lines = vec![[vec![String::new()], self.columns.clone()].concat()];
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_by_key(|(name, _)| ORDER.iter().position(|begin| name.starts_with(begin)));
        for (name, values) in rows {
            let cells = (0..self.columns.len()).map(|column| cell(values, column));
            lines.push([name.clone()].into_iter().chain(cells).collect());
        }
        let width = |at: usize| lines.iter().map(|l| l[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..=self.columns.len()).map(width).collect();
        let line = |cells: &Vec<String>| {
            let padded = cells.iter().zip(&widths).map(|(c, w)| format!("{c:<w$}", w = *w));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
        };
        lines.iter().map(line).collect()
    }
}
