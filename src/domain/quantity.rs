//! Kubernetes quantities (`100m`, `1.5`, `512Mi`, `1e3`), read exactly or refused.
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>

/// Thousandths of what `text` says; `None` where it is no quantity, is negative, or does not fit.
pub fn milli(text: &str) -> Option<u64> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits_end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    if whole.len() > 19 || fraction.len() > 9 || fraction.contains('.') {
        return None;
    }
    // In units of 10^-9, so that nine digits after the point stay exact.
    let mut nano: u128 = if whole.is_empty() { 0 } else { whole.parse::<u128>().ok()? };
    nano = nano.checked_mul(1_000_000_000)?;
    if !fraction.is_empty() {
        let scale = 10u128.pow(9 - u32::try_from(fraction.len()).ok()?);
        nano = nano.checked_add(fraction.parse::<u128>().ok()?.checked_mul(scale)?)?;
    }
    let (multiply, divide) = scale(suffix)?;
    let nano = nano.checked_mul(multiply)?.div_ceil(divide);
    // A quantity is rounded up, as the API server does.
    u64::try_from(nano.div_ceil(1_000_000)).ok()
}

/// Whole units of what `text` says (bytes, mostly), rounded up.
pub fn units(text: &str) -> Option<u64> {
    milli(text).map(|m| m.div_ceil(1000))
}

/// Factor and divisor of a suffix or an exponent.
fn scale(suffix: &str) -> Option<(u128, u128)> {
    let binary = |power| Some((1024u128.pow(power), 1));
    let decimal = |power| Some((1000u128.pow(power), 1));
    match suffix {
        "" => Some((1, 1)),
        "n" => Some((1, 1_000_000_000)),
        "u" => Some((1, 1_000_000)),
        "m" => Some((1, 1000)),
        "k" => decimal(1),
        "M" => decimal(2),
        "G" => decimal(3),
        "T" => decimal(4),
        "P" => decimal(5),
        "E" => decimal(6),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let power = 10u128.checked_pow(exponent.unsigned_abs())?;
            if exponent < 0 { Some((1, power)) } else { Some((power, 1)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_exactly() {
        let all =
            [("100m", 100), ("1", 1000), ("1.5", 1500), (".5", 500), ("1e3", 1_000_000), ("0.1n", 1), ("2E-1", 200)];
        for (text, m) in all {
            assert_eq!(milli(text), Some(m), "{text}");
        }
        assert_eq!(units("512Mi"), Some(512 << 20));
        assert_eq!(units("0.5Gi"), Some(512 << 20));
        assert_eq!(units("1k"), Some(1000));
    }

    #[test]
    fn what_is_no_quantity_is_refused_and_never_zero() {
        for text in ["", "m", "1.2.3", "-1", "1 Gi", "0x10", "2E6024865272343", "99999999999999999999", "1ZB", "٣"] {
            assert_eq!(milli(text), None, "{text}");
        }
    }
}
