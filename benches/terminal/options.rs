//! What is measured, and how it is recognised.

use std::time::Duration;

use regex::Regex;

/// Parsed arguments.
pub(crate) struct Options {
    /// Program and arguments.
    pub(crate) command: Vec<String>,
    /// Matches the screen when it is useful.
    pub(crate) useful: Regex,
    /// Matches the screen when all data is there.
    pub(crate) complete: Option<Regex>,
    /// Shell command that makes changes on the cluster while it runs.
    pub(crate) churn: Option<String>,
    /// Keys that force a relist.
    pub(crate) relist: Option<String>,
    /// Keys that move down and up, typed in turn.
    pub(crate) moves: (String, String),
    /// Keys typed once before keys are measured (to focus a long list).
    pub(crate) focus: Option<String>,
    /// How many key presses are measured.
    pub(crate) presses: usize,
    /// How long a pattern is waited for.
    pub(crate) patience: Duration,
    /// How long after the data the memory is read.
    pub(crate) settle: Duration,
    /// How long "nothing happening" is.
    pub(crate) idle: Duration,
}

impl Options {
    /// Reads arguments; `None` when nothing says what to measure.
    pub(crate) fn parse(arguments: &[String]) -> Result<Option<Self>, String> {
        let mut options = Options {
            command: Vec::new(),
            useful: Regex::new(r"(?m)● Active|✖ Error|○ Unavailable").expect("a valid pattern"),
            complete: None,
            churn: None,
            relist: None,
            moves: ("j".to_owned(), "k".to_owned()),
            focus: None,
            presses: 200,
            patience: Duration::from_secs(60),
            settle: Duration::from_secs(20),
            idle: Duration::from_secs(15),
        };
        let mut rest = arguments.iter();
        let kennel = env!("CARGO_BIN_EXE_kennel").to_owned();
        while let Some(flag) = rest.next() {
            let value = rest.next().ok_or_else(|| format!("{flag} needs a value"))?;
            let pattern = || Regex::new(value).map_err(|e| format!("{flag}: {e}"));
            let seconds = || {
                value.parse().map(Duration::from_secs).map_err(|_| format!("{flag}: {value} is no number of seconds"))
            };
            match flag.as_str() {
                "--kubeconfig" | "--server" => options.command = vec![kennel.clone(), flag.clone(), value.clone()],
                "--command" => options.command = shlex::split(value).ok_or("--command: unbalanced quotes")?,
                "--useful" => options.useful = pattern()?,
                "--complete" => options.complete = Some(pattern()?),
                "--churn" => options.churn = Some(value.clone()),
                "--relist" => options.relist = Some(escapes(value)),
                "--down" => options.moves.0 = escapes(value),
                "--up" => options.moves.1 = escapes(value),
                "--focus" => options.focus = Some(escapes(value)),
                "--presses" => {
                    options.presses = value.parse().map_err(|_| format!("--presses: {value} is no number"))?
                }
                "--patience" => options.patience = seconds()?,
                "--settle" => options.settle = seconds()?,
                "--idle" => options.idle = seconds()?,
                _ => return Err(format!("{flag} is not known; see the top of benches/terminal/main.rs")),
            }
        }
        Ok(if options.command.is_empty() { None } else { Some(options) })
    }
}

/// `^R` in an argument is Ctrl-R, `\e` is Escape.
fn escapes(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('^', Some(k)) if k.is_ascii_alphabetic() => {
                out.push(char::from(k.to_ascii_uppercase() as u8 & 0x1f));
                chars.next();
            }
            ('\\', Some('e')) => {
                out.push('\u{1b}');
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}
