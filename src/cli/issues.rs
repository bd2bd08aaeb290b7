//! `kennel issues` and `kennel rca`: what is wrong, and why.

use std::sync::Arc;

use super::args::{Global, Issues, Output, Rca};
use super::connect::Session;
use super::exit::{Exit, Failure, Outcome};
use super::print::{self, Style};
use super::shape::health as shape;
use super::table::{Cell, Look, NONE, Table};
use super::{find, get};
use crate::domain::age::age;
use crate::domain::environment::Environment;
use crate::domain::issue::{Issue, Severity};
use crate::domain::resolved::Resolved;
use crate::domain::{Snapshot, Text, Time};
use crate::health::cause::{self, Diagnosis, Line};
use crate::store::History;

/// So many environments are looked into where none is named: those that are not well first.
const MOST: usize = 40;

/// Lists what is wrong.
pub(crate) async fn list(session: &Session, global: &Global, wanted: &Issues) -> Outcome {
    let snapshot = session.settled(get::DECIDING, global).await?;
    let only_ended = wanted.resolved && !wanted.all;
    let places = find::environments(&snapshot, wanted.target.as_deref(), &global.namespaces)?;
    let all = wanted.target.is_none() && global.namespaces.is_empty();
    let found = if only_ended { Vec::new() } else { look(session, &places, all, false).await };
    let here = |d: &&Diagnosis| all || shape::place(&snapshot, d).is_none_or(|e| places.iter().any(|p| p.id == e.id));
    let wide = |d: &&Diagnosis| {
        wanted.severity.is_none_or(|s| d.severity <= s) && wanted.category.is_none_or(|c| d.category == c)
    };
    let found: Vec<&Diagnosis> = found.iter().filter(here).filter(wide).collect();
    let mut ended = ended(session, wanted, &places, all);
    // What one dashboard saw end may be open again.
    let open = |r: &Resolved| {
        let here = snapshot.environment(&r.environment);
        let concerns = |i: &Issue| !i.is_hint() && (i.id == r.issue.id || i.concerns(&r.issue.id.object));
        here.is_some_and(|e| e.issues.iter().any(concerns)) || found.iter().any(|d| *d.id == r.issue.id.to_string())
    };
    ended.retain(|r| !open(r));
    let style = Style::of(global);
    print::stdout(|out| {
        if style.structured() {
            let open = found.iter().map(|d| shape::issue(&snapshot, d));
            let shapes: Vec<_> = open.chain(ended.iter().map(shape::resolved)).collect();
            return print::array(out, &shapes, style.output);
        }
        if style.output == Output::Name {
            let ids = found.iter().map(|d| d.id.to_string()).chain(ended.iter().map(|r| r.issue.id.to_string()));
            return Ok(ids.into_iter().try_for_each(|id| writeln!(out, "{id}"))?);
        }
        if found.is_empty() && ended.is_empty() {
            print::say(if only_ended { "no issue is known to have ended" } else { "no issues" });
            return Ok(());
        }
        let mut t =
            Table::new(["SEVERITY", "ENVIRONMENT", "ISSUE", if only_ended { "RESOLVED" } else { "SINCE" }, "ID"]);
        let ago = |at: Option<Time>| at.map(|at| age(at, snapshot.now));
        for d in &found {
            let place = shape::place(&snapshot, d).map(Environment::path);
            t.row([
                Cell::looks(d.severity.word(), shade(d.severity)),
                place.map_or(NONE.into(), Cell::from),
                d.title.as_str().into(),
                ago(d.since).map_or(NONE.into(), Cell::from),
                d.id.as_str().into(),
            ]);
        }
        for r in &ended {
            let at = ago(Some(r.at)).unwrap_or_default();
            t.row([
                Cell::looks(r.issue.severity.word(), Look::Off),
                r.place.as_str().into(),
                r.issue.title.as_str().into(),
                if only_ended { at.into() } else { format!("resolved {at}").into() },
                r.issue.id.to_string().into(),
            ]);
        }
        Ok(t.write(out, style.colour)?)
    })
}

/// What dashboards saw end, the latest first, where that is asked for.
fn ended(session: &Session, wanted: &Issues, places: &[Arc<Environment>], everywhere: bool) -> Vec<Resolved> {
    let asked = wanted.resolved || wanted.all;
    let mut ended = session.history.as_ref().filter(|_| asked).map(History::read).unwrap_or_default();
    ended.retain(|r| {
        (everywhere || places.iter().any(|p| p.id == r.environment))
            && wanted.severity.is_none_or(|s| r.issue.severity <= s)
            && wanted.category.is_none_or(|c| r.issue.category == c)
    });
    ended
}

