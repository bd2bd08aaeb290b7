//! Copying by OSC 52: the terminal puts it into the clipboard of whoever looks at it, over SSH too.
//!
//! Write only: kennel never asks what the clipboard holds.

use base64::Engine as _;

use crate::domain::Text;

/// Most bytes that are copied: terminals drop sequences past 100,000.
const MOST: usize = 74_000;

/// The sequence that copies `text`, wrapped for tmux or screen where that is in between.
/// Text comes sanitised ([`crate::domain::Text`]); line ends of commands stay.
pub fn copy(text: &str, tmux: bool) -> Vec<u8> {
    let mut end = text.len().min(MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let clean: String =
        text.get(..end).unwrap_or_default().chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let osc = format!("\x1b]52;c;{}\x07", base64::engine::general_purpose::STANDARD.encode(clean));
    if tmux { format!("\x1bPtmux;{}\x1b\\", osc.replace('\x1b', "\x1b\x1b")) } else { osc }.into_bytes()
}

/// What to tell after it: `copied web:8080`, `copied 3 lines`.
pub fn said(text: &str) -> Text {
    match text.lines().count() {
        0 => "nothing to copy".into(),
        1 if text.chars().count() <= 60 => format!("copied {}", text.trim_end()).into(),
        1 => format!("copied {} characters", text.chars().count()).into(),
        n => format!("copied {n} lines").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copied_text_can_hold_no_sequence_and_is_capped() {
        assert_eq!(copy("hi", false), b"\x1b]52;c;aGk=\x07");
        assert_eq!(copy("h\x1b\x07i", false), b"\x1b]52;c;aGk=\x07");
        assert_eq!(copy("hi", true), b"\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\");
        let long = copy(&"ä".repeat(100_000), false);
        assert!(long.len() < 100_000);
    }
}
