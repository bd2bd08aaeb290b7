//! Themes: what each role looks like. Code names roles; only themes name colours.
//!
//! A theme is a TOML file (`themes/*.toml`, embedded). A user's own may stand on another
//! (`base = "dark"`) and then gives only what differs. To add a role: a line in [`Role`]'s table
//! and in every embedded theme; the tests hold the contrast.

mod colour;
mod parse;
#[cfg(test)]
mod tests;

use jiff::tz::{Offset, TimeZone};
use ratatui::style::{Color, Style};

use crate::domain::Time;

pub use colour::Depth;

/// What a piece of the screen means. Every state also has a glyph and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Most of the screen.
    Text,
    /// What may be overlooked: units, separators, old data.
    Dim,
    /// The one accent: where one is, keys in hints.
    Accent,
    /// Borders of panes.
    Border,
    /// The border of the focused pane.
    BorderFocused,
    /// Background of the selected row.
    Selection,
    /// Serves as it should.
    Good,
    /// Wants a look.
    Warn,
    /// Needs a person.
    Bad,
    /// Something is under way.
    Busy,
    /// Partly on, partly off.
    Mixed,
    /// Off, on purpose.
    Off,
    /// Production: the header and dialogs.
    Production,
}

impl Role {
    /// All roles with their names in theme files.
    pub const ALL: [(Role, &'static str); 13] = [
        (Role::Text, "text"),
        (Role::Dim, "dim"),
        (Role::Accent, "accent"),
        (Role::Border, "border"),
        (Role::BorderFocused, "border-focused"),
        (Role::Selection, "selection"),
        (Role::Good, "good"),
        (Role::Warn, "warn"),
        (Role::Bad, "bad"),
        (Role::Busy, "busy"),
        (Role::Mixed, "mixed"),
        (Role::Off, "off"),
        (Role::Production, "production"),
    ];
}

/// The themes that come with kennel, by name.
const EMBEDDED: [(&str, &str); 4] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// What is wrong with a theme file, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("theme {theme}: {what}")]
pub struct ThemeError {
    /// Name of the theme (or of its file).
    pub theme: String,
    /// What is wrong and where.
    pub what: String,
}

/// How everything looks: a style per role, the colours of environments, and whether the terminal
/// can show more than ASCII.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    name: String,
    background: Option<Color>,
    roles: [Style; Role::ALL.len()],
    environments: Vec<(String, Color)>,
    depth: Depth,
    ascii: bool,
    zone: TimeZone,
}

impl Default for Theme {
    /// `dark`.
    fn default() -> Self {
        Theme::named("dark").unwrap_or_else(Theme::plain)
    }
}

impl Theme {
    /// A theme without any style: what is left when nothing else can be read.
    fn plain() -> Self {
        Self {
            name: "plain".to_owned(),
            background: None,
            roles: [Style::new(); Role::ALL.len()],
            environments: Vec::new(),
            depth: Depth::None,
            ascii: false,
            zone: TimeZone::UTC,
        }
    }

    /// Names of the themes that come with kennel.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// One of the themes that come with kennel.
    pub fn named(name: &str) -> Option<Self> {
        let (name, text) = EMBEDDED.iter().find(|(n, _)| *n == name)?;
        Theme::parse(name, text).ok()
    }

    /// Reads a theme file's text. `name` is used in errors, and where the file gives none.
    ///
    /// # Errors
    /// One sentence that names the role or key at fault.
    pub fn parse(name: &str, text: &str) -> Result<Self, ThemeError> {
        parse::theme(name, text).map_err(|what| ThemeError { theme: name.to_owned(), what })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The theme for a terminal that shows at most `depth` colours. With 16 colours or none the
    /// roles of `mono` are taken: sixteen colours that a user chose can't be held readable.
    #[must_use]
    pub fn at_depth(self, depth: Depth) -> Self {
        match depth {
            Depth::True => self,
            Depth::Indexed => Self {
                background: self.background.map(colour::indexed),
                roles: self.roles.map(|s| Style { fg: s.fg.map(colour::indexed), bg: s.bg.map(colour::indexed), ..s }),
                environments: self.environments.into_iter().map(|(n, c)| (n, colour::indexed(c))).collect(),
                depth,
                ..self
            },
            Depth::None => {
                let mono = Theme::named("mono").unwrap_or_else(Theme::plain);
                Self { name: self.name, ascii: self.ascii, zone: self.zone, depth, ..mono }
            }
        }
    }

    /// The theme for a terminal that shows only ASCII (`LANG=C`, `TERM=linux`).
    #[must_use]
    pub fn ascii(self, ascii: bool) -> Self {
        Self { ascii, ..self }
    }

    /// Shows absolute times in this zone; without it they are UTC.
    #[must_use]
    pub fn in_zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// `2026-03-14 11:56 +01:00`; without the offset where `known`, the one said last, is the same.
    pub(crate) fn time(&self, at: Time, known: &mut Option<Offset>) -> String {
        let here = at.stamp().to_zoned(self.zone.clone());
        let said = known.replace(here.offset()) == Some(here.offset());
        here.strftime(if said { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M %:z" }).to_string()
    }

    /// A time to the second: `03-14 11:54:02`.
    pub(crate) fn moment(&self, at: Time) -> String {
        at.stamp().to_zoned(self.zone.clone()).strftime("%m-%d %H:%M:%S").to_string()
    }

    /// The time of day, with the day where an axis of so many seconds has several.
    pub(crate) fn clock(&self, at: Time, span: i64) -> String {
        let form = if span > 24 * 3600 { "%m-%d %H:%M" } else { "%H:%M" };
        at.stamp().to_zoned(self.zone.clone()).strftime(form).to_string()
    }

    /// Whether only ASCII may be drawn.
    pub(crate) fn only_ascii(&self) -> bool {
        self.ascii
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        let at = Role::ALL.iter().position(|(r, _)| *r == role).unwrap_or(0);
        self.roles.get(at).copied().unwrap_or_default()
    }

    /// The style under everything: the theme's background and text.
    pub(crate) fn ground(&self) -> Style {
        let style = self.style(Role::Text);
        match self.background {
            Some(b) => style.bg(b),
            None => style,
        }
    }

    /// The colour that an environment's annotation names: a name of the theme's table or `#rrggbb`.
    pub(crate) fn environment(&self, color: &str) -> Option<Color> {
        if self.depth == Depth::None || self.environments.is_empty() {
            return None;
        }
        let named = self.environments.iter().find(|(n, _)| n.eq_ignore_ascii_case(color)).map(|(_, c)| *c);
        let own = || colour::parse(color).filter(|c| matches!(c, Color::Rgb(..)));
        let colour = named.or_else(own)?;
        Some(if self.depth == Depth::Indexed { colour::indexed(colour) } else { colour })
    }
}
