//! How fast an autoscaler follows its metrics: bounds, stabilisation, and the policies of `spec.behavior`.
//!
//! After `normalizeDesiredReplicas` and `normalizeDesiredReplicasWithBehaviors` of
//! `pkg/controller/podautoscaler/horizontal.go`.
//! <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior>

use jiff::Timestamp;
use serde_json::Value;

use crate::sim::clock::plus;
use crate::sim::json::Json;

/// A smaller count is chosen only after nothing else was asked for so many seconds
/// (`--horizontal-pod-autoscaler-downscale-stabilization`).
const STABILIZATION: i64 = 300;

/// What was asked for, and when it scaled.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Past {
    wishes: Vec<(Timestamp, i64)>,
    /// When so many pods were added.
    grown: Vec<(Timestamp, i64)>,
    /// When so many pods were taken away.
    shrunk: Vec<(Timestamp, i64)>,
}

/// Between what an autoscaler may choose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Count now.
    pub(super) current: i64,
    /// `minReplicas`.
    pub(super) least: i64,
    /// `maxReplicas`.
    pub(super) most: i64,
}

/// Reason and message of a condition.
type Words = (&'static str, &'static str);

/// What is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paced {
    /// The count.
    pub(super) replicas: i64,
    /// Of the condition AbleToScale.
    pub(super) able: Words,
    /// The condition ScalingLimited.
    pub(super) limited: bool,
    /// Its reason and message.
    pub(super) why: Words,
}

const READY: Words = ("ReadyForNewScale", "recommended size matches current size");
const UP_STABILIZED: Words = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
);
const DOWN_STABILIZED: Words = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
);
const WITHIN: Words = ("DesiredWithinRange", "the desired count is within the acceptable range");
const TOO_MANY: Words = ("TooManyReplicas", "the desired replica count is more than the maximum replica count");
const TOO_FEW: Words = ("TooFewReplicas", "the desired replica count is less than the minimum replica count");
const UP_LIMIT: Words = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
const DOWN_LIMIT: Words =
    ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate");

impl Past {
    /// The count that an autoscaler finds first stands for what was asked for before.
    pub(super) fn begin(&mut self, current: i64, now: Timestamp) {
        if self.wishes.is_empty() {
            self.wishes.push((now, current));
        }
    }

    /// Chooses a count where the metrics ask for `wish`.
    pub(super) fn paced(&mut self, behavior: &Value, bounds: &Bounds, wish: i64, now: Timestamp) -> Paced {
        let (steady, able) = if behavior.is_null() {
            (self.highest(wish, now), DOWN_STABILIZED)
        } else {
            (
                self.steady(behavior, bounds, wish, now),
                if wish >= bounds.current { UP_STABILIZED } else { DOWN_STABILIZED },
            )
        };
        let able = if steady == wish { READY } else { able };
        let (replicas, why) =
            if behavior.is_null() { limited(bounds, steady) } else { self.limited_by(behavior, bounds, steady, now) };
        Paced { replicas, able, limited: replicas != steady, why }
    }

    /// Remembers that it scaled by so many pods.
    pub(super) fn scaled(&mut self, behavior: &Value, by: i64, now: Timestamp) {
        if behavior.is_null() {
            return;
        }
        let (rules, list) = if by > 0 { ("scaleUp", &mut self.grown) } else { ("scaleDown", &mut self.shrunk) };
        let periods = behavior.at(rules).items("policies").iter().map(|p| p.int("periodSeconds"));
        let kept = plus(now, -periods.max().unwrap_or(0));
        list.retain(|(at, _)| *at >= kept);
        list.push((now, by.abs()));
    }

    /// The highest wish of the last five minutes.
    fn highest(&mut self, wish: i64, now: Timestamp) -> i64 {
        let from = plus(now, -STABILIZATION);
        self.wishes.retain(|(at, _)| *at >= from);
        let highest = self.wishes.iter().map(|(_, n)| *n).chain([wish]).max().unwrap_or(wish);
        self.wishes.push((now, wish));
        highest
    }

