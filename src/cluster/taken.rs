//! Whether the ConfigMaps and Secrets are there that a workload's pods take. Only their metadata is asked for: what is in
//! a Secret never leaves the server.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches>

use futures::{StreamExt, stream};

use super::handle::Handle;
use super::wire::{Wire, escaped};
use crate::domain::existence::Existence;
use crate::domain::row::{ConfigRef, WorkloadRow};
use crate::domain::{Kind, Text};

/// So many are asked for at a time.
const AT_ONCE: usize = 8;

/// Nothing else will do: a server that can't leave the rest out is to refuse.
const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

impl Handle {
    /// Each that the template takes, and whether it is there.
    pub async fn taken(&self, workload: &WorkloadRow) -> Vec<(ConfigRef, Existence)> {
        let (config, namespace) = (&workload.template.config, &workload.meta.namespace);
        let Some(wire) = self.wire() else {
            let unread = |c: &ConfigRef| (c.clone(), Existence::Unknown("not in a dump".into()));
            return config.iter().map(unread).collect();
        };
        // Collected: held across an await, the closure's lifetimes keep a task from moving between threads.
        let asked: Vec<_> = config.iter().map(|c| is_there(&wire, namespace, c)).collect();
        stream::iter(asked).buffered(AT_ONCE).collect().await
    }
}

async fn is_there(wire: &Wire, namespace: &Text, config: &ConfigRef) -> (ConfigRef, Existence) {
    let kind = if config.secret { Kind::Secret } else { Kind::ConfigMap };
    // A template may name what can be no object's name.
    let path = format!("{}/{}", kind.path(Some(namespace)), escaped(&config.name));
    let existence = match wire.get_as(&path, METADATA).await {
        Ok(_) => Existence::There,
        Err(e) => match e.code() {
            Some(404) => Existence::Missing,
            Some(403) => Existence::Unknown("no access".into()),
            _ => Existence::Unknown(e.brief()),
        },
    };
    (config.clone(), existence)
}
