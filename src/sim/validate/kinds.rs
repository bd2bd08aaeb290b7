//! What must hold between the fields of other kinds than pods. After kubernetes/pkg/apis/*/validation.

use serde_json::{Value, json};

use super::form::{self, is_negative, share_of};
use super::rule::{Rule, Scope, check, is_set};
use crate::sim::json::Json;
use crate::sim::quantity::amount;
use crate::sim::selector;
use crate::sim::status::Cause;

type Out<'a> = &'a mut Vec<Cause>;

/// Keys of annotations, which may have capitals.
pub(super) fn annotations(_: &Scope, _: &Value, map: &Value, path: &str, out: Out) {
    let mut size = 0;
    for (key, value) in map.as_object().into_iter().flatten() {
        size += key.len() + value.as_str().unwrap_or_default().len();
        if let Err(why) = form::label_key(&key.to_lowercase()) {
            out.push(Cause::invalid(path, &key.as_str().into(), &why));
        }
    }
    if size > 256 << 10 {
        out.push(Cause::too_long(path, 256 << 10));
    }
}

/// A port: a number, or the name of one.
pub(super) fn port(_: &Scope, _: &Value, port: &Value, path: &str, out: Out) {
    match port {
        Value::Number(n) if !n.as_i64().is_some_and(|n| (1..=65_535).contains(&n)) => {
            out.push(Cause::invalid(path, port, "must be between 1 and 65535, inclusive"));
        }
        Value::String(name) => out.extend(form::port_name(name).iter().map(|why| Cause::invalid(path, port, why))),
        _ => {}
    }
}

/// The selector of a workload: something, and readable.
pub(super) fn selector_of_pods(scope: &Scope, _: &Value, selector: &Value, path: &str, out: Out) {
    if selector.is_null() {
        return out.push(Cause::required(path, ""));
    }
    let before = out.len();
    Rule::Selector.plain(selector, path, out);
    let unreadable = out.len() > before;
    let kind = scope.object.text("kind");
    if !is_set(selector.at("matchLabels")) && !is_set(selector.at("matchExpressions")) {
        let called = match kind {
            "StatefulSet" => "statefulset",
            "DaemonSet" => "daemonset",
            _ => "deployment",
        };
        out.push(Cause::invalid(path, selector, &format!("empty selector is invalid for {called}")));
    }
    if unreadable {
        let why = if kind == "StatefulSet" { "" } else { "invalid label selector" };
        out.push(Cause::invalid(path, selector, why));
    }
}

/// Whether a term of a selector can be read.
fn is_readable(term: &Value) -> bool {
    let some = !term.items("values").is_empty();
    selector::term(term).is_some() && (some || !matches!(term.text("operator"), "In" | "NotIn"))
}

/// The template of a workload: selected by it, and a pod that it can keep.
pub(super) fn template(scope: &Scope, spec: &Value, template: &Value, path: &str, out: Out) {
    let labels = template.at("metadata.labels");
    let selector = spec.at("selector");
    let job = ["Job", "CronJob"].contains(&scope.object.text("kind"));
    let empty = !selector.is_null() && !is_set(selector.at("matchLabels")) && !is_set(selector.at("matchExpressions"));
    if !selector.items("matchExpressions").iter().all(is_readable) {
        return;
    }
    // A template of Jobs has no selector yet.
    let selected = if selector.is_null() { job } else { selector::selects(selector, labels) };
    if !selected && !empty {
        let why = "`selector` does not match template `labels`";
        out.push(Cause::invalid(&format!("{path}.metadata.labels"), labels, why));
    }
    check("core.v1.PodTemplateSpec", template, path, *scope, out);
    let policy = template.text("spec.restartPolicy");
    let place = format!("{path}.spec.restartPolicy");
    match (job, policy) {
        (true, "OnFailure" | "Never") => {}
        (true, "" | "Always") => out.push(Cause::required(&place, "valid values: \"OnFailure\", \"Never\"")),
        (true, _) => out.push(Cause::unsupported(&place, policy, &["OnFailure", "Never"])),
        (false, "" | "Always") => {}
        (false, _) => out.push(Cause::unsupported(&place, policy, &["Always"])),
    }
    if !job && template.has("spec.activeDeadlineSeconds") {
        let kind = if scope.object.text("kind") == "Deployment" { "ReplicaSet" } else { scope.object.text("kind") };
        let why = format!("activeDeadlineSeconds in {kind} is not Supported");
        out.push(Cause::forbidden(&format!("{path}.spec.activeDeadlineSeconds"), &why));
    }
}

