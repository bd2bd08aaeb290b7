//! The question before a change: what happens, in order, in numbers; what could surprise; what is left
//! alone and why; the same as kubectl; what permission says; what a crash would do. Cancel has the focus.
//!
//! ```text
//! ┏━ Stop shop/staging ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ eu-1 · staging ━┓
//! ┃ 8 services stop, 22 pods end, 2 cron jobs pause. Start brings every count back.                  ┃
//! ┃ ⚠ Argo CD application shop-staging has self-heal on: it will start these again.                  ┃
//! ┃                                                                                                  ┃  scrolls
//! ┃   order  what                              now → then   note                                     ┃
//! ┃   1      CronJob nightly-report            on → paused                                           ┃
//! ┃ left alone   DaemonSet gateway (runs on every node; --daemonsets stops it too)                   ┃
//! ┠──────────────────────────────────────────────────────────────────────────────────────────────────┨
//! ┃ permission   patch deployments ✓  patch cronjobs ✓                                               ┃  stays
//! ┃                                                        [ Cancel ]   Start 0   Stop 8 services    ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::{Title, open, scrolls};
use crate::app::dialog::{Choice, Dialog, Focus};
use crate::app::state::State;
use crate::domain::environment::{Environment, Operation};
use crate::domain::operation::{Pods, StepResult};
use crate::domain::{Api, Text};
use crate::plan::{self, Permission, Plan};
use crate::ui::canvas::Canvas;
use crate::ui::chrome::bottom;
use crate::ui::theme::Role;
use crate::ui::widget::sheet::{self, Line, Shown, line, paragraph};
use crate::ui::{cut, format, glyph};

/// Most columns of a dialog: a line that is read at a glance.
const WIDTH: u16 = 104;

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, dialog: &Dialog, over: Rect) -> Shown {
    let width = WIDTH.min(over.width);
    let text = usize::from(width).saturating_sub(4);
    let body = body(state, dialog, dialog.choice(), text);
    // As tall as the tallest choice: Tab moves the focus, never the box.
    let tallest = dialog.choices.iter().map(|c| self::body(state, dialog, Some(c), text).len()).max().unwrap_or(0);
    let foot = foot(dialog, text);
    // The rule, the foot, the line of buttons.
    let below = foot.len() + usize::from(dialog.typed.is_some()) + 2;
    let rows = u16::try_from(tallest + below + 2).unwrap_or(u16::MAX);
    let title = Title { words: &dialog.title, right: &dialog.place, production: dialog.production };
    let (area, inner) = open(canvas, over, (width, rows), &title);
    let below = u16::try_from(below).unwrap_or(u16::MAX).min(inner.height.saturating_sub(1));
    let top = Rect { height: inner.height - below, ..inner };
    let shown = sheet::draw(canvas, top, &body, dialog.scroll);
    let rule = canvas.theme().style(Role::Border);
    canvas.line(inner.x, top.bottom(), inner.width, "─", rule);
    if shown.below > 0 || shown.above > 0 {
        let words = format!(" {} ", more(shown));
        let cells = u16::try_from(cut::width(&words)).unwrap_or(0).min(inner.width);
        canvas.pen(inner.right() - cells, top.bottom(), cells).put(&words, Role::Accent);
    }
    let low = Rect { y: top.bottom() + 1, height: inner.bottom().saturating_sub(top.bottom() + 1), ..inner };
    sheet::draw(canvas, Rect { height: low.height.saturating_sub(1), ..low }, &foot, 0);
    if let Some(typed) = &dialog.typed
        && low.height > 1
    {
        let mut pen = canvas.row(low, low.height - 2);
        let focused = dialog.focus == Focus::Name;
        let quote = if typed.wanted.contains(' ') { "\"" } else { "" };
        pen.put(&format!("Type {quote}{}{quote} to go on: ", typed.wanted), Role::Bad);
        if focused {
            bottom::input(&mut pen, &typed.input);
        } else {
            pen.put(typed.input.text(), Role::Text).put("_", Role::Dim);
        }
    }
    buttons(canvas, dialog, Rect { y: low.bottom().saturating_sub(1), height: 1, ..low });
    scrolls(canvas, area, Shown::default());
    shown
}

fn more(shown: Shown) -> String {
    match (shown.above, shown.below) {
        (above, 0) => format!("↑ {above} more"),
        (0, below) => format!("↓ {below} more"),
        (above, below) => format!("↑ {above} ↓ {below} more"),
    }
}

