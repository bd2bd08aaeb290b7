//! What one metric of an autoscaler asks for: a count of pods, or why it cannot be told.
//!
//! After `pkg/controller/podautoscaler/replica_calculator.go`. Amounts are thousandths.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::quantity;
use crate::sim::clock::plus;
use crate::sim::json::{Json, set};
use crate::sim::metrics;
use crate::sim::quantity::{binary, decimal};
use crate::sim::selector;
use crate::sim::view::{Object, View};

/// Less than this beside 1 is no reason to scale (`--horizontal-pod-autoscaler-tolerance`).
const TOLERANCE: f64 = 0.1;
/// CPU of a pod counts only when it is ready, for so many seconds after its start
/// (`--horizontal-pod-autoscaler-cpu-initialization-period`).
const INITIALIZATION: i64 = 300;
/// A pod that was not ready any more so many seconds after its start has never been
/// (`--horizontal-pod-autoscaler-initial-readiness-delay`).
const READINESS_DELAY: i64 = 30;

const NO_API: &str = "the server could not find the requested resource";

/// What a metric asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Proposal {
    /// So many pods.
    pub(super) replicas: i64,
    /// The metric, as conditions and events call it.
    pub(super) metric: String,
    /// Its entry in `status.currentMetrics`.
    pub(super) status: Value,
}

/// Why a metric asks for nothing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failure {
    /// Reason of the event and the condition.
    pub(super) reason: &'static str,
    /// What could not be got: `cpu resource`.
    pub(super) what: String,
    /// The error.
    pub(super) why: String,
    /// The same, as the list of all failures tells it.
    pub(super) told: String,
}

/// What a pod was measured to use.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample {
    amount: i64,
    at: Timestamp,
    /// Seconds that it was measured for.
    window: i64,
}

/// Where a pod that is measured stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Counts.
    Ready,
    /// Is not ready, or has not been measured since it is.
    Unready,
    /// Runs, but there is no measurement.
    Missing,
    /// Goes or has failed: as if it were not there.
    Ignored,
}

/// What the pods use beside what is wanted.
struct Ratio {
    of: f64,
    /// What a status shows: percent of the requests, and the average.
    percent: i64,
    average: i64,
}

/// Asks one metric of `hpa` about `pods`, of which there are to be `current` now.
pub(super) fn proposal(
    view: &View,
    hpa: &Value,
    metric: &Value,
    pods: &[&Object],
    current: i64,
) -> Result<Proposal, Failure> {
    match metric.text("type") {
        "Resource" => resource(view, hpa, metric, "resource", pods, current).map_err(|why| Failure {
            reason: "FailedGetResourceMetric",
            what: format!("{} resource", metric.text("resource.name")),
            told: why.clone(),
            why,
        }),
        "ContainerResource" => resource(view, hpa, metric, "containerResource", pods, current).map_err(|why| Failure {
            reason: "FailedGetContainerResourceMetric",
            what: format!("{} container", metric.text("containerResource.container")),
            told: why.clone(),
            why,
        }),
        _ => Err(elsewhere(view, metric)),
    }
}

/// A metric of an API that this cluster does not have.
fn elsewhere(view: &View, metric: &Value) -> Failure {
    let namespace = &view.namespace;
    let custom =
        "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";
    let (reason, what, why, told) = match metric.text("type") {
        "Pods" => {
            let why = format!("unable to get metric {}: {custom}", metric.text("pods.metric.name"));
            ("FailedGetPodsMetric", "pods".to_owned(), why, None)
        }
        "Object" => {
            let object = metric.at("object");
            let (name, of) = (object.text("metric.name"), object.at("describedObject"));
            // The real one's words are in this order.
            let why =
                format!("unable to get metric {name}: {} on {namespace} {}/{custom}", of.text("kind"), of.text("name"));
            let average = object.text("target.type") == "AverageValue";
            let told = average.then(|| format!("failed to get {name} object metric: {why}"));
            ("FailedGetObjectMetric", "object".to_owned(), why, told)
        }
        _ => {
            let external = metric.at("external");
            let name = external.text("metric.name");
            let selector = selector::printed(external.at("metric.selector"));
            let why = format!(
                "unable to get external metric {namespace}/{name}/{selector}: unable to fetch metrics from external \
                 metrics API: {NO_API} (get {name}.external.metrics.k8s.io)"
            );
            let average = external.has("target.averageValue");
            let told = if average {
                format!("failed to get {name} external metric: {why}")
            } else {
                format!("failed to get external metric {name}: {why}")
            };
            ("FailedGetExternalMetric", format!("{name} external"), why, Some(told))
        }
    };
    Failure { reason, what, told: told.unwrap_or_else(|| why.clone()), why }
}

