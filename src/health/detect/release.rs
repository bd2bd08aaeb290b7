//! A Helm release that failed or hangs, whatever serves beside it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::Text;
use crate::domain::environment::Environment;
use crate::domain::issue::{Category, Issue, IssueId, Severity};
use crate::domain::phase::Phase;
use crate::domain::status::Status;
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::Finding;
use crate::health::world::World;

/// One issue per release, but for those that are their services' own already, and those of what is off.
pub(super) fn find(environment: &Environment) -> Vec<Issue> {
    let said = |words: &Text| {
        let mut failed = environment.services.iter().filter(|s| s.status == Status::ReleaseFailed);
        failed.any(|s| s.release.as_ref() == Some(words))
    };
    let bad = environment.releases.iter().filter(|r| environment.phase != Phase::Unavailable && !said(&r.words));
    let issue = |title: &Text, object, since| {
        let id = IssueId { detector: "release", object, key: Text::default() };
        Issue { since, ..Issue::new(id, Severity::High, Category::Deployment, title.clone()) }
    };
    bad.map(|r| issue(&r.words, r.object.clone(), r.since)).collect()
}

/// REL-01 of evidence: the newest revision of a release by its Secret's labels.
pub(super) fn told(world: &World<'_>, out: &mut Vec<Finding>) {
    let mut newest: BTreeMap<(&str, &str), (i64, &Value)> = BTreeMap::new();
    for secret in world.evidence.all("Secret").filter(|s| s.label("owner") == Some("helm")) {
        let version = secret.label("version").and_then(|v| v.parse().ok()).unwrap_or(0);
        let of =
            newest.entry((secret.namespace(), secret.label("name").unwrap_or_default())).or_insert((version, secret));
        if version > of.0 {
            *of = (version, secret);
        }
    }
    for ((_, name), (version, secret)) in newest {
        let status = secret.label("status").unwrap_or_default();
        let since = secret.time("metadata/creationTimestamp");
        let hangs = status.starts_with("pending-") && world.age(since).is_some_and(|age| age > PENDING);
        if status != "failed" && !hangs {
            continue;
        }
        let id = Id::of(secret);
        out.push(
            Finding::new("REL-01", &id, format!("release {name} {status} (rev {version})"))
                .because(format!("Helm release {name} is {status} in its newest revision {version}"))
                .since(since)
                .cite(id.words(), format!("label status={status}"))
                .act("go back to the revision before", format!("helm -n {} rollback {name}", id.namespace)),
        );
    }
}

/// Seconds that a release may be under way.
const PENDING: i64 = 600;
