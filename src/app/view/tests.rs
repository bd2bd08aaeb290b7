//! Views, by snapshots made of values.
