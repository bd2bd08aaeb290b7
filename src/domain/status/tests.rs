//! One test per row of health/status-rules.md, named by the rule.
