//! HorizontalPodAutoscaler → `spec.replicas` of its target, every 15 seconds.
//!
//! After `pkg/controller/podautoscaler/horizontal.go`; what the metrics say is in [`metrics`], how fast their word is
//! followed in [`pace`]. What the real controller remembers between two looks is given to [`sync`] and returned by
//! it ([`Past`]). <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details>

mod metrics;
mod pace;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sim::clock::plus;
use crate::sim::condition;
use crate::sim::json::{Json, set, stamp};
use crate::sim::resource::{RESOURCES, Resource};
use crate::sim::selector;
use crate::sim::view::{Object, View};
use crate::sim::write::{Via, Writes};

const NAME: &str = "horizontal-pod-autoscaler";
/// Seconds between two looks (`--horizontal-pod-autoscaler-sync-period`).
const PERIOD: i64 = 15;

/// What is remembered of an autoscaler between two looks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Past {
    /// When the next look is due; `None`: it has never been seen.
    next: Option<Timestamp>,
    /// When and how it scaled.
    pace: pace::Past,
}

/// Reconciles one autoscaler, if it is time.
pub(super) fn sync(view: &View, hpa: &Object, mut past: Past, w: &mut Writes) -> Past {
    // A new one is looked at after its first period, a changed one with the others.
    let next = *past.next.get_or_insert_with(|| plus(view.now, PERIOD));
    if view.now < next || hpa.is_going() {
        w.wake(next.max(view.now));
        return past;
    }
    let next = plus(view.now, PERIOD);
    past.next = Some(next);
    w.wake(next);
    let mut look = Look { view, hpa, conditions: hpa.items("status.conditions").to_vec(), w };
    look.reconcile(&mut past.pace);
    past
}

/// How the metrics ended.
type Outcome<T> = Result<T, String>;

/// One look at one autoscaler.
struct Look<'a> {
    view: &'a View,
    hpa: &'a Object,
    conditions: Vec<Value>,
    w: &'a mut Writes,
}

impl<'a> Look<'a> {
    fn reconcile(&mut self, past: &mut pace::Past) {
        let (view, hpa) = (self.view, self.hpa);
        let target = match target_of(view, hpa) {
            Ok(target) => target,
            Err(why) => {
                self.warn("FailedGetScale", why.clone());
                let message = format!("the HPA controller was unable to get the target's current scale: {why}");
                self.condition("AbleToScale", false, "FailedGetScale", message);
                let mut status = hpa.at("status").clone();
                set(&mut status, "conditions", std::mem::take(&mut self.conditions));
                return self.w.status(hpa, status);
            }
        };
        let message = "the HPA controller was able to get the target's current scale";
        self.condition("AbleToScale", true, "SucceededGetScale", message.into());
        let current = target.int_or("spec.replicas", if target.has("spec.replicas") { 0 } else { 1 });
        past.begin(current, view.now);
        let least = hpa.int_or("spec.minReplicas", 1);
        let most = hpa.int("spec.maxReplicas");
        if current == 0 {
            let message = "scaling is disabled since the replica count of the target is zero";
            self.condition("ScalingActive", false, "ScalingDisabled", message.into());
            return self.status(current, 0, Value::Null, false);
        }
        if current > most || current < least {
            let (to, why) =
                if current > most { (most, "above Spec.MaxReplicas") } else { (least, "below Spec.MinReplicas") };
            self.rescale(target, past, current, to, &format!("Current number of replicas {why}"));
            return self.status(current, to, Value::Null, true);
        }
        let mut found = vec![];
        let wish = self.wish(target, current, &mut found);
        let found = if found.is_empty() { Value::Null } else { Value::from(found) };
        let (wanted, metric) = match wish {
            Ok(wish) => wish,
            Err(why) => {
                self.status(current, hpa.int("status.desiredReplicas"), found, false);
                return self.warn("FailedComputeMetricsReplicas", why);
            }
        };
        let bounds = pace::Bounds { current, least, most };
        let paced = past.paced(hpa.at("spec.behavior"), &bounds, wanted, view.now);
        self.condition("AbleToScale", true, paced.able.0, paced.able.1.into());
        self.condition("ScalingLimited", paced.limited, paced.why.0, paced.why.1.into());
        if paced.replicas != current {
            let reason = match wanted {
                n if n > current => format!("{metric} above target"),
                n if n < current => "All metrics below target".to_owned(),
                _ => String::new(),
            };
            self.rescale(target, past, current, paced.replicas, &reason);
        }
        self.status(current, paced.replicas, found, paced.replicas != current);
    }

    /// The highest count that a metric asks for, and that metric's name; what the metrics are goes to `found`.
    fn wish(&mut self, target: &Object, current: i64, found: &mut Vec<Value>) -> Outcome<(i64, String)> {
        let (view, hpa) = (self.view, self.hpa);
        let pods = self.selected(target)?;
        let (mut wish, mut failed) = (None::<(i64, String)>, vec![]);
        let all = hpa.items("spec.metrics");
        for metric in all {
            match metrics::proposal(view, hpa, metric, &pods, current) {
                Ok(proposal) => {
                    found.push(proposal.status);
                    if wish.as_ref().is_none_or(|(most, _)| *most == 0 || proposal.replicas > *most) {
                        wish = Some((proposal.replicas, proposal.metric));
                    }
                }
                Err(failure) => {
                    found.push(json!({"type": ""}));
                    self.warn(failure.reason, failure.why.clone());
                    failed.push(failure);
                }
            }
        }
        // With some of them unknown it may grow, but not shrink.
        let known = wish.filter(|(replicas, _)| failed.is_empty() || *replicas >= current);
        let Some((replicas, metric)) = known else {
            let Some(first) = failed.first() else { return Err("no metrics are named".to_owned()) };
            let message = format!("the HPA was unable to compute the replica count: {}", first.why);
            self.condition("ScalingActive", false, first.reason, message);
            let (wrong, all) = (failed.len(), all.len());
            return Err(format!(
                "invalid metrics ({wrong} invalid out of {all}), first error is: failed to get {} metric value: {}",
                first.what, first.told
            ));
        };
        let message = format!("the HPA was able to successfully calculate a replica count from {metric}");
        self.condition("ScalingActive", true, "ValidMetricFound", message);
        Ok((replicas, metric))
    }

