//! THE table of commands: verb, keys, `:` names, words for help, where it applies, whether it changes anything.
//!
//! Keys, help, hints and palette are read from here, so they can't drift. To add a command: an [`Id`], a line in
//! [`KEYS`] or [`TYPED`], an arm in `update::commands::run` or `update::jumping`, and, where it can be greyed, one in
//! [`why_not`]. What leads to a pane, by its digit or its name, comes from the table of panes.

use std::sync::LazyLock;

use super::pane::Pane;

mod greyed;
mod id;
mod later;
#[cfg(test)]
mod tests;

pub use greyed::why_not;
pub(crate) use greyed::{busy, locked};
pub use id::Id;
#[cfg(test)]
pub(crate) use later::KINDS;
pub(crate) use later::{later, list};

/// Where a command applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Where {
    /// On a screen's panes.
    Panes,
    /// In a text on top: help, explanation.
    Text,
    /// In a choice on top: palette, what to copy.
    Choice,
    /// In a dialog.
    Dialog,
}

/// Groups of the help, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the headings of the help")]
pub enum Group {
    Move,
    Look,
    Find,
    Change,
    Sort,
    Rest,
    Commands,
}

impl Group {
    /// All, in the order of the help.
    pub const ALL: [Group; 7] =
        [Group::Change, Group::Look, Group::Find, Group::Move, Group::Sort, Group::Commands, Group::Rest];

    /// Its heading.
    pub fn heading(self) -> &'static str {
        match self {
            Group::Move => "Move",
            Group::Look => "Look",
            Group::Find => "Find",
            Group::Change => "Change",
            Group::Sort => "Mark and sort",
            Group::Rest => "Leave",
            Group::Commands => "Commands",
        }
    }
}

/// One command.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Which one.
    pub id: Id,
    /// The verb, as the palette and the hints have it: `start/stop`.
    pub verb: &'static str,
    /// Its keys, in the grammar of `--keys`.
    pub keys: &'static [&'static str],
    /// Its names after `:`; the first is the one that is shown.
    pub names: &'static [&'static str],
    /// What it takes after its name: `[PROJECT/ENV]`.
    pub takes: &'static str,
    /// What it does, in a few words.
    pub help: &'static str,
    /// Its group in the help.
    pub group: Group,
    /// Where it applies.
    pub places: &'static [Where],
    /// Whether it changes the cluster.
    pub changes: bool,
    /// Whether it stands in the line of hints, where it applies; smaller is further left.
    pub hint: Option<u8>,
}

impl Command {
    /// Whether it takes a project or an environment, whose name may hold blanks.
    pub(crate) fn takes_a_place(&self) -> bool {
        self.takes.contains("PROJECT")
    }
}

const PANES: &[Where] = &[Where::Panes];
const COPIED: &[Where] = &[Where::Panes, Where::Text, Where::Dialog];
const TEXT: &[Where] = &[Where::Panes, Where::Text];
const LISTS: &[Where] = &[Where::Panes, Where::Text, Where::Choice, Where::Dialog];

/// A command that has keys.
const fn key(
    id: Id,
    group: Group,
    places: &'static [Where],
    keys: &'static [&'static str],
    verb: &'static str,
    help: &'static str,
) -> Command {
    Command { id, verb, keys, names: &[], takes: "", help, group, places, changes: false, hint: None }
}

/// A command that is typed.
const fn name(id: Id, names: &'static [&'static str], takes: &'static str, help: &'static str) -> Command {
    Command { names, takes, ..key(id, Group::Commands, &[], &[], "", help) }
}

const fn hint(at: u8, command: Command) -> Command {
    Command { hint: Some(at), ..command }
}

const fn changes(command: Command) -> Command {
    Command { changes: true, ..command }
}

const fn named(names: &'static [&'static str], command: Command) -> Command {
    Command { names, ..command }
}

/// Every command, once.
pub static TABLE: LazyLock<Vec<Command>> = LazyLock::new(|| {
    let digit = |((n, digit), verb): ((usize, &'static &'static str), &'static str)| {
        let pane = Pane::numbered(n)?;
        Some(key(Id::Focus(pane), Group::Move, PANES, std::slice::from_ref(digit), verb, pane.info().title))
    };
    let typed = |pane: Pane| {
        let (names, takes, help) = pane.info().typed;
        (!names.is_empty()).then(|| name(Id::Go(pane), names, takes, help))
    };
    let digits = (1..).zip(&DIGITS).zip(FOCUS).filter_map(digit);
    KEYS.iter().copied().chain(digits).chain(Pane::all().filter_map(typed)).chain(TYPED.iter().copied()).collect()
});

/// Keys that give a pane the focus, and their verbs.
static DIGITS: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
const FOCUS: [&str; 9] = ["pane 1", "pane 2", "pane 3", "pane 4", "pane 5", "pane 6", "pane 7", "pane 8", "pane 9"];

const START_STOP: &str = "start or stop a service, marked ones, an environment, a project";

