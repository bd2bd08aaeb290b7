//! Jobs and CronJobs.

use serde::Deserialize;

use super::field::{List, Stamp, Str, count, maybe, some, text};
use super::meta::{RawCondition, RawMeta, conditions, meta};
use super::workload::{RawTemplate, template};
use super::{Made, Object};
use crate::domain::interner::Interner;
use crate::domain::row::{AnyRow, CronJobRow, JobRow};

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawJob<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    #[serde(borrow)]
    spec: JobSpec<'a>,
    #[serde(borrow)]
    status: Option<JobStatus<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct JobSpec<'a> {
    suspend: Option<bool>,
    completions: Option<i64>,
    #[serde(borrow)]
    template: Option<RawTemplate<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct JobStatus<'a> {
    active: Option<i64>,
    ready: Option<i64>,
    succeeded: Option<i64>,
    failed: Option<i64>,
    start_time: Stamp,
    completion_time: Stamp,
    #[serde(borrow)]
    conditions: List<RawCondition<'a>>,
}

pub(super) fn job(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: RawJob<'_> = object.read()?;
    let status = raw.status.unwrap_or_default();
    Ok(Some(AnyRow::Job(Box::new(JobRow {
        meta: meta(&raw.metadata, i),
        suspended: raw.spec.suspend.unwrap_or_default(),
        completions: maybe(raw.spec.completions),
        active: count(status.active),
        ready: count(status.ready),
        succeeded: count(status.succeeded),
        failed: count(status.failed),
        started: status.start_time.0,
        completed: status.completion_time.0,
        conditions: conditions(status.conditions, i),
        images: template(raw.spec.template, i).images,
    }))))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawCron<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    #[serde(borrow)]
    spec: CronSpec<'a>,
    status: Option<CronStatus>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct CronSpec<'a> {
    #[serde(borrow)]
    schedule: Option<Str<'a>>,
    #[serde(borrow)]
    time_zone: Option<Str<'a>>,
    suspend: Option<bool>,
    starting_deadline_seconds: Option<i64>,
    #[serde(borrow)]
    job_template: JobTemplate<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct JobTemplate<'a> {
    #[serde(borrow)]
    spec: JobSpec<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct CronStatus {
    active: List<serde::de::IgnoredAny>,
    last_schedule_time: Stamp,
    last_successful_time: Stamp,
}

pub(super) fn cron_job(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: RawCron<'_> = object.read()?;
    let status = raw.status.unwrap_or_default();
    Ok(Some(AnyRow::CronJob(Box::new(CronJobRow {
        meta: meta(&raw.metadata, i),
        schedule: text(raw.spec.schedule.as_ref(), i),
        time_zone: some(raw.spec.time_zone.as_ref(), i),
        suspended: raw.spec.suspend.unwrap_or_default(),
        starting_deadline: maybe(raw.spec.starting_deadline_seconds).map(u64::from),
        active: u32::try_from(status.active.map_or(0, |a| a.len())).unwrap_or(u32::MAX),
        last_schedule: status.last_schedule_time.0,
        last_success: status.last_successful_time.0,
        images: template(raw.spec.job_template.spec.template, i).images,
    }))))
}
