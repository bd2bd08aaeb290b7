//! `metadata.managedFields`: which manager owns which fields, since when.
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management>

use serde_json::{Value, json};

use super::fields::{self, Difference, Element, Set};
use super::json::{Json, set};

/// So many managers of updates are kept apart (managedfields/internal/fieldmanager.go).
const MOST_UPDATERS: usize = 10;
/// The manager into which the oldest go.
const ANCIENT: &str = "ancient-changes";
/// The manager of what was there before anything was applied.
pub(crate) const BEFORE: &str = "before-first-apply";

/// Fields that nobody manages (managedfields/internal/stripmeta.go).
const NOBODYS: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

/// Who writes.
#[derive(Clone, Debug)]
pub(crate) struct Who<'a> {
    /// The manager's name.
    pub(crate) name: &'a str,
    /// Whether by apply.
    pub(crate) applies: bool,
    /// `apiVersion` of the request.
    pub(crate) api_version: String,
    /// Subresource, empty where it is the object itself.
    pub(crate) subresource: &'a str,
    /// Now, as objects hold times.
    pub(crate) time: String,
    /// Whether `status` belongs to a subresource of its own.
    pub(crate) has_status: bool,
}

impl Who<'_> {
    /// What of `set` a manager can own: the object's own door does not write status, nor that of status the rest.
    pub(crate) fn may_own(&self, set: Set) -> Set {
        let first = |path: &[Element], name: &str| path.first() == Some(&Element::field(name));
        let outside = |path: &[Element]| match self.subresource {
            "status" => first(path, "spec"),
            "" => self.has_status && first(path, "status"),
            _ => false,
        };
        set.into_iter().filter(|p| !outside(p) && !is_nobodys(p)).collect()
    }
}

fn is_nobodys(path: &[Element]) -> bool {
    let same = |names: &[&str]| {
        names.len() == path.len() && names.iter().zip(path).all(|(n, e)| matches!(e, Element::Field(f) if f == n))
    };
    NOBODYS.iter().any(|names| same(names))
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    name: String,
    applies: bool,
    api_version: String,
    subresource: String,
    time: String,
    set: Set,
}

impl Entry {
    /// An applier is one whatever version it speaks.
    fn is(&self, who: &Who<'_>) -> bool {
        self.name == who.name
            && self.applies == who.applies
            && self.subresource == who.subresource
            && (self.applies || self.api_version == who.api_version)
    }

    fn shown(&self) -> String {
        let mut out = format!("\"{}\"", self.name);
        if !self.subresource.is_empty() {
            out.push_str(&format!(" with subresource \"{}\"", self.subresource));
        }
        if !self.applies {
            out.push_str(&format!(" using {}", self.api_version));
        }
        out
    }
}

/// Another manager owns a field that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// Who, as messages say it.
    pub(crate) manager: String,
    /// Where.
    pub(crate) path: String,
}

/// All managers of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Managers(Vec<Entry>);

impl Managers {
    /// Reads `managedFields`; `None` where an entry is none.
    pub(crate) fn read(entries: &Value) -> Option<Self> {
        let entry = |e: &Value| {
            let text = |field: &str| e.text(field).to_owned();
            let known = matches!(e.text("operation"), "Apply" | "Update") && e.text("fieldsType") == "FieldsV1";
            (known && !e.text("apiVersion").is_empty()).then(|| Entry {
                name: text("manager"),
                applies: e.text("operation") == "Apply",
                api_version: text("apiVersion"),
                subresource: text("subresource"),
                time: text("time"),
                set: fields::read(e.at("fieldsV1")),
            })
        };
        entries.as_array().map_or(Some(Vec::new()), |all| all.iter().map(entry).collect()).map(Self)
    }

    /// As `managedFields`; `None` where nobody manages anything.
    pub(crate) fn write(mut self) -> Option<Value> {
        self.0.retain(|e| !e.set.is_empty());
        self.cap();
        self.0.sort_by(|a, b| {
            let key =
                |e: &Entry| (!e.applies, e.time.clone(), e.name.clone(), e.api_version.clone(), e.subresource.clone());
            key(a).cmp(&key(b))
        });
        let entry = |e: &Entry| {
            let mut one = json!({
                "manager": e.name, "operation": if e.applies { "Apply" } else { "Update" },
                "apiVersion": e.api_version, "fieldsType": "FieldsV1", "fieldsV1": fields::write(&e.set),
            });
            for (key, text) in [("time", &e.time), ("subresource", &e.subresource)] {
                if !text.is_empty() {
                    set(&mut one, key, text.as_str());
                }
            }
            one
        };
        (!self.0.is_empty()).then(|| self.0.iter().map(entry).collect())
    }

