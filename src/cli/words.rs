//! Words of the command line that are more than text: durations, sizes, scales, times.

use std::time::Duration;

use crate::domain::issue::{Category, Severity};
use crate::domain::{Time, age};

/// `90s`, `10m`, `1h30m`, or plain seconds: `90`.
pub(crate) fn duration(word: &str) -> Result<Duration, String> {
    if let Ok(seconds) = word.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let span = age::span(word).and_then(|span| Duration::try_from(span).ok());
    span.ok_or_else(|| format!("`{word}` is no duration: write 90s, 10m, 1h30m or 500ms"))
}

/// `high`: a severity of the contract.
pub(crate) fn severity(word: &str) -> Result<Severity, String> {
    read(word).ok_or_else(|| format!("`{word}` is no severity: there are critical, high, medium, warning, low, info"))
}

/// `network`: a category of the contract.
pub(crate) fn category(word: &str) -> Result<Category, String> {
    let all = "performance, memory, network, storage, security, reliability, deployment, resource, configuration";
    read(word).ok_or_else(|| format!("`{word}` is no category: there are {all}"))
}

fn read<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(word.to_lowercase().into()).ok()
}

/// `160x48`: columns and rows, each 1 to 1000.
pub(crate) fn size(word: &str) -> Result<(u16, u16), String> {
    let (w, h) = pair(word).ok_or_else(|| format!("`{word}` is no size: write 120x40"))?;
    let fits = |n: u32| u16::try_from(n).ok().filter(|n| (1..=1000).contains(n));
    match (fits(w), fits(h)) {
        (Some(w), Some(h)) => Ok((w, h)),
        _ => Err(format!("`{word}`: columns and rows are 1 to 1000 each")),
    }
}

/// `1000x20000`: environments and pods.
pub(crate) fn scale(word: &str) -> Result<(u32, u32), String> {
    pair(word).ok_or_else(|| format!("`{word}` is no scale: write 100x2000 for 100 environments with 2000 pods"))
}

fn pair(word: &str) -> Option<(u32, u32)> {
    let (a, b) = word.split_once(['x', 'X', '×'])?;
    Some((a.parse().ok()?, b.parse().ok()?))
}

/// An RFC 3339 time.
pub(crate) fn time(word: &str) -> Result<Time, String> {
    word.parse().map_err(|_| format!("`{word}` is no RFC 3339 time: write 2026-01-31T12:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_units_and_plain_seconds_and_nothing_else() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for bad in ["", "s", "10x", "-1s", "10m5", "99999999999999999999h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes_are_columns_by_rows_within_reason() {
        assert_eq!(size("160x48"), Ok((160, 48)));
        assert_eq!(size("1x1"), Ok((1, 1)));
        for bad in ["160", "0x10", "10x0", "70000x1", "x", "axb"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }
}
