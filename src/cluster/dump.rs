//! A dump: files with objects, read once, shown as one picture. Nothing can be changed.
//!
//! `*.yaml *.yml *.json`, recursively: single objects, `List`s, multi-documents. What can't be read is a
//! warning; the rest is used.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::convert::{self, ConvertError};
use super::feed::{Batch, Feed, Warnings};
use super::owner::{self, Clock};
use crate::domain::collection::Collection;
use crate::domain::data::DataState;
use crate::domain::inspection::Inspection;
use crate::domain::interner::Interner;
use crate::domain::model::Change;
use crate::domain::row::{AnyRow, CustomRow, Meta, NamespaceRow, Owner, is_source, rollout};
use crate::domain::snapshot::{Access, ClusterFacts, Connection};
use crate::domain::{Api, Kind, Snapshot, Text, Time};
use crate::health::evidence::{Evidence, LOG};
use crate::health::{Looked, Picture, cause};

/// Largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// Deepest folder that is looked into: a link back to a parent must not go on for ever.
const DEEPEST: usize = 16;

/// The objects of a dump as they were, and its logs: what revisions and root causes are found in when somebody asks.
pub(super) type Whole = Arc<OnceLock<Arc<Evidence>>>;

/// Where what is read goes.
pub(super) struct Ends {
    /// To the model.
    pub(super) feed: Feed,
    /// The one picture.
    pub(super) snapshots: watch::Sender<Arc<Snapshot>>,
    /// What could not be read.
    pub(super) warnings: Warnings,
    /// All of it.
    pub(super) whole: Whole,
    /// What is not well is looked into.
    pub(super) closely: bool,
}

/// Reads the dump and publishes it once.
pub(super) async fn run(
    path: PathBuf,
    now: Option<Time>,
    picture: Picture,
    batches: mpsc::Receiver<Batch>,
    Ends { feed, snapshots, warnings, whole, closely }: Ends,
) {
    let read = {
        let (path, warnings) = (path.clone(), warnings.clone());
        tokio::task::spawn_blocking(move || load(&path, &warnings)).await
    };
    let mut dump = match read {
        Ok(Ok(dump)) => dump,
        Ok(Err(why)) => Dump::refused(why),
        Err(e) => Dump::refused(e.to_string().into()),
    };
    let now = now.or(dump.newest).unwrap_or_else(Time::now);
    dump.evidence.now = Some(now);
    let evidence = Arc::new(dump.evidence);
    let _ = whole.set(evidence.clone());
    let look = || tokio::task::spawn_blocking(move || looked(&evidence));
    let looked = if closely { look().await.unwrap_or_default() } else { Vec::new() };
    let clock = Clock::Fixed(now);
    let changes = dump.changes;
    // The owner ends when nobody can send any more; the last picture stays.
    // Of a dump nothing more is read.
    let demand = watch::Sender::default();
    tokio::join!(owner::own(picture, batches, snapshots, clock, demand), async move {
        feed.first(changes, looked).await;
        drop(feed);
    });
}

/// What a closer look at all of a dump comes to.
fn looked(evidence: &Evidence) -> Vec<Looked> {
    let found = cause::by_namespace(&cause::diagnose(evidence));
    found.into_iter().map(|(namespace, found)| Looked { namespace, inspection: Inspection::default(), found }).collect()
}

/// What a dump holds.
struct Dump {
    changes: Vec<Change>,
    newest: Option<Time>,
    evidence: Evidence,
}

impl Dump {
    fn refused(why: Text) -> Self {
        Self {
            changes: vec![Change::Connection(Connection::Refused(why))],
            newest: None,
            evidence: Evidence::default(),
        }
    }
}