/// What scrolls: all that would happen by the choice that is shown.
fn body(state: &State, dialog: &Dialog, choice: Option<&Choice>, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(notice) = &dialog.notice {
        paragraph(&mut lines, line(format!("{} ", glyph::BUSY), Role::Accent), notice, Role::Accent, width);
    }
    if let Some(o) = &dialog.operation {
        who(&mut lines, state, dialog, o, width);
    }
    let Some(choice) = choice else { return lines };
    paragraph(&mut lines, Vec::new(), &choice.headline, Role::Text, width);
    let several = choice.plans().len() > 1;
    for plan in choice.plans() {
        let path = path(plan);
        // Some reasons name the environment themselves.
        let said = |words: &Text| {
            if several && !words.contains(&path) { format!("{path}: {words}") } else { words.to_string() }
        };
        for why in &plan.refused {
            let words = said(why);
            paragraph(&mut lines, line(format!("{} ", glyph::FAILED), Role::Bad), &words, Role::Text, width);
        }
        for warning in &plan.warnings {
            let words = said(warning);
            paragraph(&mut lines, line(format!("{} ", glyph::WARNING), Role::Warn), &words, Role::Text, width);
        }
    }
    if let Some(o) = &dialog.operation {
        journal(&mut lines, state, dialog, o, width);
    }
    // What is refused is said above; its steps would read as if they were done.
    for plan in choice.plans().iter().filter(|p| !several || p.refused.is_empty()) {
        if several && !(plan.steps.is_empty() && plan.left_alone.is_empty()) {
            lines.push(Vec::new());
            lines.push(line(path(plan), Role::Accent));
        }
        steps(&mut lines, plan, width);
        left_alone(&mut lines, plan, width);
    }
    kubectl(&mut lines, choice);
    crash(&mut lines, choice, width);
    lines
}

/// `shop/staging`.
fn path(plan: &Plan) -> String {
    plan.environment.path()
}

/// The order table. A note that does not fit beside its step stands below it: it is never cut.
fn steps(lines: &mut Vec<Line>, plan: &Plan, width: usize) {
    if plan.steps.is_empty() {
        return;
    }
    let object = |s: &plan::Step| s.object.to_string();
    let what = plan.steps.iter().map(|s| cut::width(&object(s))).max().unwrap_or(0).clamp(8, (width / 2).max(8));
    let change = plan.steps.iter().map(|s| cut::width(&plan::detail(s))).max().unwrap_or(0).max(10);
    lines.push(Vec::new());
    lines.push(line(format!("  order  {}  {}  note", pad("what", what), pad("now → then", change)), Role::Dim));
    for step in &plan.steps {
        let note = step.note.as_deref().unwrap_or(if step.datasource { "keeps data" } else { "" });
        let head = vec![
            (format!("  {:<5}  ", step.id), Role::Dim),
            (format!("{}  ", pad(&cut::middle(&object(step), what), what)), Role::Text),
            (format!("{}  ", pad(&plan::detail(step), change)), Role::Busy),
        ];
        let used: usize = head.iter().map(|(t, _)| cut::width(t)).sum();
        if note.is_empty() || width.saturating_sub(used) >= 20 {
            paragraph(lines, head, note, Role::Text, width);
        } else {
            lines.push(head);
            paragraph(lines, line("         ", Role::Text), note, Role::Text, width);
        }
    }
}

fn left_alone(lines: &mut Vec<Line>, plan: &Plan, width: usize) {
    if plan.left_alone.is_empty() {
        return;
    }
    lines.push(Vec::new());
    let mut reasons: Vec<(&Api, &Text, Vec<String>)> = Vec::new();
    for left in &plan.left_alone {
        match reasons.iter_mut().find(|(api, why, _)| **api == left.object.api && **why == left.why) {
            Some((.., objects)) => objects.push(left.object.name.to_string()),
            None => reasons.push((&left.object.api, &left.why, vec![left.object.to_string()])),
        }
    }
    for (at, (_, why, objects)) in reasons.iter().enumerate() {
        let head = if at == 0 { "  left alone   " } else { "               " };
        let each = if objects.len() > 1 { "each " } else { "" };
        paragraph(lines, line(head, Role::Dim), &format!("{} ({each}{why})", objects.join(", ")), Role::Text, width);
    }
}

