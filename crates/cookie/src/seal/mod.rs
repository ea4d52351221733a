//! Cookie values that only the server can read and write.

mod error;
mod key;
mod ring;
mod sealer;
mod xaes;

pub use error::{SealError, SealErrorKind, SealKeyError, SealKeyErrorKind};
pub use key::SealKey;
pub use ring::KeyRing;
pub use sealer::{Opened, Sealer};
