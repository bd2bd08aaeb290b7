//! Whole terminal programs, measured from outside: first frame, first useful frame, key → frame, CPU, wake-ups
//! and bytes while nothing happens and while much does, memory. Each runs in a pty of 200×60 and is judged by
//! what reaches the screen, so any program is measured by the same yardstick; the yardstick's own length, a program
//! that only answers keys, is a column of the table. Compare ratios within one run.
//!
//! ```text
//! cargo bench --bench terminal                     kennel on an embedded cluster of 1000x20000
//! cargo bench --bench terminal -- --kubeconfig F \
//!     --command 'k9s --kubeconfig {kubeconfig} -A -c pods' --name 'k9s, pods' --useful 'Running'
//! ```
//!
//! Without `--kubeconfig FILE` embedded clusters of `--scale ENVSxPODS` are started: they compete for the same cores.
//! Each `--command` is one more program, and what follows is said of it; what stands before the first is said of
//! kennel (`--kennel` is its binary). `--useful` is a regular expression over the screen's text: the first frame that
//! matches is the first useful one. `--complete` is the frame at which all data is there. `--still` are keys to a
//! screen that changes do not touch. `--rate` (changes a second), `--presses`, `--patience`, `--settle`, `--idle` are
//! for all of them.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    clippy::indexing_slicing
)]

mod churn;
mod floor;
mod options;
mod process;
mod screen;
mod server;
mod session;
mod table;

use std::time::{Duration, Instant};

use options::{Options, Program};
use server::Server;
use session::Session;
use table::Table;

/// How long changes run before they are measured.
const WARM: Duration = Duration::from_secs(8);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [floor::FLAG] => return floor::run(),
        [server::FLAG, kubeconfig, rate] => return churn::run(kubeconfig, rate.parse().expect("a rate")),
        // `cargo test --all-targets` asks for nothing; `cargo bench` passes `--bench`.
        [] | ["--test"] => return println!("terminal: nothing is measured without --bench or an option"),
        _ => {}
    }
    let wanted: Vec<String> = arguments.into_iter().filter(|a| a != "--bench").collect();
    let options = match Options::parse(&wanted) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("terminal: {why}");
            std::process::exit(2);
        }
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut bench = Bench { options, runtime, table: Table::default() };
    bench.run();
    println!("{}", bench.table.text());
}

struct Bench {
    options: Options,
    runtime: tokio::runtime::Runtime,
    table: Table,
}

/// What is to be measured of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// A program that shows a cluster.
    All,
    /// The yardstick's own length.
    Keys,
}

impl Bench {
    fn run(&mut self) {
        let this = std::env::current_exe().expect("this program").to_string_lossy().into_owned();
        let floor = Program::floor(vec![this, floor::FLAG.to_owned()]);
        let programs = [(Of::Keys, floor)].into_iter();
        let programs: Vec<_> = programs.chain(self.options.programs.iter().map(|p| (Of::All, p.clone()))).collect();
        match self.options.kubeconfig.clone() {
            Some(kubeconfig) => self.given(&programs, &Server::given(&kubeconfig)),
            None => self.embedded(&programs),
        }
    }

    /// Each program once: while nothing happens, while another process changes the cluster, and listed anew.
    fn given(&mut self, programs: &[(Of, Program)], server: &Server) {
        for (of, program) in programs {
            self.table.column(&program.name);
            let mut session = Session::start(&program.on(&server.kubeconfig));
            if self.quiet(*of, program, &mut session, server) {
                let churn = server.churn(self.options.rate);
                self.changing(*of, program, &mut session, server);
                self.unseen(program, &mut session);
                drop(churn);
                self.relist(*of, program, &mut session);
            }
            session.end();
        }
    }

    /// Each program on a cluster where nothing happens, then each on one that changes of itself: one at a time, they
    /// take the same cores.
    fn embedded(&mut self, programs: &[(Of, Program)]) {
        let Options { kennel, scale, rate, patience, .. } = &self.options;
        let (kennel, scale, rate, patience) = (kennel.clone(), *scale, *rate, *patience);
        let still = Server::embedded(&kennel, scale, 0);
        for (of, program) in programs {
            self.table.column(&program.name);
            let mut session = Session::start(&program.on(&still.kubeconfig));
            if self.quiet(*of, program, &mut session, &still) {
                // What changes of itself starts containers anew, which is on every screen: counts of issues.
                let churn = still.churn(rate);
                self.unseen(program, &mut session);
                drop(churn);
                self.relist(*of, program, &mut session);
            }
            session.end();
        }
        drop(still);
        let busy = Server::embedded(&kennel, scale, rate);
        for (of, program) in programs {
            self.table.column(&program.name);
            let mut session = Session::start(&program.on(&busy.kubeconfig));
            let there = program.complete.as_ref().unwrap_or(&program.useful);
            if session.wait(Some(there), patience).is_some() {
                self.changing(*of, program, &mut session, &busy);
            }
            session.end();
        }
    }

