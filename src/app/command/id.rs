//! What a command is known by.

use crate::app::pane::Pane;

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is explained by its line in the table")]
pub enum Id {
    Down,
    Up,
    Left,
    Right,
    First,
    Last,
    PageDown,
    PageUp,
    HalfDown,
    HalfUp,
    NextPane,
    PreviousPane,
    /// The focus to a pane, by its digit.
    Focus(Pane),
    /// To a pane, by its name.
    Go(Pane),
    Everything,
    Enter,
    Back,
    Zoom,
    Cards,
    Prompt,
    Filter,
    Help,
    Palette,
    NextMatch,
    PreviousMatch,
    HistoryBack,
    HistoryForward,
    LastPlace,
    Mark,
    MarkRange,
    ClearMarks,
    StartStop,
    Redeploy,
    Rollback,
    Scale,
    Copy,
    Explain,
    /// The root cause of what is selected.
    Cause,
    SortLeft,
    SortRight,
    SortBy,
    Resort,
    Reconnect,
    Quit,
    QuitAll,
    Suspend,
    Context,
    Theme,
    Set,
    Since,
    New,
}
