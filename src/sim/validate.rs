//! What the API refuses to store, where a user could see it: names, labels, selectors. Not more.
//! Texts after apimachinery/pkg/util/validation/validation.go and pkg/apis/apps/validation.

use serde_json::Value;

use super::resource::Resource;
use super::status::Cause;
use super::store::text;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// Kinds whose name is a single DNS label.
const LABEL_NAMES: &[&str] = &["namespaces", "services"];
/// Kinds whose names are free path segments.
const FREE_NAMES: &[&str] = &["roles", "rolebindings", "clusterroles", "clusterrolebindings"];

fn is_label(s: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !s.is_empty() && s.chars().all(inner) && !s.starts_with('-') && !s.ends_with('-')
}

/// Alphanumerics with `-`, `_` and `.` inside.
fn is_word(s: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(s.chars().next())
        && edge(s.chars().last())
        && s.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Why `key` is no label key.
pub(crate) fn label_key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(p, n)| (Some(p), n));
    if let Some(prefix) = prefix
        && !prefix.split('.').all(is_label)
    {
        return Err(format!("prefix part {SUBDOMAIN}"));
    }
    match name {
        "" => Err("name part must be non-empty".to_owned()),
        n if n.len() > 63 => Err("name part must be no more than 63 bytes".to_owned()),
        n if !is_word(n) => Err(NAME_PART.to_owned()),
        _ => Ok(()),
    }
}

/// Why `value` is no label value.
pub(crate) fn label_value(value: &str) -> Result<(), String> {
    match value {
        "" => Ok(()),
        v if v.len() > 63 => Err("must be no more than 63 bytes".to_owned()),
        v if !is_word(v) => Err(VALUE.to_owned()),
        _ => Ok(()),
    }
}

fn name(resource: &Resource, name: &str) -> Option<Cause> {
    let plural = &resource.plural;
    let (ok, why, longest) = if LABEL_NAMES.contains(plural) {
        (is_label(name), LABEL, 63)
    } else if FREE_NAMES.contains(plural) {
        (!name.contains(['/', '%']) && name != "." && name != "..", "may not contain '/'", 253)
    } else {
        (name.split('.').all(is_label), SUBDOMAIN, 253)
    };
    let value = Value::from(name);
    if !ok {
        return Some(Cause::invalid("metadata.name", &value, why));
    }
    (name.len() > longest)
        .then(|| Cause::invalid("metadata.name", &value, &format!("must be no more than {longest} bytes")))
}

/// What is wrong with an object that would replace `old` (or is new).
pub(crate) fn object(resource: &Resource, old: Option<&Value>, new: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    if old.is_none() {
        causes.extend(name(resource, &text(new, "/metadata/name")));
    }
    for owner in new.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten() {
        for field in ["apiVersion", "kind", "name", "uid"] {
            if text(owner, &format!("/{field}")).is_empty() {
                let field = format!("metadata.ownerReferences.{field}");
                causes.push(Cause::invalid(&field, &Value::from(""), "must not be empty"));
            }
        }
    }
    if let Some(old) = old {
        finalizers(old, new, &mut causes);
        immutable(resource, old, new, &mut causes);
    }
    for (key, value) in new.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten() {
        if let Err(why) = label_key(key) {
            causes.push(Cause::invalid("metadata.labels", &Value::from(key.as_str()), &why));
        }
        if let Err(why) = label_value(value.as_str().unwrap_or_default()) {
            causes.push(Cause::invalid("metadata.labels", value, &why));
        }
    }
    if let Some(n) = new.pointer("/spec/replicas").and_then(Value::as_i64)
        && n < 0
        && resource.has_scale()
    {
        let why = "must be greater than or equal to 0";
        causes.push(Cause::invalid("spec.replicas", &n.into(), why));
    }
    if resource.group == "apps" && resource.kind != "ControllerRevision" {
        workload(old, new, &mut causes);
    }
    if resource.plural == "pods" && resource.group.is_empty() {
        containers(new.get("spec"), "spec", &mut causes);
    }
    causes
}