    fn put(&mut self, figure: &str, value: String) {
        self.table.put(figure, value);
    }

    /// From the start until all is there, and while nothing happens. Whether the screen ever was useful.
    fn quiet(&mut self, of: Of, program: &Program, session: &mut Session, server: &Server) -> bool {
        let ms = |d: Option<Duration>| d.map_or("never".to_owned(), |d| format!("{:.0} ms", d.as_secs_f64() * 1000.0));
        let Options { patience, settle, idle, presses, .. } = self.options;
        self.put("first frame", ms(session.wait(None, Duration::from_secs(30))));
        if of == Of::Keys {
            self.put("nothing happens: key → frame p50 / p95 / p99 / max, ms", session.keys(program, presses));
            return true;
        }
        let useful = session.wait(Some(&program.useful), patience);
        self.put("first useful frame", ms(useful));
        if useful.is_none() {
            eprintln!("{}", session.contents());
            return false;
        }
        if let Some(complete) = &program.complete {
            self.put("all data there", ms(session.wait(Some(complete), patience)));
        }
        self.put("memory: peak until then", session.process().peak());
        session.rest(settle);
        self.put(&format!("memory: {} s later (files of it)", settle.as_secs()), session.process().resident());
        let before = server.process().map(|p| p.cpu());
        let spent = session.idle(idle);
        self.put("nothing happens: CPU, % of a core", format!("{:.2}", spent.cpu));
        self.put("nothing happens: wake-ups/s", format!("{:.1}", spent.wakes));
        self.put(&format!("nothing happens: bytes to the terminal in {} s", idle.as_secs()), spent.bytes());
        self.server("nothing happens", server, before, idle);
        let keys = session.keys(program, presses);
        self.put("nothing happens: key → frame p50 / p95 / p99 / max, ms", keys);
        true
    }

    /// While the cluster changes.
    fn changing(&mut self, of: Of, program: &Program, session: &mut Session, server: &Server) {
        let Options { idle, presses, .. } = self.options;
        session.rest(WARM);
        let client = self.runtime.block_on(churn::client(&server.kubeconfig));
        let (from, began) = (self.runtime.block_on(churn::version(&client)), Instant::now());
        if of == Of::All {
            let before = server.process().map(|p| p.cpu());
            let spent = session.idle(idle);
            self.put("changes: CPU, % of a core", format!("{:.2}", spent.cpu));
            self.put("changes: wake-ups/s", format!("{:.1}", spent.wakes));
            self.put(&format!("changes: bytes to the terminal in {} s", idle.as_secs()), spent.bytes());
            self.server("changes", server, before, idle);
        }
        let keys = session.keys(program, presses);
        self.put("changes: key → frame p50 / p95 / p99 / max, ms", keys);
        let to = self.runtime.block_on(churn::version(&client));
        let rate = to.saturating_sub(from) as f64 / began.elapsed().as_secs_f64();
        self.put("changes: so many a second were reached", format!("{rate:.0}"));
        if of == Of::All {
            self.put("memory: after changes (files of it)", session.process().resident());
        }
    }

    /// While another process changes what is not on the screen.
    fn unseen(&mut self, program: &Program, session: &mut Session) {
        let Some(still) = &program.still else { return };
        session.type_text(still);
        session.rest(WARM);
        let spent = session.idle(self.options.idle);
        self.put("changes off the screen: CPU, % of a core", format!("{:.2}", spent.cpu));
        self.put("changes off the screen: bytes", spent.bytes());
    }

    /// All is listed anew.
    fn relist(&mut self, of: Of, program: &Program, session: &mut Session) {
        if let Some(relist) = &program.relist {
            session.type_text(relist);
            session.rest(self.options.settle);
            self.put("memory: after a relist (files of it)", session.process().resident());
        }
        if of == Of::All {
            self.put("memory: peak ever", session.process().peak());
        }
    }

    /// What an embedded cluster took of the same cores meanwhile.
    fn server(&mut self, when: &str, server: &Server, before: Option<Duration>, time: Duration) {
        if let (Some(process), Some(before)) = (server.process(), before) {
            let used = process.cpu().saturating_sub(before).as_secs_f64() / time.as_secs_f64() * 100.0;
            self.put(&format!("{when}: the cluster's own CPU %, memory"), format!("{used:.1}, {}", process.resident()));
        }
    }
}
