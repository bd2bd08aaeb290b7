//! One session with a cluster: connects, watches over the connection, and says how it stands.
//!
//! The target is read once: a kubeconfig that changes meanwhile does not reach a running session.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::{Notify, watch};

use super::connect::{self, Target};
use super::feed::{Backoff, Context, Demands, Feed, Link, Warnings};
use super::wave::{self, Places};
use super::wire::{self, Bearer, Skew, Wire, WireError};
use super::{Options, Source, access};
use crate::domain::model::Change;
use crate::domain::production::says_production;
use crate::domain::snapshot::{Access, ClusterFacts, Connection};
use crate::domain::{Snapshot, Text, Time, age};

/// A connection that says nothing for this long is asked whether it lives.
const QUIET: Duration = Duration::from_secs(5);

/// An answer to that question takes no longer. Twice this and [`QUIET`] stay under the 15 s after which data is stale.
const PROBE: Duration = Duration::from_secs(5);

/// What is said of a plugin that renews a credential and takes longer than that.
const PLUGIN: &str = "the credential plugin has not answered yet";

/// Least time between two questions that readers' doubts raise.
const DOUBT: Duration = Duration::from_secs(1);

/// Pause after credentials were refused: a plugin may open a browser each time.
const LOGIN: Duration = Duration::from_secs(30);

/// Who may not change anything is asked for again so often: a right that is given shows within a minute.
pub(super) const RIGHTS: Duration = Duration::from_secs(45);

/// Least time between two such questions that denied requests raise.
const DENIED: Duration = Duration::from_secs(5);

/// Namespaces that are asked for again.
const FEW: usize = 16;

/// What a handle and its session share.
pub(super) struct Ends {
    /// To the model.
    pub(super) feed: Feed,
    /// The wire, once there is one.
    pub(super) wire: watch::Sender<Option<Wire>>,
    /// Changes when the user asks to try again.
    pub(super) nudge: watch::Receiver<u64>,
    /// What is wanted.
    pub(super) demand: Demands,
    /// Whether changes are followed.
    pub(super) follow: watch::Receiver<bool>,
    /// What could not be read.
    pub(super) warnings: Warnings,
    /// What is published.
    pub(super) pictures: watch::Receiver<Arc<Snapshot>>,
}

/// Runs a session until it is dropped.
pub(super) async fn run(source: Source, options: Options, mut ends: Ends) {
    let (target, wire, facts) = open(&source, &options, &mut ends).await;
    ends.feed.show(vec![Change::Facts(facts.clone())]).await;
    ends.wire.send_replace(Some(wire.clone()));
    let (link, up) = watch::channel(Link::Up(0));
    let context = Context {
        wire,
        feed: ends.feed,
        link: up,
        doubt: Arc::new(Notify::new()),
        nudge: ends.nudge,
        demand: ends.demand,
        follow: ends.follow,
        warnings: ends.warnings,
    };
    let mut candidates: Vec<Text> = options.namespaces.clone();
    for more in target.iter().flat_map(|t| t.namespaces.iter()).chain(&options.seen) {
        if !candidates.contains(more) {
            candidates.push(more.clone());
        }
    }
    let places = match options.only {
        true => Places::Only(options.namespaces.clone()),
        false => Places::All(candidates.clone()),
    };
    tokio::join!(
        wave::run(context.clone(), places),
        learn(context.clone(), facts, candidates),
        clock(context.clone()),
        closely(context.clone(), ends.pictures, options.closely),
        guard(context, target, link),
    );
}

/// Finds the target and makes the wire; what is wrong is shown until the user asks to try again.
async fn open(source: &Source, options: &Options, ends: &mut Ends) -> (Option<Target>, Wire, ClusterFacts) {
    loop {
        match target(source, options) {
            Ok((target, wire, facts)) => return (target, wire, facts),
            Err(why) => {
                ends.feed.show(vec![Change::Connection(Connection::Refused(why))]).await;
                if ends.nudge.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
                ends.feed.show(vec![Change::Connection(Connection::Starting)]).await;
            }
        }
    }
}

