//! The dashboard: `kennel`, `kennel demo`; a frame as text where stdout is no terminal.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use super::args::{self, Demo, Global};
use super::connect::{self, Reach};
use super::exit::{Exit, Failure, Outcome};
use super::{get, print, settings};
use crate::app::Settings;
use crate::domain::{Kind, Snapshot, Text};
use crate::runtime::dashboard::{Dashboard, Left, Next, Opened, Unfinished};
use crate::runtime::headless::{self, Shot};
use crate::runtime::look::{self, Look};
use crate::runtime::signals::Signals;
use crate::runtime::{process, tty};
use crate::store;

/// Size of the frame where stdout is no terminal and nobody says another.
const PAGE: (u16, u16) = (120, 40);

/// Longest wait for the data of one frame, where `--timeout` says nothing.
const SETTLE: Duration = Duration::from_secs(30);

/// Runs the dashboard, or prints a frame where there is no terminal.
pub(crate) fn dashboard(global: &Global, demo: Option<&Demo>) -> Outcome {
    if !tty::present() {
        let shot = args::Snapshot { size: PAGE, keys: String::new(), wait: None, ansi: false };
        return super::block_on(demo.is_some() || global.demo, snapshot(global, demo, &shot));
    }
    let mut global = global.clone();
    let mut before = None;
    // A context after the other, until the user leaves.
    while let Some(next) = one(&global, demo, before.take())? {
        global.context = Some(next.context.to_string());
        before = Some(next);
    }
    Ok(())
}

/// Runs the dashboard on one context. Returns the one that is wanted in its place, if one is.
fn one(global: &Global, demo: Option<&Demo>, before: Option<Next>) -> Outcome<Option<Next>> {
    let own = settings::load(global)?;
    // The embedded cluster ends with this process, and its operations with it.
    let hand_over = own.hand_over() && demo.is_none() && !global.demo;
    let look = own.look(Look::of_terminal(global.no_color));
    let mut begin = begin(&own, look, hand_over);
    if demo.is_none() {
        begin.contexts = own.offered(settings::contexts(global));
    }
    if let Some(before) = before {
        begin.commands = before.commands;
        begin.first = Some(before.then).filter(|line| !line.is_empty());
        // What was chosen by hand stays, unless this context has a theme of its own.
        if own.theme().is_none() {
            begin.theme = before.theme;
        }
    }
    super::block_on(demo.is_some() || global.demo, async {
        // Caught before the terminal is taken: a signal in between would leave it as it is while drawing.
        let signals = Signals::catch()?;
        // The first frame stands before anything is asked of a cluster.
        let dashboard = Dashboard::open(begin, look).map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
        let mut kept = None;
        let mut served = None;
        let open = async {
            let session = connect::open(global, demo, Reach::Whole).await?;
            let handle = session.handle.clone();
            let notice = match (demo.and_then(|d| d.serve), &session.sim) {
                (Some(address), Some(sim)) => {
                    let (at, _server) = super::demo::listen(sim, address).await?;
                    served = Some(at);
                    Some(Text::from(format!("serving http://{at}")))
                }
                _ => None,
            };
            kept = Some(session);
            Ok::<_, Failure>(Opened { handle, still: global.from.is_some(), notice, tier_limit: global.timeout })
        };
        let Left { unfinished, next } = dashboard.run(open, signals).await?;
        if let Some(at) = served {
            print::say(format_args!("served http://{at}"));
        }
        // The embedded cluster has gone with its operations.
        let snapshot = kept.as_ref().filter(|s| s.sim.is_none()).map(|s| s.handle.snapshots().borrow().clone());
        if let Some(snapshot) = snapshot {
            for operation in &unfinished {
                print::say(if hand_over { leave_behind(global, operation, &snapshot) } else { waits(operation) });
            }
        }
        if let Some(session) = kept {
            session.note(&session.handle.snapshot(), global);
        }
        Ok(next)
    })
}

/// Prints one frame.
pub(crate) async fn snapshot(global: &Global, demo: Option<&Demo>, wanted: &args::Snapshot) -> Outcome {
    let keys = crate::app::key::parse(&wanted.keys).map_err(|e| Failure::new(Exit::Usage, format!("--keys: {e}")))?;
    // A picture changes nothing: what its keys began would be left half-way at its end. The demo ends with it.
    let looks_only = !keys.is_empty() && demo.is_none() && !global.demo;
    let global = &Global { readonly: global.readonly || looks_only, ..global.clone() };
    let session = connect::open(global, demo, Reach::Whole).await?;
    let own = settings::load(global)?;
    let look = if wanted.ansi { own.look(Look::of_terminal(global.no_color)) } else { Look::plain() };
    let shot = Shot {
        size: wanted.size,
        keys,
        wait: wanted.wait.unwrap_or_default(),
        settle: global.timeout.unwrap_or(SETTLE),
        ansi: wanted.ansi,
        look,
    };
    let kinds: Vec<Kind> = get::DECIDING.iter().copied().chain([Kind::Event]).collect();
    let text = headless::frame(session.handle.clone(), global.from.is_some(), &kinds, begin(&own, look, true), &shot)
        .await
        .map_err(Failure::from)?;
    print::stdout(|out| Ok(out.write_all(text.as_bytes())?))
}

fn begin(own: &settings::Settings, look: Look, hand_over: bool) -> Settings {
    let theme = own.theme().unwrap_or_else(|| look.usual_theme());
    let keymap = own.keymap.clone();
    let mouse = own.config.mouse;
    Settings { theme: Text::new(theme), themes: look::themes(), keymap, mouse, hand_over, ..Settings::default() }
}

