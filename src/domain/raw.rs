//! Text that goes back to where it came from, byte for byte.
//!
//! [`super::Text`] is for people: what a terminal would obey is replaced, what is too long is cut. A value that was
//! put away and is written back must be what it was. So it can't be printed as it is: who wants to show it makes a
//! `Text` of it.

use std::fmt;

use arcstr::ArcStr;
use serde::{Deserialize, Serialize};

use super::Text;

/// A string as the server has it: shared, cheap to clone.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Raw(ArcStr);

impl Raw {
    /// All of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For people.
    pub fn shown(&self) -> Text {
        Text::new(&self.0)
    }
}

impl From<&str> for Raw {
    fn from(raw: &str) -> Self {
        Self(raw.into())
    }
}

impl From<String> for Raw {
    fn from(raw: String) -> Self {
        Self(raw.into())
    }
}

impl From<Raw> for String {
    fn from(raw: Raw) -> Self {
        raw.0.to_string()
    }
}

impl From<&Text> for Raw {
    fn from(text: &Text) -> Self {
        Self(text.as_str().into())
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shown(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_away_comes_back_byte_for_byte_and_is_shown_as_a_marker() {
        let raw = "3\u{200b}\n\u{1b}[2J";
        let json = serde_json::to_string(&Raw::from(raw)).unwrap();
        let back: Raw = serde_json::from_str(&json).unwrap();
        assert_eq!(back.as_str(), raw);
        assert_eq!(back.shown().as_str(), "3<U+200B><U+000A><U+001B>[2J");
        assert!(!format!("{back:?}").contains('\u{1b}'));
        let long = "x".repeat(10_000);
        assert_eq!(serde_json::from_str::<Raw>(&format!("{long:?}")).unwrap().as_str(), long);
    }
}
