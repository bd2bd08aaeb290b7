//! From the global flags to a cluster: kubeconfig, plain server, embedded cluster or dump.

use std::sync::Arc;
use std::time::Duration;

use super::args::Global;
use super::exit::Outcome;
use super::{print, settings};
use crate::cluster::{self, Handle, Source};
use crate::domain::{Kind, Snapshot, Text};

/// Longest wait for the data that a list needs, where `--timeout` says nothing.
const SETTLE: Duration = Duration::from_secs(30);

/// A connection, and what has to live as long as it does.
pub(crate) struct Session {
    /// The cluster.
    pub(crate) handle: Handle,
}

/// Opens what the flags name; connects in the background.
pub(crate) async fn open(global: &Global) -> Outcome<Session> {
    let settings = settings::load(global)?;
    let options = cluster::Options {
        kubeconfig: global.kubeconfig.clone(),
        context: global.context.clone(),
        namespaces: global.namespaces.iter().chain(settings.namespaces()).map(|n| Text::new(n)).collect(),
        as_user: global.as_user.clone(),
        as_groups: global.as_groups.clone(),
        readonly: global.readonly || settings.read_only(),
        rules: settings.config.rules(),
        ..cluster::Options::default()
    };
    let source = match (&global.from, &global.server) {
        (Some(path), _) => Source::Dump { path: path.clone(), now: global.now },
        (_, Some(url)) => Source::Server(url.clone()),
        _ => Source::Kubeconfig,
    };
    Ok(Session { handle: cluster::open(source, options) })
}

impl Session {
    /// Waits until `kinds` have arrived or are known not to come.
    pub(crate) async fn settled(&self, kinds: &[Kind], global: &Global) -> Outcome<Arc<Snapshot>> {
        let limit = global.timeout.unwrap_or(SETTLE);
        let snapshot = self.handle.settled(kinds, limit).await?;
        for warning in self.handle.warnings() {
            print::say(format_args!("warning: {warning}"));
        }
        Ok(snapshot)
    }
}