/// The first command as an example; `c` copies all.
fn kubectl(lines: &mut Vec<Line>, choice: &Choice) {
    let all = choice.plans().iter().filter(|p| p.refused.is_empty()).flat_map(|p| &p.steps);
    let Some(first) = all.clone().next() else { return };
    lines.push(Vec::new());
    let rest = all.count() - 1;
    let copies = if rest == 0 { "c copies it".to_owned() } else { format!("c copies all {}", rest + 1) };
    lines.push(vec![
        ("  as kubectl   ".to_owned(), Role::Dim),
        (copies, Role::Accent),
        (" · ".to_owned(), Role::Dim),
        (plan::command(first), Role::Dim),
    ]);
}

/// How long it may take, and what happens when this terminal dies.
fn crash(lines: &mut Vec<Line>, choice: &Choice, width: usize) {
    let steps = || choice.plans().iter().filter(|p| p.refused.is_empty()).flat_map(|p| &p.steps);
    if steps().next().is_none() {
        return;
    }
    let mut words = String::new();
    let ends = choice.plans().iter().any(|p| p.operation.info().pods == Pods::End);
    let pods: u64 = steps().map(|s| u64::from(s.pods)).sum();
    let grace = steps().map(|s| s.grace).max().unwrap_or(0);
    if ends && pods > 0 && grace > 0 {
        let pods = usize::try_from(pods).unwrap_or(usize::MAX);
        let have = if pods == 1 { "has" } else { "have" };
        words.push_str(&format!("{} {have} up to {grace} s to end. ", format::plural(pods, "pod", "pods")));
    }
    if choice.plans().iter().any(Plan::needs_journal) {
        words.push_str("If this terminal dies, what was sent goes on, and any kennel can resume or undo the rest.");
    } else {
        words.push_str("It is one patch of one object: it happens as a whole or not at all.");
    }
    lines.push(Vec::new());
    paragraph(lines, line("  ", Role::Dim), &words, Role::Dim, width);
}

/// The environment whose operation the dialog is about.
fn subject<'a>(state: &'a State, dialog: &Dialog) -> Option<&'a Environment> {
    dialog.subject.first()?.environment(&state.snapshot).map(AsRef::as_ref)
}

/// Whose operation it is, and when that was last heard of.
fn who(lines: &mut Vec<Line>, state: &State, dialog: &Dialog, o: &Operation, width: usize) {
    let j = &o.journal;
    let (done, all) = subject(state, dialog).map_or_else(|| j.progress(), |e| plan::ended(e, j));
    let words = format!(
        "{} began {} on {} {}; last sign of life {}; {done} of {} ended.",
        j.holder,
        j.verb.one(),
        j.host,
        format::ago(Some(j.started_at), state.now),
        format::ago(Some(j.heartbeat), state.now),
        format::plural(all, "step", "steps"),
    );
    paragraph(lines, Vec::new(), &words, Role::Text, width);
}

/// The steps of an operation with the result of each.
fn journal(lines: &mut Vec<Line>, state: &State, dialog: &Dialog, o: &Operation, width: usize) {
    let environment = subject(state, dialog);
    let unnoted = |step| environment.is_some_and(|e| plan::done_unnoted(e, &o.journal, step));
    let what = o.journal.steps.iter().map(|s| cut::width(&s.object.to_string())).max().unwrap_or(0);
    let what = what.clamp(8, (width / 2).max(8));
    lines.push(Vec::new());
    for step in &o.journal.steps {
        let (glyph, role, word) = match unnoted(step) {
            true => (glyph::DONE, Role::Good, "done, not noted".to_owned()),
            false => result(&step.result),
        };
        let head = vec![
            (format!("  {glyph} "), role),
            (format!("{}  ", pad(&cut::middle(&step.object.to_string(), what), what)), Role::Text),
        ];
        paragraph(lines, head, &word, role, width);
    }
    if o.journal.absent() > 0 {
        let more = format::plural(o.journal.absent(), "step", "steps");
        lines.push(line(format!("  … {more} that the journal lacks"), Role::Dim));
    }
}

/// Glyph, role and words of a step's result.
pub(crate) fn result(result: &StepResult) -> (&'static str, Role, String) {
    match result {
        StepResult::Pending => (glyph::WAITING, Role::Dim, "not begun".to_owned()),
        StepResult::Sent => (glyph::BUSY, Role::Busy, "sent, no answer yet".to_owned()),
        StepResult::Done => (glyph::DONE, Role::Good, "done".to_owned()),
        StepResult::Skipped(why) => (glyph::WAITING, Role::Off, format!("skipped: {why}")),
        StepResult::Failed(why) => (glyph::FAILED, Role::Bad, format!("failed: {why}")),
    }
}

