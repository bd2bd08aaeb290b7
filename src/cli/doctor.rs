//! `kennel doctor`: what kennel sees, a verdict a line.

use std::io::IsTerminal as _;
use std::sync::Arc;

use futures::future::join_all;
use serde::Serialize;

use super::args::Global;
use super::connect::Session;
use super::exit::{Failure, Outcome};
use super::print::{self, Style};
use super::table::{Cell, Look as Paint, Table};
use super::{get, settings};
use crate::cluster::wire::Skew;
use crate::domain::data::{DataState, POLL};
use crate::domain::environment::Environment;
use crate::domain::snapshot::{Access, ClusterFacts, Connection};
use crate::domain::{Kind, Snapshot, Text, age, listed};
use crate::plan::{self, Plan, Scope, Wish};
use crate::runtime::look::Look;
use crate::runtime::tty;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// As it should be.
    Ok,
    /// Something to know.
    Info,
    /// Works, but not in full.
    Warn,
    /// Does not work.
    Bad,
}

/// One line.
#[derive(Debug, Serialize)]
struct Line {
    /// Of which cluster, where it is about one.
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: Text,
    verdict: Verdict,
    check: &'static str,
    detail: String,
}

/// The lines so far.
#[derive(Debug, Default)]
struct Report {
    lines: Vec<Line>,
    /// Of which cluster the lines are that are added now.
    cluster: Text,
}

impl Report {
    fn add(&mut self, verdict: Verdict, check: &'static str, detail: impl Into<String>) {
        self.lines.push(Line { cluster: self.cluster.clone(), verdict, check, detail: detail.into() });
    }
}

/// Runs `kennel doctor`. Exit 6 where no cluster answers, else 0: what is wrong stands in the lines.
pub(crate) async fn doctor(session: Outcome<Session>, global: &Global) -> Outcome {
    let mut report = Report::default();
    report.add(Verdict::Info, "version", format!("kennel {}", env!("CARGO_PKG_VERSION")));
    host(&mut report, global);
    let reached = match session {
        Ok(session) => match session.settled(get::DECIDING, global).await {
            Ok(snapshot) => {
                report.cluster.clone_from(&snapshot.cluster.context);
                cluster(&mut report, &session, &snapshot).await;
                report.cluster = Text::default();
                Ok(())
            }
            Err(failure) => Err(failure),
        },
        Err(failure) => Err(failure),
    };
    if let Err(failure) = &reached {
        report.add(Verdict::Bad, "cluster", failure.to_string());
    }
    terminal(&mut report, global);
    write(&report, Style::of(global))?;
    reached.map_err(|f| Failure::silent(f.exit))
}

/// Files: configuration, kubeconfig, log.
fn host(report: &mut Report, global: &Global) {
    match (settings::path(), settings::load(global)) {
        (_, Err(failure)) => report.add(Verdict::Bad, "config", failure.to_string()),
        (Some(file), Ok(_)) if file.is_file() => report.add(Verdict::Ok, "config", file.display().to_string()),
        (Some(file), Ok(_)) => {
            report.add(Verdict::Info, "config", format!("{} is not there: defaults hold", file.display()))
        }
        (None, Ok(_)) => report.add(Verdict::Warn, "config", "no home folder: defaults hold"),
    }
    if global.demo || global.from.is_some() || global.server.is_some() {
        return;
    }
    let (files, by) = settings::kubeconfigs(global);
    for file in files {
        let verdict = if file.is_file() { Verdict::Ok } else { Verdict::Warn };
        let there = if file.is_file() { "" } else { ": is not there" };
        report.add(verdict, "kubeconfig", format!("{} ({by}){there}", file.display()));
    }
}