/// A strategy as Go writes it.
fn in_go(strategy: &Value) -> Value {
    json!({"Type": strategy.text("type"), "RollingUpdate": strategy.at("rollingUpdate")})
}

/// How a Deployment replaces its pods.
pub(super) fn strategy(_: &Scope, _: &Value, strategy: &Value, path: &str, out: Out) {
    match strategy.text("type") {
        "Recreate" if strategy.has("rollingUpdate") => {
            let why = "may not be specified when strategy `type` is 'Recreate'";
            out.push(Cause::forbidden(&format!("{path}.rollingUpdate"), why));
        }
        "" | "Recreate" | "RollingUpdate" => {}
        _ => out.push(Cause::unsupported_value(path, &in_go(strategy), &["Recreate", "RollingUpdate"])),
    }
}

/// How a StatefulSet or DaemonSet does.
pub(super) fn update_strategy(scope: &Scope, _: &Value, strategy: &Value, path: &str, out: Out) {
    if matches!(strategy.text("type"), "" | "RollingUpdate" | "OnDelete") {
        return;
    }
    out.push(if scope.object.text("kind") == "StatefulSet" {
        Cause::invalid(path, &in_go(strategy), "must be 'RollingUpdate' or 'OnDelete'")
    } else {
        Cause::unsupported_value(path, &in_go(strategy), &["RollingUpdate", "OnDelete"])
    });
}

/// In which order a StatefulSet makes its pods.
pub(super) fn management(_: &Scope, _: &Value, policy: &Value, path: &str, out: Out) {
    if !matches!(policy.as_str(), None | Some("OrderedReady" | "Parallel")) {
        out.push(Cause::invalid(path, policy, "must be 'OrderedReady' or 'Parallel'"));
    }
}

/// Progress takes longer than being ready.
pub(super) fn deadline(_: &Scope, spec: &Value, deadline: &Value, path: &str, out: Out) {
    if deadline.as_i64().is_some_and(|n| n <= spec.int("minReadySeconds")) {
        out.push(Cause::invalid(path, deadline, "must be greater than minReadySeconds"));
    }
}

/// A rolling update moves.
pub(super) fn some_unavailable(_: &Scope, update: &Value, unavailable: &Value, path: &str, out: Out) {
    let moves = form::share(update.at("maxSurge")).is_some() || share_of(update.at("maxSurge")) != 0;
    if share_of(unavailable) == 0 && !moves {
        out.push(Cause::invalid(path, unavailable, "may not be 0 when `maxSurge` is 0"));
    }
}

/// A percentage of a whole.
pub(super) fn not_more_than_all(_: &Scope, _: &Value, share: &Value, path: &str, out: Out) {
    if share.is_string() && share_of(share) > 100 {
        out.push(Cause::invalid(path, share, "must not be greater than 100%"));
    }
}

/// A DaemonSet replaces pods before or after, not both, and not neither.
pub(super) fn one_of_surge_and_unavailable(_: &Scope, update: &Value, _: &Value, path: &str, out: Out) {
    let (surge, unavailable) = (share_of(update.at("maxSurge")) != 0, share_of(update.at("maxUnavailable")) != 0);
    if surge && unavailable {
        let why = "may not be set when maxUnavailable is non-zero";
        out.push(Cause::invalid(&format!("{path}.maxSurge"), update.at("maxSurge"), why));
    } else if !surge && !unavailable {
        out.push(Cause::required(&format!("{path}.maxUnavailable"), "cannot be 0 when maxSurge is 0"));
    }
}

/// A Job's selector is made for it.
pub(super) fn generated_selector(_: &Scope, job: &Value, _: &Value, _: &str, out: Out) {
    let selector = job.at("spec.selector");
    let own = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": job.uid()}});
    if !job.is("spec.manualSelector") && *selector != own {
        out.push(Cause::invalid("spec.selector", selector, "`selector` not auto-generated"));
    }
}

/// A Service without an address of its own, or another's, needs none.
pub(super) fn needs_ports(_: &Scope, spec: &Value, ports: &Value, path: &str, out: Out) {
    if !is_set(ports) && spec.text("clusterIP") != "None" && spec.text("type") != "ExternalName" {
        out.push(Cause::required(path, ""));
    }
}

