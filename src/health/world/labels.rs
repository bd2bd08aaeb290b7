//! Selectors and the labels that they mean.
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/>

use serde_json::Value;

use crate::health::evidence::value::Look as _;

/// A requirement on labels.
pub(crate) fn meets(labels: &[(&str, &str)], e: &Value) -> bool {
    let has = labels.iter().find(|(k, _)| *k == e.text("key")).map(|(_, v)| *v);
    let among = || e.list("values").iter().any(|v| v.as_str() == has);
    let number = |t: &str| t.parse::<i64>().ok();
    let bound = || e.list("values").first().and_then(Value::as_str).and_then(number);
    match e.text("operator") {
        "In" => has.is_some() && among(),
        "NotIn" => has.is_none() || !among(),
        "Exists" => has.is_some(),
        "DoesNotExist" => has.is_none(),
        "Gt" => has.and_then(number) > bound() && has.is_some(),
        "Lt" => has.and_then(number).is_some_and(|n| bound().is_some_and(|b| n < b)),
        _ => true,
    }
}

/// `disktype in (ssd)`.
pub(crate) fn expression(e: &Value) -> String {
    let values: Vec<&str> = e.list("values").iter().filter_map(Value::as_str).collect();
    match e.text("operator") {
        "In" => format!("{} in ({})", e.text("key"), values.join(", ")),
        "NotIn" => format!("{} not in ({})", e.text("key"), values.join(", ")),
        "DoesNotExist" => format!("{} absent", e.text("key")),
        "Exists" => format!("{} exists", e.text("key")),
        operator => format!("{} {operator} {}", e.text("key"), values.join(", ")),
    }
}

/// Whether a selector (`matchLabels`, `matchExpressions`) means these labels.
pub(crate) fn selects(selector: &Value, labels: &[(&str, &str)]) -> bool {
    selector.texts("matchLabels").iter().all(|pair| labels.contains(pair))
        && selector.list("matchExpressions").iter().all(|e| meets(labels, e))
}
