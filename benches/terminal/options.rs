//! What is measured, and how it is recognised.

use std::time::Duration;

use regex::Regex;

/// Parsed arguments.
pub(crate) struct Options {
    /// The cluster; `None`: an embedded one is started.
    pub(crate) kubeconfig: Option<String>,
    /// Size of the embedded cluster: environments and pods.
    pub(crate) scale: (u32, u32),
    /// Changes a second.
    pub(crate) rate: u32,
    /// The binary of kennel.
    pub(crate) kennel: String,
    /// What is measured, one after the other; kennel first.
    pub(crate) programs: Vec<Program>,
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
#[derive(Clone)]
pub(crate) struct Program {
    /// What it is called in the table.
    pub(crate) name: String,
    /// Program and arguments; `{kubeconfig}` in them is the cluster's.
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
    /// Keys that lead to a screen which the changes do not touch, typed last.
    pub(crate) still: Option<String>,
}

impl Program {
    fn new(command: Vec<String>) -> Self {
        let name = command.first().and_then(|c| c.rsplit('/').next()).unwrap_or_default().to_owned();
        Self {
            name,
            command,
            useful: Regex::new(r"\S").expect("a valid pattern"),
            complete: None,
            relist: None,
            moves: ("j".to_owned(), "k".to_owned()),
            focus: None,
            still: None,
        }
    }

    /// kennel: the header counts all services, so every environment has its phase.
    fn kennel(binary: &str, services: u32) -> Self {
        let command = [binary, "--kubeconfig", "{kubeconfig}"].map(str::to_owned).to_vec();
        Self {
            useful: Regex::new(&format!(r"\b{services} services")).expect("a valid pattern"),
            complete: Some(Regex::new("● live").expect("a valid pattern")),
            relist: Some(escapes("^R")),
            focus: Some("2".to_owned()),
            still: Some("1z".to_owned()),
            ..Self::new(command)
        }
    }

    /// A program that answers keys, and has nothing else to show.
    pub(crate) fn floor(command: Vec<String>) -> Self {
        Self { name: "(only answers keys)".to_owned(), ..Self::new(command) }
    }

    /// Program and arguments on a cluster.
    pub(crate) fn on(&self, kubeconfig: &str) -> Vec<String> {
        self.command.iter().map(|word| word.replace("{kubeconfig}", kubeconfig)).collect()
    }
}

impl Options {
    /// Reads arguments.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Options {
            kubeconfig: None,
            scale: (1000, 20_000),
            rate: 500,
            kennel: option_env!("CARGO_BIN_EXE_kennel").unwrap_or("kennel").to_owned(),
            programs: Vec::new(),
            presses: 200,
            patience: Duration::from_secs(60),
            settle: Duration::from_secs(20),
            idle: Duration::from_secs(15),
        };
        // What stands before any `--command` is said of kennel.
        options.programs.push(Program::kennel(&options.kennel, 4000));
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let value = rest.next().ok_or_else(|| format!("{flag} needs a value"))?;
            let pattern = || Regex::new(value).map_err(|e| format!("{flag}: {e}"));
            let number = || value.parse::<u32>().map_err(|_| format!("{flag}: {value} is no number"));
            let seconds = || number().map(|n| Duration::from_secs(n.into()));
            let last = options.programs.last_mut().expect("kennel at least");
            match flag.as_str() {
                "--kubeconfig" => options.kubeconfig = Some(value.clone()),
                "--scale" => {
                    let (environments, pods) = value.split_once('x').ok_or("--scale wants ENVSxPODS")?;
                    let read = |n: &str| n.parse::<u32>().map_err(|_| format!("--scale: {n} is no number"));
                    options.scale = (read(environments)?, read(pods)?);
                    let of_kennel = Program::kennel(&options.kennel, options.scale.0 * 4);
                    options.programs[0].useful = of_kennel.useful;
                }
                "--kennel" => {
                    options.kennel.clone_from(value);
                    options.programs[0].command[0].clone_from(value);
                }
                "--command" => {
                    let words = shlex::split(value).ok_or("--command: unbalanced quotes")?;
                    options.programs.push(Program::new(words));
                }
                "--rate" => options.rate = number()?,
                "--presses" => options.presses = number()? as usize,
                "--patience" => options.patience = seconds()?,
                "--settle" => options.settle = seconds()?,
                "--idle" => options.idle = seconds()?,
                "--name" => last.name.clone_from(value),
                "--useful" => last.useful = pattern()?,
                "--complete" => last.complete = Some(pattern()?),
                "--relist" => last.relist = Some(escapes(value)),
                "--down" => last.moves.0 = escapes(value),
                "--up" => last.moves.1 = escapes(value),
                "--focus" => last.focus = Some(escapes(value)),
                "--still" => last.still = Some(escapes(value)),
                _ => return Err(format!("{flag} is not known; see the top of benches/terminal/main.rs")),
            }
        }
        Ok(options)
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
