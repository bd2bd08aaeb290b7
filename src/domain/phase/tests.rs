//! One test per rule of operations.md, "Phase of an environment".
