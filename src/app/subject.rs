//! What a change is about: the pane with the focus decides, and identities stand for it until it is done.

use std::sync::Arc;

use super::pane::{Pane, Screen};
use super::row::Row;
use super::state::State;
use crate::domain::Text;
use crate::domain::environment::Environment;
use crate::domain::service::Service;
use crate::plan::Subject;

/// What a change would be about now.
///
/// # Errors
///
/// Why it is about nothing, in a few words.
pub(crate) fn subject(state: &State) -> Result<Vec<Subject>, Text> {
    let here = || state.environment().map(|e| vec![Subject::whole(e)]).ok_or_else(|| Text::from("it is gone"));
    match state.screen() {
        Screen::Alone { pane: Pane::Operations, .. } => {
            return Err("choose an environment or a service; Enter here offers resume and undo".into());
        }
        Screen::Service { .. } => {
            let service = state.service().ok_or_else(|| Text::from("the service is gone"))?;
            let environment = state.environment().ok_or_else(|| Text::from("the environment is gone"))?;
            return Ok(of_services([(environment, service)]));
        }
        Screen::Environment(_) if !matches!(state.focus(), Pane::Services | Pane::Pods) => return here(),
        Screen::Environment(_) | Screen::Dashboard | Screen::Alone { .. } => {}
    }
    let rows = state.acting(state.focus());
    let subjects = match rows.first() {
        None if matches!(state.screen(), Screen::Environment(_)) => return here(),
        None => return Err("nothing is selected".into()),
        Some(Row::All) => return Err("choose one project: all of them at once is too much".into()),
        Some(Row::Project(p)) => {
            let environments = p.environments.iter().filter_map(|n| state.snapshot.environment(n));
            environments.map(|e| Subject::whole(e)).collect()
        }
        Some(Row::Environment(_)) => rows.iter().filter_map(|r| r.environment()).map(|e| Subject::whole(e)).collect(),
        Some(Row::Service(..)) => of_services(rows.iter().filter_map(|r| match r {
            Row::Service(e, s) => Some((e, s)),
            _ => None,
        })),
        Some(Row::Pod(e, service, _) | Row::Ended(e, service, ..) | Row::Container(e, service, ..)) => {
            of_services([(e, service)])
        }
        Some(_) => return Err("choose a service, an environment or a project".into()),
    };
    if subjects.is_empty() { Err("nothing is selected".into()) } else { Ok(subjects) }
}

/// The same for what is done to single services.
///
/// # Errors
///
/// As [`subject`].
pub(crate) fn services(state: &State) -> Result<Vec<Subject>, Text> {
    let subjects = subject(state)?;
    match subjects.iter().any(|s| s.services.is_empty()) {
        true => Err("choose a service".into()),
        false => Ok(subjects),
    }
}

fn of_services<'a>(services: impl IntoIterator<Item = (&'a Arc<Environment>, &'a Arc<Service>)>) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = Vec::new();
    for (e, s) in services {
        let service = (s.object.clone(), s.uid.clone());
        match subjects.iter_mut().find(|x| x.id == e.id) {
            Some(known) => known.services.push(service),
            None => subjects.push(Subject { services: vec![service], ..Subject::whole(e) }),
        }
    }
    subjects
}
