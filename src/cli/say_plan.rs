//! Plans and their results in words, for people: what happens, in order, in numbers.

use std::io::{self, Write};

use super::shape;
use super::table::{Cell, Look, Table};
use crate::domain::operation::StepResult;
use crate::plan::{self, Outcome, Plan, count};

/// `Stop shop/staging: 8 objects, 22 pods`, then the steps, what is left alone, what could surprise.
pub(crate) fn plan(out: &mut dyn Write, p: &Plan, colour: bool) -> io::Result<()> {
    writeln!(out, "{}: {}", p.title(), numbers(p))?;
    if !p.steps.is_empty() {
        let mut t = Table::new(["ORDER", "WHAT", "NOW → THEN", "PODS", "NOTE"]);
        for s in &p.steps {
            let pods = if s.pods == 0 { String::new() } else { s.pods.to_string() };
            t.row([
                s.id.to_string().into(),
                s.object.to_string().into(),
                plan::detail(s).into(),
                pods.into(),
                s.note.as_deref().unwrap_or_default().into(),
            ]);
        }
        t.write(out, colour)?;
    }
    for l in &p.left_alone {
        writeln!(out, "left alone: {} ({})", l.object, l.why)?;
    }
    warnings(out, p)?;
    for r in &p.refused {
        writeln!(out, "refused: {r}")?;
    }
    Ok(())
}

/// What could surprise.
pub(crate) fn warnings(out: &mut dyn Write, p: &Plan) -> io::Result<()> {
    p.warnings.iter().try_for_each(|w| writeln!(out, "warning: {w}"))
}

/// What became of each step, and how it all ended.
pub(crate) fn outcome(out: &mut dyn Write, p: &Plan, o: &Outcome, colour: bool) -> io::Result<()> {
    let mut t = Table::new(["WHAT", "CHANGE", "RESULT", "WHY"]);
    for s in &p.steps {
        let result = o.results.iter().find(|(id, _)| *id == s.id).map_or(&StepResult::Pending, |(_, r)| r);
        let (word, why) = shape::result(result);
        let look = match result {
            StepResult::Done => Look::Good,
            StepResult::Failed(_) => Look::Bad,
            _ => Look::Plain,
        };
        t.row([
            s.object.to_string().into(),
            plan::detail(s).into(),
            Cell::looks(word, look),
            why.unwrap_or_default().into(),
        ]);
    }
    if !t.is_empty() {
        t.write(out, colour)?;
    }
    let (word, why) = shape::end(&o.end);
    match why {
        Some(why) => writeln!(out, "{}: {word}: {why}", p.title()),
        None => writeln!(out, "{}: {word}", p.title()),
    }
}

fn numbers(p: &Plan) -> String {
    if p.steps.is_empty() {
        return if p.refused.is_empty() { "nothing to do" } else { "can't be done" }.to_owned();
    }
    let pods: u32 = p.steps.iter().map(|s| s.pods).sum();
    let mut words = vec![count(p.steps.len(), "object")];
    if pods > 0 {
        words.push(count(pods as usize, "pod"));
    }
    words.join(", ")
}
