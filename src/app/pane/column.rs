//! Columns that rows can be sorted by.

/// A column that rows can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the column with the title of its name")]
pub enum Column {
    Name,
    Environments,
    Status,
    Services,
    Issues,
    Updated,
    CreatedBy,
    Ready,
    Cpu,
    Memory,
    Image,
    Age,
    By,
    Object,
    Reason,
    Message,
    Count,
    Severity,
    Issue,
    Where,
    Since,
    Restarts,
    Node,
    LastRun,
    NextRun,
    Operation,
    Started,
}

impl Column {
    /// Its title in small letters: `created by`.
    pub(crate) fn words(self) -> String {
        let name = format!("{self:?}");
        let spaced = |c: char| if c.is_uppercase() { vec![' ', c.to_ascii_lowercase()] } else { vec![c] };
        name.chars().flat_map(spaced).skip(1).collect()
    }

    /// Whether the first press sorts largest or newest first: numbers do, words don't.
    pub(crate) fn descends_first(self) -> bool {
        matches!(
            self,
            Column::Environments
                | Column::Issues
                | Column::Updated
                | Column::Cpu
                | Column::Memory
                | Column::Count
                | Column::Restarts
                | Column::LastRun
                | Column::Started
        )
    }
}
