//! Colours: read from text, brought down to what a terminal can show.

use ratatui::style::Color;

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits (`COLORTERM=truecolor`).
    #[default]
    True,
    /// The 256 of xterm.
    Indexed,
    /// Sixteen or none, or `NO_COLOR` is set.
    None,
}

/// `#rrggbb`, `#rgb`, or one of the terminal's own colours by name.
pub(super) fn parse(text: &str) -> Option<Color> {
    if let Some(hex) = text.strip_prefix('#') {
        let digit = |at: usize| hex.get(at..at + 1).and_then(|d| u8::from_str_radix(d, 16).ok());
        return match hex.len() {
            3 => Some(Color::Rgb(digit(0)? * 17, digit(1)? * 17, digit(2)? * 17)),
            6 => Some(Color::Rgb(digit(0)? * 16 + digit(1)?, digit(2)? * 16 + digit(3)?, digit(4)? * 16 + digit(5)?)),
            _ => None,
        };
    }
    text.parse().ok()
}

/// Steps of the 6×6×6 cube in xterm's 256 colours.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest of xterm's 256 colours; its first 16 are left out, since users change them.
pub(super) fn indexed(colour: Color) -> Color {
    let Color::Rgb(r, g, b) = colour else { return colour };
    let nearest = |v: u8| -> (u8, u8) {
        let step = CUBE.iter().enumerate().min_by_key(|(_, c)| v.abs_diff(**c));
        step.map_or((0, 0), |(at, c)| (u8::try_from(at).unwrap_or(0), *c))
    };
    let ((ri, rc), (gi, gc), (bi, bc)) = (nearest(r), nearest(g), nearest(b));
    let cube = 16 + 36 * ri + 6 * gi + bi;
    // Grey ramp: 24 steps from 8 to 238.
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let step = u8::try_from((mean.saturating_sub(3) / 10).min(23)).unwrap_or(23);
    let grey = 8 + 10 * step;
    let far = |x: u8, y: u8, z: u8| {
        [(r, x), (g, y), (b, z)].iter().map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum::<u32>()
    };
    if far(grey, grey, grey) < far(rc, gc, bc) { Color::Indexed(232 + step) } else { Color::Indexed(cube) }
}
