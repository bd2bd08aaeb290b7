//! Objects of the wire → rows.
