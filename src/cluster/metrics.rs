//! CPU and memory of the pods on screen, asked for now and then: metrics.k8s.io has no watch.

use std::time::Duration;

use super::convert;
use super::feed::{Context, moved};
use super::split::{Piece, Splitter};
use super::wire::{Form, WireError};
use crate::domain::data::DataState;
use crate::domain::interner::Interner;
use crate::domain::model::Change;
use crate::domain::{Kind, Text};

/// The metrics server looks every 15 s itself.
const EVERY: Duration = Duration::from_secs(15);

/// How often it is asked again where it is not there or not allowed.
const AGAIN: Duration = Duration::from_secs(45);

/// Asks for ever, for the namespace on screen.
pub(crate) async fn poll(mut context: Context) {
    let mut shown: Option<Text> = None;
    loop {
        context.up().await;
        let look = context.on_screen();
        let mut pause = AGAIN;
        if let Some(old) = shown.take_if(|old| Some(&*old) != look.as_ref()) {
            // Figures that are not kept up are not kept.
            context.feed.send(around(&old, Vec::new())).await;
        }
        if let Some(namespace) = look.clone() {
            let state = match usage(&context, &namespace).await {
                Ok(rows) => {
                    context.feed.send(around(&namespace, rows)).await;
                    shown = Some(namespace.clone());
                    pause = EVERY;
                    DataState::Live
                }
                Err(e) if e.code() == Some(403) => DataState::Forbidden { why: e.to_string().into() },
                // Without a metrics server the group is not there; with a broken one it answers 503.
                Err(e) if matches!(e.code(), Some(404 | 503)) => DataState::Absent,
                Err(e) => DataState::Failed { why: e.to_string().into(), retry: context.after(AGAIN) },
            };
            let of = Change::Shown(Kind::PodMetrics.into(), Some(namespace));
            context.feed.send(vec![of, Change::data(Kind::PodMetrics, state)]).await;
            let mut rest = context.clone();
            tokio::select! {
                () = rest.pause(pause) => {}
                lives = moved(&mut context.demand, look.as_ref()) => if !lives { return },
            }
        } else if !moved(&mut context.demand, None).await {
            return;
        }
    }
}

fn around(namespace: &Text, rows: Vec<Change>) -> Vec<Change> {
    let of = || (Kind::PodMetrics.into(), Some(namespace.clone()));
    let ((of, namespace), (end, ended)) = (of(), of());
    let begin = Change::Begin { of, namespace };
    std::iter::once(begin).chain(rows).chain([Change::End { of: end, namespace: ended }]).collect()
}

async fn usage(context: &Context, namespace: &Text) -> Result<Vec<Change>, WireError> {
    let json = context.wire.get(&Kind::PodMetrics.path(Some(namespace))).await?;
    let broken = || WireError::Garbage("the metrics API gave no list".into());
    let mut splitter = Splitter::new(Form::Json);
    splitter.push(&json);
    let mut rows = Vec::new();
    let mut interner = Interner::default();
    while let Some(piece) = splitter.next().map_err(|_| broken())? {
        if let Piece::Item(item) = piece {
            let row = std::str::from_utf8(item).ok();
            let row = row.and_then(|r| convert::row(&Kind::PodMetrics.into(), r, &mut interner).ok());
            rows.extend(row.map(Change::Put));
        }
    }
    splitter.finish().map_err(|_| broken())?;
    Ok(rows)
}