fn shade(s: Severity) -> Look {
    match s {
        Severity::Critical | Severity::High => Look::Bad,
        Severity::Medium | Severity::Warning => Look::Busy,
        Severity::Low | Severity::Info => Look::Off,
    }
}

/// Reads what root causes are found in, and finds them.
async fn look(session: &Session, places: &[Arc<Environment>], all: bool, secrets: bool) -> Vec<Diagnosis> {
    let mut namespaces: Vec<(bool, Text)> =
        places.iter().map(|e| (e.issues.is_empty() && e.reason.is_none(), e.id.namespace.clone())).collect();
    namespaces.sort();
    if all && namespaces.len() > MOST {
        print::say(format_args!(
            "{} environments are looked into, those that are not well first; name one to look into it",
            MOST
        ));
        namespaces.truncate(MOST);
    }
    let namespaces: Vec<Text> = namespaces.into_iter().map(|(_, n)| n).collect();
    let evidence = session.handle.evidence(&namespaces, secrets).await;
    for gap in evidence.gaps() {
        print::say(format_args!("warning: {gap}"));
    }
    cause::diagnose(&evidence)
}

/// Prints the report of one root cause.
pub(crate) async fn report(session: &Session, global: &Global, wanted: &Rca) -> Outcome {
    let snapshot = session.settled(get::DECIDING, global).await?;
    let places = find::environments(&snapshot, None, &global.namespaces)?;
    let found = look(session, &places, global.namespaces.is_empty(), true).await;
    let what = wanted.what.as_str();
    let Some(found) = meant(&found, what, &global.namespaces) else {
        let known = find::nearest(what, found.iter().map(|d| d.id.to_string()));
        let hint = match known.as_slice() {
            [] => "there are no issues".to_owned(),
            some => format!("there are: {}", some.join(", ")),
        };
        return Err(Failure::new(Exit::Failed, format!("no issue is `{what}`, or breaks it; {hint}")));
    };
    let style = Style::of(global);
    print::stdout(|out| {
        if style.structured() {
            return print::array(out, &[shape::cause(&snapshot, found)], style.output);
        }
        if style.output == Output::Name {
            return Ok(writeln!(out, "{}", found.id)?);
        }
        Ok(out.write_all(words(&snapshot, found).as_bytes())?)
    })
}

/// The issue of this ID; else of an object: the one whose root it is, else the worst that breaks it.
fn meant<'d>(found: &'d [Diagnosis], what: &str, namespaces: &[String]) -> Option<&'d Diagnosis> {
    if let Some(known) = found.iter().find(|d| *d.id == *what) {
        return Some(known);
    }
    // Of a name alone: whatever has it.
    let (kind, name) = what.split_once('/').map_or((None, what), |(kind, name)| (Some(kind), name));
    let is = |o: &crate::domain::ObjectId| {
        let fits = |kind: &str| {
            o.kind().eq_ignore_ascii_case(kind)
                || o.short().split('/').next() == Some(kind)
                || o.argument().split('/').next().is_some_and(|a| a.split('.').next() == Some(kind))
        };
        kind.is_none_or(fits)
            && *o.name == *name
            && (namespaces.is_empty() || o.namespace.is_empty() || namespaces.iter().any(|n| **n == *o.namespace))
    };
    found.iter().find(|d| is(&d.root)).or_else(|| found.iter().find(|d| d.affected.iter().any(is)))
}

/// A report for people: the cause first, then the evidence, who suffers, what to do.
fn words(snapshot: &Snapshot, d: &Diagnosis) -> String {
    let place = shape::place(snapshot, d).map(|e| format!("{} · ", e.path())).unwrap_or_default();
    let since = d.since.map(|s| format!("for {} · ", age(s, snapshot.now))).unwrap_or_default();
    let sure = d.confidence * 100.0;
    let severity = d.severity.word();
    let mut text = format!("{}\n{place}{} · {severity} · {since}confidence {sure:.0} %\n", d.title, d.root);
    for (title, lines) in d.parts() {
        text.push_str(&format!("\n{title}\n"));
        for line in lines {
            let words = match line {
                Line::Plain(words) => words,
                Line::Moment(m) => format!("{}  {}", m.time, m.text),
            };
            text.push_str(&format!("  {words}\n"));
        }
    }
    text
}
