//! What is to be read of a cluster beyond what is read in any case, and what of all comes first.
//!
//! Who draws states what is on screen, the model states what it can't judge without; readers take it from here, never
//! from a picture that was made of what they read. To want something more: a field here, who states it, who reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Api, Text};

/// What is wanted.
#[derive(Clone, Debug, Default)]
pub struct Demand {
    /// The namespace on screen: it is read before the others, and what is read of one namespace alone is read of it.
    pub on_screen: Option<Text>,
    /// Namespaces in which there may be something, the first of them; `None` until it is known whether they can be
    /// listed. They are asked for one by one where not all may be read at once.
    pub namespaces: Option<Arc<[Text]>>,
    /// Kinds that kennel has no rows of, with the namespaces in which each matters: owners of pods, sources of
    /// deliveries.
    pub customs: Arc<BTreeMap<Api, BTreeSet<Text>>>,
}
