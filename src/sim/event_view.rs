//! Events of the core group as a view of those of `events.k8s.io/v1`: one storage, two forms.
//! Field names after kubernetes/pkg/apis/events/v1/conversion.go.

use serde_json::{Map, Value};

/// `events.k8s.io/v1` name, core `v1` name, for the fields that differ.
const NAMES: &[(&str, &str)] = &[
    ("regarding", "involvedObject"),
    ("note", "message"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
];

/// A core Event in the form in which Events are kept.
pub(crate) fn stored(core: Value) -> Value {
    let mut event = renamed(core, "events.k8s.io/v1", |key| NAMES.iter().find(|(_, c)| *c == key).map(|(e, _)| *e));
    if let Value::Object(fields) = &mut event {
        fields.entry("eventTime").or_insert(Value::Null);
        // Left out in this form where they are empty, and never in the other.
        fields.retain(|k, v| !(k.starts_with("reporting") && v == ""));
    }
    event
}

/// A kept Event in the core group's form.
pub(crate) fn core(stored: Value) -> Value {
    let mut event = renamed(stored, "v1", |key| NAMES.iter().find(|(e, _)| *e == key).map(|(_, c)| *c));
    if let Value::Object(fields) = &mut event {
        // Never left out in this form.
        fields.entry("reportingComponent").or_insert_with(|| "".into());
        fields.entry("reportingInstance").or_insert_with(|| "".into());
    }
    event
}

/// Where a field of a core Event is kept.
pub(crate) fn field(core: &str) -> String {
    if core == "source" {
        return "deprecatedSource.component".to_owned();
    }
    let (first, rest) = core.split_once('.').map_or((core, None), |(f, r)| (f, Some(r)));
    let kept = NAMES.iter().find(|(_, c)| *c == first).map_or(first, |(e, _)| e);
    rest.map_or_else(|| kept.to_owned(), |r| format!("{kept}.{r}"))
}

fn renamed(event: Value, api_version: &str, name: impl Fn(&str) -> Option<&'static str>) -> Value {
    let Value::Object(fields) = event else { return event };
    let mut out: Map<String, Value> = fields
        .into_iter()
        .map(|(k, v)| match name(&k) {
            Some(new) => (new.to_owned(), v),
            None => (k, v),
        })
        .collect();
    out.insert("apiVersion".to_owned(), api_version.into());
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_comes_back_from_the_other_form_as_it_was() {
        let event = json!({
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": "a.1", "namespace": "n"},
            "involvedObject": {"kind": "Pod", "name": "a"}, "message": "Back-off", "reason": "BackOff",
            "type": "Warning", "count": 3, "firstTimestamp": "t", "lastTimestamp": "u",
            "source": {"component": "kubelet"}, "reportingComponent": "kubelet", "reportingInstance": "n1",
        });
        let kept = stored(event.clone());
        assert_eq!(kept["regarding"]["name"], "a");
        assert_eq!(kept["deprecatedCount"], 3);
        let mut back = core(kept);
        assert_eq!(back.as_object_mut().unwrap().shift_remove("eventTime"), Some(Value::Null));
        assert_eq!(back, event);
    }
}
