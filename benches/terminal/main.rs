//! Whole terminal programs, measured from outside: first frame, first useful frame, key → frame, CPU, wake-ups
//! and bytes while nothing happens and while much does, memory. Each runs in a pty of 200×60 and is judged by
//! what reaches the screen, so any program is measured by the same yardstick; the yardstick's own length comes first.
//!
//! ```text
//! cargo bench --bench terminal -- \
//!     --kubeconfig F --useful '4000 services' --complete '● live' --focus 2 --relist '^R' --still '1z' \
//!     --command 'k9s --kubeconfig {kubeconfig} -A -c pods' --useful 'Running' \
//!     --churn 'churn.py F 500 60'
//! ```
//!
//! `--kubeconfig FILE` or `--server URL` is kennel's release binary; each of these and each `--command` begins a
//! program, and what follows is said of it. `--useful` is a regular expression over the screen's text: the first
//! frame that matches is the first useful one (for kennel: the header counts all services, so every environment
//! has its phase). `--complete` is the frame at which all data is there. `--still` are keys to a screen that the
//! churn does not touch. `--churn`, `--presses`, `--patience`, `--settle`, `--idle` are for all of them.
//! Compare ratios within one run.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    clippy::indexing_slicing
)]

mod floor;
mod options;
mod process;
mod screen;
mod session;

use std::time::Duration;

use options::{Options, Program};
use session::Session;

/// How long changes run before they are measured.
const WARM: Duration = Duration::from_secs(8);

/// Figures of one program, by name.
type Figures = Vec<(String, String)>;

fn main() {
    // `cargo bench` passes `--bench`; without options there is no cluster to measure on.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if arguments.first().is_some_and(|a| a == floor::FLAG) {
        return floor::run();
    }
    let options = match Options::parse(&arguments) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("terminal: no --kubeconfig, --server or --command given; nothing to measure");
            return;
        }
        Err(why) => {
            eprintln!("terminal: {why}");
            std::process::exit(2);
        }
    };
    println!("key → frame of a program that only answers keys: {}", the_floor(&options));
    for program in &options.programs {
        let mut figures = Figures::new();
        let mut session = Session::start(&program.command);
        measure(&options, program, &mut session, &mut figures);
        session.end();
        print(program, &figures);
    }
}

fn print(program: &Program, figures: &Figures) {
    let width = figures.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    println!("\n{}: {}", program.name, program.command.join(" "));
    for (name, value) in figures {
        println!("  {name:<width$}  {value}");
    }
}

/// Key → frame of [`floor`], by the same measure.
fn the_floor(options: &Options) -> String {
    let this = std::env::current_exe().expect("this program").to_string_lossy().into_owned();
    let command = vec![this, floor::FLAG.to_owned()];
    let mut session = Session::start(&command);
    session.wait(None, options.patience);
    let program = Options::parse(&["--command".to_owned(), command.join(" ")]).ok().flatten().expect("a program");
    let keys = session.keys(&program.programs[0], options.presses);
    session.end();
    keys
}

fn measure(options: &Options, program: &Program, session: &mut Session, figures: &mut Figures) {
    let mut figure = |name: &str, value: String| figures.push((name.to_owned(), value));
    let ms = |d: Option<Duration>| d.map_or("never".to_owned(), |d| format!("{:.0} ms", d.as_secs_f64() * 1000.0));
    let seconds = |d: Duration| d.as_secs();
    figure("first frame", ms(session.wait(None, Duration::from_secs(30))));
    let useful = session.wait(Some(&program.useful), options.patience);
    figure(&format!("first useful frame (`{}`)", program.useful), ms(useful));
    if useful.is_none() {
        figure("screen", format!("\n{}", session.contents()));
        return;
    }
    if let Some(complete) = &program.complete {
        figure(&format!("all data there (`{complete}`)"), ms(session.wait(Some(complete), options.patience)));
    }
    figure("memory, peak until then", session.process().peak());
    session.rest(options.settle);
    figure(&format!("memory {} s after", seconds(options.settle)), session.process().resident());
    figure(&format!("nothing happens, {} s", seconds(options.idle)), session.idle(options.idle).words());
    figure("key → frame p50 / p95 / p99 / max", session.keys(program, options.presses));
    if let Some(churn) = &options.churn {
        let mut child = std::process::Command::new("sh").arg("-c").arg(format!("exec {churn}")).spawn().expect("churn");
        session.rest(WARM);
        figure(&format!("changes, {} s", seconds(options.idle)), session.idle(options.idle).words());
        figure("key → frame while changing", session.keys(program, options.presses));
        if let Some(still) = &program.still {
            session.type_text(still);
            session.rest(WARM);
            figure("changes that are not on screen", session.idle(options.idle).words());
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    if let Some(relist) = &program.relist {
        session.type_text(relist);
        session.rest(options.settle);
        figure("memory after a relist", session.process().resident());
    }
    figure("memory, peak ever", session.process().peak());
}
