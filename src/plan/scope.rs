//! What an operation is limited to, and what it takes along on request.

use std::sync::Arc;

use crate::domain::data::DataState;
use crate::domain::environment::Environment;
use crate::domain::service::{Service, Task};
use crate::domain::{Kind, ObjectId, Text};

/// The services and the options a user asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Names of services (`web`, or `deploy/web` where a name is ambiguous); empty means all.
    pub services: Vec<Text>,
    /// Also DaemonSets, by a node selector that matches no node.
    pub daemonsets: bool,
    /// What is known of an environment will do, where its Deployments or StatefulSets can't be read.
    pub partly: bool,
}

/// What a scope picks of an environment.
pub(super) struct Picked<'a> {
    /// Services, by kind and name.
    pub(super) services: Vec<&'a Arc<Service>>,
    /// CronJobs, and Jobs that were asked for by name or that a stop has suspended; by name.
    pub(super) tasks: Vec<&'a Arc<Task>>,
    /// Whether each was asked for by its name.
    pub(super) named: bool,
    /// Names that pick nothing, or several: one sentence each.
    pub(super) refused: Vec<Text>,
}

/// At most so many candidates are listed for a name that picks nothing.
const CANDIDATES: usize = 8;

/// Picks by `scope`.
pub(super) fn pick<'a>(environment: &'a Environment, scope: &Scope) -> Picked<'a> {
    // A Kubernetes Service that stands alone neither runs nor stops.
    let mut services: Vec<_> = environment.services.iter().filter(|s| !s.object.is(Kind::Service)).collect();
    let mut tasks: Vec<_> = environment.tasks.iter().filter(|t| can_be_suspended(t)).collect();
    let mut refused = Vec::new();
    if !scope.services.is_empty() {
        let mut wanted = Vec::new();
        for name in &scope.services {
            match one(environment, name) {
                Ok(object) => {
                    refused.extend(unseen(environment, object).filter(|_| !scope.partly));
                    wanted.push(object);
                }
                Err(why) => refused.push(why),
            }
        }
        services.retain(|s| wanted.contains(&&s.object));
        tasks.retain(|t| wanted.contains(&&t.object));
    } else {
        // Jobs run to their end unless asked.
        tasks.retain(|t| t.object.is(Kind::CronJob) || t.memory.is_some());
    }
    services.sort_by(|a, b| (&a.object.api, &a.object.name).cmp(&(&b.object.api, &b.object.name)));
    tasks.sort_by(|a, b| (&a.object.name, &a.object.api).cmp(&(&b.object.name, &b.object.api)));
    Picked { services, tasks, named: !scope.services.is_empty(), refused }
}

/// Why what would have to be known of all of an environment is not: `you may not list deployments`.
pub fn unread(environment: &Environment) -> Option<String> {
    let denied = |k: &Kind| matches!(environment.gap(*k), Some(DataState::Forbidden { .. }));
    let (denied, late): (Vec<Kind>, Vec<Kind>) = environment.unread.iter().partition(|k| denied(k));
    let names = |kinds: &[Kind]| kinds.iter().map(|k| k.plural()).collect::<Vec<_>>().join(", ");
    let said = |kinds: Vec<Kind>, say: fn(String) -> String| (!kinds.is_empty()).then(|| say(names(&kinds)));
    let denied = said(denied, |kinds| format!("you may not list {kinds}"));
    let late = said(late, |kinds| format!("{kinds} have not arrived"));
    let why: Vec<String> = denied.into_iter().chain(late).collect();
    (!why.is_empty()).then(|| why.join(", and "))
}

/// Why nothing can be done to a service that is known by its pods alone.
fn unseen(environment: &Environment, object: &ObjectId) -> Option<Text> {
    let service = environment.service(object)?;
    let unread = object.api.known().is_some_and(|kind| environment.unread.contains(&kind));
    let why = unread.then(|| self::unread(environment)).flatten().filter(|_| service.workload.is_none())?;
    Some(format!("{} can't be read: {why}", object.short()).into())
}

fn can_be_suspended(task: &Task) -> bool {
    matches!(task.object.api.known(), Some(Kind::CronJob | Kind::Job))
}

/// The one object that a name means. A service goes before a task of the same name.
fn one<'a>(environment: &'a Environment, name: &str) -> Result<&'a ObjectId, Text> {
    let services = || environment.services.iter().map(|s| &s.object).filter(|o| !o.is(Kind::Service));
    let tasks = || environment.tasks.iter().filter(|t| can_be_suspended(t)).map(|t| &t.object);
    let found: Vec<_> = services().filter(|o| means(name, o)).collect();
    let found = if found.is_empty() { tasks().filter(|o| means(name, o)).collect() } else { found };
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let mut all: Vec<&ObjectId> = services().chain(tasks()).collect();
            all.sort_by_key(|o| (!alike(name, &o.name), o.name.clone()));
            let more = all.len().saturating_sub(CANDIDATES);
            let mut names: Vec<String> = all.iter().take(CANDIDATES).map(|o| o.name.to_string()).collect();
            if more > 0 {
                names.push(format!("{more} more"));
            }
            let there = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            let but = unread(environment).map(|why| format!(" ({why})")).unwrap_or_default();
            Err(format!("no service {name} in {}; there is {there}{but}", environment.path()).into())
        }
        several => {
            let names: Vec<_> = several.iter().map(|o| o.short()).collect();
            Err(format!("{name} is ambiguous in {}: say {}", environment.path(), names.join(" or ")).into())
        }
    }
}

/// Whether `name` means `object`: `web`; or kind and name: `deploy/web`, `deployment/web`, `deployments/web`,
/// `Deployment/web`, `deployments.apps/web`.
pub fn means(name: &str, object: &ObjectId) -> bool {
    let Some((kind, bare)) = name.split_once('/') else { return object.name == name };
    object.name == bare && object.api.is_called(kind)
}

/// Whether a candidate is worth being named first.
fn alike(name: &str, candidate: &str) -> bool {
    let bare = name.rsplit('/').next().unwrap_or(name);
    let start: String = bare.chars().take(3).collect();
    candidate.contains(bare) || bare.contains(candidate) || (!start.is_empty() && candidate.starts_with(&start))
}
