//! Signed deliveries: what is compared, what is read, what is kept of them.

mod a100;
mod a81;
mod a82;
mod a83;
mod a84;
mod a85;
mod a86;
mod a87;
mod a88;
mod a96;
mod a97;
mod http2;
mod keys;
mod support;
mod transport;
