//! The locks and numbers that threads share in the store in memory.
//!
//! The tests in `tests/shuttle` build that store with others in their place, which try the orders
//! in which threads may get on.

pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
pub(crate) use std::sync::{
    Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
