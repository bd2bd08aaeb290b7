//! Exec credential plugins: run off the UI's thread, once for all who wait, within a limit, and silent.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>
//!
//! kube runs them itself, but three times per client, without a limit, with this terminal as their stdin and
//! stderr, and its errors hold the plugin's stdout (a token). So kennel takes them out of the kubeconfig and
//! runs them here. What a plugin printed on stdout is in no error.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use kube::config::{ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::domain::{Text, Time};

/// A plugin that takes longer than this is ended.
const LIMIT: Duration = Duration::from_secs(30);

/// After a failure the plugin is not asked again for this long: a dozen readers must not start a dozen of them.
const PAUSE: Duration = Duration::from_secs(5);

/// A credential is renewed this many seconds before it ends.
const EARLY: i64 = 60;

/// What a plugin gave, kept until it ends or the server refuses it.
#[derive(Clone)]
pub(crate) struct Credential(Arc<Inner>);

struct Inner {
    plugin: ExecConfig,
    limit: Duration,
    state: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    held: Option<Held>,
    failed: Option<(Instant, Text)>,
    runs: u64,
}

#[derive(Clone)]
struct Held {
    header: Option<HeaderValue>,
    identity: Option<Identity>,
    until: Option<Time>,
}

/// A client certificate with its key, in PEM.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Certificate.
    pub(crate) certificate: String,
    /// Key.
    pub(crate) key: String,
}

impl Credential {
    /// The plugin of a kubeconfig's user.
    pub(crate) fn new(plugin: ExecConfig) -> Self {
        Self::with_limit(plugin, LIMIT)
    }

    fn with_limit(plugin: ExecConfig, limit: Duration) -> Self {
        Self(Arc::new(Inner { plugin, limit, state: Mutex::default() }))
    }

    /// The `Authorization` header to send, if the plugin gives a token.
    pub(crate) async fn header(&self) -> Result<Option<HeaderValue>, Text> {
        Ok(self.held().await?.header)
    }

    /// The client certificate to connect with, if the plugin gives one.
    pub(crate) async fn identity(&self) -> Result<Option<Identity>, Text> {
        Ok(self.held().await?.identity)
    }

    /// The server refused what was sent: forget it, unless somebody renewed it meanwhile.
    pub(crate) async fn expire(&self, refused: Option<&HeaderValue>) {
        let mut state = self.0.state.lock().await;
        if state.held.as_ref().is_some_and(|h| h.header.as_ref() == refused) {
            state.held = None;
        }
    }

    /// Forgets a failure: the user asked to try again.
    pub(crate) async fn retry(&self) {
        self.0.state.lock().await.failed = None;
    }

    async fn held(&self) -> Result<Held, Text> {
        // Whoever comes while the plugin runs waits here for its result.
        let mut state = self.0.state.lock().await;
        let soon = Time::now().as_second() + EARLY;
        if let Some(held) = state.held.as_ref().filter(|h| h.until.is_none_or(|u| u.as_second() > soon)) {
            return Ok(held.clone());
        }
        if let Some((_, why)) = state.failed.as_ref().filter(|(at, _)| at.elapsed() < PAUSE) {
            return Err(why.clone());
        }
        state.runs += 1;
        match run(&self.0.plugin, self.0.limit).await {
            Ok(held) => {
                state.failed = None;
                state.held = Some(held.clone());
                Ok(held)
            }
            Err(why) => {
                let why = Text::new(&why);
                state.failed = Some((Instant::now(), why.clone()));
                Err(why)
            }
        }
    }
}

