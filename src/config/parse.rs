//! The text of `config.toml` → settings, or what is wrong with it and where.

use std::fmt;

use regex::Regex;

use super::Config;

/// What is wrong with a config file: one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for Problem {}

/// Reads the text of a config file.
///
/// # Errors
///
/// The first thing that is wrong: no TOML, an unknown key, a value of another type, a pattern that is none.
pub fn parse(text: &str) -> Result<Config, Problem> {
    let config: Config = toml::from_str(text).map_err(|e| Problem {
        line: e.span().map(|span| line_of(text, span.start)),
        what: e.message().lines().collect::<Vec<_>>().join(", "),
    })?;
    if let Some(given) = &config.grouping.pattern {
        pattern(given).map_err(|what| {
            let line = text.lines().position(|l| l.trim_start().starts_with("pattern")).map(|at| at + 1);
            Problem { line, what }
        })?;
    }
    Ok(config)
}

/// The line, from 1, on which `key` of a table stands.
pub fn line_of_key(text: &str, table: &str, key: &str) -> Option<usize> {
    let heading = format!("[{table}]");
    let begins = |line: &str, name: &str| {
        let rest = line.trim_start().trim_start_matches('"').strip_prefix(name);
        rest.is_some_and(|r| r.trim_start_matches('"').trim_start().starts_with('='))
    };
    let mut inside = false;
    let whole = format!("{table}.{key}");
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with('[') {
            inside = line.trim() == heading;
        } else if (inside && begins(line, key)) || begins(line, &whole) {
            return Some(at + 1);
        }
    }
    None
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

/// A grouping pattern; the error says what would be right.
pub(super) fn pattern(given: &str) -> Result<Regex, String> {
    // The engine's message spans lines and draws the pattern; its last line says what is wrong.
    let why = |e: regex::Error| {
        let message = e.to_string();
        let last = message.lines().last().unwrap_or_default();
        format!("grouping.pattern is no regular expression: {}", last.trim_start_matches("error: "))
    };
    let regex = Regex::new(given).map_err(why)?;
    let known = regex.capture_names().flatten().any(|name| name == "project");
    if known {
        Ok(regex)
    } else {
        Err("grouping.pattern names no project: write it as (?<project>[a-z]+)-(?<environment>.+)".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Keys, OnExit};
    use super::*;

    #[test]
    fn an_empty_file_gives_the_defaults() {
        let c = parse("").unwrap();
        assert_eq!(c, Config::default());
        assert_eq!(c.on_exit, OnExit::Detach);
        assert!(c.grouping.kennel && c.grouping.names && !c.read_only);
        assert!(c.production("eu-prod") && !c.production("eu-1"));
    }

    #[test]
    fn every_setting_is_read() {
        let text = r#"
            theme = "light"
            ascii = true
            mouse = true
            flash = true
            on_exit = "stop"
            production = ["pay"]
            namespaces = ["a", "b"]
            pinned_contexts = ["eu-1"]

            [grouping]
            kennel = false
            rancher = false
            headlamp = false
            part_of = false
            names = false
            pattern = '^(?<project>[a-z]+)--(?<environment>.+)$'

            [keys]
            start-stop = "S"
            reconnect = ["<C-r>", "<F5>"]

            [context."eu-prod"]
            read_only = true
            production = false
            namespaces = ["c"]
            theme = "dark"
        "#;
        let c = parse(text).unwrap();
        assert_eq!((c.theme("eu-1"), c.theme("eu-prod")), (Some("light"), Some("dark")));
        assert!(c.mouse && c.flash && c.ascii == Some(true) && c.on_exit == OnExit::Stop);
        assert!(c.read_only("eu-prod") && !c.read_only("eu-1"));
        assert!(!c.production("eu-prod"));
        assert_eq!((c.namespaces("eu-1").len(), c.namespaces("eu-prod").len()), (2, 1));
        assert_eq!(c.pinned_contexts, ["eu-1"]);
        assert_eq!(c.keys.get("start-stop"), Some(&Keys::One("S".into())));
        assert_eq!(c.keys.get("reconnect"), Some(&Keys::Several(vec!["<C-r>".into(), "<F5>".into()])));
        let rules = c.rules();
        assert!(rules.grouping.pattern.is_some() && !rules.grouping.kennel);
        assert!(rules.production.is("pay", "x", &crate::domain::Labels::default(), false));
    }

    #[test]
    fn a_key_of_a_table_is_found_on_its_line() {
        let text = "keys.help = \"H\"\nzoom = 1\n[keys]\n zoom = \"j\"\n\"down\" = \"x\"\n[grouping]\nopen = 1\n";
        let of = |key| line_of_key(text, "keys", key);
        assert_eq!((of("help"), of("zoom"), of("down"), of("open")), (Some(1), Some(4), Some(5), None));
    }

    #[test]
    fn what_is_wrong_is_one_sentence_that_says_where_and_what_would_be_right() {
        let of = |text: &str| parse(text).unwrap_err().to_string();
        let unknown = of("mouse = true\nthem = \"dark\"\n");
        assert!(unknown.starts_with("line 2: unknown field `them`, expected one of `theme`"), "{unknown}");
        let word = of("on_exit = \"quit\"");
        assert_eq!(word, "line 1: unknown variant `quit`, expected `detach` or `stop`");
        let kind = of("\n\nread_only = \"yes\"");
        assert_eq!(kind, "line 3: invalid type: string \"yes\", expected a boolean");
        let inside = of("[grouping]\nhelm = true");
        assert!(inside.starts_with("line 2: unknown field `helm`"), "{inside}");
        let regex = of("[grouping]\npattern = '('");
        assert_eq!(regex, "line 2: grouping.pattern is no regular expression: unclosed group");
        let group = of("[grouping]\npattern = 'a'");
        assert!(group.contains("names no project: write it as (?<project>"), "{group}");
        let keys = of("[keys]\nstop = 5");
        assert!(keys.contains("a key as text"), "{keys}");
        let toml = of("theme = ");
        assert!(toml.starts_with("line 1: "), "{toml}");
        assert!(!toml.contains('\n'));
    }
}
