//! From the global flags to a cluster: kubeconfig, plain server, embedded cluster or dump.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::args::{Demo, Get, Global, What};
use super::exit::{Exit, Failure, Outcome};
use super::settings::{self, Settings};
use super::{find, print};
use crate::cluster::{self, Handle, Source};
use crate::domain::data::DataState;
use crate::domain::environment::Environment;
use crate::domain::resolved::Resolved;
use crate::domain::{Kind, Snapshot, Text};
use crate::sim;
use crate::store::{History, Seen};

/// Longest wait for the data that a list or a frame needs, where `--timeout` says nothing. A credential plugin may take
/// 30 s of it: one that hangs is then named, and one that is slow leaves time for the rest.
pub(crate) const SETTLE: Duration = Duration::from_secs(45);

/// Longest wait for an answer, and for each piece of one, where `--timeout` is no shorter.
const ANSWER: Duration = Duration::from_secs(30);

/// A connection, and what has to live as long as it does.
pub(crate) struct Session {
    /// The cluster.
    pub(crate) handle: Handle,
    /// The embedded cluster, where it is that.
    pub(crate) sim: Option<sim::Sim>,
    /// Where namespaces are noted, and under which name.
    seen: Option<(Seen, String)>,
    /// Where issues are noted that are no more.
    pub(crate) history: Option<History>,
    /// Nothing but the namespaces of `-n` is read.
    only: bool,
    /// What has not ended when the terminal hangs up is gone on with by a kennel without one. (The embedded cluster
    /// ends with this process.)
    pub(crate) hands_over: bool,
}

/// How much of the cluster is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All that is allowed, and what changes.
    Live,
    /// All that is allowed, listed once.
    Whole,
    /// The namespaces of `-n` alone, where there are any, listed once.
    Named,
}

