//! Which environments a command line means: `PROJECT/ENV`, `PROJECT`, `-n NAMESPACE`.

use std::sync::Arc;

use super::exit::{Exit, Failure, Outcome};
use crate::domain::data::DataState;
use crate::domain::environment::Environment;
use crate::domain::grouping::UNASSIGNED;
use crate::domain::naming::{self, Named, Unnamed};
use crate::domain::{Api, Kind, Snapshot};
use crate::plan::{self, Scope};

/// Most names that an error lists.
const NEAREST: usize = 5;

/// The environments that `target` and `namespaces` name, by project and name. With neither: all.
///
/// # Errors
/// Nothing of that name: the nearest names. Two environments of one name: both, with their namespaces.
pub(crate) fn environments(
    snapshot: &Snapshot,
    target: Option<&str>,
    namespaces: &[String],
) -> Outcome<Vec<Arc<Environment>>> {
    for ns in namespaces {
        if snapshot.namespace(ns.as_str()).is_none() {
            let all = snapshot.environments.keys().map(|k| k.to_string());
            return Err(unknown("namespace", ns, all, snapshot));
        }
    }
    // By -n nothing else was read: what is not here may well be at the cluster.
    let others = target.filter(|_| !namespaces.is_empty() && snapshot.environments.len() <= namespaces.len());
    if let Some(word) = others.filter(|word| naming::named(snapshot, word) == Err(Unnamed::Nothing)) {
        let names: Vec<String> = snapshot.environments.values().map(|e| e.path()).collect();
        let why = format!(
            "`{word}` is not in the namespaces of -n, which are of {}: name one or the other",
            names.join(", ")
        );
        return Err(Failure::new(Exit::Failed, why));
    }
    let mut found: Vec<Arc<Environment>> = match target {
        None => snapshot.environments.values().cloned().collect(),
        Some(word) => environments_of(snapshot, word)?,
    };
    if !namespaces.is_empty() {
        found.retain(|e| namespaces.iter().any(|ns| *e.id.namespace == **ns));
    }
    found.sort_by(|a, b| (&a.project, &a.name, &a.id.namespace).cmp(&(&b.project, &b.name, &b.id.namespace)));
    Ok(found)
}

/// The environments that one word names: of a project all of them.
pub(crate) fn environments_of(snapshot: &Snapshot, word: &str) -> Outcome<Vec<Arc<Environment>>> {
    match naming::named(snapshot, word) {
        Ok(Named::Environment(one)) => Ok(vec![one]),
        Ok(Named::Project(name)) => Ok(snapshot.environments.values().filter(|e| e.project == name).cloned().collect()),
        // One of that name today, several tomorrow: a script says which.
        Err(Unnamed::Bare(meant)) => {
            let meant: Vec<String> = meant.iter().take(NEAREST).map(|e| e.path()).collect();
            let why =
                format!("no project is called `{word}`; an environment is written PROJECT/ENV: {}", meant.join(", "));
            Err(Failure::new(Exit::Failed, why))
        }
        Err(Unnamed::Several(all)) => {
            let list: Vec<_> = all.iter().map(|e| format!("\n  {}  (-n {})", e.path(), e.id.namespace)).collect();
            let why =
                format!("{} environments are called `{word}`; name one by its namespace:{}", all.len(), list.concat());
            Err(Failure::new(Exit::Usage, why))
        }
        Err(Unnamed::Nothing) if word.contains('/') => {
            Err(unknown("environment", word, snapshot.environments.values().map(|e| e.path()), snapshot))
        }
        Err(Unnamed::Nothing) => {
            let projects = snapshot.projects.keys().map(|k| k.to_string());
            let alone =
                snapshot.environments.values().filter(|e| e.project == UNASSIGNED).map(|e| e.id.namespace.to_string());
            Err(unknown("project", word, projects.chain(alone), snapshot))
        }
    }
}

/// What to do where namespaces can't be listed.
pub(crate) const NAME_THEM: &str = "name those that you may read with -n NAMESPACE, or as `namespaces` in the config";

/// The user, as messages call whoever asks.
pub(crate) fn who(snapshot: &Snapshot) -> &str {
    snapshot.cluster.user.as_deref().unwrap_or("you")
}

