//! What is done with the rows of a namespace whatever they are of.

use crate::domain::Text;
use crate::domain::indexed::{Indexed, Keyed};
use crate::domain::rows::{Named, Rows};

/// What is done with the rows of any collection.
pub(super) trait Shelf {
    fn take(&mut self, name: &str) -> bool;
    fn is_empty(&self) -> bool;
    fn names(&self) -> Vec<Text>;
    fn kept(&self, name: &str) -> Option<&Text>;
}

impl<T: Named> Shelf for Rows<T> {
    fn take(&mut self, name: &str) -> bool {
        self.remove(name).is_some()
    }

    fn is_empty(&self) -> bool {
        (**self).is_empty()
    }

    fn names(&self) -> Vec<Text> {
        Rows::names(self)
    }

    fn kept(&self, name: &str) -> Option<&Text> {
        self.named(name).map(|row| row.name())
    }
}

impl<T: Keyed> Shelf for Indexed<T> {
    fn take(&mut self, name: &str) -> bool {
        self.remove(name).is_some()
    }

    fn is_empty(&self) -> bool {
        Shelf::is_empty(&**self)
    }

    fn names(&self) -> Vec<Text> {
        Shelf::names(&**self)
    }

    fn kept(&self, name: &str) -> Option<&Text> {
        (**self).kept(name)
    }
}
