//! The table holds what keys.md promises.
