//! Cuts a list into its items while it arrives.
//!
//! So a list of any length costs the memory of its largest item, rows show before the last byte is there,
//! and an item that is malformed is one error, not a failed list.

mod json;
mod proto;

use super::wire::Form;

/// Longest item that is kept, in bytes. (etcd stores at most 1.5 MiB an object.)
const LONGEST: usize = 16 << 20;

/// One piece of a list, in the list's own form.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece<'a> {
    /// The list's `metadata`.
    Meta(&'a [u8]),
    /// One of its `items`.
    Item(&'a [u8]),
    /// An item that is longer than is kept.
    TooLong,
    /// An item that is a number, a string, null: no object.
    NoObject,
}

/// Why an answer is no list.
#[derive(Debug, PartialEq)]
pub(crate) enum Broken {
    /// It does not begin as one of its form does: its first bytes.
    NoObject(Vec<u8>),
    /// It ended too early.
    Truncated,
    /// It is an object without `items`.
    NoItems,
    /// It begins well and then is not of its form: what is wrong.
    Garbled(String),
}

/// Takes pieces of the answer, gives pieces of the list.
#[derive(Debug)]
pub(crate) enum Splitter {
    Json(json::Splitter),
    Proto(proto::Splitter),
}

impl Splitter {
    /// One for an answer of that form.
    pub(crate) fn new(form: Form) -> Self {
        match form {
            Form::Json => Self::Json(json::Splitter::default()),
            Form::Proto => Self::Proto(proto::Splitter::default()),
        }
    }

    /// Takes the next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Json(s) => s.push(bytes),
            Self::Proto(s) => s.push(bytes),
        }
    }

    /// The next whole piece of what was pushed; `None` until more is pushed.
    pub(crate) fn next(&mut self) -> Result<Option<Piece<'_>>, Broken> {
        match self {
            Self::Json(s) => s.next(),
            Self::Proto(s) => s.next(),
        }
    }

    /// At the end of the answer: whether it was a whole list.
    pub(crate) fn finish(&self) -> Result<(), Broken> {
        match self {
            Self::Json(s) => s.finish(),
            Self::Proto(s) => s.finish(),
        }
    }
}
