//! Masker's contract, line by line.

mod agents;
mod cookie;
mod devices;
mod refusals;
mod sign_in;
mod sockets;
