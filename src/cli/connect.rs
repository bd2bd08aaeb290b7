//! From the global flags to a cluster: kubeconfig, plain server, embedded cluster or dump.

use std::sync::Arc;
use std::time::Duration;

use super::args::{Demo, Global};
use super::exit::{Exit, Failure, Outcome};
use super::{print, settings};
use crate::cluster::{self, Handle, Source};
use crate::domain::{Kind, Snapshot, Text};
use crate::sim;

/// Longest wait for the data that a list needs, where `--timeout` says nothing.
const SETTLE: Duration = Duration::from_secs(30);

/// A connection, and what has to live as long as it does.
pub(crate) struct Session {
    /// The cluster.
    pub(crate) handle: Handle,
    /// The embedded cluster, where it is that.
    pub(crate) sim: Option<sim::Sim>,
}

/// Opens what the flags name; connects in the background.
pub(crate) async fn open(global: &Global, demo: Option<&Demo>) -> Outcome<Session> {
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
    let own = Demo::default();
    let demo = demo.or(global.demo.then_some(&own));
    let (source, sim) = match (&global.from, &global.server, demo) {
        (Some(path), _, _) => (Source::Dump { path: path.clone(), now: global.now }, None),
        (_, Some(url), _) => (Source::Server(url.clone()), None),
        (_, _, Some(demo)) => {
            let sim = embedded(demo).await?;
            let service = tower::util::BoxCloneSyncService::new(sim.api());
            (Source::InProcess { service, name: "demo".into() }, Some(sim))
        }
        _ => (Source::Kubeconfig, None),
    };
    let handle = cluster::open(source, options);
    // The demo leaves nothing behind, on disk neither.
    if let Some(folder) = crate::store::folder().filter(|_| sim.is_none()) {
        let audit = crate::store::Audit::new(&folder);
        // A log that can't be written is a warning in kennel's own log, never a failed operation.
        handle.audit(std::sync::Arc::new(move |written| {
            if let Some(warning) = audit.write(written) {
                tracing::warn!("{warning}");
            }
        }));
    }
    Ok(Session { handle, sim })
}

/// Starts the embedded cluster. Its past is played before it opens, which takes a while of computing:
/// not on a thread that draws and reads keys.
pub(crate) async fn embedded(demo: &Demo) -> Outcome<sim::Sim> {
    let options = sim::Options {
        scenario: demo.scenario.clone(),
        seed: demo.seed,
        scale: demo.scale,
        churn: demo.churn,
        ..sim::Options::default()
    };
    let failed = |why: String| Failure::new(Exit::Failed, format!("the embedded cluster: {why}"));
    match tokio::task::spawn_blocking(move || sim::Sim::start(options)).await {
        Ok(started) => started.map_err(|e| failed(e.to_string())),
        Err(e) => Err(failed(e.to_string())),
    }
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
