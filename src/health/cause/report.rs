//! A root cause as it is told: what, why one thinks so, who suffers, what to do, in which order it happened, what was
//! ruled out.

use super::{Root, score};
use crate::domain::issue::{Category, Issue, IssueId, Severity};
use crate::domain::{ObjectId, Text, Time};
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::Tier;
use crate::health::world::World;

/// A statement's source, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each says what it is")]
pub struct Cite {
    pub source: Text,
    pub text: Text,
}

/// What somebody can do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each says what it is")]
pub struct Action {
    pub text: Text,
    /// As a command of kubectl.
    pub command: Option<Text>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each says what it is")]
pub struct Moment {
    pub time: Time,
    pub text: Text,
    pub object: ObjectId,
}

/// Minutes that it takes to put such a thing right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each says what it is")]
pub struct Minutes {
    pub min: u32,
    pub max: u32,
    pub likely: u32,
}

/// An issue with its root cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// Stable over restarts: detector, object, key.
    pub id: Text,
    /// The detector.
    pub detector: &'static str,
    /// What of the root, where it may have several faults: a container, a key.
    pub key: Text,
    /// In a line.
    pub title: Text,
    /// What kind of fault.
    pub category: Category,
    /// How bad.
    pub severity: Severity,
    /// Where the cause lies.
    pub root: ObjectId,
    /// The cause in a sentence.
    pub cause: Text,
    /// Since when.
    pub since: Option<Time>,
    /// What is broken by it.
    pub affected: Vec<ObjectId>,
    /// Why one thinks so, each with its source.
    pub diagnostics: Vec<Cite>,
    /// What also plays a part.
    pub contributing: Vec<Text>,
    /// What can be done.
    pub actions: Vec<Action>,
    /// What happened, oldest first.
    pub timeline: Vec<Moment>,
    /// 0 to 1.
    pub confidence: f64,
    /// What that rests on.
    pub tier: Tier,
    /// What else it could be.
    pub candidates: Vec<(Text, ObjectId, f64)>,
    /// What it is not, and why.
    pub ruled_out: Vec<Text>,
    /// How long it takes.
    pub minutes: Option<Minutes>,
}

impl Diagnosis {
    /// The same as an issue of the picture.
    pub(crate) fn issue(&self) -> Issue {
        let id = IssueId { detector: self.detector, object: self.root.clone(), key: self.key.clone() };
        let affected = self.affected.clone().into();
        Issue { since: self.since, affected, ..Issue::new(id, self.severity, self.category, self.title.clone()) }
    }

    /// Whether it is decided; else it says what remains.
    pub fn is_decided(&self) -> bool {
        self.confidence >= DECIDED
    }

    /// Who suffers, in a line.
    pub fn impact(&self) -> String {
        let names: Vec<String> = self.affected.iter().take(6).map(ObjectId::short).collect();
        match self.affected.len() {
            0 => "nothing else is known to suffer".to_owned(),
            n if n > names.len() => format!("{} and {} more", names.join(", "), n - names.len()),
            _ => names.join(", "),
        }
    }

