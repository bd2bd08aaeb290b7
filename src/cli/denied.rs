//! What a list can't show since it may not be read: said on stderr, and where nothing may be read it is a refusal.
//!
//! It is not: a filter. What may be read is printed all the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::args::{Get, What};
use super::exit::{Exit, Failure, Outcome};
use super::{find, print};
use crate::domain::data::DataState;
use crate::domain::environment::Environment;
use crate::domain::{Kind, Snapshot};

/// What the rows of a list are made of: without all of these there is none. Beside them, what fills their columns.
fn kinds(what: What) -> (&'static [Kind], &'static [Kind]) {
    const ROWS: &[Kind] = &[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::Job, Kind::CronJob];
    const WORKLOADS: &[Kind] = &[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];
    const DETAILS: &[Kind] = &[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::Pod];
    match what {
        What::Projects | What::Environments => (&[Kind::Namespace], DETAILS),
        What::Services => (ROWS, &[Kind::Pod]),
        What::Events => (&[Kind::Event], &[]),
        What::Pods => (&[Kind::Pod], WORKLOADS),
    }
}

/// Says what may not be read.
///
/// # Errors
/// None of the rows may be read: there is nothing to print.
pub(crate) fn report(snapshot: &Snapshot, get: &Get, namespaces: &[String]) -> Outcome {
    let unlisted = find::unlisted(snapshot);
    if let Some(why) = unlisted.as_ref().filter(|_| snapshot.environments.is_empty()) {
        return Err(Failure::new(Exit::Refused, format!("{why}; {}", find::NAME_THEM)));
    }
    let places = find::environments(snapshot, get.target.as_deref(), namespaces)?;
    // A project may have environments elsewhere; one that is named has not.
    let several = namespaces.is_empty() && get.target.as_ref().is_none_or(|t| !t.contains('/'));
    if let Some(why) = unlisted.filter(|_| several) {
        print::say(format_args!("{why}; shown are those that may be read"));
    }
    lines(find::who(snapshot), get.what, &places).iter().for_each(print::say);
    let (rows, _) = kinds(get.what);
    let namespaced = rows.iter().all(|k| k.info().namespaced);
    let nothing = |e: &Arc<Environment>| rows.iter().all(|k| denies(e, *k));
    if namespaced && !places.is_empty() && places.iter().all(nothing) {
        // It has been said above.
        return Err(Failure::silent(Exit::Refused));
    }
    Ok(())
}

/// A line for each set of namespaces that denies something.
fn lines(who: &str, what: What, places: &[Arc<Environment>]) -> Vec<String> {
    let (rows, details) = kinds(what);
    // One line for all kinds that the same namespaces deny.
    let mut denied: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for kind in rows.iter().chain(details) {
        let here: Vec<&str> = places.iter().filter(|e| denies(e, *kind)).map(|e| e.id.namespace.as_str()).collect();
        if !here.is_empty() {
            denied.entry(here).or_default().push(kind.plural());
        }
    }
    denied.iter().map(|(here, kinds)| line(who, kinds, here, places.len())).collect()
}

fn denies(e: &Environment, kind: Kind) -> bool {
    matches!(e.gap(kind), Some(DataState::Forbidden { .. }))
}

/// Most namespaces that a line names.
const NAMED: usize = 5;

/// `no access: maria may not list daemonsets in shop-qa, shop-dev`.
fn line(who: &str, kinds: &[&str], here: &[&str], all: usize) -> String {
    let place = match here.len() {
        n if n == all && n > 1 => "in any namespace".to_owned(),
        n if n > NAMED => format!("in {n} of {all} namespaces"),
        _ => format!("in {}", here.join(", ")),
    };
    format!("no access: {who} may not list {} {place}", kinds.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{place, snapshot};
    use super::*;

    fn get(what: What) -> Get {
        Get { what, target: None }
    }

    fn forbidden() -> DataState {
        DataState::Forbidden { why: "no".into() }
    }

    fn denying(namespace: &str, kinds: &[Kind]) -> Environment {
        let gaps = kinds.iter().map(|k| (*k, forbidden())).collect();
        Environment { gaps, ..place("shop", namespace, namespace) }
    }

    fn ends(snapshot: &Snapshot, what: What) -> Option<Exit> {
        report(snapshot, &get(what), &[]).err().map(|f| f.exit)
    }

    #[test]
    fn who_may_read_nothing_is_refused_and_never_told_that_there_is_nothing() {
        let mut nobody = snapshot([]);
        nobody.data.insert(Kind::Namespace.into(), forbidden());
        for what in [What::Projects, What::Environments, What::Services, What::Events, What::Pods] {
            let failure = report(&nobody, &get(what), &[]).unwrap_err();
            assert_eq!(failure.exit, Exit::Refused);
            assert!(failure.to_string().starts_with("no access: you may not list namespaces"), "{failure}");
        }
        assert_eq!(ends(&snapshot([]), What::Environments), None, "an empty cluster is no refusal");
    }

    #[test]
    fn a_list_none_of_whose_rows_may_be_read_is_refused_and_one_with_some_is_not() {
        let events = snapshot([denying("a", &[Kind::Event]), denying("b", &[Kind::Event])]);
        assert_eq!(ends(&events, What::Events), Some(Exit::Refused));
        assert_eq!(ends(&events, What::Services), None);
        let half = snapshot([denying("a", &[Kind::Event]), denying("b", &[])]);
        assert_eq!(ends(&half, What::Events), None);
        let some = snapshot([denying("a", &[Kind::DaemonSet, Kind::StatefulSet])]);
        assert_eq!(ends(&some, What::Services), None);
        let none = snapshot([denying("a", kinds(What::Services).0)]);
        assert_eq!(ends(&none, What::Services), Some(Exit::Refused));
        assert_eq!(ends(&none, What::Environments), None, "the namespaces are there");
    }

    #[test]
    fn a_line_names_verb_kinds_user_and_where() {
        assert_eq!(line("maria", &["pods", "jobs"], &["a"], 1), "no access: maria may not list pods, jobs in a");
        assert_eq!(line("maria", &["pods"], &["a", "b"], 2), "no access: maria may not list pods in any namespace");
        let many = ["a", "b", "c", "d", "e", "f"];
        assert_eq!(line("maria", &["pods"], &many, 9), "no access: maria may not list pods in 6 of 9 namespaces");
    }

    #[test]
    fn what_the_same_namespaces_deny_is_one_line_and_what_is_read_everywhere_is_none() {
        let said = |places: &[Environment], what| {
            let places: Vec<_> = places.iter().cloned().map(Arc::new).collect();
            lines("maria", what, &places).join("\n")
        };
        let all = [
            denying("a", &[Kind::Job, Kind::CronJob, Kind::Pod, Kind::Event]),
            denying("b", &[Kind::Pod, Kind::Event]),
            denying("c", &[Kind::Event]),
        ];
        assert_eq!(
            said(&all, What::Services),
            "no access: maria may not list jobs, cronjobs in a\nno access: maria may not list pods in a, b"
        );
        assert_eq!(said(&all, What::Events), "no access: maria may not list events in any namespace");
        assert_eq!(said(&all, What::Environments), "no access: maria may not list pods in a, b");
        let read = [denying("a", &[])];
        assert_eq!(said(&read, What::Pods), "");
        let five = ["a", "b", "c", "d", "e"];
        assert_eq!(line("maria", &["pods"], &five, 9), "no access: maria may not list pods in a, b, c, d, e");
    }
}
