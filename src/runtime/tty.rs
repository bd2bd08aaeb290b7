//! The terminal itself: modes in, modes out on every way, and a thread that writes.
//!
//! A terminal that stops reading must not stop the cluster's work: frames are written by a thread;
//! while it is busy no new frame is made, and the one made next is the latest.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::Notify;

/// The title of whoever was there before is kept aside.
const TITLE: &[u8] = b"\x1b[22;0t\x1b]0;kennel\x07";
/// Alternate screen, bracketed paste.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[2J";
/// Mouse reports: press and release, drag, SGR coordinates.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";
/// Everything back, from any state: CAN ends a half-written sequence; end of update, mouse, paste,
/// keyboard modes, colours, scroll region, cursor, title, screen.
const LEAVE: &[u8] =
    b"\x18\x1b[?2026l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[<u\x1b[0m\x1b[r\x1b[?25h\x1b[23;0t\x1b[?1049l";

/// How long the way out waits for a terminal that does not read.
const PATIENCE: Duration = Duration::from_millis(500);

/// Why a dashboard can't be shown here.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// `TERM=dumb`, or none.
    #[error("TERM={0} can't show a dashboard; `kennel get environments` and `kennel snapshot` work everywhere")]
    Dumb(String),
    /// No terminal to read keys from.
    #[error("there is no terminal to read keys from ({0})")]
    NoKeys(io::Error),
    /// Its modes can't be set.
    #[error("can't set up the terminal: {0}")]
    Modes(#[from] io::Error),
}

/// The terminal, shared by the loop, the writer and the panic hook.
#[derive(Debug, Clone)]
pub struct Tty(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Whether its modes are ours at the moment.
    entered: AtomicBool,
    /// Pieces given to the writer and not written yet.
    pending: AtomicUsize,
    /// The terminal is gone: writing failed.
    gone: AtomicBool,
    /// Rung when the writer has nothing left, or the terminal is gone.
    bell: Notify,
    /// Rung when the terminal is gone, and never else: who waits for that is not woken by every frame.
    end: Notify,
    pieces: mpsc::Sender<Vec<u8>>,
}

impl Tty {
    /// Takes the terminal: raw mode, alternate screen. Its writer thread begins.
    ///
    /// # Errors
    /// The terminal can't show a dashboard, or there is none.
    pub fn open() -> Result<Self, Unfit> {
        let term = std::env::var("TERM").unwrap_or_default();
        if term == "dumb" || term.is_empty() {
            return Err(Unfit::Dumb(term));
        }
        let (pieces, inbox) = mpsc::channel();
        let tty = Self(Arc::new(Inner {
            entered: AtomicBool::new(false),
            pending: AtomicUsize::new(0),
            gone: AtomicBool::new(false),
            bell: Notify::new(),
            end: Notify::new(),
            pieces,
        }));
        tty.enter()?;
        let writer = tty.clone();
        std::thread::Builder::new().name("terminal".to_owned()).spawn(move || writer.write_all(&inbox))?;
        Ok(tty)
    }

    /// Takes the terminal's modes (again, after [`Tty::leave`]).
    ///
    /// # Errors
    /// No terminal to read keys from, or its modes can't be set.
    pub fn enter(&self) -> Result<(), Unfit> {
        if !self.0.entered.swap(true, Ordering::SeqCst) {
            crossterm::terminal::enable_raw_mode().map_err(|e| {
                self.0.entered.store(false, Ordering::SeqCst);
                Unfit::NoKeys(e)
            })?;
            write_within(TITLE, PATIENCE);
        }
        write_within(ENTER, PATIENCE);
        Ok(())
    }

