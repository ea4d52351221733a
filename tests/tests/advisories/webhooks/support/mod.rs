//! What the modules share: deliveries, layers for them, and servers on real sockets.

mod deliveries;
mod dice;
mod served;
mod wire;

pub(super) use deliveries::{
    BODY, NOW, URL, hex, layer, of_base64, signed, to_base64, try_signed, try_verifier, unhex,
    verifier,
};
pub(super) use dice::Dice;
pub(super) use served::{Handled, Served, Service, measured, runtime};
pub(super) use wire::{Wire, chunked, head, with_length};