/// Opens what the flags name; connects in the background.
pub(crate) async fn open(global: &Global, demo: Option<&Demo>, reach: Reach) -> Outcome<Session> {
    let settings = settings::load(global)?;
    let embeds = global.demo || demo.is_some();
    // The demo leaves nothing behind, on disk neither; a dump is nobody's cluster.
    let folder = crate::store::folder().filter(|_| !embeds && global.from.is_none());
    let seen = folder.as_deref().map(Seen::new).zip(settings::place(global));
    let history = folder.as_deref().zip(settings::place(global)).map(|(folder, at)| History::new(folder, &at));
    let named = |n: &String| Text::new(n);
    let only = reach == Reach::Named && !global.namespaces.is_empty() && !embeds && global.from.is_none();
    let configured = settings.namespaces().iter().filter(|_| !only);
    let options = cluster::Options {
        kubeconfig: global.kubeconfig.clone(),
        context: global.context.clone(),
        namespaces: global.namespaces.iter().chain(configured).map(named).collect(),
        only,
        follow: reach == Reach::Live,
        closely: reach == Reach::Live,
        seen: seen.as_ref().map(|(seen, context)| seen.at(context)).unwrap_or_default(),
        resolved: history.as_ref().filter(|_| reach == Reach::Live).map(History::read).unwrap_or_default(),
        as_user: global.as_user.clone(),
        as_groups: global.as_groups.clone(),
        readonly: readonly(global, &settings),
        timeout: global.timeout.map_or(ANSWER, |t| t.min(ANSWER)),
        rules: settings.config.rules(),
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
    if let Some(folder) = folder {
        let audit = crate::store::Audit::new(&folder);
        // A log that can't be written is a warning in kennel's own log, never a failed operation.
        handle.audit(std::sync::Arc::new(move |written| {
            if let Some(warning) = audit.write(written) {
                tracing::warn!("{warning}");
            }
        }));
    }
    let hands_over = settings.hand_over() && sim.is_none();
    if reach == Reach::Live
        && let Some(history) = history.clone()
    {
        tokio::spawn(follow(history, handle.snapshots()));
    }
    Ok(Session { handle, sim, seen, history, only, hands_over })
}

/// Issues that end are noted after so long: one that is open again by then is not.
const NOTED: Duration = Duration::from_secs(5);

/// Notes issues that end, for as long as there are pictures.
async fn follow(history: History, mut pictures: watch::Receiver<Arc<Snapshot>>) {
    let mut noted = pictures.borrow().resolved.clone();
    while pictures.wait_for(|p| !Arc::ptr_eq(&p.resolved, &noted)).await.is_ok() {
        tokio::time::sleep(NOTED).await;
        let ended = pictures.borrow().resolved.clone();
        keep(&history, &noted, &ended);
        noted = ended;
    }
}

fn keep(history: &History, noted: &[Arc<Resolved>], ended: &[Arc<Resolved>]) {
    if let Err(error) = history.keep(noted, ended) {
        tracing::warn!("issues that are no more can't be kept: {error}");
    }
}

/// Who says that nothing may be changed, where that is so.
fn readonly(global: &Global, settings: &Settings) -> Option<Text> {
    match (global.readonly, settings.read_only(), global.picture) {
        (true, ..) => Some("--readonly".into()),
        (_, Some(setting), _) => Some(format!("{setting} in the config").into()),
        (.., true) => Some("a snapshot changes nothing".into()),
        _ => None,
    }
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
    /// Waits until `kinds` have arrived or are known not to come. What can't be read is said.
    pub(crate) async fn settled(&self, kinds: &[Kind], global: &Global) -> Outcome<Arc<Snapshot>> {
        let limit = global.timeout.unwrap_or(SETTLE);
        let settled = self.handle.settled(kinds, limit).await;
        // What could not be read of a dump may be all that there is.
        self.handle.warnings().iter().for_each(|w| print::say(format_args!("warning: {w}")));
        let snapshot = settled?;
        snapshot.unread.values().for_each(|w| print::say(format_args!("warning: {w}")));
        for kind in kinds {
            if let DataState::Failed { why, .. } = snapshot.state(*kind) {
                print::say(format_args!("warning: {} can't be read: {why}", kind.plural()));
            }
        }
        self.remember(&snapshot, global);
        if self.only && global.namespaces.iter().any(|n| snapshot.namespace(n.as_str()).is_none()) {
            // It is not there: the error names those that are.
            let whole = open(global, None, Reach::Whole).await?;
            let all = whole.handle.settled(&[Kind::Namespace], limit).await?;
            find::environments(&all, None, &global.namespaces)?;
        }
        Ok(snapshot)
    }

    /// The same with what is read of one environment alone, where a list is of one: the numbers of revisions.
    pub(crate) async fn closer(&self, snapshot: Arc<Snapshot>, get: &Get, global: &Global) -> Outcome<Arc<Snapshot>> {
        if !matches!(get.what, What::Environments | What::Services) {
            return Ok(snapshot);
        }
        match find::environments(&snapshot, get.target.as_deref(), &global.namespaces)?.as_slice() {
            [one] => {
                self.handle.look_at(Some(one.id.clone()));
                let limit = global.timeout.unwrap_or(SETTLE);
                // They refine a reason, and name owners that are waited for with the pods: without them the list is as
                // true as before.
                Ok(self.handle.settled(&[Kind::Pod, Kind::ReplicaSet], limit).await.unwrap_or(snapshot))
            }
            _ => Ok(snapshot),
        }
    }

    /// Notes issues that are no more, and which namespaces there are, where that can't be listed, and those that were
    /// named.
    pub(crate) fn remember(&self, snapshot: &Snapshot, global: &Global) {
        if let Some(history) = self.history.as_ref().filter(|_| !snapshot.resolved.is_empty()) {
            keep(history, &[], &snapshot.resolved);
        }
        let Some((seen, context)) = &self.seen else { return };
        let unlisted = matches!(snapshot.state(Kind::Namespace), DataState::Forbidden { .. });
        let named = |e: &Environment| global.namespaces.iter().any(|n| *e.id.namespace == **n);
        let nothing = |e: &Environment| READ.iter().all(|k| matches!(e.gap(*k), Some(DataState::Forbidden { .. })));
        let there = snapshot.environments.values().filter(|e| (unlisted || named(e)) && !nothing(e));
        let there: Vec<Text> = there.map(|e| e.id.namespace.clone()).collect();
        if let Err(error) = seen.remember(context, &there) {
            tracing::warn!("the namespaces seen can't be kept: {error}");
        }
    }
}

/// Who may read none of these in a namespace has seen nothing of it.
const READ: &[Kind] = &[Kind::Deployment, Kind::Pod];

/// Serves the API of `sim`.
pub(crate) async fn listen(sim: &sim::Sim, address: SocketAddr) -> Outcome<(SocketAddr, tokio::task::JoinHandle<()>)> {
    sim::serve(sim.api(), address)
        .await
        .map_err(|e| Failure::new(Exit::Failed, format!("can't serve on {address}: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn who_lets_nothing_be_changed_is_named() {
        let of = |global: &Global, text: &str| {
            let settings = Settings::of_context("eu", config::parse(text).unwrap());
            readonly(global, &settings).map(|why| why.to_string())
        };
        let (usual, flag) = (Global::default(), Global { readonly: true, ..Global::default() });
        assert_eq!(of(&usual, ""), None);
        assert_eq!(of(&flag, "read_only = true").as_deref(), Some("--readonly"));
        assert_eq!(of(&usual, "read_only = true").as_deref(), Some("read_only in the config"));
        let own = "[context.eu]\nread_only = true";
        assert_eq!(of(&usual, own).as_deref(), Some("read_only of context eu in the config"));
        assert_eq!(of(&usual, "read_only = true\n[context.eu]\nread_only = false"), None);
        let picture = Global { picture: true, ..Global::default() };
        assert_eq!(of(&picture, "").as_deref(), Some("a snapshot changes nothing"));
    }
}
