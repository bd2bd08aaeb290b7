//! A program in a pty, and what reaches its screen, with times.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtyPair, PtySize, native_pty_system};
use regex::Regex;

use crate::options::Options;
use crate::process::Process;

const ROWS: u16 = 60;
const COLUMNS: u16 = 200;

/// The running program.
pub(crate) struct Session {
    started: Instant,
    parser: vt100::Parser,
    chunks: Receiver<(Instant, Vec<u8>)>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    /// Held open: a closed pty is a hang-up.
    _pty: PtyPair,
}

impl Session {
    /// Starts the program.
    pub(crate) fn start(options: &Options) -> Self {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).expect("a pty");
        let mut command = CommandBuilder::new(&options.command[0]);
        command.args(&options.command[1..]);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.cwd(std::env::current_dir().expect("a folder"));
        let mut reader = pty.master.try_clone_reader().expect("a reader");
        let keyboard = pty.master.take_writer().expect("a writer");
        let (send, chunks) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if send.send((Instant::now(), buffer[..n].to_vec())).is_err() {
                    break;
                }
            }
        });
        let started = Instant::now();
        let child = pty.slave.spawn_command(command).expect("the program");
        let of = |n| std::num::NonZeroU16::new(n).expect("not zero");
        Self { started, parser: vt100::Parser::new(of(ROWS), of(COLUMNS), 0), chunks, keyboard, child, _pty: pty }
    }

    /// The process.
    pub(crate) fn process(&self) -> Process {
        Process::new(self.child.process_id().unwrap_or(0))
    }

    /// The screen's text.
    pub(crate) fn contents(&self) -> String {
        self.parser.screen().contents()
    }

    /// Takes what has arrived; answers the questions that programs ask a terminal at their start.
    fn take(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        for (question, answer) in [(&b"\x1b[6n"[..], &b"\x1b[1;1R"[..]), (&b"\x1b[c"[..], &b"\x1b[?62;c"[..])] {
            if bytes.windows(question.len()).any(|w| w == question) {
                let _ = self.keyboard.write_all(answer);
            }
        }
    }

    /// Waits until the screen matches (anything visible, without a pattern); time since the start.
    pub(crate) fn wait(&mut self, pattern: Option<&Regex>, patience: Duration) -> Option<Duration> {
        let until = Instant::now() + patience;
        let matches = |text: &str| pattern.map_or(!text.trim().is_empty(), |p| p.is_match(text));
        if matches(&self.contents()) {
            return Some(self.started.elapsed());
        }
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            match self.chunks.recv_timeout(left) {
                Ok((at, bytes)) => {
                    self.take(&bytes);
                    if matches(&self.contents()) {
                        return Some(at - self.started);
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
        None
    }

    /// Lets it run for that long; bytes that it wrote.
    pub(crate) fn rest(&mut self, time: Duration) -> usize {
        let until = Instant::now() + time;
        let mut bytes = 0;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            match self.chunks.recv_timeout(left) {
                Ok((_, chunk)) => {
                    bytes += chunk.len();
                    self.take(&chunk);
                }
                Err(_) => break,
            }
        }
        bytes
    }

    /// CPU (per cent of a core) and bytes while no key is pressed.
    pub(crate) fn idle(&mut self, time: Duration) -> (f64, usize) {
        let before = self.process().cpu();
        let bytes = self.rest(time);
        let used = self.process().cpu() - before;
        (used.as_secs_f64() / time.as_secs_f64() * 100.0, bytes)
    }

    /// Types text as it is.
    pub(crate) fn type_text(&mut self, text: &str) {
        let _ = self.keyboard.write_all(text.as_bytes());
        let _ = self.keyboard.flush();
    }

    /// Presses keys one by one; from each to the first bytes that it causes.
    pub(crate) fn keys(&mut self, options: &Options, presses: usize) -> String {
        if let Some(focus) = &options.focus {
            self.type_text(focus);
            self.rest(Duration::from_millis(500));
        }
        let mut times: Vec<f64> = Vec::new();
        let mut silent = 0;
        for press in 0..presses {
            self.rest(Duration::from_millis(25));
            // Ten down, ten up: never at the end of the list, where nothing would be drawn.
            let key = if press / 10 % 2 == 0 { options.moves.0.clone() } else { options.moves.1.clone() };
            let pressed = Instant::now();
            self.type_text(&key);
            match self.chunks.recv_timeout(Duration::from_millis(1000)) {
                Ok((at, bytes)) => {
                    times.push((at - pressed).as_secs_f64() * 1000.0);
                    self.take(&bytes);
                }
                Err(_) => silent += 1,
            }
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(f64::NAN);
        format!(
            "p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms ({} keys, {silent} without an answer)",
            at(0.5),
            at(0.99),
            at(1.0),
            times.len()
        )
    }

    /// Ends the program.
    pub(crate) fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
