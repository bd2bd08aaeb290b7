//! Whether an object is there that another one names.

use super::Text;

/// Whether an object is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Existence {
    /// It is.
    There,
    /// It is not.
    Missing,
    /// That can't be known, and why.
    Unknown(Text),
}
