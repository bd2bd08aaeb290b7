//! What a word means that a person writes for a project or an environment: the same in the dashboard and on the
//! command line.

use std::sync::Arc;

use super::environment::Environment;
use super::{Snapshot, Text};

/// What a word names.
#[derive(Clone, Debug, PartialEq)]
pub enum Named {
    /// A project.
    Project(Text),
    /// One environment.
    Environment(Arc<Environment>),
}

/// Why a word names neither a project nor one environment.
#[derive(Clone, Debug, PartialEq)]
pub enum Unnamed {
    /// Nothing is called so.
    Nothing,
    /// Several environments are, in one project.
    Several(Vec<Arc<Environment>>),
    /// It is an environment's name without its project's: of these.
    Bare(Vec<Arc<Environment>>),
}

/// What `word` names: `PROJECT/ENVIRONMENT` (split at the first `/`; the environment by its name, else by its
/// namespace), a project, or a namespace that is called as no project is.
///
/// # Errors
/// [`Unnamed`].
pub fn named(snapshot: &Snapshot, word: &str) -> Result<Named, Unnamed> {
    let of = |is: &dyn Fn(&Environment) -> bool| -> Vec<Arc<Environment>> {
        snapshot.environments.values().filter(|e| is(e)).cloned().collect()
    };
    let one = |mut found: Vec<Arc<Environment>>| match found.pop() {
        Some(only) if found.is_empty() => Ok(Named::Environment(only)),
        Some(last) => {
            found.push(last);
            Err(Unnamed::Several(found))
        }
        None => Err(Unnamed::Nothing),
    };
    if let Some((project, name)) = word.split_once('/') {
        return match one(of(&|e| e.project == project && e.name == name)) {
            Err(Unnamed::Nothing) => one(of(&|e| e.project == project && e.id.namespace == name)),
            found => found,
        };
    }
    if let Some(project) = snapshot.projects.get(word) {
        return Ok(Named::Project(project.name.clone()));
    }
    if let Some(e) = snapshot.namespace(word) {
        return Ok(Named::Environment(e.clone()));
    }
    match of(&|e| e.name == word) {
        none if none.is_empty() => Err(Unnamed::Nothing),
        bare => Err(Unnamed::Bare(bare)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EnvironmentId;
    use crate::domain::project::Project;

    fn snapshot() -> Snapshot {
        let mut s = Snapshot::default();
        let all = [
            ("shop", "qa", "shop-qa"),
            ("shop", "a/b", "shop-ab"),
            ("shop", "twice", "shop-1"),
            ("shop", "twice", "shop-2"),
            ("lab", "qa", "lab-qa"),
            ("lab", "x", "lab"),
            ("(unassigned)", "sock-shop", "sock-shop"),
            ("dev", "shop-qa", "dev-anna"),
        ];
        for (project, name, namespace) in all {
            let (project, name, id) = (Text::from(project), name.into(), EnvironmentId::new("", namespace));
            let e = Environment { project: project.clone(), name, id: id.clone(), ..Environment::default() };
            s.environments.insert(id, Arc::new(e));
            s.projects.insert(project.clone(), Arc::new(Project { name: project, ..Project::default() }));
        }
        s
    }

    #[test]
    fn an_environment_is_named_by_path_by_project_and_namespace_or_by_its_namespace_alone() {
        let s = snapshot();
        let of = |word: &str| match named(&s, word) {
            Ok(Named::Environment(e)) => e.id.namespace.to_string(),
            Ok(Named::Project(p)) => format!("project {p}"),
            Err(Unnamed::Nothing) => "nothing".to_owned(),
            Err(Unnamed::Several(all)) => format!("{} of one name", all.len()),
            Err(Unnamed::Bare(all)) => format!("bare, of {}", all.len()),
        };
        for (word, means) in [
            ("shop/qa", "shop-qa"),
            ("shop/shop-qa", "shop-qa"),
            ("shop/a/b", "shop-ab"),
            ("shop", "project shop"),
            ("lab", "project lab"),
            ("sock-shop", "sock-shop"),
            ("shop-qa", "shop-qa"),
            ("shop/twice", "2 of one name"),
            ("qa", "bare, of 2"),
            ("x", "bare, of 1"),
            ("lab/shop-qa", "nothing"),
            ("shop/", "nothing"),
            ("", "nothing"),
        ] {
            assert_eq!(of(word), means, "{word}");
        }
    }
}
