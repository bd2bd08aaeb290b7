//! What is measured, and how it is recognised.

use std::time::Duration;

use regex::Regex;

/// Parsed arguments.
pub(crate) struct Options {
    /// What is measured, one after the other.
    pub(crate) programs: Vec<Program>,
    /// Shell command that makes changes on the cluster while it runs.
    pub(crate) churn: Option<String>,
    /// How many key presses are measured.
    pub(crate) presses: usize,
    /// How long a pattern is waited for.
    pub(crate) patience: Duration,
    /// How long after the data the memory is read.
    pub(crate) settle: Duration,
    /// How long "nothing happening" is.
    pub(crate) idle: Duration,
}

/// One program, and how its screen is read.
pub(crate) struct Program {
    /// What it is called in the table.
    pub(crate) name: String,
    /// Program and arguments.
    pub(crate) command: Vec<String>,
    /// Matches the screen when it is useful.
    pub(crate) useful: Regex,
    /// Matches the screen when all data is there.
    pub(crate) complete: Option<Regex>,
    /// Keys that force a relist.
    pub(crate) relist: Option<String>,
    /// Keys that move down and up, typed in turn.
    pub(crate) moves: (String, String),
    /// Keys typed once before keys are measured (to focus a long list).
    pub(crate) focus: Option<String>,
    /// Keys that lead to a screen which the churn does not touch, typed last.
    pub(crate) still: Option<String>,
}

impl Program {
    fn new(command: Vec<String>) -> Self {
        let name = command.first().and_then(|c| c.rsplit('/').next()).unwrap_or_default().to_owned();
        Self {
            name,
            command,
            useful: Regex::new(r"● Active|✖ Error|○ Unavailable").expect("a valid pattern"),
            complete: None,
            relist: None,
            moves: ("j".to_owned(), "k".to_owned()),
            focus: None,
            still: None,
        }
    }
}

impl Options {
    /// Reads arguments; `None` when nothing says what to measure.
    pub(crate) fn parse(arguments: &[String]) -> Result<Option<Self>, String> {
        let mut options = Options {
            programs: Vec::new(),
            churn: None,
            presses: 200,
            patience: Duration::from_secs(60),
            settle: Duration::from_secs(20),
            idle: Duration::from_secs(15),
        };
        let mut kubeconfig = String::new();
        let mut rest = arguments.iter();
        let kennel = env!("CARGO_BIN_EXE_kennel").to_owned();
        while let Some(flag) = rest.next() {
            let value = rest.next().ok_or_else(|| format!("{flag} needs a value"))?;
            let pattern = || Regex::new(value).map_err(|e| format!("{flag}: {e}"));
            let seconds = || {
                value.parse().map(Duration::from_secs).map_err(|_| format!("{flag}: {value} is no number of seconds"))
            };
            match flag.as_str() {
                "--kubeconfig" | "--server" => {
                    kubeconfig.clone_from(value);
                    options.programs.push(Program::new(vec![kennel.clone(), flag.clone(), value.clone()]));
                    continue;
                }
                "--command" => {
                    let words = shlex::split(&value.replace("{kubeconfig}", &kubeconfig));
                    options.programs.push(Program::new(words.ok_or("--command: unbalanced quotes")?));
                    continue;
                }
                "--churn" => options.churn = Some(value.clone()),
                "--presses" => {
                    options.presses = value.parse().map_err(|_| format!("--presses: {value} is no number"))?
                }
                "--patience" => options.patience = seconds()?,
                "--settle" => options.settle = seconds()?,
                "--idle" => options.idle = seconds()?,
                _ => {
                    let program = options.programs.last_mut();
                    let program = program.ok_or_else(|| format!("{flag} stands before any program"))?;
                    match flag.as_str() {
                        "--name" => program.name.clone_from(value),
                        "--useful" => program.useful = pattern()?,
                        "--complete" => program.complete = Some(pattern()?),
                        "--relist" => program.relist = Some(escapes(value)),
                        "--down" => program.moves.0 = escapes(value),
                        "--up" => program.moves.1 = escapes(value),
                        "--focus" => program.focus = Some(escapes(value)),
                        "--still" => program.still = Some(escapes(value)),
                        _ => return Err(format!("{flag} is not known; see the top of benches/terminal/main.rs")),
                    }
                }
            }
        }
        Ok(if options.programs.is_empty() { None } else { Some(options) })
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
