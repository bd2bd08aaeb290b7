//! How far a closer look at an environment has come.

use super::Text;

/// What is known by a closer look, which reads more than the picture has: objects as they are, logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Inspection {
    /// None was made yet.
    #[default]
    Never,
    /// One was. What these kinds would have told is not known: `nodes`, `pods of kube-system`.
    Done(Box<[Text]>),
    /// None can be made: without these kinds nothing can be said.
    Refused(Box<[Text]>),
}