    /// The count now, as far as neither the lowest recent wish is above it nor the highest below.
    fn steady(&mut self, behavior: &Value, bounds: &Bounds, wish: i64, now: Timestamp) -> i64 {
        let from =
            |rules: &str, default: i64| plus(now, -behavior.at(rules).int_or("stabilizationWindowSeconds", default));
        let (up, down) = (from("scaleUp", 0), from("scaleDown", STABILIZATION));
        self.wishes.retain(|(at, _)| *at >= up || *at >= down);
        let since = |from: Timestamp| self.wishes.iter().filter(move |(at, _)| *at > from).map(|(_, n)| *n);
        let lowest = since(up).chain([wish]).min().unwrap_or(wish);
        let highest = since(down).chain([wish]).max().unwrap_or(wish);
        self.wishes.push((now, wish));
        bounds.current.max(lowest).min(highest)
    }

    /// The count as the policies of `behavior` allow it.
    fn limited_by(&self, behavior: &Value, bounds: &Bounds, wish: i64, now: Timestamp) -> (i64, Words) {
        let Bounds { current, least, most } = *bounds;
        if wish > current {
            let limit = self.limit(behavior.at("scaleUp"), current, true, now).max(current);
            let (allowed, why) = if most > limit { (limit, UP_LIMIT) } else { (most, TOO_MANY) };
            if wish > allowed {
                return (allowed, why);
            }
        } else if wish < current {
            let limit = self.limit(behavior.at("scaleDown"), current, false, now).min(current);
            let (allowed, why) = if least < limit { (limit, DOWN_LIMIT) } else { (least, TOO_FEW) };
            if wish < allowed {
                return (allowed, why);
            }
        }
        (wish, WITHIN)
    }

    /// How far the policies of one direction let the count go now.
    fn limit(&self, rules: &Value, current: i64, up: bool, now: Timestamp) -> i64 {
        let policies = rules.items("policies").iter().map(|policy| {
            let from = plus(now, -policy.int("periodSeconds"));
            let sum = |list: &[(Timestamp, i64)]| list.iter().filter(|(at, _)| *at > from).map(|(_, n)| n).sum::<i64>();
            let before = current - sum(&self.grown) + sum(&self.shrunk);
            let value = policy.int("value");
            let part = value as f64 / 100.0;
            match (policy.text("type") == "Pods", up) {
                (true, true) => before + value,
                (true, false) => before - value,
                // Rounded so that a small count moves at all.
                (false, true) => (before as f64 * (1.0 + part)).ceil() as i64,
                (false, false) => (before as f64 * (1.0 - part)) as i64,
            }
        });
        let far = match rules.text("selectPolicy") {
            "Disabled" => None,
            "Min" => {
                if up {
                    policies.min()
                } else {
                    policies.max()
                }
            }
            _ => {
                if up {
                    policies.max()
                } else {
                    policies.min()
                }
            }
        };
        far.unwrap_or(current)
    }
}

