//! Small files that are read whole and put in place whole.

use std::fs::DirBuilder;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Larger than any file of these: what is larger is another file.
const LARGEST: u64 = 1 << 20;

/// What is in it; nothing where it is not there, can't be read or is another's.
pub(super) fn get(path: &Path) -> Vec<u8> {
    let small = std::fs::metadata(path).is_ok_and(|m| m.len() <= LARGEST);
    if small { std::fs::read(path).unwrap_or_default() } else { Vec::new() }
}

/// Writes it for its owner alone, beside the old one, and puts it in place: who reads meanwhile reads the old one.
///
/// # Errors
/// The file or its folder can't be written.
pub(super) fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = std::fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    std::fs::rename(&beside, path)
}

/// A file's name for what may be called anything: what people read of it, and what tells it from others.
pub(super) fn named(what: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    let start: String = what.chars().map(plain).take(60).collect();
    format!("{start}-{:08x}.json", hasher.finish() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_contexts_become_names_of_files_and_stay_apart() {
        let arn = named("arn:aws:eks:eu-1:1234:cluster/../../etc");
        assert!(!arn.contains('/') && !arn.contains(".."), "{arn}");
        assert_ne!(named("a/b"), named("a.b"));
        assert!(named(&"x".repeat(1000)).len() < 100);
    }
}
