//! Widths of text in cells, and cutting it: between grapheme clusters, never inside one.
//!
//! A name is cut in its middle (`checkout-…-x2abc`), so that what tells it from its neighbours
//! stays; also one that stands in a sentence, where that suffices. Else a sentence is cut at its end.

use std::borrow::Cow;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// What stands for what was cut; one cell.
pub(crate) const ELLIPSIS: &str = "…";

/// Cells that `text` takes, counted as the buffer counts them.
pub(crate) fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(grapheme_width).sum()
}

/// Control characters are never drawn, so they have no width (`CellWidth` refuses them).
fn grapheme_width(grapheme: &str) -> usize {
    if grapheme.contains(char::is_control) { 0 } else { usize::from(grapheme.cell_width()) }
}

/// At most `cells` of the beginning of `text`.
pub(crate) fn head(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme_width(grapheme);
        if used > cells {
            return text.get(..at).unwrap_or(text);
        }
    }
    text
}

/// At most `cells` of the end of `text`.
pub(crate) fn tail(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += grapheme_width(grapheme);
        if used > cells {
            return text.get(at + grapheme.len()..).unwrap_or(text);
        }
    }
    text
}

/// `text` in at most `cells`, cut at its end.
pub(crate) fn end(text: &str, cells: usize) -> Cow<'_, str> {
    if fits(text, cells) {
        return Cow::Borrowed(text);
    }
    match cells {
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(format!("{}{ELLIPSIS}", head(text, cells - 1).trim_end())),
    }
}

/// `text` in at most `cells`, cut in its middle: three fifths of what is left are its beginning.
pub(crate) fn middle(text: &str, cells: usize) -> Cow<'_, str> {
    if fits(text, cells) {
        return Cow::Borrowed(text);
    }
    match cells {
        0 => Cow::Borrowed(""),
        1 | 2 => end(text, cells),
        _ => {
            let back = (cells - 1) * 2 / 5;
            let tail = tail(text, back);
            let head = head(text, cells - 1 - width(tail));
            Cow::Owned(format!("{head}{ELLIPSIS}{tail}"))
        }
    }
}

/// A name in at most `cells`, beside `others` of its column: cut in its middle where no other then reads the same; else
/// what it has in common with those is cut, and what it differs in stays.
pub(crate) fn apart<'a, 'o>(name: &'a str, cells: usize, others: impl Iterator<Item = Cow<'o, str>>) -> Cow<'a, str> {
    if fits(name, cells) || cells < 6 {
        return middle(name, cells);
    }
    let cut = middle(name, cells);
    let (head_kept, tail_kept) = cut.split_once(ELLIPSIS).unwrap_or((&cut, ""));
    let alike = others.filter(|o| {
        o != name && o.len() > cells && o.starts_with(head_kept) && o.ends_with(tail_kept) && middle(o, cells) == cut
    });
    let common = |other: &str| {
        let same = |(a, b): &(&str, &str)| a == b;
        name.graphemes(true).zip(other.graphemes(true)).take_while(same).map(|(g, _)| g.len()).sum::<usize>()
    };
    let Some(differs) = alike.map(|other| common(&other)).max() else { return cut };
    let first = head(name, (cells - 1) / 3);
    let rest = name.get(differs.max(first.len())..).unwrap_or_default();
    let room = cells - 1 - width(first);
    // From a little before the difference on, as far as there is room: `payments-…us-west-pr…`.
    let whole = tail(name, room);
    let shown = if whole.len() >= rest.len() { Cow::Borrowed(whole) } else { end(rest, room) };
    Cow::Owned(format!("{first}{ELLIPSIS}{shown}"))
}

/// `text` in at most `cells`: the longest name in it is cut in its middle where all else fits beside what stays of it;
/// else the end goes.
pub(crate) fn sentence(text: &str, cells: usize) -> Cow<'_, str> {
    /// Cells of a name under which it tells nothing, and from which on it is long.
    const LEAST: usize = 9;
    const LONG: usize = 14;
    if fits(text, cells) {
        return Cow::Borrowed(text);
    }
    // What is much too long is not measured: no word is.
    if text.len() > cells.saturating_mul(8) {
        return end(text, cells);
    }
    let over = width(text) - cells;
    // Objects, images, hosts: what has marks or digits inside. Words of a language are never cut in their middle.
    let is_name = |word: &&str| word.contains(|c: char| "-./:_@".contains(c) || c.is_ascii_digit());
    let bare = text.split(' ').map(|word| word.trim_matches(['"', '\'', '(', ')', ',', ':', ';']));
    let long = bare.filter(is_name).filter(|word| width(word) >= LONG);
    let name = long.max_by_key(|word| width(word)).unwrap_or_default();
    match (width(name).checked_sub(over).filter(|kept| *kept >= LEAST), text.split_once(name)) {
        (Some(kept), Some((before, after))) => Cow::Owned(format!("{before}{}{after}", middle(name, kept))),
        _ => end(text, cells),
    }
}

