//! What Linux says of a process: CPU time, wake-ups and memory (`proc(5)`).

use std::path::PathBuf;
use std::time::Duration;

/// A running process.
pub(crate) struct Process(u32);

impl Process {
    /// By its number.
    pub(crate) fn new(pid: u32) -> Self {
        Self(pid)
    }

    fn folder(&self) -> PathBuf {
        PathBuf::from("/proc").join(self.0.to_string())
    }

    /// A file of each of its threads.
    fn threads(&self, name: &str) -> Vec<String> {
        let threads = std::fs::read_dir(self.folder().join("task")).into_iter().flatten().flatten();
        threads.filter_map(|t| std::fs::read_to_string(t.path().join(name)).ok()).collect()
    }

    /// Time on a CPU of all its threads, to the nanosecond.
    pub(crate) fn cpu(&self) -> Duration {
        let spent = |stat: &String| stat.split(' ').next().and_then(|n| n.parse::<u64>().ok());
        Duration::from_nanos(self.threads("schedstat").iter().filter_map(spent).sum())
    }

    /// How often its threads have gone to sleep of themselves: each time something woke them.
    pub(crate) fn sleeps(&self) -> u64 {
        self.threads("status").iter().filter_map(|s| field(s, "voluntary_ctxt_switches:")).sum()
    }

    fn memory(&self, key: &str) -> Option<u64> {
        field(&std::fs::read_to_string(self.folder().join("status")).ok()?, key)
    }

    /// Resident memory now, and how much of it is mapped from files (the program itself).
    pub(crate) fn resident(&self) -> String {
        let mb = |key| self.memory(key).map_or(0.0, |kib| kib as f64 * 1024.0 / 1e6);
        format!("{:.1} MB ({:.1})", mb("VmRSS:"), mb("RssFile:"))
    }

    /// Most resident memory ever.
    pub(crate) fn peak(&self) -> String {
        self.memory("VmHWM:").map_or("–".to_owned(), |kib| format!("{:.1} MB", kib as f64 * 1024.0 / 1e6))
    }
}

/// A number of `status`.
fn field(status: &str, key: &str) -> Option<u64> {
    let value = status.lines().find_map(|l| l.strip_prefix(key))?;
    value.trim().trim_end_matches(" kB").parse().ok()
}
