//! GitHub: how it is configured, what it is asked, how it answers.

mod address;
mod build;
mod builder;
mod config;
mod emails;
mod exchange;
mod identify;
mod identity;
mod membership;
mod object;
mod rest;
mod revoke;
mod scopes;
mod token_answer;
mod user;

#[cfg(feature = "reqwest")]
pub(crate) use address::is_safe;
pub use builder::GithubConfigBuilder;
pub use config::GithubConfig;
pub use identity::{GithubIdentity, VerifiedEmail};
