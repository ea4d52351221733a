//! The example server as a library, so that tests and benchmarks can start it in their process.
//!
//! | module | holds |
//! | --- | --- |
//! | `settings` | the variables, read and checked |
//! | `stores` | where sessions, marks and records are kept |
//! | `github` | the real GitHub, or the stand-in |
//! | `masker` | the voice-agent API and its portal |
//! | `contox` | the context store, its dashboard and its signed ingest |
//! | `serve` | sockets, time limits and the way to stop |

mod asset;
mod contox;
mod extract;
mod github;
mod health;
pub mod log;
mod masker;
mod panicked;
mod rows;
mod serve;
mod settings;
mod start;
mod stores;

pub use serve::signal;
pub use settings::{Database, GithubApp, Settings, SettingsError};
pub use start::Server;
