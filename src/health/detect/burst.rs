//! Errors in the logs of what is ready: where nothing else is wrong, what a workload says of itself again and again.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{call, spread};
use crate::domain::Time;
use crate::domain::issue::Severity;
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::words::{self, Says};
use crate::health::world::{Owner, World};

/// A line that is an error by its level.
static LEVEL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(^|[\s\[|<"=])(error|fatal|critical|panic|severe|err)([\s\]:|>",=]|$)|"(level|severity)":\s*"(error|fatal|critical)|\b[A-Za-z.]+(Exception|Error):|\bE[0-9]{4} "#).ok()
});

/// What differs from one time to the next.
static VARIES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[0-9a-fA-F-]{8,}|\d+([.:]\d+)*|0x[0-9a-f]+").ok());

/// A time at the beginning of a line.
static STAMP: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?").ok());

/// So often it is said.
const OFTEN: usize = 5;

/// Seconds back from the newest line that count.
const LATELY: i64 = 15 * 60;

/// LOG-01. What another fault of the namespace explains is told there.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    let troubled = |ns: &str| {
        out.iter().any(|f| {
            f.severity < Severity::Low && (f.root.namespace == ns || f.broken.iter().any(|b| b.namespace == ns))
        })
    };
    let mut found = Vec::new();
    for owner in world.owners.values() {
        if troubled(&owner.id.namespace)
            || matches!(owner.id.kind.as_str(), "Job" | "CronJob")
            || owner.id.namespace == "kube-system"
        {
            continue;
        }
        let Some((count, text, pod)) = loudest(world, owner) else { continue };
        let f = Finding::new("LOG-01", &owner.id, format!("{}: {text} ×{count}", owner.id.name)).tier(Tier::Logged);
        // Whom it complains of is at fault where that has a fault of its own.
        let called = world.calls_of(&owner.id).iter().filter(|c| text.contains(&c.host));
        let called: Vec<Id> = called.filter_map(|c| c.service.clone()).collect();
        let behind = called.iter().flat_map(|s| world.behind(s)).map(|o| o.id.clone());
        let behind: Vec<Id> = behind.filter(|id| *id != owner.id).collect();
        let f = f.waits_for(called).waits_for(behind);
        let line = words::say(&text);
        let f = match line {
            Some(line) if !matches!(line.says, Says::Fatal | Says::Setting) => {
                call::depends(world, owner, f, &line, "it serves, and says")
            }
            _ => f.because(format!("{} is ready and says {count} times: {text}", owner.id.words())),
        };
        found.push(spread(world, owner, f.severity(Severity::Medium).cite(format!("log of pod {pod}"), text)));
    }
    out.extend(found);
}

/// The error that the log of an owner has most often, lately.
fn loudest(world: &World<'_>, owner: &Owner<'_>) -> Option<(usize, String, String)> {
    let mut counts: BTreeMap<String, (usize, String, String)> = BTreeMap::new();
    for log in world.logs(owner).into_iter().filter(|l| !l.previous) {
        for line in log.lines.iter().rev().take(600) {
            let late = stamp(line).and_then(|t| world.age(Some(t))).is_some_and(|age| age > LATELY);
            if late || !LEVEL.as_ref().is_some_and(|r| r.is_match(line)) {
                continue;
            }
            let template = template(line);
            let entry = counts.entry(template).or_insert_with(|| (0, words::short(line), log.pod.clone()));
            entry.0 += 1;
        }
    }
    counts.into_values().filter(|(n, ..)| *n >= OFTEN).max_by(|a, b| (a.0, &b.1).cmp(&(b.0, &a.1)))
}

/// What a line has in common with others that say the same: its first words without what varies. Of a line that is an
/// object it is that of its message.
fn template(line: &str) -> String {
    let object = serde_json::from_str::<Value>(line).ok();
    let told =
        object.as_ref().and_then(|o| ["msg", "message", "error"].iter().map(|k| o.text(k)).find(|t| !t.is_empty()));
    let body = STAMP.as_ref().map_or_else(|| line.into(), |r| r.replace_all(told.unwrap_or(line), ""));
    let body = VARIES.as_ref().map_or_else(|| body.clone(), |r| r.replace_all(&body, "#"));
    let steady = |w: &&str| !w.contains('#') && !w.contains(|c: char| c.is_ascii_digit());
    body.split_whitespace().filter(steady).take(WORDS).collect::<Vec<_>>().join(" ")
}

/// So many words tell one complaint from another.
const WORDS: usize = 7;

fn stamp(line: &str) -> Option<Time> {
    let found = STAMP.as_ref()?.find(line)?.as_str().replace(' ', "T").replace(',', ".");
    found.parse().ok().or_else(|| format!("{found}Z").parse().ok())
}
