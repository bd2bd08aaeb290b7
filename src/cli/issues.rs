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
use crate::domain::issue::Severity;
use crate::domain::{Snapshot, Text};
use crate::health::cause::{self, Diagnosis, Line};

/// So many environments are looked into where none is named: those that are not well first.
const MOST: usize = 40;

/// Lists what is wrong.
pub(crate) async fn list(session: &Session, global: &Global, wanted: &Issues) -> Outcome {
    let snapshot = session.settled(get::DECIDING, global).await?;
    let places = find::environments(&snapshot, wanted.target.as_deref(), &global.namespaces)?;
    let all = wanted.target.is_none() && global.namespaces.is_empty();
    let found = look(session, &places, all, false).await;
    let here = |d: &&Diagnosis| all || shape::place(&snapshot, d).is_none_or(|e| places.iter().any(|p| p.id == e.id));
    let wide = |d: &&Diagnosis| {
        wanted.severity.is_none_or(|s| d.severity <= s) && wanted.category.is_none_or(|c| d.category == c)
    };
    let found: Vec<&Diagnosis> = found.iter().filter(here).filter(wide).collect();
    let style = Style::of(global);
    print::stdout(|out| {
        if style.structured() {
            let shapes: Vec<_> = found.iter().map(|d| shape::issue(&snapshot, d)).collect();
            return print::array(out, &shapes, style.output);
        }
        if style.output == Output::Name {
            return Ok(found.iter().try_for_each(|d| writeln!(out, "{}", d.id))?);
        }
        if found.is_empty() {
            print::say("no issues");
            return Ok(());
        }
        let mut t = Table::new(["SEVERITY", "ENVIRONMENT", "ISSUE", "SINCE", "ID"]);
        for d in &found {
            let place = shape::place(&snapshot, d).map(Environment::path);
            t.row([
                Cell::looks(d.severity.word(), shade(d.severity)),
                place.map_or(NONE.into(), Cell::from),
                d.title.as_str().into(),
                d.since.map_or(NONE.into(), |s| Cell::from(age(s, snapshot.now))),
                d.id.as_str().into(),
            ]);
        }
        Ok(t.write(out, style.colour)?)
    })
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
    let (kind, name) = what.split_once('/')?;
    let is = |o: &crate::domain::ObjectId| {
        let kind_fits = o.kind().eq_ignore_ascii_case(kind)
            || o.short().split('/').next() == Some(kind)
            || o.argument().split('/').next().is_some_and(|a| a.split('.').next() == Some(kind));
        kind_fits
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
