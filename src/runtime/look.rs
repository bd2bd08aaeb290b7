//! How things may look on this terminal: colours, glyphs, and the user's own themes.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;

use crate::domain::Text;
use crate::ui::{Depth, Theme};

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Colours.
    pub depth: Depth,
    /// Nothing but ASCII.
    pub ascii: bool,
}

impl Look {
    /// What `NO_COLOR`, `COLORTERM`, `TERM` and the locale say, and the flag `--no-color`.
    pub fn of_terminal(no_color: bool) -> Self {
        Self::of(no_color, &var("TERM").unwrap_or_default())
    }

    /// What a picture in colours shows: it is looked at elsewhere than where it is made (a CI job, an editor).
    pub fn of_picture(no_color: bool) -> Self {
        Self::of(no_color, viewer(&var("TERM").unwrap_or_default()))
    }

    fn of(no_color: bool, term: &str) -> Self {
        let no_color = no_color || var("NO_COLOR").is_some();
        let locale = var("LC_ALL").or_else(|| var("LC_CTYPE")).or_else(|| var("LANG"));
        let colorterm = var("COLORTERM").unwrap_or_default();
        Self { depth: depth(no_color, &colorterm, term), ascii: ascii(locale.as_deref(), term) }
    }

    /// Neither colours nor limits: a frame as plain text.
    pub fn plain() -> Self {
        Self { depth: Depth::None, ascii: false }
    }

    /// The theme to begin with.
    pub fn usual_theme(self) -> &'static str {
        if self.depth == Depth::None { "mono" } else { "dark" }
    }

    /// What colours there are, in words.
    pub fn colours(self) -> &'static str {
        match self.depth {
            Depth::True => "24 bits",
            Depth::Indexed => "256",
            Depth::None => "none, or sixteen: the theme `mono`",
        }
    }

    /// The theme of that name, embedded or the user's own, as this terminal can show it; else the default one.
    /// Times are the local ones.
    pub fn theme(self, name: &str) -> Theme {
        let own = || {
            let text = std::fs::read_to_string(folder()?.join(format!("{name}.toml"))).ok()?;
            Theme::parse(name, &text).inspect_err(|error| tracing::warn!(%error, "a theme can't be read")).ok()
        };
        let theme = Theme::named(name).or_else(own).unwrap_or_default();
        theme.at_depth(self.depth).ascii(self.ascii).in_zone(jiff::tz::TimeZone::system())
    }
}

/// Names of all themes: kennel's, then the user's own.
pub fn themes() -> Vec<Text> {
    let mut names: Vec<Text> = Theme::names().map(Text::new).collect();
    let files = folder().and_then(|f| std::fs::read_dir(f).ok()).into_iter().flatten().flatten();
    let mut own: Vec<Text> = files
        .filter(|f| f.path().extension().is_some_and(|x| x == "toml"))
        .filter_map(|f| f.path().file_stem().map(|s| Text::new(&s.to_string_lossy())))
        .filter(|name| !names.contains(name))
        .collect();
    own.sort();
    names.append(&mut own);
    names
}

/// `~/.config/kennel`, by the XDG rules.
pub fn config_folder() -> Option<PathBuf> {
    etcetera::choose_base_strategy().ok().map(|s| s.config_dir().join("kennel"))
}

/// The home folder.
pub fn home() -> Option<PathBuf> {
    etcetera::home_dir().ok()
}

fn folder() -> Option<PathBuf> {
    config_folder().map(|c| c.join("themes"))
}

/// A variable of the environment that says something.
fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// The terminal on which a picture will be seen: one that shows nothing is not where.
fn viewer(term: &str) -> &str {
    if matches!(term, "" | "dumb") { "xterm-256color" } else { term }
}

fn depth(no_color: bool, colorterm: &str, term: &str) -> Depth {
    if no_color {
        Depth::None
    } else if matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct") {
        Depth::True
    } else if term.contains("256") {
        Depth::Indexed
    } else {
        Depth::None
    }
}

fn ascii(locale: Option<&str>, term: &str) -> bool {
    let utf8 = |l: &str| {
        let l = l.to_ascii_lowercase();
        l.contains("utf-8") || l.contains("utf8")
    };
    term == "linux" || !locale.is_some_and(utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_no_color_then_colorterm_then_term() {
        assert_eq!(depth(true, "truecolor", "xterm-256color"), Depth::None);
        assert_eq!(depth(false, "truecolor", "xterm"), Depth::True);
        assert_eq!(depth(false, "", "tmux-256color"), Depth::Indexed);
        assert_eq!(depth(false, "", "xterm"), Depth::None);
    }

    #[test]
    fn a_picture_in_colours_has_them_where_the_terminal_has_none() {
        assert_eq!(depth(false, "", viewer("dumb")), Depth::Indexed);
        assert_eq!(depth(true, "", viewer("")), Depth::None, "unless none are wanted");
        assert_eq!(viewer("linux"), "linux");
    }

    #[test]
    fn glyphs_are_ascii_unless_the_locale_is_utf_8() {
        assert!(ascii(Some("C"), "xterm"));
        assert!(ascii(Some("POSIX"), "xterm"));
        assert!(ascii(None, "xterm"));
        assert!(ascii(Some("en_US.UTF-8"), "linux"));
        assert!(!ascii(Some("C.utf8"), "xterm"));
        assert!(!ascii(Some("de_DE.UTF-8"), "xterm"));
    }
}
