//! Text that came from outside: sanitised once, shared, cheap to clone.
//!
//! Every string of a cluster, a file or a log enters kennel through [`Text::new`]. What a terminal
//! would obey rather than print (control characters, bidirectional overrides, zero-width and tag
//! characters, U+2028/2029) becomes a visible marker `<U+202E>`; what is too long is cut and the
//! number of characters left out is said. Behind this point text can be printed as it is.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use arcstr::ArcStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest text that is kept, in characters; the rest is counted, not kept.
pub const LONGEST: usize = 4096;

/// Most combining marks kept in a row: more only slow a terminal down.
const MOST_COMBINING: usize = 8;

/// A sanitised, immutable, shared string.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(ArcStr);

impl Text {
    /// Sanitises `raw` and keeps at most [`LONGEST`] characters of it.
    pub fn new(raw: &str) -> Self {
        Self::capped(raw, LONGEST)
    }

    /// Sanitises `raw` and keeps at most `longest` characters of it.
    pub fn capped(raw: &str, longest: usize) -> Self {
        Self(ArcStr::from(sanitise(raw, longest).as_ref()))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether somebody else holds it, too.
    pub(crate) fn is_shared(&self) -> bool {
        ArcStr::strong_count(&self.0).is_some_and(|holders| holders > 1)
    }

    /// Whether both are one allocation (a cheap yes before a comparison).
    pub fn same(&self, other: &Self) -> bool {
        ArcStr::ptr_eq(&self.0, &other.0)
    }
}

/// Makes what a terminal would obey visible, and cuts to `longest` characters, saying how many were cut.
pub fn sanitise(raw: &str, longest: usize) -> Cow<'_, str> {
    if raw.len() <= longest && raw.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len().min(longest * 4));
    let mut combining = 0;
    for (seen, c) in raw.chars().enumerate() {
        if seen == longest {
            let left = raw.chars().count() - longest;
            out.push_str(&format!("… (+{left} characters)"));
            break;
        }
        if is_combining(c) {
            combining += 1;
            if combining > MOST_COMBINING {
                continue;
            }
        } else {
            combining = 0;
        }
        if obeyed_by_terminals(c) {
            out.push_str(&format!("<U+{:04X}>", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Characters that move the cursor, change direction, or hide: never printed as they are.
fn obeyed_by_terminals(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'          // C0, DEL, C1
        | '\u{ad}' | '\u{61c}' | '\u{180e}'               // soft hyphen, Arabic letter mark, Mongolian separator
        | '\u{200b}'..='\u{200f}'                         // zero-width, LRM, RLM
        | '\u{2028}'..='\u{202e}'                         // separators, embeddings, overrides
        | '\u{2060}'..='\u{206f}'                         // joiners, isolates, deprecated format characters
        | '\u{fe00}'..='\u{fe0f}'                         // variation selectors change widths
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e01ef}') // tags, more variation selectors
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

impl Default for Text {
    /// The empty text: no allocation.
    fn default() -> Self {
        Self(ArcStr::new())
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        Self::new(&raw)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let raw = <Cow<'de, str>>::deserialize(d)?;
        Ok(Self::new(&raw))
    }
}

/// Labels or annotations of an object: sorted pairs, shared between the objects that have the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Labels(Arc<[(Text, Text)]>);

impl Labels {
    /// Sorts `pairs` by key; of a key given twice the later one stays.
    pub fn new(pairs: impl IntoIterator<Item = (Text, Text)>) -> Self {
        let sorted: std::collections::BTreeMap<Text, Text> = pairs.into_iter().collect();
        Self(sorted.into_iter().collect())
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Text> {
        let at = self.0.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok()?;
        self.0.get(at).map(|(_, v)| v)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody else holds them, too.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// All pairs, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.0.iter().map(|(k, v)| (k, v))
    }

    /// Whether every pair of `wanted` is here (the equality form of a label selector).
    pub fn has_all(&self, wanted: &Labels) -> bool {
        wanted.iter().all(|(k, v)| self.get(k) == Some(v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_becomes_visible() {
        assert_eq!(Text::new("a\x1b[2Jb\u{202e}c\u{200d}").as_str(), "a<U+001B>[2Jb<U+202E>c<U+200D>");
        assert_eq!(Text::new("line\nnext").as_str(), "line<U+000A>next");
        assert_eq!(Text::new("größe 漢字").as_str(), "größe 漢字");
    }

    #[test]
    fn a_text_is_one_word_and_empty_ones_share_one() {
        assert_eq!(size_of::<Option<Text>>(), size_of::<usize>());
        assert!(Text::default().same(&Text::default()));
    }

    #[test]
    fn long_text_is_cut_and_counted() {
        let t = Text::capped(&"x".repeat(20), 8);
        assert_eq!(t.as_str(), "xxxxxxxx… (+12 characters)");
    }

    #[test]
    fn a_cell_never_holds_thousands_of_combining_marks() {
        let t = Text::new(&format!("e{}", "\u{301}".repeat(1000)));
        assert_eq!(t.chars().count(), 1 + MOST_COMBINING);
    }

    #[test]
    fn labels_answer_by_key_whatever_their_order_was() {
        let l = Labels::new([("b".into(), "2".into()), ("a".into(), "1".into())]);
        assert_eq!(l.get("b").map(Text::as_str), Some("2"));
        assert!(l.has_all(&Labels::new([("a".into(), "1".into())])));
        assert!(!l.has_all(&Labels::new([("a".into(), "2".into())])));
    }
}
