//! What of a service a person means: the port that one opens, the container that it is about.
//!
//! Both are told by mechanisms, never by whose software it is: what is routed and what is named, what is asked over
//! HTTP, what a port leads to.

use std::sync::Arc;

use crate::domain::Text;
use crate::domain::row::{KubeServiceRow, ServicePort, Template};

/// Words in a port's name that a browser is for.
const PAGES: [&str; 6] = ["ui", "web", "www", "dashboard", "http", "https"];

/// Words that only programs are for, also beside one of those: `otlp-http`, `http-metrics`.
const PROGRAMS: [&str; 17] = [
    "grpc",
    "otlp",
    "zipkin",
    "thrift",
    "trft",
    "metrics",
    "monitoring",
    "telemetry",
    "admin",
    "mgmt",
    "management",
    "health",
    "probe",
    "debug",
    "peer",
    "gossip",
    "internal",
];

/// Ports at which pages are where they have no telling name.
const USUAL: [u16; 7] = [80, 443, 8080, 8443, 3000, 8000, 5000];

/// How likely a person opens a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likely {
    /// It is not TCP.
    Never,
    /// Its name says that programs talk there.
    Program,
    /// Nothing tells.
    Perhaps,
    /// Its number is a usual one, or a probe asks there over HTTP.
    Usual,
    /// Its name says so.
    Named,
}

fn likely(port: &ServicePort, template: Option<&Template>) -> Likely {
    let has = |words: &[&str]| port.name.split(['-', '_', '.']).any(|part| words.contains(&part));
    let probes = template.into_iter().flat_map(|t| t.probes.iter());
    let named = |name: &Text, number: u16| *name == port.target || *port.target == *number.to_string();
    let mut ports = template.into_iter().flat_map(|t| t.containers.iter()).flat_map(|c| &c.ports);
    // A probe names the container's port by number or name, and so does the Service.
    let same = ports.find(|(name, number)| named(name, *number));
    let asked = |at: &Text| *at == port.target || same.is_some_and(|(name, n)| at == name || **at == *n.to_string());
    match () {
        () if !port.protocol.is_empty() && port.protocol != "TCP" => Likely::Never,
        () if has(&PROGRAMS) => Likely::Program,
        () if has(&PAGES) => Likely::Named,
        () if USUAL.contains(&port.port) => Likely::Usual,
        () if probes.into_iter().any(|p| p.asks.starts_with("GET ") && asked(&p.port)) => Likely::Usual,
        () => Likely::Perhaps,
    }
}

/// The Service and its port that a person opens, by their places: of those that a route leads to, else that the world
/// outside can reach, the likeliest; of equal ones the first.
pub(crate) fn port(
    services: &[&Arc<KubeServiceRow>],
    template: Option<&Template>,
    routed: impl Fn(&Text) -> bool,
) -> Option<(usize, usize)> {
    let all =
        services.iter().enumerate().flat_map(|(at, s)| s.ports.iter().enumerate().map(move |(n, p)| (at, n, s, p)));
    let ranked = all.map(|(at, n, s, p)| {
        let likely = likely(p, template);
        let outside = matches!(s.service_type.as_str(), "LoadBalancer" | "NodePort");
        ((likely > Likely::Program, routed(&s.meta.name), likely, outside), at, n)
    });
    let best = ranked.reduce(|a, b| if b.0 > a.0 { b } else { a })?;
    Some((best.1, best.2))
}

