//! What tests of portcullis, and of services built on it, need beside the library itself.
//!
//! [`github`] is a strict stand-in for GitHub's sign-in and API, with faults on demand.
//! [`interleave`] runs requests in every order of their store calls, and has stores and wires that fail.
//! [`suite`] has the tests that every store must pass.

pub mod github;
pub mod interleave;
pub mod suite;
