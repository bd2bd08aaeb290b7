//! Answers in protobuf, as a real API server gave them (`tests/fixtures/protobuf`): lists, refusals, what breaks off.

use std::path::Path;

use super::*;

/// What was recorded for a collection, and what a server answers with it.
fn recorded(resource: &str) -> (Vec<u8>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/protobuf");
    let proto = std::fs::read(folder.join(format!("{resource}.pb"))).unwrap();
    (proto, std::fs::read_to_string(folder.join(format!("{resource}.json"))).unwrap())
}

/// What stands in JSON where protobuf has to be asked for.
const NOT_ASKED_FOR: &str = "not asked for";

const READ: [(&str, &str); 9] = [
    ("/api/v1", "namespaces"),
    ("/apis/apps/v1", "deployments"),
    ("/apis/apps/v1", "statefulsets"),
    ("/apis/apps/v1", "daemonsets"),
    ("/api/v1", "pods"),
    ("/api/v1", "services"),
    ("/apis/batch/v1", "jobs"),
    ("/apis/batch/v1", "cronjobs"),
    ("/apis/events.k8s.io/v1", "events"),
];

/// A server with what was recorded, in the forms that `answer` makes of it.
fn server(answer: impl Fn(Vec<u8>, String) -> Answer) -> Fake {
    let fake = Fake::default();
    fake.0.lock().unwrap().date = Some("Mon, 30 Nov 2026 03:00:00 GMT".into());
    for (group, resource) in READ {
        let (proto, json) = recorded(resource);
        fake.on(&format!("{group}/{resource}"), [answer(proto, json)]);
    }
    fake
}

fn all_there(s: &Snapshot) -> bool {
    const SHOWN: [Kind; 8] = [
        Kind::Namespace,
        Kind::Deployment,
        Kind::StatefulSet,
        Kind::DaemonSet,
        Kind::Pod,
        Kind::Service,
        Kind::CronJob,
        Kind::Event,
    ];
    SHOWN.iter().all(|kind| matches!(s.state(*kind), DataState::Live))
}

#[tokio::test]
async fn the_picture_is_the_same_whether_lists_come_in_protobuf_or_in_json() {
    let proto = server(|proto, _| Answer::Both(200, proto, NOT_ASKED_FOR.into()));
    let json = server(|_, json| Answer::Text(200, "application/json", json));
    let mut seen = Vec::new();
    for fake in [proto, json] {
        let handle = fake.open();
        let s = until(&handle, "the data", all_there).await;
        let e = s.namespace("shop-staging").unwrap();
        assert!(e.services.len() >= 4 && e.tasks.len() >= 3 && !e.events.is_empty(), "{e:#?}");
        seen.push(format!("{e:#?}"));
    }
    assert_eq!(seen[0], seen[1]);
}

/// `Status` with these fields, in an envelope.
fn status_in_protobuf(message: &str, reason: &str) -> Vec<u8> {
    let field = |number: u8, bytes: &[u8]| [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let named = [field(1, b"v1"), field(2, b"Status")].concat();
    let status = [field(2, b"Failure"), field(3, message.as_bytes()), field(4, reason.as_bytes())].concat();
    [b"k8s\0".to_vec(), field(1, &named), field(2, &status)].concat()
}

#[tokio::test]
async fn a_refusal_in_protobuf_is_told_in_the_servers_words() {
    let fake = shop();
    let why = "deployments.apps is forbidden: User \"maria\" cannot list resource";
    let refusal = status_in_protobuf(why, "Forbidden");
    fake.on(DEPLOYMENTS, [Answer::Both(403, refusal, NOT_ASKED_FOR.into())]);
    let handle = fake.open();
    let forbidden = |s: &Snapshot| matches!(s.state(Kind::Deployment), DataState::Forbidden { .. });
    let s = until(&handle, "the refusal", forbidden).await;
    assert!(matches!(s.state(Kind::Deployment), DataState::Forbidden { why: said } if said == why), "{:?}", s.data);
}

#[tokio::test]
async fn a_list_in_protobuf_that_breaks_off_is_named_and_then_read_whole() {
    let fake = server(|proto, json| Answer::Both(200, proto, json));
    let (proto, json) = recorded("deployments");
    let half = proto[..proto.len() / 2].to_vec();
    let whole = Answer::Both(200, proto, json);
    fake.on(DEPLOYMENTS, [Answer::Both(200, half, NOT_ASKED_FOR.into()), whole]);
    let handle = fake.open();
    let failed = |s: &Snapshot| matches!(s.state(Kind::Deployment), DataState::Failed { .. });
    let s = until(&handle, "the fault", failed).await;
    let DataState::Failed { why, .. } = s.state(Kind::Deployment) else { unreachable!() };
    assert_eq!(why.as_str(), "the answer ended in the middle of the list");
    let s = until(&handle, "the list", all_there).await;
    let e = s.namespace("shop-staging").unwrap();
    assert!(e.services.iter().any(|s| s.object.name == "bare"), "{:#?}", e.services);
}