/// The count within the bounds, and no more than twice what it is (or four).
fn limited(bounds: &Bounds, wish: i64) -> (i64, Words) {
    let limit = (bounds.current * 2).max(4);
    let (most, why) = if bounds.most > limit { (limit, UP_LIMIT) } else { (bounds.most, TOO_MANY) };
    match wish {
        n if n < bounds.least => (bounds.least, TOO_FEW),
        n if n > most => (most, why),
        n => (n, WITHIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn bounds(current: i64) -> Bounds {
        Bounds { current, least: 2, most: 20 }
    }

    /// As the API server fills it in.
    fn behavior(own: Value) -> Value {
        let mut behavior = json!({
            "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [
                {"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15},
            ]},
            "scaleDown": {"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]},
        });
        json_patch::merge(&mut behavior, &own);
        behavior
    }

    #[test]
    fn without_behaviour_it_doubles_at_most_and_stays_within_its_bounds() {
        let chosen = |current, wish| {
            let mut past = Past::default();
            let paced = past.paced(&Value::Null, &bounds(current), wish, at(0));
            (paced.replicas, paced.limited, paced.why.0)
        };
        assert_eq!(chosen(3, 5), (5, false, "DesiredWithinRange"));
        assert_eq!(chosen(3, 9), (6, true, "ScaleUpLimit"));
        assert_eq!(chosen(2, 9), (4, true, "ScaleUpLimit"), "up to four from any count");
        assert_eq!(chosen(15, 40), (20, true, "TooManyReplicas"));
        assert_eq!(chosen(3, 1), (2, true, "TooFewReplicas"));
    }

    #[test]
    fn it_shrinks_only_when_five_minutes_asked_for_no_more() {
        let mut past = Past::default();
        past.begin(8, at(0));
        let mut chosen = |second, wish| {
            let paced = past.paced(&Value::Null, &bounds(8), wish, at(second));
            (paced.replicas, paced.able.0)
        };
        assert_eq!(chosen(0, 5), (8, "ScaleDownStabilized"));
        assert_eq!(chosen(15, 6), (8, "ScaleDownStabilized"));
        assert_eq!(chosen(301, 4), (6, "ScaleDownStabilized"), "the highest that is still remembered");
        assert_eq!(chosen(316, 4), (4, "ReadyForNewScale"));
    }

    #[test]
    fn a_window_for_growing_takes_the_lowest_wish() {
        let behavior = behavior(json!({"scaleUp": {"stabilizationWindowSeconds": 60}}));
        let mut past = Past::default();
        past.begin(4, at(0));
        let mut chosen = |second, wish| {
            let paced = past.paced(&behavior, &bounds(4), wish, at(second));
            (paced.replicas, paced.able.0)
        };
        assert_eq!(chosen(15, 8), (4, "ScaleUpStabilized"));
        assert_eq!(chosen(61, 7), (7, "ReadyForNewScale"), "the first is out of the window");
    }

    #[test]
    fn policies_count_what_was_scaled_within_their_period() {
        let slow = behavior(json!({"scaleUp": {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]}}));
        let mut past = Past::default();
        let paced = past.paced(&slow, &bounds(4), 10, at(0));
        assert_eq!((paced.replicas, paced.limited, paced.why.0), (6, true, "ScaleUpLimit"));
        past.scaled(&slow, 2, at(0));
        assert_eq!(past.paced(&slow, &bounds(6), 10, at(30)).replicas, 6, "two pods a minute");
        assert_eq!(past.paced(&slow, &bounds(6), 10, at(61)).replicas, 8);
    }

    #[test]
    fn of_several_policies_that_one_counts_which_is_selected() {
        let two = json!([{"type": "Pods", "value": 1, "periodSeconds": 60}, {"type": "Percent", "value": 50, "periodSeconds": 60}]);
        let chosen = |select: &str, rules: &str, current, wish| {
            let own = json!({rules: {"selectPolicy": select, "policies": two, "stabilizationWindowSeconds": 0}});
            let paced = Past::default().paced(&behavior(own), &bounds(current), wish, at(0));
            (paced.replicas, paced.why.0)
        };
        assert_eq!(chosen("Max", "scaleUp", 10, 19), (15, "ScaleUpLimit"));
        assert_eq!(chosen("Min", "scaleUp", 10, 19), (11, "ScaleUpLimit"));
        assert_eq!(chosen("Disabled", "scaleUp", 10, 19), (10, "ScaleUpLimit"));
        assert_eq!(chosen("Max", "scaleDown", 10, 2), (5, "ScaleDownLimit"));
        assert_eq!(chosen("Min", "scaleDown", 10, 2), (9, "ScaleDownLimit"));
        assert_eq!(chosen("Disabled", "scaleDown", 10, 2), (10, "ScaleDownLimit"));
    }
}
