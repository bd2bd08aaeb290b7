//! Keys as kennel knows them, and the grammar that names them: `j <Enter> <C-p> <S-Tab> <lt>`.
//!
//! A key of its own, so that nothing here knows a terminal library; `runtime` translates.

use std::fmt;

/// What was pressed, without modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A character as typed: `S` is Shift and s already.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab (with `shift` for Shift-Tab).
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// F1 to F12.
    F(u8),
}

/// One key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What was pressed.
    pub code: Code,
    /// With Control.
    pub ctrl: bool,
    /// With Shift; always false for characters, which carry it in themselves.
    pub shift: bool,
    /// With Alt.
    pub alt: bool,
}

impl Key {
    /// A key without modifiers.
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false, shift: false, alt: false }
    }

    /// A character.
    pub const fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// Control and a character.
    pub const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), ctrl: true, shift: false, alt: false }
    }

    /// A key as a terminal reports it, with what terminals disagree about made equal: Shift of a character is
    /// in the character; Control-4 is how Control-\ arrives in a terminal without the keyboard protocol, and
    /// Control-@ how Control-Space does; letters under Control are small.
    pub fn reported(code: Code, ctrl: bool, shift: bool, alt: bool) -> Self {
        match code {
            Code::Char('4') if ctrl => Self::ctrl('\\'),
            Code::Char('@' | '2') if ctrl => Self::ctrl(' '),
            Code::Char(c) if ctrl => Self { alt, ..Self::ctrl(c.to_ascii_lowercase()) },
            Code::Char(c) if shift && c.is_ascii_lowercase() => Self { alt, ..Self::char(c.to_ascii_uppercase()) },
            Code::Char(c) => Self { alt, ..Self::char(c) },
            code => Self { code, ctrl, shift, alt },
        }
    }

    /// The character that it types into an input, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt && !c.is_control() => Some(c),
            _ => None,
        }
    }
}

/// Names of keys between `<` and `>`.
const NAMES: &[(&str, Code)] = &[
    ("Enter", Code::Enter),
    ("Esc", Code::Esc),
    ("Tab", Code::Tab),
    ("Space", Code::Char(' ')),
    ("Up", Code::Up),
    ("Down", Code::Down),
    ("Left", Code::Left),
    ("Right", Code::Right),
    ("Home", Code::Home),
    ("End", Code::End),
    ("PgUp", Code::PageUp),
    ("PgDn", Code::PageDown),
    ("BS", Code::Backspace),
    ("Del", Code::Delete),
    ("lt", Code::Char('<')),
];

/// Why a text is no sequence of keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A `<` without its `>`.
    #[error("`<` at character {0} has no `>`; a plain `<` is written <lt>")]
    Open(usize),
    /// A name between `<` and `>` that is none.
    #[error(
        "<{0}> is no key; try <Enter> <Esc> <Tab> <S-Tab> <Space> <Up> <Down> <Left> <Right> <Home> <End> <PgUp> <PgDn> <BS> <F1>…<F12> <C-x> <lt>"
    )]
    Name(String),
    /// A line feed or another control character.
    #[error("character {0} is a control character; write <Enter>, <Tab> or <Esc>")]
    Control(usize),
}

/// The keys that `text` names: plain characters as they are, others between `<` and `>`.
///
/// # Errors
///
/// The first thing that is no key, and what would be.
pub fn parse(text: &str) -> Result<Vec<Key>, Error> {
    let mut keys = Vec::new();
    let mut rest = text.char_indices();
    let mut at = 0;
    while let Some((start, c)) = rest.next() {
        at += 1;
        match c {
            '<' => {
                let after = rest.as_str();
                let name = after.split_once('>').map(|(name, _)| name).ok_or(Error::Open(at))?;
                keys.push(named(name).ok_or_else(|| Error::Name(name.to_owned()))?);
                let length = name.chars().count() + 1;
                rest.nth(length - 1);
                at += length;
            }
            c if c.is_control() => return Err(Error::Control(at)),
            c => keys.push(Key::char(c)),
        }
        let _ = start;
    }
    Ok(keys)
}

