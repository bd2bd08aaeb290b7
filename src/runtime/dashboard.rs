//! The event loop: keys, signals, answers and pictures in; frames out.
//!
//! Keys are drawn at once; data at most 30 times a second; with nothing new the loop sleeps. Nothing
//! here waits for the terminal: a frame is made only when the writer has nothing in its hands.

use std::time::Duration;

use crossterm::event::Event;
use futures::FutureExt as _;
use ratatui::Terminal;
use ratatui::layout::Size;
use tokio::time::{Instant, sleep_until};

use super::core::{Core, Local, News};
use super::look::Look;
use super::pace::Pace;
use super::pen::{self, Pen};
use super::signals::{self, Asked, Signals};
use super::tty::{self, Tty};
use super::{clipboard, input};
use crate::app::hit::HitMap;
use crate::app::{Message, Settings, State};
use crate::cluster::Handle;
use crate::domain::{EnvironmentId, Text, Time};
use crate::plan::End;
use crate::ui::{self, Theme};

/// Ages that show seconds.
const SECOND: Duration = Duration::from_secs(1);
/// Ages that show minutes and more may be that late.
const LATER: Duration = Duration::from_secs(15);

/// How long answers that are under way are waited for on the way out; the journal keeps the rest.
const LETTING_GO: Duration = Duration::from_millis(1500);

/// Said in place of a stop that would have no end.
const NOBODY_TO_RESUME: &str = "not suspended: no shell started kennel that could bring it back";

/// An operation that had not ended when the dashboard did: its journal is let go of.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Its environment.
    pub environment: EnvironmentId,
    /// Its ID.
    pub id: Text,
    /// It was being taken back.
    pub undo: bool,
}

/// How a dashboard ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Left {
    /// Operations that somebody else has to go on with.
    pub unfinished: Vec<Unfinished>,
    /// What is opened in its place; `None`: nothing.
    pub next: Option<Next>,
}

/// Another context, in place of the one that was open.
#[derive(Debug, PartialEq, Eq)]
pub struct Next {
    /// Its name.
    pub context: Text,
    /// The command that is done there, without its colon; empty: none.
    pub then: String,
    /// Commands that were typed, oldest first.
    pub commands: Vec<String>,
    /// The theme that was drawn with.
    pub theme: Text,
}

/// A cluster that the dashboard can work on.
#[derive(Debug)]
pub struct Opened {
    /// The cluster.
    pub handle: Handle,
    /// Its time stands still (a dump).
    pub still: bool,
    /// Something to tell: where it is served.
    pub notice: Option<Text>,
    /// Time that each tier of an operation gets for its pods, where the user says.
    pub tier_limit: Option<Duration>,
}

/// The screen: what is drawn where.
#[derive(Debug)]
pub struct Dashboard {
    core: Core,
    tty: Tty,
    terminal: Terminal<Pen>,
    theme: Theme,
    look: Look,
    /// Whether and when a frame is due.
    pace: Pace,
    /// There is a picture that the state has not been told of.
    fresh: bool,
    tick: Instant,
    /// The user leaves, a signal asks for it, or the terminal is gone.
    ended: bool,
    /// A context that the user wants in place of this one, and a line for it.
    next: Option<(Text, String)>,
    /// Tells double clicks.
    clicks: input::Clicks,
}

impl Dashboard {
    /// Takes the terminal and draws the first frame, before there is anything to show.
    ///
    /// # Errors
    /// The terminal can't show a dashboard.
    pub fn open(settings: Settings, look: Look) -> Result<Self, tty::Unfit> {
        let tty = Tty::open()?;
        super::panic::restore_first(tty.clone());
        let size = tty::size();
        let theme = look.theme(&settings.theme);
        let state = State::new(settings, Time::now(), (size.width, size.height));
        let terminal = Terminal::new(Pen::new(size))?;
        let now = Instant::now();
        let mut dashboard = Self {
            core: Core::new(state),
            tty,
            terminal,
            theme,
            look,
            pace: Pace::new(now),
            fresh: false,
            tick: now + SECOND,
            ended: false,
            next: None,
            clicks: input::Clicks::default(),
        };
        dashboard.draw()?;
        if dashboard.core.state.mouse {
            dashboard.tty.mouse(true);
        }
        Ok(dashboard)
    }

    /// Runs until the user leaves or the terminal goes, on the cluster that `open` brings. Returns how
    /// that was.
    ///
    /// # Errors
    /// `open` fails. The terminal is given back on every way out.
    pub async fn run<E>(mut self, open: impl Future<Output = Result<Opened, E>>, signals: Signals) -> Result<Left, E>
    where
        E: From<std::io::Error>,
    {
        let result = self.turn(open, signals).await;
        self.tty.leave();
        let running: Vec<u64> = self.core.state.under_way().map(|o| o.number).collect();
        self.core.let_go(LETTING_GO).await;
        // Only now: one that had just begun had no ID yet, and another may have ended meanwhile.
        let operations = self.core.state.operations.iter().filter(|o| o.journaled && running.contains(&o.number));
        let unfinished = operations.filter(|o| matches!(o.outcome.as_ref().map(|o| &o.end), None | Some(End::Left(_))));
        let unfinished = unfinished
            .filter_map(|o| Some(Unfinished { environment: o.environment.clone(), id: o.id.clone()?, undo: o.undo }))
            .collect();
        let state = &self.core.state;
        let next = self.next.take().map(|(context, then)| Next {
            context,
            then,
            commands: state.commands().to_vec(),
            theme: state.theme.clone(),
        });
        result.map(|()| Left { unfinished, next })
    }

