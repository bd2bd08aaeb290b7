//! The shapes of JSON, field by field: what must be there, what may be, of what form; and nothing else.

use serde_json::{Map, Value};

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// A text that is not empty.
    Text,
    /// RFC 3339, in UTC.
    Time,
    /// A count, from 0.
    Count,
    /// Yes or no.
    Bool,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An object of these fields.
    One(Fields),
    /// A list of such objects.
    All(Fields),
    /// A list of texts.
    Texts,
}

/// Name, form, and whether it must be there.
pub type Fields = &'static [(&'static str, Form, bool)];

use Form::{All, Bool, Count, One, Text, Texts, Time, Word};

/// The 14 phases.
const PHASES: &[&str] = &[
    "Initializing",
    "Active",
    "Updating",
    "Error",
    "Destroying",
    "Destroyed",
    "Decommissioning Resources",
    "Unavailable",
    "Provisioning Resources",
    "Destroy Failed",
    "Service Unavailable",
    "Unknown",
    "Partially Active",
    "Partially Stopped",
];

/// The 10 health statuses.
const STATUSES: &[&str] = &[
    "Degraded",
    "Release Failed",
    "Missing",
    "Stopping",
    "Progressing",
    "Starting",
    "Stopped",
    "Running",
    "Healthy",
    "N/A",
];

const VERBS: &[&str] = &["start", "stop", "clone", "reconcile", "destroy", "deploy", "update", "delete"];
const OPERATION_STATES: &[&str] = &["running", "interrupted", "done", "failed", "undone"];

const ISSUES: Fields = &[
    ("critical", Count, true),
    ("high", Count, true),
    ("medium", Count, true),
    ("warning", Count, true),
    ("low", Count, true),
    ("info", Count, true),
];

const OBJECT: Fields =
    &[("kind", Text, true), ("group", Text, false), ("namespace", Text, false), ("name", Text, true)];

pub const PROJECT: Fields = &[
    ("name", Text, true),
    ("id", Text, true),
    ("cluster", Text, true),
    ("displayName", Text, false),
    ("environments", Count, true),
    ("issues", One(ISSUES), true),
    ("createdAt", Time, false),
];

pub const ENVIRONMENT: Fields = &[
    ("name", Text, true),
    ("id", Text, true),
    ("project", Text, true),
    ("cluster", Text, true),
    ("status", Word(PHASES), true),
    ("reason", Text, false),
    ("services", One(&[("healthy", Count, true), ("total", Count, true)]), true),
    ("issues", One(ISSUES), true),
    ("createdBy", Text, false),
    ("createdAt", Time, false),
    ("lastUpdated", Time, false),
    ("default", Bool, true),
    ("color", Text, false),
    ("protected", Bool, true),
    ("production", Bool, true),
    ("system", Bool, true),
    ("managedBy", Text, false),
    (
        "operation",
        One(&[
            ("id", Text, true),
            ("verb", Word(VERBS), true),
            ("status", Word(OPERATION_STATES), true),
            ("holder", Text, true),
            ("startedAt", Time, true),
            ("heartbeat", Time, true),
            ("endedAt", Time, false),
        ]),
        false,
    ),
];

pub const SERVICE: Fields = &[
    ("name", Text, true),
    ("kind", Text, true),
    ("group", Text, false),
    ("namespace", Text, true),
    ("environment", Text, true),
    ("project", Text, true),
    ("cluster", Text, true),
    ("status", Word(STATUSES), true),
    ("reason", Text, false),
    ("secondary", Text, false),
    ("ready", Count, true),
    ("desired", Count, true),
    ("remembered", Count, false),
    ("managedBy", Text, false),
    ("images", Texts, true),
    ("addresses", Texts, true),
    ("urls", Texts, true),
    ("deployedBy", Text, false),
    ("deployedAt", Time, false),
    ("repository", Text, false),
    ("spot", Bool, true),
    ("datasource", Bool, true),
    ("issues", One(ISSUES), true),
    ("createdAt", Time, false),
    ("lastRun", Time, false),
    ("nextRun", Time, false),
];

pub const EVENT: Fields = &[
    ("time", Time, true),
    ("type", Word(&["Normal", "Warning"]), true),
    ("reason", Text, false),
    ("message", Text, false),
    ("count", Count, true),
    ("object", One(OBJECT), true),
    ("service", Text, false),
    ("environment", Text, false),
    ("project", Text, false),
    ("cluster", Text, true),
];

