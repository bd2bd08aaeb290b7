//! A plan in the making: steps without a place yet, what is left alone, warnings.

use super::order::{self, Rank, Unplaced};
use super::{LeftAlone, Plan, Scope, Step};
use crate::domain::data::DataState;
use crate::domain::environment::{Environment, Operation};
use crate::domain::operation::{Action, OperationState, Verb};
use crate::domain::phase::Phase;
use crate::domain::row::{Meta, WorkloadRow};
use crate::domain::service::{Service, Task};
use crate::domain::{Kind, ObjectId, Text};

/// What may change the counts by itself, or undo a stop.
const OTHERS: &[Kind] = &[Kind::ScaledObject, Kind::Application, Kind::Kustomization, Kind::HelmRelease];

/// A plan in the making.
pub(super) struct Draft {
    pub(super) plan: Plan,
    steps: Vec<Unplaced>,
}

impl Draft {
    /// Begins, with what is true of the environment as a whole.
    pub(super) fn new(operation: Verb, environment: &Environment, scope: &Scope) -> Self {
        let mut plan = Plan {
            operation,
            environment: environment.into(),
            only: scope.services.clone(),
            steps: Vec::new(),
            left_alone: Vec::new(),
            warnings: Vec::new(),
            provisional: environment.provisional,
            refused: Vec::new(),
        };
        if matches!(environment.phase, Phase::Destroying | Phase::Destroyed) {
            plan.refused.push(format!("{} is being deleted", environment.path()).into());
        }
        if environment.provisional {
            plan.warnings.push(super::PROVISIONAL.into());
        }
        match super::scope::unread(environment) {
            // Done would be said of what is not known to be half of it.
            Some(why) if scope.services.is_empty() && !scope.partly => {
                let one = operation.one();
                plan.refused.push(
                    format!("{why}: {one} would leave out what there is of them (--partly does the rest)").into(),
                );
            }
            Some(why) => plan.warnings.push(format!("{why}: what there is of them stays as it is.").into()),
            None => {}
        }
        if let Some(beside) = beside(operation, environment) {
            plan.warnings.push(format!("{beside} can't be read: what there is of them stays as it is.").into());
        }
        if let Some(failing) = failing(environment) {
            plan.warnings.push(format!("{failing}: what they say of this environment is not in this plan.").into());
        }
        Self { plan, steps: Vec::new() }
    }

    /// Whether nothing is done so far.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub(super) fn warn(&mut self, warning: impl Into<Text>) {
        self.plan.warnings.push(warning.into());
    }

    pub(super) fn leave(&mut self, object: &ObjectId, why: impl Into<Text>) {
        self.plan.left_alone.push(LeftAlone { object: object.clone(), why: why.into() });
    }

    /// A step for a CronJob or Job.
    pub(super) fn task(&mut self, task: &Task, action: Action, notes: &[String]) {
        let step = Step {
            note: remark(notes),
            uid: Some(task.uid.clone()),
            resource_version: Some(task.resource_version.clone()),
            ..Step::of(&task.object, action)
        };
        let service = task.object.name.clone();
        self.steps.push(Unplaced { step, rank: Rank::CronJob, service, needs: Vec::new() });
    }

    /// A step for a service: on its workload, or on what scales that (`object`, of this `meta`).
    pub(super) fn service(
        &mut self,
        service: &Service,
        workload: &WorkloadRow,
        (object, meta): (&ObjectId, &Meta),
        action: Action,
        notes: &[String],
    ) {
        let step = Step {
            uid: Some(meta.uid.clone()),
            resource_version: Some(meta.resource_version.clone()),
            pods: service.running,
            grace: workload.template.grace.unwrap_or(30),
            datasource: service.datasource,
            note: remark(notes),
            ..Step::of(object, action)
        };
        self.steps.push(Unplaced {
            step,
            rank: if service.datasource { Rank::Datasource } else { Rank::Application },
            service: service.object.name.clone(),
            needs: order::needs(&workload.meta.annotations),
        });
    }

    /// Puts the steps in order.
    pub(super) fn finish(mut self, environment: &Environment) -> Plan {
        let (steps, warnings) = order::place(self.plan.operation, std::mem::take(&mut self.steps));
        self.plan.steps = steps;
        self.plan.warnings.extend(warnings);
        if let Some(operation) = &environment.operation {
            self.meet(operation);
        }
        self.plan
    }

    /// Meets the operation that is there: nothing is done to a whole environment, nor to several objects, beside one
    /// that has not ended. One patch on one object that was asked for by name needs no journal, so nobody's stands in
    /// its way; who is at work is said.
    fn meet(&mut self, operation: &Operation) {
        let j = &operation.journal;
        let (one, who) = (j.verb.one(), format!("{} on {}", j.holder, j.host));
        let (there, instead) = match operation.state {
            OperationState::Running => (format!("{who} is running {one} here"), String::new()),
            OperationState::Interrupted => {
                (format!("{one} of {who} was interrupted"), format!(": resume or undo it first ({})", j.id))
            }
            OperationState::Done | OperationState::Failed | OperationState::Undone => return,
        };
        match self.plan.only.is_empty() || self.plan.needs_journal() {
            true => self.plan.refused.push(format!("{there}{instead}").into()),
            false => self.warn(format!("{there}: it may change this again.")),
        }
    }
}

/// Kinds that it is about beside what decides the phase, and that can't be read here, in words.
fn beside(operation: Verb, environment: &Environment) -> Option<String> {
    let unread =
        |k: &&Kind| matches!(environment.gap(**k), Some(DataState::Forbidden { .. } | DataState::Failed { .. }));
    let kinds: Vec<&str> = operation
        .info()
        .needs
        .iter()
        .filter(|k| !environment.unread.contains(k))
        .filter(unread)
        .map(|k| k.plural())
        .collect();
    (!kinds.is_empty()).then(|| kinds.join(", "))
}

/// Kinds that would be read and can't be at the moment, with what is wrong, in words.
fn failing(environment: &Environment) -> Option<String> {
    let failing = |k: &Kind| match environment.gap(*k) {
        Some(DataState::Failed { why, .. }) => Some((k.plural(), why)),
        _ => None,
    };
    let kinds: Vec<_> = OTHERS.iter().filter_map(failing).collect();
    let names: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
    kinds.first().map(|(_, why)| format!("{} can't be read ({why})", names.join(", ")))
}

fn remark(notes: &[String]) -> Option<Text> {
    Some(notes.join("; ")).filter(|n| !n.is_empty()).map(Text::from)
}
