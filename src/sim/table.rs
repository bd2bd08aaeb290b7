//! Objects as rows of a Table (`as=Table;v=v1;g=meta.k8s.io`): what `kubectl get` prints.
//!
//! Which columns a kind has is data (`assets/api/columns.txt`); to add a kind, add its lines. What a cell does with
//! what its line tells it is a row of [`cells::CELLS`].

mod cells;
mod pod;

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::event_view;
use super::json::Json;
use super::object::Object;
use super::resource::Resource;
use cells::{CELLS, Cell};

/// A column, as its line says it.
struct Column {
    title: &'static str,
    kind: &'static str,
    /// Only with `-o wide`.
    wide: bool,
    cell: Cell,
    /// What the cell is told.
    told: &'static str,
}

impl Column {
    fn read(line: &'static str) -> Option<Self> {
        let (title, cell) = line.trim().split_once(": ")?;
        let kind = match title.chars().last() {
            Some('#') => "integer",
            Some('?') => "boolean",
            Some('@') => "date",
            _ => "string",
        };
        let (name, told) = cell.split_once(' ').unwrap_or((cell, ""));
        let (_, cell) = CELLS.iter().find(|(cell, _)| *cell == name)?;
        let wide = title.ends_with('+');
        Some(Self { title: title.trim_end_matches(['+', '#', '?', '@']), kind, wide, cell: *cell, told })
    }
}

static COLUMNS: LazyLock<HashMap<&str, Vec<Column>>> = LazyLock::new(|| {
    let mut all: HashMap<&str, Vec<Column>> = HashMap::new();
    let mut kinds = "";
    for line in include_str!("../../assets/api/columns.txt").lines().filter(|l| !l.starts_with('#')) {
        match line.starts_with(' ') {
            true => kinds.split(' ').for_each(|kind| all.entry(kind).or_default().extend(Column::read(line))),
            false => kinds = line,
        }
    }
    all
});

fn of(resource: &Resource) -> &'static [Column] {
    let own = COLUMNS.get(resource.kind).filter(|_| !resource.is_custom());
    own.or_else(|| COLUMNS.get(if resource.is_custom() { "custom" } else { "other" })).map_or(&[], Vec::as_slice)
}

/// `columnDefinitions` of a kind.
pub(crate) fn columns(resource: &Resource) -> Value {
    let all = of(resource).iter().enumerate();
    all.map(|(at, Column { title, kind, wide, .. })| {
        let format = if *title == "Name" && (at == 0 || *wide) { "name" } else { "" };
        json!({
            "name": title, "type": kind, "format": format, "description": format!("{title} of the {}", resource.kind),
            "priority": i32::from(*wide),
        })
    })
    .collect()
}

/// What a row shows of its object beside the cells (`includeObject`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Include {
    /// Nothing.
    None,
    /// Its metadata.
    Metadata,
    /// All of it.
    Object,
}

/// One row of a Table.
pub(crate) fn row(resource: &'static Resource, object: &Object, include: Include, now: Timestamp) -> Value {
    let stored = object.value();
    // Events are printed in the core group's form whoever asks.
    let core = (resource.kind == "Event").then(|| event_view::core(Value::clone(&stored)));
    let printed = core.as_ref().unwrap_or(&stored);
    let cells: Vec<_> = of(resource).iter().map(|c| (c.cell)(printed, c.told, now)).collect();
    let shown = match include {
        Include::None => Value::Null,
        Include::Metadata => json!({
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": stored.at("metadata"),
        }),
        Include::Object if std::ptr::eq(resource, object.resource) => Value::clone(&stored),
        Include::Object => printed.clone(),
    };
    json!({"cells": cells, "object": shown})
}

/// The text, or what stands for none.
fn or(text: &str, default: &str) -> Value {
    if text.is_empty() { default.into() } else { text.into() }
}

/// A date cell's text, as `duration.HumanDuration` words it.
fn since(time: Option<Timestamp>, now: Timestamp) -> String {
    time.map_or_else(|| "<unknown>".to_owned(), |t| duration(now.as_second() - t.as_second()))
}

/// `apimachinery/pkg/util/duration.HumanDuration`.
fn duration(seconds: i64) -> String {
    let two = |big: i64, unit: char, rest: i64, small: char| {
        if rest == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{rest}{small}") }
    };
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 192 => two(days, 'd', hours % 24, 'h'),
        _ if days < 730 => format!("{days}d"),
        _ if days < 8 * 365 => two(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_of_columns_is_read() {
        let lines = include_str!("../../assets/api/columns.txt").lines().filter(|l| l.starts_with(' '));
        lines.for_each(|line| assert!(Column::read(line).is_some(), "{line}"));
    }

    #[test]
    fn durations_read_as_kubectl_shows_them() {
        for (seconds, text) in [
            (-5, "<invalid>"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (267, "4m27s"),
            (3 * 3600, "3h"),
            (620, "10m"),
            (3 * 3600 + 61, "3h1m"),
            (47 * 3600, "47h"),
            (50 * 3600, "2d2h"),
            (192 * 3600, "8d"),
            (729 * 86_400, "729d"),
            (731 * 86_400, "2y1d"),
            (9 * 365 * 86_400, "9y"),
        ] {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }
}
