//! Tokens that go with deliveries: compact JWS (RFC 7515 §7.1).
//!
//! 1. `alg` is the one of the scheme, to the letter (RFC 8725 §3.1). No key is of another algorithm.
//! 2. A token has three segments and at most 8 KiB; each segment has one form (RFC 4648 §3.5).
//! 3. Header and claims are JSON objects without a member twice (RFC 7515 §4, RFC 7519 §4).
//! 4. `crit` is refused, save for that of an unencoded payload (RFC 7515 §4.1.11, RFC 7797 §6).
//! 5. What the token says of its key (`kid`, `jwk`, `jku`, `x5c`, `x5u`) is not looked at: all keys
//!    are tried.
//! 6. A token that no key fits is refused before a byte of the body was read. Its age is told when
//!    the body is known to be the one that was signed.

mod claims;
mod compact;
mod date;
mod detached;
mod hashed;
mod header;
mod keys;
mod object;
mod plan;
mod query;
mod request;
mod sign;

pub(crate) use plan::TokenPlan;
