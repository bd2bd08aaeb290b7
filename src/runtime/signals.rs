//! Signals that a dashboard must heed.

use std::io;

use rustix::process::{Signal as Sent, getpgrp, getpid, getsid, kill_current_process_group, kill_process};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What was asked for by a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// SIGTERM, SIGINT or SIGQUIT: leave.
    Leave,
    /// SIGHUP: the terminal is gone.
    HangUp,
    /// SIGTSTP: give the terminal back and stop until SIGCONT.
    Stop,
    /// SIGCONT: take the terminal again.
    Continue,
    /// SIGWINCH: the terminal has another size.
    Resize,
}

/// The signals, caught from now on.
#[derive(Debug)]
pub struct Signals {
    term: Signal,
    int: Signal,
    quit: Signal,
    hup: Signal,
    stop: Signal,
    cont: Signal,
    winch: Signal,
}

impl Signals {
    /// Catches them. Needs a tokio runtime.
    ///
    /// # Errors
    /// The kernel refuses a handler.
    pub fn catch() -> io::Result<Self> {
        // tokio names no SIGTSTP and SIGCONT of its own.
        let raw = |s: Sent| signal(SignalKind::from_raw(s.as_raw()));
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hup: signal(SignalKind::hangup())?,
            stop: raw(Sent::TSTP)?,
            cont: raw(Sent::CONT)?,
            winch: signal(SignalKind::window_change())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.term.recv() => Asked::Leave,
            _ = self.int.recv() => Asked::Leave,
            _ = self.quit.recv() => Asked::Leave,
            _ = self.hup.recv() => Asked::HangUp,
            _ = self.stop.recv() => Asked::Stop,
            _ = self.cont.recv() => Asked::Continue,
            _ = self.winch.recv() => Asked::Resize,
        }
    }

    /// Waits until this process is to end, and says how it was asked. SIGTSTP stops it, as it would by itself.
    pub async fn asked_to_end(&mut self) -> Asked {
        loop {
            match self.next().await {
                how @ (Asked::Leave | Asked::HangUp) => return how,
                Asked::Stop => stop_here(),
                Asked::Continue | Asked::Resize => {}
            }
        }
    }
}

/// Whether a shell with job control has put this process in place, and could bring it back: jobs have a group of their
/// own, that of the session's leader (`ssh HOST kennel`, a container, a tmux window) is nobody's.
pub fn is_a_job() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Stops all of this job, as Ctrl-z does: a script that waits for kennel would keep the shell from coming back.
pub fn stop_job() {
    let _ = kill_current_process_group(Sent::STOP);
}

/// Stops this process, as SIGTSTP would have done by itself; returns after SIGCONT.
pub fn stop_here() {
    let _ = kill_process(getpid(), Sent::STOP);
}
