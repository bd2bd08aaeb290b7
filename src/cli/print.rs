//! Where output goes: stdout for what was asked, stderr for everything else.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use super::args::{Global, Output};
use super::exit::{Exit, Failure, Outcome};

/// How to print: format and colours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Format.
    pub(crate) output: Output,
    /// Whether stdout takes colours.
    pub(crate) colour: bool,
}

impl Style {
    /// What the flags, `NO_COLOR`, `TERM` and stdout say.
    pub(crate) fn of(global: &Global) -> Self {
        let plain = global.no_color
            || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
            || std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        Self { output: global.output.unwrap_or_default(), colour: !plain && io::stdout().is_terminal() }
    }

    /// Whether it is for programs.
    pub(crate) fn structured(&self) -> bool {
        matches!(self.output, Output::Json | Output::Yaml)
    }
}

/// Writes an array of objects as JSON or YAML.
pub(crate) fn array<T: Serialize>(out: &mut dyn Write, items: &[T], output: Output) -> Outcome {
    let failed = |e: &dyn std::fmt::Display| Failure::new(Exit::Failed, format!("can't write the output: {e}"));
    match output {
        Output::Yaml => {
            // Through a value: one notion of "absent" and of numbers for both formats.
            let value = serde_json::to_value(items).map_err(|e| failed(&e))?;
            let text = serde_yaml::to_string(&value).map_err(|e| failed(&e))?;
            out.write_all(text.as_bytes())?;
        }
        _ => {
            serde_json::to_writer_pretty(&mut *out, items).map_err(|e| match e.io_error_kind() {
                Some(kind) => Failure::from(io::Error::from(kind)),
                None => failed(&e),
            })?;
            writeln!(out)?;
        }
    }
    Ok(out.flush()?)
}

/// A line on stderr. What can't be written there is lost: nobody reads it.
pub(crate) fn say(line: impl std::fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Runs `write` on a buffered, locked stdout and flushes it.
pub(crate) fn stdout(write: impl FnOnce(&mut dyn Write) -> Outcome) -> Outcome {
    let mut out = io::BufWriter::new(io::stdout().lock());
    write(&mut out)?;
    Ok(out.flush()?)
}
