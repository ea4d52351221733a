//! Masker's contract, line by line.

mod agents;
pub(crate) mod cookie;
mod devices;
pub(crate) mod program;
mod refusals;
mod sign_in;
mod sockets;
mod webhooks;