    /// Too many updaters: the oldest become one.
    fn cap(&mut self) {
        let updaters = self.0.iter().filter(|e| !e.applies).count();
        if updaters <= MOST_UPDATERS {
            return;
        }
        let mut old: Vec<_> = self.0.iter().filter(|e| !e.applies).cloned().collect();
        old.sort_by(|a, b| (&a.time, &a.name).cmp(&(&b.time, &b.name)));
        old.truncate(updaters - MOST_UPDATERS + 1);
        self.0.retain(|e| !old.contains(e));
        for e in old {
            match self.0.iter_mut().find(|o| o.name == ANCIENT && o.api_version == e.api_version) {
                Some(bucket) => {
                    bucket.set.extend(e.set);
                    bucket.time = e.time;
                }
                None => self.0.push(Entry { name: ANCIENT.to_owned(), subresource: String::new(), ..e }),
            }
        }
    }

    /// Whether nobody manages anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|e| e.set.is_empty())
    }

    /// The same managers and fields, whatever the times.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        let bare = |m: &Self| {
            let mut all: Vec<_> = m.0.iter().map(|e| (e.shown(), e.applies, e.set.clone())).collect();
            all.sort();
            all
        };
        bare(self) == bare(other)
    }

    /// What `who` owned, taken from it.
    pub(crate) fn take(&mut self, who: &Who<'_>) -> Option<Set> {
        self.0.iter_mut().find(|e| e.is(who)).map(|e| std::mem::take(&mut e.set))
    }

    /// When `who` wrote last; empty where it never did.
    pub(crate) fn time(&self, who: &Who<'_>) -> String {
        self.0.iter().find(|e| e.is(who)).map(|e| e.time.clone()).unwrap_or_default()
    }

    /// Says when `who` wrote last.
    pub(crate) fn set_time(&mut self, who: &Who<'_>, time: &str) {
        if let Some(entry) = self.0.iter_mut().find(|e| e.is(who)) {
            time.clone_into(&mut entry.time);
        }
    }

    /// `who` owns exactly this.
    pub(crate) fn set(&mut self, who: &Who<'_>, set: Set) {
        self.0.retain(|e| !e.is(who));
        self.0.push(Entry {
            name: who.name.to_owned(),
            applies: who.applies,
            api_version: who.api_version.clone(),
            subresource: who.subresource.to_owned(),
            time: who.time.clone(),
            set,
        });
    }

    /// `who` owns this too, and not what is gone; who took nothing keeps the time of before.
    pub(crate) fn add(&mut self, who: &Who<'_>, taken: Set, removed: &Set) {
        if let Some(entry) = self.0.iter_mut().find(|e| e.is(who)) {
            entry.set.retain(|p| !removed.contains(p));
            if !taken.is_empty() {
                entry.time.clone_from(&who.time);
                entry.set.extend(taken);
            }
        } else if !taken.is_empty() {
            self.set(who, taken);
        }
    }

    /// Everything that anybody owns.
    pub(crate) fn union(&self) -> Set {
        self.0.iter().flat_map(|e| e.set.iter().cloned()).collect()
    }

    /// All others lose what changes; unless `force`, that is a conflict.
    pub(crate) fn give_way(
        &mut self,
        difference: &Difference,
        who: &Who<'_>,
        force: bool,
    ) -> Result<(), Vec<Conflict>> {
        let changes = |p: &&fields::Path| difference.modified.contains(*p) || difference.added.contains(*p);
        let others = self.0.iter().filter(|e| !e.is(who));
        let mut conflicts: Vec<_> = others
            .flat_map(|e| e.set.iter().filter(changes).map(|p| Conflict { manager: e.shown(), path: fields::shown(p) }))
            .collect();
        if !force && !conflicts.is_empty() {
            conflicts.sort_by(|a, b| a.manager.cmp(&b.manager));
            return Err(conflicts);
        }
        for entry in self.0.iter_mut().filter(|e| !e.is(who)) {
            entry.set.retain(|p| !changes(&p) && !difference.removed.contains(p));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appliers_stand_first_then_who_wrote_longer_ago_then_names() {
        let entry = |name: &str, operation: &str, second: u8| {
            json!({"manager": name, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1",
                "time": format!("2026-11-20T12:00:{second:02}Z"), "fieldsV1": {"f:data": {format!("f:{name}"): {}}}})
        };
        let all = json!([
            entry("b", "Update", 2),
            entry("a", "Update", 2),
            entry("c", "Update", 1),
            entry("y", "Apply", 4),
            entry("z", "Apply", 3)
        ]);
        let written = Managers::read(&all).unwrap().write().unwrap();
        let names: Vec<_> = written.as_array().unwrap().iter().map(|m| m["manager"].as_str().unwrap()).collect();
        assert_eq!(names, ["z", "y", "c", "a", "b"]);
    }
}
