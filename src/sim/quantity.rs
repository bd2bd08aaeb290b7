//! Quantities as the API server writes them: `0.1` is `100m`, `1024Mi` is `1Gi`.
//!
//! After `apimachinery/pkg/api/resource/quantity.go`: a number is kept in the family of suffixes it came in
//! (binary, decimal, exponent), with as few digits as that family allows and no fraction.
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>

use serde_json::Value;

use crate::domain::quantity;

/// Nothing is smaller than a billionth: what is, is rounded away from zero.
const NANO: i128 = 1_000_000_000;
/// The most that a binary quantity is.
const MOST: i128 = i64::MAX as i128 * NANO;
/// Suffixes of powers of a thousand, from a billionth on.
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
/// Suffixes of powers of 1024.
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/// More digits than this are not read at once, and so written anew (`maxInt64Factors`).
const MOST_DIGITS: usize = 18;

const WRONG_FORMAT: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX: &str = "unable to parse quantity's suffix";
const WRONG_NUMBER: &str = "unable to parse numeric part of quantity";

/// A family of suffixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Decimal,
    Exponent,
    Binary,
}

/// A suffix: its family and the power of ten or two.
fn suffix(text: &str) -> Option<(Family, i32)> {
    let place = |all: &[&str]| all.iter().position(|s| *s == text).and_then(|at| i32::try_from(at).ok());
    if let Some(at) = place(&DECIMAL) {
        return Some((Family::Decimal, at * 3 - 9));
    }
    if let Some(at) = place(&BINARY) {
        return Some((Family::Binary, at * 10));
    }
    text.strip_prefix(['e', 'E'])?.parse().ok().map(|power| (Family::Exponent, power))
}

/// The quantity that `text` says, in the form in which the API server shows it.
///
/// # Errors
/// The server's words where it is no quantity.
pub(crate) fn canonical(text: &str) -> Result<String, &'static str> {
    read(text, 1)
}

/// The same in a list of resources, where nothing is smaller than a thousandth (`SetDefaults_ResourceList`).
///
/// # Errors
/// The server's words where it is no quantity.
pub(crate) fn of_resource(text: &str) -> Result<String, &'static str> {
    read(text, NANO / 1000)
}

/// Canonical, in steps of so many billionths.
fn read(text: &str, step: i128) -> Result<String, &'static str> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = rest.split_at(end(rest));
    let (fraction, unit) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(end(rest)),
        None => ("", rest),
    };
    let power = unit.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
    let power = power.strip_prefix(['+', '-']).unwrap_or(power);
    if text.is_empty() || power.contains(|c: char| !c.is_ascii_digit()) {
        return Err(WRONG_FORMAT);
    }
    let (family, power) = suffix(unit).ok_or(WRONG_SUFFIX)?;
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        some => some,
    };
    let digits = format!("{whole}{fraction}");
    let number: i128 = digits.parse().map_err(|_| WRONG_NUMBER)?;
    // Beyond what fits, the text stays: the real server has numbers of any size.
    let Some(nano) = nano(number, family, power, fraction.len()) else { return Ok(text.to_owned()) };
    if nano % step == 0 && is_canonical(family, power, whole, fraction, &digits) {
        return Ok(text.to_owned());
    }
    let nano = if nano % step == 0 { nano } else { nano - nano % step + step };
    let nano = if family == Family::Binary { nano.min(MOST) } else { nano };
    Ok(written(if negative { -nano } else { nano }, family))
}

/// Whether the server takes the text for canonical as it is, and keeps it (even with a sign or zeros before it).
fn is_canonical(family: Family, power: i32, whole: &str, fraction: &str, digits: &str) -> bool {
    match family {
        Family::Binary => {
            let short = whole.len() + usize::try_from(power * 3 / 10).unwrap_or(0) <= 14;
            let odd = digits.parse::<u64>().is_ok_and(|n| n % 8 != 0);
            fraction.is_empty() && short && odd
        }
        Family::Decimal | Family::Exponent => {
            let scale = power - i32::try_from(fraction.len()).unwrap_or(i32::MAX);
            let short = digits.len() <= MOST_DIGITS && scale >= -9;
            short && scale % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0')
        }
    }
}

/// Billionths of a number with so many digits behind its point; `None` where they are too many.
fn nano(number: i128, family: Family, power: i32, behind: usize) -> Option<i128> {
    let behind = 10i128.checked_pow(u32::try_from(behind).ok()?)?;
    let scaled = number.checked_mul(NANO)?;
    let (times, through) = match family {
        Family::Binary => (2i128.checked_pow(power.unsigned_abs())?, 1),
        _ if power < 0 => (1, 10i128.checked_pow(power.unsigned_abs())?),
        _ => (10i128.checked_pow(power.unsigned_abs())?, 1),
    };
    let through = behind.checked_mul(through)?;
    let scaled = scaled.checked_mul(times)?;
    scaled.checked_add(through - 1)?.checked_div(through)
}

