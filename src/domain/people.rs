//! Who is a person, or delivers for one, among the names by which things are written.

use super::Text;

/// Who did something, where that is a person, a CI system, a GitOps tool or Helm. The name by which a tool of the
/// cluster itself or a shell writes (its field manager) tells nobody who it was.
pub fn who(by: Option<&Text>) -> Option<&str> {
    const NOBODY: &[&str] =
        &["kubectl", "before-first-apply", "kubelet", "unknown", "Go-http-client", "manager", "curl"];
    let nobody = |name: &str| NOBODY.contains(&name) || name.starts_with("kubectl-") || name.starts_with("kube-");
    by.map(Text::as_str).filter(|name| !nobody(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_what_delivers_for_them_are_named_and_field_managers_are_not() {
        let named = |name: &str| who(Some(&name.into())).is_some();
        for name in ["maria", "ci-bot", "Argo CD shop", "Flux apps", "Helm shop", "helm", "terraform"] {
            assert!(named(name), "{name}");
        }
        for name in ["kubectl", "kubectl-edit", "before-first-apply", "kube-apiserver", "kube-controller-manager"] {
            assert!(!named(name), "{name}");
        }
    }
}
