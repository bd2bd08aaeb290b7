//! Choices that are the same in every run of a seed: numbers, and the ends of made names.

/// FNV-1a over the parts: a stable number for choices that must be the same in every run of a seed.
pub(crate) fn hash(seed: u64, parts: &[&str]) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in parts {
        for b in part.bytes().chain([0]) {
            h = (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    h ^ (h >> 29)
}

/// A number from `low` to `high`, both included, chosen by the hash of the parts.
pub(crate) fn pick(seed: u64, parts: &[&str], low: i64, high: i64) -> i64 {
    let span = u64::try_from(high - low + 1).unwrap_or(1).max(1);
    low + i64::try_from(hash(seed, parts) % span).unwrap_or(0)
}

/// Letters and digits that Kubernetes puts into made names (no vowels, nothing that looks alike):
/// `k8s.io/apimachinery/pkg/util/rand`.
const SAFE: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// `length` characters for the end of a made name.
pub(crate) fn suffix(seed: u64, parts: &[&str], length: usize) -> String {
    let mut h = hash(seed, parts);
    (0..length)
        .map(|_| {
            let at = usize::try_from(h % SAFE.len() as u64).unwrap_or(0);
            h = (h / SAFE.len() as u64) ^ h.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 7;
            SAFE.get(at).map_or('x', |b| char::from(*b))
        })
        .collect()
}

/// A number as Kubernetes encodes hashes into names: each decimal digit through the safe alphabet.
pub(crate) fn safe_hash(h: u32) -> String {
    h.to_string().bytes().filter_map(|b| SAFE.get(usize::from(b) % SAFE.len()).map(|c| char::from(*c))).collect()
}
