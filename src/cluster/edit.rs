//! Changes that are made of an object as it is now: it is read, and what is to become of it comes from `plan`.

use std::collections::HashMap;

use serde_json::Value;

use super::convert;
use super::execute;
use super::handle::Handle;
use super::wire::{Wire, escaped};
use crate::domain::revision::Revision;
use crate::domain::row::{WorkloadKind, WorkloadRow};
use crate::domain::{ObjectId, Text};
use crate::plan::{self, Edited};

/// What is told where nobody answers.
const NOBODY: &str = "revisions are read from a cluster that answers";

impl Handle {
    /// The revisions of a workload, newest first: read now, they are not watched.
    ///
    /// # Errors
    /// One sentence: they can't be read.
    pub async fn revisions(&self, workload: &WorkloadRow) -> Result<Vec<Revision>, Text> {
        let uid = &workload.meta.uid;
        if let Some(dump) = self.whole() {
            return Ok(convert::revisions(["ReplicaSet", "ControllerRevision"].iter().flat_map(|k| dump.all(k)), uid));
        }
        let wire = self.wire().ok_or(NOBODY)?;
        Ok(convert::revisions(&sets(&wire, workload).await?, uid))
    }

    /// What takes a workload back to revision `to`, or to the one before the newest.
    ///
    /// # Errors
    /// One sentence: it can't be read, there is no such revision.
    pub async fn back(&self, workload: &WorkloadRow, to: Option<u32>) -> Result<Edited, Text> {
        let wire = self.wire().ok_or(NOBODY)?;
        let object = ObjectId::new(workload.kind.kind(), workload.meta.namespace.clone(), workload.meta.name.clone());
        let live = execute::read(&wire, &object).await.map_err(|e| Text::from(format!("{object}: {e}")))?;
        let live = live.ok_or_else(|| Text::from(format!("{object} is gone")))?;
        let sets = sets(&wire, workload).await?;
        let name = |set: &Value| Some(Text::new(set.pointer("/metadata/name")?.as_str()?));
        let by_name: HashMap<Text, &Value> = sets.iter().filter_map(|set| Some((name(set)?, set))).collect();
        let template = |r: &Revision| by_name.get(&r.object).and_then(|set| convert::template_of(set));
        plan::back(&object, &live, &convert::revisions(&sets, &workload.meta.uid), to, template)
    }
}

/// The objects that hold the revisions of a workload, and others of the same labels.
async fn sets(wire: &Wire, workload: &WorkloadRow) -> Result<Vec<Value>, Text> {
    let resource = match workload.kind {
        WorkloadKind::Deployment => "replicasets",
        WorkloadKind::StatefulSet | WorkloadKind::DaemonSet => "controllerrevisions",
    };
    // The controllers find them by it, too: each has the labels of the pods that it makes.
    let (namespace, selector) = (&workload.meta.namespace, workload.selector.to_string());
    let path = format!("/apis/apps/v1/namespaces/{namespace}/{resource}?labelSelector={}", escaped(&selector));
    let mut list: Value = wire.get_json(&path).await.map_err(|e| Text::from(format!("{resource}: {e}")))?;
    match list.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => Ok(items),
        _ => Ok(Vec::new()),
    }
}
