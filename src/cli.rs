//! Floor 4: the command line. A file per subcommand: parse → call → print.
//!
//! It is not: a place for logic. What a status means is `domain`'s, what a stop does is `plan`'s, who
//! sends it is `cluster`'s; here it is asked for and printed. To add a subcommand: `args.rs` says how.

pub mod args;
mod exit;
mod find;
mod get;
mod print;
mod shape;
mod shell;
mod table;
#[cfg(test)]
mod tests;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

pub use exit::{Exit, Failure};

use args::{Cli, Command};
use exit::{Outcome, Why};

/// The whole program: parses the arguments, runs what they ask for, says what went wrong.
pub fn main() -> ExitCode {
    crate::runtime::process::no_core_dumps();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout with 0, mistakes to stderr with 2: clap's own rule, and the contract's.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(&cli) {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            match &failure.why {
                Why::Said(text) => print::say(format_args!("kennel: {text}")),
                Why::Silent => {}
                Why::Report(report) => print::say(format_args!("kennel: {report:?}")),
            }
            failure.exit.into()
        }
    }
}

fn run(cli: &Cli) -> Outcome {
    crate::runtime::log::start(cli.global.log_file.as_deref(), cli.global.verbose)?;
    match &cli.command {
        Some(Command::Completions { shell }) => shell::completions(*shell),
        Some(Command::Man) => shell::man(),
        _ => Err(Failure::new(Exit::Unreachable, "no cluster; `kennel demo` needs none")),
    }
}
