//! What a step does to its object: a file for each [`Action`], which says what it is called, what it needs, how the
//! object stands to it, what is sent, and what is waited for.
//!
//! ```text
//! Action ─▶ act ─▶ judge (the object as it is) ─▶ request (what is sent) ─▶ awaits (its pods)
//!                  shown, word, change, weight (the picture, the dialog, the command line)
//! ```
//!
//! To add one: a variant of [`Action`], a file here with its [`Act`], an arm in [`act`]. One that patches fields of an
//! object that is there lists them and leaves the rest to [`fields`]; one that makes or deletes an object judges by
//! itself what is there and what is not.

mod edit;
mod fields;
mod nodes;
mod pause;
mod restart;
mod scale;
mod suspend;

use serde_json::Value;

use super::Step;
use crate::domain::environment::Environment;
use crate::domain::operation::{Action, Journal, Pods};
use crate::domain::{ObjectId, Text};

/// Which way an action is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// As planned.
    Forward,
    /// Undone.
    Back,
}

impl Direction {
    /// The way in which a journal's operation goes.
    pub fn of(journal: &Journal) -> Self {
        if journal.undoing { Direction::Back } else { Direction::Forward }
    }

    /// The other one.
    pub fn opposite(self) -> Self {
        match self {
            Direction::Forward => Direction::Back,
            Direction::Back => Direction::Forward,
        }
    }
}

/// How an object stands to an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// As the plan saw it: the action can be taken.
    Before,
    /// As the action leaves it.
    After,
    /// Nothing is left to do, and why: somebody else has done the like, the object is gone.
    Already(Text),
    /// Changed in another way: what it is now.
    Changed(Text),
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// A JSON merge patch (RFC 7396) of the object.
    Patch(Value),
}

impl Request {
    /// The same, for the object of this UID and version alone: the server refuses it (409) for any other.
    #[must_use]
    pub fn held_to(self, uid: &str, resource_version: &str) -> Self {
        let Request::Patch(mut body) = self;
        fields::put(&mut body, &["metadata", "uid"], uid.into());
        fields::put(&mut body, &["metadata", "resourceVersion"], resource_version.into());
        Request::Patch(body)
    }
}

/// What a step's pods are to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// All gone.
    Gone,
    /// All of the newest revision and available, and none of an earlier one left.
    Rolled,
    /// At least so many ready (or all that are wanted by then, where that is less).
    Ready(u32),
    /// One ready on every node that they belong on.
    Everywhere,
}

/// Whose pods are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The object's.
    Own,
    /// Those of what the object scales.
    Scaled,
}

/// What an action comes to, for a plan in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// A service, what becomes of its pods, and of how many.
    Service(Pods, u32),
    /// A CronJob or Job.
    Task,
    /// Only the memory of a stop goes.
    Memory,
}

/// What can be said of an action.
pub trait Act {
    /// What it does, or takes back, in a word of the command line's contract: `scale`.
    fn word(&self, direction: Direction) -> &'static str;

    /// What changes, for people: `4 → 0`.
    fn change(&self, direction: Direction) -> String;

    /// What it comes to.
    fn weight(&self, step: &Step) -> Weight;

    /// Verbs that one must be allowed on the object's kind.
    fn needs(&self) -> &'static [&'static str];

    /// Why no plan makes it of this object. A journal may say anything.
    fn objection(&self, object: &ObjectId) -> Option<Text>;

    /// How the object stands to it. `uid`: of the object that the plan saw, where there was one.
    fn judge(&self, direction: Direction, uid: Option<&str>, object: Option<&Value>) -> Fit;

    /// What is sent to take it.
    fn request(&self, direction: Direction) -> Request;

    /// The same for kubectl, behind its name and the namespace. It has no precondition: it may be run much later.
    fn kubectl(&self, direction: Direction, object: &ObjectId) -> Vec<String> {
        sent(&self.request(direction), object)
    }

    /// What is waited for; `None` where nothing follows from it.
    fn awaits(&self, direction: Direction, object: &ObjectId) -> Option<(Goal, Whose)>;

    /// What of the object stands in the picture, in the API's form; `None` where it is not there.
    fn shown(&self, environment: &Environment, object: &ObjectId) -> Option<Value>;
}

/// What can be said of an action.
pub fn act(action: &Action) -> &dyn Act {
    match action {
        Action::Scale(scale) => scale,
        Action::Suspend(suspend) => suspend,
        Action::NodeSelector(nodes) => nodes,
        Action::Pause(pause) => pause,
        Action::Restart(restart) => restart,
        Action::Edit(edit) => edit,
    }
}

/// How kubectl sends a request.
fn sent(request: &Request, object: &ObjectId) -> Vec<String> {
    let Request::Patch(body) = request;
    ["patch", &object.argument(), "--type", "merge", "-p", &body.to_string()].map(String::from).to_vec()
}

#[cfg(test)]
mod tests;
