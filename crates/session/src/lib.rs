//! Server-side sessions: the rules, a store trait with a contract, and a store in memory.
pub mod codec;
mod data;
mod handle;
mod memory;
mod record;
mod store;

pub use data::{Data, DataError};
pub use handle::{Handle, HandleError};
pub use memory::MemoryStore;
pub use record::{
    EmptyStamp, Lifetime, Pending, Persistence, Predecessor, Record, Stamp, Standing, User,
};
pub use store::{
    Change, Created, DynSessionStore, Loaded, Lookup, Renewal, Revoke, Rotated, Rotation,
    SessionStore, Updated,
};
