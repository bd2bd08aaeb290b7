//! A task whose last run failed, or whose run can't get on.

use std::sync::Arc;

use crate::domain::Text;
use crate::domain::environment::Environment;
use crate::domain::issue::{Category, Issue, IssueId, Severity};
use crate::domain::service::Task;

/// One issue per task with which something is wrong.
pub(super) fn find(environment: &Environment) -> Vec<Issue> {
    environment.tasks.iter().filter_map(of).collect()
}

fn of(task: &Arc<Task>) -> Option<Issue> {
    let title = Text::new(&format!("{}: {}", task.object.name, task.trouble()?));
    let id = IssueId { detector: "task", object: task.object.clone(), key: Text::default() };
    Some(Issue { since: task.since, ..Issue::new(id, Severity::High, Category::Reliability, title) })
}
