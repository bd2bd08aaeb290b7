//! Floor 4: the command line. A file per subcommand: parse → call → print.
//!
//! It is not: a place for logic. What a status means is `domain`'s, what a stop does is `plan`'s, who
//! sends it is `cluster`'s; here it is asked for and printed. To add a subcommand: `args.rs` says how.

pub mod args;
mod connect;
mod consent;
mod dashboard;
mod demo;
mod denied;
mod doctor;
mod exit;
mod find;
mod get;
mod hand_over;
mod issues;
mod operate;
mod operations;
mod order;
mod print;
mod run;
mod say_plan;
mod settings;
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
use connect::Reach;
use exit::{Outcome, Why};
use order::Order;

/// The whole program: parses the arguments, runs what they ask for, says what went wrong.
pub fn main() -> ExitCode {
    crate::runtime::process::no_core_dumps();
    // Only the form of reports depends on it.
    let _ = color_eyre::config::HookBuilder::default().display_env_section(false).install();
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
    let global = &cli.global;
    if matches!(&cli.command, Some(Command::Operations(o)) if o.after.is_some()) {
        crate::runtime::process::own_session();
    }
    crate::runtime::log::start(global.log_file.as_deref(), global.verbose)
        .map_err(|e| Failure::new(Exit::Failed, format!("--log-file: {e}")))?;
    match &cli.command {
        None => dashboard::dashboard(global, None),
        Some(Command::Demo(demo)) => demo::demo(global, demo),
        Some(Command::Completions { shell }) => shell::completions(*shell),
        Some(Command::Man) => shell::man(),
        Some(command) => block_on(global.demo, with_cluster(global, command)),
    }
}

/// Subcommands that need a cluster and no terminal.
async fn with_cluster(global: &args::Global, command: &Command) -> Outcome {
    if let Command::Snapshot(wanted) = command {
        return dashboard::snapshot(global, None, wanted).await;
    }
    if let Command::Doctor = command {
        return doctor::doctor(connect::open(global, None, Reach::Whole).await, global).await;
    }
    // What is wrong with the words needs no cluster to be said.
    let order = Order::of(command);
    if let Some(order) = &order {
        order.is_of_something(global)?;
    }
    let session = connect::open(global, None, Reach::Named).await?;
    if let Some(order) = &order {
        return operate::operate(&session, global, order).await;
    }
    match command {
        Command::Get(get) => {
            let snapshot = session.settled(&get::needs(get.what), global).await?;
            let style = print::Style::of(global);
            denied::report(&snapshot, get, &global.namespaces)?;
            let snapshot = session.closer(snapshot, get, global).await?;
            print::stdout(|out| get::list(&snapshot, get, &global.namespaces, style, out))
        }
        Command::Issues(wanted) => issues::list(&session, global, wanted).await,
        Command::Rca(wanted) => issues::report(&session, global, wanted).await,
        Command::Operations(wanted) => operations::operations(&session, global, wanted).await,
        // These have been run by now.
        _ => Ok(()),
    }
}

/// Runs `work` on a runtime of its own. What still runs when it ends is left: it has its journal.
///
/// One thread reads a cluster, beside this one: a second would wait for the server most of the time, be woken
/// whenever the first is, and keep 4 MB of the allocator's for itself. An `embedded` cluster is one more's work.
fn block_on<T>(embedded: bool, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let threads = if embedded { 2 } else { 1 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    let result = tokio::task::LocalSet::new().block_on(&runtime, work);
    runtime.shutdown_background();
    result
}