/// Reads a file or a folder.
fn load(path: &Path, warnings: &Warnings) -> Result<Dump, Text> {
    if !path.exists() {
        return Err(format!("there is no {}", path.display()).into());
    }
    let mut files = Vec::new();
    find(path, 0, &mut files);
    let mut reader = Reader {
        warnings,
        interner: Interner::default(),
        rows: Vec::new(),
        unread: Vec::new(),
        newest: None,
        objects: 0,
        customs: Vec::new(),
        evidence: Evidence::default(),
    };
    for file in &files {
        match log_of(path, file) {
            Some(log) => reader.log(file, &log),
            None => reader.file(file),
        }
    }
    if reader.objects == 0 {
        return Err(format!("{} holds no Kubernetes objects (*.yaml, *.yml, *.json)", path.display()).into());
    }
    let customs = reader.customs();
    let mut changes = namespaces(&reader.rows);
    changes.extend(customs);
    changes.extend(reader.rows.into_iter().map(Change::Put));
    changes.extend(reader.unread);
    changes.extend(Kind::ALL.iter().map(|k| Change::data(k.kind, DataState::Live)));
    let name = path.file_name().unwrap_or(path.as_os_str());
    changes.push(Change::Facts(ClusterFacts {
        context: Text::new(&name.to_string_lossy()),
        access: Access::ReadOnly("a dump".into()),
        dump: true,
        ..ClusterFacts::default()
    }));
    changes.push(Change::Connection(Connection::Live));
    Ok(Dump { changes, newest: reader.newest, evidence: reader.evidence })
}

/// Files with objects, in the order of their names.
fn find(path: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        let known =
            path.extension().and_then(|e| e.to_str()).is_some_and(|e| ["yaml", "yml", "json", "log"].contains(&e))
                || path.file_name().is_some_and(|n| n == "logs.txt");
        // A file that is named by itself is read whatever it is called.
        if known || depth == 0 {
            files.push(path.to_owned());
        }
        return;
    }
    let Ok(inside) = std::fs::read_dir(path) else { return };
    let mut inside: Vec<PathBuf> = inside.flatten().map(|e| e.path()).collect();
    inside.sort();
    if depth < DEEPEST {
        inside.iter().for_each(|p| find(p, depth + 1, files));
    }
}

/// Namespaces that objects are in and that are not there themselves.
fn namespaces(rows: &[AnyRow]) -> Vec<Change> {
    let mut missing: Vec<Text> = rows.iter().map(|r| r.key().0).filter(|n| !n.is_empty()).collect();
    missing.sort();
    missing.dedup();
    let there = |n: &Text| rows.iter().any(|r| matches!(r, AnyRow::Namespace(ns) if ns.meta.name == *n));
    missing.retain(|n| !there(n));
    let row = |name: Text| NamespaceRow { meta: Meta { name, ..Meta::default() }, ..NamespaceRow::default() };
    missing.into_iter().map(|n| Change::Put(AnyRow::Namespace(Box::new(row(n))))).collect()
}

struct Reader<'a> {
    warnings: &'a Warnings,
    interner: Interner,
    rows: Vec<AnyRow>,
    unread: Vec<Change>,
    newest: Option<Time>,
    objects: usize,
    customs: Vec<CustomRow>,
    evidence: Evidence,
}

/// Which container's log a file is.
struct LogFile {
    namespace: String,
    pod: String,
    /// Empty where the file has those of all containers.
    container: String,
    previous: bool,
}

/// `NAMESPACE/POD/CONTAINER.log`, `NAMESPACE/POD/CONTAINER.previous.log`, `NAMESPACE/POD/logs.txt`, below the folder.
fn log_of(root: &Path, file: &Path) -> Option<LogFile> {
    let name = file.file_name()?.to_str()?;
    let (container, previous) = match name.strip_suffix(".log") {
        Some(name) => match name.strip_suffix(".previous") {
            Some(name) => (name, true),
            None => (name, false),
        },
        None if name == "logs.txt" => ("", false),
        None => return None,
    };
    let inside = file.strip_prefix(root).unwrap_or(file);
    let mut above = inside.parent()?.iter().rev().filter_map(|p| p.to_str());
    let (pod, namespace) = (above.next()?.to_owned(), above.next()?.to_owned());
    Some(LogFile { namespace, pod, container: container.to_owned(), previous })
}