/// The cluster: who, what may be read and changed, what counts as production.
async fn cluster(report: &mut Report, session: &Session, s: &Snapshot) {
    let facts = &s.cluster;
    report.add(
        Verdict::Ok,
        "context",
        format!("{}{}", facts.context, if facts.production { " (production, by its name)" } else { "" }),
    );
    match &s.connection {
        Connection::Live => {
            let version = facts.version.as_deref().unwrap_or("of unknown version");
            report.add(Verdict::Ok, "server", format!("answers, {version}"));
        }
        Connection::Lost { why, .. } => report.add(Verdict::Bad, "server", why.to_string()),
        Connection::Refused(why) => report.add(Verdict::Bad, "server", why.to_string()),
        Connection::Starting => report.add(Verdict::Warn, "server", "no answer yet"),
    }
    if let Some(wire) = session.handle.wire() {
        let (verdict, detail) = clock(*wire.skew().borrow());
        report.add(verdict, "clock", detail);
    }
    match &facts.user {
        Some(user) => report.add(Verdict::Ok, "user", user.to_string()),
        None => report.add(Verdict::Info, "user", "the server does not say who we are"),
    }
    for badge in &facts.badges {
        report.add(Verdict::Warn, "connection", badge.to_string());
    }
    let unwatched = session.handle.unwatched().await;
    for info in Kind::ALL {
        let read = info.resource;
        if let Some((namespace, why)) = unwatched.get(&info.kind) {
            let place = namespace.as_ref().map(|n| format!(" in {n}")).unwrap_or_default();
            let seconds = POLL.as_secs();
            let detail = format!("{read}{place}: asked every {seconds} s, since you may not watch them ({why})");
            report.add(Verdict::Warn, "may read", detail);
            continue;
        }
        match s.state(info.kind) {
            DataState::Live | DataState::Polled { .. } => report.add(Verdict::Ok, "may read", read),
            DataState::Forbidden { why } => {
                let (verdict, detail) = apart(s, info.kind, why);
                report.add(verdict, "may read", detail);
            }
            DataState::Failed { why, .. } => report.add(Verdict::Bad, "may read", format!("{read}: {why}")),
            DataState::Stale { why, .. } => report.add(Verdict::Warn, "may read", format!("{read}: stale ({why})")),
            DataState::Absent => report.add(Verdict::Info, "may read", format!("{read}: this cluster has none")),
            DataState::Idle | DataState::Loading { .. } => {}
        }
    }
    for api in session.handle.unreached_apis().await.unwrap_or_default() {
        report.add(Verdict::Warn, "api", format!("{api}: listed by the server, and its own server does not answer"));
    }
    for why in s.unread.values() {
        report.add(Verdict::Warn, "unreadable", why.to_string());
    }
    match &facts.access {
        Access::ReadOnly(why) => report.add(Verdict::Info, "access", format!("read-only: {why}")),
        Access::MayNot(words) => report.add(Verdict::Info, "access", format!("{words} in any namespace asked")),
        Access::MayChange => report.add(Verdict::Ok, "access", "read-write"),
        Access::Unknown => {}
    }
    let reviewed: Vec<&Arc<Environment>> = s.environments.values().collect();
    // Each line asks the server a few questions: several lines at once, and not for a thousand of them.
    for some in reviewed.chunks(AT_ONCE) {
        let asked = asked_so_far(report) < MOST_REVIEWS;
        let lines = join_all(some.iter().map(|e| place(session, facts, e, asked))).await;
        report.lines.extend(lines);
    }
}

/// What may be read of a kind where not all of it may: in which namespaces it may, as far as these are known.
fn apart(s: &Snapshot, kind: Kind, why: &str) -> (Verdict, String) {
    let read = kind.info().resource;
    let no = format!("{read}: no ({why})");
    if !kind.info().namespaced {
        // Without those of the cluster little is missing where namespaces are read one by one.
        return (if s.environments.is_empty() { Verdict::Warn } else { Verdict::Info }, no);
    }
    let may = |e: &&Arc<Environment>| !matches!(s.state_in(kind, Some(&e.id)), DataState::Forbidden { .. });
    let (here, not): (Vec<_>, Vec<_>) = s.environments.values().partition(may);
    let names = |all: &[&Arc<Environment>]| listed(all.iter().map(|e| &e.id), 3);
    match (here.as_slice(), not.as_slice()) {
        ([], _) => (Verdict::Warn, no),
        (here, []) => (Verdict::Ok, format!("{read} in {}, not in the whole cluster", names(here))),
        (here, not) => (Verdict::Warn, format!("{read} in {}, not in {} ({why})", names(here), names(not))),
    }
}