    /// Gives the terminal back as it was. Harmless when it was given back already.
    pub fn leave(&self) {
        if self.0.entered.swap(false, Ordering::SeqCst) {
            // What the writer has in its hands goes first, as far as the terminal takes it.
            let began = Instant::now();
            while self.busy() && !self.gone() && began.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(2));
            }
            write_within(LEAVE, PATIENCE);
            let _ = crossterm::terminal::disable_raw_mode();
        }
    }

    /// Mouse reports on or off.
    pub fn mouse(&self, on: bool) {
        self.write(if on { MOUSE_ON } else { MOUSE_OFF }.to_vec());
    }

    /// Hands bytes to the writer; returns at once.
    pub fn write(&self, bytes: Vec<u8>) {
        self.0.pending.fetch_add(1, Ordering::SeqCst);
        if self.0.pieces.send(bytes).is_err() {
            self.lost();
        }
    }

    /// Whether the writer has something that the terminal has not taken yet.
    pub fn busy(&self) -> bool {
        self.0.pending.load(Ordering::SeqCst) > 0
    }

    /// Whether the terminal is gone.
    pub fn gone(&self) -> bool {
        self.0.gone.load(Ordering::SeqCst)
    }

    /// Waits until the writer has nothing left, or the terminal is gone.
    pub async fn idle(&self) {
        loop {
            let rung = self.0.bell.notified();
            if !self.busy() || self.gone() {
                return;
            }
            rung.await;
        }
    }

    /// Waits until the terminal is gone: closed (SSH dropped), or writing to it fails.
    pub async fn hung_up(&self) {
        loop {
            let rung = self.0.end.notified();
            if self.gone() {
                return;
            }
            rung.await;
        }
    }

    /// Watches for a hang-up in a thread that sleeps until there is one: SIGHUP may be ignored
    /// (`nohup`), and crossterm spins on a closed terminal.
    ///
    /// # Errors
    /// The thread can't be started.
    pub fn watch(&self) -> io::Result<()> {
        let tty = self.clone();
        std::thread::Builder::new().name("hang-up".to_owned()).spawn(move || {
            let stdout = io::stdout();
            loop {
                // No events asked for: only POLLHUP, POLLERR and POLLNVAL end the wait.
                let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
                match poll(&mut fds, None) {
                    Err(rustix::io::Errno::INTR) => {}
                    _ => break,
                }
            }
            tty.lost();
        })?;
        Ok(())
    }

    fn lost(&self) {
        self.0.gone.store(true, Ordering::SeqCst);
        self.0.bell.notify_waiters();
        self.0.end.notify_waiters();
    }

    /// The writer thread.
    fn write_all(&self, inbox: &mpsc::Receiver<Vec<u8>>) {
        for piece in inbox {
            let mut rest = piece.as_slice();
            while !rest.is_empty() && !self.gone() {
                match rustix::io::write(rustix::stdio::stdout(), rest) {
                    Ok(n) => rest = rest.get(n..).unwrap_or_default(),
                    Err(rustix::io::Errno::INTR) => {}
                    Err(rustix::io::Errno::AGAIN) => {
                        wait_writable(None);
                    }
                    Err(_) => self.lost(),
                }
            }
            if self.0.pending.fetch_sub(1, Ordering::SeqCst) == 1 {
                self.0.bell.notify_waiters();
            }
        }
    }
}

/// Waits until stdout takes bytes; false when it does not in time, or is gone.
fn wait_writable(limit: Option<Duration>) -> bool {
    let stdout = rustix::stdio::stdout();
    let mut fds = [PollFd::new(&stdout, PollFlags::OUT)];
    let limit = limit.and_then(|l| Timespec::try_from(l).ok());
    match poll(&mut fds, limit.as_ref()) {
        Ok(n) if n > 0 => fds.iter().all(|f| f.revents().contains(PollFlags::OUT)),
        _ => false,
    }
}

/// Writes a short sequence where the terminal takes it in time; else leaves it.
fn write_within(bytes: &[u8], limit: Duration) {
    if wait_writable(Some(limit)) {
        let _ = rustix::io::write(rustix::stdio::stdout(), bytes);
    }
}

/// Writes a line where the terminal has been given back.
pub(super) fn say(line: &str) {
    write_within(format!("{line}\n").as_bytes(), PATIENCE);
}

/// Columns and rows of the terminal; 80×24 where it says nothing.
pub fn size() -> Size {
    match rustix::termios::tcgetwinsize(rustix::stdio::stdout()) {
        Ok(w) if w.ws_col > 0 && w.ws_row > 0 => Size::new(w.ws_col, w.ws_row),
        _ => Size::new(80, 24),
    }
}

/// Whether stdout is a terminal: else a frame is printed as text.
pub fn present() -> bool {
    io::stdout().is_terminal()
}