/// Runs the plugin. The error is one sentence, with the last line of its stderr, never its stdout.
async fn run(plugin: &ExecConfig, limit: Duration) -> Result<Held, String> {
    let name = plugin.command.clone().unwrap_or_default();
    if name.is_empty() {
        return Err("the kubeconfig's user has an exec plugin without a command".to_owned());
    }
    if plugin.interactive_mode == Some(ExecInteractiveMode::Always) {
        return Err(format!(
            "the credential plugin {name} wants a terminal (interactiveMode: Always), which kennel keeps"
        ));
    }
    let mut command = tokio::process::Command::new(&name);
    command
        .args(plugin.args.iter().flatten())
        .env("KUBERNETES_EXEC_INFO", info(plugin)?)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own may not read from the terminal, even when it opens /dev/tty.
        .process_group(0)
        .kill_on_drop(true);
    for pair in plugin.env.iter().flatten() {
        if let (Some(key), Some(value)) = (pair.get("name"), pair.get("value")) {
            command.env(key, value);
        }
    }
    let child = command.spawn().map_err(|e| not_started(plugin, &name, &e))?;
    let output = match tokio::time::timeout(limit, child.wait_with_output()).await {
        Err(_) => return Err(format!("the credential plugin {name} gave nothing within {} s", limit.as_secs())),
        Ok(Err(e)) => return Err(format!("the credential plugin {name} failed: {e}")),
        Ok(Ok(output)) => output,
    };
    if !output.status.success() {
        return Err(format!("the credential plugin {name} failed ({}){}", output.status, last_line(&output.stderr)));
    }
    read(&output.stdout).map_err(|why| format!("the credential plugin {name} {why}{}", last_line(&output.stderr)))
}

fn not_started(plugin: &ExecConfig, name: &str, error: &std::io::Error) -> String {
    let hint = plugin.install_hint.as_deref().and_then(|h| h.lines().find(|l| !l.trim().is_empty()));
    match (error.kind(), hint) {
        (std::io::ErrorKind::NotFound, Some(hint)) => {
            format!("the credential plugin {name} is not there: {}", hint.trim())
        }
        (std::io::ErrorKind::NotFound, None) => {
            format!("the credential plugin {name} is not there: install it, or put it on PATH")
        }
        _ => format!("the credential plugin {name} can't be started: {error}"),
    }
}

/// The last line of stderr that says something, cut short.
fn last_line(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    match text.lines().rev().map(str::trim).find(|l| !l.is_empty()) {
        Some(line) => format!(": {}", line.chars().take(300).collect::<String>()),
        None => String::new(),
    }
}

/// What the plugin is told: which version to answer in, that there is no terminal, which cluster it is for.
fn info(plugin: &ExecConfig) -> Result<String, String> {
    let mut spec = serde_json::json!({ "interactive": false });
    if let (Some(cluster), Some(spec)) = (&plugin.cluster, spec.as_object_mut()) {
        let cluster = serde_json::to_value(cluster).map_err(|e| e.to_string())?;
        spec.insert("cluster".to_owned(), cluster);
    }
    let version = plugin.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1");
    Ok(serde_json::json!({ "apiVersion": version, "kind": "ExecCredential", "spec": spec }).to_string())
}