/// Of several ports each has a name of its own.
pub(super) fn port_names(_: &Scope, _: &Value, ports: &Value, path: &str, out: Out) {
    let ports = ports.as_array().map(Vec::as_slice).unwrap_or_default();
    for (at, port) in ports.iter().enumerate() {
        let (name, place) = (port.text("name"), format!("{path}[{at}].name"));
        if name.is_empty() && ports.len() > 1 {
            out.push(Cause::required(&place, ""));
        } else if !name.is_empty() && ports.iter().take(at).any(|p| p.text("name") == name) {
            out.push(Cause::duplicate(&place, &name.into()));
        }
    }
}

/// Two ports are not one.
pub(super) fn distinct_ports(_: &Scope, _: &Value, ports: &Value, path: &str, out: Out) {
    let ports = ports.as_array().map(Vec::as_slice).unwrap_or_default();
    for (at, port) in ports.iter().enumerate() {
        let same = |p: &Value| p.int("port") == port.int("port") && p.text("protocol") == port.text("protocol");
        if ports.iter().take(at).any(same) {
            let bare = json!({
                "Name": "", "Protocol": port.text("protocol"), "AppProtocol": null, "Port": port.int("port"),
                "TargetPort": 0, "NodePort": 0,
            });
            out.push(Cause::duplicate(&format!("{path}[{at}]"), &bare));
        }
    }
}

/// Ports on nodes: of Services that have them, in their range.
pub(super) fn node_ports(_: &Scope, spec: &Value, ports: &Value, path: &str, out: Out) {
    let kind = spec.text("type");
    for (at, port) in ports.as_array().into_iter().flatten().enumerate().filter(|(_, p)| p.int("nodePort") != 0) {
        let place = format!("{path}[{at}].nodePort");
        if kind == "ClusterIP" {
            out.push(Cause::forbidden(&place, "may not be used when `type` is 'ClusterIP'"));
        } else if !(30_000..=32_767).contains(&port.int("nodePort")) {
            let why = "provided port is not in the valid range. The range of valid ports is 30000-32767";
            out.push(Cause::invalid(&place, port.at("nodePort"), why));
        }
    }
}

/// Addresses of a Service.
pub(super) fn addresses(_: &Scope, _: &Value, all: &Value, path: &str, out: Out) {
    for (at, address) in all.as_array().into_iter().flatten().enumerate() {
        let wrong = address.as_str().map(form::address).unwrap_or_default();
        out.extend(wrong.iter().map(|why| Cause::invalid(&format!("{path}[{at}]"), address, why)));
    }
}

/// A Service that stands for a name has it.
pub(super) fn external_name(_: &Scope, spec: &Value, name: &Value, path: &str, out: Out) {
    if spec.text("type") == "ExternalName" && !is_set(name) {
        out.push(Cause::required(path, ""));
    }
}

/// An Ingress leads somewhere.
pub(super) fn leads_somewhere(_: &Scope, _: &Value, spec: &Value, path: &str, out: Out) {
    if spec.items("rules").is_empty() && !spec.has("defaultBackend") {
        out.push(Cause::invalid(path, &Value::Null, "either `defaultBackend` or `rules` must be specified"));
    }
}

/// What is behind a path.
pub(super) fn backend(_: &Scope, _: &Value, backend: &Value, path: &str, out: Out) {
    if !backend.has("service") && !backend.has("resource") {
        return out.push(Cause::invalid(path, &"".into(), "resource or service backend is required"));
    }
    if backend.has("service") && backend.text("service.name").is_empty() {
        out.push(Cause::required(&format!("{path}.service.name"), ""));
    }
}

/// Directions of a NetworkPolicy.
pub(super) fn policy_types(_: &Scope, _: &Value, types: &Value, path: &str, out: Out) {
    for (at, kind) in types.as_array().into_iter().flatten().enumerate() {
        let kind = kind.as_str().unwrap_or_default();
        if !matches!(kind, "Ingress" | "Egress") {
            out.push(Cause::unsupported(&format!("{path}[{at}]"), kind, &["Ingress", "Egress"]));
        }
    }
}

