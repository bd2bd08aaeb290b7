//! Who holds an operation: the name of this host, and whether a process of it still lives.
//!
//! A process number is given again after a while, so the time at which the process started is compared too.

use crate::domain::Text;

/// Name of this host.
pub fn host() -> Text {
    let name = rustix::system::uname();
    Text::new(&name.nodename().to_string_lossy())
}

/// When a process started, in clock ticks since boot, where the system tells (`/proc/PID/stat`, field 22).
pub fn process_start(process: u32) -> Option<u64> {
    stat(process, 22)?.parse().ok()
}

/// A field of `/proc/PID/stat`, by the number that proc(5) gives it, from 3 on.
fn stat(process: u32, field: usize) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold anything, brackets too: what follows the last one counts.
    Some(stat.rsplit_once(')')?.1.split_whitespace().nth(field - 3)?.to_owned())
}

/// Whether a process of this host lives, and is the one that started then.
pub(crate) fn lives(process: u32, start: Option<u64>) -> bool {
    let Some(pid) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) else { return false };
    match rustix::process::test_kill_process(pid) {
        // Another user's process answers with EPERM: it lives.
        Ok(()) | Err(rustix::io::Errno::PERM) => {}
        Err(_) => return false,
    }
    // It has ended, and its parent has not asked how yet: a shell that is busy, a container without an init.
    if stat(process, 3).as_deref() == Some("Z") {
        return false;
    }
    match (start, process_start(process)) {
        (Some(then), Some(now)) => then == now,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_number_and_its_start() {
        let me = std::process::id();
        assert!(lives(me, process_start(me)));
        assert!(lives(me, None));
        assert!(!lives(me, Some(1)) || process_start(me).is_none());
        assert!(!lives(0, None) && !lives(u32::MAX, None));
        assert!(!host().is_empty());
    }

    #[test]
    fn a_process_that_has_ended_is_dead_before_its_parent_asks_how() {
        let mut child = std::process::Command::new("true").stdout(std::process::Stdio::piped()).spawn().unwrap();
        let start = process_start(child.id());
        // Its end of the pipe closes as it ends; a moment later it is a zombie, which nothing tells.
        std::io::Read::read_to_end(&mut child.stdout.take().unwrap(), &mut vec![]).unwrap();
        let dead = (0..5000).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(1));
            !lives(child.id(), start)
        });
        assert!(dead);
        assert!(
            rustix::process::test_kill_process(rustix::process::Pid::from_child(&child)).is_ok(),
            "its number is taken"
        );
        child.wait().unwrap();
    }
}
