//! The dashboard: `kennel`, `kennel demo`; a frame as text where stdout is no terminal.

use std::ffi::OsString;
use std::time::Duration;

use super::args::{Demo, Global, Snapshot};
use super::connect::{self, Reach};
use super::exit::{Exit, Failure, Outcome};
use super::{get, print, settings};
use crate::app::Settings;
use crate::domain::{Kind, Text};
use crate::runtime::dashboard::{Dashboard, End, Opened};
use crate::runtime::headless::{self, Shot};
use crate::runtime::look::{self, Look};
use crate::runtime::signals::Signals;
use crate::runtime::{process, tty};

/// Size of the frame where stdout is no terminal and nobody says another.
const PAGE: (u16, u16) = (120, 40);

/// Longest wait for the data of one frame, where `--timeout` says nothing.
const SETTLE: Duration = Duration::from_secs(30);

/// Runs the dashboard, or prints a frame where there is no terminal.
pub(crate) fn dashboard(global: &Global, demo: Option<&Demo>) -> Outcome {
    if !tty::present() {
        let shot = Snapshot { size: PAGE, keys: String::new(), wait: None, ansi: false };
        return super::block_on(snapshot(global, demo, &shot));
    }
    let own = settings::load(global)?;
    // The embedded cluster ends with this process, and its operations with it.
    let hand_over = own.hand_over() && demo.is_none() && !global.demo;
    let look = own.look(Look::of_terminal(global.no_color));
    super::block_on(async {
        // Caught before the terminal is taken: a signal in between would leave it as it is while drawing.
        let signals = Signals::catch()?;
        // The first frame stands before anything is asked of a cluster.
        let dashboard = Dashboard::open(begin(&own, look, hand_over), look)
            .map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
        let mut kept = None;
        let mut served = None;
        let open = async {
            let session = connect::open(global, demo, Reach::Whole).await?;
            let handle = session.handle.clone();
            let notice = match (demo.and_then(|d| d.serve), &session.sim) {
                (Some(address), Some(sim)) => {
                    let (at, _server) = super::demo::listen(sim, address).await?;
                    served = Some(at);
                    Some(Text::from(format!("serving http://{at}")))
                }
                _ => None,
            };
            kept = Some(session);
            Ok::<_, Failure>(Opened { handle, still: global.from.is_some(), notice })
        };
        let (End::Left(running) | End::Asked(running)) = dashboard.run(open, signals).await?;
        if let Some(at) = served {
            print::say(format_args!("served http://{at}"));
        }
        if hand_over {
            // The user agreed to it in the dialog; production asks for the name again.
            let snapshot = kept.as_ref().map(|s| s.handle.snapshots().borrow().clone());
            let name = |namespace: &str| snapshot.as_ref()?.environment(namespace).map(|e| e.name.clone());
            leave_behind(global, &running, name);
        }
        if let Some(session) = kept {
            session.note(&session.handle.snapshot(), global);
        }
        Ok(())
    })
}

/// Prints one frame.
pub(crate) async fn snapshot(global: &Global, demo: Option<&Demo>, wanted: &Snapshot) -> Outcome {
    let keys = crate::app::key::parse(&wanted.keys).map_err(|e| Failure::new(Exit::Usage, format!("--keys: {e}")))?;
    // A picture changes nothing: what its keys began would be left half-way at its end. The demo ends with it.
    let looks_only = !keys.is_empty() && demo.is_none() && !global.demo;
    let global = &Global { readonly: global.readonly || looks_only, ..global.clone() };
    let session = connect::open(global, demo, Reach::Whole).await?;
    let own = settings::load(global)?;
    let look = if wanted.ansi { own.look(Look::of_terminal(global.no_color)) } else { Look::plain() };
    let shot = Shot {
        size: wanted.size,
        keys,
        wait: wanted.wait.unwrap_or_default(),
        settle: global.timeout.unwrap_or(SETTLE),
        ansi: wanted.ansi,
        look,
    };
    let kinds: Vec<Kind> = get::DECIDING.iter().copied().chain([Kind::Event]).collect();
    let text = headless::frame(session.handle.clone(), global.from.is_some(), &kinds, begin(&own, look, true), &shot)
        .await
        .map_err(Failure::from)?;
    print::stdout(|out| Ok(out.write_all(text.as_bytes())?))
}

fn begin(own: &settings::Settings, look: Look, hand_over: bool) -> Settings {
    let theme = own.theme().unwrap_or_else(|| look.usual_theme());
    Settings { theme: Text::new(theme), themes: look::themes(), hand_over, ..Settings::default() }
}

/// Leaves a kennel behind for each operation that still runs: it goes on where this one ends.
fn leave_behind(global: &Global, running: &[(Text, Text)], name: impl Fn(&str) -> Option<Text>) {
    for (namespace, id) in running {
        match process::leave_behind(&resume(global, namespace, id, name(namespace).as_ref())) {
            Ok(pid) => print::say(format_args!(
                "operation {id} on {namespace} goes on in the background (process {pid}); `kennel operations` shows it"
            )),
            Err(error) => print::say(format_args!(
                "operation {id} on {namespace} could not be handed over ({error}); go on with: kennel operations --resume {id}"
            )),
        }
    }
}

/// `kennel operations --resume ID …` on the same connection.
fn resume(global: &Global, namespace: &str, id: &str, environment: Option<&Text>) -> Vec<OsString> {
    let mut words: Vec<OsString> =
        ["operations", "--resume", id, "--namespace", namespace, "--yes"].map(OsString::from).into();
    let mut flag = |name: &str, value: &std::ffi::OsStr| words.extend([OsString::from(name), value.to_owned()]);
    flag("--after", std::process::id().to_string().as_ref());
    if let Some(name) = environment {
        flag("--confirm", name.as_str().as_ref());
    }
    if let Some(file) = &global.kubeconfig {
        flag("--kubeconfig", file.as_os_str());
    }
    for (name, value) in [("--context", &global.context), ("--server", &global.server), ("--as", &global.as_user)] {
        if let Some(value) = value {
            flag(name, value.as_ref());
        }
    }
    for group in &global.as_groups {
        flag("--as-group", group.as_ref());
    }
    if let Some(file) = &global.log_file {
        flag("--log-file", file.as_os_str());
    }
    words
}
