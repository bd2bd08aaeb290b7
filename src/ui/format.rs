//! Numbers and times as words. What is unknown is `–`, never 0.

use std::cell::Cell;

use crate::domain::{Time, age};

thread_local! {
    /// Whether an age in seconds was written since [`ticking`] began.
    static SECONDS: Cell<bool> = const { Cell::new(false) };
}

/// Draws, and says whether that wrote an age in seconds: only then a second changes the picture. The ages say it
/// themselves: they are written in so many places that an argument would be forgotten in one.
pub(crate) fn ticking<T>(draw: impl FnOnce() -> T) -> (T, bool) {
    SECONDS.set(false);
    let drawn = draw();
    (drawn, SECONDS.get())
}

/// An age between `then` and `now` is written.
pub(crate) fn written(then: Time, now: Time) {
    if (now.as_second() - then.as_second()).abs() < age::IN_SECONDS {
        SECONDS.set(true);
    }
}

/// What stands for an unknown number.
pub(crate) const UNKNOWN: &str = "–";

/// A count; from 10,000 on with separators, as in `12,500`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    if n < 10_000 {
        return digits;
    }
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, d) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

/// `1 service`, `12,500 pods`.
pub(crate) fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(n as u64), if n == 1 { one } else { many })
}

/// CPU: `120m`, from one core on `1.5`; a hundred cores and more without a fraction.
pub(crate) fn cpu(milli: u64) -> String {
    match milli {
        0..1000 => format!("{milli}m"),
        1000..100_000 => {
            let tenths = (milli + 50) / 100;
            if tenths.is_multiple_of(10) {
                (tenths / 10).to_string()
            } else {
                format!("{}.{}", tenths / 10, tenths % 10)
            }
        }
        _ => count((milli + 500) / 1000),
    }
}

/// CPU beside an amount of it, in one unit: `276m of 400m`, `0.28 of 4`.
pub(crate) fn cpu_of(used: u64, all: u64) -> String {
    let used = match (used, all) {
        (1..1000, 1000..) => format!("{}.{:02}", used / 1000, used % 1000 / 10),
        _ => cpu(used),
    };
    format!("{used} of {}", cpu(all))
}

/// Memory beside an amount of it, in one unit: `420 of 512 MiB`, `0.6 of 1.0 GiB`.
pub(crate) fn memory_of(used: u64, all: u64) -> String {
    let (unit, all) = (unit(all), memory(all));
    let size = used as f64 / 1024_f64.powi(i32::try_from(unit).unwrap_or(0));
    let used = if unit >= GIB && size < 10.0 { format!("{size:.1}") } else { format!("{size:.0}") };
    format!("{used} of {all}")
}

const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// From this unit on a number below ten has a fraction.
const GIB: usize = 3;

/// The unit that an amount of memory is said in. Kubernetes people think in MiB; bytes and KiB only where there is not
/// one MiB.
fn unit(bytes: u64) -> usize {
    let mut unit = 0;
    let mut size = bytes as f64;
    // 1023.7 MiB would print as 1024 MiB.
    while size.round() >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    unit
}

/// Memory: `210 MiB`, `1.1 GiB`.
pub(crate) fn memory(bytes: u64) -> String {
    let unit = unit(bytes);
    let size = bytes as f64 / 1024_f64.powi(i32::try_from(unit).unwrap_or(0));
    let name = UNITS.get(unit).unwrap_or(&"B");
    if unit >= GIB && size < 10.0 { format!("{size:.1} {name}") } else { format!("{size:.0} {name}") }
}

/// Age of `then`, or `–` where it is not known.
pub(crate) fn age(then: Option<Time>, now: Time) -> String {
    then.map_or_else(
        || UNKNOWN.to_owned(),
        |t| {
            written(t, now);
            age::age(t, now)
        },
    )
}

/// `4m ago`, `just now`; `–` where it is not known.
pub(crate) fn ago(then: Option<Time>, now: Time) -> String {
    then.map_or_else(
        || UNKNOWN.to_owned(),
        |t| {
            written(t, now);
            age::ago(t, now)
        },
    )
}

/// `in 12s`, `in 15h`; `now` when it is due.
pub(crate) fn until(then: Time, now: Time) -> String {
    written(then, now);
    match age::seconds(then.as_second() - now.as_second()).as_str() {
        "now" => "now".to_owned(),
        a => format!("in {a}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_get_separators_past_9_999() {
        assert_eq!([0, 999, 9_999, 10_000, 1_234_567].map(count), ["0", "999", "9999", "10,000", "1,234,567"]);
        assert_eq!([0, 1, 2].map(|n| plural(n, "pod", "pods")), ["0 pods", "1 pod", "2 pods"]);
    }

    #[test]
    fn cpu_and_memory_read_as_people_say_them() {
        assert_eq!([0, 120, 999, 1000, 1500, 9990, 250_400].map(cpu), ["0m", "120m", "999m", "1", "1.5", "10", "250"]);
        let mib = 1 << 20;
        assert_eq!(
            [0, 512, 4096, 210 * mib, 1024 * mib - 1, 1126 * mib, 20_480 * mib].map(memory),
            ["0 B", "512 B", "4 KiB", "210 MiB", "1.0 GiB", "1.1 GiB", "20 GiB"]
        );
    }

    #[test]
    fn use_stands_beside_what_is_asked_for_in_one_unit() {
        let (mib, gib) = (1 << 20, 1 << 30);
        assert_eq!([cpu_of(276, 400), cpu_of(276, 4000), cpu_of(0, 4000)], ["276m of 400m", "0.27 of 4", "0m of 4"]);
        assert_eq!(memory_of(420 * mib, 512 * mib), "420 of 512 MiB");
        assert_eq!(memory_of(600 * mib, gib), "0.6 of 1.0 GiB");
        assert_eq!(memory_of(3 * gib, 512 * mib), "3072 of 512 MiB");
    }

    #[test]
    fn only_an_age_in_seconds_makes_the_clock_tick() {
        let at = |s| Time::from_second(s).unwrap();
        let ticks = |of: &dyn Fn() -> String| ticking(of).1;
        assert!(ticks(&|| age(Some(at(0)), at(12))) && ticks(&|| age(Some(at(0)), at(119))));
        assert!(ticks(&|| until(at(20), at(8))) && ticks(&|| ago(Some(at(9)), at(9))), "now is 2s in two seconds");
        assert!(!ticks(&|| age(Some(at(0)), at(120))) && !ticks(&|| age(None, at(5))) && !ticks(&|| "12s".to_owned()));
    }

    #[test]
    fn an_unknown_time_is_a_dash() {
        let at = |s| Time::from_second(s).unwrap();
        assert_eq!(age(None, at(9)), "–");
        assert_eq!(ago(Some(at(0)), at(300)), "5m ago");
        assert_eq!(ago(Some(at(9)), at(9)), "just now");
        assert_eq!((until(at(20), at(8)), until(at(2), at(8))), ("in 12s".to_owned(), "now".to_owned()));
    }
}
