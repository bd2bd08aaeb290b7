//! Changes pods of a cluster through its API, at an even rate: restart counts, never the same twice.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Request;
use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde::Deserialize;
use serde_json::{Value, json};

/// Requests under way at once: a real API server answers a write when it is on its disk.
const HANDS: usize = 32;

/// Pods a page.
const PAGE: u32 = 500;

#[derive(Deserialize)]
struct List {
    metadata: Meta,
    items: Vec<Pod>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Meta {
    name: String,
    namespace: String,
    resource_version: String,
    #[serde(rename = "continue")]
    next: String,
}

#[derive(Deserialize)]
struct Pod {
    metadata: Meta,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    container_statuses: Vec<Container>,
}

#[derive(Deserialize, Clone)]
struct Container {
    name: String,
}

/// A pod: the path of its status, and the name of its first container.
type Target = (String, String);

/// A client of its own.
pub(crate) async fn client(kubeconfig: &str) -> Client {
    let file = Kubeconfig::read_from(kubeconfig).expect("a kubeconfig");
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.expect("a usable context");
    Client::try_from(config).expect("a client")
}

/// The version of the whole store: it counts every write.
pub(crate) async fn version(client: &Client) -> u64 {
    let request = Request::get("/api/v1/namespaces?limit=1").body(Vec::new()).expect("a request");
    let list: List = client.request(request).await.expect("a list");
    list.metadata.resource_version.parse().expect("a number")
}

/// Changes the cluster for ever; says when it begins.
pub(crate) fn run(kubeconfig: &str, rate: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = client(kubeconfig).await;
        let pods: Vec<Target> = pods(&client).await;
        println!("changes {} pods", pods.len());
        // Neighbours in the list are of one service: a step by a prime that does not divide the number leads to all.
        let step = [7919, 7927].into_iter().find(|s| !pods.len().is_multiple_of(*s)).unwrap_or(1);
        let hands = (0..HANDS).map(|hand| work(&client, &pods, hand, step, rate));
        futures::future::join_all(hands).await;
    });
}

async fn pods(client: &Client) -> Vec<Target> {
    let (mut all, mut next) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/pods?limit={PAGE}&continue={next}");
        let list: List = client.request(Request::get(path).body(Vec::new()).expect("a request")).await.expect("pods");
        all.extend(list.items.into_iter().filter_map(|pod| {
            let Meta { name, namespace, .. } = pod.metadata;
            let container = pod.status.container_statuses.first()?.name.clone();
            Some((format!("/api/v1/namespaces/{namespace}/pods/{name}/status"), container))
        }));
        next = list.metadata.next;
        if next.is_empty() {
            return all;
        }
    }
}

async fn work(client: &Client, pods: &[Target], hand: usize, step: usize, rate: u32) {
    // Another number in each run: a patch that changes nothing is no change.
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()) as usize;
    let mut beat = tokio::time::interval(Duration::from_secs_f64(HANDS as f64 / f64::from(rate.max(1))));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    for turn in 0.. {
        beat.tick().await;
        let at = (turn * HANDS + hand).wrapping_mul(step) % pods.len().max(1);
        let Some((path, container)) = pods.get(at) else { return };
        let count = seconds % 1_000_000 + turn;
        let patch = json!({"status": {"containerStatuses": [{"name": container, "restartCount": count}]}});
        let request = Request::patch(path).header("content-type", "application/strategic-merge-patch+json");
        let request = request.body(patch.to_string().into_bytes()).expect("a request");
        if let Err(error) = client.request::<Value>(request).await {
            eprintln!("a change was refused: {error}");
        }
    }
}
