//! Where things go: the shape of the screen by its size, and rows for panes by what they need.
//!
//! ```text
//!  under 100×30: tabs      from there on                      from 240 columns on
//!  header                  header (2 rows)                    header (2 rows)
//!  tabs                    Projects │ Environments            Projects │ Environments │ Health
//!  the focused pane        Services                           Services
//!                          Events   │ Health                  Events
//!  hints                   hints                              hints
//! ```
//!
//! A pane takes the rows it needs. Where they don't suffice, rows are dealt out one by one, three to
//! the focused pane and two to services for one to each other; so nothing scrolls beside blank lines,
//! and the picture changes little when the focus moves. A pane that has nothing to show takes one line below its band,
//! and leaves its width to its neighbour.

use ratatui::layout::Rect;

use crate::app::pane::{Pane, Screen};

/// The shape of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One pane, the others as tabs.
    Tabs,
    /// All panes, two beside each other.
    Bands,
    /// All panes, up to three beside each other.
    Wide,
}

/// The shape for a size.
pub(crate) fn shape(area: Rect) -> Shape {
    match (area.width, area.height) {
        (..100, _) | (_, ..30) => Shape::Tabs,
        (240.., _) => Shape::Wide,
        _ => Shape::Bands,
    }
}

/// The rows of the screen, from top to bottom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Regions {
    /// Breadcrumb, cluster, issues.
    pub(crate) header: Rect,
    /// Tabs of the panes; no rows where all panes are seen.
    pub(crate) tabs: Rect,
    /// Panes.
    pub(crate) body: Rect,
    /// Operations that run here; no rows where none does.
    pub(crate) progress: Rect,
    /// Prompt, notice or hints.
    pub(crate) bottom: Rect,
}

/// Cuts a screen into its rows.
pub(crate) fn regions(area: Rect, shape: Shape, operations: usize) -> Regions {
    let (header, tabs) = if shape == Shape::Tabs { (1, 1) } else { (2, 0) };
    // Never more than an eighth of the screen for what runs.
    let progress = u16::try_from(operations).unwrap_or(u16::MAX).min(area.height / 8);
    let mut y = area.y;
    let mut take = |rows: u16| {
        let rows = rows.min(area.bottom().saturating_sub(y));
        let rect = Rect { y, height: rows, ..area };
        y += rows;
        rect
    };
    let header = take(header);
    let tabs = take(tabs);
    let body = take(area.height.saturating_sub(header.height + tabs.height + progress + 1));
    let progress = take(progress);
    Regions { header, tabs, body, progress, bottom: take(1) }
}

/// Panes beside each other, each with its share of the width.
type Band = [(Pane, u16)];

/// The bands of a screen from top to bottom.
///
/// There are no columns of their own height beside them: whatever is short in one of these leaves blank lines at
/// its end while the other one scrolls. Each band takes the rows it needs, and the last one the rest.
fn bands(screen: &Screen, wide: bool) -> &'static [&'static Band] {
    use Pane as P;
    match (screen, wide) {
        (Screen::Dashboard, false) => {
            &[&[(P::Projects, 20), (P::Environments, 80)], &[(P::Services, 1)], &[(P::Events, 1), (P::Health, 1)]]
        }
        (Screen::Dashboard, true) => {
            &[&[(P::Projects, 15), (P::Environments, 48), (P::Health, 37)], &[(P::Services, 1)], &[(P::Events, 1)]]
        }
        (Screen::Environment(_), false) => &[
            &[(P::Services, 1)],
            &[(P::Timeline, 1)],
            &[(P::Events, 1), (P::Health, 1)],
            &[(P::Tasks, 40), (P::Pods, 60)],
        ],
        (Screen::Environment(_), true) => &[
            &[(P::Services, 1)],
            &[(P::Timeline, 1)],
            &[(P::Events, 60), (P::Health, 40)],
            &[(P::Tasks, 40), (P::Pods, 60)],
        ],
        (Screen::Service { .. }, _) => &[
            &[(P::Pods, 1)],
            &[(P::Containers, 60), (P::Config, 40)],
            &[(P::Revisions, 1), (P::Conditions, 1)],
            &[(P::Events, 1), (P::Health, 1)],
        ],
        (Screen::Alone { .. }, _) => &[],
    }
}

/// Least and most columns of the projects pane: names of projects are short.
const PROJECTS: (u16, u16) = (30, 36);

/// Columns of a screen under which it takes less: how many environments a project has matters less than why these
/// fail.
const SHORT: u16 = 120;

/// Its columns there.
const SHORT_PROJECTS: u16 = 25;

/// Rows of a pane that has nothing to show: its title says so.
pub(crate) const LINE: u16 = 1;

