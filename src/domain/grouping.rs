//! Which project and environment a namespace is: by kennel's labels, else by the schemes users have already.
//!
//! A namespace is never hidden: what no scheme groups is in the project `(unassigned)`. To add a
//! scheme: a switch in [`Grouping`] and a line in `Grouping::project`.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::Text;
use super::keys::{ENVIRONMENT, PROJECT};
use super::production::Production;
use super::row::Meta;

/// Name of the project of namespaces that no scheme groups.
pub const UNASSIGNED: &str = "(unassigned)";

/// Name of the project of namespaces that the cluster itself runs in.
pub const SYSTEM: &str = "system";

/// What an environment is called by: `PROJECT/ENVIRONMENT`; where no scheme groups it, its name alone.
pub fn path(project: &str, environment: &str) -> String {
    if project == UNASSIGNED { environment.to_owned() } else { format!("{project}/{environment}") }
}

/// Words that name an environment in `<project>-<environment>` and `<environment>-<project>`.
pub const WORDS: [&str; 16] = [
    "main",
    "dev",
    "development",
    "qa",
    "test",
    "staging",
    "stage",
    "uat",
    "preprod",
    "prod",
    "prd",
    "production",
    "live",
    "demo",
    "load",
    "sandbox",
];

/// Words that name an environment with a number after them: `preview-42`, `pr42`.
pub const NUMBERED: [&str; 3] = ["preview", "pr", "review"];

/// The schemes, each switchable, in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct Grouping {
    /// Label `kennel.dev/project`.
    pub kennel: bool,
    /// Rancher's `field.cattle.io/projectId`.
    pub rancher: bool,
    /// Headlamp's `headlamp.dev/project-id`.
    pub headlamp: bool,
    /// `app.kubernetes.io/part-of` on the namespace.
    pub part_of: bool,
    /// A pattern over the namespace's name with a group `project` and perhaps one `environment`.
    pub pattern: Option<Regex>,
    /// Names in either order with one of [`WORDS`] or [`NUMBERED`].
    pub names: bool,
}

impl Default for Grouping {
    fn default() -> Self {
        Self { kennel: true, rancher: true, headlamp: true, part_of: true, pattern: None, names: true }
    }
}

/// Which project and environment a namespace is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouped {
    /// Project.
    pub project: Text,
    /// Environment.
    pub name: Text,
}

/// Names of namespaces that begin with a word for an environment and yet are environments of a project of that word:
/// `dev-anna … dev-eve` are five of `dev`. It follows from all names of a cluster, in whichever order they came.
pub type Turned = BTreeSet<Text>;

/// What a namespace says by itself of the project that it belongs to.
enum Reading<'m> {
    /// A label names the project.
    Labelled(&'m str),
    /// Project and environment, by the pattern or by words.
    Both(&'m str, &'m str),
    /// A word for an environment and the rest, in this order: either may be the project.
    Either(&'m str, &'m str),
}

