//! Faults, load and bad input, against what is really run: stores in files, processes, sockets.
//!
//! | variable | default | meaning |
//! | --- | --- | --- |
//! | `PORTCULLIS_CHAOS` | `short` | `long`: as often as the promises ask for; needs minutes |
//!
//! A test's number is the experiment's. What was done and measured goes to `artifacts/chaos`, from
//! which `cargo xtask chaos`, after the long form, writes the table in `docs/RELIABILITY.md`.

#[cfg(test)]
mod measured;

#[cfg(test)]
mod clock;
#[cfg(test)]
mod cookies;
#[cfg(test)]
mod github;
#[cfg(test)]
mod load;
#[cfg(test)]
mod sqlite;
#[cfg(test)]
mod stores;
