//! Issues that were open while somebody looked and are no more: a file for each context, so that a later look at it
//! knows them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::file;
use crate::domain::issue::{Category, Issue, IssueId, Severity};
use crate::domain::resolved::Resolved;
use crate::domain::{EnvironmentId, ObjectId, Text, Time};
use crate::health::detector;

/// Most issues that are kept of a context.
const MOST: usize = 500;

/// What one person has seen end, at one context.
#[derive(Clone, Debug)]
pub struct History {
    path: PathBuf,
}

/// As it is written down.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    detector: Text,
    object: ObjectId,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    key: Text,
    title: Text,
    severity: Severity,
    category: Category,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Time>,
    resolved_at: Time,
    #[serde(default)]
    affected: Vec<ObjectId>,
    cluster: Text,
    namespace: Text,
    place: Text,
}

impl History {
    /// That of a context, in `folder`. Nothing is opened yet.
    pub fn new(folder: &Path, context: &str) -> Self {
        Self { path: folder.join("resolved").join(file::named(context)) }
    }

    /// What is no more, the latest first. A file that is not there or can't be read holds nothing.
    pub fn read(&self) -> Vec<Resolved> {
        self.written().into_iter().filter_map(Written::resolved).collect()
    }

    /// Keeps these, with those that other sessions have kept; of what was noted before, what is open again is none of
    /// them any more.
    ///
    /// # Errors
    /// The file or its folder can't be written.
    pub fn keep(&self, noted: &[Arc<Resolved>], ended: &[Arc<Resolved>]) -> io::Result<()> {
        let mut all: Vec<Written> = ended.iter().map(|r| Written::of(r)).collect();
        let noted: Vec<Written> = noted.iter().map(|r| Written::of(r)).collect();
        for old in self.written() {
            if !all.iter().chain(&noted).any(|w| w.is(&old)) {
                all.push(old);
            }
        }
        all.sort_by_key(|w| std::cmp::Reverse(w.resolved_at));
        all.truncate(MOST);
        file::put(&self.path, &serde_json::to_vec(&all)?)
    }

    fn written(&self) -> Vec<Written> {
        serde_json::from_slice(&file::get(&self.path)).unwrap_or_default()
    }
}

impl Written {
    fn of(r: &Resolved) -> Self {
        let Issue { id, severity, title, since, category, affected, .. } = &r.issue;
        Self {
            detector: id.detector.into(),
            object: id.object.clone(),
            key: id.key.clone(),
            title: title.clone(),
            severity: *severity,
            category: *category,
            since: *since,
            resolved_at: r.at,
            affected: affected.to_vec(),
            cluster: r.environment.cluster.clone(),
            namespace: r.environment.namespace.clone(),
            place: r.place.clone(),
        }
    }

    /// Whether both are the same issue: of those that end again and again the last end is kept.
    fn is(&self, other: &Self) -> bool {
        self.detector == other.detector
            && self.object == other.object
            && self.key == other.key
            && self.namespace == other.namespace
    }

    /// None where nobody finds such issues any more.
    fn resolved(self) -> Option<Resolved> {
        let id = IssueId { detector: detector(&self.detector)?, object: self.object, key: self.key };
        let issue = Issue {
            since: self.since,
            affected: self.affected.into(),
            ..Issue::new(id, self.severity, self.category, self.title)
        };
        let environment = EnvironmentId::new(self.cluster, self.namespace);
        Some(Resolved { issue, environment, place: self.place, at: self.resolved_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Kind;

    fn ended(name: &str, at: i64) -> Arc<Resolved> {
        let object = ObjectId::new(Kind::Deployment, "shop", name);
        let id = IssueId { detector: "degraded", object: object.clone(), key: "a".into() };
        let issue = Issue {
            since: Some(Time::UNIX_EPOCH),
            affected: Box::new([object]),
            ..Issue::new(id, Severity::High, Category::Reliability, format!("{name}: down"))
        };
        let at = Time::from_second(at).unwrap();
        Arc::new(Resolved { issue, environment: EnvironmentId::new("eu-1", "shop"), place: "shop/dev".into(), at })
    }

    #[test]
    fn what_is_no_more_is_known_at_the_next_look_at_its_context_the_latest_first() {
        let home = tempfile::tempdir().unwrap();
        let eu = History::new(home.path(), "eu-1");
        assert!(eu.read().is_empty());
        eu.keep(&[], &[ended("web", 10)]).unwrap();
        eu.keep(&[], &[ended("api", 20), ended("web", 10)]).unwrap();
        let read: Vec<Resolved> = eu.read();
        assert_eq!(read, [(*ended("api", 20)).clone(), (*ended("web", 10)).clone()]);
        assert!(History::new(home.path(), "us-1").read().is_empty());
    }

    #[test]
    fn it_does_not_grow_without_end_and_two_sessions_lose_nothing() {
        let home = tempfile::tempdir().unwrap();
        let (one, other) = (History::new(home.path(), "eu-1"), History::new(home.path(), "eu-1"));
        one.keep(&[], &[ended("web", 10)]).unwrap();
        other.keep(&[], &[ended("api", 20)]).unwrap();
        assert_eq!(one.read().len(), 2);
        one.keep(&[ended("web", 10)], &[]).unwrap();
        assert_eq!(one.read(), [(*ended("api", 20)).clone()], "one is open again");
        let many: Vec<_> = (0..2000).map(|n| ended(&format!("n{n}"), n)).collect();
        one.keep(&[], &many).unwrap();
        assert_eq!(one.read().len(), MOST);
    }

    #[test]
    fn what_nobody_finds_any_more_and_a_broken_file_are_nothing() {
        let home = tempfile::tempdir().unwrap();
        let history = History::new(home.path(), "eu-1");
        history.keep(&[], &[ended("web", 10)]).unwrap();
        let text = std::fs::read_to_string(&history.path).unwrap().replace("degraded", "of-another-time");
        std::fs::write(&history.path, text).unwrap();
        assert!(history.read().is_empty());
        std::fs::write(&history.path, "[{").unwrap();
        assert!(history.read().is_empty());
        history.keep(&[], &[ended("web", 10)]).unwrap();
        assert_eq!(history.read().len(), 1);
    }
}