impl Grouping {
    /// Which names are to be read the other way, for fewer projects: those whose rest names no other namespace's
    /// project, where their word stands before several such, or is a project already. Where both readings make as
    /// many projects, the word is the environment's.
    pub fn turned<'m>(&self, metas: impl Iterator<Item = &'m Meta>) -> Turned {
        let mut open: Vec<(&Text, &str, &str)> = Vec::new();
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for meta in metas {
            match self.reading(meta) {
                Some(Reading::Either(word, rest)) => {
                    open.push((&meta.name, word, rest));
                    *known.entry(rest).or_default() += 1;
                }
                Some(Reading::Labelled(project) | Reading::Both(project, _)) => {
                    *known.entry(project).or_default() += 2;
                }
                None => {}
            }
        }
        open.retain(|(_, _, rest)| known.get(rest).is_none_or(|n| *n < 2));
        let mut words: BTreeMap<&str, usize> = BTreeMap::new();
        open.iter().for_each(|(_, word, _)| *words.entry(word).or_default() += 1);
        let several = |word: &str| [&words, &known].iter().any(|n| n.get(word).is_some_and(|n| *n > 1));
        open.into_iter().filter(|(_, word, _)| several(word)).map(|(name, ..)| name.clone()).collect()
    }

    /// Project and environment of a namespace. What the cluster itself runs in is of one project, unless a label names
    /// another. An environment's own name (annotation `kennel.dev/environment`) goes before what its namespace's name
    /// says.
    pub fn place(&self, meta: &Meta, turned: &Turned, system: bool) -> Grouped {
        let of = |project: &str, name: &str| Grouped { project: project.into(), name: name.into() };
        let place = match self.reading(meta) {
            Some(Reading::Labelled(project)) => of(project, rest(&meta.name, project).unwrap_or(&meta.name)),
            _ if system => of(SYSTEM, &meta.name),
            Some(Reading::Both(project, environment)) => of(project, environment),
            Some(Reading::Either(word, rest)) if turned.contains(&meta.name) => of(word, rest),
            Some(Reading::Either(word, rest)) => of(rest, word),
            None => of(UNASSIGNED, &meta.name),
        };
        match meta.annotations.get(ENVIRONMENT).filter(|v| !v.trim().is_empty()) {
            Some(own) => Grouped { name: own.clone(), ..place },
            None => place,
        }
    }

    fn reading<'m>(&self, meta: &'m Meta) -> Option<Reading<'m>> {
        if let Some(project) = self.project(meta) {
            return Some(Reading::Labelled(project));
        }
        let matched = self.pattern.as_ref().and_then(|p| by_pattern(p, &meta.name));
        let matched = matched.map(|(project, environment)| Reading::Both(project, environment));
        matched.or_else(|| self.names.then(|| by_words(&meta.name)).flatten())
    }

    /// The project that a label of the namespace names.
    fn project<'m>(&self, meta: &'m Meta) -> Option<&'m str> {
        let label = |on: bool, key: &str| meta.labels.get(key).filter(|v| on && !v.is_empty()).map(Text::as_str);
        let rancher = || {
            // The annotation has the cluster in front: `c-m-abc:p-xyz`.
            let annotation = meta.annotations.get("field.cattle.io/projectId").filter(|_| self.rancher)?;
            annotation.rsplit(':').next().filter(|id| !id.is_empty())
        };
        label(self.kennel, PROJECT)
            .or_else(|| label(self.rancher, "field.cattle.io/projectId"))
            .or_else(rancher)
            .or_else(|| label(self.headlamp, "headlamp.dev/project-id"))
            .or_else(|| label(self.part_of, "app.kubernetes.io/part-of"))
    }
}

/// What is left of a namespace's name without its project, in front or behind.
fn rest<'n>(name: &'n str, project: &str) -> Option<&'n str> {
    let before = name.strip_prefix(project).and_then(|r| r.strip_prefix('-'));
    before.or_else(|| name.strip_suffix(project).and_then(|r| r.strip_suffix('-'))).filter(|r| !r.is_empty())
}

fn by_pattern<'n>(pattern: &Regex, name: &'n str) -> Option<(&'n str, &'n str)> {
    let groups = pattern.captures(name)?;
    let project = groups.name("project")?.as_str();
    let environment = groups.name("environment").map_or(name, |m| m.as_str());
    (!project.is_empty() && !environment.is_empty()).then_some((project, environment))
}

