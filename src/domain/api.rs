//! What the API calls a kind of objects, and what names one object of a cluster.
//!
//! Two groups may have a kind of one name (Kruise's StatefulSet, Volcano's Job, Knative's Service): group and `kind:`
//! together tell kinds apart. The version does not: one object is served in several.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::kind::collection;
use super::{Kind, Text};

/// A kind of objects as the API names it.
/// <https://kubernetes.io/docs/reference/using-api/api-concepts/#standard-api-terminology>
#[derive(Clone, Debug)]
pub struct Api(Names);

#[derive(Clone, Debug)]
enum Names {
    /// One that kennel has rows of: [`Kind::ALL`] has its names.
    Read(Kind),
    Other(Arc<Other>),
}

#[derive(Debug, Default)]
struct Other {
    group: Text,
    version: Text,
    kind: Text,
    plural: Text,
    namespaced: bool,
}

/// The group before which Deployments, Ingresses and the like were served; objects of then still name it.
const BEFORE_APPS: &str = "extensions";

impl Api {
    /// A kind as discovery tells of it.
    pub fn new(group: &str, version: &str, kind: &str, plural: &str, namespaced: bool) -> Self {
        Self::read(group, kind).unwrap_or_else(|| {
            let [group, version, kind, plural] = [group, version, kind, plural].map(Text::new);
            Self(Names::Other(Arc::new(Other { group, version, kind, plural, namespaced })))
        })
    }

    /// What a reference by `apiVersion` and `kind` means. Where it leaves the version out (a scale target may), the
    /// kind of that name that kennel reads. Its plural is not known.
    pub fn referred(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        match Kind::named(kind).filter(|_| version.is_empty()) {
            Some(known) => known.into(),
            None => Self::new(group, version, kind, "", true),
        }
    }

    fn read(group: &str, kind: &str) -> Option<Self> {
        let known = Kind::named(kind).filter(|k| k.info().group == group || group == BEFORE_APPS)?;
        Some(Self(Names::Read(known)))
    }

    /// The kind among those that kennel has rows of.
    pub fn known(&self) -> Option<Kind> {
        match self.0 {
            Names::Read(kind) => Some(kind),
            Names::Other(_) => None,
        }
    }

    /// API group; empty for the core group.
    pub fn group(&self) -> &str {
        match &self.0 {
            Names::Read(kind) => kind.info().group,
            Names::Other(o) => &o.group,
        }
    }

    /// Version to ask for it in; empty where only a reference without one told of it.
    pub fn version(&self) -> &str {
        match &self.0 {
            Names::Read(kind) => kind.info().version,
            Names::Other(o) => &o.version,
        }
    }

    /// `kind:`.
    pub fn kind(&self) -> &str {
        match &self.0 {
            Names::Read(kind) => kind.info().name,
            Names::Other(o) => &o.kind,
        }
    }

    /// Plural, as in URLs and as users say it: `deployments`. Where only a reference told of the kind, the kind in
    /// lower case, which kubectl takes too.
    pub fn plural(&self) -> String {
        match &self.0 {
            Names::Read(kind) => kind.info().resource.to_owned(),
            Names::Other(o) if o.plural.is_empty() => o.kind.to_lowercase(),
            Names::Other(o) => o.plural.to_string(),
        }
    }

    /// Whether its objects live in a namespace; a reference alone does not tell, and is taken to say yes.
    pub fn namespaced(&self) -> bool {
        match &self.0 {
            Names::Read(kind) => kind.info().namespaced,
            Names::Other(o) => o.namespaced,
        }
    }

    /// Path of the collection, in `namespace` where it is given and the kind has one.
    pub fn path(&self, namespace: Option<&str>) -> String {
        let namespace = namespace.filter(|_| self.namespaced());
        collection(self.group(), self.version(), &self.plural(), namespace)
    }

    /// Whether `word` is one of its names, alone or with its group behind it: `deploy`, `Deployment`,
    /// `deployments.apps`.
    pub fn is_called(&self, word: &str) -> bool {
        let short = self.known().map_or("", |k| k.info().short);
        [self.kind(), short, &self.plural()].iter().any(|name| {
            let Some(rest) = word.get(name.len()..).filter(|_| !name.is_empty()) else { return false };
            let group = rest.strip_prefix('.').map(|g| g == self.group());
            word.get(..name.len()).is_some_and(|w| w.eq_ignore_ascii_case(name)) && group.unwrap_or(rest.is_empty())
        })
    }

    /// How kubectl is told of it and of nothing else: the kind in lower case; with its group where a cluster may have
    /// another of that name.
    /// <https://kubernetes.io/docs/reference/kubectl/#syntax>
    pub fn argument(&self) -> String {
        let kind = self.kind().to_lowercase();
        match self.known() {
            Some(known) if !known.is_custom() => kind,
            _ if self.group().is_empty() => kind,
            _ => format!("{kind}.{}", self.group()),
        }
    }
}

impl Default for Api {
    /// Of a reference that names nothing.
    fn default() -> Self {
        Self(Names::Other(Arc::default()))
    }
}

impl From<Kind> for Api {
    fn from(kind: Kind) -> Self {
        Self(Names::Read(kind))
    }
}

impl PartialEq for Api {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Names::Read(a), Names::Read(b)) => a == b,
            (Names::Other(a), Names::Other(b)) => Arc::ptr_eq(a, b) || (a.kind == b.kind && a.group == b.group),
            _ => false,
        }
    }
}

impl Eq for Api {}

impl Hash for Api {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.kind(), self.group()).hash(state);
    }
}

impl PartialOrd for Api {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Api {
    /// By kind, then by group: as lists of objects are read.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.kind(), self.group()).cmp(&(other.kind(), other.group()))
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.kind())
    }
}

