//! Kubeconfig files: which are read, how they are merged, and one clear sentence when something is wrong.
//! They are read once and never written.
//! <https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/>

use std::path::{Path, PathBuf};

use kube::config::{AuthInfo, Cluster, Config, Context, ExecAuthCluster, Kubeconfig, KubeconfigError, LoadDataError};

use crate::domain::Text;

/// Larger than any kubeconfig: what is larger is another file.
const LARGEST: u64 = 8 << 20;

/// Which files, merged.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// All files merged; the first that sets a value wins.
    pub(crate) config: Kubeconfig,
    /// Files that were read.
    pub(crate) files: Vec<PathBuf>,
}

/// Reads the file of `--kubeconfig`, or those of `KUBECONFIG`, or `~/.kube/config`. `None` where none is there
/// (and none was asked for by name).
pub(crate) fn load(explicit: Option<&Path>, variable: Option<&std::ffi::OsStr>) -> Result<Option<Loaded>, Text> {
    let files: Vec<PathBuf> = match (explicit, variable) {
        (Some(file), _) if !file.exists() => {
            return Err(format!("there is no kubeconfig {}", file.display()).into());
        }
        (Some(file), _) => vec![file.to_owned()],
        (None, Some(list)) if !list.is_empty() => std::env::split_paths(list).filter(|p| p.is_file()).collect(),
        _ => std::env::home_dir().map(|h| h.join(".kube/config")).into_iter().filter(|p| p.is_file()).collect(),
    };
    let mut merged: Option<Kubeconfig> = None;
    for file in &files {
        let one = read(file)?;
        merged = Some(match merged {
            None => one,
            Some(m) => m.merge(one).map_err(|e| sentence(file, &e))?,
        });
    }
    Ok(merged.map(|config| Loaded { config, files }))
}

fn read(file: &Path) -> Result<Kubeconfig, Text> {
    match std::fs::metadata(file) {
        Ok(m) if m.len() > LARGEST => {
            return Err(format!("{} is {} MB large: that is no kubeconfig", file.display(), m.len() >> 20).into());
        }
        Ok(m) if m.is_dir() => return Err(format!("{} is a folder, not a kubeconfig", file.display()).into()),
        _ => {}
    }
    Kubeconfig::read_from(file).map_err(|e| sentence(file, &e))
}

