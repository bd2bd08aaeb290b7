//! Which environments are handled with care, production and the cluster's own: stopping one asks for its name.

use super::{Labels, Text};

/// Words that say production, wherever one stands as a whole word.
pub const WORDS: [&str; 4] = ["prod", "prd", "production", "live"];

/// Why an environment is handled with care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// It counts as production.
    Production,
    /// The cluster itself runs in it.
    System,
}

impl Guard {
    /// In a word or two: `production`, `a system namespace`.
    pub const fn word(self) -> &'static str {
        match self {
            Guard::Production => "production",
            Guard::System => "a system namespace",
        }
    }
}

/// Names of namespaces in which, as they are commonly installed, what serves the whole cluster runs.
const SYSTEM: [&str; 8] =
    ["argo-cd", "argocd", "cert-manager", "ingress-nginx", "linkerd", "monitoring", "olm", "velero"];

/// Whether a namespace's name says that the cluster itself runs in it: `kube-…`, `…-system` (as kubebuilder's
/// operators, Flux, Istio are installed), or one of a few known ones.
pub fn says_system(namespace: &str) -> bool {
    namespace.starts_with("kube-") || namespace.ends_with("-system") || SYSTEM.contains(&namespace)
}

/// What counts as production beside the words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Production {
    /// Namespaces that do, by the config: exact names.
    pub namespaces: Vec<Text>,
}

/// Whether `name` holds one of [`WORDS`] as a whole word: `shop-prod` and `Prod/EU` do, `product` does not.
pub fn says_production(name: &str) -> bool {
    name.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS.iter().any(|w| word.eq_ignore_ascii_case(w)))
}

impl Production {
    /// Whether the environment `name` of `namespace` counts as production. `context` is the verdict on
    /// the context's name. (`kennel.dev/protected` protects without making it production.)
    pub fn is(&self, namespace: &str, name: &str, labels: &Labels, context: bool) -> bool {
        context
            || self.namespaces.iter().any(|n| n == namespace)
            || says_production(namespace)
            || says_production(name)
            || ["env", "environment"].iter().any(|k| labels.get(k).is_some_and(|v| says_production(v)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_count_as_production_and_main_alone_does_not() {
        for yes in ["prod", "shop-prod", "PRODUCTION", "live.eu", "prd_2", "eu/prod"] {
            assert!(says_production(yes), "{yes}");
        }
        for no in ["product", "reprod", "main", "delivery", "prod2", ""] {
            assert!(!says_production(no), "{no}");
        }
    }

    #[test]
    fn what_the_cluster_itself_runs_in_is_known_by_its_name() {
        for yes in ["kube-system", "kube-public", "flux-system", "argocd", "monitoring"] {
            assert!(says_system(yes), "{yes}");
        }
        for no in ["default", "system", "shop-monitoring", "kubeshop", ""] {
            assert!(!says_system(no), "{no}");
        }
    }

    #[test]
    fn a_label_the_context_and_the_config_count_too() {
        let env = Labels::new([("env".into(), "prod".into())]);
        let rules = Production { namespaces: vec!["pay".into()] };
        assert!(rules.is("a", "a", &env, false));
        assert!(rules.is("a", "a", &Labels::default(), true));
        assert!(rules.is("pay", "main", &Labels::default(), false));
        assert!(!rules.is("payroll", "main", &Labels::default(), false));
    }
}
