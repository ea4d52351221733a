//! The store in memory of `portcullis-session` once more, from its own source, with the locks and
//! atomics of shuttle in the place of the standard library's.
//!
//! Under shuttle one thread runs at a time, and which one goes on at each lock is the test's
//! choice: by chance, by few preemptions, or all of them in turn. The tests are in `tests`.
//! `cargo xtask shuttle` runs them.

#[path = "../../../crates/session/src/memory/mod.rs"]
mod memory;

/// What the store takes from its crate.
mod sync {
    pub(crate) use shuttle::sync::atomic::{AtomicU64, Ordering};
    pub(crate) use shuttle::sync::{
        Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    };
}

use portcullis_session::{
    Change, Created, Handle, Loaded, Lookup, Predecessor, Record, Renewal, Revoke, Rotated,
    Rotation, SessionStore, Standing, Updated,
};

pub use memory::MemoryStore;
