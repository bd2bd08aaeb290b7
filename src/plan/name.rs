//! The name by which somebody says that he means it: typed in a dialog, or given with `--confirm`.

use super::EnvironmentRef;
use crate::domain::Text;
use crate::domain::production::Guard;

/// What has to be named, or may be, before something is done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// At least one.
    environments: Vec<EnvironmentRef>,
    needed: bool,
}

impl Name {
    /// Of these environments; `None` of none. `needed`: nothing is done before they are named.
    pub fn of(environments: Vec<EnvironmentRef>, needed: bool) -> Option<Self> {
        (!environments.is_empty()).then_some(Self { environments, needed })
    }

    /// Nothing is done before it is typed.
    pub fn needed(&self) -> bool {
        self.needed
    }

    /// Why care is taken of it, where it is.
    pub fn guard(&self) -> Option<Guard> {
        self.environments.iter().find_map(|e| e.guard)
    }

    /// The one word that stands for it in a dialog: the environment's name; of several, the project's.
    pub fn typed(&self) -> Text {
        match self.environments.as_slice() {
            [one] => one.name.clone(),
            several => several.first().map(|e| e.project.clone()).unwrap_or_default(),
        }
    }

    /// Whether `word` names this one of them. An environment is named by its name where no other of them has it, by
    /// its namespace and by `PROJECT/ENVIRONMENT`; several of one project by this, too.
    fn names(&self, word: &str, e: &EnvironmentRef) -> bool {
        let alone = || self.environments.iter().filter(|other| other.name == e.name).count() == 1;
        let project =
            || self.environments.len() > 1 && self.environments.iter().all(|other| other.project == e.project);
        word == &*e.id.namespace
            || word == e.path()
            || (word == &*e.name && alone())
            || (word == &*e.project && project())
    }

    /// The first of `words` that names none of them.
    pub fn foreign<'a>(&self, words: &'a [String]) -> Option<&'a str> {
        let names_none = |word: &&String| !self.environments.iter().any(|e| self.names(word, e));
        words.iter().find(names_none).map(String::as_str)
    }

    /// What none of `words` names, each by the word that would.
    pub fn unnamed(&self, words: &[String]) -> Vec<String> {
        let left = self.environments.iter().filter(|e| !words.iter().any(|word| self.names(word, e)));
        left.map(|e| if self.names(&e.name, e) { e.name.to_string() } else { e.path() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EnvironmentId;

    fn of(places: &[(&str, &str)]) -> Name {
        let place = |(project, name): &(&str, &str)| EnvironmentRef {
            id: EnvironmentId::new("", format!("{project}-{name}")),
            project: (*project).into(),
            name: (*name).into(),
            guard: None,
        };
        Name::of(places.iter().map(place).collect(), true).unwrap()
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_is_named_by_its_name_its_namespace_or_its_path() {
        let prod = of(&[("shop", "prod")]);
        for word in ["prod", "shop-prod", "shop/prod"] {
            assert_eq!((prod.foreign(&words(&[word])), prod.unnamed(&words(&[word])).len()), (None, 0), "{word}");
        }
        assert_eq!(prod.foreign(&words(&["shop"])), Some("shop"), "its project is more than it");
        assert_eq!(prod.unnamed(&[]), ["prod"]);
    }

    #[test]
    fn of_several_each_is_named_or_the_project_that_all_are_of() {
        let two = of(&[("shop", "prod"), ("shop", "live")]);
        assert_eq!(two.unnamed(&words(&["prod"])), ["live"]);
        assert_eq!(two.unnamed(&words(&["prod", "live"])), [""; 0]);
        assert_eq!(two.unnamed(&words(&["shop"])), [""; 0]);
        assert_eq!(two.foreign(&words(&["prod", "qa"])), Some("qa"));
        let apart = of(&[("shop", "prod"), ("inn", "live")]);
        assert_eq!(apart.foreign(&words(&["shop"])), Some("shop"), "one project's name is no word for another");
    }

    #[test]
    fn a_name_that_two_of_them_have_says_neither() {
        let twins = of(&[("shop", "prod"), ("inn", "prod")]);
        assert_eq!(twins.foreign(&words(&["prod"])), Some("prod"));
        assert_eq!(twins.unnamed(&words(&["shop/prod"])), ["inn/prod"]);
    }
}