/// `operation ID on NAMESPACE`.
fn words(o: &Unfinished) -> String {
    format!("{}operation {} on {}", if o.undo { "the undoing of " } else { "" }, o.id, o.namespace)
}

/// What to tell of an operation that nobody goes on with.
fn waits(o: &Unfinished) -> String {
    let flag = if o.undo { "--undo" } else { "--resume" };
    format!("{} waits: any kennel can go on with it (kennel operations {flag} {} --yes)", words(o), o.id)
}

/// Leaves a kennel behind for an operation that has not ended: it goes on where this one ends. What to tell of it.
fn leave_behind(global: &Global, o: &Unfinished, snapshot: &Snapshot) -> String {
    let log = store::folder().map(|folder| store::left_behind(&folder, &o.id)).transpose();
    let (file, place) = match log {
        Ok(Some((file, path))) => (Some(file), format!("its log: {}", path.display())),
        Ok(None) => (None, "it has no log: no home folder".to_owned()),
        Err(error) => (None, format!("it has no log: {error}")),
    };
    match process::leave_behind(&go_on(global, o, snapshot), file) {
        Ok(pid) => format!("{} goes on in the background (process {pid}); {place}", words(o)),
        Err(error) => format!("no kennel can be started ({error}): {}", waits(o)),
    }
}

/// `kennel operations --resume ID …`, on the same connection.
fn go_on(global: &Global, o: &Unfinished, snapshot: &Snapshot) -> Vec<OsString> {
    let mut words: Vec<OsString> = ["operations", "--yes"].map(OsString::from).into();
    let mut flag = |name: &str, value: &OsStr| words.extend([OsString::from(name), value.to_owned()]);
    flag(if o.undo { "--undo" } else { "--resume" }, o.id.as_str().as_ref());
    flag("--namespace", o.namespace.as_str().as_ref());
    flag("--after", std::process::id().to_string().as_ref());
    // The user agreed to it in the dialog; production asks for the name again.
    if let Some(environment) = snapshot.environment(&o.namespace) {
        flag("--confirm", environment.name.as_str().as_ref());
    }
    if let Some(file) = &global.kubeconfig {
        flag("--kubeconfig", file.as_os_str());
    }
    match &global.server {
        Some(url) => flag("--server", url.as_ref()),
        // By its name: the kubeconfig may say another by now.
        None => flag("--context", snapshot.cluster.context.as_str().as_ref()),
    }
    if let Some(user) = &global.as_user {
        flag("--as", user.as_ref());
    }
    for group in &global.as_groups {
        flag("--as-group", group.as_ref());
    }
    if let Some(limit) = global.timeout {
        flag("--timeout", format!("{}ms", limit.as_millis()).as_ref());
    }
    if let Some(file) = &global.log_file {
        flag("--log-file", file.as_os_str());
    }
    words.extend((0..global.verbose).map(|_| OsString::from("--verbose")));
    words
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clap::Parser as _;

    use super::super::args::{Cli, Command};
    use super::super::tests::place;
    use super::*;
    use crate::domain::snapshot::ClusterFacts;

    fn handed_over(flags: &[&str], undo: bool) -> Cli {
        let global = Cli::try_parse_from([&["kennel"], flags].concat()).unwrap().global;
        let cluster = Arc::new(ClusterFacts { context: "eu-1".into(), ..ClusterFacts::default() });
        let mut snapshot = Snapshot { cluster, ..Snapshot::default() };
        snapshot.environments.insert("shop-prod".into(), Arc::new(place("shop", "the prod", "shop-prod")));
        let o = Unfinished { namespace: "shop-prod".into(), id: "op-1".into(), undo };
        let words = go_on(&global, &o, &snapshot);
        Cli::try_parse_from([OsString::from("kennel")].into_iter().chain(words)).unwrap()
    }

    #[test]
    fn what_is_left_behind_works_on_the_same_cluster_as_the_same_user() {
        let flags =
            "--kubeconfig /k/c --as maria --as-group ops --as-group dev --timeout 1m30s --log-file /l -vv -n other";
        let cli = handed_over(&flags.split(' ').collect::<Vec<_>>(), false);
        let g = &cli.global;
        assert_eq!(g.kubeconfig.as_deref(), Some("/k/c".as_ref()));
        assert_eq!(g.context.as_deref(), Some("eu-1"), "pinned, whatever the file says by now");
        assert_eq!(
            (g.as_user.as_deref(), g.as_groups.as_slice()),
            (Some("maria"), &["ops".to_owned(), "dev".into()][..])
        );
        assert_eq!(
            (g.timeout, g.verbose, g.log_file.as_deref()),
            (Some(Duration::from_secs(90)), 2, Some("/l".as_ref()))
        );
        assert_eq!(g.namespaces, ["shop-prod"]);
        let Some(Command::Operations(o)) = cli.command else { panic!("{cli:?}") };
        assert_eq!((o.resume.as_deref(), o.undo, o.after), (Some("op-1"), None, Some(std::process::id())));
        assert_eq!((o.how.yes, o.how.confirm.as_deref()), (true, Some("the prod")));
    }

    #[test]
    fn an_undoing_is_left_behind_as_one_and_a_plain_server_has_no_context() {
        let cli = handed_over(&["--server", "http://127.0.0.1:8001"], true);
        assert_eq!((cli.global.server.as_deref(), cli.global.context), (Some("http://127.0.0.1:8001"), None));
        let Some(Command::Operations(o)) = cli.command else { panic!() };
        assert_eq!((o.resume, o.undo.as_deref()), (None, Some("op-1")));
    }
}
