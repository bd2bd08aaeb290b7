//! What a plan is asked for: identities, which stand for it until the answer comes.

use std::sync::Arc;

use super::Scope;
use crate::domain::environment::Environment;
use crate::domain::service::Service;
use crate::domain::{EnvironmentId, ObjectId, Snapshot, Text};

/// An environment, or services of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Which environment.
    pub id: EnvironmentId,
    /// UID of the namespace.
    pub uid: Text,
    /// Services with their UIDs; empty means what the scope says.
    pub services: Vec<(ObjectId, Text)>,
    /// What was asked for in words.
    pub scope: Scope,
}

impl Subject {
    /// A whole environment.
    pub fn whole(e: &Environment) -> Self {
        Self::within(e, Scope::default())
    }

    /// What a scope picks of an environment, whenever it is asked.
    pub fn within(e: &Environment, scope: Scope) -> Self {
        Self { id: e.id.clone(), uid: e.uid.clone(), services: Vec::new(), scope }
    }

    /// Its environment, if that is still the same one.
    pub fn environment<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Arc<Environment>> {
        snapshot.environment(&self.id).filter(|e| e.uid == self.uid)
    }

    /// What is left of it: services that are gone or were made anew are dropped. `None` when nothing is left.
    pub fn still_there(&self, snapshot: &Snapshot) -> Option<Self> {
        let environment = self.environment(snapshot)?;
        let lives = |(object, uid): &&(ObjectId, Text)| {
            environment.services.iter().any(|s| s.object == *object && s.uid == *uid)
        };
        let services: Vec<_> = self.services.iter().filter(lives).cloned().collect();
        (self.services.is_empty() || !services.is_empty()).then(|| Self { services, ..self.clone() })
    }

    /// The one service that it is about, as things are now.
    ///
    /// # Errors
    /// In a few words: it is about several, or about none that is there.
    pub fn service<'a>(&self, snapshot: &'a Snapshot) -> Result<&'a Arc<Service>, Text> {
        let environment = self.environment(snapshot).ok_or("its environment is gone")?;
        let picked = super::scope::pick(environment, &self.scope(environment));
        match (picked.services.as_slice(), picked.refused.first()) {
            ([one], None) if picked.named => Ok(one),
            (_, Some(why)) => Err(why.clone()),
            _ => Err("choose one service".into()),
        }
    }

    /// It as a plan takes it.
    pub(super) fn scope(&self, environment: &Environment) -> Scope {
        match self.services.as_slice() {
            [] => self.scope.clone(),
            named => {
                let services = named.iter().map(|(object, _)| word(environment, object)).collect();
                Scope { services, ..self.scope.clone() }
            }
        }
    }
}

/// The name of a service as a scope has it: `web`, or `deploy/web` where another kind has that name too.
fn word(environment: &Environment, object: &ObjectId) -> Text {
    let twins = environment.services.iter().filter(|s| s.object.name == object.name).count();
    if twins > 1 { object.short().into() } else { object.name.clone() }
}
