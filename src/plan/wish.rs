//! What is wanted of a cluster: a verb with what it takes. To add one: a variant here, and a file that plans it.

use std::sync::Arc;

use super::{Edited, Plan, Scope, edited, redeploy, scale, start, stop};
use crate::domain::Time;
use crate::domain::environment::Environment;
use crate::domain::operation::Verb;

/// What is wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// All comes back that a stop put away.
    Start,
    /// All goes, and what it was is put away.
    Stop,
    /// New pods in the place of all, marked with the moment at which that was asked for.
    Redeploy(Time),
    /// So many pods.
    Scale(u32),
    /// A change of one object, made of it as it was read.
    Edit(Arc<Edited>),
}

impl Wish {
    /// Its verb.
    pub fn verb(&self) -> Verb {
        match self {
            Wish::Start => Verb::Start,
            Wish::Stop => Verb::Stop,
            Wish::Redeploy(_) => Verb::Redeploy,
            Wish::Scale(_) => Verb::Scale,
            Wish::Edit(change) => change.verb,
        }
    }

    /// Whether it is of single services: of an environment as a whole nobody wants it.
    pub fn is_of_services(&self) -> bool {
        !matches!(self, Wish::Start | Wish::Stop)
    }

    /// What it would do to an environment, limited to `scope`.
    pub fn plan(&self, environment: &Environment, scope: &Scope) -> Plan {
        match self {
            Wish::Start => start::start(environment, scope),
            Wish::Stop => stop::stop(environment, scope),
            Wish::Redeploy(at) => redeploy::redeploy(environment, scope, *at),
            Wish::Scale(to) => scale::scale(environment, scope, *to),
            Wish::Edit(change) => edited::edited(environment, scope, change),
        }
    }
}
