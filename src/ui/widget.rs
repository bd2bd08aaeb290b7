//! Pieces that several panes are made of.

pub(crate) mod bar;
pub(crate) mod columns;
pub(crate) mod frame;
pub(crate) mod sheet;
pub(crate) mod strip;
pub(crate) mod table;
