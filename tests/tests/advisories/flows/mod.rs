//! Signing in through a provider, linking accounts, going back.

mod a65;
mod a66;
mod a67;
mod a68;
mod a69;
mod a70;
mod a71;
mod a72;
mod a73;
mod a74;
mod a75;
mod a76;
mod a77;
mod a78;
mod a79;
mod a80;
mod support;
