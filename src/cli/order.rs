//! What a subcommand orders to be done to environments and services: its words and flags, and the wish that they come
//! to. To add one: an arm in [`Order::of`].

use std::sync::Arc;

use super::args::{Command, Global, How};
use super::exit::{Exit, Failure, Outcome};
use crate::cluster::Handle;
use crate::domain::Snapshot;
use crate::domain::row::WorkloadRow;
use crate::plan::{Scope, Subject, Wish};

/// An order.
pub(crate) struct Order<'a> {
    /// As it is typed: `stop`.
    pub(crate) word: &'static str,
    /// Environments, projects, services.
    pub(crate) names: &'a [String],
    /// How, but for the services.
    pub(crate) scope: Scope,
    pub(crate) how: &'a How,
    wish: Wanted,
}

/// What is wanted.
enum Wanted {
    Start,
    Stop,
    Redeploy,
    Scale(u32),
    Rollback(Option<u32>),
}

impl<'a> Order<'a> {
    /// What a subcommand orders; `None` of one that orders nothing of the kind.
    pub(crate) fn of(command: &'a Command) -> Option<Self> {
        let (word, names, how, wish) = match command {
            Command::Start(m) => ("start", &m.names, &m.how, Wanted::Start),
            Command::Stop(m) => ("stop", &m.names, &m.how, Wanted::Stop),
            Command::Redeploy(r) => ("redeploy", &r.names, &r.how, Wanted::Redeploy),
            Command::Scale(s) => ("scale", &s.names, &s.how, Wanted::Scale(s.count)),
            Command::Rollback(r) => ("rollback", &r.names, &r.how, Wanted::Rollback(r.to)),
            _ => return None,
        };
        let scope = match command {
            Command::Start(m) | Command::Stop(m) => {
                Scope { daemonsets: m.daemonsets, partly: m.partly, ..Scope::default() }
            }
            _ => Scope::default(),
        };
        Some(Self { word, names, scope, how, wish })
    }

    /// Refuses what names nothing: it is never of all there is.
    pub(crate) fn is_of_something(&self, global: &Global) -> Outcome {
        let word = self.word;
        let by_namespace = !global.namespaces.is_empty();
        let services = self.names.len().saturating_sub(usize::from(!by_namespace));
        // Of a whole environment only these are ordered.
        let of_services = !matches!(self.wish, Wanted::Start | Wanted::Stop);
        let would = match of_services {
            true if services == 0 => {
                format!("kennel {word} PROJECT/ENV SERVICE, or kennel {word} -n NAMESPACE SERVICE")
            }
            false if self.names.is_empty() && !by_namespace => {
                format!("kennel {word} PROJECT/ENV, or kennel {word} -n NAMESPACE")
            }
            _ => return Ok(()),
        };
        Err(Failure::new(Exit::Usage, format!("say what to {word}: {would}")))
    }

    /// What is wanted of `subject`, at the time of this picture. What it takes is read now.
    pub(crate) async fn wish(&self, handle: &Handle, snapshot: &Snapshot, subject: &[Subject]) -> Outcome<Wish> {
        Ok(match self.wish {
            Wanted::Start => Wish::Start,
            Wanted::Stop => Wish::Stop,
            Wanted::Redeploy => Wish::Redeploy(snapshot.now),
            Wanted::Scale(to) => Wish::Scale(to),
            Wanted::Rollback(to) => {
                let workload = self.one(snapshot, subject)?;
                let change = handle.back(&workload, to).await;
                Wish::Edit(change.map_err(|why| Failure::new(Exit::Failed, why.to_string()))?.into())
            }
        })
    }

    /// The workload of the one service that is meant.
    fn one(&self, snapshot: &Snapshot, subject: &[Subject]) -> Outcome<Arc<WorkloadRow>> {
        let word = self.word;
        let usage = |why: String| Failure::new(Exit::Usage, why);
        let [one] = subject else { return Err(usage(format!("{word} takes one service of one environment"))) };
        let service = one.service(snapshot).map_err(|why| usage(format!("{word}: {why}")))?;
        let why = || Failure::new(Exit::Refused, format!("{} has no revisions that kennel can read", service.object));
        service.workload.clone().ok_or_else(why)
    }
}
