//! The floors of the house, held by a test: who may import whom, and where foreign crates may appear.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/panes.rs"]
mod panes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use syn::visit::Visit;

/// Module of the crate → modules of the crate that it may import.
const FLOORS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("health", &["domain"]),
    ("plan", &["domain"]),
    ("config", &["domain"]),
    ("app", &["domain", "health", "plan", "config"]),
    ("cluster", &["domain", "health", "plan", "config"]),
    ("sim", &["domain", "health", "plan", "config"]),
    ("store", &["domain", "health", "plan", "config"]),
    ("ui", &["domain", "health", "plan", "config", "app"]),
    ("runtime", &["domain", "health", "plan", "config", "app", "cluster", "sim", "store", "ui"]),
    ("cli", &["domain", "health", "plan", "config", "app", "cluster", "sim", "store", "ui", "runtime"]),
];

/// Foreign crates that only some modules may use.
const FENCED: &[(&str, &[&str])] = &[
    ("ratatui", &["ui", "runtime"]),
    ("tui_textarea", &["ui", "runtime"]),
    ("crossterm", &["ui", "runtime"]),
    ("kube", &["cluster", "sim"]),
    ("k8s_openapi", &["cluster", "sim"]),
    ("tokio", &["cluster", "sim", "store", "runtime", "cli"]),
    ("clap", &["cli"]),
    ("color_eyre", &["cli", "runtime"]),
];

/// What floor 0 may use of other crates: data, no effects.
const DOMAIN_CRATES: &[&str] =
    &["serde", "serde_json", "jiff", "imbl", "croner", "regex", "arcstr", "prost", "thiserror"];

/// What the pure floors may not use of the standard library: it reaches outside the program.
const EFFECTS: &[&str] = &["env", "fs", "io", "net", "os", "process", "thread"];

/// The floors whose functions give the same for the same arguments.
const PURE: &[&str] = &["domain", "health", "plan", "app", "ui"];

/// The files that tell all panes apart: where their rows are made, and where their cells are drawn. All else that is
/// said of a pane stands in its entry of the table.
const PANES: &[&str] = &["app/view/collect.rs", "ui/pane.rs"];

/// So many panes may be told apart elsewhere: what these alone do.
const FEW_PANES: usize = 3;

/// Past this many lines a file is two things, unless it is a table.
const LONGEST_FILE: usize = 700;

/// Where the tests begin in a file that holds its own; a file beside it is declared at the top, before the code.
const TESTS_INSIDE: &str = "#[cfg(test)]\nmod tests {";

struct Source {
    path: PathBuf,
    /// First module below the crate: `domain`, `app`, …; empty for lib.rs and main.rs.
    module: String,
    text: String,
    /// Every path that it writes, as its segments.
    paths: Vec<Vec<String>>,
    /// The panes that each of its choices tells apart.
    choices: Vec<BTreeSet<String>>,
}

impl Source {
    /// What a path names directly below the crate: after `crate`, or after as many `super` as lead there.
    fn below_the_root<'p>(&self, path: &'p [String]) -> Option<&'p str> {
        let up = path.iter().take_while(|p| *p == "super").count();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let there = if path.first().is_some_and(|p| p == "crate") { 1 } else { up };
        let deep = self.path.strip_prefix(root).unwrap().components().count();
        (up == 0 || up == deep).then(|| path.get(there)).flatten().filter(|_| there > 0).map(String::as_str)
    }
}

/// Read once for all tests: parsing is nearly all that they cost.
static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    walkdir::WalkDir::new(&root)
        .sort_by_file_name()
        .into_iter()
        .map(Result::unwrap)
        .filter(|e| e.path().extension().is_some_and(|x| x == "rs"))
        .map(|e| {
            let inside = e.path().strip_prefix(&root).unwrap();
            let first = inside.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
            let text = std::fs::read_to_string(e.path()).unwrap();
            let tree = syn::parse_file(&text).unwrap();
            let mut choices = panes::Choices::default();
            choices.visit_file(&tree);
            let module = if first == "lib" || first == "main" { String::new() } else { first };
            Source { path: e.path().to_owned(), module, text, paths: paths(&tree), choices: choices.0 }
        })
        .collect()
});

/// Every path that a file writes, as its segments: `use` trees spread out, and paths in code.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl Paths {
    fn spread(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(p) => self.spread(&with(&p.ident), &p.tree),
            syn::UseTree::Name(n) => self.0.push(with(&n.ident)),
            syn::UseTree::Rename(r) => self.0.push(with(&r.ident)),
            syn::UseTree::Glob(_) => self.0.push(prefix.to_vec()),
            syn::UseTree::Group(g) => g.items.iter().for_each(|t| self.spread(prefix, t)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.spread(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.0.push(path.segments.iter().map(|s| s.ident.to_string()).collect());
        }
        syn::visit::visit_path(self, path);
    }
}

fn paths(tree: &syn::File) -> Vec<Vec<String>> {
    let mut paths = Paths::default();
    paths.visit_file(tree);
    paths.0
}

