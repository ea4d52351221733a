//! Requests that race: every order of their store calls, drops at every await, and the real thing
//! under load, on every store.
//!
//! | variable | default | meaning |
//! | --- | --- | --- |
//! | `PORTCULLIS_ROUNDS` | 2000 | how often each race under load is run |
//!
//! How many orders each case has is printed, and written to `artifacts/interleaver.txt`. The
//! broken twins that the cases catch are in [`twins`].

mod support;

mod drops;
mod lies;
mod log_out;
mod logins;
mod loser;
mod revocation;
mod rotation;
mod stress;
mod twins;
mod visitors;
mod wire;
mod writes;
