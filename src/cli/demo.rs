//! `kennel demo`: the embedded cluster, with a dashboard, over HTTP, or both.

use std::net::SocketAddr;

use super::args::{Demo, Global};
use super::exit::Outcome;
use super::{connect, dashboard, print};
use crate::runtime::signals;

/// Runs the demo.
pub(crate) fn demo(global: &Global, wanted: &Demo) -> Outcome {
    match wanted.serve {
        Some(address) if wanted.headless => super::block_on(true, serve(wanted, address)),
        _ => dashboard::dashboard(global, Some(wanted)),
    }
}

/// Serves the API until a signal asks for the end.
async fn serve(wanted: &Demo, address: SocketAddr) -> Outcome {
    // Caught before the address is told: whoever reads it may end us at once.
    let mut signals = signals::Signals::catch()?;
    let sim = connect::embedded(wanted).await?;
    let (at, _server) = connect::listen(&sim, address).await?;
    print::stdout(|out| Ok(writeln!(out, "serving http://{at}")?))?;
    signals.asked_to_end().await;
    Ok(())
}
