//! The dashboard: `kennel`, `kennel demo`; a frame as text where stdout is no terminal.

use super::args::{self, Demo, Global};
use super::connect::{self, Reach};
use super::exit::{Exit, Failure, Outcome};
use super::{get, hand_over, print, settings};
use crate::app::Settings;
use crate::domain::{Kind, Text};
use crate::runtime::dashboard::{Dashboard, Left, Next, Opened};
use crate::runtime::headless::{self, Shot};
use crate::runtime::look::{self, Look};
use crate::runtime::signals::Signals;
use crate::runtime::tty;

/// Size of the frame where stdout is no terminal and nobody says another.
const PAGE: (u16, u16) = (120, 40);

/// Runs the dashboard, or prints a frame where there is no terminal.
pub(crate) fn dashboard(global: &Global, demo: Option<&Demo>) -> Outcome {
    if !tty::present() {
        let shot = args::Snapshot { size: PAGE, keys: String::new(), wait: None, ansi: false };
        return super::block_on(demo.is_some() || global.demo, snapshot(global, demo, &shot));
    }
    let mut global = global.clone();
    let mut before = None;
    // A context after the other, until the user leaves.
    while let Some(next) = one(&global, demo, before.take())? {
        global.context = Some(next.context.to_string());
        before = Some(next);
    }
    Ok(())
}

/// Runs the dashboard on one context. Returns the one that is wanted in its place, if one is.
fn one(global: &Global, demo: Option<&Demo>, before: Option<Next>) -> Outcome<Option<Next>> {
    let own = settings::load(global)?;
    // The embedded cluster ends with this process, and its operations with it.
    let hands_over = own.hand_over() && demo.is_none() && !global.demo;
    let look = own.look(Look::of_terminal(global.no_color));
    let mut begin = begin(global, &own, look, hands_over);
    if demo.is_none() {
        begin.contexts = own.offered(settings::contexts(global));
    }
    if let Some(before) = before {
        begin.commands = before.commands;
        begin.first = Some(before.then).filter(|line| !line.is_empty());
        // What was chosen by hand stays, unless this context has a theme of its own.
        if own.theme().is_none() {
            begin.theme = before.theme;
        }
    }
    super::block_on(demo.is_some() || global.demo, async {
        // Caught before the terminal is taken: a signal in between would leave it as it is while drawing.
        let signals = Signals::catch()?;
        // The first frame stands before anything is asked of a cluster.
        let dashboard = Dashboard::open(begin, look).map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
        let mut kept = None;
        let mut served = None;
        let open = async {
            let session = connect::open(global, demo, Reach::Live).await?;
            let handle = session.handle.clone();
            let notice = match (demo.and_then(|d| d.serve), &session.sim) {
                (Some(address), Some(sim)) => {
                    let (at, _server) = connect::listen(sim, address).await?;
                    served = Some(at);
                    Some(Text::from(format!("serving http://{at}")))
                }
                _ => None,
            };
            kept = Some(session);
            Ok::<_, Failure>(Opened { handle, still: global.from.is_some(), notice, tier_limit: global.timeout })
        };
        let Left { unfinished, next } = dashboard.run(open, signals).await?;
        if let Some(at) = served {
            print::say(format_args!("served http://{at}"));
        }
        // The embedded cluster has gone with its operations.
        let snapshot = kept.as_ref().filter(|s| s.sim.is_none()).map(|s| s.handle.snapshots().borrow().clone());
        if let Some(snapshot) = snapshot {
            for operation in &unfinished {
                print::say(match hands_over {
                    true => hand_over::leave_behind(global, operation, &snapshot),
                    false => hand_over::waits(operation),
                });
            }
        }
        if let Some(session) = kept {
            session.remember(&session.handle.snapshot(), global);
        }
        Ok(next)
    })
}

/// Prints one frame.
pub(crate) async fn snapshot(global: &Global, demo: Option<&Demo>, wanted: &args::Snapshot) -> Outcome {
    let keys = crate::app::key::parse(&wanted.keys).map_err(|e| Failure::new(Exit::Usage, format!("--keys: {e}")))?;
    // A picture changes nothing: what its keys began would be left half-way at its end. The demo ends with it.
    let looks_only = !keys.is_empty() && demo.is_none() && !global.demo;
    let global = &Global { picture: looks_only, ..global.clone() };
    let session = connect::open(global, demo, Reach::Live).await?;
    let own = settings::load(global)?;
    let look = if wanted.ansi { own.look(Look::of_picture(global.no_color)) } else { Look::plain() };
    let shot = Shot {
        size: wanted.size,
        keys,
        wait: wanted.wait.unwrap_or_default(),
        settle: global.timeout.unwrap_or(connect::SETTLE),
        ansi: wanted.ansi,
        look,
    };
    let kinds: Vec<Kind> = get::DECIDING.iter().copied().chain([Kind::Event]).collect();
    let text =
        headless::frame(session.handle.clone(), global.from.is_some(), &kinds, begin(global, &own, look, true), &shot)
            .await
            .map_err(Failure::from)?;
    print::stdout(|out| Ok(out.write_all(text.as_bytes())?))
}

fn begin(global: &Global, own: &settings::Settings, look: Look, hand_over: bool) -> Settings {
    let theme = own.theme().unwrap_or_else(|| look.usual_theme());
    // Who names one namespace wants to see it.
    let first = match global.namespaces.as_slice() {
        [one] => Some(format!("env {one}")),
        _ => None,
    };
    let keymap = own.keymap.clone();
    let (mouse, flash) = (own.config.mouse, own.config.flash);
    let (theme, themes) = (Text::new(theme), look::themes());
    Settings { theme, themes, keymap, mouse, flash, hand_over, first, ..Settings::default() }
}