/// How the server's clock and this machine's differ, and by which ages are.
fn clock(skew: Skew) -> (Verdict, String) {
    let Some(ahead) = skew.date else {
        return (Verdict::Info, "the server tells no time: ages are by this machine's".into());
    };
    let (span, way) = (age::seconds(ahead.abs()), if ahead > 0 { "ahead of" } else { "behind" });
    match (ahead.abs(), skew.believed) {
        (..=60, true) => (Verdict::Ok, "the server's and this machine's agree".into()),
        (_, true) => (Verdict::Info, format!("the server's is {span} {way} this machine's: ages are by the server's")),
        (_, false) => {
            let and = "and of the newest objects: ages are by this machine's";
            (Verdict::Warn, format!("the server's Date is {span} {way} this machine's clock {and}"))
        }
    }
}

/// Environments that are asked about at once, and in all.
const AT_ONCE: usize = 8;
const MOST_REVIEWS: usize = 64;

fn asked_so_far(report: &Report) -> usize {
    report.lines.iter().filter(|l| l.check == "environment").count()
}

/// The line of one environment: whether it is production, and whether it may be stopped.
async fn place(session: &Session, facts: &ClusterFacts, e: &Environment, ask: bool) -> Line {
    let read_only = matches!(facts.access, Access::ReadOnly(_));
    let plan = Wish::Stop.plan(e, &Scope::default());
    let (verdict, change) = match ask && !plan.is_empty() && !read_only {
        true => may(session, &plan).await,
        false => (Verdict::Info, String::new()),
    };
    let change = plan.refused.first().map_or(change, |why| format!(", can't be stopped: {why}"));
    let guard = match e.guard() {
        Some(guard) => format!("{}: a stop asks for its name", guard.word()),
        None => "not production".to_owned(),
    };
    let protected = if e.protected { ", protected" } else { "" };
    let detail = format!("{} ({}): {guard}{protected}{change}", e.path(), e.id.namespace);
    Line { cluster: e.id.cluster.clone(), verdict, check: "environment", detail }
}

/// What a stop and start of everything there would need, and whether the server allows it.
async fn may(session: &Session, plan: &Plan) -> (Verdict, String) {
    let answers = session.handle.review(std::slice::from_ref(plan)).await;
    let word = |p: &plan::Permission| format!("{} {}", p.verb, p.api);
    let denied: Vec<String> = answers.iter().filter(|p| p.allowed == Some(false)).map(word).collect();
    let unknown = answers.iter().any(|p| p.allowed.is_none());
    match (denied.as_slice(), unknown) {
        ([], false) => (Verdict::Info, ", may be stopped and started".to_owned()),
        ([], true) => (Verdict::Info, ", can't tell whether it may be stopped".to_owned()),
        (denied, _) => (Verdict::Warn, format!(", may not {}", denied.join(", "))),
    }
}

