//! The line at the bottom: what is typed, else what is to tell, else what can be pressed.
//!
//! ```text
//!  ⏎ open  S start/stop  / filter  : command  ? help                              Tab next pane
//! ```

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::app::help;
use crate::app::prompt::Prompt;
use crate::app::state::{Notice, State};
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::layout::inset;
use crate::ui::theme::Role;
use crate::ui::{cut, glyph};

/// Draws the line, and what a prompt could be completed to above it.
pub(crate) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    if let Some(prompt) = &state.prompt {
        draw_prompt(canvas, prompt, area);
        return;
    }
    let mut pen = canvas.row(inset(area, 1), 0);
    match state.notices.back() {
        Some(notice) => put_notice(&mut pen, notice),
        None => put_hints(&mut pen, state),
    }
}

fn put_notice(pen: &mut Pen<'_>, notice: &Notice) {
    let (glyph, role) = if notice.bad { (glyph::FAILED, Role::Bad) } else { (glyph::LEADS, Role::Accent) };
    pen.put(glyph, role).space(1).sentence(&notice.text, Role::Text);
}

/// As many hints as fit, each whole: key in the accent, verb beside it.
fn put_hints(pen: &mut Pen<'_>, state: &State) {
    let ascii = pen.only_ascii();
    let mut hints = help::hints(state);
    hints.iter_mut().for_each(|h| h.key = glyph::keys(&h.key, ascii).into_owned());
    let (right, left): (Vec<_>, Vec<_>) = hints.into_iter().partition(|h| h.right);
    let wide = |h: &help::Hint| cut::width(&h.key) + 1 + cut::width(h.verb) + 2;
    // The right end only where everything at the left fits beside it.
    let all: usize = left.iter().map(wide).sum();
    let aside: usize = right.iter().map(wide).sum();
    if all + aside <= pen.room() {
        let mut end = pen.split_right(aside.saturating_sub(2));
        right.iter().for_each(|h| put_hint(&mut end, h));
    }
    // Help is the way to everything that does not fit.
    let mut shown: Vec<_> = left.iter().collect();
    while shown.iter().map(|h| wide(h)).sum::<usize>() > pen.room() + 2 && shown.len() > 1 {
        shown.remove(shown.len() - 2);
    }
    shown.into_iter().for_each(|h| put_hint(pen, h));
}

fn put_hint(pen: &mut Pen<'_>, hint: &help::Hint) {
    let (key, verb) = if hint.greyed.is_some() { (Role::Dim, Role::Dim) } else { (Role::Accent, Role::Text) };
    pen.put(&hint.key, key).space(1).put(hint.verb, verb).space(2);
}

/// The prompt with its cursor; completions and errors stand above it.
fn draw_prompt(canvas: &mut Canvas<'_>, prompt: &Prompt, area: Rect) {
    if let Some(error) = &prompt.error {
        // As many rows as it takes: what is wrong is never cut.
        let room = usize::from(area.width).saturating_sub(4);
        let lines = cut::wrap(error, room);
        let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.y);
        let above = Rect { y: area.y - rows, height: rows, ..area };
        canvas.blank(above);
        for (at, line) in (0..rows).zip(lines) {
            let mut pen = canvas.row(inset(above, 1), at);
            pen.put(if at == 0 { glyph::FAILED } else { " " }, Role::Bad).space(1).put(line, Role::Text);
        }
    } else if area.y > 0 && !prompt.completions.is_empty() {
        let above = Rect { y: area.y - 1, ..area };
        canvas.blank(above);
        put_completions(&mut canvas.row(inset(above, 1), 0), prompt);
    }
    let mut pen = canvas.row(area, 0);
    pen.put(&prompt.sign().to_string(), Role::Accent);
    input(&mut pen, &prompt.input);
}

/// Candidates in a row, the taken one in the accent; the row begins so that it is seen.
fn put_completions(pen: &mut Pen<'_>, prompt: &Prompt) {
    let at = prompt.completed.unwrap_or(0);
    let mut from = 0;
    let wide = |from: usize| -> usize {
        prompt.completions.iter().skip(from).take(at + 1 - from.min(at)).map(|c| cut::width(c) + 2).sum()
    };
    while from < at && wide(from) > pen.room() {
        from += 1;
    }
    for (n, c) in prompt.completions.iter().enumerate().skip(from) {
        if cut::width(c) > pen.room() {
            pen.put("…", Role::Dim);
            break;
        }
        pen.put(c, if prompt.completed == Some(n) { Role::Accent } else { Role::Dim }).space(2);
    }
}

/// A line of input: the part around the cursor, the cursor itself as a reversed cell.
pub(crate) fn input(pen: &mut Pen<'_>, input: &crate::app::input::Input) {
    let (before, after) = input.around();
    let room = pen.room().saturating_sub(1);
    // What is typed last is what one looks at: the beginning scrolls away.
    let shown = cut::tail(before, room);
    pen.put(shown, Role::Text);
    let cursor = pen.style(Role::Text).add_modifier(Modifier::REVERSED);
    let under = cut::head(after, 1);
    let under = if under.is_empty() { cut::head(after, 2) } else { under };
    pen.styled(if under.is_empty() { " " } else { under }, cursor);
    pen.put(after.get(under.len()..).unwrap_or(""), Role::Text);
}
