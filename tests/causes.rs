//! Root causes of faults that a table of cases describes, one a mechanism, and of what is normal: a case that passes once
//! passes for good.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "causes/calibration.rs"]
mod calibration;
#[path = "causes/laws.rs"]
mod laws;
#[path = "causes/scene.rs"]
mod scene;

use std::fmt::Write as _;
use std::path::Path;

use calibration::Claim;
use kennel::domain::ObjectId;
use kennel::domain::issue::Severity;
use kennel::health::cause::{Diagnosis, diagnose};
use scene::Scene;
use serde_json::Value;

/// A case of a file.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) scene: Scene,
    expect: Value,
    /// Known to be wrong, and why.
    open: Option<String>,
}

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/causes");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "yaml"));
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let text = std::fs::read_to_string(file).unwrap();
        let case: Value = serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        Case {
            name: file.file_stem().unwrap().to_string_lossy().into_owned(),
            scene: Scene::of(&case),
            expect: case["expect"].clone(),
            open: case.get("open").and_then(Value::as_str).map(str::to_owned),
        }
    };
    files.iter().map(read).collect()
}

fn words(value: &Value, key: &str) -> Vec<String> {
    let all = value.get(key).and_then(Value::as_array).into_iter().flatten();
    all.map(|v| v.as_str().unwrap().to_owned()).collect()
}

fn is(root: &ObjectId, written: &str) -> bool {
    let (kind, ns, name) = scene::id(written);
    root.kind() == kind && *root.namespace == *ns && *root.name == *name
}

/// What is made of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Score {
    /// The first issue is a root that is expected.
    pub(crate) first: bool,
    /// All roots that are expected are there.
    pub(crate) anywhere: bool,
    /// Each says what it must.
    pub(crate) explained: bool,
    /// Issues of what is well.
    pub(crate) false_alarms: Vec<String>,
    /// What is blamed and is not at fault.
    pub(crate) wrong_blame: Vec<String>,
    /// Its category is none of those that fit.
    pub(crate) category: Option<String>,
}

impl Score {
    fn passes(&self) -> bool {
        self.first
            && self.anywhere
            && self.explained
            && self.false_alarms.is_empty()
            && self.wrong_blame.is_empty()
            && self.category.is_none()
    }
}

impl Case {
    /// The roots that are expected, each with the others that are as good, and with what it must say.
    fn roots(&self) -> Vec<(Vec<String>, Vec<String>)> {
        let one = |e: &Value| {
            let root = e.get("root")?.as_str()?.to_owned();
            let all = std::iter::once(root).chain(words(e, "or")).collect();
            Some((all, words(e, "says")))
        };
        let also = self.expect.get("also").and_then(Value::as_array).into_iter().flatten();
        one(&self.expect).into_iter().chain(also.filter_map(one)).collect()
    }

    /// Whether an issue has a root that is expected.
    fn blames(&self, d: &Diagnosis) -> bool {
        self.roots().iter().any(|(all, _)| all.iter().any(|w| is(&d.root, w)))
    }

    /// What the issues of a case claim.
    fn claims(&self, found: &[Diagnosis]) -> Vec<Claim> {
        let open = found.iter().filter(|d| d.severity <= Severity::Warning);
        open.map(|d| Claim::of(d, self.blames(d))).collect()
    }

    /// How good `found` is.
    pub(crate) fn score(&self, found: &[Diagnosis]) -> Score {
        let open: Vec<&Diagnosis> = found.iter().filter(|d| d.severity <= Severity::Warning).collect();
        let roots = self.roots();
        let hits = |d: &Diagnosis, all: &[String]| all.iter().any(|w| is(&d.root, w));
        let expected = |d: &Diagnosis| roots.iter().any(|(all, _)| hits(d, all));
        let tells = |d: &Diagnosis, says: &[String]| {
            let text = format!("{} {}", d.title, d.cause).to_lowercase();
            says.iter().all(|one| one.split('|').any(|w| text.contains(&w.to_lowercase())))
        };
        let told = |d: &&Diagnosis| format!("{} {}/{}: {}", d.detector, d.root.kind(), d.root.name, d.cause);
        let well = words(&self.expect, "well");
        let is_well = |d: &&&Diagnosis| &*d.root.namespace == "harbour" || well.iter().any(|w| is(&d.root, w));
        let fits = words(&self.expect, "category");
        let named = |d: &&Diagnosis| serde_json::to_value(d.category).unwrap().as_str().unwrap().to_owned();
        let category = open.iter().find(|d| expected(d)).map(named).filter(|c| !fits.is_empty() && !fits.contains(c));
        Score {
            first: open.first().map_or(roots.is_empty(), |d| expected(d)),
            anywhere: roots.iter().all(|(all, _)| open.iter().any(|d| hits(d, all))),
            explained: roots.iter().all(|(all, says)| open.iter().any(|d| hits(d, all) && tells(d, says))),
            false_alarms: open.iter().filter(is_well).map(told).collect(),
            wrong_blame: open.iter().filter(|d| !expected(d) && !is_well(d)).map(told).collect(),
            category,
        }
    }
}

/// Most by which confidence may be off.
const MISJUDGED: f64 = 0.10;

#[test]
fn what_is_at_fault_is_said_first_and_what_is_well_is_left_alone() {
    let mut table = String::from("case                                     first any expl false wrong category\n");
    let (mut broken, mut sums) = (String::new(), [0usize; 5]);
    let all = cases();
    let mut claims = Vec::new();
    for case in &all {
        let found = diagnose(&case.scene.evidence());
        let score = case.score(&found);
        claims.extend(case.claims(&found));
        let row =
            [score.first, score.anywhere, score.explained, score.false_alarms.is_empty(), score.wrong_blame.is_empty()];
        row.iter().zip(&mut sums).for_each(|(ok, sum)| *sum += usize::from(*ok));
        let mark = |ok: bool| if ok { "+" } else { "-" };
        let cells: Vec<String> = row.iter().map(|ok| format!("{:>5}", mark(*ok))).collect();
        writeln!(table, "{:40} {} {}", case.name, cells.join(""), score.category.as_deref().unwrap_or_default())
            .unwrap();
        match (&case.open, score.passes()) {
            (None, false) => {
                writeln!(broken, "{}: {score:#?}", case.name).unwrap();
                for d in found.iter().take(4) {
                    writeln!(
                        broken,
                        "    {} {:?} {}/{} {}",
                        d.detector,
                        d.severity,
                        d.root.kind(),
                        d.root.name,
                        d.cause
                    )
                    .unwrap();
                }
            }
            (Some(why), true) => writeln!(broken, "{} passes, and is said not to: {why}", case.name).unwrap(),
            _ => {}
        }
    }
    let sums: Vec<String> = sums.iter().map(|n| format!("{n:>5}")).collect();
    writeln!(table, "{:40} {} of {}", "", sums.join(""), all.len()).unwrap();
    let (error, steps) = calibration::error(&claims);
    writeln!(table, "{steps}expected calibration error {error:.3}").unwrap();
    println!("{table}");
    assert!(broken.is_empty(), "{table}\n{broken}");
    assert!(error <= MISJUDGED, "the confidence that is shown is off by {error:.3}\n{steps}");
}
