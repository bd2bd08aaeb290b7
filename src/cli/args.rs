//! The words that the command line takes: clap types and nothing else.
//!
//! The contract is the page "The command line": names here may be added, never changed. To add a
//! subcommand: a variant of [`Command`], a file beside this one, an arm in `cli::dispatch`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::words;
use crate::domain::Time;
use crate::domain::issue::{Category, Severity};

/// Kubernetes environments in one terminal: watch, start, stop, and know what is wrong.
///
/// Without a subcommand: the dashboard on the kubeconfig's current context (one frame as text where
/// stdout is no terminal). Nothing to look at yet? `kennel demo` needs no cluster.
#[derive(Debug, Parser)]
#[command(name = "kennel", version, max_term_width = 100, infer_subcommands = false, after_help = AFTER)]
pub struct Cli {
    /// What holds for every subcommand.
    #[command(flatten)]
    pub global: Global,
    /// What to do; the dashboard where absent.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const AFTER: &str = "\
An environment is named PROJECT/ENVIRONMENT, or by its namespace with -n NAMESPACE.

Exit codes: 0 done, 1 failed, 2 usage, 3 some objects failed, 4 refused (permission, protection,
read-only, confirmation), 5 timed out, 6 cluster unreachable.";

/// Flags that every subcommand takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Where and how")]
pub struct Global {
    /// The kubeconfig file (default: $KUBECONFIG, then ~/.kube/config)
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub kubeconfig: Option<PathBuf>,
    /// The kubeconfig's context (default: its current one)
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// A plain API server, without a kubeconfig: another kennel's `demo --serve`, `kubectl proxy`
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url, conflicts_with_all = ["kubeconfig", "context"])]
    pub server: Option<String>,
    /// A namespace; repeatable where lists are read
    #[arg(short, long = "namespace", global = true, value_name = "NAMESPACE")]
    pub namespaces: Vec<String>,
    /// Act as this user (impersonation)
    #[arg(long = "as", global = true, value_name = "USER")]
    pub as_user: Option<String>,
    /// Act as a member of this group (repeatable)
    #[arg(long = "as-group", global = true, value_name = "GROUP", requires = "as_user")]
    pub as_groups: Vec<String>,
    /// Change nothing, whatever is asked
    #[arg(long, global = true)]
    pub readonly: bool,
    /// What is asked for is a picture: the keys that are pressed for it change nothing
    #[arg(skip)]
    pub picture: bool,
    /// On the embedded cluster: no network, no kubeconfig
    #[arg(long, global = true, conflicts_with_all = ["kubeconfig", "context", "server", "from"])]
    pub demo: bool,
    /// On a dump: a file or folder of YAML or JSON objects (read-only)
    #[arg(long, global = true, value_name = "PATH", value_hint = ValueHint::AnyPath, conflicts_with_all = ["kubeconfig", "context", "server"])]
    pub from: Option<PathBuf>,
    /// The clock of a dump (default: the newest time in it)
    #[arg(long, global = true, value_name = "RFC3339", value_parser = words::time, requires = "from")]
    pub now: Option<Time>,
    /// How to print
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT")]
    pub output: Option<Output>,
    /// No colours
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Write a log there (nothing is ever logged to the screen; secrets are struck out)
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub log_file: Option<PathBuf>,
    /// Log more (-v debug, -vv everything)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// How long to wait: for the cluster's data (30s), for each tier of a start or stop (10m)
    #[arg(long, global = true, value_name = "DURATION", value_parser = words::duration)]
    pub timeout: Option<Duration>,
}

/// The ways a list can be printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Columns for people.
    #[default]
    Table,
    /// More columns.
    Wide,
    /// An array of objects.
    Json,
    /// The same as YAML.
    Yaml,
    /// Names only, as other commands take them.
    Name,
}

/// The subcommands.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// The dashboard on an embedded cluster: nothing to install, nothing to break
    Demo(Demo),
    /// Print one frame of the dashboard as text
    Snapshot(Snapshot),
    /// List projects, environments, services, events or pods
    Get(Get),
    /// List what is wrong: one issue for each root, with what it breaks
    Issues(Issues),
    /// Say what is wrong and why, who suffers and what to do
    Rca(Rca),
    /// Start an environment, some of its services, or a whole project
    Start(Mutate),
    /// Stop an environment, some of its services, or a whole project; start brings every count back
    Stop(Mutate),
    /// Put new pods in the place of all of a service, one after the other
    Redeploy(Services),
    /// Give a service so many pods
    Scale(Scale),
    /// Go back to an earlier revision of a service
    Rollback(Rollback),
    /// Show the latest operation of each environment; resume or undo an interrupted one
    Operations(Operations),
    /// Say what kennel sees, a verdict a line: version, config, context, server, user, permissions, terminal
    Doctor,
    /// Print a completion script
    Completions {
        /// For this shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff): `kennel man | man -l -`
    Man,
}

/// `kennel demo`.
#[derive(Debug, Clone, Default, Args)]
pub struct Demo {
    /// A built-in scenario, or a file of one
    #[arg(long, value_name = "NAME|FILE")]
    pub scenario: Option<String>,
    /// The same seed gives the same run
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// This many environments and pods instead of the scenario's own
    #[arg(long, value_name = "ENVSxPODS", value_parser = words::scale)]
    pub scale: Option<(u32, u32)>,
    /// Changes a second, for load
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub churn: u32,
    /// Serve the API over HTTP as well; port 0 picks one and prints it
    #[arg(long, value_name = "ADDR")]
    pub serve: Option<SocketAddr>,
    /// No dashboard: serve until SIGTERM
    #[arg(long, requires = "serve")]
    pub headless: bool,
}