/// Names one object of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// What it is.
    pub api: Api,
    /// Namespace; empty for objects of the cluster.
    pub namespace: Text,
    /// Name.
    pub name: Text,
}

impl ObjectId {
    /// The object `name` of `namespace`.
    pub fn new(api: impl Into<Api>, namespace: impl Into<Text>, name: impl Into<Text>) -> Self {
        Self { api: api.into(), namespace: namespace.into(), name: name.into() }
    }

    /// `kind:` as the API writes it.
    pub fn kind(&self) -> &str {
        self.api.kind()
    }

    /// Whether it is of this kind, and not of another group's kind of that name.
    pub fn is(&self, kind: Kind) -> bool {
        self.api.known() == Some(kind)
    }

    /// `deploy/web`: short kind, slash, name, as events show it.
    pub fn short(&self) -> String {
        match self.api.known() {
            Some(k) => format!("{}/{}", k.info().short, self.name),
            None => format!("{}/{}", self.kind().to_lowercase(), self.name),
        }
    }

    /// What kubectl is told to mean this object: `deployment/web`, `rollout.argoproj.io/web`.
    pub fn argument(&self) -> String {
        format!("{}/{}", self.api.argument(), self.name)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.name)
    }
}

/// As it is written down. What was written before groups were has none, and names kinds that kennel reads.
#[derive(Serialize, Deserialize)]
struct Written {
    kind: Text,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    group: Text,
    #[serde(default)]
    namespace: Text,
    name: Text,
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let (kind, group) = (self.kind().into(), self.api.group().into());
        Written { kind, group, namespace: self.namespace.clone(), name: self.name.clone() }.serialize(s)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let Written { kind, group, namespace, name } = Written::deserialize(d)?;
        let api = match Kind::named(&kind).filter(|_| group.is_empty()) {
            Some(known) => known.into(),
            None => Api::new(&group, "", &kind, "", true),
        };
        Ok(Self { api, namespace, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_another_group_is_never_taken_for_the_built_in_one_of_its_name() {
        for (api_version, kind, built_in) in [
            ("apps.kruise.io/v1beta1", "StatefulSet", Kind::StatefulSet),
            ("batch.volcano.sh/v1alpha1", "Job", Kind::Job),
            ("serving.knative.dev/v1", "Service", Kind::Service),
            ("v1", "Deployment", Kind::Deployment),
        ] {
            let other = Api::referred(api_version, kind);
            assert_eq!(other.known(), None, "{api_version} {kind}");
            assert_ne!(other, Api::from(built_in));
            assert_ne!(ObjectId::new(other, "n", "x"), ObjectId::new(built_in, "n", "x"));
        }
        assert_eq!(Api::referred("apps/v1", "StatefulSet"), Kind::StatefulSet.into());
        assert_eq!(Api::referred("extensions/v1beta1", "Deployment"), Kind::Deployment.into());
        assert_eq!(Api::referred("", "Deployment"), Kind::Deployment.into(), "a scale target without a version");
    }

    #[test]
    fn the_version_that_a_reference_names_makes_no_other_kind() {
        let (old, new) = (Api::referred("x.io/v1", "Cluster"), Api::referred("x.io/v2", "Cluster"));
        assert_eq!(old, new);
        assert_eq!(
            Api::new("x.io", "v2", "Cluster", "clusters", true).path(Some("n")),
            "/apis/x.io/v2/namespaces/n/clusters"
        );
        assert_eq!(new.path(None), "/apis/x.io/v2/cluster");
    }

    #[test]
    fn kubectl_is_told_the_group_wherever_a_name_alone_would_be_ambiguous() {
        let of = |api: Api| ObjectId::new(api, "n", "web").argument();
        assert_eq!(of(Kind::Deployment.into()), "deployment/web");
        assert_eq!(of(Kind::Application.into()), "application.argoproj.io/web");
        assert_eq!(of(Api::referred("apps.kruise.io/v1beta1", "StatefulSet")), "statefulset.apps.kruise.io/web");
        assert_eq!(of(Api::new("argoproj.io", "v1alpha1", "Rollout", "rollouts", true)), "rollout.argoproj.io/web");
        assert_eq!(of(Api::referred("v1", "ServiceAccount")), "serviceaccount/web");
    }

    #[test]
    fn a_kind_is_called_by_any_of_its_names_with_or_without_its_group() {
        let deployment = Api::from(Kind::Deployment);
        for word in ["deploy", "Deployment", "deployments", "deployments.apps", "Deployment.apps"] {
            assert!(deployment.is_called(word), "{word}");
        }
        for word in ["", "dep", "deploys", "deployments.batch", "deployments.", "apps"] {
            assert!(!deployment.is_called(word), "{word}");
        }
        let rollout = Api::referred("argoproj.io/v1alpha1", "Rollout");
        assert!(rollout.is_called("rollout") && rollout.is_called("Rollout.argoproj.io") && !rollout.is_called(""));
    }

    #[test]
    fn an_object_is_read_as_it_was_written_and_as_it_was_before_groups() {
        for object in [
            ObjectId::new(Kind::Deployment, "n", "web"),
            ObjectId::new(Api::referred("batch.volcano.sh/v1", "Job"), "n", "x"),
            ObjectId::new(Kind::Node, "", "node-1"),
        ] {
            let text = serde_json::to_string(&object).unwrap();
            assert_eq!(serde_json::from_str::<ObjectId>(&text).unwrap(), object, "{text}");
        }
        let before = r#"{"kind":"CronJob","namespace":"n","name":"nightly"}"#;
        assert_eq!(serde_json::from_str::<ObjectId>(before).unwrap(), ObjectId::new(Kind::CronJob, "n", "nightly"));
    }
}