/// CPU, memory and what else the kubelets measure, of a pod or of one of its containers.
fn resource(
    view: &View,
    hpa: &Value,
    metric: &Value,
    source: &str,
    pods: &[&Object],
    current: i64,
) -> Result<Proposal, String> {
    let spec = metric.at(source);
    let (name, container) = (spec.text("name"), spec.text("container"));
    let target =
        |field: &str| quantity::milli(spec.text(&format!("target.{field}"))).and_then(|n| i64::try_from(n).ok());
    let utilization = spec.at("target.averageUtilization").as_i64();
    let goal = match (target("averageValue"), utilization) {
        (Some(average), _) => Goal::Average(average),
        (None, Some(percent)) => Goal::Percent(percent),
        (None, None) => {
            let why = "neither an average utilization target nor an average value (usage) target was set";
            return Err(format!("invalid resource metric source: {why}"));
        }
    };
    let kind = if matches!(goal, Goal::Average(_)) { "usage" } else { "utilization" };
    let mut calculation = Calculation {
        samples: samples(view, name, container, pods)
            .map_err(|why| format!("failed to get {name} {kind}: unable to get metrics for resource {name}: {why}"))?,
        requests: BTreeMap::new(),
        goal,
    };
    let (replicas, ratio) = calculation
        .replicas(view, hpa, name, container, pods, current)
        .map_err(|why| format!("failed to get {name} {kind}: {why}"))?;
    let average = if name == "memory" { binary(ratio.average) } else { decimal(ratio.average) };
    let mut now = json!({"averageValue": average});
    let mut metric = format!("{name} resource");
    if let Goal::Percent(_) = calculation.goal {
        set(&mut now, "averageUtilization", ratio.percent);
        let of = if container.is_empty() { "" } else { "container " };
        metric = format!("{name} {of}resource utilization (percentage of request)");
    }
    let mut shown = json!({"name": name});
    if !container.is_empty() {
        set(&mut shown, "container", container);
    }
    set(&mut shown, "current", now);
    let kind = if container.is_empty() { "Resource" } else { "ContainerResource" };
    Ok(Proposal { replicas, metric, status: json!({"type": kind, source: shown}) })
}

/// What a metric is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    /// On average so much a pod.
    Average(i64),
    /// So many percent of what is requested.
    Percent(i64),
}

/// The numbers of one metric, by the names of pods.
struct Calculation<'a> {
    samples: BTreeMap<&'a str, Sample>,
    requests: BTreeMap<&'a str, i64>,
    goal: Goal,
}