#[test]
fn a_module_imports_only_from_the_floors_below_it() {
    let mut wrong = BTreeSet::new();
    for s in SOURCES.iter().filter(|s| !s.module.is_empty()) {
        let allowed =
            FLOORS.iter().find(|(m, _)| *m == s.module).unwrap_or_else(|| panic!("{} has no floor", s.module)).1;
        for p in &s.paths {
            if let Some(target) = s.below_the_root(p)
                && target != s.module
                && FLOORS.iter().any(|(m, _)| *m == target)
                && !allowed.contains(&target)
            {
                wrong.insert(format!("{}: {} may not import crate::{target}", s.path.display(), s.module));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn foreign_crates_stay_inside_their_fences() {
    let mut wrong = BTreeSet::new();
    for s in SOURCES.iter().filter(|s| !s.module.is_empty()) {
        for p in &s.paths {
            let Some(first) = p.first() else { continue };
            for (krate, modules) in FENCED {
                if first == krate && !modules.contains(&s.module.as_str()) {
                    wrong.insert(format!("{}: {krate} belongs to {modules:?}", s.path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn floor_0_uses_no_crate_that_has_effects() {
    let manifest: toml::Table = include_str!("../Cargo.toml").parse().unwrap();
    let crates: BTreeSet<String> =
        manifest["dependencies"].as_table().unwrap().keys().map(|name| name.replace('-', "_")).collect();
    let mut wrong = BTreeSet::new();
    for s in SOURCES.iter().filter(|s| s.module == "domain") {
        // In code too: a path needs no `use`.
        for p in &s.paths {
            let first = p.first().unwrap();
            if crates.contains(first) && !DOMAIN_CRATES.contains(&first.as_str()) {
                wrong.insert(format!("{}: {first}", s.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_module_opens_by_saying_what_it_is() {
    let wrong: Vec<_> =
        SOURCES.iter().filter(|s| !s.text.starts_with("//!")).map(|s| s.path.display().to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_file_is_one_thing() {
    let wrong: Vec<_> = SOURCES
        .iter()
        .map(|s| (s.path.display().to_string(), s.text.split(TESTS_INSIDE).next().unwrap_or("").lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .collect();
    assert!(wrong.is_empty(), "more than {LONGEST_FILE} lines: {wrong:#?}");
}

#[test]
fn modules_are_files_beside_their_folders_and_none_is_called_utils() {
    let wrong: Vec<_> = SOURCES
        .iter()
        .filter(|s| {
            let stem = s.path.file_stem().unwrap().to_string_lossy().into_owned();
            ["mod", "utils", "util", "helpers", "common", "misc"].contains(&stem.as_str())
        })
        .map(|s| s.path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pure_floors_ask_no_clock() {
    let mut wrong = BTreeSet::new();
    for s in SOURCES.iter().filter(|s| PURE.contains(&s.module.as_str())) {
        // What a moment is says how the rim asks for one.
        if s.path.ends_with("domain/time.rs") {
            continue;
        }
        // `Instant::now`, `Zoned::now`, `Time::now`, …: whoever's clock it is.
        for p in s.paths.iter().filter(|p| p.last().is_some_and(|name| name == "now")) {
            wrong.insert(format!("{}: {}", s.path.display(), p.join("::")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pure_floors_reach_nothing_outside() {
    let mut wrong = BTreeSet::new();
    for s in SOURCES.iter().filter(|s| PURE.contains(&s.module.as_str())) {
        for p in &s.paths {
            if p.first().is_some_and(|first| first == "std") && p.get(1).is_some_and(|m| EFFECTS.contains(&m.as_str()))
            {
                wrong.insert(format!("{}: {}", s.path.display(), p.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_of_a_floor_need_each_other_in_no_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let module = |path: &Path| -> circles::Module {
        let inside = path.strip_prefix(&root).unwrap().with_extension("");
        inside.iter().map(|part| part.to_string_lossy().into_owned()).filter(|part| part != "lib").collect()
    };
    let files = SOURCES.iter().filter(|s| !s.path.ends_with("main.rs"));
    let names: BTreeMap<_, _> =
        files.map(|s| (module(&s.path), circles::Names::of(&syn::parse_file(&s.text).unwrap()))).collect();
    let found = circles::Files::new(names).circles();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_pane_has_its_entry_in_the_table_once() {
    let pane = SOURCES.iter().find(|s| s.path.ends_with("src/app/pane.rs")).unwrap();
    let items = syn::parse_file(&pane.text).unwrap().items;
    let all = items.iter().find_map(|item| match item {
        syn::Item::Enum(e) if e.ident == "Pane" => Some(e.variants.iter().map(|v| v.ident.to_string())),
        _ => None,
    });
    let mut entries: Vec<String> = kennel::app::Pane::all().map(|p| format!("{p:?}")).collect();
    entries.sort();
    let mut all: Vec<String> = all.unwrap().collect();
    all.sort();
    assert_eq!(entries, all);
}

#[test]
fn panes_are_told_apart_by_their_table_and_where_their_rows_and_cells_are_made_and_nowhere_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let found: BTreeSet<&Path> = SOURCES
        .iter()
        .filter(|s| s.choices.iter().any(|panes| panes.len() > FEW_PANES))
        .map(|s| s.path.strip_prefix(&root).unwrap())
        .collect();
    assert_eq!(found, PANES.iter().map(Path::new).collect());
}
