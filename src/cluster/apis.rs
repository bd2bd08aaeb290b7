//! APIs that the server lists and whose own server does not answer: aggregated ones.
//! <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery>

use serde::Deserialize;

use super::handle::Handle;
use super::wire::{WireError, parse};
use crate::domain::Text;

/// The discovery that tells what is fresh. A server without it answers with the old list, in which nothing is.
const DISCOVERY: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

#[derive(Deserialize)]
struct Discovery {
    #[serde(default)]
    items: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    metadata: Named,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    freshness: String,
}

impl Handle {
    /// Groups with their versions that the server lists and can't reach: `metrics.k8s.io/v1beta1`.
    ///
    /// # Errors
    /// The server did not answer.
    pub async fn unreached_apis(&self) -> Result<Vec<Text>, WireError> {
        let Some(wire) = self.wire() else { return Ok(Vec::new()) };
        Ok(stale(&parse(&wire.get_as("/apis", DISCOVERY).await?)?))
    }
}

fn stale(discovery: &Discovery) -> Vec<Text> {
    let of = |group: &Group| {
        let stale = group.versions.iter().filter(|v| v.freshness == "Stale");
        stale.map(|v| Text::new(&format!("{}/{}", group.metadata.name, v.version))).collect::<Vec<_>>()
    };
    discovery.items.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_whose_server_does_not_answer_is_told_from_those_that_do_and_the_old_list_tells_nothing() {
        let of = |json: &str| stale(&serde_json::from_str(json).unwrap());
        let answer = r#"{"kind":"APIGroupDiscoveryList","items":[
            {"metadata":{"name":"apps"},"versions":[{"version":"v1","freshness":"Current"}]},
            {"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale"}]}]}"#;
        assert_eq!(of(answer), ["metrics.k8s.io/v1beta1"]);
        assert!(of(r#"{"kind":"APIGroupList","groups":[{"name":"apps"}]}"#).is_empty());
    }
}
