//! An autoscaler that can't scale its service. Where nobody answers for the metrics API, that is one issue of the
//! cluster, however many autoscalers stand still.

use std::collections::BTreeMap;

use crate::domain::environment::Environment;
use crate::domain::issue::{Category, ClusterIssue, Issue, IssueId, Severity};
use crate::domain::service::{Service, Unscaled};
use crate::domain::{Api, ObjectId, Text, Time};

/// Autoscalers of an environment that stand still because nobody answers for the metrics API.
#[derive(Debug)]
pub(crate) struct Standing {
    autoscalers: u32,
    since: Option<Time>,
    production: bool,
}

/// Those of an environment; `None` where there are none.
pub(crate) fn standing(environment: &Environment) -> Option<Standing> {
    let still = || environment.services.iter().filter_map(|s| s.unscaled.as_ref()).filter(|u: &&Unscaled| u.no_api);
    let autoscalers = u32::try_from(still().count()).unwrap_or(u32::MAX);
    let since = still().filter_map(|u| u.since).min();
    (autoscalers > 0).then_some(Standing { autoscalers, since, production: environment.production })
}

/// The metrics API is down, as the autoscalers of these namespaces say.
pub(crate) fn of_cluster(standing: &BTreeMap<Text, Standing>) -> Option<ClusterIssue> {
    let all = standing.values().map(|s| s.autoscalers).fold(0, u32::saturating_add);
    let stand = match all {
        0 => return None,
        1 => "1 autoscaler stands still".to_owned(),
        n => format!("{n} autoscalers stand still"),
    };
    let api = Api::new("apiregistration.k8s.io", "v1", "APIService", "apiservices", false);
    let object = ObjectId::new(api, "", "v1beta1.metrics.k8s.io");
    let id = IssueId { detector: "metrics-api", object, key: Text::default() };
    let title = format!("the metrics API does not answer: {stand}");
    let issue = Issue {
        brief: Some(Text::new(&format!("no metrics: {stand}"))),
        since: standing.values().filter_map(|s| s.since).min(),
        ..Issue::new(id, Severity::High, Category::Performance, title)
    };
    let namespaces = standing.keys().cloned().collect();
    Some(ClusterIssue { issue, namespaces, production: standing.values().any(|s| s.production) })
}

/// One issue per autoscaler that fails by itself.
pub(super) fn find(environment: &Environment) -> Vec<Issue> {
    environment.services.iter().filter_map(|s| of(s)).collect()
}

fn of(service: &Service) -> Option<Issue> {
    let unscaled = service.unscaled.as_ref().filter(|u| !u.no_api)?;
    let titled = |what: &str| Text::new(&format!("{}: {what}", service.object.name));
    let id = IssueId { detector: "autoscaler", object: service.object.clone(), key: unscaled.autoscaler.clone() };
    let title = titled(&format!("autoscaler fails: {}", unscaled.why));
    let brief = Some(titled("autoscaler fails"));
    Some(Issue { brief, since: unscaled.since, ..Issue::new(id, Severity::High, Category::Performance, title) })
}
