//! What is on screen and why. `ui` reads it; only `update` writes it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::command::Where;
use super::flash::Flashes;
use super::hit::HitMap;
use super::keymap::Keymap;
use super::list::List;
use super::message::Effect;
use super::operation::Run;
use super::overlay::Overlay;
use super::pane::{Order, Pane, Reach, Scope, Screen, Since};
use super::prompt::Prompt;
use super::question::{Question, Ticket};
use super::revisions::Revisions;
use super::row::{Row, RowKey};
use super::taken::Taken;
use crate::domain::environment::Environment;
use crate::domain::service::Service;
use crate::domain::{EnvironmentId, Snapshot, Text, Time};
use crate::plan::Subject;

/// Columns and rows of the smallest terminal that is drawn on, and that takes keys.
pub const SMALLEST: (u16, u16) = (40, 8);

/// Whether a screen is too small to be drawn on.
pub fn is_cramped((columns, rows): (u16, u16)) -> bool {
    columns < SMALLEST.0 || rows < SMALLEST.1
}

/// How long a notice stays, in seconds.
const NOTICE_SECONDS: i64 = 5;

/// What is given at the start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The theme to begin with.
    pub theme: Text,
    /// Names of the themes that there are.
    pub themes: Vec<Text>,
    /// Commands typed before, on another context, oldest first.
    pub commands: Vec<String>,
    /// Contexts of the kubeconfig, this one with them.
    pub contexts: Vec<Text>,
    /// A command that is done as soon as there are environments, without its colon.
    pub first: Option<String>,
    /// Which key does what.
    pub keymap: Arc<Keymap>,
    /// Whether the mouse is taken from the terminal.
    pub mouse: bool,
    /// Whether a cell that changed is inverted for a moment.
    pub flash: bool,
    /// What happens to running operations on `q`: handed over to a background kennel (true), or left to be resumed.
    pub hand_over: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let (theme, keymap) = (Text::from("dark"), Arc::default());
        let (contexts, first) = (Vec::new(), None);
        let mouse = false;
        Self {
            themes: vec![theme.clone()],
            theme,
            commands: Vec::new(),
            contexts,
            first,
            keymap,
            mouse,
            flash: false,
            hand_over: true,
        }
    }
}

/// The whole state of the dashboard.
#[derive(Clone, Debug)]
pub struct State {
    /// The picture that is shown.
    pub snapshot: Arc<Snapshot>,
    /// The time.
    pub now: Time,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Screens: the dashboard, and what was opened from it.
    pub(crate) stack: Stack,
    /// What lies on top, if anything.
    pub overlay: Option<Overlay>,
    /// The line that is being typed (`:` or `/`), if any.
    pub prompt: Option<Prompt>,
    /// Operations that this kennel runs or has run, newest last.
    pub operations: Vec<Arc<Run>>,
    /// Cells that changed a moment ago.
    pub flashes: Flashes,
    /// What to tell for some seconds, newest last.
    pub notices: VecDeque<Notice>,
    /// Name of the theme.
    pub theme: Text,
    /// Whether the mouse is taken from the terminal.
    pub mouse: bool,
    /// What was given at the start.
    pub settings: Settings,
    /// Events that are left out (`:since`, `:new`); `None` shows all.
    pub since: Option<Since>,
    /// Where things were drawn.
    pub hits: HitMap,
    /// Places that one was at, for `[`, `]` and `-`.
    pub(crate) history: History,
    /// Commands that were typed, oldest first.
    pub(crate) commands: Vec<String>,
    /// Counts questions, to tell their answers apart.
    pub(crate) questions: u64,
    /// Counts operations of this kennel, and changes of them: a list of them is remade when it has changed.
    pub(crate) ran: u64,
    /// Revisions of the service that is looked at.
    pub revisions: Revisions,
    /// What is read before a dialog opens.
    pub(crate) reading: Option<Reading>,
    /// Whether what it takes is there.
    pub taken: Taken,
    /// Namespace that `LookAt` was last told.
    pub(crate) looked_at: Option<EnvironmentId>,
    /// Work that views were.
    pub work: Work,
}

/// What is read before a dialog about it opens: the next key takes the question back.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Of the question.
    pub(crate) ticket: Ticket,
    /// What the dialog will be about.
    pub(crate) subject: Vec<Subject>,
    /// The verb, as it is told: `back to a revision`.
    pub(crate) verb: &'static str,
}

/// How much work views were: for tests that hold "a key press does not re-sort" and "a change costs what it touches".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Lists that were made from nothing.
    pub lists: u64,
    /// Lists of which some rows were replaced.
    pub mended: u64,
    /// Rows that were collected for both.
    pub rows: u64,
}

/// A line that tells something for some seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it tells.
    pub text: Text,
    /// Whether something went wrong.
    pub bad: bool,
    /// When it goes.
    pub until: Time,
    /// Whether it answers a key: then it goes with the next one, and does not stand where hints should.
    pub answer: bool,
}

