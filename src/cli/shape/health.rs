//! Issues and root causes, as the contract has them.

use std::borrow::Cow;

use serde::Serialize;

use super::Object;
use crate::domain::environment::Environment;
use crate::domain::issue::{Category, Severity};
use crate::domain::resolved::Resolved;
use crate::domain::{Snapshot, Time};
use crate::health::cause::Diagnosis;

/// An issue.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssueShape<'a> {
    id: Cow<'a, str>,
    detector: &'static str,
    title: &'a str,
    description: &'a str,
    category: Category,
    severity: Severity,
    status: &'static str,
    resource: Object<'a>,
    namespace: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detected_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<Time>,
    affected: Vec<Object<'a>>,
}

/// A root cause report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CauseShape<'a> {
    issue: IssueShape<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    root_cause: Statement<'a>,
    contributing_factors: Vec<&'a str>,
    impact: Impact<'a>,
    actions: Vec<Act<'a>>,
    timeline: Vec<Moment<'a>>,
    diagnostics: Vec<Cite<'a>>,
    confidence: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution_minutes: Option<Minutes>,
    candidates: Vec<Candidate<'a>>,
    ruled_out: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct Statement<'a> {
    text: &'a str,
    object: Object<'a>,
}

#[derive(Debug, Serialize)]
struct Impact<'a> {
    text: String,
    services: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct Act<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Moment<'a> {
    time: Time,
    text: &'a str,
    object: Object<'a>,
}

#[derive(Debug, Serialize)]
struct Cite<'a> {
    source: &'a str,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct Minutes {
    min: u32,
    max: u32,
    likely: u32,
}

#[derive(Debug, Serialize)]
struct Candidate<'a> {
    text: &'a str,
    object: Object<'a>,
    confidence: f64,
}

/// The environment that an issue is of: its root's, else that of the first thing that it breaks.
pub(crate) fn place<'s>(snapshot: &'s Snapshot, d: &Diagnosis) -> Option<&'s Environment> {
    let namespaces = std::iter::once(&d.root).chain(&d.affected).map(|o| &o.namespace);
    let mut known = namespaces.filter(|n| !n.is_empty()).filter_map(|n| snapshot.namespace(n.clone()));
    known.next().map(|e| &**e)
}

/// An issue.
pub(crate) fn issue<'a>(snapshot: &'a Snapshot, d: &'a Diagnosis) -> IssueShape<'a> {
    let environment = place(snapshot, d);
    IssueShape {
        id: d.id.as_str().into(),
        detector: d.detector,
        title: &d.title,
        description: &d.cause,
        category: d.category,
        severity: d.severity,
        status: "active",
        resource: (&d.root).into(),
        namespace: environment.map_or(&d.root.namespace, |e| &e.id.namespace),
        environment: environment.map(|e| e.name.as_str()),
        project: environment.map(|e| e.project.as_str()),
        cluster: &snapshot.cluster.context,
        detected_at: d.since,
        resolved_at: None,
        affected: d.affected.iter().map(Object::from).collect(),
    }
}

/// One that is no more.
pub(crate) fn resolved(r: &Resolved) -> IssueShape<'_> {
    let (project, environment) = r.place.split_once('/').map_or((None, &*r.place), |(p, e)| (Some(p), e));
    IssueShape {
        id: r.issue.id.to_string().into(),
        detector: r.issue.id.detector,
        title: &r.issue.title,
        description: &r.issue.title,
        category: r.issue.category,
        severity: r.issue.severity,
        status: "resolved",
        resource: (&r.issue.id.object).into(),
        namespace: &r.environment.namespace,
        environment: Some(environment),
        project,
        cluster: &r.environment.cluster,
        detected_at: r.issue.since,
        resolved_at: Some(r.at),
        affected: r.issue.affected.iter().map(Object::from).collect(),
    }
}

/// A root cause report.
pub(crate) fn cause<'a>(snapshot: &'a Snapshot, d: &'a Diagnosis) -> CauseShape<'a> {
    let services: Vec<&str> = d.affected.iter().map(|o| o.name.as_str()).collect();
    CauseShape {
        issue: issue(snapshot, d),
        cluster: &snapshot.cluster.context,
        root_cause: Statement { text: &d.cause, object: (&d.root).into() },
        contributing_factors: d.contributing.iter().map(|t| t.as_str()).collect(),
        impact: Impact { text: d.impact(), services },
        actions: d.actions.iter().map(|a| Act { text: &a.text, command: a.command.as_deref() }).collect(),
        timeline: d
            .timeline
            .iter()
            .map(|m| Moment { time: m.time, text: &m.text, object: (&m.object).into() })
            .collect(),
        diagnostics: d.diagnostics.iter().map(|c| Cite { source: &c.source, text: &c.text }).collect(),
        confidence: d.confidence,
        resolution_minutes: d.minutes.map(|m| Minutes { min: m.min, max: m.max, likely: m.likely }),
        candidates: d
            .candidates
            .iter()
            .map(|(text, o, confidence)| Candidate { text, object: o.into(), confidence: *confidence })
            .collect(),
        ruled_out: d.ruled_out.iter().map(|t| t.as_str()).collect(),
    }
}
