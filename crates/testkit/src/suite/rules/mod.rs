//! The rules, for the macros and for whoever tests the tests.
//!
//! Each takes an empty store and panics if the store breaks it.

mod absent;
mod cancel;
mod creation;
mod fidelity;
mod grace;
mod lifetime;
mod logins;
mod logout;
mod logout_race;
mod marks;
mod names;
mod passing;
mod purge;
mod random;
mod renewal;
mod revocation;
mod rotation;
mod writes;

pub use absent::*;
pub use cancel::*;
pub use creation::*;
pub use fidelity::*;
pub use grace::*;
pub use lifetime::*;
pub use logins::*;
pub use logout::*;
pub use logout_race::*;
pub use marks::*;
pub use names::*;
pub use passing::*;
pub use purge::*;
pub use random::*;
pub use renewal::*;
pub use revocation::*;
pub use rotation::*;
pub use writes::*;