/// One screen of the stack with all that one did on it.
#[derive(Clone, Debug)]
pub struct View {
    /// What it shows.
    pub screen: Screen,
    /// The pane with the focus.
    pub focus: Pane,
    /// Only the focused pane is drawn.
    pub zoom: bool,
    /// Services as rows only (`m`); else as cards where they fit.
    pub rows_only: bool,
    /// A pane that shows more than the selection says (`:events`, `:svc shop`).
    pub(crate) wide: Option<(Pane, Scope)>,
    /// Of each pane.
    lists: BTreeMap<Pane, List>,
    /// Of panes that it has not.
    none: List,
}

/// Places that one was at.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// Places before this one, the last one last.
    pub(crate) back: Vec<Stack>,
    /// Places that one came back from, the next one last.
    pub(crate) forward: Vec<Stack>,
}

/// The screens that lie on one another: the dashboard at the bottom, always.
#[derive(Clone, Debug)]
pub(crate) struct Stack {
    /// The dashboard.
    pub(crate) base: View,
    /// What was opened from it, the current one last.
    pub(crate) above: Vec<View>,
}

impl Default for Stack {
    fn default() -> Self {
        Self { base: View::new(Screen::Dashboard), above: Vec::new() }
    }
}

impl Stack {
    /// The current screen.
    pub(crate) fn top(&self) -> &View {
        self.above.last().unwrap_or(&self.base)
    }

    /// Whether a screen of it has a pane.
    pub(crate) fn has(&self, pane: Pane) -> bool {
        self.base.screen.has(pane) || self.above.iter().any(|v| v.screen.has(pane))
    }

    /// The current screen, to be changed.
    pub(crate) fn top_mut(&mut self) -> &mut View {
        self.above.last_mut().unwrap_or(&mut self.base)
    }
}

impl View {
    /// A screen as one first sees it.
    pub(crate) fn new(screen: Screen) -> Self {
        let focus = screen.first_focus();
        let lists = screen.panes().iter().map(|p| (*p, List::default())).collect();
        Self { screen, focus, zoom: false, rows_only: false, wide: None, lists, none: List::default() }
    }

    /// Lets go of its rows: nobody sees them, and they are made anew from what is then. What was remembered would
    /// keep the whole cluster as it was. (Projects are few, and say where one is on the screens above.)
    pub(crate) fn forget_rows(&mut self) {
        for (pane, list) in &mut self.lists {
            (list.made, list.held) = (None, None);
            if *pane != Pane::Projects {
                list.rows = Arc::default();
            }
        }
    }

    /// The list of a pane.
    pub fn list(&self, pane: Pane) -> &List {
        self.lists.get(&pane).unwrap_or(&self.none)
    }

    /// The list of a pane, to be changed.
    pub(crate) fn list_mut(&mut self, pane: Pane) -> &mut List {
        self.lists.entry(pane).or_default()
    }
}

impl State {
    /// Where keys go now, when no input takes them.
    pub fn place(&self) -> Where {
        match &self.overlay {
            None => Where::Panes,
            Some(Overlay::Help(_) | Overlay::Explain(_) | Overlay::Cause(_) | Overlay::Reading(_) | Overlay::Quit) => {
                Where::Text
            }
            Some(Overlay::Palette(_) | Overlay::Copy(_)) => Where::Choice,
            Some(Overlay::Dialog(_)) => Where::Dialog,
        }
    }

    /// The current screen with its focus and lists.
    pub fn view(&self) -> &View {
        self.stack.top()
    }

    /// The current screen, to be changed.
    pub(crate) fn view_mut(&mut self) -> &mut View {
        self.stack.top_mut()
    }

    /// What fills the screen.
    pub fn screen(&self) -> &Screen {
        &self.view().screen
    }

    /// The pane with the focus.
    pub fn focus(&self) -> Pane {
        self.view().focus
    }

    /// A pane's list on the current screen.
    pub fn list(&self, pane: Pane) -> &List {
        self.view().list(pane)
    }

    /// A pane's list on the current screen, to be changed.
    pub(crate) fn list_mut(&mut self, pane: Pane) -> &mut List {
        self.view_mut().list_mut(pane)
    }

    /// The row under the cursor of the focused pane.
    pub fn selected(&self) -> Option<&Row> {
        self.list(self.focus()).selected()
    }

    /// The project that is selected on the dashboard; `None` for all.
    pub fn project(&self) -> Option<&Text> {
        match self.stack.base.list(Pane::Projects).selected()? {
            Row::Project(p) => Some(&p.name),
            _ => None,
        }
    }

    /// The environment that one is at: of the screen, else the one selected on the dashboard.
    pub fn environment(&self) -> Option<&Arc<Environment>> {
        match self.screen() {
            Screen::Environment(id) => self.snapshot.environment(id),
            Screen::Service { environment, .. } => self.snapshot.environment(environment),
            Screen::Alone { .. } => self.selected().and_then(Row::environment),
            Screen::Dashboard => match &self.view().wide {
                Some((pane, _)) if *pane == self.focus() => self.selected().and_then(Row::environment),
                _ => self.list(Pane::Environments).selected().and_then(Row::environment),
            },
        }
    }

