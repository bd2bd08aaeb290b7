//! The user's settings: `config.toml`, and which context's they are.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

use super::args::Global;
use super::exit::{Exit, Failure, Outcome};
use crate::app::keymap::Keymap;
use crate::config::{self, Config, OnExit};
use crate::domain::Text;
use crate::runtime::look::{self, Look};

/// Settings, as they hold for the context that is opened.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// All of them.
    pub(crate) config: Config,
    /// The context, where it is known and settings of contexts exist.
    context: String,
    /// Which key does what.
    pub(crate) keymap: Arc<Keymap>,
}

/// Path of the file.
pub(crate) fn path() -> Option<PathBuf> {
    look::config_folder().map(|f| f.join("config.toml"))
}

/// Reads the file; none is there: all defaults.
///
/// # Errors
/// It can't be read, or something in it is wrong: where, and what would be right.
pub(crate) fn load(global: &Global) -> Outcome<Settings> {
    let Some(path) = path() else { return Ok(Settings::default()) };
    let wrong = |what: &dyn std::fmt::Display| Failure::new(Exit::Usage, format!("{}: {what}", path.display()));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(wrong(&e)),
    };
    let config = config::parse(&text).map_err(|e| wrong(&e))?;
    let keymap = Keymap::with(&config.keys).map_err(|e| {
        let line = config::line_of_key(&text, "keys", &e.name);
        wrong(&config::Problem { line, what: e.to_string() })
    })?;
    let context = if config.context.is_empty() { String::new() } else { context(global).unwrap_or_default() };
    Ok(Settings { config, context, keymap: Arc::new(keymap) })
}

impl Settings {
    /// Settings, as they hold for a context.
    #[cfg(test)]
    pub(crate) fn of_context(context: &str, config: Config) -> Self {
        Self { config, context: context.to_owned(), ..Self::default() }
    }

    /// The setting that lets nothing be changed, where one does: `read_only of context eu-prod`.
    pub(crate) fn read_only(&self) -> Option<String> {
        let own = self.config.context.get(&self.context).is_some_and(|c| c.read_only.is_some());
        let setting = if own { format!("read_only of context {}", self.context) } else { "read_only".to_owned() };
        self.config.read_only(&self.context).then_some(setting)
    }

    /// Namespaces that may be read where they can't be listed.
    pub(crate) fn namespaces(&self) -> &[String] {
        self.config.namespaces(&self.context)
    }

    /// The theme, where one is chosen.
    pub(crate) fn theme(&self) -> Option<&str> {
        self.config.theme(&self.context)
    }

    /// How things look: the settings go before what the terminal says of its glyphs.
    pub(crate) fn look(&self, terminal: Look) -> Look {
        Look { ascii: self.config.ascii.unwrap_or(terminal.ascii), ..terminal }
    }

    /// Contexts in the order in which they are offered: those that are pinned first.
    pub(crate) fn offered(&self, mut contexts: Vec<Text>) -> Vec<Text> {
        let pinned = &self.config.pinned_contexts;
        contexts.sort_by_key(|c| pinned.iter().position(|p| **c == **p).unwrap_or(pinned.len()));
        contexts
    }

    /// Whether running operations are handed over on the way out.
    pub(crate) fn hand_over(&self) -> bool {
        self.config.on_exit == OnExit::Detach
    }
}

/// The kubeconfig files that the flags and the environment name, and who names them.
pub(crate) fn kubeconfigs(global: &Global) -> (Vec<PathBuf>, &'static str) {
    match (&global.kubeconfig, std::env::var_os("KUBECONFIG").filter(|v| !v.is_empty())) {
        (Some(file), _) => (vec![file.clone()], "--kubeconfig"),
        (_, Some(list)) => (std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()).collect(), "KUBECONFIG"),
        _ => (look::home().map(|h| h.join(".kube/config")).into_iter().collect(), "default"),
    }
}

/// The one line of a kubeconfig that is needed to know whose settings hold, before there is a client.
#[derive(Deserialize)]
struct Current {
    #[serde(rename = "current-context")]
    context: Option<String>,
}

/// What the cluster that will be opened is called among those of this person: its context, else its address.
pub(crate) fn place(global: &Global) -> Option<String> {
    if global.demo || global.from.is_some() {
        return None;
    }
    global.server.clone().or_else(|| context(global)).or_else(|| Some("in-cluster".to_owned()))
}

/// Names of a kubeconfig's contexts.
#[derive(Deserialize)]
struct Contexts {
    #[serde(default)]
    contexts: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Contexts that can be opened, in the order of the files, each once; none where no kubeconfig is used.
pub(crate) fn contexts(global: &Global) -> Vec<Text> {
    if global.demo || global.from.is_some() || global.server.is_some() {
        return Vec::new();
    }
    let mut names: Vec<Text> = Vec::new();
    for file in kubeconfigs(global).0 {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        let Ok(found) = serde_yaml::from_str::<Contexts>(&text) else { continue };
        for name in found.contexts.iter().map(|c| Text::new(&c.name)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// The context that will be opened: `--context`, else the first file's that has one (as kubectl merges them).
fn context(global: &Global) -> Option<String> {
    if global.demo || global.from.is_some() || global.server.is_some() {
        return None;
    }
    let current = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).ok()?;
        serde_yaml::from_str::<Current>(&text).ok()?.context.filter(|c| !c.is_empty())
    };
    global.context.clone().or_else(|| kubeconfigs(global).0.iter().find_map(current))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinned_contexts_are_offered_first_in_their_order_and_the_others_as_they_stand() {
        let pinned_contexts = vec!["prod".to_owned(), "gone".to_owned(), "eu".to_owned()];
        let config = Config { pinned_contexts, ..Config::default() };
        let own = Settings { config, ..Settings::default() };
        let offered = own.offered(["b", "eu", "a", "prod"].map(Text::from).into());
        assert_eq!(offered, ["prod", "eu", "b", "a"]);
    }
}
