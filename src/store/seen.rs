//! Namespaces seen before, by context: candidates for who may not list namespaces. Each is confirmed by the server
//! before it is read, so that what is old or of another cluster does no harm.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::file;
use crate::domain::Text;

/// Most namespaces that are kept of a context, and most contexts.
const MOST: usize = 100;

/// What one person has seen.
#[derive(Clone, Debug)]
pub struct Seen {
    path: PathBuf,
}

type Contexts = BTreeMap<String, Vec<Text>>;

impl Seen {
    /// The file `namespaces.json` in `folder`. Nothing is opened yet.
    pub fn new(folder: &Path) -> Self {
        Self { path: folder.join("namespaces.json") }
    }

    /// Namespaces seen at a context, the latest first. A file that is not there or can't be read holds none.
    pub fn at(&self, context: &str) -> Vec<Text> {
        self.read().remove(context).unwrap_or_default()
    }

    /// Notes namespaces of a context; nothing is written where all are known.
    ///
    /// # Errors
    /// The file or its folder can't be written.
    pub fn remember(&self, context: &str, namespaces: &[Text]) -> io::Result<()> {
        let mut all = self.read();
        let old = all.get(context).cloned().unwrap_or_default();
        if namespaces.iter().all(|n| old.contains(n)) {
            return Ok(());
        }
        let mut new: Vec<Text> = namespaces.to_vec();
        new.extend(old.into_iter().filter(|n| !namespaces.contains(n)));
        new.truncate(MOST);
        if !all.contains_key(context) && all.len() >= MOST {
            all.pop_first();
        }
        all.insert(context.to_owned(), new);
        file::put(&self.path, &serde_json::to_vec(&all)?)
    }

    fn read(&self) -> Contexts {
        serde_json::from_slice(&file::get(&self.path)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn texts(names: &[&str]) -> Vec<Text> {
        names.iter().map(|n| Text::new(n)).collect()
    }

    #[test]
    fn namespaces_are_kept_by_context_the_latest_first_each_once_and_not_without_end() {
        let home = tempfile::tempdir().unwrap();
        let seen = Seen::new(&home.path().join("deep/kennel"));
        assert!(seen.at("eu-1").is_empty());
        seen.remember("eu-1", &texts(&["shop", "bank"])).unwrap();
        seen.remember("eu-1", &texts(&["new", "bank"])).unwrap();
        assert_eq!(seen.at("eu-1"), texts(&["new", "bank", "shop"]));
        assert!(seen.at("us-1").is_empty());
        let many: Vec<Text> = (0..500).map(|n| Text::from(format!("n{n}"))).collect();
        seen.remember("eu-1", &many).unwrap();
        assert_eq!(seen.at("eu-1").len(), MOST);
        let mode = std::fs::metadata(home.path().join("deep/kennel/namespaces.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_broken_file_holds_nothing_and_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("namespaces.json"), "{\"eu-1\":[").unwrap();
        let seen = Seen::new(home.path());
        assert!(seen.at("eu-1").is_empty());
        seen.remember("eu-1", &texts(&["shop"])).unwrap();
        assert_eq!(seen.at("eu-1"), texts(&["shop"]));
    }
}
