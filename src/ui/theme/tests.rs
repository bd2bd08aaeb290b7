//! Contrast and colour blindness are held by numbers, not by taste.

use super::*;

fn rgb(c: Color) -> [f64; 3] {
    let Color::Rgb(r, g, b) = c else { panic!("{c:?}") };
    [r, g, b].map(|v| f64::from(v) / 255.0)
}

fn linear(v: f64) -> f64 {
    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// Contrast of two colours, <https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>.
fn contrast(a: Color, b: Color) -> f64 {
    let light = |c: Color| {
        let [r, g, b] = rgb(c).map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (x, y) = (light(a), light(b));
    (x.max(y) + 0.05) / (x.min(y) + 0.05)
}

#[test]
fn every_role_is_readable_on_the_ground_and_on_the_selection() {
    for (name, least) in [("dark", 4.5), ("light", 4.5), ("high-contrast", 7.0)] {
        let theme = Theme::named(name).unwrap();
        let ground = theme.background.unwrap();
        let selection = theme.style(Role::Selection).bg.unwrap();
        for (role, word) in Role::ALL {
            let style = theme.style(role);
            let Some(fg) = style.fg else { continue };
            // A border is a shape, not text: 3:1 would do for it, and less is what keeps it quiet.
            let least = match role {
                Role::Border if name == "high-contrast" => 4.5,
                Role::Border => 2.0,
                _ => least,
            };
            let on = style.bg.unwrap_or(ground);
            assert!(contrast(fg, on) >= least, "{name} {word} on the ground: {:.2}", contrast(fg, on));
            if style.bg.is_none() && role != Role::Border {
                let c = contrast(fg, selection);
                assert!(c >= least.min(4.5) - 0.6, "{name} {word} on the selection: {c:.2}");
            }
        }
    }
}

/// What a colour looks like with a kind of colour blindness (Machado, Oliveira, Fernandes 2009, severity 1).
fn seen(c: Color, matrix: [[f64; 3]; 3]) -> [f64; 3] {
    let [r, g, b] = rgb(c).map(linear);
    matrix.map(|[x, y, z]| (x * r + y * g + z * b).clamp(0.0, 1.0))
}

const PROTANOPIA: [[f64; 3]; 3] =
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]];
const DEUTERANOPIA: [[f64; 3]; 3] =
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]];
const TRITANOPIA: [[f64; 3]; 3] =
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]];

/// CIELAB of a linear RGB colour (D65), for distances as eyes see them.
fn lab([r, g, b]: [f64; 3]) -> [f64; 3] {
    let f = |t: f64| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
    let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
    let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[test]
fn high_contrast_tells_good_from_bad_with_every_colour_blindness() {
    let theme = Theme::named("high-contrast").unwrap();
    let of = |role| theme.style(role).fg.unwrap();
    for matrix in [PROTANOPIA, DEUTERANOPIA, TRITANOPIA] {
        for (a, b) in [(Role::Good, Role::Bad), (Role::Good, Role::Warn), (Role::Busy, Role::Bad)] {
            let (x, y) = (lab(seen(of(a), matrix)), lab(seen(of(b), matrix)));
            let far = x.iter().zip(y).map(|(p, q)| (p - q).powi(2)).sum::<f64>().sqrt();
            assert!(far > 25.0, "{a:?} and {b:?} are {far:.1} apart");
        }
    }
}

#[test]
fn mono_has_no_colour_and_still_shows_what_matters() {
    let theme = Theme::named("mono").unwrap();
    assert!(Role::ALL.iter().all(|(r, _)| theme.style(*r).fg.is_none() && theme.style(*r).bg.is_none()));
    for role in [Role::Bad, Role::Selection, Role::Production, Role::BorderFocused] {
        assert!(!theme.style(role).add_modifier.is_empty(), "{role:?}");
    }
    assert_eq!(theme.environment("red"), None);
}

#[test]
fn fewer_colours_keep_the_theme_and_16_or_none_take_mono() {
    let theme = Theme::named("dark").unwrap().at_depth(Depth::Indexed);
    for (role, word) in Role::ALL {
        let s = theme.style(role);
        assert!(!matches!(s.fg, Some(Color::Rgb(..))) && !matches!(s.bg, Some(Color::Rgb(..))), "{word}");
    }
    assert!(matches!(theme.environment("#ff0000"), Some(Color::Indexed(196))));
    let none = Theme::named("light").unwrap().at_depth(Depth::None);
    assert_eq!(none.style(Role::Bad), Theme::named("mono").unwrap().style(Role::Bad));
    assert_eq!(none.name(), "light");
}

#[test]
fn a_users_theme_stands_on_another_and_gives_only_what_differs() {
    let own = "base = \"light\"\n[roles]\nbad = { fg = \"#f00\", underline = true }\n";
    let theme = Theme::parse("mine", own).unwrap();
    assert_eq!(theme.name(), "mine");
    assert_eq!(theme.style(Role::Bad).fg, Some(Color::Rgb(255, 0, 0)));
    assert_eq!(theme.style(Role::Good), Theme::named("light").unwrap().style(Role::Good));
}

#[test]
fn what_is_wrong_with_a_theme_is_said_with_its_place() {
    let of = |text: &str| Theme::parse("mine", text).unwrap_err().to_string();
    assert_eq!(of("base = \"drak\""), "theme mine: base \"drak\" is none of dark, light, high-contrast, mono");
    assert!(of("base = \"dark\"\n[roles]\nbda = {}").starts_with("theme mine: role \"bda\" is none of text, dim,"));
    assert_eq!(
        of("base = \"dark\"\n[roles]\nbad = { fg = \"rde\" }"),
        "theme mine: role \"bad\", fg: \"rde\" is no colour (#rrggbb, or a name such as red)"
    );
    assert!(of("name = \"x\"").contains("role \"text\" is missing"), "{}", of("name = \"x\""));
    assert!(of("base = \"dark\"\nbakground = \"#000\"").starts_with("theme mine: line 2: unknown field `bakground`"));
    assert!(of("base = [").starts_with("theme mine: line 1: "));
}