/// `<project>-<environment>`, else `<environment>-<project>`. A project is not called like an
/// environment: `dev-test` says neither; nor as what the cluster itself runs in. A number goes with its word: `preview-42` is no project.
fn by_words(name: &str) -> Option<Reading<'_>> {
    let cuts = || name.match_indices('-').filter_map(|(at, _)| Some((name.get(..at)?, name.get(at + 1..)?)));
    let says = |project: &str, environment: &str| {
        is_environment(environment) && !["", SYSTEM].contains(&project) && !is_environment(project)
    };
    let behind = cuts().find(|(project, environment)| says(project, environment));
    let behind = behind.map(|(project, environment)| Reading::Both(project, environment));
    behind.or_else(|| {
        let (environment, project) = cuts().find(|(environment, project)| says(project, environment))?;
        Some(match WORDS.contains(&environment) {
            true => Reading::Either(environment, project),
            false => Reading::Both(project, environment),
        })
    })
}

/// Whether a whole part of a name is a word for an environment: `qa`, `preview-42`, `pr42`.
fn is_environment(part: &str) -> bool {
    let number = |rest: &str| {
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    WORDS.contains(&part) || NUMBERED.iter().any(|w| part.strip_prefix(w).is_some_and(number))
}

/// What a user may set that decides how namespaces are shown.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Which project and environment a namespace is.
    pub grouping: Grouping,
    /// What counts as production.
    pub production: Production,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Labels;
    use crate::domain::row::Meta;

    fn meta(name: &str, labels: &[(&str, &str)], annotations: &[(&str, &str)]) -> Meta {
        let of = |pairs: &[(&str, &str)]| Labels::new(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())));
        Meta { name: name.into(), labels: of(labels), annotations: of(annotations), ..Meta::default() }
    }

    fn place(grouping: &Grouping, meta: &Meta) -> String {
        let place = grouping.place(meta, &grouping.turned([meta].into_iter()), false);
        format!("{} / {}", place.project, place.name)
    }

    #[test]
    fn names_are_read_in_both_orders() {
        let of = |name| place(&Grouping::default(), &meta(name, &[], &[]));
        for (name, wanted) in [
            ("shop-staging", "shop / staging"),
            ("staging-shop", "shop / staging"),
            ("web-shop-prod", "web-shop / prod"),
            ("shop-preview-42", "shop / preview-42"),
            ("shop-pr42", "shop / pr42"),
            ("review-7-shop", "shop / review-7"),
            ("pr-1-web-shop", "web-shop / pr-1"),
            // Two words: the order that is asked first, unless it would call a project like an environment.
            ("demo-shop-prod", "demo-shop / prod"),
            ("dev-test", "(unassigned) / dev-test"),
            // What the cluster itself runs in is nobody's by his name.
            ("system-dev", "(unassigned) / system-dev"),
            // No whole word, or nothing but one.
            ("staging", "(unassigned) / staging"),
            ("shop-production2", "(unassigned) / shop-production2"),
            ("shop-review-login", "(unassigned) / shop-review-login"),
            ("product-catalog", "(unassigned) / product-catalog"),
            ("kube-system", "(unassigned) / kube-system"),
            ("default", "(unassigned) / default"),
            ("-prod", "(unassigned) / -prod"),
            ("prod-", "(unassigned) / prod-"),
        ] {
            assert_eq!(of(name), wanted);
        }
    }

    #[test]
    fn of_two_readings_of_a_name_the_one_with_fewer_projects_holds_whatever_came_first() {
        let of = |names: &[&str]| {
            let grouping = Grouping::default();
            let metas: Vec<Meta> = names.iter().map(|name| meta(name, &[], &[])).collect();
            let turned = grouping.turned(metas.iter());
            assert_eq!(grouping.turned(metas.iter().rev()), turned, "{names:?}");
            let paths = metas.iter().map(|m| grouping.place(m, &turned, false)).map(|p| path(&p.project, &p.name));
            paths.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(&["dev-anna", "dev-ben", "dev-eve"]), "dev/anna dev/ben dev/eve");
        assert_eq!(of(&["dev-shop", "prod-shop"]), "shop/dev shop/prod");
        assert_eq!(of(&["dev-shop"]), "shop/dev", "as many projects: the word is the environment's");
        assert_eq!(of(&["dev-anna", "dev-ben", "dev-shop", "prod-shop"]), "dev/anna dev/ben shop/dev shop/prod");
        assert_eq!(of(&["dev-bank", "dev-shop", "prod-bank", "prod-shop"]), "bank/dev shop/dev bank/prod shop/prod");
        assert_eq!(of(&["dev-shop", "dev-lab", "shop-prod"]), "shop/dev lab/dev shop/prod", "it has that project");
        assert_eq!(of(&["shop-dev", "bank-dev", "lab-dev"]), "shop/dev bank/dev lab/dev");
        assert_eq!(of(&["preview-1-shop", "preview-1-lab"]), "shop/preview-1 lab/preview-1");
    }

    #[test]
    fn schemes_are_asked_in_order_and_each_can_be_switched_off() {
        let all = meta(
            "shop-qa",
            &[
                ("kennel.dev/project", "a"),
                ("field.cattle.io/projectId", "b"),
                ("headlamp.dev/project-id", "c"),
                ("app.kubernetes.io/part-of", "d"),
            ],
            &[],
        );
        let mut g = Grouping { pattern: Some(Regex::new("^(?P<project>sh)op").unwrap()), ..Grouping::default() };
        assert_eq!(place(&g, &all), "a / shop-qa");
        g.kennel = false;
        assert_eq!(place(&g, &all), "b / shop-qa");
        g.rancher = false;
        assert_eq!(place(&g, &all), "c / shop-qa");
        g.headlamp = false;
        assert_eq!(place(&g, &all), "d / shop-qa");
        g.part_of = false;
        assert_eq!(place(&g, &all), "sh / shop-qa");
        g.pattern = None;
        assert_eq!(place(&g, &all), "shop / qa");
        g.names = false;
        assert_eq!(place(&g, &all), "(unassigned) / shop-qa");
    }

    #[test]
    fn an_environment_is_called_by_its_annotation_else_without_its_projects_name() {
        let g = Grouping::default();
        let kennel = [("kennel.dev/project", "shop")];
        assert_eq!(place(&g, &meta("shop-canary", &kennel, &[])), "shop / canary");
        assert_eq!(place(&g, &meta("canary-shop", &kennel, &[])), "shop / canary");
        assert_eq!(place(&g, &meta("shop", &kennel, &[])), "shop / shop");
        assert_eq!(place(&g, &meta("shopping", &kennel, &[])), "shop / shopping");
        assert_eq!(place(&g, &meta("shop-qa", &kennel, &[(ENVIRONMENT, "QA / 1")])), "shop / QA / 1");
        assert_eq!(place(&g, &meta("shop-qa", &[], &[(ENVIRONMENT, "QA 1")])), "shop / QA 1");
        assert_eq!(place(&g, &meta("shop-qa", &kennel, &[(ENVIRONMENT, " ")])), "shop / qa");
    }

    #[test]
    fn ranchers_project_stands_in_a_label_or_behind_the_cluster_in_an_annotation() {
        let g = Grouping::default();
        assert_eq!(place(&g, &meta("x", &[], &[("field.cattle.io/projectId", "c-m-1:p-abc")])), "p-abc / x");
    }

    #[test]
    fn a_pattern_may_name_only_the_project() {
        let g = Grouping {
            pattern: Some(Regex::new("^team-(?P<project>[a-z]+)--(?P<environment>.+)$").unwrap()),
            ..Grouping::default()
        };
        assert_eq!(place(&g, &meta("team-pay--eu-1", &[], &[])), "pay / eu-1");
        assert_eq!(place(&g, &meta("shop-qa", &[], &[])), "shop / qa", "what it does not match is read by words");
        let g = Grouping { pattern: Some(Regex::new("^(?P<project>[a-z]+)\\d").unwrap()), ..g };
        assert_eq!(place(&g, &meta("pay1", &[], &[])), "pay / pay1");
    }
}