/// That there may be more environments than are known, where that is so.
pub(crate) fn unlisted(snapshot: &Snapshot) -> Option<String> {
    matches!(snapshot.state(Kind::Namespace), DataState::Forbidden { .. })
        .then(|| format!("no access: {} may not list namespaces", who(snapshot)))
}

fn unknown(sort: &str, word: &str, all: impl Iterator<Item = String>, snapshot: &Snapshot) -> Failure {
    if let Some(why) = unlisted(snapshot) {
        let among = match snapshot.environments.is_empty() {
            true => String::new(),
            false => format!("no {sort} of those that may be read is called `{word}`; "),
        };
        return Failure::new(Exit::Refused, format!("{why}; {among}{NAME_THEM}"));
    }
    let context = &snapshot.cluster.context;
    let place = if context.is_empty() { String::new() } else { format!(" at `{context}`") };
    let names = nearest(word, all);
    let hint = match names.as_slice() {
        [] => format!("; there are no {sort}s"),
        [only] => format!("; did you mean `{only}`?"),
        several => format!("; nearest are: {}", several.join(", ")),
    };
    Failure::new(Exit::Failed, format!("no {sort} is called `{word}`{place}{hint}"))
}

/// The names that are nearest to `word`: few letters apart, or with it inside; else the first ones.
pub(crate) fn nearest(word: &str, all: impl Iterator<Item = String>) -> Vec<String> {
    let lower = word.to_lowercase();
    let mut scored: Vec<(usize, String)> = all
        .map(|name| {
            let other = name.to_lowercase();
            let inside = !lower.is_empty() && (other.contains(&lower) || lower.contains(&other));
            (if inside { 1 } else { strsim::levenshtein(&lower, &other) }, name)
        })
        .collect();
    scored.sort();
    scored.dedup();
    let close = word.chars().count() / 2;
    let near: Vec<String> = scored.iter().filter(|(d, _)| *d <= close.max(1)).map(|(_, n)| n.clone()).collect();
    let pick = if near.is_empty() { scored.into_iter().map(|(_, n)| n).collect() } else { near };
    pick.into_iter().take(NEAREST).collect()
}

/// Whether `name` names a service or a task of `e`: `web`, or `deploy/web`.
pub(crate) fn has_service(e: &Environment, name: &str) -> bool {
    e.services.iter().any(|s| plan::means(name, &s.object)) || e.tasks.iter().any(|t| plan::means(name, &t.object))
}

/// The part of `scope` that `e` has.
pub(crate) fn of(e: &Environment, scope: &Scope) -> Scope {
    let services = scope.services.iter().filter(|s| has_service(e, s)).cloned().collect();
    Scope { services, ..scope.clone() }
}

