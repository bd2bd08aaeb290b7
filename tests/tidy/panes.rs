//! Which panes the choices of a file tell apart.

use std::collections::BTreeSet;

use syn::visit::Visit;

/// For each `match` and each `matches!`, the panes that its patterns name.
#[derive(Default)]
pub(crate) struct Choices(pub(crate) Vec<BTreeSet<String>>);

impl<'ast> Visit<'ast> for Choices {
    fn visit_expr_match(&mut self, choice: &'ast syn::ExprMatch) {
        let mut panes = Panes::default();
        choice.arms.iter().for_each(|arm| panes.visit_pat(&arm.pat));
        self.0.push(panes.0);
        syn::visit::visit_expr_match(self, choice);
    }

    fn visit_macro(&mut self, used: &'ast syn::Macro) {
        let tokens = used.tokens.to_string();
        let panes = tokens.split("Pane :: ").skip(1).filter_map(|rest| rest.split(' ').next());
        self.0.push(panes.map(str::to_owned).collect());
    }
}

/// The panes that a pattern names.
#[derive(Default)]
struct Panes(BTreeSet<String>);

impl<'ast> Visit<'ast> for Panes {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut names = path.segments.iter().rev().map(|s| s.ident.to_string());
        if let (Some(pane), Some("Pane")) = (names.next(), names.next().as_deref()) {
            self.0.insert(pane);
        }
    }
}
