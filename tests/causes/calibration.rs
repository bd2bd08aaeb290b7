//! Whether the confidence that is shown is what it is worth: how often who is so sure is right.
//!
//! The cases of this folder were mended until they passed, and say too little of how often one is wrong: each counts a
//! quarter. What was said of a case the first time that it was seen counts whole, and is kept in `first-time.tsv`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kennel::health::cause::{Diagnosis, Tier};

/// What an issue claims of itself, and whether its root was at fault.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    tier: Tier,
    confidence: f64,
    hit: bool,
    weight: f64,
}

/// What a claim of a case that was mended counts.
const MENDED: f64 = 0.25;

impl Claim {
    pub(crate) fn of(d: &Diagnosis, hit: bool) -> Self {
        Self { tier: d.tier, confidence: d.confidence, hit, weight: MENDED }
    }
}

/// What was claimed of new cases the first time, as sure as what rests on the same is shown to be today.
fn first_time(today: &[Claim]) -> Vec<Claim> {
    const TIERS: [Tier; 5] = [Tier::Proved, Tier::Computed, Tier::Typed, Tier::Logged, Tier::Symptom];
    let lines = include_str!("first-time.tsv").lines().filter(|l| !l.starts_with('#'));
    let claim = |line: &str| {
        let mut cells = line.split('\t').skip(1);
        let (word, hit) = (cells.next().unwrap(), cells.next().unwrap() == "true");
        let tier = TIERS.into_iter().find(|t| format!("{t:?}") == word).unwrap();
        let like: Vec<f64> = today.iter().filter(|c| c.tier == tier).map(|c| c.confidence).collect();
        Claim { tier, confidence: like.iter().sum::<f64>() / like.len() as f64, hit, weight: 1.0 }
    };
    lines.map(claim).collect()
}

/// So many steps of confidence are compared.
const STEPS: f64 = 10.0;

/// By how much the confidence that is shown is off from how often it is right (the expected calibration error), with the
/// tables that show it: by confidence, and by tier what `SEEN` of the report is to be.
pub(crate) fn error(today: &[Claim]) -> (f64, String) {
    let claims: Vec<Claim> = today.iter().copied().chain(first_time(today)).collect();
    let mut steps: BTreeMap<u32, Vec<Claim>> = BTreeMap::new();
    let mut tiers: BTreeMap<Tier, (f64, f64)> = BTreeMap::new();
    for c in &claims {
        steps.entry((c.confidence * STEPS).floor() as u32).or_default().push(*c);
        let (hits, n) = tiers.entry(c.tier).or_default();
        *hits += if c.hit { c.weight } else { 0.0 };
        *n += c.weight;
    }
    let mut table = String::from("confidence      n  shown  right\n");
    let (mut sum, mut all) = (0.0, 0.0);
    for (step, here) in steps {
        let n: f64 = here.iter().map(|c| c.weight).sum();
        let shown = here.iter().map(|c| c.confidence * c.weight).sum::<f64>() / n;
        let right = here.iter().filter(|c| c.hit).map(|c| c.weight).sum::<f64>() / n;
        sum += (shown - right).abs() * n;
        all += n;
        writeln!(table, "{:>9.1}- {n:>6.1} {shown:>6.2} {right:>6.2}", f64::from(step) / STEPS).unwrap();
    }
    for (tier, (hits, n)) in tiers {
        writeln!(table, "{:>10} {hits:>6.1} of {n:.1}", format!("{tier:?}")).unwrap();
    }
    (sum / all, table)
}
