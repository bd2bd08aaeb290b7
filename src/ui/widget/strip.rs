//! A cell for each service of an environment, worst first, in the form and the colour of its state: `✖✖◐■■■■■■■□`.
//! Where there are more than cells, each stands for several: for the worst of them.

use crate::domain::environment::Environment;
use crate::domain::issue::Severity;
use crate::domain::service::Service;
use crate::ui::canvas::Pen;
use crate::ui::glyph;
use crate::ui::theme::Role;

/// A service that is at its work.
const WELL: &str = "■";
/// One that is stopped.
const STOPPED: &str = "□";

/// Draws the services that count in at most `cells`.
pub(crate) fn draw(pen: &mut Pen<'_>, e: &Environment, cells: usize) {
    let mut services: Vec<&Service> = e.services.iter().map(|s| &**s).filter(|s| s.counted).collect();
    services.sort_by_key(|s| e.standing(s));
    let shown = services.len().min(cells);
    for at in 0..shown {
        // They stand worst first: the first of a cell's is the worst of them.
        if let Some(s) = services.get(at * services.len() / shown) {
            let (symbol, role) = cell(e, s);
            pen.put(symbol, role);
        }
    }
}

fn cell(e: &Environment, s: &Service) -> (&'static str, Role) {
    let worst = || e.worst_of(&s.object).map(|i| i.severity);
    match glyph::status(s.status, s.idle) {
        // What serves as it should is no news: it is drawn quietly.
        (_, Role::Good) => match worst() {
            Some(severity @ (Severity::Critical | Severity::High)) => {
                let (symbol, role, _) = glyph::severity(severity);
                (symbol, role)
            }
            _ => (WELL, Role::Border),
        },
        (_, Role::Off) => (STOPPED, Role::Off),
        other => other,
    }
}
