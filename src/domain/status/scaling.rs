//! What is wrong with the autoscaler of a workload: never its status, which it keeps, but a remark and an issue.

use super::facts::Facts;
use crate::domain::row::Condition;
use crate::domain::service::Unscaled;
use crate::domain::{Text, Time};

/// Seconds for which an autoscaler may lack its metrics: they come a while after the pods.
const NO_METRICS: i64 = 300;

/// What an autoscaler says where nobody answers for the metrics API.
/// <https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/metrics/client.go>
const NO_API: &str = "unable to fetch metrics from resource metrics API";

/// What is wrong with its autoscaler: conditions by which Argo CD HEAD calls one degraded, asked before the good ones.
/// <https://github.com/argoproj/argo-cd/blob/master/gitops-engine/pkg/health/health_hpa.go>
pub(crate) fn remark(f: &Facts<'_>) -> Option<Unscaled> {
    let autoscaler = (*f.autoscaler.so_far()?)?;
    autoscaler.conditions.iter().filter(|c| c.status == Some(false)).find_map(|c| {
        let why = match (c.kind.as_str(), c.reason.as_str()) {
            ("AbleToScale", "FailedGetScale") => "its target's scale cannot be read".to_owned(),
            ("AbleToScale", "FailedUpdateScale") => "its target's scale cannot be written".to_owned(),
            ("ScalingActive", "InvalidSelector") => "its selector is invalid".to_owned(),
            ("ScalingActive", "FailedGetResourceMetric") => no_metrics(f, c.since).then(|| why_no_metrics(c))?,
            _ => return None,
        };
        let no_api = c.message.contains(NO_API);
        Some(Unscaled { autoscaler: autoscaler.meta.name.clone(), why: Text::from(why), since: c.since, no_api })
    })
}

/// Whether an autoscaler has lacked its metrics for too long. These are of pods that run: while none is ready, and a
/// while after the first one is, their lack follows from that and is no fault of its own.
fn no_metrics(f: &Facts<'_>, since: Option<Time>) -> bool {
    let ready = f.pods().into_iter().flatten().filter(|p| p.ready && p.deleted.is_none());
    let first = ready.filter_map(|p| p.ready_since).min();
    f.available() > 0 && since.is_some_and(|at| f.notes.older(first.map_or(at, |f| f.max(at)), NO_METRICS))
}

/// `web has no cpu request` of `… missing request for cpu in container web of Pod web-x2abc`.
fn why_no_metrics(condition: &Condition) -> String {
    let lacks = || {
        let (_, lacks) = condition.message.split_once("missing request for ")?;
        let (resource, container) = lacks.split_once(" in container ")?;
        Some(format!("{} has no {resource} request", container.split_whitespace().next()?))
    };
    match lacks() {
        Some(words) => words,
        None if condition.message.contains(NO_API) => "no metrics API".to_owned(),
        None => "no metrics".to_owned(),
    }
}
