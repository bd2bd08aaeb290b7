//! Jobs, CronJobs, and pods that ended: rules 2, 3, 5a, 8 and 9 of health/status-rules.md.

use super::*;

#[test]
fn rule_9_a_pod_that_has_run_to_its_end_is_a_task_and_healthy() {
    let done = PodRow { owner: None, phase: PodPhase::Succeeded, ready: false, ..pod("once", "a", "1") };
    let e = Scene::new().with(done.clone()).environment(0);
    assert_eq!((e.services.len(), e.tasks[0].status.word()), (0, "Healthy"));
    let e = Scene::new().with(PodRow { phase: PodPhase::Failed, ..done }).environment(0);
    assert_eq!((e.tasks[0].status.word(), e.tasks[0].failed), ("Degraded", true));
}

#[test]
fn jobs_and_cron_jobs_are_tasks_judged_by_the_status_of_their_conditions() {
    let job = |conditions| JobRow { meta: meta("job"), conditions, ..JobRow::default() };
    let of = |job: JobRow| {
        let e = Scene::new().with(job).environment(0);
        assert!(e.services.is_empty());
        let task = &e.tasks[0];
        format!("{} · {}", task.status.word(), task.reason.as_deref().unwrap_or_default())
    };
    let failed = |status| job(Box::new([condition("Failed", status, "BackoffLimitExceeded", -7200)]));
    assert_eq!(of(JobRow { failed: 3, ..failed(true) }), "Degraded · failed after 3 tries, 2h ago");
    assert_eq!(of(JobRow { active: 1, ready: 1, ..failed(false) }), "Running · ");
    assert_eq!(of(JobRow { active: 1, ..job(Box::default()) }), "Starting · ");
    let done = JobRow { completed: Some(at(-172_800)), ..job(Box::new([condition("Complete", true, "", -60)])) };
    assert_eq!(of(done), "Healthy · done 2d ago");
    let suspended = |conditions| JobRow { suspended: true, ..job(conditions) };
    let taken_up = || Box::new([condition("Suspended", true, "JobSuspended", -60)]);
    assert_eq!(of(suspended(taken_up())), "Stopped · suspended");
    assert_eq!(of(JobRow { active: 2, ..suspended(taken_up()) }), "Stopping · 2 pods left");
    assert_eq!(of(suspended(Box::default())), "Stopping · is being suspended");
    // Resumed: the condition is still there, with status False.
    let resumed = job(Box::new([condition("Suspended", false, "", -60)]));
    assert_eq!(of(JobRow { active: 1, ready: 1, ..resumed }), "Running · ");

    let cron = || CronJobRow { meta: meta("nightly"), schedule: "0 3 * * *".into(), ..CronJobRow::default() };
    let run =
        |name: &str, c| JobRow { meta: Meta { owner: Some(owner("CronJob", "nightly")), ..meta(name) }, ..job(c) };
    let mut s = Scene::new().with(cron()).with(run("nightly-1", Box::new([condition("Failed", true, "", -7200)])));
    let e = s.environment(0);
    assert_eq!(e.tasks.len(), 1, "a CronJob's Jobs are its runs");
    assert_eq!(e.tasks[0].status.word(), "Degraded");
    assert!(e.tasks[0].failed);
    s.put(CronJobRow { suspended: true, ..cron() });
    assert_eq!(s.environment(0).tasks[0].status.word(), "Stopped");
    s.put(CronJobRow { active: 1, ..cron() });
    assert_eq!(s.environment(0).tasks[0].status.word(), "Running");
}

#[test]
fn a_job_runs_as_soon_as_a_pod_of_it_is_ready_even_where_the_job_can_not_be_read() {
    let of = |p: PodRow| PodRow { owner: Some(owner("Job", "import").into()), ..p };
    let job = || JobRow { meta: meta("import"), active: 1, ..JobRow::default() };
    for mut s in [Scene::new().with(job()), Scene::new()] {
        let word = |s: &mut Scene| s.environment(0).tasks[0].status.word();
        s.put(of(unready("import", "x", "1", -5)));
        assert_eq!(word(&mut s), "Starting");
        s.put(of(pod("import", "x", "1")));
        assert_eq!(word(&mut s), "Running");
    }
    let over = Box::new([condition("Suspended", false, "JobResumed", -60)]);
    let again = JobRow { suspended: true, conditions: over, active: 0, ..job() };
    assert_eq!(Scene::new().with(again).environment(0).tasks[0].reason.as_deref(), Some("is being suspended"));
}

#[test]
fn a_failed_task_is_an_error_and_an_issue_beside_healthy_services_as_alone() {
    let failed = || {
        let conditions = Box::new([condition("Failed", true, "BackoffLimitExceeded", -7200)]);
        JobRow { meta: meta("backup"), failed: 3, conditions, ..JobRow::default() }
    };
    let mut alone = Scene::new().with(failed());
    assert_eq!(alone.phase(0), "Error · backup failed after 3 tries");
    let mut beside = Scene::new().with(failed()).with(deployment("web", 1, 1)).with(pod("web", "a", "1"));
    assert_eq!(beside.phase(0), "Error · backup failed after 3 tries, all 1 serve");
    for s in [&mut alone, &mut beside] {
        assert_eq!(crate::domain::phase::rank(&s.environment(0)), 1, "below what fails now");
    }
    // A service that fails now says more.
    beside.put(deployment("web", 1, 0));
    beside.put(crashing("web", "a", "1", -60));
    assert_eq!(beside.phase(0), "Error · web crash-loops");
    // Nobody waits for what is suspended.
    alone.put(JobRow { suspended: true, ..failed() });
    assert_eq!(alone.phase(0), "Active · 1 task");
}

#[test]
fn a_run_whose_pod_finds_no_node_says_so_and_runs_not() {
    let cron = CronJobRow { meta: meta("nightly"), active: 1, ..CronJobRow::default() };
    let of = Meta { owner: Some(owner("CronJob", "nightly")), ..meta("nightly-1") };
    let mut s = Scene::new().with(cron).with(JobRow { meta: of, active: 1, ..JobRow::default() });
    let status = |s: &mut Scene, now| {
        let task = s.environment(now).tasks[0].clone();
        format!("{} · {}", task.status.word(), task.reason.as_deref().unwrap_or_default())
    };
    let message = Some("0/1 nodes are available: 1 Insufficient cpu.".into());
    let waits =
        PodRow { node: None, unschedulable: Some(at(-20)), unschedulable_message: message, ..pod("x", "a", "1") };
    let waits = PodRow { ready: false, owner: Some(owner("Job", "nightly-1").into()), ..waits };
    s.put(waits.clone());
    assert_eq!(status(&mut s, 0), "Starting · no node has the cpu");
    assert_eq!(status(&mut s, 300), "Degraded · no node has the cpu");
    assert_eq!(s.phase(300), "Error · nightly no node has the cpu");
    s.put(PodRow { ready: true, unschedulable: None, node: Some("node-1".into()), ..waits });
    assert_eq!(status(&mut s, 300), "Running · runs now");
}