    /// The report, part by part: the cause first, then why one thinks so, who suffers, what to do. What there is nothing
    /// to say of is left out.
    pub fn parts(&self) -> Vec<(&'static str, Vec<Line<'_>>)> {
        let plain = |lines: Vec<String>| lines.into_iter().map(Line::Plain).collect::<Vec<_>>();
        let strings = |all: &[Text]| plain(all.iter().map(ToString::to_string).collect());
        let act = |a: &Action| match &a.command {
            Some(command) => format!("{}: {command}", a.text),
            None => a.text.to_string(),
        };
        let open = |(text, _, sure): &(Text, ObjectId, f64)| format!("{text} ({:.0} %)", sure * 100.0);
        let minutes = self.minutes.map(|m| format!("it takes {}–{} min, likely {}", m.min, m.max, m.likely));
        let cites = self.diagnostics.iter().map(|c| format!("{}: {}", c.source, c.text));
        let cause = if self.is_decided() { "ROOT CAUSE" } else { "NOT DECIDED, most likely" };
        let mut parts = vec![
            (cause, plain(vec![self.cause.to_string()])),
            ("WHY WE THINK SO", plain(cites.collect())),
            ("ALSO PLAYS A PART", strings(&self.contributing)),
            ("WHO SUFFERS", plain(vec![self.impact()])),
            ("WHAT TO DO", plain(self.actions.iter().map(act).chain(minutes).collect())),
            ("TIMELINE", self.timeline.iter().map(Line::Moment).collect()),
            ("RULED OUT", strings(&self.ruled_out)),
        ];
        if !self.is_decided() {
            parts.insert(1, ("IT COULD BE", plain(self.candidates.iter().map(open).collect())));
        }
        parts.retain(|(_, lines)| !lines.is_empty());
        parts
    }
}

/// A line of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Words.
    Plain(String),
    /// What happened when, told in the time of who reads it.
    Moment(&'a Moment),
}

/// Below this nothing is decided.
const DECIDED: f64 = 0.6;

/// Most moments of a timeline.
const MOMENTS: usize = 12;

/// A root as it is told.
pub(super) fn of(world: &World<'_>, root: &Root, all: &[Root]) -> Diagnosis {
    let f = &root.finding;
    let id = |i: &Id| world.evidence.id(i);
    let named = IssueId { detector: f.detector, object: id(&f.root), key: Text::new(&f.key) };
    let confidence = calibrated(f.tier, score(root));
    let mut cites: Vec<Cite> = Vec::new();
    for c in f.cites.iter().chain(root.parts.iter().flat_map(|p| &p.cites)) {
        let c = Cite { source: Text::new(&c.source), text: Text::new(&c.text) };
        if !cites.contains(&c) && cites.len() < 24 {
            cites.push(c);
        }
    }
    let others = all.iter().filter(|o| o.finding.root != f.root && shares(&o.finding.broken, &f.broken));
    let mut candidates: Vec<(Text, ObjectId, f64)> = vec![(Text::new(&f.cause), id(&f.root), confidence)];
    candidates.extend(
        others
            .take(2)
            .map(|o| (Text::new(&o.finding.cause), id(&o.finding.root), calibrated(o.finding.tier, score(o)))),
    );
    let mut contributing: Vec<Text> = root.parts.iter().map(|p| Text::new(&p.cause)).collect();
    // What is the cause itself plays no further part.
    contributing.retain(|part| **part != *f.cause);
    contributing.dedup();
    Diagnosis {
        id: Text::from(named.to_string()),
        detector: f.detector,
        key: Text::new(&f.key),
        title: Text::new(&f.title),
        category: f.category,
        severity: f.severity,
        root: id(&f.root),
        cause: Text::new(&f.cause),
        since: f.since,
        affected: f.broken.iter().map(id).collect(),
        diagnostics: cites,
        contributing,
        actions: f
            .actions
            .iter()
            .map(|a| Action { text: Text::new(&a.text), command: a.command.as_deref().map(Text::new) })
            .collect(),
        timeline: timeline(world, root),
        confidence,
        tier: f.tier,
        candidates,
        ruled_out: ruled_out(world, root),
        minutes: minutes(f.minutes, f.tier, confidence),
    }
}

fn shares(a: &[Id], b: &[Id]) -> bool {
    a.iter().any(|x| b.contains(x))
}

/// How often what rests on a tier was right, and how often it was said: cases seen for the first time count whole, those
/// that were mended a quarter. `tests/causes/calibration.rs` counts them and says what is to stand here.
const SEEN: &[(Tier, f64, f64)] = &[
    (Tier::Proved, 17.2, 19.2),
    (Tier::Computed, 20.2, 23.2),
    (Tier::Typed, 13.2, 13.2),
    (Tier::Logged, 7.0, 8.0),
    (Tier::Symptom, 1.0, 1.0),
];

