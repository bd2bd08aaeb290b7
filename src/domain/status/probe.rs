//! What a failing probe answers, as the kubelet's `Unhealthy` events have it.
//! <https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/prober/prober.go>

use super::Words;
use crate::domain::row::Probe;

/// Most characters of a command's own output.
const OUTPUT: usize = 60;

/// How the message of each probe begins: `Readiness probe failed: …`, `Readiness probe errored: …`.
const PROBES: [(&str, &str); 3] =
    [("Readiness probe ", "readiness"), ("Liveness probe ", "liveness"), ("Startup probe ", "startup")];

/// The probe that failed, and what came instead of an answer, or was the answer.
pub(crate) fn failing(message: &str) -> Option<(&'static str, &str)> {
    let (name, rest) = PROBES.iter().find_map(|(begins, name)| Some((*name, message.strip_prefix(begins)?)))?;
    let (how, rest) = rest.split_once(':')?;
    (how.starts_with("failed") || how.starts_with("errored")).then_some((name, rest.trim()))
}

/// What the answer was in the fewest words: `HTTP 503`; of a connection what the network said last. `None` for what is
/// the output of a command.
pub(crate) fn answer(said: &str) -> Option<String> {
    if let Some(code) = said.strip_prefix("HTTP probe failed with statuscode: ") {
        return Some(format!("HTTP {}", code.trim()));
    }
    // A gRPC service that answers: `service unhealthy (responded with "NOT_SERVING")`.
    if let Some((_, word)) = said.split_once("(responded with \"") {
        return word.split('"').next().map(str::to_owned);
    }
    let last = said.rsplit(": ").next()?;
    if said.starts_with("timeout: ") || last.starts_with("context deadline exceeded") || last.contains("timed out") {
        return Some("no answer in time".to_owned());
    }
    // What follows in quotes are its bytes.
    let last = last.split(" \"").next()?.trim().trim_end_matches('"');
    (last.len() < said.len() && said.contains(": ") && !last.is_empty()).then(|| last.to_owned())
}

/// `readiness fails ×45: HTTP 503 (GET :8080/ready)`: so often, the last time with this answer. What is asked is said
/// where one probe of the template is meant.
pub(crate) fn words(name: &str, said: &str, count: u32, template: &[Probe]) -> Words {
    let times = if count > 1 { format!(" ×{count}") } else { String::new() };
    let short = answer(said);
    let output = || said.lines().next().filter(|line| !line.is_empty()).map(|l| l.chars().take(OUTPUT).collect());
    let answered = short.clone().or_else(output).map_or_else(String::new, |said: String| format!(": {said}"));
    let mut meant = template.iter().filter(|p| p.name == *name);
    let asked = match (meant.next(), meant.next()) {
        (Some(one), None) if !one.asks.is_empty() => format!(" ({})", one.asks),
        _ => String::new(),
    };
    let brief = short.map_or_else(|| format!("{name} fails"), |short| format!("{name}: {short}"));
    Words::new(format!("{name} fails{times}{answered}{asked}"), &brief)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::probe;

    #[test]
    fn a_failing_probe_is_named_with_its_answer_and_its_count() {
        let of = |message: &str, count| {
            let (name, said) = failing(message).unwrap();
            let words = words(name, said, count, &[probe("readiness", "GET :8080/ready")]);
            (words.whole, words.brief)
        };
        let cases = [
            (
                "Readiness probe failed: HTTP probe failed with statuscode: 503",
                "readiness fails ×45: HTTP 503 (GET :8080/ready)",
                "readiness: HTTP 503",
            ),
            (
                "Liveness probe failed: Get \"http://10.0.0.1:80/\": dial tcp 10.0.0.1:80: connect: connection refused",
                "liveness fails ×45: connection refused",
                "liveness: connection refused",
            ),
            (
                "Startup probe failed: timeout: failed to connect service \"10.0.0.1:5051\" within 1s: context deadline exceeded",
                "startup fails ×45: no answer in time",
                "startup: no answer in time",
            ),
            (
                "Liveness probe failed: timeout: health rpc did not complete within 1s",
                "liveness fails ×45: no answer in time",
                "liveness: no answer in time",
            ),
            (
                "Liveness probe errored: rpc error: code = Unknown desc = command timed out",
                "liveness fails ×45: no answer in time",
                "liveness: no answer in time",
            ),
            (
                "Liveness probe failed: service unhealthy (responded with \"NOT_SERVING\")",
                "liveness fails ×45: NOT_SERVING",
                "liveness: NOT_SERVING",
            ),
            (
                "Liveness probe failed: Get \"http://10.0.0.1:81/\": net/http: HTTP/1.x transport connection broken: malformed HTTP response \"\\x00\\x00\"",
                "liveness fails ×45: malformed HTTP response",
                "liveness: malformed HTTP response",
            ),
            ("Liveness probe failed: out of cheese\nand wine", "liveness fails ×45: out of cheese", "liveness fails"),
            ("Liveness probe failed: ", "liveness fails ×45", "liveness fails"),
        ];
        for (message, whole, brief) in cases {
            assert_eq!(of(message, 45), (whole.to_owned(), brief.to_owned()), "{message}");
        }
        assert_eq!(of("Liveness probe failed: ", 1).0, "liveness fails");
        assert_eq!(failing("Readiness probe warning: Probe terminated redirects"), None);
        assert_eq!(failing("Container web failed liveness probe, will be restarted"), None);
    }
}
