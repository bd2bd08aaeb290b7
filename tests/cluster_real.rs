//! Against a real API server, named by `KENNEL_TEST_KUBECONFIG`; without it these tests are left out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::path::PathBuf;
use std::time::Duration;

use kennel::cluster::{self, Options, Source};
use kennel::domain::Kind;

fn options() -> Option<Options> {
    let kubeconfig = PathBuf::from(std::env::var_os("KENNEL_TEST_KUBECONFIG")?);
    Some(Options { kubeconfig: Some(kubeconfig), ..Options::default() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_cluster_arrives_whole() {
    let Some(options) = options() else { return };
    let began = std::time::Instant::now();
    let handle = cluster::open(Source::Kubeconfig, options);
    let first = [Kind::Namespace, Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];
    let snapshot = handle.settled(&first, Duration::from_secs(30)).await.unwrap();
    println!("first {:?}: {} environments", began.elapsed(), snapshot.environments.len());
    let all: Vec<Kind> =
        Kind::ALL.iter().map(|k| k.kind).filter(|k| !matches!(k, Kind::PodMetrics | Kind::ReplicaSet)).collect();
    let snapshot = handle.settled(&all, Duration::from_secs(60)).await.unwrap();
    println!("all {:?}: {:?} {:?}", began.elapsed(), snapshot.totals, snapshot.cluster);
    for (k, d) in &snapshot.data {
        println!("  {k} {d:?}");
    }
    for e in snapshot.environments.values().take(10) {
        println!("  {} {:?} {}", e.namespace, e.phase, e.services.len());
    }
    println!("warnings {:?}", handle.warnings());
    assert!(handle.warnings().is_empty());
}

/// Made by hand before: `edna` may edit cluster-a and view cluster-b, and list nothing of the whole cluster.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn namespaces_one_may_read_are_read_where_the_whole_may_not_be() {
    let Some(mut options) = options() else { return };
    options.as_user = Some("cluster-edna".to_owned());
    options.namespaces = vec!["cluster-b".into(), "kube-system".into(), "cluster-a".into()];
    let handle = cluster::open(Source::Kubeconfig, options);
    handle.look_at(Some("cluster-a".into()));
    let kinds = [
        Kind::Namespace,
        Kind::Deployment,
        Kind::StatefulSet,
        Kind::DaemonSet,
        Kind::Pod,
        Kind::Service,
        Kind::Event,
        Kind::Node,
    ];
    let s = handle.settled(&kinds, Duration::from_secs(30)).await.unwrap();
    for (k, d) in &s.data {
        println!("  {k} {d:?}");
    }
    println!("{:?}", s.cluster);
    for e in s.environments.values() {
        println!("  {} {:?} {} {:?}", e.namespace, e.phase, e.services.len(), e.created);
    }
    let names: Vec<_> = s.environments.keys().map(|k| k.as_str()).collect();
    assert_eq!(names, ["cluster-a", "cluster-b"]);
    assert!(s.environments.values().all(|e| !e.services.is_empty()));
    println!("warnings {:?}", handle.warnings());
}

/// Each folder in the folder `KENNEL_TEST_DUMPS` is a dump.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_dumps_are_read_whole() {
    let Some(dumps) = std::env::var_os("KENNEL_TEST_DUMPS") else { return };
    for dump in std::fs::read_dir(dumps).unwrap() {
        let path = dump.unwrap().path();
        let handle = cluster::open(Source::Dump { path: path.clone(), now: None }, Options::default());
        let s = handle.settled(&[Kind::Pod, Kind::Event], Duration::from_secs(60)).await.unwrap();
        assert!(s.totals.pods > 0 && !s.environments.is_empty(), "{}", path.display());
        // A dump may hold files of other shapes (what is expected of it, for one); objects are all read.
        let wrong: Vec<_> = handle.warnings().into_iter().filter(|w| !w.contains("without a kind")).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        println!("{} {} {:?}", path.display(), s.now, s.totals);
    }
}
