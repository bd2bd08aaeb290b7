//! Forms that texts and quantities must have, and what is said of those that have them not.
//! Texts after apimachinery/pkg/util/validation/validation.go.

use serde_json::Value;

use crate::sim::quantity::amount;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/// What is said of a text, nothing where it has the form.
pub(super) type Form = fn(&str) -> Vec<String>;

fn said(wrong: &[(bool, &str)]) -> Vec<String> {
    wrong.iter().filter(|(wrong, _)| *wrong).map(|(_, why)| (*why).to_owned()).collect()
}

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

/// A DNS label.
pub(super) fn label(s: &str) -> Vec<String> {
    let dots = !is_label(s) && s.split('.').all(is_label);
    said(&[
        (s.len() > 63, "must be no more than 63 characters"),
        (dots, "must not contain dots"),
        (!is_label(s) && !dots, LABEL),
    ])
}

/// A DNS subdomain.
pub(super) fn subdomain(s: &str) -> Vec<String> {
    said(&[(s.len() > 253, "must be no more than 253 characters"), (!s.split('.').all(is_label), SUBDOMAIN)])
}

/// A free segment of a path.
pub(super) fn segment(s: &str) -> Vec<String> {
    said(&[
        (s == ".", "may not be '.'"),
        (s == "..", "may not be '..'"),
        (s.contains('/'), "may not contain '/'"),
        (s.contains('%'), "may not contain '%'"),
    ])
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

/// A label key.
pub(super) fn qualified(key: &str) -> Vec<String> {
    label_key(key).err().into_iter().collect()
}

/// The name of a port.
pub(super) fn port_name(s: &str) -> Vec<String> {
    if s.len() > 15 {
        return vec!["must be no more than 15 characters".to_owned()];
    }
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    said(&[
        (!s.chars().all(known), "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"),
        (!s.contains(|c: char| c.is_ascii_lowercase()), "must contain at least one letter (a-z)"),
        (s.contains("--"), "must not contain consecutive hyphens"),
        (s.starts_with('-') || s.ends_with('-'), "must not begin or end with a hyphen"),
    ])
}

/// The name of an environment variable.
pub(super) fn variable(s: &str) -> Vec<String> {
    let known = |c: char| (' '..='~').contains(&c) && c != '=';
    let why = "a valid environment variable name must consist only of printable ASCII characters other than '='";
    said(&[(!s.chars().all(known), why)])
}

/// A key of a ConfigMap or Secret.
pub(super) fn config_key(s: &str) -> Vec<String> {
    let known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    said(&[
        (s.len() > 253, "must be no more than 253 characters"),
        (!s.chars().all(known), CONFIG_KEY),
        (s == ".", "must not be '.'"),
        (s == "..", "must not be '..'"),
    ])
}

/// A path from the root.
pub(super) fn absolute(s: &str) -> Vec<String> {
    said(&[(!s.starts_with('/'), "must be an absolute path")])
}

/// An IP address.
pub(super) fn address(s: &str) -> Vec<String> {
    let wrong = s.parse::<std::net::IpAddr>().is_err() && s != "None";
    said(&[(wrong, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")])
}

/// A schedule of five fields.
pub(super) fn schedule(s: &str) -> Vec<String> {
    let fields: Vec<&str> = s.split_whitespace().collect();
    match fields.len() {
        _ if s.starts_with('@') => Vec::new(),
        5 => s.parse::<croner::Cron>().err().map(|e| e.to_string()).into_iter().collect(),
        n => vec![format!("expected exactly 5 fields, found {n}: [{}]", fields.join(" "))],
    }
}

/// A time zone.
pub(super) fn zone(s: &str) -> Vec<String> {
    let wrong = jiff::tz::TimeZone::get(s).is_err();
    wrong.then(|| format!("unknown time zone {s}")).into_iter().collect()
}

/// A number of 0 or more, or a percentage.
pub(super) fn share(value: &Value) -> Option<&'static str> {
    match value {
        Value::String(s) if !s.strip_suffix('%').is_some_and(is_number) => Some(PERCENT),
        Value::Number(n) if n.as_i64().is_some_and(|n| n < 0) => Some("must be greater than or equal to 0"),
        _ => None,
    }
}

fn is_number(s: &str) -> bool {
    !s.is_empty() && s.chars().all(|c| c.is_ascii_digit())
}

/// The number before `%`, or the number itself.
pub(super) fn share_of(value: &Value) -> i64 {
    value.as_i64().or_else(|| value.as_str()?.strip_suffix('%')?.parse().ok()).unwrap_or(0)
}

/// Whether a quantity is below zero.
pub(super) fn is_negative(value: &Value) -> bool {
    value.as_str().is_some_and(|s| s.starts_with('-')) && amount(value).is_none_or(|n| n != 0)
}
