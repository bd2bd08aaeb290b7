//! Glyphs: what stands before a word. Drawing always writes these; a terminal that shows only ASCII
//! gets [`STAND_INS`] in one pass over the finished frame, so that nothing can be forgotten.

use ratatui::buffer::{Buffer, CellWidth};

use super::theme::Role;
use crate::domain::issue::Severity;
use crate::domain::phase::Phase;
use crate::domain::status::Status;

/// The selected row.
pub(crate) const CURSOR: &str = "▶";
/// The selected row of a pane without the focus.
pub(crate) const LEADS: &str = "▸";
/// A fold that is closed.
pub(crate) const CLOSED: &str = "▸";
/// A fold that is open.
pub(crate) const OPEN: &str = "▾";
/// A marked row.
pub(crate) const MARK: &str = "✓";
/// An environment's colour.
pub(crate) const COLOUR: &str = "▌";
/// Part of a bar that is full.
pub(crate) const FULL: &str = "█";
/// Part of a bar that is empty.
pub(crate) const EMPTY: &str = "░";
/// Data arrives.
pub(crate) const LIVE: &str = "●";
/// Data is old.
pub(crate) const OLD: &str = "○";
/// A URL follows.
pub(crate) const URL: &str = "↗";
/// Something could surprise.
pub(crate) const WARNING: &str = "⚠";
/// Not allowed.
pub(crate) const FORBIDDEN: &str = "⊘";
/// Failed.
pub(crate) const FAILED: &str = "✖";
/// Done.
pub(crate) const DONE: &str = "✓";
/// Under way.
pub(crate) const BUSY: &str = "◐";
/// A warning among events.
pub(crate) const EVENT_WARNING: &str = "!";
/// A time in which nothing happened.
pub(crate) const QUIET: &str = "─";
/// A new revision.
pub(crate) const ROLLOUT: &str = "◆";
/// More pods were wanted, or fewer.
pub(crate) const SCALED: &str = "↕";
/// An operation ran.
pub(crate) const OPERATION: &str = "◌";
/// Not begun.
pub(crate) const WAITING: &str = "·";

/// Glyph and role of a phase.
pub(crate) fn phase(phase: Phase) -> (&'static str, Role) {
    match phase {
        Phase::Active => ("●", Role::Good),
        Phase::Error | Phase::DestroyFailed => ("✖", Role::Bad),
        Phase::Updating | Phase::Initializing => ("◐", Role::Busy),
        Phase::Provisioning => ("◔", Role::Busy),
        Phase::Decommissioning => ("◌", Role::Busy),
        Phase::PartiallyActive => ("◑", Role::Mixed),
        Phase::PartiallyStopped => ("◒", Role::Mixed),
        Phase::Unavailable => ("○", Role::Off),
        Phase::ServiceUnavailable => ("◇", Role::Off),
        Phase::Destroying | Phase::Destroyed => ("⊘", Role::Off),
        Phase::Unknown => ("?", Role::Dim),
    }
}

/// Glyph and role of a service's status; a deliberate zero is quieter than a stop.
pub(crate) fn status(status: Status, idle: bool) -> (&'static str, Role) {
    match status {
        Status::Healthy | Status::Running => ("●", Role::Good),
        Status::Degraded | Status::ReleaseFailed => ("✖", Role::Bad),
        Status::Progressing | Status::Starting => ("◐", Role::Busy),
        Status::Stopping => ("◌", Role::Busy),
        Status::Stopped if idle => ("◇", Role::Off),
        Status::Stopped => ("○", Role::Off),
        Status::Missing => ("⚠", Role::Warn),
        Status::NotAvailable => ("?", Role::Dim),
    }
}

/// Glyph, role and word of a severity.
pub(crate) fn severity(severity: Severity) -> (&'static str, Role, &'static str) {
    let (glyph, role) = match severity {
        Severity::Critical => ("▲", Role::Bad),
        Severity::High => ("△", Role::Warn),
        Severity::Medium | Severity::Warning => ("▫", Role::Mixed),
        Severity::Low | Severity::Info => ("·", Role::Dim),
    };
    (glyph, role, severity.word())
}

