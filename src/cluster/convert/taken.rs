//! ConfigMaps and Secrets that a pod template takes: their names and how, never what is in them.
//! <https://kubernetes.io/docs/concepts/configuration/configmap/#configmaps-and-pods>

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::field::{List, Str, text};
use super::probe::RawProbe;
use crate::domain::interner::Interner;
use crate::domain::listed;
use crate::domain::row::{ConfigRef, Listening, Probe};

/// Variables or folders of one object that are named; more are counted.
const NAMED: usize = 3;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct NameOnly<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Str<'a>>,
}

/// A container of a pod template.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct TemplateContainer<'a> {
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) image: Option<Str<'a>>,
    #[serde(borrow)]
    readiness_probe: Option<RawProbe<'a>>,
    #[serde(borrow)]
    liveness_probe: Option<RawProbe<'a>>,
    #[serde(borrow)]
    startup_probe: Option<RawProbe<'a>>,
    #[serde(borrow)]
    env: List<Variable<'a>>,
    #[serde(borrow)]
    env_from: List<Variables<'a>>,
    #[serde(borrow)]
    volume_mounts: List<Mount<'a>>,
    #[serde(borrow)]
    ports: List<Port<'a>>,
}

/// One of `ports`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Port<'a> {
    #[serde(borrow)]
    name: Option<Str<'a>>,
    container_port: u16,
}

/// Ports that databases, queues and the like listen on: MySQL, PostgreSQL, MongoDB, Redis, Kafka, AMQP, Elasticsearch,
/// etcd, memcached, Cassandra, ClickHouse.
const DATA_PORTS: [u16; 11] = [3306, 5432, 27017, 6379, 9092, 5672, 9200, 2379, 11211, 9042, 8123];

/// Where their images keep their data.
const DATA_FOLDERS: [&str; 14] = [
    "/bitnami/",
    "/data/db",
    "/var/lib/cassandra",
    "/var/lib/clickhouse",
    "/var/lib/couchdb",
    "/var/lib/elasticsearch",
    "/var/lib/etcd",
    "/var/lib/influxdb",
    "/var/lib/kafka",
    "/var/lib/mongodb",
    "/var/lib/mysql",
    "/var/lib/postgresql",
    "/var/lib/rabbitmq",
    "/var/lib/redis",
];

impl TemplateContainer<'_> {
    /// Its name, and where it listens.
    pub(super) fn listening(&self, i: &mut Interner) -> Listening {
        let ports = self.ports.iter().flatten().map(|p| (text(p.name.as_ref(), i), p.container_port)).collect();
        Listening { ports, name: text(self.name.as_ref(), i) }
    }

    /// Its probes.
    pub(super) fn probes(&self, i: &mut Interner) -> Vec<Probe> {
        let all = [
            ("readiness", &self.readiness_probe),
            ("liveness", &self.liveness_probe),
            ("startup", &self.startup_probe),
        ];
        let of = |(name, raw): (&str, &Option<RawProbe<'_>>)| raw.as_ref()?.row(name, self.name.as_ref(), i);
        all.into_iter().filter_map(of).collect()
    }

    /// Whether a port or a mount of it is one of a database's, a queue's or the like.
    pub(super) fn keeps_data(&self) -> bool {
        let port = |p: &Port<'_>| DATA_PORTS.contains(&p.container_port);
        let folder = |m: &Mount<'_>| {
            m.mount_path.as_ref().is_some_and(|path| DATA_FOLDERS.iter().any(|folder| path.starts_with(folder)))
        };
        self.ports.iter().flatten().any(port) || self.volume_mounts.iter().flatten().any(folder)
    }
}

/// One of `env`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Variable<'a> {
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    value_from: Option<ValueFrom<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ValueFrom<'a> {
    #[serde(borrow)]
    config_map_key_ref: Option<Reference<'a>>,
    #[serde(borrow)]
    secret_key_ref: Option<Reference<'a>>,
}

/// One of `envFrom`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Variables<'a> {
    #[serde(borrow)]
    config_map_ref: Option<Reference<'a>>,
    #[serde(borrow)]
    secret_ref: Option<Reference<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Reference<'a> {
    #[serde(borrow)]
    name: Option<Str<'a>>,
    /// A volume's Secret is named so.
    #[serde(borrow)]
    secret_name: Option<Str<'a>>,
    optional: Option<bool>,
}

/// One of `volumeMounts`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Mount<'a> {
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    mount_path: Option<Str<'a>>,
}

/// One of `volumes`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Volume<'a> {
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    config_map: Option<Reference<'a>>,
    #[serde(borrow)]
    secret: Option<Reference<'a>>,
    #[serde(borrow)]
    projected: Option<Projected<'a>>,
    #[serde(borrow)]
    persistent_volume_claim: Option<Claim<'a>>,
    host_path: Option<IgnoredAny>,
    nfs: Option<IgnoredAny>,
    iscsi: Option<IgnoredAny>,
    cephfs: Option<IgnoredAny>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Claim<'a> {
    #[serde(borrow)]
    claim_name: Option<Str<'a>>,
}

