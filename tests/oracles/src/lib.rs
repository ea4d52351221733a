//! Webhook signatures beside those of other crates, which the tests compare.
//!
//! ```sh
//! cargo test --manifest-path tests/oracles/Cargo.toml --target-dir target/oracles
//! ```
