//! A program in a pty, and what reaches its screen, with times.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtyPair, PtySize, native_pty_system};
use regex::Regex;

use crate::options::Program;
use crate::process::Process;
use crate::screen;

const ROWS: u16 = 60;
const COLUMNS: u16 = 200;

/// The longest that an answer to a key is waited for.
const ANSWER: Duration = Duration::from_secs(1);

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

/// What a program did while no key was pressed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    /// Share of a core, in per cent.
    pub(crate) cpu: f64,
    /// Times a second that something woke one of its threads.
    pub(crate) wakes: f64,
    bytes: usize,
    /// Cells that these changed.
    cells: usize,
}

impl Spent {
    /// Bytes to the terminal, and how many these were for each cell that they changed.
    pub(crate) fn bytes(&self) -> String {
        match self.cells {
            0 => self.bytes.to_string(),
            cells => format!("{} ({:.0} a cell)", self.bytes, self.bytes as f64 / cells as f64),
        }
    }
}

impl Session {
    /// Starts the program.
    pub(crate) fn start(command: &[String]) -> Self {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).expect("a pty");
        let mut builder = CommandBuilder::new(&command[0]);
        builder.args(&command[1..]);
        builder.env("TERM", "xterm-256color");
        builder.env("LANG", "C.UTF-8");
        builder.cwd(std::env::current_dir().expect("a folder"));
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
        let child = pty.slave.spawn_command(builder).expect("the program");
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

    /// Lets it run for that long; bytes that it wrote, and cells that these changed where they are `counted`.
    fn run(&mut self, time: Duration, counted: bool) -> (usize, usize) {
        let until = Instant::now() + time;
        let (mut bytes, mut cells) = (0, 0);
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            match self.chunks.recv_timeout(left) {
                Ok((_, chunk)) => {
                    bytes += chunk.len();
                    let before = counted.then(|| self.parser.screen().clone());
                    self.take(&chunk);
                    cells += before.map_or(0, |b| screen::changed(&b, self.parser.screen()));
                }
                Err(_) => break,
            }
        }
        (bytes, cells)
    }

    /// Lets it run for that long.
    pub(crate) fn rest(&mut self, time: Duration) {
        self.run(time, false);
    }

    /// What it does while no key is pressed.
    pub(crate) fn idle(&mut self, time: Duration) -> Spent {
        let (cpu, sleeps) = (self.process().cpu(), self.process().sleeps());
        let (bytes, cells) = self.run(time, true);
        let seconds = time.as_secs_f64();
        let used = self.process().cpu().saturating_sub(cpu).as_secs_f64();
        let wakes = self.process().sleeps().saturating_sub(sleeps) as f64 / seconds;
        Spent { cpu: used / seconds * 100.0, bytes, cells, wakes }
    }

    /// Types text as it is.
    pub(crate) fn type_text(&mut self, text: &str) {
        let _ = self.keyboard.write_all(text.as_bytes());
        let _ = self.keyboard.flush();
    }

    /// Presses keys one by one; from each to the bytes after which the marked row has moved.
    pub(crate) fn keys(&mut self, program: &Program, presses: usize) -> String {
        if let Some(focus) = &program.focus {
            self.type_text(focus);
            self.rest(Duration::from_millis(500));
        }
        let mut times: Vec<f64> = Vec::new();
        let mut silent = 0;
        for press in 0..presses {
            self.rest(Duration::from_millis(25));
            // Ten down, ten up: never at the end of the list, where nothing would be drawn.
            let (down, up) = &program.moves;
            let key = if press / 10 % 2 == 0 { down.clone() } else { up.clone() };
            let before = screen::marked(self.parser.screen());
            let pressed = Instant::now();
            self.type_text(&key);
            match self.moved(&before, pressed) {
                Some(at) => times.push((at - pressed).as_secs_f64() * 1000.0),
                None => silent += 1,
            }
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(f64::NAN);
        let unanswered = if silent == 0 { String::new() } else { format!(" ({silent} of {presses} moved nothing)") };
        format!("{:.1} / {:.1} / {:.1} / {:.1}{unanswered}", at(0.5), at(0.95), at(0.99), at(1.0))
    }

    /// When the bytes came after which other rows are marked than `before`.
    fn moved(&mut self, before: &[(u16, usize)], pressed: Instant) -> Option<Instant> {
        while let Some(left) = (pressed + ANSWER).checked_duration_since(Instant::now()) {
            let (at, bytes) = self.chunks.recv_timeout(left).ok()?;
            self.take(&bytes);
            if screen::marked(self.parser.screen()) != before {
                return Some(at);
            }
        }
        None
    }

    /// Ends the program.
    pub(crate) fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
