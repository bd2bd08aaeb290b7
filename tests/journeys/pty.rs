//! A terminal for tests: the real binary in a pty, its screen parsed, its modes compared.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// Longest wait for anything: a deadline for the test, not a promise of the program.
pub const PATIENCE: Duration = Duration::from_secs(60);

struct Shared {
    parser: vt100::Parser,
    raw: Vec<u8>,
    closed: bool,
    deaf: bool,
    hang: bool,
}

/// A kennel in a terminal.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    shared: Arc<(Mutex<Shared>, Condvar)>,
    /// The modes before the program started, as text: two of them are the same when their words are.
    before: String,
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

/// The binary under test, with nothing of what the developer's shell brings along.
pub fn kennel(args: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_kennel"));
    command.args(args);
    command.env_clear();
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env("HOME", env!("CARGO_TARGET_TMPDIR"));
    for (name, folder) in [("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state")] {
        command.env(name, format!("{}/{folder}", env!("CARGO_TARGET_TMPDIR")));
    }
    command
}

/// The same program with the same arguments and environment, without a terminal.
pub fn plain(command: &CommandBuilder) -> std::process::Command {
    let argv = command.get_argv();
    let mut plain = std::process::Command::new(&argv[0]);
    plain.args(&argv[1..]).env_clear().envs(command.iter_full_env_as_str()).stdin(std::process::Stdio::null());
    plain
}

impl Terminal {
    /// Starts `command` in a terminal of that size.
    pub fn start(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pair =
            native_pty_system().openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
        let before = format!("{:?}", pair.master.get_termios().unwrap());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        let shared = Arc::new((
            Mutex::new(Shared { parser, raw: vec![], closed: false, deaf: false, hang: false }),
            Condvar::new(),
        ));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let inside = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut bytes = [0; 65536];
            loop {
                drop(inside.1.wait_while(inside.0.lock().unwrap(), |s| s.deaf).unwrap());
                let n = reader.read(&mut bytes).unwrap_or(0);
                let mut s = inside.0.lock().unwrap();
                if n == 0 || s.hang {
                    s.closed = true;
                } else {
                    s.parser.process(&bytes[..n]);
                    s.raw.extend_from_slice(&bytes[..n]);
                }
                inside.1.notify_all();
                if s.closed {
                    return;
                }
            }
        });
        let keys = Some(pair.master.take_writer().unwrap());
        Self { child, master: Some(pair.master), keys, shared, before }
    }

    /// The program's process.
    pub fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        self.shared.0.lock().unwrap().parser.screen().contents()
    }

    /// Every byte that the program wrote.
    pub fn raw(&self) -> Vec<u8> {
        self.shared.0.lock().unwrap().raw.clone()
    }

    /// Waits until `there` holds for the screen; shows it when it never does.
    pub fn wait(&self, what: &str, there: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        let mut s = self.shared.0.lock().unwrap();
        loop {
            let screen = s.parser.screen().contents();
            if there(&screen) {
                return screen;
            }
            let left = end.saturating_duration_since(Instant::now());
            let closed = s.closed;
            if left.is_zero() || closed {
                // Not under the lock: the reader goes on.
                drop(s);
                panic!("never: {what} (closed: {closed})\n{screen}");
            }
            s = self.shared.1.wait_timeout(s, left).unwrap().0;
        }
    }

    /// Waits until `text` is on the screen.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(&format!("`{text}` on the screen"), |screen| screen.contains(text))
    }

    /// Waits until the line that holds `place` holds `text` too: a row of a table.
    pub fn wait_row(&self, place: &str, text: &str) -> String {
        let there = |screen: &str| screen.lines().any(|l| l.contains(place) && l.contains(text));
        self.wait(&format!("`{text}` in the row of `{place}`"), there)
    }

    /// Waits until the program has been stopped (SIGSTOP), as job control sees it.
    pub fn wait_stopped(&self) {
        let end = Instant::now() + PATIENCE;
        let state = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process())).unwrap();
            stat.rsplit_once(") ").unwrap().1.chars().next()
        };
        while state() != Some('T') {
            assert!(Instant::now() < end, "it never stopped: {:?}", state());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the program has written `bytes`.
    pub fn wait_raw(&self, bytes: &str) {
        let end = Instant::now() + PATIENCE;
        let mut s = self.shared.0.lock().unwrap();
        while !s.raw.windows(bytes.len()).any(|w| w == bytes.as_bytes()) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !s.closed, "never written: {bytes:?}");
            s = self.shared.1.wait_timeout(s, left).unwrap().0;
        }
    }

    /// From now on nobody reads what the program writes (but the one read that is under way).
    pub fn stop_reading(&self) {
        self.shared.0.lock().unwrap().deaf = true;
    }

    /// Types bytes.
    pub fn press(&mut self, keys: &str) {
        let writer = self.keys.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        // The parser first: what the program draws next is for the new size.
        self.shared.0.lock().unwrap().parser.screen_mut().set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    /// Sends a signal, by its name for kill(1).
    pub fn signal(&self, name: &str) {
        signal(self.process(), name);
    }

    /// Every byte that the program wrote, to its end: the last ones arrive after it has ended.
    pub fn all(&mut self) -> String {
        self.ended();
        drop(self.shared.1.wait_while(self.shared.0.lock().unwrap(), |s| !s.closed).unwrap());
        String::from_utf8_lossy(&self.raw()).into_owned()
    }

    /// What the program says after it has given the terminal back, to the end.
    pub fn last_words(&mut self) -> String {
        self.all().rsplit_once("\x1b[?1049l").expect("it gave the terminal back").1.to_owned()
    }

    /// Waits for the end of the program.
    pub fn ended(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "it never ended\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The terminal is as it was before the program: modes, screen, cursor, paste, mouse.
    pub fn assert_restored(&self) {
        let end = Instant::now() + PATIENCE;
        // A stopped program is still giving it back when the signal has been sent.
        loop {
            let after = format!("{:?}", self.master.as_ref().unwrap().get_termios().unwrap());
            if after == self.before {
                break;
            }
            assert!(Instant::now() < end, "termios: {after}, before: {}", self.before);
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut s = self.shared.0.lock().unwrap();
        loop {
            let screen = s.parser.screen();
            let modes = [
                ("alternate screen", screen.alternate_screen()),
                ("bracketed paste", screen.bracketed_paste()),
                ("hidden cursor", screen.hide_cursor()),
                ("mouse", screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None),
            ];
            let left: Vec<_> = modes.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
            if left.is_empty() {
                return;
            }
            let time = end.saturating_duration_since(Instant::now());
            assert!(!time.is_zero() && !s.closed, "left behind: {left:?}");
            s = self.shared.1.wait_timeout(s, time).unwrap().0;
        }
    }

    /// Closes the terminal under the program: an SSH connection that drops.
    pub fn hang_up(&mut self) {
        self.shared.0.lock().unwrap().hang = true;
        // The reader holds the terminal open until it reads once more: another size makes another frame.
        let size = PtySize { rows: 30, cols: 90, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().unwrap().resize(size).unwrap();
        drop(self.shared.1.wait_while(self.shared.0.lock().unwrap(), |s| !s.closed).unwrap());
        self.keys = None;
        self.master = None;
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process.
pub fn signal(process: u32, name: &str) {
    let sent = std::process::Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap();
    assert!(sent.success(), "kill -{name} {process}");
}
