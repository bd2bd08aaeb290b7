//! The API on a socket: HTTP/1.1 on a local address, for kubectl and for another kennel's `--server`.

use std::io;
use std::net::SocketAddr;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::api::Api;

/// Serves `api` on `address` (port 0: any free one) and says where. Aborting the task closes its connections.
///
/// # Errors
/// Where the address cannot be bound.
pub async fn serve(api: Api, address: SocketAddr) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        // Watch lines are small, and nobody should wait for the next one to see this one.
                        let _ = stream.set_nodelay(true);
                        let service = TowerToHyperService::new(api.clone());
                        let connection = hyper::server::conn::http1::Builder::new()
                            .timer(TokioTimer::new())
                            .serve_connection(TokioIo::new(stream), service);
                        // A client that goes away is no error of ours.
                        connections.spawn(async move { drop(connection.await) });
                    }
                    // Out of descriptors, mostly: others may end meanwhile.
                    Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    });
    Ok((address, task))
}