/// Where each pane goes. `need` says how many rows a pane needs at a width and at most a height, border
/// and heading with it.
pub(crate) fn panes(
    screen: &Screen,
    focus: Pane,
    zoom: bool,
    shape: Shape,
    body: Rect,
    need: impl Fn(Pane, u16, u16) -> u16,
) -> Vec<(Pane, Rect)> {
    if zoom || shape == Shape::Tabs || matches!(screen, Screen::Alone { .. }) {
        return vec![(focus, body)];
    }
    let mut placed = stack(bands(screen, shape == Shape::Wide), focus, body, &need);
    // In the order of the screen, so that hits and tests read as it does.
    let order = screen.panes();
    placed.sort_by_key(|(p, _)| order.iter().position(|o| o == p));
    placed
}

/// Stacks bands in an area.
fn stack(bands: &[&Band], focus: Pane, area: Rect, need: &impl Fn(Pane, u16, u16) -> u16) -> Vec<(Pane, Rect)> {
    let mut cut: Vec<Vec<(Pane, u16)>> = Vec::new();
    for band in bands {
        let line = |(p, w): &(Pane, u16)| need(*p, *w, LINE) == LINE;
        let (lines, full): (Vec<_>, Vec<_>) = band.iter().partition(|(p, _)| line(&(*p, area.width)));
        let beside = widths(&lines, area.width);
        let lines = if beside.iter().all(line) {
            vec![beside]
        } else {
            lines.chunks(1).map(|l| widths(l, area.width)).collect()
        };
        cut.extend(std::iter::once(widths(&full, area.width)).chain(lines).filter(|part| !part.is_empty()));
    }
    let most = |band: &[(Pane, u16)], height: u16| band.iter().map(|(p, w)| need(*p, *w, height)).max().unwrap_or(0);
    let mut wants: Vec<Want> = cut
        .iter()
        .map(|band| {
            let want = most(band, area.height);
            let has = |p: Pane| band.iter().any(|(q, _)| *q == p);
            let weight = if has(focus) { 3 } else { 1 + u16::from(has(Pane::Services)) };
            Want { least: if has(Pane::Services) { 6 } else { 5 }.min(want), want, weight }
        })
        .collect();
    // What gets fewer rows than it wants may be drawn in another way, that needs fewer still; what
    // that leaves over may then suffice for more.
    let mut rows = share(area.height, &wants);
    for _ in 0..2 {
        let over = area.height.saturating_sub(wants.iter().map(|w| w.want).sum());
        for ((band, want), height) in cut.iter().zip(&mut wants).zip(&rows) {
            let most = most(band, area.height.min(height + over));
            if most != want.want {
                want.want = most;
                want.least = want.least.min(most);
            }
        }
        rows = share(area.height, &wants);
    }
    let mut y = area.y;
    let mut placed = Vec::new();
    for (band, height) in cut.iter().zip(rows) {
        let mut x = area.x;
        for (pane, width) in band {
            placed.push((*pane, Rect { x, y, width: *width, height }));
            x += width;
        }
        y += height;
    }
    placed
}

/// Widths of the panes of a band.
fn widths(band: &Band, width: u16) -> Vec<(Pane, u16)> {
    let shares: u16 = band.iter().map(|(_, s)| s).sum();
    let mut left = width;
    let mut cut: Vec<(Pane, u16)> = Vec::new();
    for (at, (pane, share)) in band.iter().enumerate() {
        let own = match (pane, at + 1 == band.len()) {
            (_, true) => left,
            (Pane::Projects, _) if width < SHORT => SHORT_PROJECTS,
            (Pane::Projects, _) => (width * share / shares.max(1)).clamp(PROJECTS.0, PROJECTS.1).min(left),
            _ => (width * share / shares.max(1)).min(left),
        };
        cut.push((*pane, own));
        left -= own;
    }
    cut
}

/// What a band asks for.
#[derive(Clone, Copy, Debug)]
struct Want {
    /// Rows without which it shows nothing.
    least: u16,
    /// Rows in which nothing scrolls.
    want: u16,
    /// How many rows it gets a turn.
    weight: u16,
}

/// Deals `height` rows out. Rows that nobody needs go to the last band that is more than a line: there they move
/// nothing.
fn share(height: u16, wants: &[Want]) -> Vec<u16> {
    let mut rows: Vec<u16> = wants.iter().map(|w| w.least).collect();
    let mut left = height.saturating_sub(rows.iter().sum());
    // Even the least may be too much.
    while rows.iter().sum::<u16>() > height {
        let Some(most) = rows.iter_mut().max() else { break };
        *most -= 1;
    }
    while left > 0 {
        let open = rows.iter_mut().zip(wants).filter(|(r, w)| **r < w.want);
        let next = open.min_by_key(|(r, w)| u32::from(**r - w.least.min(**r)) * 60 / u32::from(w.weight.max(1)));
        match next {
            Some((r, _)) => *r += 1,
            None => {
                if let Some((last, _)) = rows.iter_mut().zip(wants).rfind(|(_, w)| w.want > LINE) {
                    *last += left;
                }
                break;
            }
        }
        left -= 1;
    }
    rows
}