impl Reader<'_> {
    fn log(&mut self, path: &Path, of: &LogFile) {
        match std::fs::read(path) {
            Ok(bytes) => {
                let from = bytes.len().saturating_sub(LOG);
                let text = String::from_utf8_lossy(bytes.get(from..).unwrap_or_default());
                self.evidence.log(&of.namespace, &of.pod, &of.container, of.previous, &text);
            }
            Err(e) => self.warnings.add(format!("{} can't be read: {e}", path.display())),
        }
    }

    fn file(&mut self, path: &Path) {
        let name = path.display();
        match std::fs::metadata(path) {
            Ok(m) if m.len() > LARGEST => {
                return self.warnings.add(format!("{name} is {} MB large and is left out", m.len() >> 20));
            }
            Ok(_) => {}
            Err(e) => return self.warnings.add(format!("{name}: {e}")),
        }
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) => return self.warnings.add(format!("{name} can't be read: {e}")),
        };
        if path.extension().is_some_and(|e| e == "json") {
            match serde_json::from_str::<Value>(&text) {
                Ok(value) => self.value(&value, "", &name.to_string()),
                Err(e) => self.warnings.add(format!("{name}: {e}")),
            }
            return;
        }
        for (number, document) in documents(&text).into_iter().enumerate() {
            // Of a key given twice the later one stays, as with kubectl.
            let options = serde_yaml::options! { duplicate_keys: serde_yaml::options::DuplicateKeyPolicy::LastWins };
            match serde_yaml::from_str_with_options::<Option<Value>>(&document, options) {
                Ok(Some(value)) => self.value(&value, "", &name.to_string()),
                Ok(None) => {}
                Err(e) => {
                    let why = e.without_snippet().to_string();
                    let why = why.lines().next().unwrap_or_default();
                    self.warnings.add(format!("{name}, document {}: {why}", number + 1));
                }
            }
        }
    }

    /// An object, or a list of them. Items of a `DeploymentList` are Deployments even where they don't say so.
    fn value(&mut self, value: &Value, kind: &str, file: &str) {
        let named = value.get("kind").and_then(Value::as_str).unwrap_or(kind);
        if let Some(items) = value.get("items").and_then(Value::as_array) {
            let of = named.strip_suffix("List").unwrap_or_default();
            items.iter().for_each(|i| self.value(i, of, file));
            return;
        }
        // `kubectl cluster-info dump` writes lists without items, as null.
        if named.ends_with("List") && value.get("items").is_some_and(Value::is_null) {
            self.objects += 1;
            return;
        }
        let Some(object) = value.as_object() else {
            return self.warnings.add(format!("{file} holds something that is no object"));
        };
        if named.is_empty() {
            return self.warnings.add(format!("{file} holds an object without a kind"));
        }
        self.objects += 1;
        newest(object.get("metadata"), &mut self.newest);
        newest(object.get("status"), &mut self.newest);
        for key in TIMES {
            newest(object.get(*key), &mut self.newest);
        }
        let api = value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        self.evidence.add(match value.get("kind") {
            Some(_) => value.clone(),
            None => {
                let mut object = object.clone();
                object.insert("kind".to_owned(), named.into());
                Value::Object(object)
            }
        });
        let Some(kind) = convert::kind_of(api, named) else { return self.custom(api, named, value) };
        match convert::row(&kind.into(), value.to_string().as_str(), &mut self.interner) {
            Ok(row) => self.rows.push(row),
            Err(ConvertError::NotRead(_)) => {}
            Err(ConvertError::Malformed { object, why }) => {
                let why = format!("{file}: {object} is malformed: {why}").into();
                let (namespace, name) = (object.namespace, object.name);
                self.unread.push(Change::Unread { of: kind.into(), namespace, name, why, count: 1 });
            }
        }
    }
}

