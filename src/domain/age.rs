//! Ages as Kubernetes people read them: `now`, `12s`, `4m`, `3h`, `2d`, `91d`.

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::Time;

/// Ages under so many seconds are told in seconds.
pub const IN_SECONDS: i64 = 120;

/// The age of `then` at `now`. Under 2 s it is `now`, and so is anything in the future (clocks differ).
pub fn age(then: Time, now: Time) -> String {
    seconds(now.as_second() - then.as_second())
}

/// `4m ago`, `just now`.
pub fn ago(then: Time, now: Time) -> String {
    match age(then, now).as_str() {
        "now" => "just now".to_owned(),
        a => format!("{a} ago"),
    }
}

/// A span of seconds in the largest unit that gives a whole number of it.
pub fn seconds(s: i64) -> String {
    match s {
        ..2 => "now".to_owned(),
        2..IN_SECONDS => format!("{s}s"),
        IN_SECONDS..7200 => format!("{}m", s / 60),
        7200..172_800 => format!("{}h", s / 3600),
        _ => format!("{}d", s / 86_400),
    }
}

/// The span that a word says: `90s`, `1h30m`, `500ms`, `2d` of 24 hours.
/// <https://docs.rs/jiff/latest/jiff/fmt/friendly/index.html>
pub fn span(word: &str) -> Option<SignedDuration> {
    let span: Span = word.parse().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_with_its_units_and_without_them_it_is_none() {
        let read = |word| span(word).map(|s| s.as_millis());
        assert_eq!(
            ["90s", "1h30m", "500ms", "2d", "-26h"].map(read),
            [90_000, 5_400_000, 500, 172_800_000, -93_600_000].map(Some)
        );
        assert_eq!(["", "5", "s", "10x", "10m5", "99999999999999999999h"].map(read), [None; 6]);
    }

    #[test]
    fn ages_take_the_largest_unit_and_are_never_negative() {
        let words: Vec<_> =
            [-5, 0, 1, 2, 119, 120, 7199, 7200, 172_799, 172_800, 91 * 86_400].iter().map(|s| seconds(*s)).collect();
        assert_eq!(words, ["now", "now", "now", "2s", "119s", "2m", "119m", "2h", "47h", "2d", "91d"]);
    }
}
