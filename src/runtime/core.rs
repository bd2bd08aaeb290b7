//! The state with its effects: what the dashboard and `kennel snapshot` have in common.
//!
//! Messages go in, effects run as tasks, their answers come back as messages on a bounded channel.
//! What only a terminal can do (copy, themes, leaving) is handed out as [`Local`].

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{mpsc, watch};

use super::questions::Questions;
use crate::app::{self, Effect, Message, State};
use crate::cluster::{Handle, RunOptions};
use crate::domain::{EnvironmentId, Snapshot, Text, Time};
use crate::plan::{Outcome, Progress};

/// Answers that wait to be taken; tasks wait when there are more.
const ANSWERS: usize = 256;

/// An effect that the terminal's owner runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Local {
    /// Into the clipboard.
    Copy(String),
    /// Draw with this theme.
    Theme(Text),
    /// Take the mouse, or give it back.
    Mouse(bool),
    /// Open another context, and do a line there.
    Context {
        /// Its name.
        name: Text,
        /// The command that is done there.
        then: String,
    },
    /// Stop until the shell's `fg`.
    Suspend,
    /// Leave.
    Quit,
}

/// State, cluster, and the tasks between them.
#[derive(Debug)]
pub struct Core {
    /// What is on screen.
    pub state: State,
    handle: Option<Handle>,
    snapshots: Option<watch::Receiver<Arc<Snapshot>>>,
    look_at: Option<Option<EnvironmentId>>,
    answers: mpsc::Sender<Message>,
    inbox: mpsc::Receiver<Message>,
    questions: Questions,
    clock: Clock,
    still: bool,
    /// How operations run; its `stop` asks all of them to stop after what is in flight.
    options: RunOptions,
}

/// Whose time it is: the cluster's, never this host's.
#[derive(Debug, Clone, Copy)]
enum Clock {
    /// No picture yet: this host's.
    Unset,
    /// That far from this host's clock.
    Off(SignedDuration),
    /// It stands still: a dump is looked at as of its own time.
    Still(Time),
}

impl Core {
    /// A state without a cluster yet.
    pub fn new(state: State) -> Self {
        let (answers, inbox) = mpsc::channel(ANSWERS);
        let clock = Clock::Unset;
        Self {
            state,
            handle: None,
            snapshots: None,
            look_at: None,
            answers,
            inbox,
            questions: Questions::default(),
            clock,
            still: false,
            options: RunOptions::default(),
        }
    }

    /// The cluster's time now.
    pub fn now(&self) -> Time {
        match self.clock {
            Clock::Unset => Time::now(),
            Clock::Off(by) => Time::now().checked_add(by).unwrap_or(self.state.now),
            Clock::Still(at) => at,
        }
    }

    /// Each tier of an operation gets so much time for its pods.
    pub fn tier_limit(&mut self, limit: Duration) {
        self.options.tier_limit = limit;
    }

    /// The cluster is there. With `still` its time stands still.
    pub fn connect(&mut self, handle: Handle, still: bool) {
        self.still = still;
        self.snapshots = Some(handle.snapshots());
        if let Some(environment) = self.look_at.take() {
            handle.look_at(environment);
        }
        self.handle = Some(handle);
    }

    /// Whether a question has not been answered yet.
    pub fn waits(&self) -> bool {
        self.questions.are_open() || !self.inbox.is_empty()
    }

    /// Asks what runs to stop after what is in flight, and waits for that, at most `limit`. Journals are let go
    /// of, so that whoever comes next goes on at once. True where all has stopped.
    pub async fn let_go(&mut self, limit: Duration) -> bool {
        self.options.stop.cancel();
        let stopped = async {
            while self.operates() {
                if let News::Answers(all) = self.next().await {
                    all.into_iter().for_each(|message| drop(self.feed(message)));
                }
            }
        };
        tokio::time::timeout(limit, stopped).await.is_ok()
    }

    /// Whether an operation runs.
    pub fn operates(&self) -> bool {
        self.state.held().next().is_some()
    }

    /// What to tell the state next: all answers that are there, or that there is a new picture. Never ends before.
    pub async fn next(&mut self) -> News {
        let mut answers = Vec::new();
        let changed = async {
            if let Some(s) = &mut self.snapshots
                && s.changed().await.is_ok()
            {
                return;
            }
            std::future::pending().await
        };
        tokio::select! {
            biased;
            1.. = self.inbox.recv_many(&mut answers, ANSWERS) => News::Answers(answers),
            () = changed => News::Picture,
        }
    }

    /// The newest picture, as a message.
    pub fn picture(&mut self) -> Option<Message> {
        let picture = self.snapshots.as_mut()?.borrow_and_update().clone();
        // The first value of the channel is empty: nothing has been published yet.
        if picture.serial == 0 {
            return None;
        }
        self.clock =
            if self.still { Clock::Still(picture.now) } else { Clock::Off(picture.now.duration_since(Time::now())) };
        Some(Message::Snapshot(picture))
    }