/// Commands that have keys.
const KEYS: &[Command] = &[
    key(Id::Down, Group::Move, LISTS, &["j", "<Down>"], "down", "next row"),
    key(Id::Up, Group::Move, LISTS, &["k", "<Up>"], "up", "row above"),
    key(Id::Left, Group::Move, LISTS, &["<Left>"], "left", "card or button to the left"),
    key(Id::Right, Group::Move, LISTS, &["<Right>"], "right", "card or button to the right"),
    key(Id::First, Group::Move, LISTS, &["g", "<Home>"], "first", "first row"),
    key(Id::Last, Group::Move, LISTS, &["G", "<End>"], "last", "last row"),
    key(Id::PageDown, Group::Move, LISTS, &["<C-f>", "<PgDn>"], "page down", "a page down"),
    key(Id::PageUp, Group::Move, LISTS, &["<C-b>", "<PgUp>"], "page up", "a page up"),
    key(Id::HalfDown, Group::Move, LISTS, &["<C-d>"], "half a page down", "half a page down"),
    key(Id::HalfUp, Group::Move, LISTS, &["<C-u>"], "half a page up", "half a page up"),
    hint(90, key(Id::NextPane, Group::Move, LISTS, &["<Tab>"], "next pane", "next pane, or button of a dialog")),
    key(Id::PreviousPane, Group::Move, LISTS, &["<S-Tab>"], "previous pane", "pane or button before"),
    key(Id::Everything, Group::Look, PANES, &["0"], "everything", "all projects"),
    hint(10, key(Id::Enter, Group::Look, LISTS, &["<Enter>"], "open", "into what is selected; press a button")),
    key(Id::Back, Group::Look, LISTS, &["<Esc>"], "back", "one layer less: prompt, filter, marks, screen"),
    key(Id::Zoom, Group::Look, PANES, &["z"], "zoom", "the focused pane alone, and back"),
    key(
        Id::Cards,
        Group::Look,
        PANES,
        &["m"],
        "cards or rows",
        "services as cards or as rows; issues open or resolved",
    ),
    hint(71, key(Id::Prompt, Group::Find, TEXT, &[":"], "command", "type a command")),
    hint(70, key(Id::Filter, Group::Find, TEXT, &["/"], "filter", "filter the pane; search in a text")),
    named(&["help"], hint(72, key(Id::Help, Group::Find, TEXT, &["?"], "help", "what can be done here"))),
    key(Id::Palette, Group::Find, TEXT, &["<C-p>"], "palette", "find a command, project, environment or service"),
    key(Id::NextMatch, Group::Find, TEXT, &["n"], "next match", "next match"),
    key(Id::PreviousMatch, Group::Find, TEXT, &["N"], "previous match", "match before"),
    key(Id::HistoryBack, Group::Look, PANES, &["["], "history back", "where I was before"),
    key(Id::HistoryForward, Group::Look, PANES, &["]"], "history forward", "and forward again"),
    key(Id::LastPlace, Group::Look, PANES, &["-"], "last place", "between the last two places"),
    key(Id::Mark, Group::Sort, PANES, &["<Space>"], "mark", "mark a row for S"),
    key(Id::MarkRange, Group::Sort, PANES, &["<C-Space>"], "mark a range", "mark from the last mark to here"),
    key(Id::ClearMarks, Group::Sort, PANES, &["<C-\\>"], "clear marks", "no marks; Ctrl-4 does the same"),
    changes(hint(40, key(Id::StartStop, Group::Change, PANES, &["S"], "start/stop", START_STOP))),
    changes(key(Id::Redeploy, Group::Change, PANES, &["r"], "restart", "new pods in the place of all of a service")),
    changes(key(
        Id::Rollback,
        Group::Change,
        PANES,
        &["b"],
        "back to a revision",
        "a service as its revision under the cursor, or the one before the newest, was",
    )),
    named(
        &["scale"],
        Command {
            takes: "N",
            ..changes(key(Id::Scale, Group::Change, PANES, &["+"], "scale", "so many pods of a service"))
        },
    ),
    key(Id::Copy, Group::Look, COPIED, &["c"], "copy", "copy name, address, URL, command; a text whole"),
    hint(30, key(Id::Cause, Group::Look, PANES, &["i"], "root cause", "what is wrong here, why, what to do")),
    key(Id::Explain, Group::Look, PANES, &["x"], "explain", "why an action is greyed"),
    key(Id::SortLeft, Group::Sort, PANES, &["<S-Left>"], "column left", "pick a sort column to the left"),
    key(Id::SortRight, Group::Sort, PANES, &["<S-Right>"], "column right", "pick a sort column to the right"),
    key(Id::SortBy, Group::Sort, PANES, &["O"], "sort", "sort by the picked column; again turns it round"),
    key(Id::Resort, Group::Sort, PANES, &["="], "re-sort", "sort again now"),
    named(
        &["reconnect"],
        key(Id::Reconnect, Group::Look, PANES, &["<C-r>"], "ask again", "ask the cluster again, reconnect now"),
    ),
    key(Id::Quit, Group::Rest, TEXT, &["q"], "quit", "quit this screen; at the dashboard, kennel"),
    named(&["q", "quit"], key(Id::QuitAll, Group::Rest, LISTS, &["<C-c>"], "quit kennel", "quit kennel (asks once)")),
    key(Id::Suspend, Group::Rest, LISTS, &["<C-z>"], "suspend", "suspend kennel; fg brings it back"),
];

/// Commands that are typed.
const TYPED: &[Command] = &[
    name(Id::Context, &["ctx", "context", "contexts"], "NAME", "another context of the kubeconfig"),
    name(Id::Theme, &["theme"], "NAME", "draw with another theme"),
    name(Id::Set, &["set"], "OPTION", "cards, rows, zoom, nozoom, mouse, nomouse"),
    name(Id::Since, &["since"], "5m|2h|1d|all", "only events of the last while"),
    name(Id::New, &["new"], "", "only events from now on (:since all shows all again)"),
];

/// The line of a command.
pub fn get(id: Id) -> Option<&'static Command> {
    TABLE.iter().find(|c| c.id == id)
}