/// A key has its form, and is text or bytes.
pub(super) fn in_both(_: &Scope, map: &Value, data: &Value, path: &str, out: Out) {
    for (key, _) in data.as_object().into_iter().flatten() {
        let place = format!("{path}[{key}]");
        let name = Value::from(key.as_str());
        out.extend(form::config_key(key).iter().map(|why| Cause::invalid(&place, &name, why)));
        if !map.key("binaryData", key).is_null() {
            let why = "duplicate of key present in binaryData";
            out.push(Cause::invalid(&place, &name, why));
        }
    }
}

/// Type of a Secret → keys that it has.
const SECRETS: &[(&str, &[&str])] = &[
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
];

/// A Secret of a type has what that type says.
pub(super) fn secret(_: &Scope, secret: &Value, data: &Value, path: &str, out: Out) {
    let keys = SECRETS.iter().find(|(kind, _)| *kind == secret.text("type")).map_or(&[][..], |(_, keys)| keys);
    let missing = keys.iter().filter(|key| data.get(**key).is_none());
    out.extend(missing.map(|key| Cause::required(&format!("{path}[{key}]"), "")));
    let account = "kubernetes.io/service-account.name";
    if secret.text("type") == "kubernetes.io/service-account-token" && secret.annotation(account).is_empty() {
        out.push(Cause::required(&format!("metadata.annotations[{account}]"), ""));
    }
    let both = ["username", "password"];
    if secret.text("type") == "kubernetes.io/basic-auth" && both.iter().all(|key| data.get(*key).is_none()) {
        out.extend(both.iter().map(|key| Cause::required(&format!("{path}[{key}]"), "")));
    }
}

/// Modes and size of a claim.
pub(super) fn claim(_: &Scope, spec: &Value, _: &Value, path: &str, out: Out) {
    let modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    for mode in spec.items("accessModes").iter().filter_map(Value::as_str).filter(|m| !modes.contains(m)) {
        out.push(Cause::unsupported(&format!("{path}.accessModes"), mode, &modes));
    }
    let (size, place) = (spec.at("resources.requests.storage"), format!("{path}.resources[storage]"));
    if size.is_null() {
        out.push(Cause::required(&place, ""));
    } else if amount(size).is_none_or(|n| n == 0) {
        out.push(Cause::invalid(&place, size, "must be greater than zero"));
    }
}

/// What a LimitRange says, taken together (`ValidateLimitRange`).
pub(super) fn limits(_: &Scope, _: &Value, spec: &Value, path: &str, out: Out) {
    let all = spec.items("limits");
    for (at, limit) in all.iter().enumerate() {
        let path = format!("{path}.limits[{at}]");
        let kind = limit.text("type");
        if all.iter().take(at).any(|other| other.text("type") == kind) {
            out.push(Cause::duplicate(&format!("{path}.type"), &kind.into()));
        }
        if kind == "Pod" {
            for field in ["default", "defaultRequest"].iter().filter(|f| is_set(limit.at(f))) {
                out.push(Cause::forbidden(&format!("{path}.{field}"), "may not be specified when `type` is 'Pod'"));
            }
        }
        if kind == "PersistentVolumeClaim" && !limit.has("min.storage") && !limit.has("max.storage") {
            let why = "either minimum or maximum storage value is required, but neither was provided";
            out.push(Cause::required(&format!("{path}.limits"), why));
        }
        let mut names: Vec<&str> = ORDERED
            .iter()
            .flat_map(|(low, high, ..)| [low, high])
            .flat_map(|f| limit.entries(f))
            .map(|(k, _)| k.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            for (low, high, field, shown, said) in ORDERED.iter().filter(|_| kind != "Pod" || name != "default") {
                let (below, above) = (limit.key(low, name), limit.key(high, name));
                if amount(below).zip(amount(above)).is_some_and(|(a, b)| a > b) {
                    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
                    let why = said.replacen("{}", &text(below), 1).replacen("{}", &text(above), 1);
                    out.push(Cause::invalid(&format!("{path}.{field}[{name}]"), limit.key(shown, name), &why));
                }
            }
        }
        for (name, ratio) in limit.entries("maxLimitRequestRatio").filter(|(_, r)| amount(r).is_some_and(|n| n < 1000))
        {
            let why = format!("ratio {} is less than 1", ratio.as_str().unwrap_or_default());
            out.push(Cause::invalid(&format!("{path}.maxLimitRequestRatio[{name}]"), ratio, &why));
        }
    }
}

