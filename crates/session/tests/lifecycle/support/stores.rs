//! The stores that every rule is tried on.

use std::any::Any;
use std::sync::Arc;

use portcullis_session::{DynSessionStore, MemoryStore};

/// A store, and what must outlive it.
pub(crate) type Opened = (Arc<dyn DynSessionStore>, Box<dyn Any>);

pub(crate) fn memory() -> Opened {
    (Arc::new(MemoryStore::new()), Box::new(()))
}

/// Makes one test of each rule for each store.
macro_rules! on_every_store {
    ($($rule:ident),+ $(,)?) => {
        $crate::support::stores::on_store!(memory: $($rule),+);
    };
}

macro_rules! on_store {
    ($store:ident: $($rule:ident),+) => {
        mod $store {
            $(
                #[test]
                fn $rule() {
                    $crate::support::check($crate::support::stores::$store(), super::$rule);
                }
            )+
        }
    };
}

pub(crate) use {on_every_store, on_store};
