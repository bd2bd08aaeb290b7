//! What stands around the panes: the header, tabs, what runs, and the line at the bottom.

pub(crate) mod bottom;
pub(crate) mod header;
pub(crate) mod progress;
pub(crate) mod tabs;