    async fn turn<E>(&mut self, open: impl Future<Output = Result<Opened, E>>, mut signals: Signals) -> Result<(), E>
    where
        E: From<std::io::Error>,
    {
        self.tty.watch()?;
        let mut keys = input::events();
        let mut open = std::pin::pin!(open.fuse());
        let tty = self.tty.clone();
        loop {
            if self.ended {
                return Ok(());
            }
            if self.pace.next().is_some_and(|due| due <= Instant::now()) && !self.tty.busy() {
                self.draw()?;
            }
            let due = self.pace.next();
            let busy = due.is_some() && self.tty.busy();
            tokio::select! {
                biased;
                asked = signals.next() => self.heed(asked),
                () = tty.hung_up() => self.ended = true,
                event = keys.recv() => {
                    self.take(event);
                    // What is there already comes into the same frame.
                    while let Ok(event) = keys.try_recv() {
                        self.take(Some(event));
                        if self.ended {
                            break;
                        }
                    }
                }
                opened = &mut open => {
                    let opened = opened?;
                    self.core.connect(opened.handle, opened.still);
                    if let Some(limit) = opened.tier_limit {
                        self.core.tier_limit(limit);
                    }
                    if let Some(notice) = opened.notice {
                        self.update(Message::Notice(notice));
                    }
                    self.fresh = true;
                    self.pace.change();
                }
                news = self.core.next() => match news {
                    News::Answers(all) => all.into_iter().for_each(|message| self.update(message)),
                    News::Picture => {
                        self.fresh = true;
                        self.pace.change();
                    }
                },
                () = tty.idle(), if busy => {}
                () = sleep_until(due.unwrap_or(self.tick)), if due.is_some() && !busy => {}
                () = sleep_until(self.tick) => {
                    let now = self.core.now();
                    self.update(Message::Tick(now));
                }
            }
        }
    }

    fn take(&mut self, event: Option<std::io::Result<Event>>) {
        match event {
            Some(Ok(event)) => {
                let message = match event {
                    Event::Mouse(event) => self.clicks.message(event, std::time::Instant::now()),
                    event => input::message(event),
                };
                if let Some(message) = message {
                    // What a person decides on is what is known now.
                    self.catch_up();
                    self.update(message);
                    self.pace.hurry();
                }
            }
            // The terminal is closed, or reading from it fails.
            Some(Err(_)) | None => self.ended = true,
        }
    }

    fn heed(&mut self, asked: Asked) {
        match asked {
            Asked::Leave | Asked::HangUp => self.ended = true,
            Asked::Stop => self.stop(signals::stop_here),
            Asked::Continue => self.again(),
            Asked::Resize => {
                let Size { width, height } = tty::size();
                self.catch_up();
                self.update(Message::Resize { width, height });
                self.pace.hurry();
            }
        }
    }

    /// Gives the terminal back first: who is stopped can't, nor may who is in the background.
    fn stop(&mut self, stop: fn()) {
        self.tty.leave();
        for o in self.core.state.under_way() {
            tty::say(&format!("kennel: {} of {} stands still until fg", o.words(), o.place));
        }
        stop();
        self.again();
    }

    /// Takes the terminal again and draws everything.
    fn again(&mut self) {
        if let Err(error) = self.tty.enter() {
            tracing::warn!(%error, "the terminal does not come back");
            self.ended = true;
            return;
        }
        if self.core.state.mouse {
            self.tty.mouse(true);
        }
        self.terminal.backend_mut().forget();
        // A pen can't fail.
        let _ = self.terminal.clear();
        self.pace.hurry();
    }

    fn update(&mut self, message: Message) {
        self.pace.change();
        if let Message::Resize { width, height } = message {
            // A pen can't fail.
            let _ = pen::resized(&mut self.terminal, Size::new(width, height));
        }
        for local in self.core.feed(message) {
            match local {
                Local::Copy(text) => {
                    self.tty.write(clipboard::copy(&text, std::env::var_os("TMUX").is_some()));
                    self.update(Message::Notice(clipboard::said(&text)));
                }
                Local::Theme(name) => self.theme = self.look.theme(&name),
                Local::Mouse(on) => self.tty.mouse(on),
                Local::Context { name, then } => {
                    self.next = Some((name, then));
                    self.ended = true;
                }
                Local::Suspend if signals::is_a_job() => self.stop(signals::stop_job),
                Local::Suspend => self.update(Message::Notice(NOBODY_TO_RESUME.into())),
                Local::Quit => self.ended = true,
            }
        }
    }

    fn catch_up(&mut self) {
        if std::mem::take(&mut self.fresh)
            && let Some(picture) = self.core.picture()
        {
            self.update(picture);
        }
    }

    fn draw(&mut self) -> std::io::Result<()> {
        self.catch_up();
        let mut hits = HitMap::default();
        let (state, theme) = (&self.core.state, &self.theme);
        self.terminal.draw(|frame| hits = ui::render(frame, state, theme))?;
        let pace = if hits.seconds { SECOND } else { LATER };
        if let Some(bytes) = self.terminal.backend_mut().take() {
            self.tty.write(bytes);
        }
        let now = Instant::now();
        self.pace.draw(now);
        self.tick = now + pace.min(self.until_something_goes());
        // Never a reason to draw again.
        self.core.feed(Message::Drawn(hits));
        Ok(())
    }

    fn until_something_goes(&self) -> Duration {
        let left = self.core.state.next_deadline().map(|t| t.duration_since(self.core.state.now));
        left.map_or(LATER, |d| Duration::try_from(d).unwrap_or(Duration::ZERO).max(Duration::from_millis(100)))
    }
}
