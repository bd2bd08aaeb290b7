//! Probes of a pod template: what each asks, in the words of `kubectl describe`, shorter.
//! <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes>

use serde::Deserialize;

use super::field::{Either, List, Str, text};
use crate::domain::interner::Interner;
use crate::domain::row::Probe;

/// Most characters of a command that are kept.
const COMMAND: usize = 40;

/// One of a container's probes.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawProbe<'a> {
    #[serde(borrow)]
    exec: Option<Exec<'a>>,
    #[serde(borrow)]
    http_get: Option<Get<'a>>,
    tcp_socket: Option<Socket>,
    grpc: Option<Grpc>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Exec<'a> {
    #[serde(borrow)]
    command: List<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Get<'a> {
    #[serde(borrow)]
    path: Option<Str<'a>>,
    port: Option<Either>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Socket {
    port: Option<Either>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Grpc {
    port: Option<i64>,
}

impl RawProbe<'_> {
    /// What it asks, and at which port, by number or name.
    fn asks(&self) -> Option<(String, String)> {
        let named = |port: &Option<Either>| port.as_ref().map(ToString::to_string).unwrap_or_default();
        if let Some(get) = &self.http_get {
            let (port, path) = (named(&get.port), get.path.as_deref().unwrap_or("/"));
            return Some((format!("GET :{port}{path}"), port));
        }
        if let Some(socket) = &self.tcp_socket {
            let port = named(&socket.port);
            return Some((format!("TCP :{port}"), port));
        }
        if let Some(port) = self.grpc.as_ref().map(|g| g.port.unwrap_or_default()) {
            return Some((format!("gRPC :{port}"), port.to_string()));
        }
        let command: Vec<&str> = self.exec.as_ref()?.command.iter().flatten().map(|word| &**word).collect();
        Some((command.join(" ").chars().take(COMMAND).collect(), String::new()))
    }

    /// The probe of that name, of a container.
    pub(super) fn row(&self, name: &str, container: Option<&Str<'_>>, i: &mut Interner) -> Option<Probe> {
        let (asks, port) = self.asks()?;
        Some(Probe { name: i.text(name), container: text(container, i), asks: i.text(&asks), port: i.text(&port) })
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::row::AnyRow;

    #[test]
    fn a_probe_says_what_it_asks_and_where() {
        let deployment = serde_json::json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"template": {"spec": {
                "containers": [
                    {
                        "name": "web", "image": "a",
                        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
                        "livenessProbe": {"tcpSocket": {"port": 5432}},
                        "startupProbe": {"exec": {"command": ["cat", "/tmp/healthy"]}},
                    },
                    {"name": "proxy", "image": "b", "livenessProbe": {"grpc": {"port": 50051}}},
                ],
                "initContainers": [
                    {"name": "log", "image": "c", "restartPolicy": "Always", "startupProbe": {"httpGet": {"port": 24220}}},
                ],
            }}},
        });
        let AnyRow::Workload(w) = crate::cluster::convert::object(&deployment).unwrap() else { panic!() };
        let said: Vec<_> = w.template.probes.iter().map(|p| [&*p.name, &*p.container, &*p.asks, &*p.port]).collect();
        let wanted = [
            ["readiness", "web", "GET :http/ready", "http"],
            ["liveness", "web", "TCP :5432", "5432"],
            ["startup", "web", "cat /tmp/healthy", ""],
            ["liveness", "proxy", "gRPC :50051", "50051"],
            ["startup", "log", "GET :24220/", "24220"],
        ];
        assert_eq!(said, wanted);
    }
}
