//! Label and field selectors, read as apimachinery reads them (pkg/labels/selector.go, pkg/fields/selector.go),
//! with its words for what cannot be read.

use serde_json::Value;

use super::event_view;
use super::json::Json;
use super::object::Object;
use super::resource::Resource;
use super::status::Status;
use crate::domain::Text;
use crate::domain::row::SelectorTerm;

/// What a list or a watch asks for; an empty one matches everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Namespace; `None`: all of them.
    pub(crate) namespace: Option<String>,
    labels: Vec<Requirement>,
    fields: Vec<Field>,
}

/// What is asked of one label.
#[derive(Clone, Debug, PartialEq)]
enum Requirement {
    Term(SelectorTerm),
    Greater(Text, i64),
    Less(Text, i64),
}

#[derive(Clone, Debug, PartialEq)]
struct Field {
    /// Where it stands in the stored object.
    path: String,
    equal: bool,
    value: String,
}

impl Filter {
    /// Reads the selectors of a request.
    ///
    /// # Errors
    /// 400 with the real server's words.
    pub(crate) fn new(
        resource: &'static Resource,
        namespace: Option<&str>,
        labels: &str,
        fields: &str,
    ) -> Result<Self, Status> {
        let labels = parse_labels(labels).map_err(|e| Status::bad_request(&e))?;
        let fields = parse_fields(resource, fields)?;
        Ok(Self { namespace: namespace.map(str::to_owned), labels, fields })
    }

    /// Only the object of that name.
    pub(crate) fn name(mut self, name: &str) -> Self {
        self.fields.push(Field { path: NAME.to_owned(), equal: true, value: name.to_owned() });
        self
    }

    /// Whether a selector narrows the list (a namespace alone does not).
    pub(crate) fn is_narrow(&self) -> bool {
        !self.labels.is_empty() || !self.fields.is_empty()
    }

    /// Whether an object is asked for.
    pub(crate) fn matches(&self, object: &Object) -> bool {
        if self.namespace.as_deref().is_some_and(|ns| ns != object.namespace()) {
            return false;
        }
        if !self.is_narrow() {
            return true;
        }
        // A name is known without reading the object.
        if self.fields.iter().any(|f| f.path == NAME && (object.name() == f.value) != f.equal) {
            return false;
        }
        if self.labels.is_empty() && self.fields.iter().all(|f| f.path == NAME) {
            return true;
        }
        let value = object.value();
        self.fields.iter().all(|f| f.matches(&value))
            && self.labels.iter().all(|r| r.matches(value.at("metadata.labels")))
    }
}

/// Whether a LabelSelector object (`matchLabels`, `matchExpressions`) selects what has these labels.
/// An empty one selects everything.
pub(crate) fn selects(selector: &Value, labels: &Value) -> bool {
    selector.entries("matchLabels").all(|(key, value)| labels.get(key) == Some(value))
        && selector.items("matchExpressions").iter().all(|t| term_matches(t, labels))
}

/// One of `matchExpressions`; `None` where it cannot be read.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/>
pub(crate) fn term(term: &Value) -> Option<SelectorTerm> {
    let key = Text::from(term.text("key"));
    let values = || -> Box<[Text]> { term.items("values").iter().filter_map(Value::as_str).map(Text::from).collect() };
    match term.text("operator") {
        "In" => Some(SelectorTerm::In(key, values())),
        "NotIn" => Some(SelectorTerm::NotIn(key, values())),
        "Exists" => Some(SelectorTerm::Exists(key)),
        "DoesNotExist" => Some(SelectorTerm::DoesNotExist(key)),
        _ => None,
    }
}

/// Whether one of `matchExpressions` holds for what has these labels.
pub(crate) fn term_matches(expression: &Value, labels: &Value) -> bool {
    term(expression).is_some_and(|t| Requirement::Term(t).matches(labels))
}

/// A LabelSelector object as requests write it (`metav1.FormatLabelSelector`); empty where it is.
pub(crate) fn written(selector: &Value) -> String {
    let mut all: Vec<String> =
        selector.entries("matchLabels").map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
    for e in selector.items("matchExpressions") {
        let mut values: Vec<_> = e.items("values").iter().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let (key, values) = (e.text("key"), values.join(","));
        all.push(match e.text("operator") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        });
    }
    all.sort();
    all.join(",")
}

/// A LabelSelector object as Go prints the struct.
pub(crate) fn printed(selector: &Value) -> String {
    if selector.is_null() {
        return "nil".to_owned();
    }
    let mut labels: Vec<String> =
        selector.entries("matchLabels").map(|(k, v)| format!("{k}: {},", v.as_str().unwrap_or_default())).collect();
    labels.sort();
    let rules: Vec<String> = selector
        .items("matchExpressions")
        .iter()
        .map(|e| {
            let values: Vec<_> = e.items("values").iter().filter_map(Value::as_str).collect();
            let (key, operator) = (e.text("key"), e.text("operator"));
            format!("LabelSelectorRequirement{{Key:{key},Operator:{operator},Values:[{}],}},", values.join(" "))
        })
        .collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{}}},MatchExpressions:[]LabelSelectorRequirement{{{}}},}}",
        labels.join(" "),
        rules.concat()
    )
}