/// Whether `text` fits, without measuring more of it than needed.
fn fits(text: &str, cells: usize) -> bool {
    // No grapheme is wider than its bytes.
    text.len() <= cells || width(text) <= cells
}

/// `text` broken into lines of at most `cells` at spaces; a word that is wider is broken inside.
pub(crate) fn wrap(text: &str, cells: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if fits(rest, cells) || cells == 0 {
            lines.push(rest);
            break;
        }
        let most = head(rest, cells);
        // A space right after what fits lets all of it stand.
        let whole = rest.get(most.len()..).is_some_and(|r| r.starts_with(' '));
        let at = if whole { most.len() } else { most.rfind(' ').unwrap_or(most.len()) };
        // A first grapheme wider than the line still has to go somewhere: alone, cut by the buffer.
        let at = if at == 0 { rest.graphemes(true).next().map_or(rest.len(), str::len) } else { at };
        let (line, after) = rest.split_at(at);
        lines.push(line.trim_end());
        rest = after.trim_start();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_in_a_sentence_is_cut_in_its_middle_before_the_sentence_loses_its_end() {
        let why = "search lacks secret search-credentials-production";
        assert_eq!(sentence(why, 60), why);
        assert_eq!(sentence(why, 40), "search lacks secret search-crede…duction");
        assert_eq!(sentence(why, 29), "search lacks secret searc…ion");
        assert_eq!(sentence(why, 28), "search lacks secret search-…", "of too little the beginning says more");
        assert_eq!(sentence("container \"payments-reconciler\" is gone", 32), "container \"payment…iler\" is gone");
        assert_eq!(sentence("one two three four five", 12), "one two thr…");
        assert_eq!(sentence("interrupted start of everything", 25), "interrupted start of eve…", "a word is no name");
    }

    proptest! {
        #[test]
        fn a_sentence_never_takes_more_than_its_cells(text in "[a-z漢\u{301} \"]{0,80}", cells in 0usize..60) {
            prop_assert!(width(&sentence(&text, cells)) <= cells);
        }
    }

    #[test]
    fn a_name_is_cut_in_its_middle_and_keeps_both_ends() {
        assert_eq!(middle("checkout-7d9f5b-x2abc", 16), "checkout-…-x2abc");
        assert_eq!(middle("web", 3), "web");
        assert_eq!(middle("webs", 3), "we…");
        assert_eq!(middle("abc", 0), "");
        assert_eq!(middle("abc", 1), "…");
    }

    #[test]
    fn names_of_a_column_are_cut_where_they_are_alike_so_that_no_two_read_the_same() {
        let column = ["payments-reconciler-eu-west-production", "payments-reconciler-us-west-production", "web"];
        let shown = |cells| column.map(|name| apart(name, cells, column.iter().map(|o| (*o).into())).into_owned());
        assert_eq!(shown(20), ["paymen…eu-west-prod…", "paymen…us-west-prod…", "web"]);
        assert_eq!(shown(37)[0], "payments-reconciler-eu…est-production", "where that suffices in the middle");
        let tails = ["checkout-canary-eu", "checkout-canary-us"];
        assert_eq!(apart(tails[0], 12, tails.iter().map(|o| (*o).into())), "checkou…y-eu");
    }

    proptest! {
        #[test]
        fn a_name_cut_beside_others_is_never_wider_than_it_may_be(
            a in "[ab漢-]{0,30}", b in "[ab漢-]{0,30}", cells in 0usize..30,
        ) {
            prop_assert!(width(&apart(&a, cells, [Cow::Borrowed(&*b)].into_iter())) <= cells);
        }
    }

    #[test]
    fn wide_and_composed_characters_are_never_split() {
        assert_eq!(width("漢字"), 4);
        assert_eq!(end("漢字漢字", 5), "漢字…");
        assert_eq!(end("漢字漢字", 4), "漢…");
        assert_eq!(middle("e\u{301}e\u{301}e\u{301}e\u{301}", 3), "e\u{301}e\u{301}…");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("  ", 3), Vec::<&str>::new());
        assert_eq!(wrap("漢字", 1), ["漢", "字"]);
    }

    proptest! {
        #[test]
        fn a_cut_is_never_wider_than_it_may_be(text in "\\PC{0,40}", cells in 0usize..30) {
            prop_assert!(width(&end(&text, cells)) <= cells);
            prop_assert!(width(&middle(&text, cells)) <= cells);
        }

        #[test]
        fn wrapping_loses_nothing_but_spaces(text in "\\PC{0,60}", cells in 8usize..30) {
            let squeezed = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let lines = wrap(&text, cells);
            prop_assert_eq!(squeezed(&lines.concat()), squeezed(&text));
            prop_assert!(lines.iter().all(|l| width(l) <= cells));
        }
    }
}
