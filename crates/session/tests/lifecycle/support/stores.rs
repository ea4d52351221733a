//! The stores that every rule is tried on.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use portcullis_session::{DynSessionStore, MemoryStore};
use portcullis_sqlite::{SqliteConfig, Synchronous};

/// A store, and what must outlive it.
pub(crate) type Opened = (Arc<dyn DynSessionStore>, Box<dyn Any>);

pub(crate) fn memory() -> Opened {
    (Arc::new(MemoryStore::new()), Box::new(()))
}

pub(crate) fn sqlite() -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteConfig::new(folder.path().join("sessions.db"))
        .with_synchronous(Synchronous::Normal)
        .with_deadline(Duration::from_secs(60))
        .open()
        .unwrap();
    (Arc::new(store), Box::new(folder))
}

#[cfg(feature = "cache")]
mod cached_store {
    use std::sync::Arc;

    use portcullis_session::{CachedStore, MemoryStore};

    use super::Opened;
    use crate::support::Probe;

    /// A cache in front of a store that never answers at once.
    pub(crate) fn cached() -> Opened {
        let far = Probe::new(Arc::new(MemoryStore::new()));
        far.set_far();
        (Arc::new(CachedStore::new(far)), Box::new(()))
    }
}

/// Makes one test of each rule for each store.
macro_rules! on_every_store {
    ($($rule:ident),+ $(,)?) => {
        $crate::support::stores::on_store!(memory: $($rule),+);
        $crate::support::stores::on_store!(sqlite: $($rule),+);
        #[cfg(feature = "cache")]
        $crate::support::stores::on_store!(cached: $($rule),+);
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

#[cfg(feature = "cache")]
pub(crate) use cached_store::cached;
pub(crate) use {on_every_store, on_store};
