//! Routes from outside: the services, ports, classes and certificates that an Ingress names.

use serde_json::Value;

use super::{nearest, there};
use crate::domain::issue::Category;
use crate::health::evidence::Id;
use crate::health::evidence::value::{Look as _, written};
use crate::health::finding::{Finding, Tier};
use crate::health::world::World;

/// NET-06, NET-08.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    let ingresses = world.evidence.all("Ingress").filter(|i| world.evidence.is_whole("Service", i.namespace()));
    ingresses.for_each(|ingress| routes(world, ingress, out));
}

/// Services and ports that an Ingress names.
pub(super) fn backends(ingress: &Value) -> Vec<(&str, String)> {
    let rules = ingress.list("spec/rules").iter().flat_map(|r| r.list("http/paths")).map(|p| p.at("backend"));
    rules
        .chain(std::iter::once(ingress.at("spec/defaultBackend")))
        .map(|b| {
            let port = b.at("service/port/number");
            let port = if port.is_null() { b.text("service/port/name").to_owned() } else { written(port) };
            (b.text("service/name"), port)
        })
        // What an annotation of the AWS load balancer stands for is no Service.
        .filter(|(name, port)| !name.is_empty() && port != "use-annotation")
        .collect()
}

/// The class as it was named before it had a field.
fn annotated(ingress: &Value) -> &str {
    ingress.at("metadata/annotations").get("kubernetes.io/ingress.class").and_then(Value::as_str).unwrap_or_default()
}

fn routes(world: &World<'_>, ingress: &Value, out: &mut Vec<Finding>) {
    let id = Id::of(ingress);
    let ns = ingress.namespace();
    let absent = |what: String, cause: String| {
        Finding::new("NET-06", &id, format!("ingress {}: {what} does not exist", id.name))
            .because(cause)
            .tier(Tier::Proved)
            .category(Category::Network)
    };
    for (name, port) in backends(ingress) {
        let Some(service) = world.evidence.get("Service", ns, name) else {
            let near = nearest(name, world.evidence.within("Service", ns).map(|s| s.name()).collect());
            out.push(absent(
                format!("service {name}"),
                format!("Ingress {} sends to Service {name}, which does not exist in {ns}: not found{near}", id.name),
            ));
            continue;
        };
        let has = service.list("spec/ports").iter().any(|p| written(p.at("port")) == port || p.text("name") == port);
        if !has && !port.is_empty() {
            let ports: Vec<String> = service.list("spec/ports").iter().map(|p| written(p.at("port"))).collect();
            out.push(absent(
                format!("port {port} of service {name}"),
                format!(
                    "Ingress {} sends to port {port} of Service {name}, which has port {} and not that one",
                    id.name,
                    ports.join(", ")
                ),
            ));
        }
    }
    let class = ingress.text("spec/ingressClassName");
    let class = if class.is_empty() { annotated(ingress) } else { class };
    // Where there is no class at all, one that is named by the old annotation is but a word.
    let unserved = ingress.list("status/loadBalancer/ingress").is_empty() && annotated(ingress).is_empty();
    let known = world.evidence.knows("IngressClass", "") || unserved;
    if !class.is_empty() && known && world.evidence.get("IngressClass", "", class).is_none() {
        let classes: Vec<&str> = world.evidence.all("IngressClass").map(|c| c.name()).collect();
        let there = there(&classes);
        let near = nearest(class, classes);
        out.push(absent(
            format!("ingress class {class}"),
            format!("Ingress {} names IngressClass (ingress class) {class}, which does not exist: not found ({there}){near}: nobody serves it", id.name),
        ));
    }
    for tls in ingress.list("spec/tls") {
        let secret = tls.text("secretName");
        if !secret.is_empty() && world.evidence.is_absent(&Id::new("Secret", ns, secret)) {
            out.push(Finding::new("NET-08", &id, format!("ingress {}: certificate secret {secret} missing", id.name)).because(format!("Ingress {} takes its certificate from Secret {secret}, which does not exist in {ns}: not found", id.name)).tier(Tier::Proved));
        }
    }
}