impl Reader<'_> {
    /// An object of a kind that has no rows: whether it matters is known when all has been read.
    fn custom(&mut self, api: &str, kind: &str, value: &Value) {
        let api = self.interner.api(api, kind);
        if api.known().is_none() && !kind.is_empty() {
            let row = convert::row(&Collection::Any(api), value.to_string().as_str(), &mut self.interner);
            if let Ok(AnyRow::Custom(row)) = row {
                self.customs.push(*row);
            }
        }
    }

    /// Objects of the kinds that own pods here (or own such owners), and sources that deliveries refer to.
    fn customs(&mut self) -> Vec<Change> {
        let of = |o: &Owner| Some(o.api.clone()).filter(|api| api.known().is_none());
        let mut wanted: BTreeSet<Api> = BTreeSet::from([rollout()]);
        for row in &self.rows {
            wanted.extend(match row {
                AnyRow::Pod(p) => p.owner.as_deref().and_then(of),
                AnyRow::ReplicaSet(r) => r.owner.as_ref().and_then(of),
                AnyRow::Delivery(d) => d.refers.as_ref().map(|r| r.api.clone()).filter(is_source),
                _ => None,
            });
        }
        wanted.extend(self.customs.iter().filter_map(|c| c.owner.as_ref().and_then(of)));
        let rows = std::mem::take(&mut self.customs).into_iter().filter(|c| wanted.contains(&c.api));
        let puts = rows.map(|c| Change::Put(AnyRow::Custom(Box::new(c))));
        let live = |api| Change::data(Collection::Any(api), DataState::Live);
        puts.chain(wanted.iter().cloned().map(live)).collect()
    }
}

/// Keys of an Event that hold times.
const TIMES: &[&str] = &["eventTime", "lastTimestamp", "deprecatedLastTimestamp", "series"];

