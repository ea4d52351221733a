//! Many at once; and what the tests beside this folder share.

mod dice;
mod e16;
mod e17;
mod e26;
mod e27;
mod e28;
mod e36;
mod probe;
mod wire;
mod worker;

pub(crate) use dice::Dice;
pub(crate) use probe::{Probe, setup_on, site_on};
pub(crate) use wire::{Reply, Wire};
pub(crate) use worker::Worker;