/// What `start dev/anna dev/ben web` names: the first word a project or an environment, each further one a service, or
/// another environment where it is `X/Y` and X no kind. The environments, each once, and the services.
pub(crate) fn places<'w>(snapshot: &Snapshot, words: &'w [String]) -> Outcome<(Vec<Arc<Environment>>, Vec<&'w str>)> {
    let (mut places, mut services) = (Vec::new(), Vec::new());
    for (at, word) in words.iter().enumerate() {
        let is_service = at > 0 && word.split_once('/').is_none_or(|(kind, _)| is_kind(snapshot, kind));
        match is_service {
            true => services.push(word.as_str()),
            false => places.extend(environments_of(snapshot, word)?),
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    places.retain(|e| seen.insert(e.id.namespace.clone()));
    Ok((places, services))
}

/// Whether services or tasks may be of a kind that is called so.
fn is_kind(snapshot: &Snapshot, word: &str) -> bool {
    Kind::ALL.iter().any(|i| Api::from(i.kind).is_called(word))
        || snapshot.environments.values().flat_map(|e| e.services.iter()).any(|s| s.object.api.is_called(word))
}

/// Nothing in `places` is called `name`: the nearest names, and whether an environment was meant.
pub(crate) fn no_service(places: &[Arc<Environment>], name: &str) -> Failure {
    if let [first, second, ..] = places
        && let Some(meant) = places.iter().find(|e| e.name == name)
        && first.project == second.project
    {
        return Failure::new(Exit::Failed, format!("no service is called `{name}`; did you mean {}?", meant.path()));
    }
    if name.contains('/') && places.iter().any(|e| e.path() == name) {
        let why = format!("`{name}` is an environment; with -n all names are services of its namespace: leave one out");
        return Failure::new(Exit::Usage, why);
    }
    let all = places.iter().flat_map(|e| e.services.iter().map(|s| s.object.name.to_string()));
    let names = nearest(name, all);
    let hint =
        if names.is_empty() { "there are none".to_owned() } else { format!("nearest are: {}", names.join(", ")) };
    // It may well be one of those that can't be read.
    match places.iter().find_map(|e| plan::unread(e)) {
        Some(why) => Failure::new(Exit::Refused, format!("{why}; no other service is called `{name}`; {hint}")),
        None => Failure::new(Exit::Failed, format!("no service is called `{name}`; {hint}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{place, snapshot};
    use super::*;
    use crate::domain::snapshot::ClusterFacts;

    fn paths(found: Outcome<Vec<Arc<Environment>>>) -> Vec<String> {
        found.unwrap().iter().map(|e| e.path()).collect()
    }

    #[test]
    fn an_environment_is_found_by_path_by_id_or_by_namespace() {
        let s =
            snapshot([place("shop", "prod", "shop-prod"), place("shop", "a/b", "shop-ab"), place("lab", "x", "lab-x")]);
        assert_eq!(paths(environments(&s, Some("shop/prod"), &[])), ["shop/prod"]);
        assert_eq!(paths(environments(&s, Some("shop/shop-prod"), &[])), ["shop/prod"]);
        assert_eq!(paths(environments(&s, Some("shop/a/b"), &[])), ["shop/a/b"], "split at the first slash");
        assert_eq!(paths(environments(&s, Some("shop"), &[])), ["shop/a/b", "shop/prod"]);
        assert_eq!(paths(environments(&s, None, &["lab-x".into()])), ["lab/x"]);
    }

    #[test]
    fn an_ambiguous_environment_is_a_usage_error_that_lists_the_candidates() {
        let s = snapshot([place("shop", "qa", "shop-qa"), place("shop", "qa", "shop-qa-2")]);
        let e = environments(&s, Some("shop/qa"), &[]).unwrap_err();
        assert_eq!(e.exit, Exit::Usage);
        assert!(e.to_string().contains("shop-qa-2"), "{e}");
        assert!(e.to_string().contains("-n shop-qa)"), "{e}");
    }

    #[test]
    fn a_service_is_named_alone_or_with_its_kind_in_any_of_its_names() {
        let mut e = place("shop", "qa", "shop-qa");
        e.services = Box::new([Arc::new(super::super::tests::card("shop-qa", "web"))]);
        for name in ["web", "deploy/web", "deployment/web", "deployments/web", "Deployment/web"] {
            assert!(has_service(&e, name), "{name}");
        }
        for name in ["", "we", "sts/web", "/web", "deploy/"] {
            assert!(!has_service(&e, name), "{name}");
        }
    }

    #[test]
    fn several_environments_may_be_named_and_a_kind_before_a_slash_means_a_service() {
        let s =
            snapshot([place("dev", "anna", "dev-anna"), place("dev", "ben", "dev-ben"), place("lab", "x", "lab-x")]);
        let of = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            let (places, services) = places(&s, &words).unwrap();
            let places: Vec<_> = places.iter().map(|e| e.path()).collect();
            format!("{} | {}", places.join(" "), services.join(" "))
        };
        assert_eq!(of(&["dev/anna", "dev/ben"]), "dev/anna dev/ben | ");
        assert_eq!(of(&["dev", "dev/ben", "lab/x"]), "dev/anna dev/ben lab/x | ");
        assert_eq!(of(&["dev/anna", "web", "deploy/api"]), "dev/anna | web deploy/api");
        assert_eq!(of(&["lab-x", "deployments.apps/api", "dev/ben"]), "lab/x dev/ben | deployments.apps/api");
        let lost = places(&s, &["dev/anna".into(), "carla/dev".into()]).unwrap_err().to_string();
        assert!(lost.starts_with("no environment is called `carla/dev`"), "{lost}");
    }

    #[test]
    fn a_namespace_that_nothing_groups_is_named_by_its_name_alone() {
        let s = snapshot([place(UNASSIGNED, "sock-shop", "sock-shop"), place("lab", "x", "lab-x")]);
        assert_eq!(paths(environments(&s, Some("sock-shop"), &[])), ["sock-shop"]);
        let said = environments(&s, Some("sock-shp"), &[]).unwrap_err().to_string();
        assert!(said.ends_with("did you mean `sock-shop`?"), "{said}");
    }

    #[test]
    fn where_namespaces_may_not_be_listed_a_name_is_refused_and_never_said_not_to_be() {
        let mut s = snapshot([place("shop", "qa", "shop-qa")]);
        s.data.insert(
            crate::domain::Kind::Namespace.into(),
            crate::domain::data::DataState::Forbidden { why: "no".into() },
        );
        for (target, namespaces) in [(Some("shop/dev"), &[][..]), (Some("lab"), &[]), (None, &["lab-x".to_owned()])] {
            let e = environments(&s, target, namespaces).unwrap_err();
            assert_eq!(e.exit, Exit::Refused, "{e}");
            assert!(e.to_string().starts_with("no access: you may not list namespaces; no "), "{e}");
        }
        assert_eq!(paths(environments(&s, Some("shop/qa"), &[])), ["shop/qa"]);
    }

    #[test]
    fn a_name_beside_namespaces_is_not_said_to_be_nowhere() {
        let s = snapshot([place("shop", "qa", "shop-qa")]);
        let e = environments(&s, Some("shop/dev"), &["shop-qa".into()]).unwrap_err();
        assert_eq!(
            e.to_string(),
            "`shop/dev` is not in the namespaces of -n, which are of shop/qa: name one or the other"
        );
        for target in ["shop", "shop/qa", "shop/shop-qa"] {
            assert_eq!(paths(environments(&s, Some(target), &["shop-qa".into()])), ["shop/qa"]);
        }
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_ones() {
        let s = snapshot([place("shop", "staging", "shop-staging"), place("lab", "x", "lab-x")]);
        let said = |t| environments(&s, Some(t), &[]).unwrap_err().to_string();
        assert!(said("shop/stagin").contains("did you mean `shop/staging`?"), "{}", said("shop/stagin"));
        assert!(said("shp").contains("did you mean `shop`?"), "{}", said("shp"));
        assert!(said("staging").contains("PROJECT/ENV: shop/staging"), "{}", said("staging"));
        let e = environments(&s, None, &["lab-y".into()]).unwrap_err();
        assert!(e.to_string().contains("did you mean `lab-x`?"), "{e}");
        assert_eq!(e.exit, Exit::Failed);
    }

    #[test]
    fn environments_are_listed_by_project_and_name_whatever_their_namespaces_are_called() {
        let s = snapshot([place("shop", "b", "a"), place("shop", "a", "b"), place("lab", "z", "c")]);
        assert_eq!(paths(environments(&s, None, &[])), ["lab/z", "shop/a", "shop/b"]);
    }

    #[test]
    fn near_are_names_with_few_other_letters_or_with_the_word_inside_each_once() {
        let near = |word: &str, all: &[&str]| nearest(word, all.iter().map(|n| (*n).to_owned()));
        assert_eq!(near("prod", &["staging", "prd", "my-production", "prd"]), ["my-production", "prd"]);
        assert_eq!(near("web-frontend", &["worker", "web"]), ["web"], "the name inside the word");
        assert_eq!(near("xyz", &["worker", "web"]), ["web", "worker"], "none is near: the first ones");
        let s = snapshot([place("shop", "staging", "shop-staging")]);
        let said = |s: &Snapshot| environments(s, Some("shp"), &[]).unwrap_err().to_string();
        assert_eq!(said(&s), "no project is called `shp`; did you mean `shop`?");
        let cluster = ClusterFacts { context: "eu-1".into(), ..ClusterFacts::default() };
        let there = Snapshot { cluster: cluster.into(), ..s };
        assert_eq!(said(&there), "no project is called `shp` at `eu-1`; did you mean `shop`?");
    }
}
