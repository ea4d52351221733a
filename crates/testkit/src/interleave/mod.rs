//! Every order of what requests do to their store, and what a store and a wire may do to them.
//!
//! | tool | does |
//! | --- | --- |
//! | [`explore`] | runs two or three requests in every order of their store calls |
//! | [`explore_at_most`], [`sample`], [`replay`] | run them in some orders, or in one |
//! | [`drop_after`], [`drop_everywhere`] | poll a future so many times, then drop it |
//! | [`Liar`] | is a store that does not say, or not do, what it should |
//! | [`Proxy`] | delays, holds, cuts and corrupts what goes over a TCP connection |
//!
//! # How orders are made
//!
//! 1. Each request has its store behind a [`Gate`]. A verb waits there twice: before the store
//!    does its part, and after it, before the request hears of the answer. So an answer that comes
//!    late is an order of its own.
//! 2. All requests run on the calling thread, polled by hand. Where several wait, the one that goes
//!    on is a choice; all choices are tried, depth first, each order from a new scene.
//! 3. A store that answers from another thread is waited for before the next choice is made. What
//!    it does between its call and its answer is one step here: whether that is so is for
//!    [`suite`](crate::suite) to try.
//! 4. What a request waits for must be its store or another of the requests.
//!
//! # Example
//!
//! ```
//! use http::{HeaderMap, HeaderValue, header::COOKIE};
//! use portcullis_cookie::CookiePolicy;
//! use portcullis_session::{Key, Lifecycle, MemoryStore, SessionPolicy};
//! use portcullis_testkit::interleave::explore;
//!
//! const SEEN: Key<u32> = Key::new("seen");
//!
//! let policy = SessionPolicy::new(CookiePolicy::host("id").build()?);
//! let tried = explore(|stage| {
//!     let store = MemoryStore::new();
//!     let first = stage.request("visits", |gate| {
//!         let lifecycle = Lifecycle::new(gate.store(store.clone()), policy.clone());
//!         async move {
//!             let session = lifecycle.session(&HeaderMap::new());
//!             session.set_value(SEEN, &1)?;
//!             session.commit().await
//!         }
//!     });
//!     stage.request("comes with a cookie that was never given", |gate| {
//!         let lifecycle = Lifecycle::new(gate.store(store.clone()), policy.clone());
//!         let cookie = format!("__Host-id={}", "A".repeat(43));
//!         let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(cookie).unwrap())]);
//!         async move {
//!             let session = lifecycle.session(&headers);
//!             assert!(session.principal().await.unwrap().is_none());
//!         }
//!     });
//!     stage.finally(move |_history| {
//!         assert!(first.take().unwrap().is_ok());
//!         assert_eq!(store.len(), 1);
//!     });
//! })?;
//! // Each has one call, which begins and returns: four steps, two of each.
//! assert_eq!(tried.orders, 6);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod cut;
mod explore;
mod gate;
mod gated;
mod history;
mod liar;
mod proxy;
mod stage;
mod wake;
mod wire;
mod words;

pub use cut::{drop_after, drop_everywhere};
pub use explore::{Broken, Tried, explore, explore_at_most, replay, sample};
pub use gate::Gate;
pub use gated::Gated;
pub use history::{History, RequestId, Verb};
pub use liar::{Liar, Lie};
pub use proxy::Proxy;
pub use stage::{Outcome, Stage};
pub use wake::block_on;
pub use wire::{Line, Wire};
