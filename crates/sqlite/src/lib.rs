//! Placeholder.
mod columns;
mod config;
mod connection;
mod error;
mod lookup;
mod readers;
mod renewals;
mod schema;
mod store;
mod verbs;
mod writer;

pub use config::{SqliteConfig, Synchronous};
pub use error::{OpenError, OpenErrorKind};
pub use store::SqliteStore;
