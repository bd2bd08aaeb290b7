//! The small cluster that all journeys share, and what an API client sees of it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::pty::{self, Terminal, kennel};

/// The scenario: one environment for each journey that changes something.
pub const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journeys/scenario.yaml");

/// The cluster, in a process of its own.
pub struct Inn {
    pub url: String,
    /// Its standard input is closed when this process ends, however it ends: the cluster ends with it.
    _shell: Child,
}

static INN: LazyLock<Inn> = LazyLock::new(|| {
    let mut shell = Command::new("/bin/sh")
        .args(["-c", r#""$0" demo --scenario "$1" --serve 127.0.0.1:0 --headless & read -r _; kill $!"#])
        .args([env!("CARGO_BIN_EXE_kennel"), SCENARIO])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("serving ").expect(&line).to_owned();
    Inn { url, _shell: shell }
});

/// The cluster that all journeys share.
pub fn inn() -> &'static Inn {
    &INN
}

impl Inn {
    /// A dashboard on it, of a size that shows all panes, with everything there.
    pub fn dashboard(&self) -> Terminal {
        self.dashboard_with(&[], |_| {})
    }

    /// The same with more arguments and another environment.
    pub fn dashboard_with(&self, args: &[&str], change: impl FnOnce(&mut portable_pty::CommandBuilder)) -> Terminal {
        let mut command = kennel(&[&["--server", &self.url], args].concat());
        change(&mut command);
        let t = Terminal::start(command, 140, 45);
        // With what one may do, which is asked for meanwhile: before that is known nothing can be stopped.
        let known = |s: &str| s.contains("read-write") || s.contains("read-only");
        t.wait("all of it", |s| s.contains("inn/walk") && s.contains("● live") && known(s));
        t
    }

    /// What `kennel … -o json` says.
    pub fn json(&self, args: &[&str]) -> Value {
        let command = kennel(&[&["--server", &self.url, "-o", "json"], args].concat());
        let output = pty::plain(&command).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {err}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {err}"))
    }

    /// Names and wanted counts of the services of an environment.
    pub fn counts(&self, environment: &str) -> Vec<(String, u64)> {
        let list = self.json(&["get", "services", environment]);
        let services = list.as_array().unwrap().iter().filter(|s| s["kind"] != "CronJob");
        let mut counts: Vec<_> =
            services.map(|s| (s["name"].as_str().unwrap().to_owned(), s["desired"].as_u64().unwrap())).collect();
        counts.sort();
        counts
    }

    /// An environment as the contract has it.
    pub fn environment(&self, environment: &str) -> Value {
        self.json(&["get", "environments", environment])[0].clone()
    }

    /// Waits until an environment is as `there` says: by asking again, as the cluster moves by itself.
    pub fn wait(&self, environment: &str, there: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + pty::PATIENCE;
        loop {
            let e = self.environment(environment);
            if there(&e) {
                return e;
            }
            assert!(Instant::now() < end, "never: {e:#}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// No pod is left, not even one that ends.
    pub fn assert_no_pods(&self, environment: &str) {
        assert_eq!(self.json(&["get", "pods", environment]), json!([]));
    }
}