/// An object that goes gets no more finalizers (apimachinery/pkg/api/validation/objectmeta.go, which looks twice).
fn finalizers(old: &Value, new: &Value, causes: &mut Vec<Cause>) {
    let all = |v: &Value| v.pointer("/metadata/finalizers").and_then(Value::as_array).cloned().unwrap_or_default();
    let before = all(old);
    let fresh: Vec<_> = all(new).into_iter().filter(|f| !before.contains(f)).map(|f| f.to_string()).collect();
    if !fresh.is_empty() && old.pointer("/metadata/deletionTimestamp").is_some() {
        let why = format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
            fresh.join(", ")
        );
        causes.extend(std::iter::repeat_n(Cause::forbidden("metadata.finalizers", &why), 2));
    }
}

/// ConfigMaps and Secrets that say so stay as they are.
/// <https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable>
fn immutable(resource: &Resource, old: &Value, new: &Value, causes: &mut Vec<Cause>) {
    let holds = |v: &Value| v.get("immutable").is_some_and(|i| *i == true);
    if !["configmaps", "secrets"].contains(&resource.plural) || !holds(old) {
        return;
    }
    let mut changed = vec![("immutable", !holds(new))];
    changed.extend(["data", "binaryData"].map(|k| (k, old.get(k) != new.get(k))));
    for (field, _) in changed.iter().filter(|(_, changed)| *changed) {
        causes.push(Cause::forbidden(field, "field is immutable when `immutable` is set"));
    }
}

/// Containers of a pod's spec at `path`: some, each with a name and an image.
fn containers(spec: Option<&Value>, path: &str, causes: &mut Vec<Cause>) {
    let list = spec.and_then(|s| s.get("containers")).and_then(Value::as_array);
    if list.is_none_or(Vec::is_empty) {
        causes.push(Cause::required(&format!("{path}.containers"), ""));
    }
    for (at, container) in list.into_iter().flatten().enumerate() {
        for field in ["name", "image"] {
            if text(container, &format!("/{field}")).is_empty() {
                causes.push(Cause::required(&format!("{path}.containers[{at}].{field}"), ""));
            }
        }
    }
}

fn workload(old: Option<&Value>, new: &Value, causes: &mut Vec<Cause>) {
    let selector = new.pointer("/spec/selector");
    let labels = new.pointer("/spec/template/metadata/labels").unwrap_or(&Value::Null);
    if selector.is_none() {
        causes.push(Cause::required("spec.selector", ""));
    }
    if !selector.is_some_and(|s| selects(s, labels)) {
        causes.push(Cause::invalid(
            "spec.template.metadata.labels",
            labels,
            "`selector` does not match template `labels`",
        ));
    }
    containers(new.pointer("/spec/template/spec"), "spec.template.spec", causes);
    if let (Some(old), Some(new)) = (old.and_then(|o| o.pointer("/spec/selector")), selector)
        && old != new
    {
        causes.push(Cause::invalid("spec.selector", new, "field is immutable"));
    }
}

/// Whether a selector of a workload matches labels.
fn selects(selector: &Value, labels: &Value) -> bool {
    let label = |key: &str| labels.get(key).and_then(Value::as_str);
    let plain = selector.get("matchLabels").and_then(Value::as_object);
    let rules = selector.get("matchExpressions").and_then(Value::as_array);
    plain.into_iter().flatten().all(|(k, v)| label(k) == v.as_str())
        && rules.into_iter().flatten().all(|rule| {
            let found = label(&text(rule, "/key"));
            let among = rule
                .get("values")
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().any(|v| v.as_str().is_some() && v.as_str() == found));
            match text(rule, "/operator").as_str() {
                "In" => among,
                "NotIn" => !among,
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => false,
            }
        })
}
