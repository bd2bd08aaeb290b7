//! What the API says of its types and fields (`assets/api/words.txt`, written by `tests/parity/types`), for
//! `kubectl explain`. It is read when the first client asks.

use std::collections::HashMap;
use std::sync::LazyLock;

static TABLE: LazyLock<HashMap<&'static str, Said>> =
    LazyLock::new(|| read(include_str!("../../assets/api/words.txt")));

/// What is said of one type.
#[derive(Debug, Default)]
struct Said {
    text: String,
    fields: HashMap<&'static str, String>,
}

/// What is said of a type, by its name in the table of types; empty where nothing is.
pub(crate) fn of(id: &str) -> &'static str {
    TABLE.get(id).map_or("", |s| s.text.as_str())
}

/// What is said of a field of a type. That of `apiVersion` and `kind` is the same everywhere.
pub(crate) fn of_field(id: &str, field: &str) -> &'static str {
    let own = TABLE.get(id).and_then(|s| s.fields.get(field));
    let typed = || TABLE.get("meta.v1.TypeMeta").and_then(|s| s.fields.get(field));
    own.or_else(typed).map_or("", String::as_str)
}

/// The values that a field may have, as its description lists them.
pub(crate) fn values(description: &str) -> Vec<&str> {
    let Some((_, list)) = description.split_once("\n\nPossible enum values:\n") else { return Vec::new() };
    list.lines().filter_map(|line| line.strip_prefix(" - `\"")?.split_once("\"`").map(|(value, _)| value)).collect()
}

fn read(text: &'static str) -> HashMap<&'static str, Said> {
    let mut all: HashMap<&str, Said> = HashMap::new();
    let mut current = "";
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let (name, said) = line.trim_start().split_once(' ').unwrap_or((line.trim(), ""));
        if line.starts_with(' ') {
            all.entry(current).or_default().fields.insert(name, plain(said));
        } else {
            current = name;
            all.entry(name).or_default().text = plain(said);
        }
    }
    all
}

/// Undoes `\n`, `\t` and `\\`.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (c, c == '\\') {
            (_, true) => match rest.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                other => out.extend(other),
            },
            (c, false) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_field_and_its_values_are_those_that_the_api_publishes() {
        assert!(of("core.v1.Pod").starts_with("Pod is a collection of containers"));
        assert!(of_field("core.v1.Pod", "kind").starts_with("Kind is a string value"));
        let policy = of_field("core.v1.Container", "imagePullPolicy");
        assert_eq!(values(policy), ["Always", "IfNotPresent", "Never"]);
        assert!(values(of_field("core.v1.Container", "image")).is_empty());
    }

    #[test]
    fn line_ends_and_backslashes_read_back() {
        assert_eq!(plain(r"a\n\tb\\n"), "a\n\tb\\n");
    }
}
