//! Whether the ConfigMaps and Secrets are there that the service takes that is looked at.

use super::inquiry::Inquiry;
use crate::domain::Text;
use crate::domain::existence::Existence;
use crate::domain::row::ConfigRef;

/// What is known of each. It is asked again with another generation, and when the service's reason is another: what was
/// lacking may have come.
pub type Taken = Inquiry<(i64, Option<Text>), Vec<(ConfigRef, Existence)>>;