pub const POD: Fields = &[
    ("name", Text, true),
    ("namespace", Text, true),
    ("environment", Text, true),
    ("project", Text, true),
    ("cluster", Text, true),
    ("service", Text, true),
    ("status", Text, true),
    ("reason", Text, false),
    ("ready", Count, true),
    ("containers", Count, true),
    ("restarts", Count, true),
    ("node", Text, false),
    ("ip", Text, false),
    ("createdAt", Time, false),
];

pub const OPERATION: Fields = &[
    ("id", Text, true),
    ("verb", Word(VERBS), true),
    ("environment", Text, true),
    ("namespace", Text, true),
    ("cluster", Text, true),
    ("status", Word(OPERATION_STATES), true),
    ("holder", Text, false),
    ("host", Text, false),
    ("startedAt", Time, true),
    ("heartbeat", Time, true),
    ("endedAt", Time, false),
    (
        "steps",
        All(&[
            ("id", Count, true),
            ("verb", Text, true),
            ("object", One(OBJECT), true),
            ("result", Word(RESULTS), true),
            ("why", Text, false),
        ]),
        true,
    ),
];

const RESULTS: &[&str] = &["pending", "sent", "done", "skipped", "failed"];

const STEP: Fields = &[
    ("id", Count, true),
    ("verb", Text, true),
    ("object", One(OBJECT), true),
    ("detail", Text, true),
    ("command", Text, true),
    ("note", Text, false),
];

/// A step of a result: the same with what became of it.
const ENDED_STEP: Fields = &[
    ("id", Count, true),
    ("verb", Text, true),
    ("object", One(OBJECT), true),
    ("detail", Text, true),
    ("command", Text, true),
    ("note", Text, false),
    ("result", Word(RESULTS), true),
    ("why", Text, false),
];

const LEFT_ALONE: Fields = &[("object", One(OBJECT), true), ("why", Text, true)];

pub const PLAN: Fields = &[
    ("operation", Word(VERBS), true),
    ("environment", Text, true),
    ("namespace", Text, true),
    ("cluster", Text, true),
    ("steps", All(STEP), true),
    ("leftAlone", All(LEFT_ALONE), true),
    ("warnings", Texts, true),
    ("refused", Texts, true),
];

pub const RESULT: Fields = &[
    ("id", Text, true),
    ("operation", Word(VERBS), true),
    ("environment", Text, true),
    ("namespace", Text, true),
    ("cluster", Text, true),
    ("status", Word(&["done", "undone", "partly", "refused", "timed out", "failed"]), true),
    ("why", Text, false),
    ("steps", All(ENDED_STEP), true),
    ("leftAlone", All(LEFT_ALONE), true),
    ("warnings", Texts, true),
    ("refused", Texts, true),
];

/// What of `value`, a list, is not as `fields` say: a line each.
pub fn faults(value: &Value, fields: Fields) -> Vec<String> {
    let mut faults = vec![];
    of_form("", value, All(fields), &mut faults);
    faults
}

fn of_form(at: &str, value: &Value, form: Form, faults: &mut Vec<String>) {
    let text = value.as_str();
    let fits = match form {
        Text => text.is_some_and(|t| !t.is_empty()),
        Time => text.is_some_and(|t| t.ends_with('Z') && t.parse::<jiff::Timestamp>().is_ok()),
        Count => value.is_u64(),
        Bool => value.is_boolean(),
        Word(words) => text.is_some_and(|t| words.contains(&t)),
        One(_) => value.is_object(),
        All(_) | Texts => value.is_array(),
    };
    if !fits {
        faults.push(format!("{at} is {value}"));
    }
    match (form, value) {
        (One(fields), Value::Object(map)) => of_fields(at, map, fields, faults),
        (All(fields), Value::Array(all)) => {
            all.iter().enumerate().for_each(|(n, one)| of_form(&format!("{at}[{n}]"), one, One(fields), faults));
        }
        (Texts, Value::Array(all)) => {
            all.iter().enumerate().for_each(|(n, one)| of_form(&format!("{at}[{n}]"), one, Text, faults));
        }
        _ => {}
    }
}

fn of_fields(at: &str, map: &Map<String, Value>, fields: Fields, faults: &mut Vec<String>) {
    for (name, form, needed) in fields {
        match map.get(*name) {
            Some(value) => of_form(&format!("{at}.{name}"), value, *form, faults),
            None if *needed => faults.push(format!("{at}.{name} is not there")),
            None => {}
        }
    }
    for name in map.keys().filter(|n| fields.iter().all(|(known, ..)| known != n)) {
        faults.push(format!("{at}.{name} stands in no contract"));
    }
}