fn calibrated(tier: Tier, base: f64) -> f64 {
    let (hits, n) = SEEN.iter().find(|(t, ..)| *t == tier).map_or((0.0, 0.0), |(_, h, n)| (*h, *n));
    let shown = (base * 10.0 + hits) / (10.0 + n);
    (shown * 100.0).round() / 100.0
}

fn minutes((min, max): (u32, u32), tier: Tier, confidence: f64) -> Option<Minutes> {
    if max == 0 {
        return None;
    }
    let likely = (f64::from(min) * f64::from(max)).sqrt();
    let likely = if tier == Tier::Proved { likely * 0.5 } else { likely };
    let likely = if confidence < DECIDED { likely * 1.5 } else { likely };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "minutes of a table")]
    let likely = likely.round().max(1.0) as u32;
    Some(Minutes { min, max, likely })
}

/// What happened to what is at fault, and to what it breaks.
fn timeline(world: &World<'_>, root: &Root) -> Vec<Moment> {
    let f = &root.finding;
    let mut about: Vec<Id> = vec![f.root.clone()];
    about.extend(f.broken.iter().filter(|b| b.kind != "Service").take(8).cloned());
    let pods: Vec<Id> = about
        .iter()
        .filter_map(|id| world.owners.get(id))
        .flat_map(|o| o.pods.iter().map(|p| Id::of(p)).take(8))
        .collect();
    let mut moments: Vec<Moment> = Vec::new();
    for id in about.iter().chain(&pods) {
        let object = world.evidence.id(id);
        for e in world
            .evidence
            .events(id)
            .iter()
            .filter(|e| e.warning || matches!(e.reason.as_str(), "Killing" | "ScalingReplicaSet" | "Preempted"))
        {
            let times = if e.count > 1 { format!(" ×{}", e.count) } else { String::new() };
            moments.extend(e.first.map(|time| Moment {
                time,
                text: Text::capped(&format!("{}{times}: {}", e.reason, e.message), 200),
                object: object.clone(),
            }));
        }
        let made = world.evidence.object(id).and_then(|o| o.time("metadata/creationTimestamp"));
        moments.extend(made.filter(|_| id == &f.root).map(|time| Moment {
            time,
            text: Text::from(format!("{} was made", id.words())),
            object: object.clone(),
        }));
    }
    moments.sort_by(|a, b| (a.time, &a.text).cmp(&(b.time, &b.text)));
    moments.dedup();
    let from = moments.len().saturating_sub(MOMENTS);
    moments.split_off(from)
}

/// What it is not: what was looked at and is well.
fn ruled_out(world: &World<'_>, root: &Root) -> Vec<Text> {
    let f = &root.finding;
    let mut out: Vec<String> = f.ruled_out.clone();
    let owner = world.owners.get(&f.root).or_else(|| f.broken.iter().find_map(|b| world.owners.get(b)));
    if let Some(owner) = owner {
        let nodes: std::collections::BTreeSet<&str> =
            owner.alive().map(|p| p.text("spec/nodeName")).filter(|n| !n.is_empty()).collect();
        for name in nodes {
            let node = world.evidence.get("Node", "", name);
            let ready = node.and_then(|n| n.condition("Ready")).is_some_and(|c| c.text("status") == "True");
            if ready && f.root.name != name {
                out.push(format!("node {name} (ready, no pressure)"));
            }
        }
        let pulled =
            owner.alive().any(|p| p.list("status/containerStatuses").iter().any(|s| !s.text("imageID").is_empty()));
        if pulled && !matches!(f.detector, "POD-03" | "POD-04") {
            out.push("image pull (its image is there)".to_owned());
        }
    }
    out.iter().map(|t| Text::new(t)).collect()
}
