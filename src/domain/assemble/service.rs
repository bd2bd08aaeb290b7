//! One service, put together from its workload and its pods.

use std::sync::Arc;

use super::{Made, World};
use crate::domain::Text;
use crate::domain::model::holder::{Holder, HolderKind};
use crate::domain::model::space::Space;
use crate::domain::service::Service;
use crate::domain::status::Status;

/// The service of `holder`; `None` where there is none any more.
pub(crate) fn service(space: &Space, namespace: &Text, holder: &Holder, _world: &World<'_>) -> Option<Made> {
    let HolderKind::Workload(kind) = &holder.kind else { return None };
    let workload = space.workloads.get(&(*kind, holder.name.clone()))?;
    let (wanted, available) = (workload.desired, workload.counts.available);
    let status = match (wanted, available) {
        (0, _) => Status::Stopped,
        (_, 0) => Status::Starting,
        (w, a) if a < w => Status::Running,
        _ => Status::Healthy,
    };
    let service = Service {
        object: holder.object(namespace),
        uid: workload.meta.uid.clone(),
        status,
        provisional: true,
        reason: None,
        secondary: None,
        idle: false,
        counted: true,
        available: wanted > 0 && available >= wanted,
        memory: None,
        ready: workload.counts.ready,
        desired: wanted,
        running: workload.counts.replicas,
        terminating: 0,
        restarts: 0,
        images: workload.template.images.clone(),
        addresses: Box::default(),
        urls: Box::default(),
        deployed_by: None,
        deployed_at: workload.meta.changed.as_ref().and_then(|c| c.at),
        repository: None,
        managed_by: None,
        spot: false,
        datasource: false,
        created: workload.meta.created,
        usage: None,
        workload: Some(workload.clone()),
        pods: Box::default(),
    };
    Some(Made { service: Arc::new(service), deadline: None, behind: Box::default() })
}
