//! What controllers and scenarios make: objects as the API would make them, without its questions.

use jiff::Timestamp;
use serde_json::Value;

use super::json::Json;
use super::resource::Resource;
use super::store::Store;
use super::write::Via;
use super::{admission, defaults, written};

/// Creates an object as the API would, with what the API server fills in; nobody manages it.
pub(crate) fn create(store: &mut Store, object: Value) {
    create_by(store, object, None);
}

/// Creates an object, by a manager at a time.
pub(crate) fn create_by(store: &mut Store, mut object: Value, by: Option<(&str, Timestamp)>) {
    if let Some(resource) = Resource::of_object(&object) {
        let (uid, number) = (store.uid(), store.number());
        defaults::fill(resource, &mut object);
        if let Some((manager, now)) = by {
            written::record(resource, None, &mut object, manager, Via::Object, now);
        }
        let namespace = object.text("metadata.namespace").to_owned();
        let refused = admission::complete(resource, &mut object, &|r| store.beside(r, &namespace));
        if let Err(why) = refused {
            tracing::warn!(why, "admission would refuse what the embedded cluster makes of itself");
        }
        defaults::admit(resource, &uid, number, &mut object);
    }
    put(store, object);
}

/// Writes a whole object; the controllers and scenarios make none that the store refuses.
pub(crate) fn put(store: &mut Store, object: Value) {
    if let Err(refused) = store.put(object) {
        tracing::error!(?refused, "the embedded cluster's store refused an object of its own");
    }
}
