//! Theme files: TOML in, styles out, with errors that name the place.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use super::{Depth, EMBEDDED, Role, Theme, colour};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Option<String>,
    /// Embedded theme that gives what this one leaves out.
    base: Option<String>,
    background: Option<String>,
    #[serde(default)]
    roles: BTreeMap<String, Look>,
    #[serde(default)]
    environments: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Look {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    dim: bool,
    #[serde(default)]
    italic: bool,
    #[serde(default)]
    underline: bool,
    #[serde(default)]
    reverse: bool,
}

/// Reads a theme; the error is one sentence.
pub(super) fn theme(name: &str, text: &str) -> Result<Theme, String> {
    let file: File = toml::from_str(text).map_err(|e| one_line(&e, text))?;
    let mut theme = match &file.base {
        None => Theme { depth: Depth::True, ..Theme::plain() },
        Some(base) => {
            let (base, text) = EMBEDDED.iter().find(|(n, _)| n == base).ok_or_else(|| {
                format!("base \"{base}\" is none of {}", Theme::names().collect::<Vec<_>>().join(", "))
            })?;
            self::theme(base, text)?
        }
    };
    theme.name = file.name.unwrap_or_else(|| name.to_owned());
    if let Some(b) = &file.background {
        theme.background = Some(colour_of("background", b)?);
    }
    for (key, look) in &file.roles {
        let at = Role::ALL.iter().position(|(_, n)| n == key).ok_or_else(|| {
            let names: Vec<_> = Role::ALL.iter().map(|(_, n)| *n).collect();
            format!("role \"{key}\" is none of {}", names.join(", "))
        })?;
        let style = style(key, look)?;
        if let Some(slot) = theme.roles.get_mut(at) {
            *slot = style;
        }
    }
    if file.base.is_none()
        && let Some((_, missing)) = Role::ALL.iter().find(|(_, n)| !file.roles.contains_key(*n))
    {
        return Err(format!("role \"{missing}\" is missing (or name a base: base = \"dark\")"));
    }
    for (key, value) in &file.environments {
        let colour = colour_of(&format!("environment colour \"{key}\""), value)?;
        theme.environments.retain(|(n, _)| n != key);
        theme.environments.push((key.clone(), colour));
    }
    Ok(theme)
}

fn style(role: &str, look: &Look) -> Result<Style, String> {
    let mut style = Style::new();
    if let Some(c) = &look.fg {
        style = style.fg(colour_of(&format!("role \"{role}\", fg"), c)?);
    }
    if let Some(c) = &look.bg {
        style = style.bg(colour_of(&format!("role \"{role}\", bg"), c)?);
    }
    let modifiers = [
        (look.bold, Modifier::BOLD),
        (look.dim, Modifier::DIM),
        (look.italic, Modifier::ITALIC),
        (look.underline, Modifier::UNDERLINED),
        (look.reverse, Modifier::REVERSED),
    ];
    for (_, m) in modifiers.iter().filter(|(on, _)| *on) {
        style = style.add_modifier(*m);
    }
    Ok(style)
}

fn colour_of(place: &str, text: &str) -> Result<Color, String> {
    colour::parse(text).ok_or_else(|| format!("{place}: \"{text}\" is no colour (#rrggbb, or a name such as red)"))
}

/// TOML's errors draw a picture of several lines; one line with the line number says the same.
fn one_line(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map(|s| text.get(..s.start).unwrap_or("").matches('\n').count() + 1);
    let message = error.message().replace('\n', " ");
    match line {
        Some(line) => format!("line {line}: {message}"),
        None => message,
    }
}
