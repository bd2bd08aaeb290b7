//! What kennel can do to an environment: one table of what is said of each verb, what it asks for, what undoes it.

use serde::{Deserialize, Serialize};

use crate::domain::Kind;
use crate::domain::production::Guard;

/// What kennel can do to an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the verbs of the design")]
pub enum Verb {
    Start,
    Stop,
    Clone,
    Reconcile,
    Destroy,
    Deploy,
    Redeploy,
    Scale,
    Rollback,
    Update,
    Delete,
}

/// What is known of a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerbInfo {
    /// As users type it.
    pub word: &'static str,
    /// At the head of a title or a button.
    pub title: &'static str,
    /// What a service does, or several do: `stops`, `stop`.
    pub does: (&'static str, &'static str),
    /// Before what runs.
    pub glyph: &'static str,
    /// What has to be said before.
    pub consent: Consent,
    /// What an undo of it comes to; `None`: it can't be undone.
    pub undone_by: Option<Verb>,
    /// What becomes of the pods.
    pub pods: Pods,
    /// Kinds of objects that it is about: one that can't be read is left as it is, and that is said.
    pub needs: &'static [Kind],
}

/// What has to be said before it is done (operations.md, "All mutations").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Yes.
    Yes,
    /// In production and in a system namespace, the environment's name.
    NameWithCare,
    /// The same, but only where all pods of something end.
    NameForNone,
    /// The environment's name.
    Name,
}

/// What becomes of the pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pods {
    /// They come.
    Come,
    /// They end.
    End,
    /// Whatever follows from what is changed: others take their places.
    Follow,
}

/// What a start or a stop is about. (DaemonSets run on, unless they are asked for.)
const SCALED: &[Kind] = &[Kind::Deployment, Kind::StatefulSet, Kind::CronJob];

impl Verb {
    /// What is known of it.
    pub const fn info(self) -> VerbInfo {
        let other = VerbInfo {
            word: "",
            title: "",
            does: ("changes", "change"),
            glyph: "◔",
            consent: Consent::Yes,
            undone_by: None,
            pods: Pods::Follow,
            needs: &[],
        };
        match self {
            Verb::Start => VerbInfo {
                word: "start",
                title: "Start",
                does: ("starts", "start"),
                undone_by: Some(Verb::Stop),
                pods: Pods::Come,
                needs: SCALED,
                ..other
            },
            Verb::Stop => VerbInfo {
                word: "stop",
                title: "Stop",
                does: ("stops", "stop"),
                glyph: "◌",
                consent: Consent::NameWithCare,
                undone_by: Some(Verb::Start),
                pods: Pods::End,
                needs: SCALED,
            },
            Verb::Clone => VerbInfo { word: "clone", title: "Clone", undone_by: Some(Verb::Delete), ..other },
            Verb::Reconcile => VerbInfo { word: "reconcile", title: "Reconcile", ..other },
            Verb::Destroy => VerbInfo { word: "destroy", title: "Destroy", consent: Consent::Name, ..other },
            Verb::Deploy => VerbInfo {
                word: "deploy",
                title: "Deploy",
                consent: Consent::NameWithCare,
                undone_by: Some(Verb::Deploy),
                ..other
            },
            Verb::Redeploy => VerbInfo {
                word: "redeploy",
                title: "Redeploy",
                does: ("is redeployed", "are redeployed"),
                undone_by: Some(Verb::Redeploy),
                ..other
            },
            Verb::Scale => VerbInfo {
                word: "scale",
                title: "Scale",
                does: ("is scaled", "are scaled"),
                consent: Consent::NameForNone,
                undone_by: Some(Verb::Scale),
                ..other
            },
            Verb::Rollback => VerbInfo {
                word: "rollback",
                title: "Roll back",
                does: ("goes back", "go back"),
                undone_by: Some(Verb::Rollback),
                ..other
            },
            Verb::Update => VerbInfo { word: "update", title: "Update", undone_by: Some(Verb::Update), ..other },
            Verb::Delete => VerbInfo { word: "delete", title: "Delete", consent: Consent::Name, ..other },
        }
    }

    /// As users type it.
    pub const fn word(self) -> &'static str {
        self.info().word
    }

    /// One of it: `a stop`, `an update`.
    pub fn one(self) -> String {
        let word = self.word();
        let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        format!("{article} {word}")
    }

    /// What it comes to where it is undone, or else is not.
    pub fn turned(self, undone: bool) -> Self {
        self.info().undone_by.filter(|_| undone).unwrap_or(self)
    }

    /// Whether the environment's name has to be typed before. `none_left`: all pods of something end.
    pub fn asks_name(self, guard: Option<Guard>, none_left: bool) -> bool {
        match self.info().consent {
            Consent::Yes => false,
            Consent::NameWithCare => guard.is_some(),
            Consent::NameForNone => guard.is_some() && none_left,
            Consent::Name => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_and_a_stop_undo_each_other_and_only_the_stop_of_production_or_of_the_system_wants_its_name() {
        assert_eq!((Verb::Stop.turned(true), Verb::Start.turned(true)), (Verb::Start, Verb::Stop));
        assert_eq!((Verb::Stop.turned(false), Verb::Destroy.turned(true)), (Verb::Stop, Verb::Destroy));
        let asks =
            |verb: Verb| [None, Some(Guard::Production), Some(Guard::System)].map(|guard| verb.asks_name(guard, true));
        assert_eq!(
            (asks(Verb::Stop), asks(Verb::Start), asks(Verb::Destroy)),
            ([false, true, true], [false; 3], [true; 3])
        );
        assert_eq!((Verb::Stop.one(), Verb::Update.one()), ("a stop".to_owned(), "an update".to_owned()));
    }
}