/// `kennel snapshot`.
#[derive(Debug, Clone, Args)]
pub struct Snapshot {
    /// Columns and rows
    #[arg(long, value_name = "WxH", default_value = "120x40", value_parser = words::size)]
    pub size: (u16, u16),
    /// Keys to press first, in the grammar of `app::key`.
    #[arg(
        help = "Keys to press first: plain characters, <Enter> <Esc> <Tab> <C-p> <S-Left> <lt> …",
        long,
        value_name = "KEYS",
        default_value = ""
    )]
    pub keys: String,
    /// Let this much time pass after the keys
    #[arg(long, value_name = "DURATION", value_parser = words::duration)]
    pub wait: Option<Duration>,
    /// With colours, as escape sequences
    #[arg(long)]
    pub ansi: bool,
}

/// `kennel get`.
#[derive(Debug, Clone, Args)]
pub struct Get {
    /// What to list
    #[arg(value_enum)]
    pub what: What,
    /// Only of this project or environment
    #[arg(value_name = "PROJECT[/ENV]")]
    pub target: Option<String>,
}

/// `kennel issues`.
#[derive(Debug, Clone, Args)]
pub struct Issues {
    /// Only of this project or environment
    #[arg(value_name = "PROJECT[/ENV]")]
    pub target: Option<String>,
    /// Only this bad or worse: critical, high, medium, warning, low, info
    #[arg(long, value_name = "SEVERITY", value_parser = words::severity)]
    pub severity: Option<Severity>,
    /// Only of this category: network, storage, configuration, …
    #[arg(long, value_name = "CATEGORY", value_parser = words::category)]
    pub category: Option<Category>,
    /// Those that dashboards of yours saw end, in place of those that are open
    #[arg(long)]
    pub resolved: bool,
    /// Those that are open and those that have ended
    #[arg(long)]
    pub all: bool,
}

/// `kennel rca`.
#[derive(Debug, Clone, Args)]
pub struct Rca {
    /// An issue by its ID, or an object that is at fault or suffers
    #[arg(value_name = "ISSUE-ID|KIND/NAME")]
    pub what: String,
}

/// What `get` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Projects
    #[value(aliases = ["project", "proj"])]
    Projects,
    /// Environments
    #[value(aliases = ["environment", "envs", "env"])]
    Environments,
    /// Services and tasks
    #[value(aliases = ["service", "svc"])]
    Services,
    /// Events, newest first
    #[value(aliases = ["event", "ev"])]
    Events,
    /// Pods of services
    #[value(aliases = ["pod", "po"])]
    Pods,
}

/// `kennel start` and `kennel stop`.
#[derive(Debug, Clone, Args)]
pub struct Mutate {
    /// Environments (PROJECT/ENV, or a namespace) or a project, then services of them (with -n: only services)
    #[arg(value_name = "PROJECT[/ENV]… [SERVICE…]")]
    pub names: Vec<String>,
    /// DaemonSets too, by a node selector that matches no node
    #[arg(long)]
    pub daemonsets: bool,
    /// Where Deployments or StatefulSets can't be read: go ahead with the rest
    #[arg(long)]
    pub partly: bool,
    /// How to go about it.
    #[command(flatten)]
    pub how: How,
}

/// `kennel redeploy`.
#[derive(Debug, Clone, Args)]
pub struct Services {
    /// An environment, then services of it (with -n: only services)
    #[arg(value_name = "PROJECT/ENV SERVICE…", required = true)]
    pub names: Vec<String>,
    /// How to go about it.
    #[command(flatten)]
    pub how: How,
}

/// Kubernetes counts replicas with 32 bits and a sign.
const MOST_REPLICAS: i64 = i32::MAX as i64;

/// `kennel scale`.
#[derive(Debug, Clone, Args)]
pub struct Scale {
    /// An environment, then services of it (with -n: only services)
    #[arg(value_name = "PROJECT/ENV SERVICE…", required = true)]
    pub names: Vec<String>,
    /// How many pods
    #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(..=MOST_REPLICAS))]
    pub count: u32,
    /// How to go about it.
    #[command(flatten)]
    pub how: How,
}

/// `kennel rollback`.
#[derive(Debug, Clone, Args)]
pub struct Rollback {
    /// An environment, then a service of it (with -n: only the service)
    #[arg(value_name = "PROJECT/ENV SERVICE", required = true)]
    pub names: Vec<String>,
    /// To this revision (default: the one before the newest)
    #[arg(long, value_name = "REVISION")]
    pub to: Option<u32>,
    /// How to go about it.
    #[command(flatten)]
    pub how: How,
}

/// Flags of everything that changes a cluster.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Changing things")]
pub struct How {
    /// Print the plan, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Ask no question
    #[arg(short, long)]
    pub yes: bool,
    /// The environment's name again, once for each: needed to stop anything in production
    #[arg(long, value_name = "ENV")]
    pub confirm: Vec<String>,
    /// Do not wait for the last pods
    #[arg(long)]
    pub no_wait: bool,
}

/// `kennel operations`.
#[derive(Debug, Clone, Args)]
pub struct Operations {
    /// Only of this project or environment
    #[arg(value_name = "PROJECT[/ENV]")]
    pub target: Option<String>,
    /// Go on with the interrupted operation of this ID
    #[arg(long, value_name = "ID", conflicts_with = "undo")]
    pub resume: Option<String>,
    /// Put back what the operation of this ID changed
    #[arg(long, value_name = "ID")]
    pub undo: Option<String>,
    /// Wait for the end of this process first (a kennel that hands its operation over)
    #[arg(long, hide = true, value_name = "PID")]
    pub after: Option<u32>,
    /// How to go about it.
    #[command(flatten)]
    pub how: How,
}