    /// The service of the service detail, as the snapshot has it now; `None` elsewhere, or when it is gone.
    pub fn service(&self) -> Option<&Arc<Service>> {
        let Screen::Service { environment, object, .. } = self.screen() else { return None };
        self.snapshot.environment(environment)?.service(object)
    }

    /// What a pane of the current screen is about.
    pub fn scope(&self, pane: Pane) -> Scope {
        let view = self.view();
        match &view.screen {
            Screen::Environment(id) => return Scope::Environment(id.clone()),
            Screen::Service { environment, object, .. } => {
                return Scope::Service(environment.clone(), object.clone());
            }
            Screen::Alone { scope, .. } => return scope.clone(),
            Screen::Dashboard => {}
        }
        if let Some((wide, scope)) = &view.wide
            && *wide == pane
        {
            return scope.clone();
        }
        let project = || self.project().map_or(Scope::All, |p| Scope::Project(p.clone()));
        let environment = || match view.list(Pane::Environments).selected() {
            Some(Row::Environment(e)) => Scope::Environment(e.id.clone()),
            _ => project(),
        };
        match pane.info().reach {
            Reach::All => Scope::All,
            Reach::Project => project(),
            Reach::Environment => environment(),
            Reach::Service => match view.list(Pane::Services).selected() {
                Some(Row::Service(e, s)) if view.list(Pane::Services).is_pinned() => {
                    Scope::Service(e.id.clone(), s.object.clone())
                }
                _ => environment(),
            },
        }
    }

    /// How far back a pane goes; `None`: all the way, or it is about how things stand.
    pub fn since_of(&self, pane: Pane) -> Option<Since> {
        const HOUR: Since = Since::Last(3600);
        let info = pane.info();
        match info.order {
            _ if info.an_hour => Some(self.since.unwrap_or(HOUR)),
            Order::Newest => self.since,
            Order::Given | Order::Ranked(_) => None,
        }
    }

    /// The time before which what a pane shows is left out.
    pub(crate) fn since_time(&self, pane: Pane) -> Option<Time> {
        match self.since_of(pane)? {
            Since::Last(seconds) => self.now.checked_sub(jiff::SignedDuration::from_secs(seconds)).ok(),
            Since::From(at) => Some(at),
        }
    }

    /// Whether the terminal is too small to be drawn on.
    pub fn cramped(&self) -> bool {
        is_cramped(self.size)
    }

    /// Operations that this kennel runs, newest last.
    pub fn under_way(&self) -> impl Iterator<Item = &Run> {
        self.operations.iter().map(Arc::as_ref).filter(|o| o.runs())
    }

    /// Those that somebody has to go on with where this kennel ends.
    pub fn held(&self) -> impl Iterator<Item = &Run> {
        self.under_way().filter(|o| o.holds())
    }

    /// The operation that this kennel runs on an environment, and that keeps others from it.
    pub fn running(&self, environment: &EnvironmentId) -> Option<&Run> {
        self.operations.iter().rev().find(|o| o.environment == *environment && o.holds()).map(Arc::as_ref)
    }

    /// Asks the cluster. Whoever drops the ticket asks no longer.
    pub(crate) fn ask(&mut self, question: Question, effects: &mut Vec<Effect>) -> Ticket {
        self.questions += 1;
        let ticket = Ticket::new(self.questions);
        effects.push(Effect::Ask(ticket.asker(), question));
        ticket
    }

    /// Tells something for some seconds.
    pub(crate) fn notice(&mut self, text: impl Into<Text>, bad: bool) {
        self.push_notice(text, bad, false);
    }

    /// Tells what a key led to, for some seconds or until the next key.
    pub(crate) fn answer(&mut self, text: impl Into<Text>, bad: bool) {
        self.push_notice(text, bad, true);
    }

    fn push_notice(&mut self, text: impl Into<Text>, bad: bool, answer: bool) {
        let seconds = if bad { NOTICE_SECONDS * 2 } else { NOTICE_SECONDS };
        let until = self.now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(self.now);
        self.notices.push_back(Notice { text: text.into(), bad, until, answer });
        while self.notices.len() > 3 {
            self.notices.pop_front();
        }
    }

    /// Commands that were typed, oldest first: another context goes on with them.
    pub fn commands(&self) -> &[String] {
        &self.commands
    }

    /// When a notice or a flash goes by itself, if one is there: `runtime` sends a tick then.
    pub fn next_deadline(&self) -> Option<Time> {
        self.notices.iter().map(|n| n.until).chain(self.flashes.next()).min()
    }

    /// Identities of the rows that act: the visible marks of a pane, else its row under the cursor.
    pub(crate) fn acting(&self, pane: Pane) -> Vec<&Row> {
        let marked = self.list(pane).marked();
        if marked.is_empty() { self.list(pane).selected().into_iter().collect() } else { marked }
    }

    /// Puts the cursor of a pane on an identity; the next refresh finds its row.
    pub(crate) fn point(&mut self, pane: Pane, key: RowKey) {
        let list = self.list_mut(pane);
        list.at = list.rows().iter().position(|r| r.is(&key)).unwrap_or(list.at);
        list.cursor = Some(key);
    }
}