#[derive(Deserialize)]
struct Answer {
    status: Option<AnswerStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerStatus {
    token: Option<String>,
    expiration_timestamp: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Reads an `ExecCredential`. The words of an error are ours alone: a parser's would quote a token.
fn read(stdout: &[u8]) -> Result<Held, &'static str> {
    let answer: Answer = serde_json::from_slice(stdout).map_err(|_| "did not answer with an ExecCredential")?;
    let status = answer.status.ok_or("answered without a status")?;
    let until = match status.expiration_timestamp.filter(|t| !t.is_empty()) {
        Some(t) => Some(t.parse().map_err(|_| "answered with an expirationTimestamp that is no time")?),
        None => None,
    };
    let header = match status.token.filter(|t| !t.is_empty()) {
        Some(token) => {
            let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim()))
                .map_err(|_| "answered with a token that can't be sent")?;
            value.set_sensitive(true);
            Some(value)
        }
        None => None,
    };
    let identity = match (status.client_certificate_data, status.client_key_data) {
        (Some(certificate), Some(key)) => Some(Identity { certificate, key }),
        _ => None,
    };
    if header.is_none() && identity.is_none() {
        return Err("answered with neither a token nor a certificate");
    }
    Ok(Held { header, identity, until })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn script(text: &str) -> ExecConfig {
        ExecConfig {
            command: Some("sh".to_owned()),
            args: Some(vec!["-c".to_owned(), text.to_owned()]),
            env: Some(vec![HashMap::from([("name".into(), "SECRET".into()), ("value".into(), "canary-env".into())])]),
            ..ExecConfig::default()
        }
    }

    fn answer(token: &str, until: &str) -> String {
        format!(r#"echo '{{"status":{{"token":"{token}","expirationTimestamp":"{until}"}}}}'"#)
    }

    async fn token(c: &Credential) -> Result<String, String> {
        let h = c.header().await.map_err(|e| e.to_string())?;
        Ok(h.map(|h| h.to_str().unwrap().to_owned()).unwrap_or_default())
    }

    #[tokio::test]
    async fn a_plugin_runs_once_for_all_who_wait() {
        let c = Credential::new(script(&answer("t", "2999-01-01T00:00:00Z")));
        let all = futures::future::join_all((0..8).map(|_| token(&c))).await;
        assert!(all.iter().all(|t| t.as_deref() == Ok("Bearer t")));
        assert_eq!(c.0.state.lock().await.runs, 1);
    }

    #[tokio::test]
    async fn what_ends_within_a_minute_or_is_refused_is_renewed() {
        let c = Credential::new(script(&answer("t", "2001-01-01T00:00:00Z")));
        token(&c).await.unwrap();
        token(&c).await.unwrap();
        assert_eq!(c.0.state.lock().await.runs, 2);
        let c = Credential::new(script(&answer("t", "2999-01-01T00:00:00Z")));
        let used = c.header().await.unwrap();
        c.expire(used.as_ref()).await;
        token(&c).await.unwrap();
        assert_eq!(c.0.state.lock().await.runs, 2);
        c.expire(Some(&HeaderValue::from_static("Bearer other"))).await;
        token(&c).await.unwrap();
        assert_eq!(c.0.state.lock().await.runs, 2, "somebody else's old token is not ours");
    }

    #[tokio::test]
    async fn errors_hold_stderr_but_never_stdout_or_env() {
        let c = Credential::new(script("echo canary-stdout; echo first >&2; echo 'please log in' >&2; exit 3"));
        let why = token(&c).await.unwrap_err();
        assert!(why.contains("please log in") && why.contains("sh"), "{why}");
        assert!(!why.contains("canary"), "{why}");
        let why = token(&Credential::new(script("echo '{\"status\":\"canary-stdout\"}'"))).await.unwrap_err();
        assert!(why.contains("ExecCredential") && !why.contains("canary"), "{why}");
        assert!(token(&c).await.is_err());
        assert_eq!(c.0.state.lock().await.runs, 1, "a failure is not tried again at once");
    }

    #[tokio::test]
    async fn a_plugin_that_hangs_is_ended_and_one_that_reads_stdin_gets_none() {
        let c = Credential::with_limit(script("sleep 600"), Duration::from_millis(100));
        assert!(token(&c).await.unwrap_err().contains("gave nothing within"));
        let c = Credential::new(script(&format!("read line; {}", answer("t", "2999-01-01T00:00:00Z"))));
        assert_eq!(token(&c).await.unwrap(), "Bearer t");
    }

    #[tokio::test]
    async fn a_plugin_is_told_that_there_is_no_terminal_and_one_that_must_have_one_is_not_started() {
        let tell = r#"echo "{\"status\":{\"token\":\"$(echo $KUBERNETES_EXEC_INFO | tr -d '\" ')\"}}""#;
        let told = token(&Credential::new(script(tell))).await.unwrap();
        assert!(told.contains("interactive:false"), "{told}");
        let always = ExecConfig { interactive_mode: Some(ExecInteractiveMode::Always), ..script(tell) };
        assert!(token(&Credential::new(always)).await.unwrap_err().contains("wants a terminal"));
    }

    #[tokio::test]
    async fn a_missing_plugin_says_how_to_get_it() {
        // A path: whether a bare name is there, or can't be looked for, depends on who runs the test.
        let plugin = ExecConfig {
            command: Some("/no/such/plugin".into()),
            install_hint: Some("\n  get it from example.org\n".into()),
            ..ExecConfig::default()
        };
        let why = token(&Credential::new(plugin)).await.unwrap_err();
        assert_eq!(why, "the credential plugin /no/such/plugin is not there: get it from example.org");
    }
}
