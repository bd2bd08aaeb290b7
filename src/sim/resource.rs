//! The discovery table: every kind that the embedded cluster stores.
//!
//! To add a kind, add a line to the table: storage, paths, discovery, RBAC and watches follow from it.
//! A CustomResourceDefinition that somebody creates is stored and serves nothing: the custom kinds are those of the
//! table, and no schema prunes, fills or checks them.

use std::sync::LazyLock;

use serde_json::Value;

/// One kind as the API serves it.
#[derive(Debug)]
pub struct Resource {
    /// `kind:`.
    pub kind: &'static str,
    /// API group, empty for the core group.
    pub group: &'static str,
    /// Version.
    pub version: &'static str,
    /// Plural, as in paths.
    pub plural: &'static str,
    /// Short names.
    pub short: Vec<&'static str>,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// What the kind has beside plain storage.
    has: Vec<&'static str>,
    /// Fields that a field selector may name, beside `metadata.name` and `metadata.namespace`.
    pub fields: Vec<&'static str>,
}

/// Every kind: `assets/api/kinds.txt`, which says what its words mean.
pub static RESOURCES: LazyLock<Vec<Resource>> = LazyLock::new(|| {
    let lines = include_str!("../../assets/api/kinds.txt").lines();
    lines.filter(|l| !l.starts_with('#')).filter_map(Resource::read).collect()
});

const ALL_VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/// Namespaces cannot be deleted as a collection.
const NAMESPACE_VERBS: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];
const READ_VERBS: &[&str] = &["get", "list"];

impl Resource {
    /// A line of the table.
    fn read(line: &'static str) -> Option<Self> {
        let mut words = line.split(' ');
        let (plural, version, kind) = (words.next()?, words.next()?, words.next()?);
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let short = words.next()?.split(',').filter(|s| *s != "-").collect();
        let namespaced = words.next()? == "namespaced";
        let (fields, has): (Vec<_>, Vec<_>) = words.partition(|w| w.starts_with("fields="));
        let fields = fields.iter().flat_map(|f| f.trim_start_matches("fields=").split(',')).collect();
        Some(Self { kind, group, version, plural, short, namespaced, has, fields })
    }

    fn has(&self, what: &str) -> bool {
        self.has.contains(&what)
    }

    /// The kind at `/apis/GROUP/VERSION/PLURAL`.
    pub fn at(group: &str, version: &str, plural: &str) -> Option<&'static Self> {
        RESOURCES.iter().find(|r| r.group == group && r.version == version && r.plural == plural)
    }

    /// The kind that an object says it is.
    pub fn of(api_version: &str, kind: &str) -> Option<&'static Self> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        RESOURCES.iter().find(|r| r.kind == kind && r.group == group && r.version == version)
    }

    /// The kind of `object`, by its `apiVersion` and `kind`.
    pub fn of_object(object: &Value) -> Option<&'static Self> {
        Self::of(object.get("apiVersion")?.as_str()?, object.get("kind")?.as_str()?)
    }

    /// The kind of that `kind:` name, the first in the table where several groups have one.
    pub fn named(kind: &str) -> Option<&'static Self> {
        RESOURCES.iter().find(|r| r.kind == kind)
    }

    /// Where its objects are kept: Events of both groups are one storage, in the form of `events.k8s.io/v1`.
    pub fn storage(&'static self) -> &'static Self {
        if self.plural == "events" && self.group.is_empty() {
            return Self::at("events.k8s.io", "v1", "events").unwrap_or(self);
        }
        self
    }

    /// Place in [`RESOURCES`].
    pub(crate) fn index(&'static self) -> usize {
        RESOURCES.iter().position(|r| std::ptr::eq(r, self)).unwrap_or(RESOURCES.len())
    }

    /// `apiVersion:`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `deployments.apps`, `pods`: how messages name the resource.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// Verbs that discovery shows.
    pub fn verbs(&self) -> &'static [&'static str] {
        match self.plural {
            _ if self.is_read_only() => READ_VERBS,
            "namespaces" => NAMESPACE_VERBS,
            _ => ALL_VERBS,
        }
    }

    /// Whether `status` is a subresource of its own.
    pub fn has_status(&self) -> bool {
        self.has("status")
    }

    /// Whether `scale` is a subresource.
    pub fn has_scale(&self) -> bool {
        self.has("scale")
    }

    /// Whether `metadata.generation` counts changes of the spec.
    pub fn has_generation(&self) -> bool {
        self.has("generation")
    }

    /// Its category: `kubectl get all` shows those of `all`.
    pub fn category(&self) -> Option<&'static str> {
        match self.kind {
            "CustomResourceDefinition" => Some("api-extensions"),
            _ => self.has("all").then_some("all"),
        }
    }

    /// Whether the API only reads it (metrics).
    pub fn is_read_only(&self) -> bool {
        self.has("read-only")
    }

    /// Whether a CustomResourceDefinition would serve it.
    pub fn is_custom(&self) -> bool {
        self.has("custom")
    }

    /// Key of an object in its table, ordered as the real server orders: by `namespace/name`, else by name.
    pub(crate) fn key(&self, namespace: &str, name: &str) -> String {
        if self.namespaced { format!("{namespace}/{name}") } else { name.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_every_path_stands_in_the_table_once() {
        for (at, r) in RESOURCES.iter().enumerate() {
            assert!(std::ptr::eq(Resource::of(&r.api_version(), r.kind).unwrap(), r));
            assert!(std::ptr::eq(Resource::at(r.group, r.version, r.plural).unwrap(), r));
            assert_eq!(r.index(), at);
            assert!(r.storage().index() <= at, "{} stands before its storage", r.kind);
        }
    }

    #[test]
    fn every_kind_that_the_dashboard_reads_is_served() {
        for kind in crate::domain::Kind::ALL {
            let served = Resource::at(kind.group, kind.version, kind.resource).unwrap();
            assert_eq!((served.kind, served.namespaced), (kind.name, kind.namespaced));
        }
    }
}
