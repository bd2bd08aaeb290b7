//! Operations that this kennel leaves before their end: a kennel without a terminal goes on with them.

use std::ffi::{OsStr, OsString};

use super::args::Global;
use crate::domain::Snapshot;
use crate::runtime::dashboard::Unfinished;
use crate::runtime::process;
use crate::store;

/// `operation ID on NAMESPACE`.
fn words(o: &Unfinished) -> String {
    format!("{}operation {} on {}", if o.undo { "the undoing of " } else { "" }, o.id, o.environment)
}

/// What to tell of an operation that nobody goes on with.
pub(crate) fn waits(o: &Unfinished) -> String {
    let flag = if o.undo { "--undo" } else { "--resume" };
    format!("{} waits: any kennel can go on with it (kennel operations {flag} {} --yes)", words(o), o.id)
}

/// Leaves a kennel behind for an operation that has not ended: it goes on where this one ends. What to tell of it.
pub(crate) fn leave_behind(global: &Global, o: &Unfinished, snapshot: &Snapshot) -> String {
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
    flag("--namespace", o.environment.namespace.as_str().as_ref());
    flag("--after", std::process::id().to_string().as_ref());
    // The user agreed to it in the dialog; production asks for a name again.
    if let Some(environment) = snapshot.environment(&o.environment) {
        flag("--confirm", environment.id.namespace.as_str().as_ref());
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
    use std::time::Duration;

    use clap::Parser as _;

    use super::super::args::{Cli, Command};
    use super::super::tests::place;
    use super::*;
    use crate::domain::EnvironmentId;
    use crate::domain::environment::Environment;
    use crate::domain::snapshot::ClusterFacts;

    fn handed_over(flags: &[&str], undo: bool) -> Cli {
        let global = Cli::try_parse_from([&["kennel"], flags].concat()).unwrap().global;
        let cluster = Arc::new(ClusterFacts { context: "eu-1".into(), ..ClusterFacts::default() });
        let mut snapshot = Snapshot { cluster, ..Snapshot::default() };
        let environment = EnvironmentId::new("eu-1", "shop-prod");
        let place = Environment { id: environment.clone(), ..place("shop", "the prod", "shop-prod") };
        snapshot.environments.insert(environment.clone(), Arc::new(place));
        let o = Unfinished { environment, id: "op-1".into(), undo };
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
        assert_eq!((o.how.yes, o.how.confirm), (true, vec!["shop-prod".to_owned()]));
    }

    #[test]
    fn an_undoing_is_left_behind_as_one_and_a_plain_server_has_no_context() {
        let cli = handed_over(&["--server", "http://127.0.0.1:8001"], true);
        assert_eq!((cli.global.server.as_deref(), cli.global.context), (Some("http://127.0.0.1:8001"), None));
        let Some(Command::Operations(o)) = cli.command else { panic!() };
        assert_eq!((o.resume, o.undo.as_deref()), (None, Some("op-1")));
    }
}