impl<'a> Calculation<'a> {
    fn replicas(
        &mut self,
        view: &View,
        hpa: &Value,
        name: &str,
        container: &str,
        pods: &[&'a Object],
        current: i64,
    ) -> Result<(i64, Ratio), String> {
        if pods.is_empty() {
            return Err("no pods returned by selector while calculating replica count".to_owned());
        }
        let standing: BTreeMap<&str, Standing> =
            pods.iter().map(|p| (p.name(), standing(p, self.samples.get(p.name()), name, view.now))).collect();
        let of = |which: Standing| standing.iter().filter(move |(_, s)| **s == which).map(|(name, _)| *name);
        self.samples.retain(|pod, _| !matches!(standing.get(pod), Some(Standing::Ignored | Standing::Unready)));
        if self.samples.is_empty() {
            return Err("did not receive metrics for targeted pods (pods might be unready)".to_owned());
        }
        if let Goal::Percent(_) = self.goal {
            for pod in pods {
                self.requests.insert(pod.name(), requested(pod, container, name)?);
            }
        }
        let first = self.ratio()?;
        let ready = of(Standing::Ready).count() as f64;
        let grows_unready = first.of > 1.0 && of(Standing::Unready).next().is_some();
        let is_near = |ratio: f64| {
            let near = |side: &str| tolerance(hpa.at("spec.behavior").at(side));
            1.0 - near("scaleDown") <= ratio && ratio <= 1.0 + near("scaleUp")
        };
        if !grows_unready && of(Standing::Missing).next().is_none() {
            let replicas = if is_near(first.of) { current } else { (first.of * ready).ceil() as i64 };
            return Ok((replicas, first));
        }
        // Who is not measured is taken to hold things as they are: to use all when there may be too many,
        // nothing when there may be too few.
        for pod in of(Standing::Missing).filter(|_| first.of != 1.0) {
            let all = match self.goal {
                Goal::Average(target) => target,
                Goal::Percent(target) => self.requests.get(pod).copied().unwrap_or(0) * target.max(100) / 100,
            };
            let amount = if first.of < 1.0 { all } else { 0 };
            self.samples.insert(pod, Sample { amount, at: view.now, window: 0 });
        }
        for pod in of(Standing::Unready).filter(|_| grows_unready) {
            self.samples.insert(pod, Sample { amount: 0, at: view.now, window: 0 });
        }
        let second = self.ratio()?.of;
        let turned = (first.of < 1.0 && second > 1.0) || (first.of > 1.0 && second < 1.0);
        let replicas = (second * self.samples.len() as f64).ceil() as i64;
        let backwards = (second < 1.0 && replicas > current) || (second > 1.0 && replicas < current);
        let stay = is_near(second) || turned || backwards;
        Ok((if stay { current } else { replicas }, first))
    }

    fn ratio(&self) -> Result<Ratio, String> {
        let count = i64::try_from(self.samples.len()).unwrap_or(i64::MAX).max(1);
        let total: i64 = self.samples.values().map(|s| s.amount).sum();
        match self.goal {
            Goal::Average(target) => {
                let average = total / count;
                Ok(Ratio { of: average as f64 / target as f64, percent: 0, average })
            }
            Goal::Percent(target) => {
                let requested: i64 = self.samples.keys().filter_map(|pod| self.requests.get(pod)).sum();
                if requested == 0 {
                    return Err("no metrics returned matched known pods".to_owned());
                }
                let percent = total * 100 / requested;
                Ok(Ratio { of: percent as f64 / target as f64, percent, average: total / count })
            }
        }
    }
}

/// How far from 1 is near enough, for one direction's rules.
fn tolerance(rules: &Value) -> f64 {
    quantity::milli(rules.text("tolerance")).map_or(TOLERANCE, |n| n as f64 / 1000.0)
}

/// What metrics.k8s.io says of the pods.
fn samples<'a>(
    view: &View,
    name: &str,
    container: &str,
    pods: &[&'a Object],
) -> Result<BTreeMap<&'a str, Sample>, String> {
    if !view.measured {
        return Err(format!("unable to fetch metrics from resource metrics API: {NO_API} (get pods.metrics.k8s.io)"));
    }
    let mut all = BTreeMap::new();
    let mut none = true;
    for pod in pods {
        let Some(said) = metrics::of_pod(&view.world, pod, view.get("PodMetrics", pod.name()).map(|o| &**o), view.now)
        else {
            continue;
        };
        none = false;
        let parts = said.items("containers");
        let of = |c: &Value| quantity::milli(c.key("usage", name).as_str()?).and_then(|n| i64::try_from(n).ok());
        let amount: Option<i64> = if container.is_empty() {
            parts.iter().map(of).sum::<Option<i64>>().filter(|_| !parts.is_empty())
        } else {
            parts.iter().find(|c| c.text("name") == container).and_then(of)
        };
        if let Some(amount) = amount {
            let window = said.text("window").trim_end_matches('s').parse::<f64>().unwrap_or(0.0) as i64;
            all.insert(pod.name(), Sample { amount, at: said.time("timestamp").unwrap_or(view.now), window });
        }
    }
    if none {
        return Err("no metrics returned from resource metrics API".to_owned());
    }
    Ok(all)
}