/// The container that a workload is about, by its place in the template: what an annotation names for `kubectl`, what the
/// port leads to that a person opens, what is called as the workload is; else the first.
pub(crate) fn container(template: &Template, name: &str, opened: Option<&ServicePort>) -> usize {
    let all = &template.containers;
    let named = |wanted: &str| all.iter().position(|c| c.name == *wanted);
    let leads = |p: &ServicePort| {
        all.iter().position(|c| c.ports.iter().any(|(n, number)| *n == p.target || *p.target == *number.to_string()))
    };
    // `grafana` of `monitoring-grafana`.
    let part = || all.iter().position(|c| !c.name.is_empty() && name.split('-').any(|part| *c.name == *part));
    let annotated = template.main.as_deref().and_then(named);
    annotated.or_else(|| opened.and_then(leads)).or_else(|| named(name)).or_else(part).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::domain::fixture::*;
    use crate::domain::row::{IngressRow, KubeServiceRow, Listening, Meta, Probe, ServicePort, Template, WorkloadRow};
    use crate::domain::{Kind, Text};

    fn port(name: &str, port: u16, target: &str) -> ServicePort {
        ServicePort { name: name.into(), port, target: target.into(), node_port: None, protocol: "TCP".into() }
    }

    fn udp(name: &str, number: u16) -> ServicePort {
        ServicePort { protocol: "UDP".into(), ..port(name, number, &number.to_string()) }
    }

    fn service(name: &str, ports: &[ServicePort]) -> KubeServiceRow {
        KubeServiceRow { ports: ports.into(), ..kube_service(name, "web") }
    }

    /// What is shown of a Deployment `web` with these containers, images as they are called.
    fn shown(
        containers: &[(&str, &[(&str, u16)])],
        change: impl FnOnce(&mut Template),
        services: &[KubeServiceRow],
    ) -> (String, String) {
        let row = deployment("web", 1, 1);
        let mut template = row.template.clone();
        template.images = containers.iter().map(|(name, _)| Text::from(format!("acme/{name}:1"))).collect();
        let listening = |(name, ports): &(&str, &[(&str, u16)])| Listening {
            name: (*name).into(),
            ports: ports.iter().map(|(name, number)| ((*name).into(), *number)).collect(),
        };
        template.containers = containers.iter().map(listening).collect();
        template.probes = Arc::default();
        change(&mut template);
        let mut s = Scene::new().with(WorkloadRow { template, ..row }).with(pod("web", "a", "1"));
        services.iter().for_each(|k| s.put(k.clone()));
        let card = s.service("web", 0);
        assert_eq!(card.images.len(), containers.len());
        (card.images[0].to_string(), card.addresses.first().map(|a| a.replace(".shop-qa.svc", "")).unwrap_or_default())
    }

    #[test]
    fn the_address_is_the_port_that_a_person_opens() {
        let opened = |services: &[KubeServiceRow]| shown(&[("web", &[])], |_| {}, services).1;
        let agent = service("tracer-agent", &[udp("zk-compact-trft", 5775), port("config-rest", 5778, "5778")]);
        let collector =
            [("http-zipkin", 9411), ("grpc-http", 14250), ("http-c-binary-trft", 14268), ("otlp-http", 4318)];
        let collector: Vec<_> = collector.iter().map(|(name, n)| port(name, *n, &n.to_string())).collect();
        let collector = service("tracer-collector", &collector);
        let query = service("tracer-query", &[port("grpc-query", 16685, "16685"), port("http-query", 16686, "16686")]);
        assert_eq!(opened(&[agent, collector, query]), "tracer-query:16686");
        assert_eq!(opened(&[service("db", &[port("", 5432, "5432"), port("metrics", 9187, "9187")])]), "db:5432");
        assert_eq!(
            opened(&[service("web", &[port("http-metrics", 9090, "9090"), port("", 8080, "8080")])]),
            "web:8080"
        );
        assert_eq!(opened(&[service("web", &[udp("dns", 53), port("dns-tcp", 53, "53")])]), "web:53");
        let probed = Probe { port: "app".into(), ..probe("readiness", "GET :app/ready") };
        let asked = |t: &mut Template| t.probes = Arc::new([probed]);
        let two = [service("web", &[port("a", 7001, "7001"), port("b", 7002, "app")])];
        assert_eq!(shown(&[("web", &[("app", 7002)])], asked, &two).1, "web:7002", "it is asked there over HTTP");
        let outside =
            KubeServiceRow { service_type: "LoadBalancer".into(), ..service("web-public", &[port("http", 80, "80")]) };
        assert_eq!(opened(&[service("web", &[port("http", 80, "80")]), outside]), "web-public:80");
    }

    #[test]
    fn what_a_route_leads_to_comes_before_all() {
        let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1"));
        s.put(service("a", &[port("http", 80, "80")]));
        s.put(service("b", &[port("", 7000, "7000")]));
        assert_eq!(&*s.service("web", 0).addresses[0], "a.shop-qa.svc:80");
        let rules = Box::new([("shop.example.com".into(), "/".into(), "b".into(), true)]);
        s.put(IngressRow { kind: Kind::Ingress, meta: meta("shop"), rules });
        assert_eq!(&*s.service("web", 0).addresses[0], "b.shop-qa.svc:7000");
    }

    #[test]
    fn the_image_is_the_main_containers() {
        let two: [(&str, &[(&str, u16)]); 2] = [("sidecar", &[]), ("board", &[("board", 3000)])];
        let http = |target: &str| [service("web", &[port("service", 80, target)])];
        assert_eq!(shown(&two, |_| {}, &[]).0, "acme/sidecar:1", "nothing tells");
        assert_eq!(shown(&two, |_| {}, &http("board")).0, "acme/board:1", "the Service leads there by name");
        assert_eq!(shown(&two, |_| {}, &http("3000")).0, "acme/board:1", "or by number");
        let annotated = |t: &mut Template| t.main = Some("sidecar".into());
        assert_eq!(shown(&two, annotated, &http("board")).0, "acme/sidecar:1");
        let called = [("sidecar", &[][..]), ("web", &[][..])];
        assert_eq!(shown(&called, |_| {}, &[]).0, "acme/web:1", "it is called as the workload is");
        let template = Template {
            containers: ["sidecar", "board"].map(|n| Listening { name: n.into(), ..Listening::default() }).into(),
            ..Template::default()
        };
        assert_eq!(super::container(&template, "monitoring-board", None), 1);
    }

    #[test]
    fn a_load_balancer_that_nobody_gives_an_address_says_so() {
        let made = |created: i64, balancers: &[&str]| KubeServiceRow {
            service_type: "LoadBalancer".into(),
            balancers: balancers.iter().map(|b| (*b).into()).collect(),
            meta: Meta { created: Some(at(created)), ..meta("front") },
            ..service("front", &[port("http", 80, "80")])
        };
        let says = |row: KubeServiceRow| {
            let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1")).with(row);
            s.service("web", 0).secondary.clone()
        };
        assert_eq!(says(made(-300, &[])).as_deref(), Some("LoadBalancer front has no address"));
        assert_eq!(says(made(-30, &[])), None, "it is being made");
        assert_eq!(says(made(-300, &["192.0.2.7"])), None);
    }
}