    /// The pods of the target, where they are this autoscaler's alone.
    fn selected(&mut self, target: &Object) -> Outcome<Vec<&'a Object>> {
        let view = self.view;
        let selector = selector_of(target);
        let text = selector::written(&selector);
        if text.is_empty() {
            let why = "selector is required".to_owned();
            self.warn("SelectorRequired", why.clone());
            let message = "the HPA target's scale is missing a selector".to_owned();
            self.condition("ScalingActive", false, "InvalidSelector", message);
            return Err(why);
        }
        let of = |selector: &Value| {
            let labels = |p: &&Object| selector::selects(selector, p.at("metadata.labels"));
            view.list("Pod").filter(labels).collect::<Vec<_>>()
        };
        let pods = of(&selector);
        let shares = |other: &&Object| {
            let selector = target_of(view, other).ok().map(|t| selector_of(t));
            let theirs = selector.filter(|s| !selector::written(s).is_empty());
            theirs.is_some_and(|s| pods.iter().any(|p| selector::selects(&s, p.at("metadata.labels"))))
        };
        let all: Vec<_> = view.list("HorizontalPodAutoscaler").filter(shares).map(|h| h.name()).collect();
        if all.len() > 1 {
            let names: Vec<_> = all.iter().map(|n| format!("{}/{n}", view.namespace)).collect();
            let why = format!("pods by selector {text} are controlled by multiple HPAs: [{}]", names.join(" "));
            self.warn("AmbiguousSelector", why.clone());
            self.condition("ScalingActive", false, "AmbiguousSelector", why.clone());
            return Err(why);
        }
        Ok(pods)
    }

    fn rescale(&mut self, target: &Object, past: &mut pace::Past, from: i64, to: i64, reason: &str) {
        self.w.patch_via(Via::Scale, target, json!({"spec": {"replicas": to}}));
        let message = format!("the HPA controller was able to update the target scale to {to}");
        self.condition("AbleToScale", true, "SucceededRescale", message);
        let message = format!("New size: {to}; reason: {reason}");
        self.w.normal(self.hpa, NAME, "SuccessfulRescale", message);
        past.scaled(self.hpa.at("spec.behavior"), to - from, self.view.now);
    }

    fn warn(&mut self, reason: &'static str, message: String) {
        self.w.warning(self.hpa, NAME, reason, message);
    }

    fn condition(&mut self, kind: &str, holds: bool, reason: &str, message: String) {
        let status = if holds { "True" } else { "False" };
        let new = json!({
            "type": kind, "status": status, "lastTransitionTime": stamp(self.view.now), "reason": reason,
            "message": message,
        });
        condition::set_in_place(&mut self.conditions, new);
    }

    fn status(&mut self, current: i64, desired: i64, metrics: Value, scaled: bool) {
        let mut status = json!({});
        if scaled {
            set(&mut status, "lastScaleTime", stamp(self.view.now));
        } else if self.hpa.has("status.lastScaleTime") {
            set(&mut status, "lastScaleTime", self.hpa.text("status.lastScaleTime"));
        }
        if current > 0 {
            set(&mut status, "currentReplicas", current);
        }
        set(&mut status, "desiredReplicas", desired);
        set(&mut status, "currentMetrics", metrics);
        set(&mut status, "conditions", std::mem::take(&mut self.conditions));
        self.w.status(self.hpa, status);
    }
}

/// The object that an autoscaler scales.
///
/// # Errors
/// Why its scale cannot be got.
fn target_of<'a>(view: &'a View, hpa: &Value) -> Outcome<&'a Object> {
    let reference = hpa.at("spec.scaleTargetRef");
    let (version, kind, name) = (reference.text("apiVersion"), reference.text("kind"), reference.text("name"));
    let group = match version.split_once('/') {
        Some((_, rest)) if rest.contains('/') => return Err(format!("unexpected GroupVersion string: {version}")),
        Some((group, _)) => group,
        None => "",
    };
    let resource = RESOURCES.iter().find(|r| r.kind == kind && r.group == group);
    let resource = resource.ok_or_else(|| format!("no matches for kind \"{kind}\" in group \"{group}\""))?;
    if !resource.has_scale() {
        return Err("the server could not find the requested resource".to_owned());
    }
    let found = view.get(kind, name).filter(|o| Resource::of_object(o).is_some_and(|r| r.group == group));
    found.ok_or_else(|| format!("{} \"{name}\" not found", resource.qualified()))
}

/// How an object selects its pods; a ReplicationController does by labels alone.
fn selector_of(target: &Value) -> Value {
    match target.text("kind") {
        "ReplicationController" => json!({"matchLabels": target.at("spec.selector")}),
        _ => target.at("spec.selector").clone(),
    }
}
