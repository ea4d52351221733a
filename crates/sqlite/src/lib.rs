//! Sessions and single-use marks in one SQLite file.
//!
//! SQLite is part of the program: there is no server to run, and nothing to install. It is the
//! store for whoever has one machine.
//!
//! # What it guarantees
//!
//! 1. What was acknowledged is on the disk ([`Synchronous::Full`]) or survives at least the end of
//!    the process ([`Synchronous::Normal`]), with one exception: a renewed last visit counts at
//!    once and is written within a second, so a crash may cost the last second of renewals.
//! 2. Writes that wait are committed together; each stands or falls alone. So under load one wait
//!    for the disk serves many logins, and a write that fails takes no other with it.
//! 3. A lookup is one statement by an index. It waits for no writer.
//! 4. A verb whose future is dropped has happened wholly or not at all, or still will.
//! 5. A full disk, a file that somebody else holds, a damaged file and a row that cannot be read
//!    are told apart and told as such. Reads go on while the disk is full; writes go on once there
//!    is room again.
//! 6. Waiting has bounds: so many writes in the queue, each so long ([`SqliteConfig`]).
//! 7. The file holds no token, only SHA-256 digests, and is its owner's alone when it is new.
//! 8. A file of another application or of a newer version of this crate is refused, unchanged; an
//!    older one is brought up to date in one transaction. A SQLite library below 3.51.3 is refused.
//!
//! # Example
//!
//! ```
//! use portcullis_cookie::CookiePolicy;
//! use portcullis_core::{Clock, Digest, Mark, MarkStore, SystemClock};
//! use portcullis_session::{Lifecycle, SessionPolicy};
//! use portcullis_sqlite::{OpenErrorKind, SqliteStore};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("sessions.db");
//! let store = SqliteStore::open(&path)?;
//!
//! // It keeps sessions ...
//! let policy = SessionPolicy::new(CookiePolicy::host("session").build()?);
//! let lifecycle = Lifecycle::new(store.clone(), policy);
//!
//! // ... and remembers what was used, so that it is used once.
//! let (code, now) = (Digest::of(b"one-time code"), SystemClock.now());
//! let until = now.after(std::time::Duration::from_secs(600));
//! assert_eq!(store.mark(&code, until, now).await?, Mark::First);
//! assert_eq!(store.mark(&code, until, now).await?, Mark::Seen);
//!
//! // What is not ours is left alone.
//! std::fs::write(folder.path().join("notes.txt"), "Buy bread. ".repeat(99))?;
//! let refused = SqliteStore::open(folder.path().join("notes.txt"));
//! assert_eq!(refused.err().map(|error| error.kind()), Some(OpenErrorKind::Corrupt));
//! # Ok(())
//! # }
//! ```
//!
//! # What the deployment must do
//!
//! Put the file on a local disk: SQLite's log needs shared memory and locks that network file
//! systems do not have. Back it up with `VACUUM INTO` or the `sqlite3` tool's `.backup`, never by
//! copying the file alone. Call `purge` from time to time. Keep the last [`SqliteStore`] until the
//! end, and let it go before the process exits: its end writes what waits.
//!
//! # Several processes
//!
//! They may share the file, if they run on one machine and their clocks are the machine's. What one
//! commits, the others see at once. Of a renewal they learn when it is written, within a second: so
//! a window may be renewed once by each process. Nobody is taken for dead meanwhile, because a
//! session whose row has five seconds left or less is renewed in the file before the answer; that
//! one lookup waits for the disk like a write.
//!
//! # Costs
//!
//! A session takes about 250 bytes beside its values. Each reader has a page cache of up to 8 MiB
//! and the writer one of 16 MiB. `load` and `list` read on the thread that polls them: a lookup
//! takes microseconds while the file is in the memory of the operating system, less than it would
//! take to hand it to another thread. Where it is not, or another process holds the file
//! exclusively, that thread waits.

mod columns;
mod config;
mod connection;
mod error;
#[cfg(test)]
mod fixtures;
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