    /// Tells the state, and runs what it wants done.
    pub fn feed(&mut self, message: Message) -> Vec<Local> {
        let mut effects = self.catch_up_with(&message);
        effects.extend(app::update(&mut self.state, message));
        let local = effects.into_iter().filter_map(|e| self.run(e)).collect();
        self.questions.sift();
        local
    }

    /// Ticks are rare while no second is on screen. What somebody does, and what is told to him, is of now: a notice
    /// stays for its seconds from here on, whenever the last tick was.
    fn catch_up_with(&mut self, message: &Message) -> Vec<Effect> {
        // These bring their own time, or need none.
        if matches!(message, Message::Tick(_) | Message::Snapshot(_) | Message::Drawn(_) | Message::Resize { .. }) {
            return Vec::new();
        }
        let now = self.now();
        if now.as_second() <= self.state.now.as_second() {
            return Vec::new();
        }
        app::update(&mut self.state, Message::Tick(now))
    }

    fn run(&mut self, effect: Effect) -> Option<Local> {
        match effect {
            Effect::Copy(text) => return Some(Local::Copy(text)),
            Effect::Theme(name) => return Some(Local::Theme(name)),
            Effect::Mouse(on) => return Some(Local::Mouse(on)),
            Effect::Context { name, then } => return Some(Local::Context { name, then }),
            Effect::Suspend => return Some(Local::Suspend),
            Effect::Quit => return Some(Local::Quit),
            Effect::LookAt(environment) => match &self.handle {
                Some(handle) => handle.look_at(environment),
                None => self.look_at = Some(environment),
            },
            Effect::Reconnect => {
                if let Some(handle) = &self.handle {
                    handle.reconnect();
                }
            }
            Effect::Ask(asker, question) => {
                if let Some(handle) = self.connected() {
                    self.questions.ask(asker, question, handle, self.answers.clone());
                }
            }
            Effect::Run(plan) => self.operate(false, move |handle, options, progress| async move {
                handle.run(plan, options, progress).await
            }),
            Effect::Resume { environment, id, take_over } => self
                .operate(take_over, move |handle, options, progress| async move {
                    handle.resume(environment, id, options, progress).await
                }),
            Effect::Undo { environment, id, take_over } => self
                .operate(take_over, move |handle, options, progress| async move {
                    handle.undo(environment, id, options, progress).await
                }),
        }
        None
    }

    /// The cluster; where there is none yet, that is said.
    fn connected(&self) -> Option<Handle> {
        if self.handle.is_none() {
            let _ = self.answers.try_send(Message::Failed("not connected yet".into()));
        }
        self.handle.clone()
    }

    /// On this thread, beside the loop: its answers are small.
    fn operate<F: Future<Output = Outcome> + 'static>(
        &mut self,
        take_over: bool,
        task: impl FnOnce(Handle, RunOptions, mpsc::Sender<Progress>) -> F,
    ) {
        let Some(handle) = self.connected() else { return };
        let options = RunOptions { take_over, ..self.options.clone() };
        let (progress, mut steps) = mpsc::channel(ANSWERS);
        let (run, answers) = (task(handle, options, progress), self.answers.clone());
        tokio::task::spawn_local(async move {
            let forward = async {
                while let Some(step) = steps.recv().await {
                    let _ = answers.send(Message::Progress(step)).await;
                }
            };
            let (outcome, ()) = tokio::join!(run, forward);
            let _ = answers.send(Message::Finished(outcome)).await;
        });
    }
}

/// What [`Core::next`] brings.
#[derive(Debug)]
pub enum News {
    /// Answers, in the order in which they were given: as many as there are.
    Answers(Vec<Message>),
    /// There is a new picture: [`Core::picture`] takes the newest, when it is to be drawn.
    Picture,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Settings;

    #[tokio::test]
    async fn answers_that_are_there_come_together() {
        let mut core = Core::new(State::new(Settings::default(), Time::now(), (80, 24)));
        for n in 0..40 {
            core.answers.send(Message::Failed(format!("{n}").into())).await.unwrap();
        }
        let News::Answers(all) = core.next().await else { panic!("there is no picture") };
        assert_eq!(all.len(), 40);
    }

    #[test]
    fn a_notice_stays_for_its_seconds_however_long_ago_the_last_tick_was() {
        let now = Time::now();
        let ago = now.checked_sub(SignedDuration::from_secs(60)).unwrap();
        let mut core = Core::new(State::new(Settings::default(), ago, (80, 24)));
        core.feed(Message::Failed("stop of shop/qa failed".into()));
        core.feed(Message::Tick(now.checked_add(SignedDuration::from_secs(1)).unwrap()));
        assert_eq!(core.state.notices.len(), 1);
    }
}
