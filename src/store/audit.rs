//! The audit log: one JSON line for each object that kennel wrote to. Only ever appended to, readable by its
//! owner alone, and without values: what was written is in the object, why it failed in the server's log.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use crate::domain::operation::StepResult;
use crate::domain::{ObjectId, Text, Time};
use crate::plan::Written;

/// The audit log of this person.
#[derive(Debug)]
pub struct Audit {
    path: PathBuf,
    complained: AtomicBool,
}

#[derive(Serialize)]
struct Line<'a> {
    time: Time,
    who: &'a Text,
    context: &'a Text,
    verb: &'a Text,
    object: &'a ObjectId,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'a Text>,
    result: &'static str,
}

impl Audit {
    /// The log `audit.jsonl` in `folder`. Nothing is opened yet.
    pub fn new(folder: &Path) -> Self {
        Self { path: folder.join("audit.jsonl"), complained: AtomicBool::new(false) }
    }

    /// Appends a line. A failure is told once and never fails what was written about: `Some` warning, the first time.
    pub fn write(&self, written: &Written) -> Option<Text> {
        let error = self.append(written).err()?;
        let first = !self.complained.swap(true, Ordering::Relaxed);
        first.then(|| format!("the audit log {} can't be written: {error}", self.path.display()).into())
    }

    fn append(&self, w: &Written) -> io::Result<()> {
        let result = match &w.result {
            StepResult::Pending => "pending",
            StepResult::Sent => "sent",
            StepResult::Done => "done",
            StepResult::Skipped(_) => "skipped",
            StepResult::Failed(_) => "failed",
        };
        let Written { time, who, context, verb, object, uid, .. } = w;
        let mut line =
            serde_json::to_vec(&Line { time: *time, who, context, verb, object, uid: uid.as_ref(), result })?;
        line.push(b'\n');
        if let Some(folder) = self.path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        // Opened for each line: it may be rotated at any time, and lines of several kennels never mix (one write each).
        OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)?.write_all(&line)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Kind;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn written(result: StepResult) -> Written {
        Written {
            time: "2026-07-01T00:00:00Z".parse().unwrap(),
            who: "maria".into(),
            context: "eu-1".into(),
            verb: "stop".into(),
            object: ObjectId::new(Kind::Deployment, "shop", "web"),
            uid: Some("u-1".into()),
            result,
        }
    }

    #[test]
    fn one_line_per_object_appended_for_its_owner_alone_and_without_words_of_the_server() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("deep/kennel");
        Audit::new(&folder).write(&written(StepResult::Done));
        Audit::new(&folder).write(&written(StepResult::Failed("denied: canary".into())));
        let path = folder.join("audit.jsonl");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(
            lines[0],
            serde_json::json!({"time": "2026-07-01T00:00:00Z", "who": "maria", "context": "eu-1", "verb": "stop",
                "object": {"kind": "Deployment", "group": "apps", "namespace": "shop", "name": "web"}, "uid": "u-1", "result": "done"})
        );
        assert_eq!(lines[1]["result"], "failed");
        assert!(!text.contains("canary"));
    }

    #[test]
    fn a_log_that_cant_be_written_warns_once_and_fails_nothing() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("in-the-way");
        std::fs::write(&file, "").unwrap();
        let audit = Audit::new(&file);
        assert!(audit.write(&written(StepResult::Done)).unwrap().contains("audit log"));
        assert_eq!(audit.write(&written(StepResult::Done)), None);
    }
}
