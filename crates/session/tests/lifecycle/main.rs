//! The lifecycle of sessions, line by line of the specification, on every store.

mod answer;
mod cancel;
mod duplicates;
mod identity;
mod lies;
mod lifetime;
mod login;
mod logout;
mod memory;
mod revocation;
mod rotation;
mod support;
mod writes;