fn standing(pod: &Value, sample: Option<&Sample>, name: &str, now: Timestamp) -> Standing {
    if pod.is_going() || pod.text("status.phase") == "Failed" {
        return Standing::Ignored;
    }
    if pod.text("status.phase") == "Pending" {
        return Standing::Unready;
    }
    let Some(sample) = sample else { return Standing::Missing };
    if name != "cpu" {
        return Standing::Ready;
    }
    let (Some(ready), Some(started)) = (pod.condition("Ready"), pod.time("status.startTime")) else {
        return Standing::Unready;
    };
    let since = ready.time("lastTransitionTime").unwrap_or(Timestamp::MIN);
    let not_ready = ready.text("status") == "False";
    let unready = if plus(started, INITIALIZATION) > now {
        not_ready || sample.at < plus(since, sample.window)
    } else {
        not_ready && plus(started, READINESS_DELAY) > since
    };
    if unready { Standing::Unready } else { Standing::Ready }
}

/// What a pod requests of a resource, or one of its containers; sidecars count as containers do.
fn requested(pod: &Value, container: &str, name: &str) -> Result<i64, String> {
    let amount = |holder: &Value, path: &str| {
        quantity::milli(holder.key(path, name).as_str()?).and_then(|n| i64::try_from(n).ok())
    };
    let whole = container.is_empty() && pod.entries("spec.resources.requests").next().is_some();
    if let Some(amount) = amount(pod, "spec.resources.requests").filter(|_| whole) {
        return Ok(amount);
    }
    let sidecars = pod.items("spec.initContainers").iter().filter(|c| c.text("restartPolicy") == "Always");
    let mut sum = 0;
    for c in pod.items("spec.containers").iter().chain(sidecars) {
        if container.is_empty() || container == c.text("name") {
            sum += amount(c, "resources.requests").ok_or_else(|| {
                if whole {
                    return format!("missing pod-level request for {name} in Pod {}", pod.name());
                }
                format!("missing request for {name} in container {} of Pod {}", c.text("name"), pod.name())
            })?;
        }
        if container == c.text("name") {
            return Ok(sum);
        }
    }
    if container.is_empty() { Ok(sum) } else { Err(format!("container {container} not found in Pod {}", pod.name())) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::sim::kubelet::behaviour::World;
    use crate::sim::view::Objects;

    const NOW: &str = "2026-11-20T12:00:00Z";

    /// A pod that has run for an hour and requests a tenth of a CPU, with what it uses of it.
    fn pod(name: &str, uses: Option<&str>) -> (Value, Option<Value>) {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "n"},
            "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "100m", "memory": "100Mi"}}}]},
            "status": {
                "phase": "Running", "startTime": "2026-11-20T11:00:00Z",
                "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-20T11:00:10Z"}],
            },
        });
        let metrics = uses.map(|cpu| {
            json!({
                "apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics", "metadata": {"name": name, "namespace": "n"},
                "timestamp": NOW, "window": "15s", "containers": [{"name": "c", "usage": {"cpu": cpu, "memory": "50Mi"}}],
            })
        });
        (pod, metrics)
    }

    /// Without metrics of its own: one that runs has some that follow from its name.
    fn unmeasured(name: &str) -> (Value, Option<Value>) {
        let (pod, metrics) = pod(name, Some("0"));
        (
            pod,
            metrics.map(|mut m| {
                set(&mut m, "containers", json!([]));
                m
            }),
        )
    }

    fn with((mut pod, metrics): (Value, Option<Value>), path: &str, value: Value) -> (Value, Option<Value>) {
        set(&mut pod, path, value);
        (pod, metrics)
    }

    fn asked(
        pods: &[(Value, Option<Value>)],
        metric: &Value,
        behavior: &Value,
        current: i64,
    ) -> Result<Proposal, Failure> {
        let mut objects = Objects::default();
        for (pod, metrics) in pods {
            objects.insert("Pod", Arc::new(pod.clone()));
            metrics.iter().for_each(|m| drop(objects.insert("PodMetrics", Arc::new(m.clone()))));
        }
        let view =
            View::new(NOW.parse().unwrap(), "n", Arc::new(objects), Arc::default(), Arc::new(World::default()), true);
        let all: Vec<_> = view.list("Pod").collect();
        proposal(&view, &json!({"spec": {"behavior": behavior}}), metric, &all, current)
    }

    fn percent(target: i64) -> Value {
        json!({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": target}}})
    }

    fn wish(pods: &[(Value, Option<Value>)], target: i64) -> i64 {
        asked(pods, &percent(target), &Value::Null, i64::try_from(pods.len()).unwrap()).unwrap().replicas
    }

    fn three(uses: &str) -> Vec<(Value, Option<Value>)> {
        ["a", "b", "c"].map(|name| pod(name, Some(uses))).to_vec()
    }

    // https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
    #[test]
    fn as_many_are_asked_for_as_bring_the_average_to_the_target() {
        assert_eq!(wish(&three("100m"), 50), 6, "twice what is wanted");
        assert_eq!(wish(&three("50m"), 100), 2, "half of it: three halves, rounded up");
        assert_eq!(wish(&three("109m"), 100), 3, "within a tenth it stays");
        assert_eq!(wish(&three("110m"), 100), 3);
        assert_eq!(wish(&three("112m"), 100), 4);
        assert_eq!(wish(&three("89m"), 100), 3, "a little less needs as many");
    }

    #[test]
    fn what_is_shown_is_the_percentage_of_the_requests_and_the_average() {
        let pods = [pod("a", Some("100m")), pod("b", Some("51m"))];
        let asked_for = asked(&pods, &percent(70), &Value::Null, 2).unwrap();
        assert_eq!(asked_for.metric, "cpu resource utilization (percentage of request)");
        assert_eq!(
            asked_for.status,
            json!({"type": "Resource", "resource": {"name": "cpu", "current": {"averageValue": "75m", "averageUtilization": 75}}})
        );
        let memory = json!({"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "25Mi"}}});
        let asked_for = asked(&pods, &memory, &Value::Null, 2).unwrap();
        assert_eq!((asked_for.replicas, asked_for.metric.as_str()), (4, "memory resource"));
        assert_eq!(asked_for.status["resource"]["current"], json!({"averageValue": "50Mi"}));
    }

    #[test]
    fn a_pod_without_metrics_holds_things_as_they_are() {
        // 30 % of 60 is half: two of four. With the unmeasured at 100 % there is no reason to shrink.
        let four = |uses: &str| {
            let mut pods = three(uses);
            pods.push(unmeasured("d"));
            pods
        };
        assert_eq!(wish(&four("30m"), 60), 4, "it is taken to use all of its request");
        assert_eq!(wish(&four("10m"), 60), 3);
        // Three at 180 % of 60 and one at nothing: 135 / 60 of four.
        assert_eq!(wish(&four("180m"), 60), 9, "it is taken to use nothing");
        assert_eq!(wish(&four("70m"), 60), 4, "and if that turns the direction, it stays");
    }

    #[test]
    fn pods_that_are_not_ready_do_not_count_and_slow_the_growth() {
        let fresh = |name: &str| {
            let young = with(pod(name, Some("100m")), "status.startTime", json!("2026-11-20T11:59:00Z"));
            with(
                young,
                "status.conditions",
                json!([{"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-20T11:59:00Z"}]),
            )
        };
        let mut pods = three("100m");
        pods.push(fresh("d"));
        assert_eq!(wish(&pods, 50), 6, "three at 200 %, one at nothing: 75 / 50 of four");
        let pending = with(pod("d", None), "status.phase", json!("Pending"));
        assert_eq!(wish(&[three("100m"), vec![pending]].concat(), 50), 6);
        let alone = asked(&[fresh("d")], &percent(50), &Value::Null, 1).unwrap_err();
        assert_eq!(
            alone.why,
            "failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)"
        );
        // One that was ready once counts, whatever it is now.
        let fallen = json!([{"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-20T11:30:00Z"}]);
        assert_eq!(wish(&[with(pod("a", Some("100m")), "status.conditions", fallen)], 50), 2);
        // A measurement from before it was ready does not count.
        let just = json!([{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-20T11:59:50Z"}]);
        let just = with(
            with(pod("a", Some("100m")), "status.conditions", just),
            "status.startTime",
            json!("2026-11-20T11:59:40Z"),
        );
        assert!(asked(&[just], &percent(50), &Value::Null, 1).is_err());
    }

    #[test]
    fn pods_that_go_or_have_failed_are_as_if_they_were_not_there() {
        let going = with(pod("d", Some("900m")), "metadata.deletionTimestamp", json!(NOW));
        let failed = with(pod("e", Some("900m")), "status.phase", json!("Failed"));
        assert_eq!(wish(&[three("100m"), vec![going, failed]].concat(), 50), 6);
    }

    #[test]
    fn a_container_is_asked_about_alone() {
        let metric = |container: &str| {
            json!({"type": "ContainerResource", "containerResource": {
                "name": "cpu", "container": container, "target": {"type": "Utilization", "averageUtilization": 50}}})
        };
        let beside = |(mut pod, metrics): (Value, Option<Value>)| {
            let large = json!({"name": "proxy", "resources": {"requests": {"cpu": "900m"}}});
            pod["spec"]["containers"].as_array_mut().unwrap().insert(0, large);
            (pod, metrics)
        };
        let both: Vec<_> = three("100m").into_iter().map(beside).collect();
        assert_eq!(wish(&both, 50), 1, "the whole pod uses a tenth of what it requests");
        let asked_for = asked(&both, &metric("c"), &Value::Null, 3).unwrap();
        assert_eq!(
            (asked_for.replicas, asked_for.metric.as_str()),
            (6, "cpu container resource utilization (percentage of request)")
        );
        assert_eq!(asked_for.status["containerResource"]["container"], "c");
        let none = asked(&three("100m"), &metric("x"), &Value::Null, 3).unwrap_err();
        assert_eq!((none.reason, none.what.as_str()), ("FailedGetContainerResourceMetric", "x container"));
    }

    #[test]
    fn who_requests_nothing_has_no_utilization() {
        let bare = with(pod("a", Some("10m")), "spec.containers", json!([{"name": "c", "resources": {}}]));
        let failure = asked(std::slice::from_ref(&bare), &percent(50), &Value::Null, 1).unwrap_err();
        assert_eq!(failure.why, "failed to get cpu utilization: missing request for cpu in container c of Pod a");
        let average = json!({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "5m"}}});
        assert_eq!(asked(&[bare], &average, &Value::Null, 1).unwrap().replicas, 2, "but an average use");
        let whole = with(pod("a", Some("100m")), "spec.resources", json!({"requests": {"cpu": "400m"}}));
        assert_eq!(wish(&[whole], 25), 1, "the pod's own requests come first");
    }

    // https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#tolerance
    #[test]
    fn each_direction_may_have_its_own_tolerance() {
        let behavior = json!({"scaleUp": {"tolerance": "0"}, "scaleDown": {"tolerance": "500m"}});
        let asked_for = |uses: &str| asked(&three(uses), &percent(100), &behavior, 3).unwrap().replicas;
        assert_eq!((asked_for("101m"), asked_for("60m"), asked_for("40m")), (4, 3, 2));
    }
}
