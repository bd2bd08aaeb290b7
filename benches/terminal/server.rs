//! The cluster that is measured on: the one of a kubeconfig, or embedded ones that are started for it.
//!
//! An embedded cluster changes of itself, from its start on: what is measured while nothing happens is measured on
//! one that does not. Both run in processes of their own, on the same cores as what is measured.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use tempfile::NamedTempFile;

use crate::process::Process;

/// Argument by which this very program is started as the one that changes a cluster.
pub(crate) const FLAG: &str = "--churn-on";

/// A cluster.
pub(crate) struct Server {
    /// Path of its kubeconfig.
    pub(crate) kubeconfig: String,
    child: Option<Child>,
    _file: Option<NamedTempFile>,
}

impl Server {
    /// The cluster of a kubeconfig.
    pub(crate) fn given(kubeconfig: &str) -> Self {
        Self { kubeconfig: kubeconfig.to_owned(), child: None, _file: None }
    }

    /// Starts an embedded cluster that changes so often a second.
    pub(crate) fn embedded(kennel: &str, (environments, pods): (u32, u32), rate: u32) -> Self {
        let scale = format!("{environments}x{pods}");
        let mut command = Command::new(kennel);
        command.args(["demo", "--serve", "127.0.0.1:0", "--headless", "--scale", &scale]);
        if rate > 0 {
            command.args(["--churn", &rate.to_string()]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("kennel demo");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut said).expect("its address");
        let url = said.trim().strip_prefix("serving ").expect("`serving URL`").to_owned();
        let mut file = NamedTempFile::with_suffix(".kubeconfig").expect("a file");
        let config = serde_json::json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "embedded",
            "clusters": [{"name": "embedded", "cluster": {"server": url}}],
            "users": [{"name": "nobody", "user": {}}],
            "contexts": [{"name": "embedded", "context": {"cluster": "embedded", "user": "nobody"}}],
        });
        file.write_all(config.to_string().as_bytes()).expect("to write it");
        Self { kubeconfig: file.path().to_string_lossy().into_owned(), child: Some(child), _file: Some(file) }
    }

    /// The process of an embedded one.
    pub(crate) fn process(&self) -> Option<Process> {
        self.child.as_ref().map(|c| Process::new(c.id()))
    }

    /// Starts another process that changes this cluster so often a second; returns when it has begun.
    pub(crate) fn churn(&self, rate: u32) -> Churn {
        let this = std::env::current_exe().expect("this program");
        let mut command = Command::new(this);
        command.args([FLAG, &self.kubeconfig, &rate.to_string()]).stdout(Stdio::piped());
        let mut child = command.spawn().expect("this program");
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut String::new()).expect("a line");
        Churn(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The process that changes a cluster, as long as this is held.
pub(crate) struct Churn(Child);

impl Drop for Churn {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