/// A rectangle in the words of `app`.
pub(crate) fn to_hit(r: Rect) -> crate::app::hit::Rect {
    crate::app::hit::Rect { x: r.x, y: r.y, width: r.width, height: r.height }
}

/// What is left of an area when `cells` are taken at its left and right.
pub(crate) fn inset(area: Rect, cells: u16) -> Rect {
    let cells = cells.min(area.width / 2);
    Rect { x: area.x + cells, width: area.width - 2 * cells, ..area }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EnvironmentId;
    use proptest::prelude::*;

    fn want(least: u16, want: u16, weight: u16) -> Want {
        Want { least, want, weight }
    }

    #[test]
    fn nothing_scrolls_beside_blank_lines() {
        assert_eq!(share(43, &[want(5, 8, 1), want(6, 100, 2), want(5, 12, 1)]), [8, 23, 12]);
        assert_eq!(share(43, &[want(5, 8, 1), want(6, 9, 2), want(5, 12, 1)]), [8, 9, 26]);
        assert_eq!(share(40, &[want(5, 900, 3), want(6, 900, 2), want(5, 900, 1)]), [17, 14, 9]);
        assert_eq!(share(10, &[want(5, 9, 1), want(6, 9, 1), want(5, 9, 1)]).iter().sum::<u16>(), 10);
        assert_eq!(share(40, &[want(5, 9, 1), want(6, 9, 1), want(1, 1, 1)]), [9, 30, 1], "a line stays a line");
    }

    #[test]
    fn a_pane_with_nothing_to_show_takes_a_line_and_its_neighbour_the_width() {
        let body = Rect::new(0, 2, 120, 36);
        let need = |p: Pane, _, _| if matches!(p, Pane::Health | Pane::Tasks) { LINE } else { 60 };
        let screen = Screen::Environment(EnvironmentId::new("", "x"));
        let placed = panes(&screen, Pane::Services, false, Shape::Bands, body, need);
        let of = |pane| placed.iter().find(|(p, _)| *p == pane).unwrap().1;
        assert_eq!((of(Pane::Events).width, of(Pane::Pods).width), (120, 120));
        assert_eq!((of(Pane::Health).height, of(Pane::Tasks).height), (LINE, LINE));
        assert_eq!(of(Pane::Health).y, of(Pane::Events).bottom(), "where it would stand");
        assert_eq!(placed.iter().map(|(_, r)| r.height).sum::<u16>(), body.height);
    }

    #[test]
    fn sizes_have_the_shapes_that_are_promised() {
        let of = |w, h| shape(Rect::new(0, 0, w, h));
        assert_eq!([of(80, 24), of(99, 60), of(250, 29)], [Shape::Tabs; 3]);
        assert_eq!([of(100, 30), of(120, 40), of(160, 46)], [Shape::Bands; 3]);
        assert_eq!([of(200, 60), of(250, 70)], [Shape::Bands, Shape::Wide]);
    }

    proptest! {
        #[test]
        fn no_band_has_blank_lines_while_another_scrolls(w in 100u16..300, h in 24u16..70, n in proptest::collection::vec(3u16..60, 16), f in 0usize..5) {
            let body = Rect::new(0, 2, w, h);
            let need = |p: Pane, _, _| n[p as usize % 16];
            for screen in [Screen::Dashboard, Screen::Environment(EnvironmentId::new("", "x"))] {
                let focus = screen.panes()[f];
                let placed = panes(&screen, focus, false, shape(Rect::new(0, 0, w, h + 6)), body, need);
                let scrolls = placed.iter().any(|(p, r)| r.height < need(*p, 0, 0));
                let blank = placed.iter().any(|(_, r)| placed.iter().filter(|(_, o)| o.y == r.y).all(|(p, o)| o.height > need(*p, 0, 0)));
                prop_assert!(!(scrolls && blank), "{placed:?}");
            }
        }

        #[test]
        fn panes_tile_the_body_without_gap_or_overlap(w in 100u16..300, h in 10u16..70, n in 0u16..80, f in 0usize..5) {
            let body = Rect::new(0, 2, w, h);
            for screen in [Screen::Dashboard, Screen::Environment(EnvironmentId::new("", "x"))] {
                let focus = screen.panes()[f];
                for shape in [Shape::Bands, Shape::Wide].into_iter().filter(|s| *s == Shape::Bands || w >= 240) {
                    let placed = panes(&screen, focus, false, shape, body, |p, _, _| n + p as u16);
                    prop_assert_eq!(placed.len(), screen.panes().len());
                    let cells: u32 = placed.iter().map(|(_, r)| r.area()).sum();
                    prop_assert_eq!(cells, body.area());
                    prop_assert!(placed.iter().all(|(_, r)| body.union(*r) == body || r.height == 0));
                }
            }
        }
    }
}
