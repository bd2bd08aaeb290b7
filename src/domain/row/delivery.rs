//! Who delivers objects into namespaces: Argo CD Applications, Flux Kustomizations and HelmReleases.

use crate::domain::{Kind, ObjectId, Text, Time};

/// An Argo CD Application, Flux Kustomization or Flux HelmRelease of this cluster.
/// <https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml>,
/// <https://fluxcd.io/flux/components/kustomize/kustomizations/#inventory>,
/// <https://fluxcd.io/flux/components/helm/helmreleases/#conditions>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Which of the three.
    pub kind: Kind,
    /// Name.
    pub name: Text,
    /// Namespace that it is in itself.
    pub namespace: Text,
    /// HelmRelease: namespace of its release. Its objects are marked, not listed.
    pub target: Option<Text>,
    /// Workloads that it declares: by its inventory they ought to be there. No Jobs, no hooks, nothing that is
    /// to be pruned, and nothing of another cluster.
    pub declares: Box<[ObjectId]>,
    /// Its last delivery failed.
    pub failed: Option<Failure>,
    /// Where it takes them from: a repository's URL, or the Flux object that knows it (`GitRepository/shop`).
    pub source: Option<Text>,
    /// That Flux object.
    pub refers: Option<ObjectId>,
}

/// A delivery that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Machine-readable: `UpgradeFailed`, `Failed`, `Error`.
    pub reason: Text,
    /// In the tool's words.
    pub message: Option<Text>,
    /// Since when.
    pub since: Option<Time>,
}

impl DeliveryRow {
    /// Namespaces that it delivers into.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &Text> {
        self.target.iter().chain(self.declares.iter().map(|o| &o.namespace))
    }

    /// Whether it declares an object, once it is kept: what it declares is sorted then.
    pub(crate) fn declares(&self, object: &ObjectId) -> bool {
        self.declares.binary_search(object).is_ok()
    }

    /// What it is called in a sentence: `Argo CD application shop`.
    pub(crate) fn words(&self) -> String {
        match self.kind {
            Kind::Application => format!("Argo CD application {}", self.name),
            kind => format!("Flux {kind} {}", self.name),
        }
    }

    /// The same in short: `Argo CD shop`.
    pub(crate) fn short(&self) -> String {
        let tool = if self.kind == Kind::Application { "Argo CD" } else { "Flux" };
        format!("{tool} {}", self.name)
    }
}