fn target(source: &Source, options: &Options) -> Result<(Option<Target>, Wire, ClusterFacts), Text> {
    let readonly = options.readonly.clone();
    let mut facts = ClusterFacts::default();
    let (target, transport, bearer) = match source {
        Source::InProcess { service, name } => {
            facts.context = name.clone();
            let (service, badge) = connect::in_process(service.clone(), &options.wanted())?;
            facts.badges.extend(badge);
            (None, service, Bearer::default())
        }
        Source::Kubeconfig => {
            let target = Target::of_kubeconfig(&options.wanted())?;
            let (transport, bearer) = (target.transport()?, target.bearer());
            (Some(target), transport, bearer)
        }
        Source::Server(url) => {
            let target = Target::of_server(url, &options.wanted())?;
            let (transport, bearer) = (target.transport()?, target.bearer());
            (Some(target), transport, bearer)
        }
        Source::Dump { .. } => return Err("a dump has no server".into()),
    };
    if let Some(target) = &target {
        facts.context = target.context.clone();
        facts.badges = target.badges.clone();
        facts.production = says_production(&target.context);
    }
    if let Some(why) = &readonly {
        facts.access = Access::ReadOnly(why.clone());
    }
    Ok((target, Wire::new(transport, bearer, readonly, options.timeout), facts))
}

/// Learns the server's version, the user's name, and what is allowed.
async fn learn(mut context: Context, mut facts: ClusterFacts, candidates: Vec<Text>) {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Version {
        git_version: String,
    }
    loop {
        context.up().await;
        match context.wire.get_json::<Version>("/version").await {
            Ok(v) => {
                facts.version = Some(Text::new(&v.git_version));
                break;
            }
            // The server lives and hides its version: what follows can be asked all the same.
            Err(e) if e.code().is_some_and(|c| c < 500 && c != 401) => break,
            Err(_) => context.pause(Duration::from_secs(3)).await,
        }
    }
    facts.user = access::user(&context.wire).await;
    context.feed.send(vec![Change::Facts(facts.clone())]).await;
    let (mut denials, mut asks) = (context.wire.denials(), candidates.as_slice());
    loop {
        denials.mark_unchanged();
        let access = access::access(&context.wire, asks).await;
        if access == Access::Unknown {
            context.pause(Duration::from_secs(10)).await;
            context.up().await;
            continue;
        }
        if access != facts.access {
            facts.access = access;
            context.feed.send(vec![Change::Facts(facts.clone())]).await;
        }
        if context.wire.readonly().is_some() {
            return;
        }
        asks = candidates.get(..FEW).unwrap_or(&candidates);
        let mut waiting = context.clone();
        let given = async {
            match facts.access {
                Access::MayChange => std::future::pending().await,
                _ => waiting.pause(RIGHTS).await,
            }
        };
        tokio::select! {
            () = given => {}
            _ = denials.changed() => tokio::time::sleep(DENIED).await,
        }
        context.up().await;
    }
}

/// Looks into what is not well, where that is wanted.
async fn closely(context: Context, pictures: watch::Receiver<Arc<Snapshot>>, wanted: bool) {
    if wanted {
        super::look::run(context, pictures).await;
    }
}

/// Says where the server's clock is not believed.
async fn clock(context: Context) {
    let mut skew = context.wire.skew();
    loop {
        let Skew { date, believed } = *skew.borrow_and_update();
        let wrong = date.filter(|_| !believed).map(|ahead| {
            let way = if ahead > 0 { "ahead" } else { "behind" };
            format!("the server's Date is {} {way}: local time is used", age::seconds(ahead.abs())).into()
        });
        context.feed.send(vec![Change::Clock(wrong)]).await;
        if skew.changed().await.is_err() {
            return;
        }
    }
}