/// A quantity in thousandths.
pub(crate) fn amount(value: &Value) -> Option<u128> {
    let text = match value {
        Value::String(s) => s.clone(),
        Value::Number(n) => n.to_string(),
        _ => return None,
    };
    quantity::milli(&text).map(u128::from)
}

/// Thousandths in the binary family, as the autoscaler writes memory.
pub(crate) fn binary(milli: i64) -> String {
    written(i128::from(milli) * (NANO / 1000), Family::Binary)
}

/// Thousandths in the decimal family.
pub(crate) fn decimal(milli: i64) -> String {
    written(i128::from(milli) * (NANO / 1000), Family::Decimal)
}

fn written(nano: i128, family: Family) -> String {
    if nano == 0 {
        return "0".to_owned();
    }
    // What is no whole number of bytes, or less than 1024 of them, is written in the decimal family.
    if family == Family::Binary && nano % NANO == 0 && nano.abs() >= 1024 * NANO {
        let (mut number, mut at) = (nano / NANO, 0);
        while number % 1024 == 0 && at + 1 < BINARY.len() {
            (number, at) = (number / 1024, at + 1);
        }
        return format!("{number}{}", BINARY.get(at).unwrap_or(&""));
    }
    let (mut number, mut at) = (nano, 0);
    while number % 1000 == 0 && at + 1 < DECIMAL.len() {
        (number, at) = (number / 1000, at + 1);
    }
    match (family, at) {
        (Family::Exponent, 3) => number.to_string(),
        (Family::Exponent, at) => format!("{number}e{}", i64::try_from(at).unwrap_or(0) * 3 - 9),
        _ => format!("{number}{}", DECIMAL.get(at).unwrap_or(&"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Asked of kube-apiserver 1.36: tests/parity/quantities.yaml asks it again.
    #[test]
    fn quantities_are_written_with_the_fewest_digits_of_their_family() {
        for (given, shown) in [
            ("0.1", "100m"),
            ("1024Mi", "1Gi"),
            ("1500m", "1500m"),
            ("1.5", "1500m"),
            ("1000m", "1"),
            ("1000", "1k"),
            ("2500Mi", "2500Mi"),
            ("0.5Gi", "512Mi"),
            ("1.5Ki", "1536"),
            ("0.1Ki", "102400m"),
            ("512", "512"),
            ("1e3", "1e3"),
            ("1000e3", "1e6"),
            ("100e-3", "100e-3"),
            ("1E", "1E"),
            ("0.0000000001", "1n"),
            ("-0.5", "-500m"),
            ("0", "0"),
            ("0.0", "0"),
            ("00.5", "500m"),
            ("m", "0"),
            ("1.0001Ki", "1024102400u"),
            ("99999999999Gi", "9223372036854775807"),
            ("123456789012345678901", "123456789012345678901"),
        ] {
            assert_eq!(canonical(given).unwrap(), shown, "{given}");
        }
    }

    #[test]
    fn a_list_of_resources_knows_nothing_smaller_than_a_thousandth() {
        for (given, shown) in [("0.0000000001", "1m"), ("1.0001Ki", "1024103m"), ("100u", "1m"), ("1.5", "1500m")] {
            assert_eq!(of_resource(given).unwrap(), shown, "{given}");
        }
    }

    #[test]
    fn what_the_server_reads_in_one_go_it_keeps_as_it_stands() {
        for text in ["1.500", "+5", "1025Mi", "00010", "5.", "0100"] {
            assert_eq!(canonical(text).unwrap(), text);
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused_in_the_servers_words() {
        assert_eq!(canonical("lots"), Err(WRONG_FORMAT));
        assert_eq!(canonical(""), Err(WRONG_FORMAT));
        assert_eq!(canonical("1ee"), Err(WRONG_SUFFIX));
        assert_eq!(canonical("1MM"), Err(WRONG_SUFFIX));
    }

    #[test]
    fn memory_is_written_in_powers_of_1024_where_it_is_whole() {
        assert_eq!(binary((512 << 20) * 1000), "512Mi");
        assert_eq!(binary(((512 << 20) + 1) * 1000), "536870913");
        assert_eq!((decimal(54), decimal(2000)), ("54m".to_owned(), "2".to_owned()));
    }
}
