//! Which images are of databases, queues and the like: a service of one keeps data.

/// Last part of an image's repository, forks and vendors' names included.
const IMAGES: &[&str] = &[
    "arangodb",
    "cassandra",
    "chroma",
    "clickhouse",
    "clickhouse-server",
    "cockroach",
    "cockroachdb",
    "consul",
    "couchbase",
    "couchdb",
    "cp-kafka",
    "crate",
    "db2",
    "dgraph",
    "dragonfly",
    "elasticsearch",
    "elasticsearch-oss",
    "etcd",
    "eventstore",
    "ferretdb",
    "foundationdb",
    "influxdb",
    "kafka",
    "kafka-native",
    "keydb",
    "mariadb",
    "mariadb-galera",
    "meilisearch",
    "memcached",
    "milvus",
    "minio",
    "mongo",
    "mongodb",
    "mongodb-community-server",
    "mongodb-sharded",
    "mssql-server",
    "mysql",
    "mysql-server",
    "nats",
    "nats-streaming",
    "neo4j",
    "opensearch",
    "oracle-xe",
    "percona",
    "percona-postgresql",
    "percona-server",
    "percona-server-mongodb",
    "percona-xtradb-cluster",
    "pgvector",
    "postgis",
    "postgres",
    "postgresql",
    "postgresql-repmgr",
    "pulsar",
    "qdrant",
    "questdb",
    "rabbitmq",
    "ravendb",
    "redis",
    "redis-cluster",
    "redis-stack",
    "redis-stack-server",
    "redpanda",
    "rethinkdb",
    "scylla",
    "solr",
    "spilo-15",
    "spilo-16",
    "spilo-17",
    "surrealdb",
    "tidb",
    "tikv",
    "timescaledb",
    "timescaledb-ha",
    "typesense",
    "valkey",
    "valkey-cluster",
    "vault",
    "victoria-metrics",
    "weaviate",
    "yugabyte",
    "zookeeper",
];

/// Ends of names of images that people make of those: `acme/catalogue-db`.
const ENDINGS: [&str; 11] = [
    "-db",
    "-elasticsearch",
    "-kafka",
    "-mariadb",
    "-mongo",
    "-mongodb",
    "-mysql",
    "-postgres",
    "-postgresql",
    "-rabbitmq",
    "-redis",
];

/// Whether an image is one of a datasource.
pub(crate) fn is_datasource(image: &str) -> bool {
    let name = image.split('@').next().unwrap_or(image);
    let last = name.rsplit('/').next().unwrap_or(name);
    let repository = last.split(':').next().unwrap_or(last);
    IMAGES.binary_search(&repository).is_ok() || ENDINGS.iter().any(|end| repository.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_it_can_be_searched() {
        assert!(IMAGES.is_sorted());
    }

    #[test]
    fn datasources_are_known_by_the_last_part_of_the_repository() {
        for yes in [
            "postgres:17",
            "docker.io/bitnami/redis:7",
            "quay.io/x/postgis@sha256:00",
            "localhost:5000/mysql",
            "weaveworksdemos/catalogue-db:0.3.0",
            "acme/user-db",
            "acme/shop-mongodb:1",
        ] {
            assert!(is_datasource(yes), "{yes}");
        }
        for no in ["acme/web", "postgres-exporter:1", "redis/web:1", "acme/mysql-client"] {
            assert!(!is_datasource(no), "{no}");
        }
    }
}
