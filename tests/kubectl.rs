//! kubectl on the embedded cluster, held to what it says on a real one: each command runs on both, and what it
//! prints and its exit code must be the same (ages, addresses and made names aside).
//!
//! ```sh
//! export KENNEL_TEST_KUBECONFIG=$(tests/cluster/up /tmp/kennel-cluster)     # or any cluster's kubeconfig
//! PATH=$(tests/cluster/build):$PATH cargo test --test kubectl -- --ignored
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use regex::Regex;

/// One line a command; `NS` is the namespace, `@name` a file of `FILES`.
const STEPS: &str = include_str!("kubectl/steps.txt");

/// Objects for `-f @name`.
const FILES: &[(&str, &str)] = &[
    ("applied", include_str!("kubectl/applied.yaml")),
    ("changed", include_str!("kubectl/changed.yaml")),
    ("wrong", include_str!("kubectl/wrong.yaml")),
    ("unknown", include_str!("kubectl/unknown.yaml")),
];

/// The embedded cluster on a socket.
struct Demo {
    child: Child,
    url: String,
}

impl Demo {
    fn start() -> Self {
        let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/quick.yaml");
        let mut child = Command::new(env!("CARGO_BIN_EXE_kennel"))
            .args(["demo", "--serve", "127.0.0.1:0", "--headless", "--scenario", scenario])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("serving ").expect(&line).to_owned();
        Self { child, url }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command printed on one server, without what differs from run to run.
#[derive(Debug, PartialEq)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Patterns of what is another each time, and what stands for it.
struct Cover(Vec<(Regex, &'static str)>);

impl Cover {
    fn new() -> Self {
        let table = [
            (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
            (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", "TIME"),
            (r"\d{1,3}(\.\d{1,3}){3}", "IP"),
            (r"IP:80(,IP:80)+", "IP:80"),
            (r#"resourceVersion: "\d+""#, "resourceVersion: RV"),
            // Hashes of templates, and the five letters of a pod.
            (r"\b(web|db|both|once|nightly)-[bcdf-hj-np-tv-z24-9]{8,10}\b", "$1-HASH"),
            (r"-HASH-[a-z0-9]{5}\b", "-HASH-POD"),
            (r"pod-template-hash=[a-z0-9]+", "pod-template-hash=HASH"),
            (r"\b(\d+[dhms])+\b", "AGE"),
            (r"https?://\S+", "URL"),
            (r"/tmp/(LIVE|MERGED)-\d+", "/tmp/$1"),
            (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000", "TIME"),
            // The table of types has no descriptions.
            (r"(?s)DESCRIPTION:.*", "DESCRIPTION:"),
            (r"[ \t]+", " "),
            (r"(?m) $", ""),
        ];
        Self(table.into_iter().map(|(pattern, name)| (Regex::new(pattern).unwrap(), name)).collect())
    }

    fn over(&self, text: &[u8]) -> String {
        let text = String::from_utf8_lossy(text).into_owned();
        self.0.iter().fold(text, |text, (pattern, name)| pattern.replace_all(&text, *name).into_owned())
    }
}

fn kubectl(server: &[String], home: &Path, args: &[String], cover: &Cover) -> Said {
    let output = Command::new("kubectl")
        .args(server)
        .args(args)
        .env("HOME", home)
        .env_remove("KUBECONFIG")
        .stdin(Stdio::null())
        .output()
        .expect("kubectl is in PATH: see the head of this file");
    Said { code: output.status.code(), out: cover.over(&output.stdout), err: cover.over(&output.stderr) }
}

#[test]
#[ignore = "needs a cluster"]
fn kubectl_says_on_the_embedded_cluster_what_it_says_on_a_real_one() {
    let kubeconfig =
        std::env::var("KENNEL_TEST_KUBECONFIG").expect("KENNEL_TEST_KUBECONFIG: see the head of this file");
    let demo = Demo::start();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let servers = [vec!["--kubeconfig".to_owned(), kubeconfig], vec!["--server".to_owned(), demo.url.clone()]];
    let homes = ["real", "demo"].map(|name| folder.path().join(name));
    let namespace = format!("simkubectl-{}", std::process::id());
    let cover = Cover::new();
    let mut differences = vec![];
    let mut count = 0;
    for step in STEPS.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let words = shlex::split(step).unwrap();
        let args: Vec<String> = words
            .iter()
            .map(|w| match w.strip_prefix('@') {
                Some(file) => folder.path().join(file).to_str().unwrap().to_owned(),
                None => w.replace("NS", &namespace),
            })
            .collect();
        let run = |n: usize| kubectl(&servers[n], &homes[n], &args, &cover);
        let (real, ours) = std::thread::scope(|s| {
            let real = s.spawn(|| run(0));
            let ours = run(1);
            (real.join().unwrap(), ours)
        });
        count += 1;
        if real != ours {
            differences.push(format!(
                "$ kubectl {step}\n--- real {:?}\n{}{}\n+++ ours {:?}\n{}{}\n",
                real.code, real.out, real.err, ours.code, ours.out, ours.err
            ));
        }
    }
    assert!(count > 50, "{count} commands");
    assert!(differences.is_empty(), "{} of {count} differ\n{}", differences.len(), differences.join("\n"));
}