impl Requirement {
    fn matches(&self, labels: &Value) -> bool {
        let number = |key: &Text| labels.get(key.as_str()).and_then(Value::as_str)?.parse::<i64>().ok();
        match self {
            Self::Term(term) => term.holds(labels.get(term.key().as_str()).and_then(Value::as_str)),
            Self::Greater(key, than) => number(key).is_some_and(|n| n > *than),
            Self::Less(key, than) => number(key).is_some_and(|n| n < *than),
        }
    }
}

impl Field {
    fn matches(&self, object: &Value) -> bool {
        let found = match object.at(&self.path) {
            Value::String(s) => s.clone(),
            Value::Null if FLAGS.contains(&self.path.as_str()) => "false".to_owned(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        (found == self.value) == self.equal
    }
}

const NAME: &str = "metadata.name";

/// Fields whose absence reads `false`.
const FLAGS: &[&str] = &["spec.unschedulable", "spec.hostNetwork"];

/// Kinds whose fields are converted by a function of their own word the refusal their own way.
const OWN_CONVERSION: &[&str] =
    &["pods", "nodes", "namespaces", "events", "secrets", "services", "replicationcontrollers"];

fn parse_fields(resource: &'static Resource, text: &str) -> Result<Vec<Field>, Status> {
    let mut fields = Vec::new();
    for term in text.split(',').filter(|t| !t.is_empty()) {
        let (name, equal, value) = ["!=", "==", "="]
            .iter()
            .filter_map(|op| Some((term.find(op)?, *op)))
            .min_by_key(|(at, op)| (*at, std::cmp::Reverse(op.len())))
            .and_then(|(at, op)| Some((term.get(..at)?, op != "!=", term.get(at + op.len()..)?)))
            .ok_or_else(|| Status::bad_request(&format!("invalid selector: '{text}'; can't understand '{term}'")))?;
        let known = name == "metadata.name"
            || (name == "metadata.namespace" && resource.namespaced)
            || resource.fields.contains(&name);
        if !known {
            let message = if resource.plural == "jobs" {
                format!("field label \"{name}\" not supported for Job")
            } else if OWN_CONVERSION.contains(&resource.plural) {
                format!("field label not supported: {name}")
            } else {
                format!("\"{name}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
            };
            return Err(Status::bad_request(&message));
        }
        let stored = if std::ptr::eq(resource, resource.storage()) { name.to_owned() } else { event_view::field(name) };
        fields.push(Field { path: stored, equal, value: value.to_owned() });
    }
    Ok(fields)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Sign(&'static str),
    End,
}

impl Token {
    fn shown(&self) -> &str {
        match self {
            Self::Word(w) => w,
            Self::Sign(s) => s,
            Self::End => "",
        }
    }
}

const SIGNS: &[&str] = &["!=", "==", "=", "!", "(", ")", ",", ">", "<"];

fn tokens(text: &str) -> Vec<Token> {
    let mut rest = text.trim_start();
    let mut out = Vec::new();
    while !rest.is_empty() {
        if let Some(sign) = SIGNS.iter().find(|s| rest.starts_with(**s)) {
            out.push(Token::Sign(sign));
            rest = rest.get(sign.len()..).unwrap_or_default();
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || "=!(),><".contains(c)).unwrap_or(rest.len());
            let (word, tail) = rest.split_at(end);
            out.push(Token::Word(word.to_owned()));
            rest = tail;
        }
        rest = rest.trim_start();
    }
    out
}

/// Reads a label selector (`a=b,c!=d,e in (f,g),!h,i>1`).
fn parse_labels(text: &str) -> Result<Vec<Requirement>, String> {
    let mut tokens = tokens(text).into_iter().peekable();
    let mut out = Vec::new();
    if tokens.peek().is_none() {
        return Ok(out);
    }
    if let Some(Token::Sign(sign)) = tokens.peek().filter(|t| **t != Token::Sign("!")) {
        return Err(format!("found '{sign}', expected: !, identifier, or 'end of string'"));
    }
    loop {
        out.push(requirement(&mut tokens).map_err(|e| format!("unable to parse requirement: {e}"))?);
        match tokens.next().unwrap_or(Token::End) {
            Token::End => return Ok(out),
            Token::Sign(",") => match tokens.peek() {
                Some(Token::Word(_) | Token::Sign("!")) => {}
                other => {
                    let shown = other.map_or("", Token::shown);
                    return Err(format!("found '{shown}', expected: identifier after ','"));
                }
            },
            other => return Err(format!("found '{}', expected: ',' or 'end of string'", other.shown())),
        }
    }
}

type Tokens = std::iter::Peekable<std::vec::IntoIter<Token>>;

fn requirement(tokens: &mut Tokens) -> Result<Requirement, String> {
    let absent = tokens.next_if_eq(&Token::Sign("!")).is_some();
    let key = match tokens.next().unwrap_or(Token::End) {
        Token::Word(w) => w,
        other => return Err(format!("found '{}', expected: identifier", other.shown())),
    };
    if let Err(why) = super::validate::form::label_key(&key) {
        return Err(format!("<nil>: Invalid value: \"{key}\": {why}"));
    }
    let name = Text::from(key.as_str());
    let operator = match tokens.peek() {
        _ if absent => return Ok(Requirement::Term(SelectorTerm::DoesNotExist(name))),
        None | Some(Token::Sign(",") | Token::End) => return Ok(Requirement::Term(SelectorTerm::Exists(name))),
        Some(_) => tokens.next().unwrap_or(Token::End),
    };
    let (values, is) = match &operator {
        Token::Sign("=" | "==") => (vec![one(tokens)?], true),
        Token::Sign("!=") => (vec![one(tokens)?], false),
        Token::Sign(">") => return Ok(Requirement::Greater(name, number(&one(tokens)?)?)),
        Token::Sign("<") => return Ok(Requirement::Less(name, number(&one(tokens)?)?)),
        Token::Word(w) if w == "in" => (set(tokens)?, true),
        Token::Word(w) if w == "notin" => (set(tokens)?, false),
        other => return Err(format!("found '{}', expected: in, notin, =, ==, !=, gt, lt", other.shown())),
    };
    for (at, value) in values.iter().enumerate() {
        if let Err(why) = super::validate::form::label_value(value) {
            return Err(format!("values[{at}][{key}]: Invalid value: \"{value}\": {why}"));
        }
    }
    let values = values.iter().map(|v| Text::from(v.as_str())).collect();
    Ok(Requirement::Term(if is { SelectorTerm::In(name, values) } else { SelectorTerm::NotIn(name, values) }))
}

/// One value after an operator; nothing there is the empty value.
fn one(tokens: &mut Tokens) -> Result<String, String> {
    match tokens.peek() {
        None | Some(Token::Sign(",")) => Ok(String::new()),
        Some(Token::Word(_)) => Ok(tokens.next().map(|t| t.shown().to_owned()).unwrap_or_default()),
        Some(other) => Err(format!("found '{}', expected: identifier", other.shown())),
    }
}

fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| {
        format!("values[0]: Invalid value: \"{text}\": for 'Gt', 'Lt' operators, the value must be an integer")
    })
}

/// `(a,b)`.
fn set(tokens: &mut Tokens) -> Result<Vec<String>, String> {
    match tokens.next().unwrap_or(Token::End) {
        Token::Sign("(") => {}
        other => return Err(format!("found '{}' expected: '('", other.shown())),
    }
    let mut values = Vec::new();
    loop {
        match tokens.next().unwrap_or(Token::End) {
            Token::Word(w) => {
                values.push(w);
                match tokens.next().unwrap_or(Token::End) {
                    Token::Sign(",") => {}
                    Token::Sign(")") => return Ok(values),
                    other => return Err(format!("found '{}', expected: ',' or ')'", other.shown())),
                }
            }
            Token::Sign(",") => values.push(String::new()),
            Token::Sign(")") => {
                values.push(String::new());
                return Ok(values);
            }
            other => return Err(format!("found '{}', expected: ',', ')' or identifier", other.shown())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matched(selector: &str) -> Vec<&'static str> {
        let all = [("none", json!({})), ("ab", json!({"a": "b"})), ("ac", json!({"a": "c", "n": "5"}))];
        let rules = parse_labels(selector).unwrap();
        all.iter().filter(|(_, l)| rules.iter().all(|r| r.matches(l))).map(|(name, _)| *name).collect()
    }

    // https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
    #[test]
    fn label_selectors_match_as_the_page_says() {
        assert_eq!(matched(""), ["none", "ab", "ac"]);
        assert_eq!(matched("a"), ["ab", "ac"]);
        assert_eq!(matched("!a"), ["none"]);
        assert_eq!(matched("a=b"), ["ab"]);
        assert_eq!(matched("a == b"), ["ab"]);
        assert_eq!(matched("a!=b"), ["none", "ac"]);
        assert_eq!(matched("a in (b,c)"), ["ab", "ac"]);
        assert_eq!(matched("a notin (b)"), ["none", "ac"]);
        assert_eq!(matched("a, n > 4"), ["ac"]);
        assert_eq!(matched("n<5"), Vec::<&str>::new());
        assert_eq!(matched("a in (c),!x"), ["ac"]);
    }

    #[test]
    fn what_cannot_be_read_is_refused_in_the_servers_words() {
        let all = [
            ("a===b", "found '=', expected: identifier"),
            ("n!a", "found '!', expected: in, notin, =, ==, !=, gt, lt"),
            ("in (a", "found '(', expected: in, notin, =, ==, !=, gt, lt"),
            ("n gt 1", "found 'gt', expected: in, notin, =, ==, !=, gt, lt"),
        ];
        for (text, words) in all {
            assert_eq!(parse_labels(text).unwrap_err(), format!("unable to parse requirement: {words}"), "{text}");
        }
    }
}
