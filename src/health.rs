//! Floor 1: what is wrong and why. The detectors come here; until then a service's status is its issue.
