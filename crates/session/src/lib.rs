#![cfg_attr(docsrs, feature(doc_cfg))]

//! Server-side sessions: the rules, a store trait with a contract, and a store in memory.
//!
//! The browser holds a random token of 256 bits; the store holds its SHA-256 and the record. This
//! crate decides who has a session, how long it lives and what its cookie says. It knows no web
//! framework, no runtime and no database: `portcullis-tower` makes a layer of it.
//!
//! # What it guarantees
//!
//! 1. A request has the session that its one living token opens, or none.
//! 2. A login is a new session under a new token; the one before ends in the same step.
//! 3. After a log-out or a revocation has returned, nothing brings the session back.
//! 4. A request costs the store nothing until something is asked of its session, and then one
//!    call that reads and renews.
//! 5. Writes of parallel requests to different values are all kept.
//! 6. Stores never see a token, and what they answer is believed only where it fits the question.
//!
//! # Example
//!
//! ```
//! use http::HeaderMap;
//! use portcullis_cookie::CookiePolicy;
//! use portcullis_core::{Authentication, Clock, Level, Method, SubjectId, SystemClock};
//! use portcullis_session::{Key, Lifecycle, Login, MemoryStore, SessionPolicy};
//!
//! const LOGIN: Key<String> = Key::new("login");
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = SessionPolicy::new(CookiePolicy::host("session").build()?);
//! let lifecycle = Lifecycle::new(MemoryStore::new(), policy);
//!
//! // A request without a cookie signs a user in ...
//! let session = lifecycle.session(&HeaderMap::new());
//! let at = SystemClock.now();
//! let how = Authentication { at, method: Method::GITHUB, level: Level::Single };
//! let login = Login::new(SubjectId::new("usr_1")?, how).with_value(LOGIN, &"octo".to_owned())?;
//! session.log_in(login).await?;
//!
//! // ... and its response sets the cookie.
//! let mut response = HeaderMap::new();
//! session.commit().await?;
//! session.finish(&mut response);
//! assert!(response["set-cookie"].to_str()?.starts_with("__Host-session="));
//! assert_eq!(response["cache-control"], "no-store");
//! # Ok(())
//! # }
//! # let mut future = std::pin::pin!(example());
//! # let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
//! # assert!(matches!(future.as_mut().poll(&mut cx), std::task::Poll::Ready(Ok(()))));
//! ```
//!
//! # What the deployment must do
//!
//! Serve over TLS, or say in the cookie policy that it does not; keep the clocks of its machines
//! together to within a few seconds; call [`Lifecycle::purge`] from time to time.

mod accounts;
#[cfg(feature = "cache")]
mod cached;
pub mod codec;
mod data;
mod error;
mod event;
mod handle;
mod key;
mod lifecycle;
mod login;
mod memory;
mod namespace;
mod policy;
mod presented;
mod record;
mod session;
mod store;
mod sync;

pub use accounts::{Account, Accounts};
#[cfg(feature = "cache")]
#[cfg_attr(docsrs, doc(cfg(feature = "cache")))]
pub use cached::{CacheError, CachedStore};
pub use data::{Data, DataError};
pub use error::{SessionError, SessionErrorKind};
pub use event::{Event, Observer, TracingObserver};
pub use handle::{Handle, HandleError};
pub use key::Key;
pub use lifecycle::Lifecycle;
pub use login::Login;
pub use memory::MemoryStore;
pub use namespace::{NamespaceError, Namespaced};
pub use policy::{PolicyError, Remember, SessionPolicy, Sliding};
pub use record::{
    EmptyStamp, Lifetime, Pending, Persistence, Predecessor, Record, Stamp, Standing, User,
};
pub use session::{Device, Session};
pub use store::{
    Change, Created, DynSessionStore, Loaded, Lookup, Renewal, Revoke, Rotated, Rotation,
    SessionStore, Updated,
};
