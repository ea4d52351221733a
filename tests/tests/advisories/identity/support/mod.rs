//! What the rows share.
//!
//! A rule about requests is checked at a [`Door`]: ours, or that of a tiny implementation with one
//! flaw. A rule about stores is checked on a store, or on one behind a [`Fault`].

mod door;
mod fault;
mod ground;
mod ours;
mod race;
mod shuffle;
mod sign_in;
mod tiny;

pub(super) use door::{Account, Ask, Deed, Door, NAME, Reply, Said, line, sign_in, who};
pub(super) use fault::{Fault, Faulty};
pub(super) use ground::{Below, Ground};
pub(super) use ours::{Ours, START, headers, login, policy, reply, subject};
pub(super) use race::{Scene, Wrap, as_it_is, race};
pub(super) use shuffle::{Round, Shuffle, dice};
pub(super) use sign_in::{Flow, SignIn, sign_in_with};
pub(super) use tiny::{Flaw, Tiny};
