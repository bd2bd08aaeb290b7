#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]
use kennel::sim::{
    api::Api,
    clock::Clock,
    serve::serve,
    store::{SharedStore, Store},
};
#[tokio::main]
async fn main() {
    let api = Api::new(SharedStore::new(Store::new(Clock::system(), 1)));
    let n: usize = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(0);
    let t = std::time::Instant::now();
    api.store().with(|s| {
        for ns in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            s.put(serde_json::json!({"apiVersion":"v1","kind":"Namespace","metadata":{"name":ns,"labels":{"kubernetes.io/metadata.name":ns}},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}})).unwrap();
        }
        for i in 0..n {
            let env: Vec<_> = (0..80).map(|e| serde_json::json!({"name": format!("VARIABLE_{e}"), "value": format!("some value that is somewhat long, number {e}")})).collect();
            s.put(serde_json::json!({"apiVersion":"v1","kind":"Pod","metadata":{"name":format!("p{i}"),"namespace":format!("n{}", i%1000),"labels":{"app":"x"}},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"nginx","env":env}]},"status":{"phase":"Running"}})).unwrap();
        }
    });
    println!("filled in {:?}", t.elapsed());
    let (addr, task) = serve(api, std::env::args().nth(1).unwrap().parse().unwrap()).await.unwrap();
    println!("http://{addr}");
    task.await.unwrap();
}
