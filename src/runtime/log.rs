//! Logging: to a file that the user names, never to the screen; secrets are struck out on the way.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::Regex;
use tracing_subscriber::EnvFilter;

/// What looks like a credential: headers, tokens, JWTs, passwords in URLs, `key: value` of telling names.
static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?ix)
        (?P<keep> \b(?:bearer|basic)\s+ ) [a-z0-9._~+/=-]{6,}
        | (?P<keep2> ://[^/\s:@]*: ) [^/\s@]+ (?P<at>@)
        | (?P<keep3> \b[a-z_-]*(?:token|password|passwd|secret|api[_-]?key|client[_-]?key(?:[_-]data)?|credential)[a-z_-]*["']?\s*[:=]\s*["']? ) [^\s"',;}&]{3,}
        | \beyj[a-z0-9_-]{8,}\.[a-z0-9_-]{8,}(?:\.[a-z0-9_-]*)?
        "#,
    )
    .ok()
});

/// `text` without what looks like a credential.
pub fn redact(text: &str) -> String {
    match &*SECRET {
        Some(secret) => secret.replace_all(text, "$keep$keep2$keep3<redacted>$at").into_owned(),
        None => "<not logged>\n".to_owned(),
    }
}

/// Logs into `path` from now on (appended, readable by its owner only). Without a path nothing is logged.
///
/// # Errors
/// The file can't be opened.
pub fn start(path: Option<&Path>, verbose: u8) -> io::Result<()> {
    let Some(path) = path else { return Ok(()) };
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    let level = match verbose {
        0 => "info",
        1 => "kennel=debug,info",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_env("KENNEL_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let file = Struck(Arc::new(Mutex::new(file)));
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(move || file.clone()).try_init();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), process = std::process::id(), "kennel begins");
    Ok(())
}

/// A file whose lines are redacted before they reach it. The formatter writes a line at a time.
#[derive(Clone, Debug)]
struct Struck(Arc<Mutex<File>>);

impl Write for Struck {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let clean = redact(&String::from_utf8_lossy(line));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(clean.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_struck_out_and_the_rest_stays() {
        for (raw, clean) in [
            ("Authorization: Bearer abc.def-123456", "Authorization: Bearer <redacted>"),
            ("token: s3cr3t-canary x=1", "token: <redacted> x=1"),
            (r#"{"id_token":"s3cr3t-canary"}"#, r#"{"id_token":"<redacted>"}"#),
            ("https://bob:hunter2@host/x", "https://bob:<redacted>@host/x"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln", "<redacted>"),
            ("GET /api/v1/pods 200 in 3 ms", "GET /api/v1/pods 200 in 3 ms"),
        ] {
            assert_eq!(redact(raw), clean);
        }
    }
}
