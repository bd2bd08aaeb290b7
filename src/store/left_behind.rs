//! What an operation says that goes on in the background, where no terminal shows it: a file for each.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How many are kept; older ones go when there is a new one.
const KEPT: usize = 20;

/// Opens the file for the operation `id` in `folder` (appended, for its owner alone), and says where it is.
///
/// # Errors
/// It can't be opened.
pub fn left_behind(folder: &Path, id: &str) -> io::Result<(File, PathBuf)> {
    let folder = folder.join("operations");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    // An ID comes out of the cluster: anything may stand there.
    let name: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
    let path = folder.join(format!("{name}.log"));
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
    forget(&folder);
    Ok((file, path))
}

/// Removes all but the newest. What can't be removed stays.
fn forget(folder: &Path) {
    let Ok(files) = std::fs::read_dir(folder) else { return };
    let mut logs: Vec<_> = files
        .flatten()
        .filter(|f| f.path().extension().is_some_and(|x| x == "log"))
        .filter_map(|f| Some((f.metadata().ok()?.modified().ok()?, f.path())))
        .collect();
    logs.sort();
    for (_, path) in logs.iter().rev().skip(KEPT) {
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn a_log_is_appended_for_its_owner_alone_and_its_name_leads_nowhere_else() {
        let home = tempfile::tempdir().unwrap();
        for line in ["one\n", "two\n"] {
            left_behind(home.path(), "../../a-1").unwrap().0.write_all(line.as_bytes()).unwrap();
        }
        let path = home.path().join("operations/a-1.log");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let long_ago = SystemTime::UNIX_EPOCH;
        for n in 0..KEPT + 5 {
            let (file, _) = left_behind(home.path(), &format!("op-{n}")).unwrap();
            file.set_modified(long_ago + Duration::from_secs(n as u64)).unwrap();
        }
        left_behind(home.path(), "new").unwrap();
        let left = std::fs::read_dir(home.path().join("operations")).unwrap().count();
        assert_eq!(left, KEPT);
        assert!(home.path().join("operations/new.log").exists());
        assert!(!home.path().join("operations/op-0.log").exists());
    }
}