/// What stays in view: permissions, and why the focused button can't be pressed.
fn foot(dialog: &Dialog, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let Some(choice) = dialog.choice() else { return lines };
    match &choice.permissions {
        None => lines.push(line(format!("{} permission   asking the cluster…", glyph::BUSY), Role::Busy)),
        Some(all) if all.is_empty() => {}
        Some(all) => {
            let mut row: Line = vec![("permission   ".to_owned(), Role::Dim)];
            let mut used = 13;
            for (verb, api, answers) in by_need(all) {
                let kind = api.plural();
                let (mark, role) = answer(&answers);
                let words = format!("{verb} {kind} ");
                let cells = cut::width(&words) + cut::width(&mark) + 2;
                if used + cells > width {
                    lines.push(std::mem::replace(&mut row, vec![(" ".repeat(13), Role::Dim)]));
                    used = 13;
                }
                used += cells;
                row.push((words, Role::Text));
                row.push((format!("{mark}  "), role));
            }
            lines.push(row);
        }
    }
    if let Focus::Choice(at) = dialog.focus
        && let Some(choice) = dialog.choices.get(at)
        && let Some(why) = dialog.blocked(choice)
    {
        paragraph(&mut lines, line(format!("{} ", glyph::FORBIDDEN), Role::Warn), &why, Role::Warn, width);
    }
    lines
}

/// Answers by verb and kind, in the order in which they were asked.
fn by_need(all: &[Permission]) -> Vec<(&str, &Api, Vec<&Permission>)> {
    let mut needs: Vec<(&str, &Api, Vec<&Permission>)> = Vec::new();
    for p in all {
        match needs.iter_mut().find(|(verb, api, _)| *verb == p.verb && **api == p.api) {
            Some((.., answers)) => answers.push(p),
            None => needs.push((p.verb, &p.api, vec![p])),
        }
    }
    needs
}

/// What the answers for one verb and kind say together: `✓`, `✖`, `✖ in shop-prod`.
fn answer(answers: &[&Permission]) -> (String, Role) {
    let of = |wanted| answers.iter().filter(move |p| p.allowed == wanted);
    let (mark, role, these) = match (of(Some(false)).count(), of(None).count()) {
        (0, 0) => return (glyph::DONE.to_owned(), Role::Good),
        (0, _) => ("?", Role::Warn, None),
        _ => (glyph::FAILED, Role::Bad, Some(false)),
    };
    let places: Vec<&str> = of(these).map(|p| p.environment.namespace.as_str()).collect();
    match places.as_slice() {
        all if all.len() == answers.len() => (mark.to_owned(), role),
        [first] => (format!("{mark} in {first}"), role),
        [first, rest @ ..] => (format!("{mark} in {first} and {} more", rest.len()), role),
        [] => (mark.to_owned(), role),
    }
}

/// Cancel and the choices, at the right; the focused one in brackets and reversed.
fn buttons(canvas: &mut Canvas<'_>, dialog: &Dialog, area: Rect) {
    let mut all: Vec<(String, Role, bool)> = vec![("Cancel".to_owned(), Role::Text, dialog.focus == Focus::Cancel)];
    for (at, choice) in dialog.choices.iter().enumerate() {
        let role = match (dialog.blocked(choice).is_some(), dialog.production) {
            (true, _) => Role::Dim,
            (false, true) => Role::Bad,
            (false, false) => Role::Accent,
        };
        all.push((choice.label.clone(), role, dialog.focus == Focus::Choice(at)));
    }
    let cells: usize = all.iter().map(|(label, ..)| cut::width(label) + 5).sum::<usize>().saturating_sub(1);
    let mut pen = canvas.row(area, 0);
    let gap = pen.room().saturating_sub(cells);
    pen.space(gap);
    for (label, role, focused) in all {
        let style = pen.style(role);
        let (left, right) = if focused { ("[ ", " ]") } else { ("  ", "  ") };
        let style = if focused { style.add_modifier(Modifier::REVERSED | Modifier::BOLD) } else { style };
        pen.styled(left, style).styled(&label, style).styled(right, style).space(1);
    }
}

/// `text` with blanks behind it, up to `cells`.
fn pad(text: &str, cells: usize) -> String {
    format!("{text}{}", " ".repeat(cells.saturating_sub(cut::width(text))))
}
