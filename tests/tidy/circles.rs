//! Which files of a floor need which others, and the circles among them.
//!
//! A path leads to the file in which what it names is written: through what is handed on (`pub use`), and through the
//! imports of the files above it. What is there for tests alone does not count. A file may use what a file above it
//! says (`super::`): that is there for it.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::Visit;

/// A file as a module: `["sim", "api", "list"]`.
pub(crate) type Module = Vec<String>;

/// What one file says of others.
#[derive(Default)]
pub(crate) struct Names {
    /// What it imports: the name that it has here, and the path.
    imports: BTreeMap<String, Vec<String>>,
    /// Paths that it needs: what it imports for itself, and paths in code.
    needs: Vec<Vec<String>>,
    /// Its modules that are there for tests alone.
    tests: BTreeSet<String>,
}

impl Names {
    pub(crate) fn of(file: &syn::File) -> Self {
        let mut names = Self::default();
        names.visit_file(file);
        names
    }

    fn import(&mut self, prefix: &[String], tree: &syn::UseTree, own: bool) {
        let with = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
        let (name, path) = match tree {
            syn::UseTree::Path(p) => return self.import(&with(&p.ident), &p.tree, own),
            syn::UseTree::Group(g) => return g.items.iter().for_each(|t| self.import(prefix, t, own)),
            syn::UseTree::Name(n) if n.ident == "self" => (prefix.last().cloned(), prefix.to_vec()),
            syn::UseTree::Name(n) => (Some(n.ident.to_string()), with(&n.ident)),
            syn::UseTree::Rename(r) => (Some(r.rename.to_string()), with(&r.ident)),
            syn::UseTree::Glob(_) => (None, prefix.to_vec()),
        };
        self.needs.extend(own.then(|| path.clone()));
        self.imports.extend(name.map(|name| (name, path)));
    }
}

fn for_tests(attributes: &[syn::Attribute]) -> bool {
    let is_test = |a: &syn::Attribute| a.parse_args::<syn::Path>().is_ok_and(|p| p.is_ident("test"));
    attributes.iter().any(|a| a.path().is_ident("cfg") && is_test(a))
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if for_tests(&item.attrs) {
            self.tests.insert(item.ident.to_string());
        } else {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !for_tests(&item.attrs) {
            syn::visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !for_tests(&item.attrs) {
            syn::visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !for_tests(&item.attrs) {
            self.import(&[], &item.tree, matches!(item.vis, syn::Visibility::Inherited));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.needs.push(path.segments.iter().map(|s| s.ident.to_string()).collect());
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, used: &'ast syn::Macro) {
        // What a macro takes may be no Rust: each run of names with `::` between them is a path.
        let tokens = used.tokens.to_string().replace(" :: ", "::");
        let words = tokens.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        let paths = words.map(|word| word.split("::").map(str::to_owned).collect::<Vec<_>>());
        self.needs.extend(paths.filter(|path| path.len() > 1 && path.iter().all(|name| !name.is_empty())));
        syn::visit::visit_macro(self, used);
    }
}

/// All files of the crate.
pub(crate) struct Files(BTreeMap<Module, Names>);

impl Files {
    /// Without those that are there for tests alone.
    pub(crate) fn new(mut all: BTreeMap<Module, Names>) -> Self {
        let of_tests = |(m, n): (&Module, &Names)| -> Vec<Module> {
            n.tests.iter().map(|t| [m.as_slice(), std::slice::from_ref(t)].concat()).collect()
        };
        let tests: Vec<Module> = all.iter().flat_map(of_tests).collect();
        all.retain(|m, _| !tests.iter().any(|t| m.starts_with(t)));
        Self(all)
    }

    /// The file that a path in `from` leads to; `None`: it is none of ours.
    fn file(&self, from: &[String], path: &[String], depth: usize) -> Option<Module> {
        let up = path.iter().take_while(|p| *p == "super").count();
        let (mut here, mut rest) = match path.first()?.as_str() {
            "crate" => (Module::new(), &path[1..]),
            "self" => (from.to_vec(), &path[1..]),
            _ => (from[..from.len().saturating_sub(up)].to_vec(), &path[up..]),
        };
        while let Some((next, behind)) = rest.split_first() {
            let below = [here.as_slice(), std::slice::from_ref(next)].concat();
            let import = self.0.get(&here).and_then(|names| names.imports.get(next));
            match import {
                _ if self.0.contains_key(&below) => (here, rest) = (below, behind),
                Some(import) if import != path && depth < 9 => {
                    return self.file(&here, &[import, behind].concat(), depth + 1);
                }
                // A name of the language, or of another crate.
                _ if rest.len() == path.len() => return None,
                _ => break,
            }
        }
        self.0.contains_key(&here).then_some(here)
    }

    /// The files that each file needs.
    fn needs(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let of = |module: &Module, names: &Names| {
            let all = names.needs.iter().filter_map(|path| self.file(module, path, 0));
            // Another floor's files are the floors' test's; of those above a file, see the words of this module.
            all.filter(|to| to.first() == module.first() && !module.starts_with(to)).collect()
        };
        self.0.iter().map(|(module, names)| (module, of(module, names))).collect()
    }

    /// The circles: files each of which needs all others, by way of some.
    pub(crate) fn circles(&self) -> Vec<BTreeSet<String>> {
        let needs = self.needs();
        let all: BTreeMap<&Module, BTreeSet<&Module>> = self.0.keys().map(|m| (m, reach(&needs, m))).collect();
        let circle = |(module, reached): (&&Module, &BTreeSet<&Module>)| -> BTreeSet<String> {
            reached.iter().filter(|to| all[**to].contains(*module)).map(|m| m.join("/")).collect()
        };
        let circles: BTreeSet<_> = all.iter().map(circle).filter(|circle| !circle.is_empty()).collect();
        circles.into_iter().collect()
    }
}

/// What a file needs, by way of whatever.
fn reach<'a>(needs: &'a BTreeMap<&Module, BTreeSet<Module>>, from: &'a Module) -> BTreeSet<&'a Module> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        open.extend(needs.get(module).into_iter().flatten().filter(|to| seen.insert(*to)));
    }
    seen
}
