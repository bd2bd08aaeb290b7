//! Operations of a [`Handle`]: ask, run, resume, undo, hand over.

use tokio::sync::mpsc;

use super::evidence;
use super::execute::{Audit, RunOptions, Runner};
use super::handle::Handle;
use super::review;
use super::takeover::Holder;
use crate::domain::{EnvironmentId, Text};
use crate::health::evidence::{Evidence, Unread};
use crate::plan::{End, Outcome, Permission, Plan, Progress};

impl Handle {
    /// What root causes are found in: of a dump all of it, of a cluster what is read now of `namespaces`. What can't be
    /// read is named in it.
    pub async fn evidence(&self, namespaces: &[Text], secrets: bool) -> Evidence {
        if let Some(dump) = self.whole() {
            return (*dump).clone();
        }
        match self.wire() {
            Some(wire) => evidence::of(&wire, namespaces, secrets).await,
            None => {
                let mut nothing = Evidence::default();
                nothing.has_not_read("all of it", "", Unread::Failed("no connection".into()));
                nothing
            }
        }
    }

    /// Asks the server whether this user may do all that the plans need: each verb × kind × namespace once.
    pub async fn review(&self, plans: &[Plan]) -> Vec<Permission> {
        match self.wire() {
            Some(wire) => review::review(&wire, plans).await,
            None => {
                let no = |p: &Plan, (verb, api)| Permission {
                    verb,
                    api,
                    environment: p.environment.id.clone(),
                    allowed: Some(false),
                    why: Some(NOTHING_TO_WRITE_TO.into()),
                };
                plans.iter().flat_map(|p| p.needs().into_iter().map(move |need| no(p, need))).collect()
            }
        }
    }

    /// Runs a plan. Dropping the future stops it dead, as a kill would: it can be resumed or undone then.
    pub async fn run(&self, plan: Plan, options: RunOptions, progress: mpsc::Sender<Progress>) -> Outcome {
        let environment = plan.environment.id.clone();
        let id = Text::from(uuid::Uuid::new_v4().to_string());
        self.operate(environment, id.clone(), options, progress, async |runner| runner.run(&plan, id).await).await
    }

    /// Goes on with the operation `id` of an environment from its journal alone, whoever began it.
    pub async fn resume(
        &self,
        environment: EnvironmentId,
        id: Text,
        options: RunOptions,
        progress: mpsc::Sender<Progress>,
    ) -> Outcome {
        let work = async |runner: &Runner| runner.resume(environment.clone(), id.clone()).await;
        self.operate(environment.clone(), id.clone(), options, progress, work).await
    }

    /// Puts back what the operation `id` of an environment has changed, in reverse order.
    pub async fn undo(
        &self,
        environment: EnvironmentId,
        id: Text,
        options: RunOptions,
        progress: mpsc::Sender<Progress>,
    ) -> Outcome {
        let work = async |runner: &Runner| runner.undo(environment.clone(), id.clone()).await;
        self.operate(environment.clone(), id.clone(), options, progress, work).await
    }

    /// Lets go of an operation that runs here: what was sent is still noted, the rest waits in the journal, and
    /// whoever resumes it goes on at once. Returns when that is written; false where it does not run here.
    pub async fn detach(&self, environment: &EnvironmentId, id: &Text) -> bool {
        self.operations().end(environment, id).await
    }

    /// Operations that run in this kennel: environment and ID.
    pub fn operating(&self) -> Vec<(EnvironmentId, Text)> {
        self.operations().all()
    }

    /// Has every object that an operation writes to from now on told to `audit`, one by one, as it happens.
    pub fn audit(&self, audit: Audit) {
        self.operations().set_audit(audit);
    }

    async fn operate(
        &self,
        environment: EnvironmentId,
        id: Text,
        options: RunOptions,
        progress: mpsc::Sender<Progress>,
        work: impl AsyncFnOnce(&Runner) -> Outcome,
    ) -> Outcome {
        let here = &self.snapshot().cluster.context;
        let wire = match self.wire() {
            Some(_) if environment.cluster != *here => {
                Err(format!("{environment} is an environment of {}, and this is {here}", environment.cluster).into())
            }
            Some(wire) => Ok(wire),
            None => Err(NOTHING_TO_WRITE_TO.into()),
        };
        let wire = match wire {
            Ok(wire) => wire,
            Err(why) => return Outcome { environment, id, end: End::Refused(why), results: Vec::new() },
        };
        // How far it is is seen by what changes.
        self.follow();
        let registered = self.operations().register(&environment, &id, &options.stop);
        let runner = Runner {
            me: Holder::this(self.snapshot().cluster.user.as_ref()),
            wire,
            snapshots: self.snapshots(),
            options,
            progress,
            audit: self.operations().audit(),
            runs_here: registered.is_none(),
            feed: self.feed().cloned(),
        };
        let outcome = work(&runner).await;
        tracing::info!(namespace = %outcome.environment, id = %outcome.id, end = ?outcome.end, "operation ended");
        outcome
    }
}

const NOTHING_TO_WRITE_TO: &str = "there is no cluster to write to";