/// Watches over the connection: asks whether it lives when nothing else came, or when a reader doubts it.
async fn guard(mut context: Context, target: Option<Target>, link: watch::Sender<Link>) {
    let mut epoch = 0;
    let mut live = false;
    let mut asked = true;
    let mut answered: Option<tokio::time::Instant> = None;
    loop {
        if !asked {
            let quiet = context.wire.silence().map_or(QUIET, |s| QUIET.saturating_sub(s));
            tokio::select! {
                () = tokio::time::sleep(quiet) => {}
                () = context.doubt.notified() => {
                    asked = true;
                    // A single route that fails keeps raising doubts: one question a second answers them all.
                    if let Some(at) = answered {
                        tokio::time::sleep_until(at + DOUBT).await;
                    }
                }
                c = context.nudge.changed() => match c {
                    Ok(()) => {
                        asked = true;
                        epoch += 1;
                        renew(&context, target.as_ref()).await;
                        link.send_replace(Link::Up(epoch));
                    }
                    Err(_) => std::future::pending().await,
                },
            }
        }
        if !asked && context.wire.silence().is_some_and(|s| s < QUIET) {
            continue;
        }
        asked = false;
        let Err(error) = probe(&context, &mut live).await else {
            if !live {
                live = true;
                context.feed.show(vec![Change::Connection(Connection::Live)]).await;
            }
            answered = Some(tokio::time::Instant::now());
            continue;
        };
        lost(&mut context, target.as_ref(), &link, error).await;
        live = true;
        epoch += 1;
        context.feed.show(vec![Change::Connection(Connection::Live)]).await;
        link.send_replace(Link::Up(epoch));
    }
}

/// Tries until the server answers again.
async fn lost(context: &mut Context, target: Option<&Target>, link: &watch::Sender<Link>, mut error: WireError) {
    let since = match context.wire.silence() {
        Some(_) => context.last_heard(),
        None => context.wire.server_now(),
    };
    let mut backoff = Backoff::default();
    loop {
        let login = error.code() == Some(401) || matches!(error, WireError::Credential(_));
        let pause = if login { LOGIN } else { backoff.next(error.retry_after()) };
        say_lost(context, target, since, &error, Some(pause)).await;
        // The readers' data turns old after it was said why, not before.
        if matches!(*link.borrow(), Link::Up(_)) {
            link.send_replace(Link::Down(error.to_string().into()));
        }
        context.pause(pause).await;
        renew(context, target).await;
        match probe(context, &mut false).await {
            Ok(()) => return,
            Err(e) => error = e,
        }
    }
}

async fn say_lost(context: &Context, target: Option<&Target>, since: Time, error: &WireError, pause: Option<Duration>) {
    let why = match error.code() {
        Some(401) if target.is_some_and(Target::is_certified) => {
            "the server does not accept the client certificate (401): if it has expired, renew it".into()
        }
        Some(401) => "the server does not accept these credentials (401): log in again".into(),
        _ => Text::from(error.to_string()),
    };
    let lost = Connection::Lost { since, why, brief: error.brief(), retry: pause.and_then(|p| context.after(p)) };
    context.feed.show(vec![Change::Connection(lost)]).await;
}

/// Old connections may be half dead: new requests get new ones.
async fn renew(context: &Context, target: Option<&Target>) {
    let Some(target) = target else { return };
    if let Some(credential) = &target.bearer().0 {
        credential.retry().await;
    }
    match target.transport() {
        Ok(transport) => context.wire.renew(transport),
        Err(why) => context.warnings.add(why),
    }
}

/// Whether the server answers. An answer that refuses is one; that it is broken is none. Its time begins once there
/// are credentials: a plugin that asks somebody to log in takes longer than a server may. Where that is in the middle
/// of a session (`live`) the data grows old meanwhile, and it is said why.
async fn probe(context: &Context, live: &mut bool) -> Result<(), WireError> {
    #[derive(Deserialize)]
    struct Anything {}
    // Never dropped half-way: that would end the plugin.
    let mut authorized = pin!(context.wire.authorized());
    match tokio::time::timeout(PROBE, authorized.as_mut()).await {
        Ok(had) => had?,
        Err(_) => {
            if std::mem::take(live) {
                say_lost(context, None, context.last_heard(), &WireError::Credential(PLUGIN.into()), None).await;
            }
            authorized.await?;
        }
    }
    let asked = tokio::time::timeout(PROBE, async {
        match context.wire.get_json::<Anything>("/version").await {
            // A proxy may hide one path; who has neither is no API server.
            Err(e) if e.code() == Some(404) => match context.wire.get_json::<Anything>("/api").await {
                Err(e) if e.code() == Some(404) => Err(WireError::Garbage(wire::no_api("/api"))),
                other => other,
            },
            other => other,
        }
    });
    match asked.await {
        Err(_) => Err(WireError::Timeout(PROBE)),
        Ok(Err(e)) if e.code().is_some_and(|c| c < 500 && c != 401) => Ok(()),
        Ok(answer) => answer.map(|_| ()),
    }
}