/// The terminal, as the dashboard would find it.
fn terminal(report: &mut Report, global: &Global) {
    if !tty::present() {
        report.add(Verdict::Info, "terminal", "stdout is none: `kennel` prints one frame and ends");
        return;
    }
    let term = std::env::var("TERM").unwrap_or_default();
    let fit = !matches!(term.as_str(), "" | "dumb");
    report.add(if fit { Verdict::Ok } else { Verdict::Bad }, "terminal", format!("TERM={term}"));
    let size = tty::size();
    let enough = size.width >= 80 && size.height >= 24;
    let hint = if enough { "" } else { ": 80×24 is the least that shows everything" };
    report.add(
        if enough { Verdict::Ok } else { Verdict::Warn },
        "size",
        format!("{}×{}{hint}", size.width, size.height),
    );
    let look = Look::of_terminal(global.no_color);
    report.add(Verdict::Info, "colours", look.colours());
    report.add(Verdict::Info, "glyphs", if look.ascii { "ASCII only (the locale is not UTF-8)" } else { "Unicode" });
    let keys = std::io::stdin().is_terminal();
    report.add(
        if keys { Verdict::Ok } else { Verdict::Warn },
        "keys",
        if keys { "from this terminal" } else { "stdin is no terminal: from /dev/tty" },
    );
}

fn write(report: &Report, style: Style) -> Outcome {
    print::stdout(|out| {
        if style.structured() {
            return print::array(out, &report.lines, style.output);
        }
        let mut t = Table::new(["VERDICT", "CHECK", "DETAIL"]);
        for line in &report.lines {
            let (word, paint) = match line.verdict {
                Verdict::Ok => ("ok", Paint::Good),
                Verdict::Info => ("info", Paint::Plain),
                Verdict::Warn => ("warn", Paint::Busy),
                Verdict::Bad => ("bad", Paint::Bad),
            };
            t.row([Cell::looks(word, paint), line.check.into(), line.detail.as_str().into()]);
        }
        Ok(t.write(out, style.colour)?)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{place, snapshot};
    use super::*;

    #[test]
    fn who_may_read_namespaces_one_by_one_is_told_of_these_and_not_warned_of_the_cluster() {
        let forbidden = || DataState::Forbidden { why: "no".into() };
        let lacks = |name: &str, kind: Kind| Environment {
            gaps: Box::new([(kind, forbidden())]),
            ..place("shop", name, &format!("shop-{name}"))
        };
        let of = |places: Vec<Environment>, kind: Kind| {
            let mut s = snapshot(places);
            s.data.insert(kind.into(), forbidden());
            apart(&s, kind, "no")
        };
        let (all, some) =
            ("deployments in shop-a, not in the whole cluster", "deployments in shop-a, not in shop-b (no)");
        let (a, b) = (|| place("shop", "a", "shop-a"), || lacks("b", Kind::Deployment));
        assert_eq!(of(vec![a()], Kind::Deployment), (Verdict::Ok, all.to_owned()));
        assert_eq!(of(vec![a(), b()], Kind::Deployment), (Verdict::Warn, some.to_owned()));
        assert_eq!(of(vec![b()], Kind::Deployment), (Verdict::Warn, "deployments: no (no)".to_owned()));
        assert_eq!(of(vec![], Kind::Deployment), (Verdict::Warn, "deployments: no (no)".to_owned()));
        assert_eq!(of(vec![a()], Kind::Node), (Verdict::Info, "nodes: no (no)".to_owned()));
        assert_eq!(of(vec![], Kind::Node), (Verdict::Warn, "nodes: no (no)".to_owned()));
        let many = ["a", "b", "c", "d", "e"].map(|n| place("shop", n, &format!("shop-{n}"))).to_vec();
        assert!(of(many, Kind::Pod).1.starts_with("pods in shop-a, shop-b, shop-c and 2 more, not"));
    }

    #[test]
    fn of_two_clocks_it_is_said_how_they_differ_and_which_is_believed() {
        for (date, believed, verdict, words) in [
            (None, true, Verdict::Info, "the server tells no time"),
            (Some(-2), true, Verdict::Ok, "agree"),
            (Some(21_600), true, Verdict::Info, "is 6h ahead of this machine's: ages are by the server's"),
            (Some(-21_600), false, Verdict::Warn, "Date is 6h behind this machine's clock and"),
        ] {
            let (said, detail) = clock(Skew { date, believed });
            assert!(said == verdict && detail.contains(words), "{detail}");
        }
    }
}