/// What must not be above what, the field that is blamed, the one whose value is shown, the words.
const ORDERED: &[(&str, &str, &str, &str, &str)] = &[
    ("min", "max", "min", "min", "min value {} is greater than max value {}"),
    (
        "min",
        "defaultRequest",
        "defaultRequest",
        "defaultRequest",
        "min value {} is greater than default request value {}",
    ),
    (
        "defaultRequest",
        "max",
        "defaultRequest",
        "defaultRequest",
        "default request value {} is greater than max value {}",
    ),
    (
        "defaultRequest",
        "default",
        "defaultRequest",
        "defaultRequest",
        "default request value {} is greater than default limit value {}",
    ),
    ("min", "default", "default", "min", "min value {} is greater than default value {}"),
    ("default", "max", "default", "max", "default value {} is greater than max value {}"),
];

/// Scopes that exclude each other.
const OPPOSED: [(&str, &str); 2] = [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")];

/// Keys of a quota that need no prefix, but for those of pods.
const COUNTED: &[&str] = &[
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.loadbalancers",
    "services.nodeports",
    "requests.storage",
];

fn is_of_pods(key: &str) -> bool {
    let plain = key.strip_prefix("requests.").or_else(|| key.strip_prefix("limits.")).unwrap_or(key);
    key == "pods" || matches!(plain, "cpu" | "memory" | "ephemeral-storage") || plain.starts_with("hugepages-")
}

/// Keys and scopes of a quota (`ValidateResourceQuotaSpec`).
pub(super) fn quota(_: &Scope, _: &Value, spec: &Value, path: &str, out: Out) {
    for (key, value) in spec.entries("hard") {
        let place = format!("{path}.hard[{key}]");
        if !key.contains('/') && !is_of_pods(key) && !COUNTED.contains(&key.as_str()) {
            for why in ["must be a standard resource type or fully qualified", "must be a standard resource for quota"]
            {
                out.push(Cause::invalid(&place, &key.as_str().into(), why));
            }
        }
        if is_negative(value) {
            out.push(Cause::invalid(&place, value, "must be greater than or equal to 0"));
        }
    }
    let scopes = spec.items("scopes");
    let has = |scope: &str| scopes.iter().any(|s| s == scope);
    let place = format!("{path}.scopes");
    let known =
        ["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity"];
    for scope in scopes.iter().filter_map(Value::as_str) {
        if !known.contains(&scope) {
            out.push(Cause::invalid(&place, spec.at("scopes"), "unsupported scope"));
        }
        for (key, _) in spec.entries("hard") {
            let fits = match scope {
                "BestEffort" | "CrossNamespacePodAffinity" => key == "pods",
                _ => is_of_pods(key),
            };
            if (is_of_pods(key) || COUNTED.contains(&key.as_str())) && known.contains(&scope) && !fits {
                out.push(Cause::invalid(&place, spec.at("scopes"), "unsupported scope applied to resource"));
            }
        }
    }
    for (one, other) in OPPOSED {
        if has(one) && has(other) {
            out.push(Cause::invalid(&place, spec.at("scopes"), "conflicting scopes"));
        }
    }
    for term in spec.items("scopeSelector.matchExpressions") {
        let place = format!("{path}.scopeSelector.matchExpressions");
        if !known.contains(&term.text("scopeName")) {
            out.push(Cause::invalid(&format!("{place}.scopeName"), term.at("scopeName"), "unsupported scope"));
        }
        let values = !term.items("values").is_empty();
        match term.text("operator") {
            "In" | "NotIn" if !values => {
                let why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                out.push(Cause::required(&format!("{place}.values"), why));
            }
            "Exists" | "DoesNotExist" if values => {
                let why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
                out.push(Cause::invalid(&format!("{place}.values"), term.at("values"), why));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => out.push(Cause::invalid(
                &format!("{place}.operator"),
                term.at("operator"),
                "not a valid selector operator",
            )),
        }
    }
}

/// The most that an autoscaler makes is something, and no less than the least.
pub(super) fn most_replicas(_: &Scope, spec: &Value, most: &Value, path: &str, out: Out) {
    let n = most.as_i64().unwrap_or(0);
    match n {
        0 => out.push(Cause::required(path, "must be set and greater than 0")),
        ..0 => out.push(Cause::invalid(path, most, "must be greater than or equal to 1")),
        _ => {}
    }
    if spec.at("minReplicas").as_i64().is_some_and(|least| n < least) {
        out.push(Cause::invalid(path, &n.into(), "must be greater than or equal to `minReplicas`"));
    }
}

/// Type of a metric → field that holds it.
const METRICS: &[(&str, &str)] = &[
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

/// Metrics of an autoscaler say what they measure.
pub(super) fn metrics(_: &Scope, _: &Value, list: &Value, path: &str, out: Out) {
    for (at, metric) in list.as_array().into_iter().flatten().enumerate() {
        let (path, kind) = (format!("{path}[{at}]"), metric.text("type"));
        let Some((_, field)) = METRICS.iter().find(|(k, _)| *k == kind) else {
            let known: Vec<&str> = METRICS.iter().map(|(k, _)| *k).collect();
            // The real one looks twice.
            out.extend(std::iter::repeat_n(Cause::unsupported(&format!("{path}.type"), kind, &known), 2));
            continue;
        };
        if !metric.has(field) {
            let why = "must populate information for the given metric source";
            out.push(Cause::required(&format!("{path}.{field}"), why));
            continue;
        }
        let target = metric.at(field).at("target");
        if kind == "Resource" && !target.has("averageUtilization") && !target.has("averageValue") {
            let why = "must set either a target raw value or a target utilization";
            out.push(Cause::required(&format!("{path}.{field}.target.averageUtilization"), why));
        }
    }
}

/// A reference to a kind of some group.
pub(super) fn of_a_group(_: &Scope, _: &Value, version: &Value, path: &str, out: Out) {
    let said = version.as_str().unwrap_or_default();
    // ReplicationControllers alone are in the group without a name.
    if !said.contains('/') && said != "v1" {
        out.push(Cause::invalid(path, &said.into(), "apiVersion must specify API group"));
    }
}

/// A budget has one bound.
pub(super) fn budget(_: &Scope, _: &Value, spec: &Value, path: &str, out: Out) {
    if spec.has("minAvailable") && spec.has("maxUnavailable") {
        let shown = json!({
            "MinAvailable": spec.at("minAvailable"), "Selector": spec.at("selector"),
            "MaxUnavailable": spec.at("maxUnavailable"),
            "UnhealthyPodEvictionPolicy": spec.at("unhealthyPodEvictionPolicy"),
        });
        out.push(Cause::invalid(path, &shown, "minAvailable and maxUnavailable cannot be both set"));
    }
}

/// A rule is about resources or about paths.
pub(super) fn policy_rule(_: &Scope, rule: &Value, _: &Value, path: &str, out: Out) {
    let paths = !rule.items("nonResourceURLs").is_empty();
    if paths && (!rule.items("apiGroups").is_empty() || !rule.items("resources").is_empty()) {
        let why = "rules cannot apply to both regular resources and non-resource URLs";
        out.push(Cause::invalid(&format!("{path}.nonResourceURLs"), rule.at("nonResourceURLs"), why));
    }
    if paths {
        return;
    }
    for (field, why) in [
        ("apiGroups", "resource rules must supply at least one api group"),
        ("resources", "resource rules must supply at least one resource"),
    ] {
        if rule.items(field).is_empty() {
            out.push(Cause::required(&format!("{path}.{field}"), why));
        }
    }
}

/// What a binding in a namespace may bind.
pub(super) fn role_of_namespace(_: &Scope, _: &Value, role: &Value, path: &str, out: Out) {
    role_kind(role, path, &["Role", "ClusterRole"], out);
}

/// What a binding of the cluster may bind.
pub(super) fn role_of_cluster(_: &Scope, _: &Value, role: &Value, path: &str, out: Out) {
    role_kind(role, path, &["ClusterRole"], out);
}

fn role_kind(role: &Value, path: &str, kinds: &[&str], out: Out) {
    let (group, own) = (role.text("apiGroup"), "rbac.authorization.k8s.io");
    if group != own {
        out.push(Cause::unsupported(&format!("{path}.apiGroup"), group, &[own]));
    }
    if !kinds.contains(&role.text("kind")) {
        out.push(Cause::unsupported(&format!("{path}.kind"), role.text("kind"), kinds));
    }
}

/// A user's priority is below those of the system.
pub(super) fn class_value(_: &Scope, class: &Value, value: &Value, path: &str, out: Out) {
    if !class.name().starts_with("system-") && value.as_i64().is_some_and(|n| n > 1_000_000_000) {
        out.push(Cause::forbidden(
            path,
            &format!("maximum allowed value of a user defined priority is {}", 1_000_000_000),
        ));
    }
}
