//! Who made, deployed and manages things, and where their source is: the first that answers.

use crate::domain::keys::{DEPLOYED_BY, REPOSITORY as OWN};
use crate::domain::row::{DeliveryRow, Meta};
use crate::domain::{Kind, Labels, ObjectId, Text};

/// Keys of a repository's URL, in the order in which they are asked.
const REPOSITORY: &[&str] = &[
    OWN,
    "org.opencontainers.image.source",
    "app.gitlab.com/app",
    "backstage.io/source-location",
    "backstage.io/view-url",
];

fn any<'m>(meta: &'m Meta, key: &str) -> Option<&'m Text> {
    meta.annotations.get(key).or_else(|| meta.labels.get(key)).filter(|v| !v.is_empty())
}

/// The Argo CD application that tracks an object.
/// <https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/>
pub(crate) fn argo(meta: &Meta) -> Option<Text> {
    let tracked = any(meta, "argocd.argoproj.io/tracking-id").and_then(|id| id.split(':').next()).map(Text::new);
    tracked.or_else(|| any(meta, "argocd.argoproj.io/instance").cloned())
}

/// The Flux object that applies an object: its kind and name.
/// <https://fluxcd.io/flux/components/kustomize/kustomizations/>
pub(crate) fn flux(labels: &Labels) -> Option<(&'static str, &Text)> {
    let of = |kind, key| labels.get(key).map(|name| (kind, name));
    of("Kustomization", "kustomize.toolkit.fluxcd.io/name").or_else(|| of("HelmRelease", "helm.toolkit.fluxcd.io/name"))
}

/// The Helm release that an object is part of.
pub(crate) fn helm(meta: &Meta) -> Option<&Text> {
    let by_helm = meta.labels.get("app.kubernetes.io/managed-by").is_some_and(|m| m == "Helm");
    let instance = || meta.labels.get("app.kubernetes.io/instance").filter(|_| by_helm);
    meta.annotations.get("meta.helm.sh/release-name").or_else(instance)
}

/// Whether a delivery brings an object: it lists it, or its mark is on it.
pub(crate) fn delivers(delivery: &DeliveryRow, object: &ObjectId, labels: &Labels) -> bool {
    let is = |key, value: &Text| labels.get(key) == Some(value);
    let marked = delivery.kind == Kind::HelmRelease
        && is("helm.toolkit.fluxcd.io/name", &delivery.name)
        && is("helm.toolkit.fluxcd.io/namespace", &delivery.namespace);
    marked || delivery.declares(object)
}

/// Who deployed a workload that `delivery` brings, if one does.
pub(crate) fn deployed_by(meta: &Meta, delivery: Option<&DeliveryRow>) -> Option<Text> {
    meta.annotations
        .get(DEPLOYED_BY)
        .cloned()
        .or_else(|| argo(meta).map(|app| Text::new(&format!("Argo CD {app}"))))
        .or_else(|| flux(&meta.labels).map(|(_, name)| Text::new(&format!("Flux {name}"))))
        .or_else(|| delivery.map(|d| Text::new(&d.short())))
        .or_else(|| helm(meta).map(|name| Text::new(&format!("Helm {name}"))))
        .or_else(|| meta.changed.as_ref().map(|c| manager(&c.manager)))
}

/// A field manager as people call it: `kubectl` of `kubectl-client-side-apply`.
pub(crate) fn manager(name: &Text) -> Text {
    if name.starts_with("kubectl-") { "kubectl".into() } else { name.clone() }
}

/// Where the source of a workload is that `delivery` brings, if one does.
pub(crate) fn repository(meta: &Meta, delivery: Option<&DeliveryRow>) -> Option<Text> {
    let Some(key) = REPOSITORY.iter().find_map(|key| any(meta, key).map(|v| (*key, v))) else {
        return delivery?.source.clone();
    };
    Some(match key {
        ("app.gitlab.com/app", app) => match any(meta, "app.gitlab.com/env") {
            Some(env) => Text::new(&format!("{app} ({env})")),
            None => app.clone(),
        },
        // Backstage writes `url:https://…`.
        (_, url) => url.strip_prefix("url:").map_or_else(|| url.clone(), Text::new),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::row::SpecChange;

    fn meta(labels: &[(&str, &str)], annotations: &[(&str, &str)], manager: &str) -> Meta {
        let of = |pairs: &[(&str, &str)]| Labels::new(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())));
        let changed = Some(SpecChange { manager: manager.into(), at: None });
        Meta { labels: of(labels), annotations: of(annotations), changed, ..Meta::default() }
    }

    #[test]
    fn who_deployed_it_is_the_first_that_answers() {
        let by = |l: &[(&str, &str)], a: &[(&str, &str)]| {
            deployed_by(&meta(l, a, "kubectl-edit"), None).unwrap().to_string()
        };
        let argo = ("argocd.argoproj.io/tracking-id", "shop:apps/Deployment:shop/web");
        assert_eq!(by(&[], &[(DEPLOYED_BY, "maria"), argo]), "maria");
        assert_eq!(by(&[("helm.toolkit.fluxcd.io/name", "x")], &[argo]), "Argo CD shop");
        assert_eq!(by(&[("kustomize.toolkit.fluxcd.io/name", "apps")], &[]), "Flux apps");
        assert_eq!(by(&[], &[("meta.helm.sh/release-name", "shop")]), "Helm shop");
        assert_eq!(by(&[], &[]), "kubectl");
    }

    #[test]
    fn the_repository_is_the_first_that_answers() {
        let of = |a: &[(&str, &str)]| repository(&meta(&[], a, "x"), None).map(|r| r.to_string());
        assert_eq!(of(&[("backstage.io/source-location", "url:https://g.it/x")]).as_deref(), Some("https://g.it/x"));
        assert_eq!(of(&[("app.gitlab.com/app", "g/x"), ("app.gitlab.com/env", "qa")]).as_deref(), Some("g/x (qa)"));
        assert_eq!(of(&[]), None);
    }
}
