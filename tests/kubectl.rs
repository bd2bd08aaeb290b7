//! kubectl on the embedded cluster, held to what it says on a real one: each command runs on both, and what it
//! prints and its exit code must be the same (ages, addresses and made names aside).
//!
//! The commands stand in `tests/kubectl/*.txt`, one a line, a file a subject and a test. `NS` is the file's own
//! namespace, `NODE` a node of the cluster, `@name` the file `tests/kubectl/name.yaml`. Before the command may stand:
//! `& ` runs this watch beside those that follow, until `&end N`: until it has printed N lines on both; `N lines: ` asks
//! again until there are so many, where controllers still are at work; `last: ` compares the last line that it prints,
//! where those before it tell of each moment; `sorted: ` compares the lines in alphabetical order, where kubectl itself
//! has none (it keeps the requests for several logs in a Go map: k8s.io/kubectl `pkg/cmd/logs`); `shape: ` compares what
//! stands at the beginning of lines up to a colon, of what cannot be the same, such as a node. An editor that replaces
//! `from-this` by `to-that` is set.
//!
//! Nothing is compared that is of a moment: what a controller does in its own time is waited for before it is shown.
//!
//! ```sh
//! export KENNEL_TEST_KUBECONFIG=$(tests/cluster/up /tmp/kennel-cluster)     # or any cluster's kubeconfig
//! PATH=$(tests/cluster/build):$PATH cargo test --test kubectl -- --ignored
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use regex::Regex;

/// Longest wait for anything: a deadline for the test, not a promise of either server.
const PATIENCE: Duration = Duration::from_secs(120);

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

