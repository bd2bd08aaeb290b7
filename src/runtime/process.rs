//! Processes: this one, and the one that goes on after it.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, setrlimit, test_kill_process};

/// Longest wait for the end of a process that hands over.
const HANDING_OVER: Duration = Duration::from_secs(30);

/// No core dumps: memory may hold a token or a Secret.
pub fn no_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps stay on");
    }
}

/// Waits until `process` is no more (or for 30 s).
pub async fn ended(process: u32) {
    let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) else { return };
    let waited = async {
        while test_kill_process(pid).is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let _ = tokio::time::timeout(HANDING_OVER, waited).await;
}

/// Leaves the terminal's session: what is left behind must hear neither its hang-up nor its Ctrl-C.
pub fn own_session() {
    if let Err(error) = rustix::process::setsid() {
        tracing::warn!(%error, "stays in the session of the terminal");
    }
}

/// Starts this program again with `arguments`, without a terminal, and leaves it alone; what it says goes to
/// `log`. It should begin with [`own_session`].
///
/// # Errors
/// The program can't be found or started.
pub fn leave_behind(arguments: &[OsString], log: Option<File>) -> io::Result<u32> {
    let (out, err) = match log {
        Some(file) => (file.try_clone()?.into(), file.into()),
        None => (Stdio::null(), Stdio::null()),
    };
    let child = Command::new(std::env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        // A group of its own: the hang-up of the terminal goes to the group in its foreground.
        .process_group(0)
        .spawn()?;
    Ok(child.id())
}
