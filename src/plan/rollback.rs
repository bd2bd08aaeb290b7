//! Back to an earlier revision of a pod template, as `kubectl rollout undo` goes.
//! <https://github.com/kubernetes/kubectl/blob/master/pkg/polymorphichelpers/rollback.go>

use serde_json::{Map, Value};

use super::edited::{Edited, Said};
use super::services::PAUSED;
use crate::domain::operation::Verb;
use crate::domain::revision::{Revision, changes};
use crate::domain::{ObjectId, Text};

/// Annotation that says why a template was changed: it goes with the template.
const WHY: &str = "kubernetes.io/change-cause";

/// At most so many revisions are listed.
const LISTED: usize = 10;

/// The change that takes a workload back to revision `to`, or to the one before the newest. `revisions` are newest
/// first; `template`: the one that a revision holds.
///
/// # Errors
/// One sentence: there is no such revision, with those that there are; it is paused.
pub fn back(
    object: &ObjectId,
    live: &Value,
    revisions: &[Revision],
    to: Option<u32>,
    template: impl Fn(&Revision) -> Option<Value>,
) -> Result<Edited, Text> {
    let Some(newest) = revisions.first() else { return Err(format!("{object} has no revisions").into()) };
    if live.pointer("/spec/paused") == Some(&Value::Bool(true)) {
        return Err(format!("{object} {PAUSED}").into());
    }
    let wanted = match to {
        Some(number) => revisions.iter().find(|r| r.number == number),
        None => revisions.get(1),
    };
    let Some(wanted) = wanted else {
        let of = |r: &Revision| format!("{}{}", r.number, if r.number == newest.number { " (now)" } else { "" });
        let there: Vec<String> = revisions.iter().take(LISTED).map(of).collect();
        let what = to.map_or("no revision before".to_owned(), |n| format!("no revision {n}"));
        return Err(format!("{object} has {what}; there is {}", there.join(", ")).into());
    };
    let held = template(wanted)
        .ok_or_else(|| Text::from(format!("revision {} of {object} holds no template", wanted.number)))?;
    let mut after = live.clone();
    if let Some(spec) = after.get_mut("spec").and_then(Value::as_object_mut) {
        spec.insert("template".to_owned(), held);
    }
    explain(&mut after, wanted);
    let argument = object.argument();
    let number = format!("--to-revision={}", wanted.number);
    let mut notes = changes(newest, wanted);
    if notes.is_empty() && wanted.number != newest.number {
        notes.push("the same but for its mark of a restart".into());
    }
    let said = Said {
        what: format!("revision {} → {}", newest.number, wanted.number).into(),
        command: ["rollout", "undo", &argument, &number].map(Text::from).into(),
        notes,
        already: format!("is as revision {} has it already", wanted.number).into(),
        warnings: Vec::new(),
    };
    Ok(Edited::of(Verb::Rollback, object.clone(), live, &after, said))
}

/// Why the template was changed then is why it is so again.
fn explain(object: &mut Value, revision: &Revision) {
    let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let annotations = meta.entry("annotations").or_insert_with(|| Value::Object(Map::new()));
    let Some(annotations) = annotations.as_object_mut() else { return };
    match &revision.why {
        Some(why) => drop(annotations.insert(WHY.to_owned(), why.as_str().into())),
        None => drop(annotations.shift_remove(WHY)),
    }
}