/// Patterns of what is another each time or cannot be the same, and what stands for it.
struct Cover(Vec<(Regex, &'static str)>);

impl Cover {
    fn new() -> Self {
        let table = [
            (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
            (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", "TIME"),
            (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000( UTC)?", "TIME"),
            (r"\d{1,3}(\.\d{1,3}){3}", "IP"),
            (r"IP:80(,IP:80)+", "IP:80"),
            (r#"resourceVersion: "\d+""#, "resourceVersion: RV"),
            // Nodes, which are others, and ports on them.
            (r"\bnode-\d+\b", "NODE"),
            (r"\b3[0-2]\d{3}\b", "PORT"),
            // Hashes of templates and revisions (a number of 32 bits, a letter for each of its digits: mostly ten), and
            // the five letters of a made name. Before ages: `talk-2d5h7` is none.
            (r"\b(web|db|agent|both|once|nightly|talk)-[bcdf-hj-np-tv-z24-9]{5,10}\b", "$1-MADE"),
            (r"-MADE-[a-z0-9]{5}\b", "-MADE-POD"),
            (
                r"(pod-template-hash|controller-revision-hash|controller.kubernetes.io/hash)(=|: )[a-z0-9]+",
                "$1${2}HASH",
            ),
            (r"\.[0-9a-f]{16}\b", ".NANOS"),
            (r"\b(\d+[dhms])+\b", "AGE"),
            // How often an event was seen, and by whose process.
            (r" \(x\d+ over AGE\)", ""),
            (r"default-scheduler-\S+", "default-scheduler-HOST"),
            (r"https?://\S+", "URL"),
            (r"/tmp/(LIVE|MERGED)-\d+", "/tmp/$1"),
            // KWOK stands for the kubelet on the real server: it has no images, no sandboxes and no events.
            (r"(?m)^( +(Container|Image) ID:).*", "$1"),
            (r"(?m)^ +PodReadyToStartContainers .*\n", ""),
            (r"(?m)^ +(Normal|Warning) .* kubelet +.*\n", ""),
            // The real server knows its client by a certificate.
            (r"(?m)^Extra: authentication.kubernetes.io/credential-id.*\n", ""),
            // kubectl's own log: a watch that was cut short, what it asks for, the time of a message.
            (r"(?m)^[IWE]\d{4} .* reflector\.go:.*\n", ""),
            (r"(?m)^I\d{4} .*\n", ""),
            (r"(?m)^[WE]\d{4} [\d:.]+ +(\d+|PORT) ", "LOG "),
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

/// One of the two servers.
struct Server {
    flags: Vec<String>,
    home: PathBuf,
    node: String,
}

impl Server {
    fn new(flags: [&str; 2], home: PathBuf) -> Self {
        let flags = flags.map(ToOwned::to_owned).to_vec();
        let mut server = Self { flags, home, node: String::new() };
        let nodes = server.command(&["get", "nodes", "-o", "name"].map(ToOwned::to_owned)).output().unwrap();
        let nodes = String::from_utf8(nodes.stdout).unwrap();
        server.node = nodes.lines().last().unwrap().trim_start_matches("node/").to_owned();
        server
    }

    fn command(&self, args: &[String]) -> Command {
        let mut command = Command::new("kubectl");
        // Nothing of this machine's user: not his language, his time zone, his kuberc, nor how he likes to see a diff.
        command.args(&self.flags).args(args).env_clear().env("HOME", &self.home).env("TZ", "UTC");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("SHELL", "/bin/sh");
        command.env("KUBE_EDITOR", "sed -i s/from-this/to-that/").stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[String], cover: &Cover) -> Said {
        let output = self.command(args).output().expect("kubectl is in PATH: see the head of this file");
        Said { code: output.status.code(), out: cover.over(&output.stdout), err: cover.over(&output.stderr) }
    }

    /// Runs it until it prints that many lines, or never will.
    fn run_until(&self, args: &[String], lines: usize, cover: &Cover) -> Said {
        let end = Instant::now() + PATIENCE;
        loop {
            let said = self.run(args, cover);
            if said.out.lines().count() == lines || Instant::now() > end {
                return said;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A watch that runs beside other commands on both servers.
struct Beside {
    step: String,
    runs: [Watch; 2],
}

/// A kubectl that watches, and the files that it prints into.
struct Watch {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Watch {
    fn start(server: &Server, args: &[String], number: usize) -> Self {
        let [out, err] = ["out", "err"].map(|end| server.home.with_extension(format!("{number}.{end}")));
        let mut command = server.command(args);
        // It says when the server has answered a request.
        command.arg("-v=6").stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
        Self { child: command.spawn().expect("kubectl is in PATH"), out, err }
    }

    fn printed(&self) -> usize {
        std::fs::read_to_string(&self.out).unwrap().lines().count()
    }

    /// Whether the server watches for it: before that it would miss what happens.
    fn stands(&self) -> bool {
        let said = std::fs::read_to_string(&self.err).unwrap();
        said.lines().any(|l| l.contains("watch=true") && l.contains("200 OK"))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Beside {
    fn start(step: &str, servers: &[Server; 2], args: [Vec<String>; 2], number: usize) -> Self {
        let runs = [0, 1].map(|n| Watch::start(&servers[n], &args[n], number));
        let beside = Self { step: step.to_owned(), runs };
        beside.wait(Watch::stands);
        beside
    }

    /// Until both are so, or never will be.
    fn wait(&self, so: impl Fn(&Watch) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !self.runs.iter().all(&so) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What both have printed once it is that many lines.
    fn end(mut self, lines: usize, cover: &Cover) -> (String, [Said; 2]) {
        self.wait(|w| w.printed() >= lines);
        let said = self.runs.each_mut().map(|watch| {
            let _ = watch.child.kill();
            let _ = watch.child.wait();
            let [out, err] = [&watch.out, &watch.err].map(|path| cover.over(&std::fs::read(path).unwrap()));
            Said { code: None, out, err }
        });
        (std::mem::take(&mut self.step), said)
    }
}

/// The words of a step as they are said to one server.
fn words(step: &str, server: &Server, namespace: &str, folder: &Path) -> Vec<String> {
    let file = |name: &str| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/kubectl/{name}.yaml"));
        let text = std::fs::read_to_string(&source).unwrap_or_else(|e| panic!("{}: {e}", source.display()));
        let path = folder.join(name);
        std::fs::write(&path, text.replace("SELF", namespace)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let words = shlex::split(step).unwrap().into_iter();
    words
        .map(|w| match w.strip_prefix('@') {
            Some(name) => file(name),
            None => w.replace("NODE", &server.node).replace("NS", namespace),
        })
        .collect()
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().to_owned()
}

/// Runs each step on both servers, and fails with all that they said otherwise.
fn compare(subject: &str, steps: &str) {
    let kubeconfig =
        std::env::var("KENNEL_TEST_KUBECONFIG").expect("KENNEL_TEST_KUBECONFIG: see the head of this file");
    let demo = Demo::start();
    let folder = tempfile::tempdir().unwrap();
    let servers = [
        Server::new(["--kubeconfig", &kubeconfig], folder.path().join("real")),
        Server::new(["--server", &demo.url], folder.path().join("demo")),
    ];
    let namespace = format!("kubectl-{subject}-{}", std::process::id());
    let cover = Cover::new();
    let mut differences = vec![];
    let mut beside: Vec<Beside> = vec![];
    let mut count = 0;
    for line in steps.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if let Some(lines) = line.strip_prefix("&end ") {
            let (step, said) = beside.pop().expect("&end ends nothing").end(lines.parse().unwrap(), &cover);
            differences.extend(difference(&step, &said));
            continue;
        }
        let number = line.split_once(" lines: ").and_then(|(n, step)| Some((n.parse::<usize>().ok()?, step)));
        let (how, step) = ["& ", "last: ", "sorted: ", "shape: "]
            .iter()
            .find_map(|how| Some((*how, line.strip_prefix(how)?)))
            .unwrap_or(("", number.map_or(line, |(_, step)| step)));
        let args = [0, 1].map(|n| words(step, &servers[n], &namespace, folder.path()));
        count += 1;
        if how == "& " {
            beside.push(Beside::start(line, &servers, args, count));
            continue;
        }
        let run = |n: usize| match number {
            Some((lines, _)) => servers[n].run_until(&args[n], lines, &cover),
            None => servers[n].run(&args[n], &cover),
        };
        let mut said = std::thread::scope(|s| {
            let real = s.spawn(|| run(0));
            let ours = run(1);
            [real.join().unwrap(), ours]
        });
        let compared = match how {
            "last: " => last_line,
            "sorted: " => sorted,
            "shape: " => shape,
            _ => str::to_owned,
        };
        said.iter_mut().for_each(|s| s.out = compared(&s.out));
        differences.extend(difference(line, &said));
    }
    // What a failure left behind.
    let delete = ["delete", "namespace", &namespace, "--ignore-not-found", "--wait=false"].map(ToOwned::to_owned);
    servers[0].run(&delete, &cover);
    assert!(beside.is_empty(), "{} runs on", beside[0].step);
    assert!(count > 5, "{count} commands");
    assert!(differences.is_empty(), "{} of {count} differ\n{}", differences.len(), differences.join("\n"));
}

fn sorted(text: &str) -> String {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// The words before the colons of lines that begin a part. KWOK's nodes have no network and no cloud of their own.
fn shape(text: &str) -> String {
    let parts = text.lines().filter(|l| !l.starts_with([' ', '\t'])).filter_map(|l| l.split_once(':')).map(|(k, _)| k);
    parts.filter(|k| !k.starts_with("PodCIDR") && *k != "ProviderID").collect::<Vec<_>>().join("\n")
}

fn difference(step: &str, said: &[Said; 2]) -> Option<String> {
    let [real, ours] = said;
    let whole = |s: &Said| format!("exit code {:?}\n{}{}", s.code, s.out, s.err);
    (real != ours).then(|| format!("$ kubectl {step}\n--- real {}\n+++ ours {}\n", whole(real), whole(ours)))
}

/// A test for each file of commands.
macro_rules! subjects {
    ($($name:ident $subject:literal),* $(,)?) => {$(
        #[test]
        #[ignore = "needs a cluster"]
        fn $name() {
            compare($subject, include_str!(concat!("kubectl/", $subject, ".txt")));
        }
    )*};
}

subjects! {
    kubectl_says_on_the_embedded_cluster_what_it_says_on_a_real_one "steps",
    objects_are_described_and_shown_whole_as_on_a_real_cluster "describe",
    rollouts_and_watches_go_as_on_a_real_cluster "rollouts",
    objects_are_changed_and_deleted_as_on_a_real_cluster "changes",
    nodes_are_cordoned_and_drained_as_on_a_real_cluster "nodes",
    the_api_explains_itself_as_on_a_real_cluster "api",
    logs_are_asked_for_and_shown_as_on_a_real_cluster "logs",
}
