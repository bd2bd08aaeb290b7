//! A whole terminal program, measured from outside: first frame, first useful frame, key → frame,
//! CPU and bytes while nothing happens, memory. The program runs in a pty of 200×60 and is judged by
//! what reaches the screen, so any other program can be measured by the same yardstick.
//!
//! ```text
//! cargo bench --bench terminal -- --kubeconfig FILE                        kennel's release binary
//! cargo bench --bench terminal -- --command 'k9s --kubeconfig FILE' --useful 'Running' --down j
//! ```
//!
//! `--useful` is a regular expression over the screen's text; the first frame that matches it is the
//! first useful one. `--complete` is the frame at which all data is there. Compare ratios within one run.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    clippy::indexing_slicing
)]

mod options;
mod process;
mod session;

use std::time::Duration;

use options::Options;
use session::Session;

fn main() {
    // `cargo bench` passes `--bench`; without options there is no cluster to measure on.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
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
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut session = Session::start(&options);
    measure(&options, &mut session, &mut rows);
    session.end();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    println!("{}", options.command.join(" "));
    for (name, value) in rows {
        println!("  {name:<width$}  {value}");
    }
}

fn measure(options: &Options, session: &mut Session, rows: &mut Vec<(String, String)>) {
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    let ms = |d: Option<Duration>| d.map_or("never".to_owned(), |d| format!("{:.0} ms", d.as_secs_f64() * 1000.0));
    row("first frame", ms(session.wait(None, Duration::from_secs(30))));
    let useful = session.wait(Some(&options.useful), options.patience);
    row("first useful frame", ms(useful));
    if useful.is_none() {
        row("screen", format!("\n{}", session.contents()));
        return;
    }
    if let Some(complete) = &options.complete {
        row("all data there", ms(session.wait(Some(complete), options.patience)));
    }
    row("memory, peak until then", session.process().peak());
    session.rest(options.settle);
    row(&format!("memory {} s after", options.settle.as_secs()), session.process().resident());
    let (cpu, bytes) = session.idle(options.idle);
    row(&format!("idle {} s", options.idle.as_secs()), format!("{cpu:.2} % of a core, {bytes} B"));
    row("key → frame, idle", session.keys(options, options.presses));
    if let Some(churn) = &options.churn {
        let mut child = std::process::Command::new("sh").arg("-c").arg(churn).spawn().expect("churn command");
        session.rest(Duration::from_secs(5));
        let (cpu, bytes) = session.idle(options.idle);
        row(&format!("churn {} s", options.idle.as_secs()), format!("{cpu:.2} % of a core, {bytes} B"));
        row("key → frame, churn", session.keys(options, options.presses));
        let _ = child.kill();
        let _ = child.wait();
    }
    if let Some(relist) = &options.relist {
        session.type_text(relist);
        session.rest(options.settle);
        row("memory after relist", session.process().resident());
        row("memory, peak ever", session.process().peak());
    }
}
