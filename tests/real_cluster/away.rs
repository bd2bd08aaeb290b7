//! An API server that goes, hangs and comes back with another memory. On a cluster of its own: see the top.

use kennel::domain::Kind;
use kennel::domain::data::DataState;
use kennel::domain::snapshot::Connection;

use super::noted::Noted;
use super::*;

/// The cluster that may be stopped.
struct Own {
    dir: PathBuf,
    tool: PathBuf,
}

impl Own {
    fn new() -> Self {
        let dir = std::env::var_os("KENNEL_TEST_CLUSTER_DIR").map(PathBuf::from).unwrap_or_else(|| {
            panic!("this test stops an API server, and does so only on a cluster that tests/cluster/up DIR has started: set KENNEL_TEST_CLUSTER_DIR=DIR")
        });
        let program = json(&dir)["Argv"][0].as_str().unwrap().to_owned();
        let tool = PathBuf::from(program).with_file_name("cluster");
        Self { dir, tool }
    }

    fn place(&self, name: &str) -> Place {
        Place::on(self.dir.join("admin.kubeconfig").to_str().unwrap().to_owned(), name)
    }

    fn run(&self, verb: &str) {
        let status = Command::new(&self.tool).arg(verb).arg(&self.dir).arg("apiserver").status().unwrap();
        assert!(status.success(), "{verb}");
    }

    /// The server hangs until this is dropped: before a place is, whose clearing away would wait for it.
    fn hangs(&self) -> Hangs {
        let pid = json(&self.dir)["Pid"].as_u64().unwrap();
        assert!(Command::new("kill").args(["-STOP", &pid.to_string()]).status().unwrap().success());
        Hangs(pid)
    }
}

struct Hangs(u64);

impl Drop for Hangs {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-CONT", &self.0.to_string()]).status();
    }
}

/// However the test ends, the server runs after it.
impl Drop for Own {
    fn drop(&mut self) {
        let _ = Command::new(&self.tool).arg("start").arg(&self.dir).arg("apiserver").status();
    }
}