impl Volume<'_> {
    /// The claim that it is.
    pub(super) fn claim(&self) -> Option<&Str<'_>> {
        self.persistent_volume_claim.as_ref()?.claim_name.as_ref()
    }

    /// Whether it outlives the pod. (What a CSI driver mounts without a claim lives as long as the pod.)
    pub(super) fn is_durable(&self) -> bool {
        let elsewhere = [&self.host_path, &self.nfs, &self.iscsi, &self.cephfs];
        self.persistent_volume_claim.is_some() || elsewhere.iter().any(|v| v.is_some())
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Projected<'a> {
    #[serde(borrow)]
    sources: List<Source<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Source<'a> {
    #[serde(borrow)]
    config_map: Option<Reference<'a>>,
    #[serde(borrow)]
    secret: Option<Reference<'a>>,
}

/// What is known of one object so far.
struct Taken {
    secret: bool,
    name: String,
    optional: bool,
    whole: bool,
    pulls: bool,
    variables: Vec<String>,
    folders: Vec<String>,
}

/// Every object once, in the order in which the template names it.
pub(super) fn config<'t, 'a: 't>(
    containers: impl Iterator<Item = &'t TemplateContainer<'a>> + Clone,
    volumes: Vec<Volume<'a>>,
    pull: &[NameOnly<'a>],
    i: &mut Interner,
) -> Box<[ConfigRef]> {
    let mut all: Vec<Taken> = Vec::new();
    for c in containers.clone() {
        for from in c.env_from.iter().flatten() {
            for (secret, r) in [(false, &from.config_map_ref), (true, &from.secret_ref)] {
                take(&mut all, secret, r.as_ref(), |t| t.whole = true);
            }
        }
        for variable in c.env.iter().flatten() {
            let Some(from) = &variable.value_from else { continue };
            let name = variable.name.as_deref().unwrap_or_default();
            for (secret, r) in [(false, &from.config_map_key_ref), (true, &from.secret_key_ref)] {
                take(&mut all, secret, r.as_ref(), |t| once(&mut t.variables, name));
            }
        }
    }
    for volume in &volumes {
        let name = volume.name.as_deref().unwrap_or_default();
        let mounts = containers.clone().flat_map(|c| c.volume_mounts.iter().flatten());
        let folders: Vec<&str> =
            mounts.filter(|m| m.name.as_deref() == Some(name)).filter_map(|m| m.mount_path.as_deref()).collect();
        let sources = volume.projected.iter().flat_map(|p| p.sources.iter().flatten());
        let projected = sources.flat_map(|s| [(false, s.config_map.as_ref()), (true, s.secret.as_ref())]);
        let own = [(false, volume.config_map.as_ref()), (true, volume.secret.as_ref())];
        for (secret, r) in own.into_iter().chain(projected) {
            take(&mut all, secret, r, |t| folders.iter().for_each(|f| once(&mut t.folders, f)));
        }
    }
    for name in pull.iter().filter_map(|p| p.name.as_deref()) {
        if let Some(taken) = one(&mut all, true, name, false) {
            taken.pulls = true;
        }
    }
    all.iter()
        .map(|t| ConfigRef { secret: t.secret, name: i.text(&t.name), place: i.text(&place(t)), optional: t.optional })
        .collect()
}

fn take(all: &mut Vec<Taken>, secret: bool, r: Option<&Reference<'_>>, note: impl FnOnce(&mut Taken)) {
    let Some(r) = r else { return };
    let name = r.name.as_deref().or(r.secret_name.as_deref()).filter(|n| !n.is_empty());
    if let Some(taken) = name.and_then(|name| one(all, secret, name, r.optional.unwrap_or_default())) {
        note(taken);
    }
}

/// The entry of an object; it is optional only where every use of it is.
fn one<'t>(all: &'t mut Vec<Taken>, secret: bool, name: &str, optional: bool) -> Option<&'t mut Taken> {
    if !all.iter().any(|t| t.secret == secret && t.name == name) {
        all.push(Taken {
            secret,
            name: name.to_owned(),
            optional,
            whole: false,
            pulls: false,
            variables: Vec::new(),
            folders: Vec::new(),
        });
    }
    let taken = all.iter_mut().find(|t| t.secret == secret && t.name == name)?;
    taken.optional &= optional;
    Some(taken)
}

fn once(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|n| n == name) {
        names.push(name.to_owned());
    }
}

/// `all keys as variables · files in /etc/tls`.
fn place(t: &Taken) -> String {
    let named = |names: &[String]| listed(names, NAMED);
    let mut parts = Vec::new();
    if t.whole {
        parts.push("all keys as variables".to_owned());
    }
    match t.variables.len() {
        0 => {}
        1 => parts.push(format!("variable {}", named(&t.variables))),
        _ => parts.push(format!("variables {}", named(&t.variables))),
    }
    if !t.folders.is_empty() {
        parts.push(format!("files in {}", named(&t.folders)));
    }
    if t.pulls {
        parts.push("pulls images".to_owned());
    }
    parts.join(" · ")
}
