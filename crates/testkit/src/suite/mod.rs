//! The tests that every store must pass, for whoever writes one.
//!
//! [`session_store_suite!`](crate::session_store_suite) makes one `#[test]` of every rule about a
//! [`SessionStore`](portcullis_session::SessionStore), and
//! [`mark_store_suite!`](crate::mark_store_suite) of every rule about a
//! [`MarkStore`](portcullis_core::MarkStore). The name of a test says the rule and begins with its
//! number in this project's table of behaviours.
//!
//! 1. Every test gets an empty store of its own. It brings its own tokio runtime and its own time;
//!    nothing sleeps.
//! 2. Time begins in the year 2100 and limits are minutes or more, so that a store whose server
//!    also drops entries by its own clock is not in the way, if it does so by time left.
//! 3. What two requests do at once is tried from several threads, and by letting one verb pass
//!    another at every point at which that one waits.
//! 4. What a cancelled request leaves behind is tried by dropping every verb at every such point.
//! 5. Some thousand random verbs are given to the store and to a simple one beside it, and every
//!    answer is compared.
//!
//! What the suite cannot try is left to the author: that what was acknowledged survives a crash,
//! and that several machines see one store.
//!
//! # A store of one's own
//!
//! `examples/own_store` in this crate is a whole session store in some two hundred lines, together
//! with the one line that runs the suite on it; it is also the simple store of point 5.
//!
//! ```
//! use portcullis_session::MemoryStore;
//!
//! portcullis_testkit::session_store_suite!(async || MemoryStore::new());
//! portcullis_testkit::mark_store_suite!(async || MemoryStore::new());
//! # fn main() {}
//! ```

mod choice;
mod course;
mod dice;
mod fixtures;
mod macros;
#[path = "../../examples/own_store/store.rs"]
mod own_store;
mod play;
#[expect(
    clippy::missing_panics_doc,
    reason = "that a rule panics is said once, for all of them"
)]
pub mod rules;
mod run;
mod verbs;

pub use run::{run, run_guarded, verdict};
