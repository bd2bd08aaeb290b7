//! Floor 1: settings as raw values. Reading the file is `runtime`'s and `cli`'s.
//!
//! [`parse()`] takes the text of `config.toml` and gives a [`Config`] or one sentence that says what is
//! wrong, where, and what would be right. What a theme or a key is called is checked by who knows
//! them (`ui`, `app`). To add a setting: a field here with its doc, and a line in the test.

mod parse;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::Text;
use crate::domain::grouping::Grouping;
use crate::domain::grouping::Rules;
use crate::domain::production::Production;

pub use parse::{Problem, line_of_key, parse};

/// All settings, each with what holds where it is absent.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Name of the theme; absent: chosen by the terminal.
    pub theme: Option<String>,
    /// Glyphs of ASCII alone; absent: chosen by the locale.
    pub ascii: Option<bool>,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// Whether a cell whose state or count changed is inverted for a moment.
    pub flash: bool,
    /// What becomes of a running operation when kennel quits.
    pub on_exit: OnExit,
    /// Nothing may be changed, on any cluster.
    pub read_only: bool,
    /// Namespaces that count as production beside those whose name says so.
    pub production: Vec<String>,
    /// Namespaces that may be read where they can't be listed.
    pub namespaces: Vec<String>,
    /// Contexts that are offered first, in this order.
    pub pinned_contexts: Vec<String>,
    /// How namespaces are grouped into projects.
    pub grouping: GroupingConfig,
    /// Keys by the command's verb with dashes (`start-stop`): these in place of the table's.
    pub keys: BTreeMap<String, Keys>,
    /// Settings of one context, by its name.
    pub context: BTreeMap<String, ContextConfig>,
}

/// What becomes of a running operation when kennel quits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnExit {
    /// A kennel in the background finishes it.
    #[default]
    Detach,
    /// It waits for the next kennel.
    Stop,
}

/// Keys of a command: one or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a key as text (\"S\", \"<C-r>\"), or a list of them")]
pub enum Keys {
    /// One key.
    One(String),
    /// Any of these.
    Several(Vec<String>),
}

impl Keys {
    /// Each of them, as written.
    pub fn each(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(key) => std::slice::from_ref(key),
            Self::Several(keys) => keys.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }
}

/// How namespaces are grouped: the schemes in the order in which they are asked.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GroupingConfig {
    /// By label `kennel.dev/project`.
    pub kennel: bool,
    /// By Rancher's project.
    pub rancher: bool,
    /// By Headlamp's project.
    pub headlamp: bool,
    /// By `app.kubernetes.io/part-of`.
    pub part_of: bool,
    /// By this regular expression over the name, with a group `project` and perhaps one `environment`.
    pub pattern: Option<String>,
    /// By names such as `shop-staging` and `staging-shop`.
    pub names: bool,
}

impl Default for GroupingConfig {
    fn default() -> Self {
        Self { kennel: true, rancher: true, headlamp: true, part_of: true, pattern: None, names: true }
    }
}

/// Settings of one context: they go before the general ones.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContextConfig {
    /// Nothing may be changed here.
    pub read_only: Option<bool>,
    /// Whether it counts as production; absent: its name says so.
    pub production: Option<bool>,
    /// Namespaces that may be read here where they can't be listed.
    pub namespaces: Option<Vec<String>>,
    /// The theme while this context is open.
    pub theme: Option<String>,
}

impl Config {
    /// Whether nothing may be changed at a context.
    pub fn read_only(&self, context: &str) -> bool {
        self.context.get(context).and_then(|c| c.read_only).unwrap_or(self.read_only)
    }

    /// Whether a context as a whole counts as production: as the config says, else by its name.
    pub fn production(&self, context: &str) -> bool {
        let said = self.context.get(context).and_then(|c| c.production);
        said.unwrap_or_else(|| crate::domain::production::says_production(context))
    }

    /// Namespaces that may be read at a context where they can't be listed.
    pub fn namespaces(&self, context: &str) -> &[String] {
        self.context.get(context).and_then(|c| c.namespaces.as_deref()).unwrap_or(&self.namespaces)
    }

    /// The theme's name at a context.
    pub fn theme(&self, context: &str) -> Option<&str> {
        self.context.get(context).and_then(|c| c.theme.as_deref()).or(self.theme.as_deref())
    }

    /// What the model groups and judges by. A pattern that [`parse()`] has not seen and that is wrong
    /// is left out.
    pub fn rules(&self) -> Rules {
        let g = &self.grouping;
        let pattern = g.pattern.as_deref().and_then(|p| parse::pattern(p).ok());
        Rules {
            grouping: Grouping {
                kennel: g.kennel,
                rancher: g.rancher,
                headlamp: g.headlamp,
                part_of: g.part_of,
                pattern,
                names: g.names,
            },
            production: Production { namespaces: self.production.iter().map(|n| Text::new(n)).collect() },
        }
    }
}