impl Loaded {
    /// The files, as a sentence names them.
    pub(crate) fn names(&self) -> String {
        self.files.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", ")
    }

    /// The context to use: the one that is asked for, else the current one.
    pub(crate) fn context(&self, wanted: Option<&str>) -> Result<(String, &Context), Text> {
        let known = || self.config.contexts.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
        let current = self.config.current_context.as_deref().filter(|c| !c.is_empty());
        let Some(name) = wanted.or(current) else {
            return Err(match self.config.contexts.is_empty() {
                true => format!("{} has no context", self.names()),
                false => format!("{} has no current-context: choose one with --context: {}", self.names(), known()),
            }
            .into());
        };
        let found = self.config.contexts.iter().find(|c| c.name == name).and_then(|c| c.context.as_ref());
        let Some(context) = found else {
            return Err(match known() {
                k if k.is_empty() => format!("{} has no context {name}, and no other", self.names()),
                k => format!("{} has no context {name}; it has {k}", self.names()),
            }
            .into());
        };
        Ok((name.to_owned(), context))
    }

    /// The cluster of a context.
    pub(crate) fn cluster(&self, name: &str, context: &Context) -> Result<&Cluster, Text> {
        let named = self.config.clusters.iter().find(|c| c.name == context.cluster);
        let Some(cluster) = named.and_then(|c| c.cluster.as_ref()) else {
            let why =
                format!("context {name} of {} names the cluster {}, which is not there", self.names(), context.cluster);
            return Err(why.into());
        };
        if cluster.server.as_deref().unwrap_or_default().is_empty() {
            return Err(format!("cluster {} of {} has no server: it needs a URL", context.cluster, self.names()).into());
        }
        Ok(cluster)
    }

    /// Whether the user that a context names is there; one that names none asks as nobody in particular.
    ///
    /// # Errors
    /// It is not: the server would be asked as nobody, and would refuse what it should not.
    pub(crate) fn user(&self, name: &str, context: &Context) -> Result<(), Text> {
        let wanted = context.user.as_deref().filter(|u| !u.is_empty());
        match wanted.filter(|w| !self.config.auth_infos.iter().any(|a| a.name == *w)) {
            Some(gone) => {
                Err(format!("context {name} of {} names the user {gone}, who is not there", self.names()).into())
            }
            None => Ok(()),
        }
    }

    /// What kube would make of a context but for the proxy: kube looks it up itself, and fails where `NO_PROXY` or a
    /// proxy's URL is not as it likes it.
    pub(crate) fn connection(&self, context: &Context, cluster: &Cluster) -> Result<Config, KubeconfigError> {
        let server = cluster.server.as_deref().unwrap_or_default();
        let mut config = Config::new(server.parse().map_err(KubeconfigError::ParseClusterUrl)?);
        let told = ExecAuthCluster::try_from(cluster)?;
        if let Some(bundle) = &told.certificate_authority_data {
            let all = pem::parse_many(bundle).map_err(KubeconfigError::ParseCertificates)?;
            let certificates = all.into_iter().filter(|p| p.tag() == "CERTIFICATE").map(pem::Pem::into_contents);
            let certificates: Vec<Vec<u8>> = certificates.collect();
            if certificates.is_empty() {
                return Err(KubeconfigError::ParseCertificates(pem::PemError::MissingData));
            }
            config.root_cert = Some(certificates);
        }
        let user = self.config.auth_infos.iter().find(|a| Some(&a.name) == context.user.as_ref());
        config.auth_info = user.and_then(|u| u.auth_info.clone()).unwrap_or_else(AuthInfo::default);
        if let Some(plugin) = config.auth_info.exec.as_mut().filter(|p| p.provide_cluster_info) {
            plugin.cluster = Some(told);
        }
        config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
        config.disable_compression = cluster.disable_compression.unwrap_or(false);
        config.tls_server_name.clone_from(&cluster.tls_server_name);
        Ok(config)
    }

    /// Namespaces that contexts of the same cluster name: where a user without cluster-wide rights works.
    pub(crate) fn namespaces(&self, cluster: &str) -> Vec<Text> {
        let contexts = self.config.contexts.iter().filter_map(|c| c.context.as_ref());
        let mut names: Vec<Text> = contexts
            .filter(|c| c.cluster == cluster)
            .filter_map(|c| c.namespace.as_deref())
            .filter(|n| !n.is_empty())
            .map(Text::new)
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

/// What is wrong with a file, where, without quoting what stands there (it may be a secret).
pub(crate) fn sentence(file: &Path, error: &KubeconfigError) -> Text {
    let file = file.display();
    let why = match error {
        KubeconfigError::Parse(e) => {
            let place = e.location().map(|l| format!(", line {}", l.line())).unwrap_or_default();
            format!("{file} can't be read as a kubeconfig{place}: it is no YAML of that shape")
        }
        KubeconfigError::ReadConfig(e, _) => format!("{file} can't be read: {e}"),
        KubeconfigError::ParseClusterUrl(e) => format!("the server in {file} is no URL: {e}"),
        KubeconfigError::LoadCertificateAuthority(e) => format!("certificate-authority in {file}: {}", data(e)),
        KubeconfigError::LoadClientCertificate(e) => format!("client-certificate in {file}: {}", data(e)),
        KubeconfigError::LoadClientKey(e) => format!("client-key in {file}: {}", data(e)),
        KubeconfigError::ParseCertificates(_) => format!("certificate-authority in {file} is no PEM certificate"),
        other => format!("{file}: {other}"),
    };
    why.into()
}

fn data(error: &LoadDataError) -> String {
    match error {
        LoadDataError::DecodeBase64(_) => "the -data is no base64".to_owned(),
        LoadDataError::ReadFile(e, path) => format!("{} can't be read: {e}", path.display()),
        LoadDataError::NoBase64DataOrFile => "there is neither a file nor data".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {server: 'https://c'}\n- name: empty\n  cluster: {}\ncontexts:\n- name: a\n  context: {cluster: c, user: u, namespace: shop}\n- name: b\n  context: {cluster: gone, user: u}\n- name: d\n  context: {cluster: c, user: u, namespace: bank}\n- name: e\n  context: {cluster: empty}\n";

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        std::fs::write(&path, text).unwrap();
        (dir, path)
    }

    fn loaded(text: &str) -> (tempfile::TempDir, Loaded) {
        let (dir, path) = file(text);
        let loaded = load(Some(&path), None).unwrap().unwrap();
        (dir, loaded)
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        let (_dir, l) = loaded(TWO);
        assert!(l.context(None).unwrap_err().contains("has no current-context: choose one with --context: a, b, d, e"));
        assert!(l.context(Some("x")).unwrap_err().ends_with("has no context x; it has a, b, d, e"));
        let b = l.context(Some("b")).unwrap().1;
        assert!(l.cluster("b", b).unwrap_err().contains("names the cluster gone, which is not there"));
        assert!(l.user("b", b).unwrap_err().contains("names the user u, who is not there"));
        let e = l.context(Some("e")).unwrap().1;
        assert_eq!(l.user("e", e), Ok(()), "who names nobody asks as nobody");
        assert!(l.cluster("e", e).unwrap_err().contains("has no server"));
        let (_dir, empty) = loaded("");
        assert!(empty.context(None).unwrap_err().ends_with("has no context"));
    }

    #[test]
    fn a_file_that_is_no_kubeconfig_is_named_without_quoting_it() {
        let (_dir, path) = file("users:\n- name: u\n  user: {token: [canary-token]}\n");
        let why = load(Some(&path), None).unwrap_err();
        assert!(why.contains("config") && !why.contains("canary"), "{why}");
        let (_dir, path) = file("clusters: [unclosed\n");
        assert!(load(Some(&path), None).unwrap_err().contains("can't be read as a kubeconfig"));
        assert!(load(Some(Path::new("/nowhere/config")), None).unwrap_err().contains("there is no kubeconfig"));
    }

    #[test]
    fn what_a_context_says_of_its_server_and_user_is_what_is_connected_to() {
        let certificate = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
        let (dir, _) = file("");
        std::fs::write(dir.path().join("ca.pem"), certificate.repeat(2)).unwrap();
        let text = "contexts: [{name: a, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: t, exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Never, provideClusterInfo: true}}}]\nclusters: [{name: c, cluster: {server: 'https://c:6443', certificate-authority: ca.pem, tls-server-name: inside, disable-compression: true}}]\n";
        let path = dir.path().join("config");
        std::fs::write(&path, text).unwrap();
        let l = load(Some(&path), None).unwrap().unwrap();
        let (name, context) = l.context(Some("a")).unwrap();
        let config = l.connection(context, l.cluster(&name, context).unwrap()).unwrap();
        assert_eq!(config.cluster_url, "https://c:6443");
        assert_eq!(config.root_cert, Some(vec![vec![1, 2, 3]; 2]), "relative to the file, all of them");
        assert_eq!((config.tls_server_name.as_deref(), config.disable_compression), (Some("inside"), true));
        assert!(config.auth_info.token.is_some() && !config.accept_invalid_certs && config.proxy_url.is_none());
        let told = config.auth_info.exec.unwrap().cluster.unwrap();
        assert_eq!(told.server.as_deref(), Some("https://c:6443"));
        std::fs::write(dir.path().join("ca.pem"), "-----BEGIN CERTIFICATE-----\n").unwrap();
        let why = sentence(&path, &l.connection(context, l.cluster(&name, context).unwrap()).unwrap_err());
        assert!(why.contains("certificate-authority in") && why.contains("is no PEM certificate"), "{why}");
    }

    #[test]
    fn files_of_the_variable_are_merged_the_first_wins_and_missing_ones_are_left_out() {
        let (_a, one) = file("current-context: a\n");
        let (_b, two) = file(&format!("current-context: b\n{TWO}"));
        let list = std::env::join_paths([Path::new("/nowhere/at/all"), &one, &two]).unwrap();
        let l = load(None, Some(&list)).unwrap().unwrap();
        assert_eq!(l.context(None).unwrap().0, "a");
        assert_eq!(l.files.len(), 2);
        let none = std::env::join_paths([Path::new("/nowhere/at/all")]).unwrap();
        assert!(load(None, Some(&none)).unwrap().is_none());
    }

    #[test]
    fn namespaces_of_other_contexts_of_the_same_cluster_are_candidates() {
        let (_dir, l) = loaded(TWO);
        assert_eq!(l.namespaces("c"), ["bank", "shop"]);
    }
}