/// What is drawn instead where only ASCII can be shown. Glyphs of one meaning may share a stand-in;
/// glyphs of different statuses don't.
const STAND_INS: &[(char, char)] = &[
    ('●', '*'),
    ('✖', 'X'),
    ('◐', '~'),
    ('◔', '('),
    ('◌', ')'),
    ('◑', 'd'),
    ('◒', 'q'),
    ('○', 'o'),
    ('◇', '.'),
    ('⊘', '0'),
    ('⚠', '!'),
    ('▲', '!'),
    ('△', '^'),
    ('▫', ':'),
    ('·', '-'),
    ('▶', '>'),
    ('▸', '>'),
    ('▾', 'v'),
    ('◂', '<'),
    ('✓', '+'),
    ('▌', '|'),
    ('█', '#'),
    ('░', '.'),
    ('■', '#'),
    ('□', '.'),
    ('◆', 'R'),
    ('↕', '='),
    ('↗', '@'),
    ('→', '>'),
    ('←', '<'),
    ('↑', '^'),
    ('↓', 'v'),
    ('⏎', '<'),
    ('…', '~'),
    ('–', '-'),
    ('—', '-'),
    ('×', 'x'),
    ('−', '-'),
    ('─', '-'),
    ('│', '|'),
    ('┌', '+'),
    ('┐', '+'),
    ('└', '+'),
    ('┘', '+'),
    ('━', '='),
    ('┃', '#'),
    ('┏', '#'),
    ('┓', '#'),
    ('┗', '#'),
    ('┛', '#'),
];

/// Names of keys as a terminal can show them: no single ASCII character reads as Enter, and `=` is another key.
pub(crate) fn keys(text: &str, only_ascii: bool) -> std::borrow::Cow<'_, str> {
    if only_ascii && text.contains('⏎') { text.replace('⏎', "Enter").into() } else { text.into() }
}

/// Replaces everything that is not ASCII: by its stand-in, else by `?`.
pub(crate) fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            continue;
        }
        let first = symbol.chars().next();
        let stand_in = STAND_INS.iter().find(|(c, _)| Some(*c) == first).map_or('?', |(_, ascii)| *ascii);
        // The second half of a wide character is a blank cell already.
        debug_assert!(cell.cell_width() <= 2 || !symbol.is_empty());
        cell.set_char(stand_in);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const PHASES: [Phase; 14] = [
        Phase::Initializing,
        Phase::Active,
        Phase::Updating,
        Phase::Error,
        Phase::Destroying,
        Phase::Destroyed,
        Phase::Decommissioning,
        Phase::Unavailable,
        Phase::Provisioning,
        Phase::DestroyFailed,
        Phase::ServiceUnavailable,
        Phase::Unknown,
        Phase::PartiallyActive,
        Phase::PartiallyStopped,
    ];

    #[test]
    fn glyphs_of_states_have_stand_ins_that_tell_them_apart() {
        let mut seen: BTreeMap<char, &str> = BTreeMap::new();
        let states = PHASES.map(|p| phase(p).0).into_iter().chain(Status::ALL.map(|s| status(s, false).0));
        for glyph in states.filter(|g| *g != "?") {
            let c = glyph.chars().next().unwrap();
            let ascii = STAND_INS.iter().find(|(u, _)| *u == c).unwrap_or_else(|| panic!("{glyph}")).1;
            assert_eq!(*seen.entry(ascii).or_insert(glyph), glyph, "{ascii}");
        }
    }

    #[test]
    fn an_ascii_terminal_gets_only_ascii() {
        let mut buffer = Buffer::with_lines(["┏━ 漢字 ● é ─┐"]);
        to_ascii(&mut buffer);
        let line: String = buffer.content.iter().map(|c| c.symbol()).collect();
        assert_eq!(line, "#= ? ?  * ? -+");
    }
}
