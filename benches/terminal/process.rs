//! What Linux says of a process: CPU time and memory (`proc(5)`).

use std::path::PathBuf;
use std::time::Duration;

/// A running process.
pub(crate) struct Process(u32);

impl Process {
    /// By its number.
    pub(crate) fn new(pid: u32) -> Self {
        Self(pid)
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(PathBuf::from("/proc").join(self.0.to_string()).join(name)).unwrap_or_default()
    }

    /// User and system time of all its threads.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = self.file("stat");
        // The name in brackets may hold spaces: fields are counted after it.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    fn memory(&self, key: &str) -> String {
        let kib = self
            .file("status")
            .lines()
            .find_map(|l| l.strip_prefix(key)?.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.map_or("–".to_owned(), |k| format!("{} MB", k / 1000))
    }

    /// Resident memory now.
    pub(crate) fn resident(&self) -> String {
        self.memory("VmRSS:")
    }

    /// Most resident memory ever.
    pub(crate) fn peak(&self) -> String {
        self.memory("VmHWM:")
    }
}