/// The key of one name as it stands between `<` and `>`: `C-p`, `S-Tab`, `F5`.
fn named(name: &str) -> Option<Key> {
    let (mut ctrl, mut shift, mut alt) = (false, false, false);
    let mut rest = name;
    loop {
        rest = match rest.split_at_checked(2) {
            Some(("C-", after)) if !after.is_empty() => {
                ctrl = true;
                after
            }
            Some(("S-", after)) if !after.is_empty() => {
                shift = true;
                after
            }
            Some(("A-", after)) if !after.is_empty() => {
                alt = true;
                after
            }
            _ => break,
        };
    }
    let code = match NAMES.iter().find(|(n, _)| n.eq_ignore_ascii_case(rest)) {
        Some((_, code)) => *code,
        None => function(rest).or_else(|| {
            let mut chars = rest.chars();
            let only = chars.next().filter(|_| chars.next().is_none() && (ctrl || alt))?;
            Some(Code::Char(only))
        })?,
    };
    Some(Key::reported(code, ctrl, shift, alt))
}

fn function(name: &str) -> Option<Code> {
    let number: u8 = name.strip_prefix('F')?.parse().ok()?;
    (1..=12).contains(&number).then_some(Code::F(number))
}

impl fmt::Display for Key {
    /// As the grammar writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.code {
            Code::Char('<') => "lt".to_owned(),
            Code::Char(' ') => "Space".to_owned(),
            Code::Char(c) if !self.ctrl && !self.alt => return write!(f, "{c}"),
            Code::Char(c) => c.to_string(),
            Code::F(n) => format!("F{n}"),
            code => NAMES.iter().find(|(_, c)| *c == code).map_or("?", |(n, _)| n).to_owned(),
        };
        let (c, s, a) = (self.ctrl, self.shift, self.alt);
        write!(f, "<{}{}{}{name}>", if c { "C-" } else { "" }, if s { "S-" } else { "" }, if a { "A-" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_grammar_is_read_and_written_back_the_same() {
        let text = "j<lt>G<Enter><Esc><Tab><S-Tab><Space><Up><Down><Left><Right><Home><End><PgUp><PgDn><BS><F1><F12>\
                    <C-p><C-\\><S-Left><S-Right>:/?";
        let keys = parse(text).unwrap();
        assert_eq!(keys.iter().map(Key::to_string).collect::<String>(), text);
        assert_eq!(keys.get(1), Some(&Key::char('<')));
    }

    #[test]
    fn what_is_no_key_is_refused_with_its_place_and_what_would_be_one() {
        assert_eq!(parse("ab<Enter"), Err(Error::Open(3)));
        assert_eq!(parse("<Nope>"), Err(Error::Name("Nope".into())));
        assert_eq!(parse("<F13>"), Err(Error::Name("F13".into())));
        assert_eq!(parse("<x>"), Err(Error::Name("x".into())));
        assert_eq!(parse("<C->"), Err(Error::Name("C-".into())));
        assert_eq!(parse("a\n"), Err(Error::Control(2)));
        assert!(parse("<Nope>").unwrap_err().to_string().contains("<Enter>"));
    }

    #[test]
    fn terminals_that_report_a_key_in_two_ways_give_one_key() {
        assert_eq!(Key::reported(Code::Char('4'), true, false, false), Key::ctrl('\\'));
        assert_eq!(Key::reported(Code::Char('s'), false, true, false), Key::char('S'));
        assert_eq!(Key::reported(Code::Char('S'), false, true, false), Key::char('S'));
        assert_eq!(Key::reported(Code::Char('s'), false, false, false), Key::char('s'));
        assert_eq!(Key::reported(Code::Char('P'), true, true, false), Key::ctrl('p'));
        assert_eq!(parse("<C-Space>").unwrap(), [Key::ctrl(' ')]);
    }
}
