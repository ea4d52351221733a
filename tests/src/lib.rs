//! What the tests across crates share: real servers on loopback ports, and browsers for them.
//!
//! | item | is |
//! | --- | --- |
//! | [`Masker`] | the example server, with a stand-in GitHub in the test's hand |
//! | [`Site`] | a small service of the same parts, whose every setting a test can choose |
//! | [`Program`] | the example server as a process |
//! | [`Node`] | a script of `tests/browser` or `tests/peers` |
//! | [`Browser`] | an HTTP client with a cookie jar that somebody else wrote |
//! | [`Log`] | what is logged while a test acts |
//! | [`Twin`] | a faulty implementation that some test must find |
//!
//! Everything listens on 127.0.0.1 alone, on free ports, with a frozen clock, and stops when it is
//! dropped. What goes wrong in here is a failed test, so it panics.

#![expect(
    clippy::missing_panics_doc,
    reason = "support of tests: a panic is a failed test"
)]

mod address;
mod answer;
mod artifact;
mod ask;
mod browser;
mod every_store;
mod gates;
mod log;
mod masker;
mod node;
mod program;
mod site;
mod store;
mod twin;

pub use address::{flow_cookies, parameter, with_parameter};
pub use answer::Answer;
pub use artifact::artifact;
pub use ask::Ask;
pub use browser::Browser;
pub use gates::{Gate, Gates};
pub use log::Log;
pub use masker::Masker;
pub use node::{Node, Service, chromium};
pub use program::{Program, workspace};
pub use site::{Accounts, SIGNED_IN_AT, Site, SiteSetup};
pub use store::{Store, StoreKind};
pub use twin::{Twin, caught};
