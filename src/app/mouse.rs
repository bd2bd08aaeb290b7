//! What the mouse did, as kennel knows it: where, and no more than that.

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The left button was pressed.
    Click,
    /// It was pressed again at the same place, soon after.
    Double,
    /// The wheel was turned, towards the person (down) or away.
    Wheel {
        /// Towards the end of what is shown.
        down: bool,
    },
}

/// Something that the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What.
    pub act: Act,
    /// Column, from 0.
    pub x: u16,
    /// Row, from 0.
    pub y: u16,
}
