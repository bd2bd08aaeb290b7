//! `kennel completions` and `kennel man`: made from the clap types, so that they can't drift.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::args::Cli;
use super::exit::Outcome;
use super::print;

/// Prints the completion script of `shell`.
pub(crate) fn completions(shell: Shell) -> Outcome {
    print::stdout(|out| {
        // Into memory first: clap_complete panics where its writer fails.
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "kennel", &mut script);
        Ok(out.write_all(&script)?)
    })
}

/// Prints the manual page, with a part for each subcommand.
pub(crate) fn man() -> Outcome {
    print::stdout(|out| {
        let mut command = Cli::command();
        command.build();
        clap_mangen::Man::new(command.clone()).render(out)?;
        for sub in command.get_subcommands().filter(|s| !s.is_hide_set() && s.get_name() != "help") {
            let man = clap_mangen::Man::new(sub.clone());
            writeln!(out, ".SH \"KENNEL {}\"", sub.get_name().to_uppercase())?;
            man.render_synopsis_section(out)?;
            man.render_description_section(out)?;
            man.render_options_section(out)?;
        }
        Ok(())
    })
}
