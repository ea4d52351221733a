#![cfg_attr(docsrs, feature(doc_cfg))]

//! The vocabulary of portcullis: what every other crate of the family speaks in.
//!
//! 1. [`Clock`] and [`Timestamp`]: time is an argument, never read inside a decision.
//! 2. `Random` (feature `random`): bytes of the operating system's generator, or an error; never a
//!    weaker source.
//! 3. [`Token`], [`Secret`] and [`Digest`]: what must not be seen, and what may be stored instead.
//! 4. [`Principal`] and its parts: who a request is from and how that was found out.
//! 5. [`Refusal`], [`Challenge`] and [`ErrorFormat`]: why a request is refused and how it is told.
//! 6. [`MarkStore`] and [`StoreError`]: single-use marks, and what it means for a store to be ill.
//!
//! Nothing here does I/O, starts a thread or knows a framework.

mod challenge;
mod clock;
mod digest;
pub mod format;
mod marks;
mod principal;
#[cfg(feature = "random")]
mod random;
mod refusal;
mod secret;
mod store_error;
mod token;

pub use challenge::Challenge;
pub use clock::{Clock, FrozenClock, SystemClock, Timestamp};
pub use digest::Digest;
pub use format::{ErrorFormat, RequestId};
#[cfg(feature = "dyn-marks")]
#[cfg_attr(docsrs, doc(cfg(feature = "dyn-marks")))]
pub use marks::DynMarkStore;
pub use marks::{Mark, MarkStore};
pub use principal::{Authentication, Credential, Level, Method, NameError, Principal, SubjectId};
#[cfg(feature = "random")]
#[cfg_attr(docsrs, doc(cfg(feature = "random")))]
pub use random::{Random, RandomError};
pub use refusal::{Refusal, RefusalKind};
pub use secret::Secret;
pub use store_error::{StoreError, StoreErrorKind};
pub use token::{EncodedToken, Token, TokenError};
