//! What stands in panes that are rightly empty, where it depends on what one looks at.

use super::{Pane, Since};
use crate::app::command::Id;
use crate::domain::environment::Environment;
use crate::domain::inspection::Inspection;
use crate::domain::service::Service;
use crate::domain::{Snapshot, Time, age};

/// What the words of an empty pane depend on.
pub(crate) struct Facts<'a> {
    /// The picture.
    pub(crate) snapshot: &'a Snapshot,
    /// The time.
    pub(crate) now: Time,
    /// How far back the pane goes; `None`: all the way.
    pub(crate) since: Option<Since>,
    /// The environment that one is at.
    pub(crate) environment: Option<&'a Environment>,
    /// The service of the service detail.
    pub(crate) service: Option<&'a Service>,
    /// Whether one is in an environment or a service: the panes of the dashboard choose none.
    pub(crate) inside: bool,
    /// What is no more is asked for in place of what is.
    pub(crate) past: bool,
    /// The key of a command.
    pub(crate) key: &'a dyn Fn(Id) -> String,
}

impl Facts<'_> {
    /// Whether the service is of a kind whose details are not read.
    fn has_no_workload(&self) -> bool {
        self.service.is_some_and(|s| s.workload.is_none())
    }
}

pub(super) fn environments(facts: &Facts<'_>) -> String {
    match (facts.snapshot.environments.is_empty(), facts.snapshot.cluster.dump) {
        // Of what is not there no key shows more.
        (true, true) => "No environments: the dump holds no objects.".to_owned(),
        (true, false) => "No environments: the cluster has no namespaces that you may see.".to_owned(),
        _ => format!("No environments here. {} shows those of all projects.", (facts.key)(Id::Everything)),
    }
}

pub(super) fn services(facts: &Facts<'_>) -> String {
    if facts.snapshot.environments.is_empty() {
        return "No services.".to_owned();
    }
    if facts.inside {
        return "No services: nothing has been deployed here.".to_owned();
    }
    let keys = [Id::Focus(Pane::Environments), Id::Down].map(facts.key);
    format!("No services here. {} choose another environment.", keys.join(" and "))
}

pub(super) fn events(facts: &Facts<'_>) -> String {
    let hidden = match facts.since {
        Some(Since::Last(seconds)) => format!("in the last {}", age::seconds(seconds)),
        Some(Since::From(at)) => format!("since {}", age::ago(at, facts.now)),
        None if facts.snapshot.cluster.dump => return "No events: none were written down.".to_owned(),
        None => return "No events: clusters keep them for an hour or so.".to_owned(),
    };
    format!("No events {hidden}. :since all shows older ones.")
}

pub(super) fn health(facts: &Facts<'_>) -> String {
    match facts.past {
        true => format!("Nothing was resolved since kennel looks. {} shows what is open.", (facts.key)(Id::Cards)),
        false => open(facts),
    }
}

/// That there are none is as true as one has looked.
fn open(facts: &Facts<'_>) -> String {
    let shown = "No open issues";
    match facts.environment.map(|e| &e.inspection) {
        Some(Inspection::Refused(kinds)) => {
            let key = (facts.key)(Id::Reconnect);
            format!("{shown} at first sight; no closer look: you may not list {}. {key} tries again.", kinds.join(", "))
        }
        Some(Inspection::Never) if !facts.snapshot.cluster.dump => format!("{shown} so far; looking closer…"),
        _ => format!("{shown}."),
    }
}

pub(super) fn timeline(facts: &Facts<'_>) -> String {
    match facts.since {
        Some(Since::Last(seconds)) => format!("Nothing happened in the last {}.", age::seconds(seconds)),
        Some(Since::From(at)) => format!("Nothing happened since {}.", age::ago(at, facts.now)),
        None => "Nothing happened that the cluster still tells of.".to_owned(),
    }
}

pub(super) fn pods(facts: &Facts<'_>) -> String {
    let of_service = facts.service.map(|s| vec![s]);
    let services = of_service.or_else(|| Some(facts.environment?.services.iter().map(|s| &**s).collect()));
    let why = match services.as_deref().unwrap_or_default() {
        [] => "nothing has been deployed here",
        [one] if one.desired == 0 => "it is at zero",
        all if all.iter().all(|s| s.desired == 0) => "all of it is at zero",
        _ => "none could be made; see the events",
    };
    format!("No pods: {why}.")
}

pub(super) fn revisions(facts: &Facts<'_>) -> String {
    match facts.has_no_workload() {
        true => "No revisions: only Deployments, StatefulSets and DaemonSets have them.".to_owned(),
        false => "No revisions are kept.".to_owned(),
    }
}

/// Of a service whose details are not read.
fn unknown(what: &str) -> String {
    format!("Not known: of other kinds than Deployments, StatefulSets and DaemonSets {what} not read.")
}

pub(super) fn conditions(facts: &Facts<'_>) -> String {
    match facts.service.map(|s| s.object.kind()) {
        _ if facts.has_no_workload() => unknown("conditions are"),
        Some(kind @ ("StatefulSet" | "DaemonSet")) => format!("No conditions: a {kind} has none."),
        _ => "No conditions: the controller has not reported yet.".to_owned(),
    }
}

pub(super) fn config(facts: &Facts<'_>) -> String {
    match facts.has_no_workload() {
        true => unknown("what is taken is"),
        false => "It takes no config maps and no secrets.".to_owned(),
    }
}

pub(super) fn operations(facts: &Facts<'_>) -> String {
    let key = (facts.key)(Id::StartStop);
    format!("No operations yet. {key} on an environment or a service starts or stops it.")
}