/// Cuts a file into its YAML documents, so that one that is broken does not take the others with it.
fn documents(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in text.lines() {
        if line == "---" || line.starts_with("--- ") {
            all.push(String::new());
        } else if let Some(last) = all.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    all.retain(|d| d.lines().any(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#')));
    all
}

/// The newest time that stands anywhere inside, as far as it is one that has passed (no `deletionTimestamp`).
fn newest(value: Option<&Value>, found: &mut Option<Time>) {
    match value {
        Some(Value::String(s)) if s.len() >= 20 && s.ends_with('Z') => {
            if let Ok(time) = s.parse::<Time>() {
                *found = (*found).max(Some(time));
            }
        }
        Some(Value::Array(all)) => all.iter().for_each(|v| newest(Some(v), found)),
        Some(Value::Object(map)) => {
            let passed =
                map.iter().filter(|(k, _)| !["deletionTimestamp", "annotations", "labels"].contains(&k.as_str()));
            passed.for_each(|(_, v)| newest(Some(v), found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_files(files: &[(&str, &str)]) -> (Vec<Change>, Option<Time>, Vec<Text>) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let warnings = Warnings::default();
        let dump = load(dir.path(), &warnings).unwrap();
        (dump.changes, dump.newest, warnings.all())
    }

    /// `Kind namespace/name` of each row.
    fn rows(changes: &[Change]) -> Vec<String> {
        let mut all: Vec<String> = changes
            .iter()
            .filter_map(|c| match c {
                Change::Put(row) => Some(format!("{} {}/{}", row.of(), row.key().0, row.key().1)),
                _ => None,
            })
            .collect();
        all.sort();
        all
    }

    const DEPLOYMENT: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}}";

    #[test]
    fn single_objects_lists_and_documents_are_read_wherever_they_lie() {
        let (changes, _, warnings) = load_files(&[
            (
                "a.yaml",
                &format!(
                    "# two\n---\n{DEPLOYMENT}\n---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p, namespace: shop}}}}\n"
                ),
            ),
            (
                "deep/er/b.json",
                r#"{"kind":"DeploymentList","apiVersion":"apps/v1","items":[{"metadata":{"name":"api","namespace":"bank"}}]}"#,
            ),
            (
                "c.yml",
                "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n- {apiVersion: v1, kind: Widget, metadata: {name: w}}\n",
            ),
            ("nulls.json", r#"{"kind":"PodList","apiVersion":"v1","items":null}"#),
            ("shop/p/logs.txt", "not: [yaml"),
            ("shop/p/c.log", "{"),
        ]);
        assert_eq!(
            rows(&changes),
            ["Deployment bank/api", "Deployment shop/web", "Namespace bank/bank", "Namespace shop/shop", "Pod shop/p"]
        );
        assert!(warnings.is_empty(), "{warnings:?}");
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_is_used() {
        let (changes, _, warnings) = load_files(&[
            ("bad.yaml", &format!("{DEPLOYMENT}\n---\nkind: [unclosed\n---\njust text\n---\nnokind: 1\n")),
            ("bad.json", "{"),
            (
                "malformed.yaml",
                "{apiVersion: apps/v1, kind: Deployment, metadata: {name: m, namespace: shop}, spec: {replicas: many}}",
            ),
        ]);
        assert_eq!(rows(&changes), ["Deployment shop/web", "Namespace shop/shop"]);
        let named = |words: &str| assert!(warnings.iter().any(|w| w.contains(words)), "{words}: {warnings:?}");
        named("bad.yaml, document 2");
        named("something that is no object");
        named("an object without a kind");
        named("bad.json: ");
        let unread = changes.iter().find_map(|c| match c {
            Change::Unread { name, why, .. } if name == "m" => Some(why.clone()),
            _ => None,
        });
        assert!(unread.is_some_and(|why| why.contains("malformed.yaml: Deployment m is malformed")));
    }

    #[tokio::test]
    async fn revisions_are_those_of_the_dump() {
        let set = |name: &str, revision: u32, owner: &str| {
            format!(
                "---\n{{apiVersion: apps/v1, kind: ReplicaSet, metadata: {{name: {name}, namespace: shop, annotations: \
                 {{deployment.kubernetes.io/revision: '{revision}'}}, ownerReferences: [{{apiVersion: apps/v1, kind: \
                 Deployment, name: web, uid: {owner}, controller: true}}]}}, spec: {{template: {{spec: {{containers: []}}}}}}}}\n"
            )
        };
        let deployment =
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, uid: u1}}\n".to_owned();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("all.yaml");
        std::fs::write(&path, deployment + &set("web-a", 1, "u1") + &set("web-b", 2, "u1") + &set("other", 9, "u2"))
            .unwrap();
        let handle = crate::cluster::open(crate::cluster::Source::Dump { path, now: None }, Default::default());
        handle.settled(&[Kind::Deployment], std::time::Duration::from_secs(60)).await.unwrap();
        let web = |uid: &str| {
            let meta = crate::domain::row::Meta { uid: uid.into(), ..Default::default() };
            crate::domain::row::WorkloadRow { meta, ..Default::default() }
        };
        let of = handle.revisions(&web("u1")).await.unwrap();
        assert_eq!(of.iter().map(|r| (r.number, r.object.as_str())).collect::<Vec<_>>(), [(2, "web-b"), (1, "web-a")]);
        assert_eq!(handle.revisions(&web("u3")).await.unwrap(), []);
    }

    #[test]
    fn the_clock_is_the_newest_time_that_has_passed() {
        let (_, newest, _) = load_files(&[(
            "a.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: n, creationTimestamp: '2026-01-01T00:00:00Z', deletionTimestamp: '2030-01-01T00:00:00Z', annotations: {x: '2031-01-01T00:00:00Z'}}\nspec: {x: '2032-01-01T00:00:00Z'}\nstatus: {conditions: [{lastTransitionTime: '2026-01-02T00:00:00Z'}]}\n---\napiVersion: v1\nkind: Event\nmetadata: {name: e, namespace: n}\nlastTimestamp: '2026-01-03T00:00:00Z'\nmessage: 'until 2033-01-01T00:00:00Z'\n",
        )]);
        assert_eq!(newest.unwrap().to_string(), "2026-01-03T00:00:00Z");
    }

    #[test]
    fn a_folder_without_objects_and_a_missing_one_say_so() {
        let dir = tempfile::tempdir().unwrap();
        let why = load(dir.path(), &Warnings::default()).err().unwrap();
        assert!(why.contains("holds no Kubernetes objects"), "{why}");
        assert!(load(Path::new("/nowhere"), &Warnings::default()).err().unwrap().contains("there is no /nowhere"));
    }

    #[test]
    fn a_bomb_is_refused_and_named() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for n in 1..12 {
            let old = format!("*a{}", n - 1);
            bomb.push_str(&format!("a{n}: &a{n} [{}]\n", [old.as_str(); 10].join(",")));
        }
        let deep = "[".repeat(200_000);
        let (changes, _, warnings) =
            load_files(&[("bomb.yaml", &bomb), ("deep.yaml", &deep), ("deep.json", &deep), ("a.yaml", DEPLOYMENT)]);
        assert_eq!(rows(&changes), ["Deployment shop/web", "Namespace shop/shop"]);
        assert_eq!(warnings.len(), 3, "{warnings:?}");
    }
}