fn json(dir: &std::path::Path) -> Value {
    let path = dir.join("apiserver.json");
    let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

/// Waits until the server answers somebody else.
fn answers(place: &Place) {
    place.until("the API server answers", |p| {
        let ready = http::Request::get("/readyz").body(Vec::new()).unwrap();
        p.runtime.block_on(p.client.request_text(ready)).is_ok()
    });
}

fn lost(s: &Snapshot) -> bool {
    matches!(s.connection, Connection::Lost { .. })
}

fn live(s: &Snapshot) -> bool {
    s.connection == Connection::Live
        && s.kinds()
            .all(|(k, d)| k == Kind::PodMetrics || !matches!(d, DataState::Stale { .. } | DataState::Failed { .. }))
}

fn all_there(s: &Snapshot) -> bool {
    live(s) && [Kind::Deployment, Kind::Pod, Kind::Event].iter().all(|k| *s.state(*k) == DataState::Live)
}

#[test]
#[ignore = "stops the API server of a cluster of its own"]
fn an_api_server_that_is_away_for_a_minute_leaves_the_data_with_its_age_and_is_back_when_it_is() {
    let own = Own::new();
    let place = own.place("minute");
    place.deployment("web", 2);
    let handle = place.open(place.options());
    place.shows(&handle, "everything", |s| all_there(s) && place.services(s) == ["web"]);
    let wire = handle.wire().unwrap();
    own.run("stop");
    let s = place.shows(&handle, "the loss", lost);
    let Connection::Lost { since, .. } = s.connection else { unreachable!() };
    let before = wire.sent();
    let mut ages = Vec::new();
    for second in 0..60 {
        std::thread::sleep(Duration::from_secs(1));
        let s = handle.snapshot();
        assert_eq!(place.services(&s), ["web"], "after {second} s");
        let Connection::Lost { since: at, why, retry, .. } = &s.connection else {
            panic!("after {second} s: {:?}", s.connection)
        };
        assert_eq!(*at, since, "the age counts from the last answer");
        assert!(!why.is_empty() && retry.is_some());
        assert!(matches!(s.state(Kind::Deployment), DataState::Stale { .. }), "{:?}", s.state(Kind::Deployment));
        ages.push(s.now.as_second() - since.as_second());
    }
    assert!(ages.windows(2).all(|w| w[0] <= w[1]) && ages.last() > ages.first(), "{ages:?}");
    let sent = wire.sent() - before;
    assert!((10..=40).contains(&sent), "{sent} requests in a minute to a server that is away: it is asked every 3 s");
    own.run("start");
    answers(&place);
    let back = Instant::now();
    place.shows(&handle, "the return", all_there);
    println!("back {:?} after the server", back.elapsed());
    place.deployment("late", 1);
    place.shows(&handle, "what happens from now on", |s| place.services(s) == ["late", "web"]);
}

#[test]
#[ignore = "stops the API server of a cluster of its own"]
fn a_watch_that_is_too_old_after_a_restart_lists_again_without_a_blank_and_without_doubles() {
    let own = Own::new();
    let place = own.place("restart");
    place.deployment("web", 1);
    let noted = Noted::new(place.client.clone());
    let handle = {
        let _inside = place.runtime.enter();
        cluster::open(noted.source(), Options::default())
    };
    place.shows(&handle, "everything", |s| all_there(s) && place.services(s) == ["web"]);
    let lists = || noted.lists("/apis/apps/v1/deployments").len();
    assert_eq!(lists(), 1);
    let blanks = {
        let (mut all, namespace) = (handle.snapshots(), place.namespace.clone());
        place.runtime.spawn(async move {
            let mut blanks = 0;
            while all.changed().await.is_ok() {
                let s = all.borrow_and_update().clone();
                blanks += u32::from(s.namespace(&*namespace).is_none_or(|e| e.services.is_empty()));
                if s.namespace(&*namespace).is_some_and(|e| e.services.iter().any(|s| s.object.name == "last")) {
                    break;
                }
            }
            blanks
        })
    };
    // The restarted server's memory begins now: it does not know what came after the version that is watched from.
    own.run("stop");
    place.shows(&handle, "the loss", lost);
    own.run("start");
    answers(&place);
    place.shows(&handle, "the return", all_there);
    place.until("the next list", |_| lists() == 2);
    place.deployment("last", 1);
    let s = place.shows(&handle, "what came meanwhile", |s| place.services(s) == ["last", "web"]);
    let web = s.namespace(&*place.namespace).unwrap().services.iter().filter(|s| s.object.name == "web").count();
    assert_eq!((web, place.runtime.block_on(blanks).unwrap()), (1, 0));
}

#[test]
#[ignore = "stops the API server of a cluster of its own"]
fn a_list_whose_next_page_is_too_old_after_compaction_begins_again_and_is_whole() {
    let own = Own::new();
    let flags = json(&own.dir)["Argv"].to_string();
    assert!(
        flags.contains("--etcd-compaction-interval=5s"),
        "this test needs a cluster started with KENNEL_APISERVER_FLAGS=--etcd-compaction-interval=5s: {flags}"
    );
    let place = own.place("pages");
    let api = place.api("v1", "Service");
    place.runtime.block_on(async {
        let service = |n: u32| {
            let object = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": format!("s{n:03}")},
                "spec": {"clusterIP": "None", "ports": [{"port": 80}]}});
            serde_json::from_value::<DynamicObject>(object).unwrap()
        };
        for some in (0..520).collect::<Vec<_>>().chunks(20) {
            let made = some.iter().map(|n| {
                let (api, object) = (api.clone(), service(*n));
                async move { api.create(&PostParams::default(), &object).await.unwrap() }
            });
            futures::future::join_all(made).await;
        }
    });
    // The second page is asked for when what the first was of has been compacted away: the API server's cache
    // forgets it within a minute.
    let hold = Duration::from_secs(75);
    let noted = Noted::new(place.client.clone()).holding("/api/v1/services?limit=500&continue=", hold);
    let handle = {
        let _inside = place.runtime.enter();
        cluster::open(noted.source(), Options { timeout: hold * 2, ..Options::default() })
    };
    std::thread::sleep(hold);
    place.shows(&handle, "the whole list", |s| *s.state(Kind::Service) == DataState::Live);
    let pages = noted.statuses(|p| p.starts_with("GET /api/v1/services?limit=500"));
    assert_eq!(pages, [200, 410, 200, 200], "a page, one that is too old, and all from the start");
}

#[test]
#[ignore = "stops the API server of a cluster of its own"]
fn an_api_server_that_hangs_is_noticed_and_gone_on_with_when_it_wakes() {
    let own = Own::new();
    let place = own.place("hangs");
    place.deployment("web", 1);
    let handle = place.open(place.options());
    place.shows(&handle, "everything", |s| all_there(s) && place.services(s) == ["web"]);
    let hangs = own.hangs();
    let s = place.shows(&handle, "the loss", lost);
    let Connection::Lost { since, .. } = s.connection else { unreachable!() };
    let age = s.now.as_second() - since.as_second();
    assert!((4..=15).contains(&age), "it is said when the data is {age} s old");
    assert_eq!(place.services(&s), ["web"]);
    drop(hangs);
    place.shows(&handle, "the return", all_there);
    place.deployment("late", 1);
    place.shows(&handle, "what happens from now on", |s| place.services(s) == ["late", "web"]);
}
