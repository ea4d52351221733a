//! Requests that race: every order of their store calls, drops at every await, and the real thing
//! under load, on every store.
//!
//! | variable | default | meaning |
//! | --- | --- | --- |
//! | `PORTCULLIS_ORDERS` | 1500 | how many orders of a case are tried at most, 0 for all |
//! | `PORTCULLIS_ROUNDS` | 2000 | how often each race under load is run |
//!
//! How many orders each case has is printed, and written to `artifacts/interleaver.txt`. The
//! broken twins that the cases catch are in [`twins`].

#[cfg(test)]
mod support;

#[cfg(test)]
mod drops;
#[cfg(test)]
mod lies;
#[cfg(test)]
mod log_out;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod loser;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod stress;
#[cfg(test)]
mod twins;
#[cfg(test)]
mod visitors;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod writes;
